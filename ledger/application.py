"""The ledger: acts, each decided on what is recorded and stored in one transaction."""

import random
import time
from collections.abc import Callable, Collection, Hashable
from dataclasses import dataclass, replace
from typing import Concatenate, ParamSpec

import psycopg
from psycopg_pool import ConnectionPool

from ledger.acts.decision import Decision
from ledger.errors import AnswerableError, KeyReused, NotAllowed, Overtaken, Stale
from ledger.events.entry import Entry, decode
from ledger.events.streams import SERVICE, report_of, report_stream
from ledger.log.append import Appended, Request, ToStore, append
from ledger.log.reading import LogReading, Snapshot
from ledger.postgres.connections import retried
from ledger.states.service import Account

TRIES = 20
"""How often an act is decided when a stream that it rests on moves on meanwhile. Each time that
happens another act was recorded, so that many at once come through one after the other."""
PAUSE, LONGEST_PAUSE = 0.005, 0.1
"""Seconds before the second try, twice as many before each later one, and the most: at random, so
that writers do not meet again."""


@dataclass(frozen=True, kw_only=True)
class How:
    """How a client asks: the version that it expects its stream at, and its idempotency key."""

    if_match: int | None = None
    request: Request | None = None


@dataclass(frozen=True)
class Recorded:
    """The entries that a command recorded, as they stand in the log."""

    entries: tuple[Entry, ...]
    """The act's own entry first, then what it brought with it."""
    repeated: bool = False
    """True if this request had been made before: then these are its entries of that time."""
    not_looked_into: tuple[str, ...] = ()
    """Captures that a redaction could not search for copies, by their entries."""


NOTHING_SPECIAL = How()
Decide = Callable[[Decision], object]
_Said = ParamSpec("_Said")


class Ledger(LogReading):
    """The log: reading it and adding to it. An act is a function of a decision (`ledger.acts`)."""

    def __init__(
        self,
        pool: ConnectionPool[psycopg.Connection],
        url: str,
        append: Callable[..., Appended] = append,
    ) -> None:
        """Open the log of a pool. `append` stores what was decided; the sealer's own login has
        another function for the first key."""
        super().__init__(pool, url)
        self._append = append

    def record(
        self,
        by: Account,
        act: Callable[Concatenate[Decision, _Said], object],
        *said: _Said.args,
        **named: _Said.kwargs,
    ) -> Recorded:
        """Record an act by an account: `record(clerk, recommendation.receive_update, to, …)`."""
        return self.decide(by, lambda decision: act(decision, *said, **named))

    def decide(
        self,
        by: Account,
        decide: Decide,
        how: How = NOTHING_SPECIAL,
        on: str | None = None,
        seen: Snapshot | None = None,
        ahead: Collection[str] = (),
    ) -> Recorded:
        """Decide on what is recorded, and store what it comes to in one transaction.

        If a stream moved on meanwhile, the act is decided again on the new state, after a random
        pause. The same holds for a refusal that may be due to a newer state of the service. Raise
        Overtaken if no try succeeds. `how.if_match` is the version that the client expects of the
        stream `on` (Stale if it differs). The first decision uses `seen`, the log as it was read a
        moment ago, if given. `ahead` are streams that it will read, beside those of `on`.
        """
        if not by.may("record"):
            raise NotAllowed(f"{by.name} lacks the scope “record”, which recording needs.")
        searched: dict[Hashable, str] = {}
        for attempt in range(1, TRIES + 1):
            if attempt > 1:
                pause = min(PAUSE * 2 ** (attempt - 2), LONGEST_PAUSE)
                time.sleep(random.uniform(0, pause))  # noqa: S311  # no secret
            decision = Decision(
                self,
                by,
                ahead=[*rests_on(on), *ahead],
                seen=seen if attempt == 1 else None,
                searched=searched,
            )
            try:
                if how.if_match is not None and on is not None:
                    _at_version(decision, on, how.if_match)
                decide(decision)
            except AnswerableError:
                # The refusal may be due to the same request, sent twice and recorded a moment ago.
                if how.request is not None and (made := self.made_before(how.request)):
                    return made
                # Or what a stream rests on came after the service's state was read, before it.
                if attempt < TRIES and decision.is_behind():
                    continue
                raise
            try:
                return self._store(decision, how)
            except Stale:
                continue
        if how.if_match is not None and on is not None:
            _at_version(Decision(self, by, ahead=rests_on(on)), on, how.if_match)
        raise Overtaken(
            "Others recorded here each time that this was decided, so nothing was recorded. Send "
            "the same request again."
        )

    def made_before(self, request: Request) -> Recorded | None:
        """Return the entries that a request with this key made before, or None. Raise KeyReused if
        it was another request."""
        query = """
            SELECT r.fingerprint, e.state, e.position, e.recorded_at, e.counted_at
              FROM ledger.requests r
              JOIN ledger.counted_entries e
                ON e.position BETWEEN r.first_position AND r.last_position
             WHERE r.account = %s AND r.key = %s ORDER BY e.position
        """
        asked = [request.account, request.key]
        made = retried(self.pool, lambda conn: conn.execute(query, asked).fetchall())
        if not made:
            return None
        if made[0][0] != request.fingerprint:
            raise KeyReused("This idempotency key came with another request before; use a new key.")
        return Recorded(tuple(decode(*stored) for _, *stored in made), repeated=True)

    def _store(self, decision: Decision, how: How) -> Recorded:
        if not decision.entries:
            return Recorded(())
        to_store = [
            replace(stored, capture=decision.captures.get(entry.id))
            for entry in decision.entries
            if isinstance(stored := self.mapper.to_stored_event(entry), ToStore)
        ]
        done = self._append(
            self.pool,
            to_store,
            guards=decision.guards(),
            request=how.request,
            latest_occurred=decision.latest_occurred(),
            numbers=decision.numbers,
        )
        if done.made is not None:
            return Recorded(done.made, repeated=True)
        recorded = tuple(
            replace(entry, position=done.first_position + n, recorded_at=done.recorded_at)
            for n, entry in enumerate(decision.entries)
        )
        return Recorded(recorded, not_looked_into=tuple(decision.not_looked_into))


def rests_on(stream: str | None) -> list[str]:
    """Return the streams that an act on one rests on, as a rule: its own and its report's."""
    if stream is None or stream == SERVICE:
        return []
    reference = report_of(stream)
    return [stream] if reference is None else list({stream, report_stream(reference)})


def _at_version(decision: Decision, stream: str, expected: int) -> None:
    entries = decision.stream(stream)
    version = entries[-1].version if entries else 0
    if version != expected:
        raise Stale(
            f"{stream} is at version {version}, not {expected}: read it again, then decide."
        )
