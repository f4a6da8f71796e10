"""The ledger: one method an act, each decided on what is recorded and stored in one transaction."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID

import psycopg
from eventsourcing.application import AggregateNotFoundError, Application
from eventsourcing.persistence import InfrastructureFactory
from eventsourcing.utils import Environment
from psycopg_pool import ConnectionPool

from ledger.acts import capture, knowledge, recommendation, report, response, service
from ledger.acts.report import Raise
from ledger.acts.response import Covers, Explanation
from ledger.append import Request, ToStore, append
from ledger.decision import Decision, Told
from ledger.entry import Entry, decode
from ledger.errors import KeyReused, NotAllowed, NotRecorded, Stale
from ledger.events import (
    AccountOpened,
    AssuranceSought,
    BodyRegistered,
    CaptureKept,
    ChiefOfficerCommentsInvited,
    ChiefOfficerCommentsReceived,
    ClosureConfirmed,
    ClosureProposed,
    ClosureRefused,
    CopySent,
    KeyAdded,
    Reopened,
    ReportPublished,
    RuleAdopted,
    ScopeGranted,
    TargetDateSet,
    UpdateReceived,
)
from ledger.events.response import Part
from ledger.register import Body, Rule
from ledger.service import SETUP, Account, Service, fold
from ledger.storage import LogFactory, LogRecorder, Stored
from ledger.streams import (
    SERVICE,
    RecommendationId,
    recommendation_stream,
    report_stream,
    response_stream,
)
from ledger.texts import Opening, Text

TRIES = 5
"""How often an act is decided again when a stream that it rests on moved on meanwhile."""


@dataclass(frozen=True, kw_only=True)
class How:
    """How a client asks: the version that it expects its stream at, and its idempotency key."""

    if_match: int | None = None
    request: Request | None = None


@dataclass(frozen=True)
class Recorded:
    """What a command recorded, as it stands in the log."""

    entries: tuple[Entry, ...]
    """The act's own entry first, then what it brought with it."""
    repeated: bool = False
    """Whether this request had been made before: then these are the entries it made then."""


NOTHING_SPECIAL = How()
Decide = Callable[[Decision], object]


