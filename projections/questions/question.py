"""One question: its reader, its two dates, and the streams read for it.

A request asks one question: its pages and answers share the connection and the streams, so that
each stream is read once.
"""

import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import cached_property, partial
from typing import Any

import psycopg

from ledger.application import Ledger
from ledger.dates import london_date
from ledger.events.texts import Language, Opening
from ledger.log.redactions import Place
from ledger.states.service import Account, Service
from projections.answers.context import AnswerContext, State
from projections.answers.readers import Opened, Reader, texts_of
from projections.as_of import AsOf, At, NotKnownYet, at
from projections.head import Head, head
from projections.streams import Streams
from projections.waiting import ANYBODY, WAIT, NotThereYet, Waits, for_lists, wait_for

KEPT = 2000
"""Once the texts of so many entries are kept, they are dropped before others are read, so that a
file of any size is made in little memory."""

_TEXTS = """
    SELECT position, field, salt, body FROM ledger.shown_texts
     WHERE position = ANY ((SELECT %(at)s)::bigint[])
    UNION ALL
    SELECT position, field, NULL, NULL FROM ledger.released_texts
     WHERE position = ANY ((SELECT %(at)s)::bigint[])
"""
"""The openings of texts, and the released texts (without a salt). Each connection plans it once
(bench/README.md)."""


@dataclass
class Question:
    """A question at two dates by one reader (`account` None: anybody)."""

    ledger: Ledger
    conn: psycopg.Connection
    when: At
    account: Account | None = None
    patience: float = WAIT
    """The seconds that a list waits for the read models to reach the log's end."""
    waits: Waits = ANYBODY
    """The places for questions of this process that wait at once."""
    now: Head | None = None
    """The positions of the log and the read models when it was asked."""
    lang: Language = "en"
    """The language of the names of bodies."""

    _looked_at: set[int] = field(default_factory=set, init=False, repr=False)
    _openings: dict[Place, Opening] = field(default_factory=dict, init=False, repr=False)
    _released: set[Place] = field(default_factory=set, init=False, repr=False)
    """The openings and the released texts of the entries in `_looked_at`."""

    @cached_property
    def log(self) -> Streams:
        """Return the streams as known then, each read once."""
        now, last = self.now, None
        if now is not None and self.when.position <= now.position:
            last = now.service_at, now.service_recorded_at
        return Streams(self.conn, upto=self.when.position, service=last)

    @cached_property
    def register(self) -> Service:
        """The register and the rules as known then, with the names and ties of the day."""
        return self.register_in(self.lang)

    def register_in(self, lang: Language) -> Service:
        """Return the same register with the names of a language."""
        found = self.log.register(self.when.position, self.when.effective_on)
        return found.in_language(lang)

    @cached_property
    def reader(self) -> Reader:
        """The reader. Its rights follow the register as it is now, whatever moment is asked
        about."""
        now = self.now or head(self.conn)
        return Reader(self.account, self.log.latest_service().on(london_date(now.now)))

    @cached_property
    def listed(self) -> "Question":
        """The same question for the read models, once they have reached the log's end of when it
        was asked."""
        now = self.now or head(self.conn)
        return self.at(for_lists(self.conn, self.when, now, self.patience, self.waits))

    def at(self, when: At) -> "Question":
        """Return the same question at other dates, or itself if they are its own."""
        if when == self.when:
            return self
        return replace(self, when=when)

    @property
    def as_of(self) -> AsOf:
        return self.when.as_of

    @property
    def dates(self) -> dict[str, Any]:
        """The two dates as parameters of queries (`HERE`)."""
        return {"k": self.when.position, "d": self.when.effective_on}

    def opened(self, at: list[int]) -> Opened:
        """Return the texts of the entries at these positions, opened as far as the reader may read
        them."""
        if len(self._looked_at) > KEPT:
            self._looked_at, self._openings, self._released = set(), {}, set()
        if wanted := sorted(set(at) - self._looked_at):
            array = f"{{{','.join(map(str, wanted))}}}"  # psycopg converts a list one by one
            for position, field, salt, body in self.conn.execute(
                _TEXTS, {"at": array}, prepare=True
            ).fetchall():
                if salt is None:
                    self._released.add((position, field))
                else:
                    self._openings[position, field] = Opening(salt, body)
            self._looked_at |= set(wanted)
        redactions = partial(self.ledger.redactions, at)
        return Opened(self.reader, self._openings, self._released, redactions)

    def context(self, states: Sequence[State] = ()) -> AnswerContext:
        """Return the context that makes answers of states, with all their texts opened."""
        said = texts_of(list(states))
        opened = self.opened(sorted({one.position for one in said}))
        since = recorded_at(self.conn, opened.look_at(said))
        return AnswerContext(self.when, self.register, opened, since)


_NEVER = sys.maxsize
"""After this many executions psycopg would prepare a statement by itself. With None it would also
refuse to prepare the statements that ask for it."""


@contextmanager
def asking(
    ledger: Ledger,
    account: Account | None = None,
    known_at: str | None = None,
    effective_on: str | None = None,
    *,
    min_position: int = 0,
    patience: float = WAIT,
    waits: Waits = ANYBODY,
) -> Iterator[Question]:
    """Ask a question at two dates, as requests give them. Wait until the read models are at
    `min_position`.

    Raise Unfit, NotKnownYet or NotThereYet if the dates are invalid, in the future, or not reached.
    Where a replica is asked, what is in the future is asked of the primary, too.

    Each statement is planned anew, except those that say `prepare=True`. After several executions
    on one connection PostgreSQL prefers a plan for any values. With such a plan, at a million
    entries, the compliance of all bodies took five times as long, and a body's pack ten times.
    """
    with ledger.readers.connection() as conn:
        usual, conn.prepare_threshold = conn.prepare_threshold, _NEVER
        try:
            now = (
                wait_for(conn, min_position, waits, lambda: _end(ledger))
                if min_position
                else head(conn)
            )
            when = _when(ledger, conn, known_at, effective_on, now)
            yield Question(ledger, conn, when, account, patience, waits, now)
        finally:
            conn.prepare_threshold = usual


def _end(ledger: Ledger) -> int:
    """Return where the log ends, by the primary."""
    with ledger.pool.connection() as conn:
        return head(conn).position


def _when(
    ledger: Ledger,
    conn: psycopg.Connection,
    known_at: str | None,
    effective_on: str | None,
    now: Head,
) -> At:
    """Return the two dates as they can be asked about. Raise NotThereYet if a replica does not
    have yet what the primary has."""
    try:
        return at(conn, known_at, effective_on, now)
    except NotKnownYet:
        if ledger.readers is ledger.pool:
            raise
        with ledger.pool.connection() as primary:
            at(primary, known_at, effective_on, head(primary))
        raise NotThereYet(
            f"The database that answers here is at position {now.position}, not there yet. Try "
            "again."
        ) from None


def recorded_at(conn: psycopg.Connection, positions: set[int]) -> dict[int, datetime]:
    """Return the moments at which the entries at these positions count as recorded."""
    if not positions:
        return {}
    rows = conn.execute(
        "SELECT position, counted_at FROM ledger.counted_entries WHERE position = ANY (%s)",
        [sorted(positions)],
    ).fetchall()
    return dict(rows)
