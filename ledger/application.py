"""The ledger: one method an act, each decided on what is recorded and stored in one transaction."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from ledger.acts import (
    capture,
    correction,
    duty,
    key,
    meeting,
    openness,
    recommendation,
    redaction,
    report,
    response,
    retraction,
    revision,
    service,
)
from ledger.acts.report import Raise
from ledger.acts.response import Covers, Explanation
from ledger.append import Request, ToStore, append
from ledger.decision import Decision, Told
from ledger.errors import AnswerableError, NotAllowed, Stale
from ledger.events import (
    AccountClosed,
    AccountOpened,
    AssuranceSought,
    BodyChanged,
    BodyRegistered,
    BodySucceeded,
    ChiefOfficerCommentsInvited,
    ChiefOfficerCommentsReceived,
    ClosureConfirmed,
    ClosureProposed,
    ClosureRefused,
    CopySent,
    DutyDisapplied,
    ExtensionGranted,
    KeyAdded,
    KeyCompromised,
    MeetingHeld,
    PaperIssued,
    RecommendationReviewed,
    RedactionSought,
    Reopened,
    ReportPublished,
    RuleAdopted,
    ScopeGranted,
    ScopeRevoked,
    SealingResumed,
    Superseded,
    TargetDateSet,
    UpdateReceived,
    Withdrawn,
)
from ledger.events.knowledge import Basis
from ledger.events.recommendation import How as Covered
from ledger.events.response import Part
from ledger.reading import LogReading, Recorded
from ledger.register import Body, Rule
from ledger.service import SETUP, Account
from ledger.streams import (
    SERVICE,
    RecommendationId,
    meeting_stream,
    recommendation_stream,
    report_of,
    report_stream,
    response_stream,
)
from ledger.texts import Text

TRIES = 20
"""How often an act is decided when a stream that it rests on moves on meanwhile. Each time that
happens another act was recorded, so that many at once come through one after the other."""


@dataclass(frozen=True, kw_only=True)
class How:
    """How a client asks: the version that it expects its stream at, and its idempotency key."""

    if_match: int | None = None
    request: Request | None = None


NOTHING_SPECIAL = How()
Decide = Callable[[Decision], object]


class Ledger(LogReading):
    """What happened, and the acts that add to it."""

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
        return self.decide(_admin(by), lambda d: key.add_key(d, event, told), how)

    def rotate_key(
        self, by: Account, event: KeyAdded, retired: str, told: Told, how: How = NOTHING_SPECIAL
    ) -> Recorded:
        return self.decide(_admin(by), lambda d: key.rotate_key(d, event, retired, told), how)

    def compromise_key(
        self, by: Account, event: KeyCompromised, told: Told, how: How = NOTHING_SPECIAL
    ) -> Recorded:
        return self.decide(_admin(by), lambda d: key.compromise_key(d, event, told), how)

    def resume_sealing(
        self,
        by: Account,
        event: SealingResumed,
        told: Told,
        *,
        adding: KeyAdded | None = None,
        how: How = NOTHING_SPECIAL,
    ) -> Recorded:
        return self.decide(
            _admin(by), lambda d: key.resume_sealing(d, event, told, adding=adding), how
        )

    def revoke_scope(
        self, by: Account, event: ScopeRevoked, told: Told, how: How = NOTHING_SPECIAL
    ) -> Recorded:
        return self.decide(_admin(by), lambda d: service.revoke_scope(d, event, told), how)

    def close_account(
        self, by: Account, event: AccountClosed, told: Told, how: How = NOTHING_SPECIAL
    ) -> Recorded:
        return self.decide(_admin(by), lambda d: service.close_account(d, event, told), how)

    def change_body(
        self, by: Account, event: BodyChanged, told: Told, how: How = NOTHING_SPECIAL
    ) -> Recorded:
        return self.decide(_admin(by), lambda d: service.change_body(d, event, told), how)

    def succeed_body(
        self, by: Account, event: BodySucceeded, told: Told, how: How = NOTHING_SPECIAL
    ) -> Recorded:
        return self.decide(_admin(by), lambda d: service.succeed_body(d, event, told), how)

    def keep_capture(
        self, by: Account, came: capture.Received, told: Told, how: How = NOTHING_SPECIAL
    ) -> Recorded:
        return self.decide(by, lambda d: capture.keep_capture(d, came, told), how)

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

    def revise_report(
        self,
        by: Account,
        reference: str,
        told: Told,
        *,
        field: str,
        now: str | Text | None,
        how: How = NOTHING_SPECIAL,
    ) -> Recorded:
        return self.decide(
            by,
            lambda d: report.revise_report(d, reference, told, field=field, now=now),
            how,
            report_stream(reference),
        )

    def take_report_over(
        self, by: Account, reference: str, told: Told, how: How = NOTHING_SPECIAL
    ) -> Recorded:
        return self.decide(
            by,
            lambda d: report.take_report_over(d, reference, told),
            how,
            report_stream(reference),
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
        def decide(decision: Decision) -> None:
            duty.may_add_duty(decision, reference, body)
            duty.raise_duty(decision, reference, body, told, rule=rule, due_on=due_on)

        return self.decide(by, decide, how, response_stream(reference, body))

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

    def revise_statement(
        self,
        by: Account,
        reference: str,
        body: str,
        told: Told,
        *,
        field: str,
        now: str | Text | None,
        number: str | None = None,
        addressee: str | None = None,
        covers: Covered | None = None,
        how: How = NOTHING_SPECIAL,
    ) -> Recorded:
        """`covers`: how the response covers a recommendation since, for a passage."""
        return self._respond(
            by,
            reference,
            body,
            lambda d: revision.revise_statement(
                d,
                reference,
                body,
                told,
                field=field,
                now=now,
                number=number,
                addressee=addressee,
                how=covers,
            ),
            how,
        )

    def grant_extension(
        self,
        by: Account,
        reference: str,
        body: str,
        event: ExtensionGranted,
        told: Told,
        how: How = NOTHING_SPECIAL,
    ) -> Recorded:
        return self._respond(
            by,
            reference,
            body,
            lambda d: duty.grant_extension(d, reference, body, event, told),
            how,
        )

    def disapply_duty(
        self,
        by: Account,
        reference: str,
        body: str,
        event: DutyDisapplied,
        told: Told,
        how: How = NOTHING_SPECIAL,
    ) -> Recorded:
        return self._respond(
            by,
            reference,
            body,
            lambda d: duty.disapply_duty(d, reference, body, event, told),
            how,
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

    def withdraw(
        self,
        by: Account,
        to: RecommendationId,
        event: Withdrawn,
        told: Told,
        how: How = NOTHING_SPECIAL,
    ) -> Recorded:
        return self._act(by, to, event, told, how)

    def supersede(
        self,
        by: Account,
        to: RecommendationId,
        event: Superseded,
        told: Told,
        how: How = NOTHING_SPECIAL,
    ) -> Recorded:
        return self._act(by, to, event, told, how)

    def issue_paper(
        self,
        by: Account,
        panel: str,
        day: str,
        event: PaperIssued,
        told: Told,
        how: How = NOTHING_SPECIAL,
    ) -> Recorded:
        return self.decide(
            by,
            lambda d: meeting.issue_paper(d, panel, day, event, told),
            how,
            meeting_stream(panel, day),
        )

    def hold_meeting(
        self,
        by: Account,
        panel: str,
        day: str,
        event: MeetingHeld,
        told: Told,
        how: How = NOTHING_SPECIAL,
    ) -> Recorded:
        return self.decide(
            by,
            lambda d: meeting.hold_meeting(d, panel, day, event, told),
            how,
            meeting_stream(panel, day),
        )

    def review_recommendation(
        self,
        by: Account,
        panel: str,
        day: str,
        event: RecommendationReviewed,
        told: Told,
        how: How = NOTHING_SPECIAL,
    ) -> Recorded:
        return self.decide(
            by,
            lambda d: meeting.review_recommendation(d, panel, day, event, told),
            how,
            meeting_stream(panel, day),
        )

    def dispute_entry(
        self, by: Account, entry_id: str, told: Told, *, text: Text, how: How = NOTHING_SPECIAL
    ) -> Recorded:
        target = self.entry(entry_id)
        return self.decide(
            by, lambda d: openness.dispute_entry(d, target, text, told), how, target.stream
        )

    def release_text(
        self, by: Account, entry_id: str, told: Told, *, field: str, how: How = NOTHING_SPECIAL
    ) -> Recorded:
        target = self.entry(entry_id)
        return self.decide(
            by, lambda d: openness.release_text(d, target, field, told), how, target.stream
        )

    def seek_redaction(
        self,
        by: Account,
        entry_id: str,
        told: Told,
        *,
        field: str,
        basis: Basis,
        how: How = NOTHING_SPECIAL,
    ) -> Recorded:
        target = self.entry(entry_id)
        event = RedactionSought(target=target.id, field=field, basis=basis)
        return self.decide(
            by, lambda d: redaction.seek_redaction(d, target, event, told), how, target.stream
        )

    def confirm_redaction(
        self, by: Account, entry_id: str, told: Told, how: How = NOTHING_SPECIAL
    ) -> Recorded:
        """Confirm a redaction: `entry_id` names the request, or its target where it has one."""
        named = self.entry(entry_id)
        return self.decide(
            by, lambda d: redaction.confirm_redaction(d, named, told, self), how, named.stream
        )

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
            lambda d: correction.correct_entry(d, target, field, now, reason, told),
            how,
            target.stream,
        )

    def retract_entry(
        self, by: Account, entry_id: str, told: Told, *, reason: Text, how: How = NOTHING_SPECIAL
    ) -> Recorded:
        target = self.entry(entry_id)
        return self.decide(
            by, lambda d: retraction.retract_entry(d, target, reason, told), how, target.stream
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
            decision = Decision(self, by, ahead=_rests_on(on))
            try:
                if how.if_match is not None and on is not None:
                    _at_version(decision, on, how.if_match)
                decide(decision)
            except AnswerableError:
                # What refuses it may be itself: sent twice, and recorded a moment ago.
                if how.request is not None and (made := self.made_before(how.request)):
                    return made
                raise
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


def _rests_on(stream: str | None) -> list[str]:
    """The streams that an act on one rests on, as a rule: its own and its report's."""
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


def _admin(account: Account) -> Account:
    if not account.may("admin"):
        raise NotAllowed(f"{account.name} lacks the scope “admin”, which this needs.")
    return account