class Ledger(Application[str]):
    """What happened, and the acts that add to it."""

    name = "answerable"

    def __init__(self, pool: ConnectionPool[psycopg.Connection], url: str) -> None:
        self._pool, self._url = pool, url
        super().__init__({"PERSISTENCE_MODULE": "ledger.storage", "AGGREGATE_CACHE_MAXSIZE": "50"})

    def construct_factory(self, env: Environment) -> InfrastructureFactory:
        factory = super().construct_factory(env)
        assert isinstance(factory, LogFactory)
        factory.pool, factory.url = self._pool, self._url
        return factory

    @property
    def log(self) -> LogRecorder:  # type: ignore[override]  # the library's is deprecated
        """The log as it is stored."""
        assert isinstance(self.recorder, LogRecorder)
        return self.recorder

    # The acts, one method each

    def set_up(self, bodies: tuple[Body, ...], rules: tuple[Rule, ...]) -> bool:
        """Record the first entries of a log, once: whether this call did."""
        if self.service().version:
            return False
        self.decide(SETUP, lambda d: service.set_up(d, bodies, rules))
        return True

    def open_account(
        self, by: Account, event: AccountOpened, told: Told, how: How = NOTHING_SPECIAL
    ) -> Recorded:
        return self.decide(_admin(by), lambda d: service.open_account(d, event, told), how)

    def grant_scope(
        self, by: Account, event: ScopeGranted, told: Told, how: How = NOTHING_SPECIAL
    ) -> Recorded:
        return self.decide(_admin(by), lambda d: service.grant_scope(d, event, told), how)

    def register_body(
        self, by: Account, event: BodyRegistered, told: Told, how: How = NOTHING_SPECIAL
    ) -> Recorded:
        return self.decide(_admin(by), lambda d: service.register_body(d, event, told), how)

    def adopt_rule(
        self, by: Account, event: RuleAdopted, told: Told, how: How = NOTHING_SPECIAL
    ) -> Recorded:
        return self.decide(_admin(by), lambda d: service.adopt_rule(d, event, told), how)

    def add_key(
        self, by: Account, event: KeyAdded, told: Told, how: How = NOTHING_SPECIAL
    ) -> Recorded:
        return self.decide(_admin(by), lambda d: service.add_key(d, event, told), how)

    def keep_capture(
        self, by: Account, event: CaptureKept, body: bytes, told: Told, how: How = NOTHING_SPECIAL
    ) -> Recorded:
        return self.decide(by, lambda d: capture.keep_capture(d, event, body, told), how)

    def publish_report(
        self,
        by: Account,
        event: ReportPublished,
        told: Told,
        *,
        reference: str | None = None,
        bodies: Sequence[str] = (),
        recommendations: Sequence[Raise] = (),
        how: How = NOTHING_SPECIAL,
    ) -> Recorded:
        return self.decide(
            by,
            lambda d: report.publish_report(
                d,
                event,
                told,
                reference=reference,
                bodies=bodies,
                recommendations=recommendations,
            ),
            how,
        )

    def raise_recommendation(
        self, by: Account, reference: str, item: Raise, told: Told, how: How = NOTHING_SPECIAL
    ) -> Recorded:
        return self.decide(
            by,
            lambda d: report.raise_recommendation(d, reference, item, told),
            how,
            report_stream(reference),
        )

    def raise_duty(
        self,
        by: Account,
        reference: str,
        body: str,
        told: Told,
        *,
        rule: str | None = None,
        due_on: str | None = None,
        how: How = NOTHING_SPECIAL,
    ) -> Recorded:
        return self._respond(
            by,
            reference,
            body,
            lambda d: response.raise_duty(d, reference, body, told, rule=rule, due_on=due_on),
            how,
        )

    def invite_comments(
        self,
        by: Account,
        reference: str,
        body: str,
        event: ChiefOfficerCommentsInvited,
        told: Told,
        how: How = NOTHING_SPECIAL,
    ) -> Recorded:
        return self._respond(
            by,
            reference,
            body,
            lambda d: response.invite_comments(d, reference, body, event, told),
            how,
        )

    def receive_comments(
        self,
        by: Account,
        reference: str,
        body: str,
        event: ChiefOfficerCommentsReceived,
        told: Told,
        how: How = NOTHING_SPECIAL,
    ) -> Recorded:
        return self._respond(
            by,
            reference,
            body,
            lambda d: response.receive_comments(d, reference, body, event, told),
            how,
        )

    def publish_response(
        self,
        by: Account,
        reference: str,
        body: str,
        told: Told,
        *,
        explanations: Sequence[Explanation],
        text: Text,
        parts: tuple[Part, ...] = ("comments",),
        url: str | None = None,
        also: Sequence[Covers] = (),
        how: How = NOTHING_SPECIAL,
    ) -> Recorded:
        covers = (Covers(report=reference, explanations=tuple(explanations)), *also)
        return self._respond(
            by,
            reference,
            body,
            lambda d: response.publish_response(
                d, body, told, covers=covers, text=text, parts=parts, url=url
            ),
            how,
        )

    def send_copy(
        self,
        by: Account,
        reference: str,
        body: str,
        event: CopySent,
        told: Told,
        how: How = NOTHING_SPECIAL,
    ) -> Recorded:
        return self._respond(
            by, reference, body, lambda d: response.send_copy(d, reference, body, event, told), how
        )

    def seek_assurance(
        self,
        by: Account,
        to: RecommendationId,
        event: AssuranceSought,
        told: Told,
        how: How = NOTHING_SPECIAL,
    ) -> Recorded:
        return self._act(by, to, event, told, how)

    def receive_update(
        self,
        by: Account,
        to: RecommendationId,
        event: UpdateReceived,
        told: Told,
        how: How = NOTHING_SPECIAL,
    ) -> Recorded:
        return self._act(by, to, event, told, how)

    def set_target_date(
        self,
        by: Account,
        to: RecommendationId,
        event: TargetDateSet,
        told: Told,
        how: How = NOTHING_SPECIAL,
    ) -> Recorded:
        return self._act(by, to, event, told, how)

    def propose_closure(
        self,
        by: Account,
        to: RecommendationId,
        event: ClosureProposed,
        told: Told,
        how: How = NOTHING_SPECIAL,
    ) -> Recorded:
        return self._act(by, to, event, told, how)

    def confirm_closure(
        self,
        by: Account,
        to: RecommendationId,
        event: ClosureConfirmed,
        told: Told,
        how: How = NOTHING_SPECIAL,
    ) -> Recorded:
        return self._act(by, to, event, told, how)

    def refuse_closure(
        self,
        by: Account,
        to: RecommendationId,
        event: ClosureRefused,
        told: Told,
        how: How = NOTHING_SPECIAL,
    ) -> Recorded:
        return self._act(by, to, event, told, how)

    def reopen(
        self,
        by: Account,
        to: RecommendationId,
        event: Reopened,
        told: Told,
        how: How = NOTHING_SPECIAL,
    ) -> Recorded:
        return self._act(by, to, event, told, how)

    def correct_entry(
        self,
        by: Account,
        entry_id: str,
        told: Told,
        *,
        field: str,
        now: str | Text | None,
        reason: Text,
        how: How = NOTHING_SPECIAL,
    ) -> Recorded:
        target = self.entry(entry_id)
        return self.decide(
            by,
            lambda d: knowledge.correct_entry(d, target, field, now, reason, told),
            how,
            target.stream,
        )

    def retract_entry(
        self, by: Account, entry_id: str, told: Told, *, reason: Text, how: How = NOTHING_SPECIAL
    ) -> Recorded:
        target = self.entry(entry_id)
        return self.decide(
            by, lambda d: knowledge.retract_entry(d, target, reason, told), how, target.stream
        )

    # Deciding and storing

    def decide(
        self, by: Account, decide: Decide, how: How = NOTHING_SPECIAL, on: str | None = None
    ) -> Recorded:
        """Decide on what is recorded, and store what it comes to in one transaction.

        Where a stream moved on meanwhile it is decided again on the new state. `how.if_match` is
        the version that the client expects the stream `on` at (Stale where it is not).
        """
        if not by.may("record"):
            raise NotAllowed(f"{by.name} lacks the scope “record”, which recording needs.")
        for attempt in range(1, TRIES + 1):
            decision = Decision(self, by)
            if how.if_match is not None and on is not None:
                _at_version(decision, on, how.if_match)
            decide(decision)
            try:
                return self._store(decision, how)
            except Stale:
                if attempt == TRIES:
                    raise
        raise AssertionError("unreachable")

    def _respond(
        self, by: Account, reference: str, body: str, decide: Decide, how: How
    ) -> Recorded:
        def checked(decision: Decision) -> None:
            response.may_answer(decision, body)
            decide(decision)

        return self.decide(by, checked, how, response_stream(reference, body))

    def _act(
        self, by: Account, to: RecommendationId, event: recommendation.Act, told: Told, how: How
    ) -> Recorded:
        return self.decide(
            by,
            lambda d: recommendation.act(d, to, event, told),
            how,
            recommendation_stream(to.report, to.key, to.addressee),
        )

    def _store(self, decision: Decision, how: How) -> Recorded:
        if not decision.entries:
            return Recorded(())
        to_store = [
            replace(stored, capture=decision.captures.get(entry.id))
            for entry in decision.entries
            if isinstance(stored := self.mapper.to_stored_event(entry), ToStore)
        ]
        done = append(
            self.log.pool,
            to_store,
            guards=decision.guards(),
            request=how.request,
            latest_occurred=decision.latest_occurred(),
        )
        if done.repeated and how.request is not None:
            return self.made_by(done.first_position, done.last_position)
        recorded = tuple(
            replace(entry, position=done.first_position + n, recorded_at=done.recorded_at)
            for n, entry in enumerate(decision.entries)
        )
        return Recorded(recorded)

    def made_before(self, request: Request) -> Recorded | None:
        """What a request with this key made, if it was made before. KeyReused if it was another."""
        if (made := self.log.request_made(request.account, request.key)) is None:
            return None
        fingerprint, first, last = made
        if fingerprint != request.fingerprint:
            raise KeyReused("This idempotency key came with another request before; use a new key.")
        return self.made_by(first, last)

    def made_by(self, first: int, last: int) -> Recorded:
        """The entries of one command, read back from the log."""
        entries = tuple(self._entries(self.log.select_notifications(first, last - first + 1)))
        return Recorded(entries, repeated=True)

    # Reading

    def read_stream(self, stream: str) -> list[Entry]:
        """The entries of a stream, by version."""
        return self._entries(self.log.select_events(stream))

    def read_below(self, prefix: str) -> list[Entry]:
        """The entries of all streams below a prefix (which ends in `/`), by position."""
        return self._entries(self.log.select_below(prefix))

    def read(self, after: int, limit: int, topics: Sequence[str] = ()) -> list[Entry]:
        """The entries after a position, at most so many, of these topics (all, if none)."""
        return self._entries(
            self.log.select_notifications(after, limit, topics=topics, inclusive_of_start=False)
        )

    def entry(self, entry_id: str) -> Entry:
        """The entry with this id. NotRecorded if there is none."""
        stored = self.stored(entry_id)
        return decode(stored.state, stored.id, stored.recorded_at)

    def stored(self, entry_id: str) -> Stored:
        """The entry with this id, as it is stored. NotRecorded if there is none."""
        try:
            found = self.log.select_by_id(UUID(entry_id))
        except ValueError:
            found = None
        if found is None:
            raise NotRecorded(f"No entry “{entry_id}” is in the log.")
        return found

    def openings(self, positions: Sequence[int]) -> dict[tuple[int, str], Opening]:
        """What opens the texts of the entries at these positions, by (position, field)."""
        return self.log.texts_at(positions)

    def service(self) -> Service:
        """Accounts, register, rules and keys, as they stand now."""
        projector_func: Any = fold  # the library wants aggregates with an id; ours has none
        try:
            found: Any = self.repository.get(
                SERVICE, projector_func=projector_func, deepcopy_from_cache=False
            )
        except AggregateNotFoundError:
            return Service()
        assert isinstance(found, Service)
        return found

    def account(self, name: str) -> Account:
        """An account by its name. NotRecorded if it was never opened."""
        if (found := self.service().accounts.get(name)) is None:
            raise NotRecorded(f"There is no account “{name}”.")
        return found

    def now(self) -> datetime:
        """The database's clock."""
        return self.log.now()

    def _entries(self, stored: Sequence[Stored]) -> list[Entry]:
        return [decode(one.state, one.id, one.recorded_at) for one in stored]


def _at_version(decision: Decision, stream: str, expected: int) -> None:
    entries = decision.stream(stream)
    version = entries[-1].version if entries else 0
    if version != expected:
        raise Stale(
            f"{stream} is at version {version}, not {expected}: read it again, then decide."
        )


def _admin(account: Account) -> Account:
    if not account.may("admin"):
        raise NotAllowed(f"{account.name} lacks the scope “admin”, which this needs.")
    return account
