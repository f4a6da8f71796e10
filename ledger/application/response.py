"""A body's duty to answer a report, and its answer."""

from collections.abc import Sequence

from ledger.acts import duty, response, revision
from ledger.acts.response import Covers, Explanation
from ledger.application.deciding import NOTHING_SPECIAL, Decide, Deciding, How
from ledger.decision import Decision, Told
from ledger.events import (
    ChiefOfficerCommentsInvited,
    ChiefOfficerCommentsReceived,
    CopySent,
    DutyDisapplied,
    ExtensionGranted,
)
from ledger.events.recommendation import How as Covered
from ledger.events.response import Part
from ledger.reading import Recorded
from ledger.service import Account
from ledger.streams import response_stream
from ledger.texts import Text


class ResponseActs(Deciding):
    """A body's duty to answer a report, and its answer."""

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
            duty.may_add_duty(decision, reference, body, told)
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

    def _respond(
        self, by: Account, reference: str, body: str, decide: Decide, how: How
    ) -> Recorded:
        def checked(decision: Decision) -> None:
            response.may_answer(decision, body)
            decide(decision)

        return self.decide(by, checked, how, response_stream(reference, body))
