"""The fold of a recommendation: its acts are added one by one, in the order of their places."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

import msgspec
from msgspec.structs import replace

from ledger.dates import rfc3339
from ledger.events import (
    AssuranceSought,
    ClosureConfirmed,
    ClosureRefused,
    CommissionerStatementIssued,
    RecommendationRaised,
    Reopened,
    RepeatNoted,
    Superseded,
    TargetDateSet,
    UpdateReceived,
    Withdrawn,
)
from ledger.events.recommendation import Claim, Ground
from ledger.events.streams import key_of, recommendation_of
from ledger.events.texts import Text
from ledger.states.effect import Known
from ledger.states.recommendation import Placed, Standing, completion, evolve, why_not
from ledger.states.report import Report
from projections.states.report import RevisedPassage, with_revisions
from projections.states.values import (
    AssuranceLine,
    ClaimLine,
    DecisionLine,
    EvidenceLine,
    PartnerLine,
    RecommendationState,
    RepeatLine,
    StatementLine,
    TargetLine,
    said,
    said_surely,
    source_of,
)


def placed(hi: date, one: Known) -> Placed:
    """Return an act at its place. `hi` is the last day on which it can have happened."""
    return Placed(hi, one.entry.position, one.id, one.data)  # type: ignore[arg-type]


class Fold(msgspec.Struct, frozen=True, gc=False):
    """The sum of a recommendation's acts, from the first one to some place."""

    standing: Standing = Standing()
    raised: Known | None = None
    targets: tuple[Known, ...] = ()
    """The targets that were set after the report's own."""
    assurances: tuple[AssuranceLine, ...] = ()
    answers: Mapping[str, str] = {}
    """The update that answers an assurance, by the entry of that."""
    updates: int = 0
    last_update_on: str | None = None
    claim: ClaimLine | None = None
    statements: tuple[StatementLine, ...] = ()
    repeats: tuple[RepeatLine, ...] = ()
    closed: DecisionLine | None = None
    refused: DecisionLine | None = None
    reopened: DecisionLine | None = None

    def then(self, hi: date, one: Known) -> "Fold":
        """Return the fold with one more act. `hi` is the last day on which it can have happened. An
        update or a decision that is not allowed at its place changes nothing."""
        act = placed(hi, one)
        changes = self._unconditional(one)
        if why_not(self.standing, act.event) is None:
            changes |= self._allowed(one)
            changes["standing"] = evolve(self.standing, act)
        return replace(self, **changes) if changes else self

    def _unconditional(self, one: Known) -> dict[str, Any]:
        match one.data:
            case RecommendationRaised():
                return {"raised": one} if self.raised is None else {}
            case TargetDateSet():
                return {"targets": (*self.targets, one)}
            case AssuranceSought():
                return {"assurances": (*self.assurances, _assurance(one, one.data))}
            case CommissionerStatementIssued():
                return {"statements": (*self.statements, _statement(one, one.data))}
            case RepeatNoted():
                return {"repeats": (*self.repeats, _repeat(one, one.data))}
            case _:
                return {}

    def _allowed(self, one: Known) -> dict[str, Any]:
        """Return what an update or a decision changes. A closure undoes a refusal and a reopening;
        an end undoes all three."""
        match one.data:
            case UpdateReceived(remark=None):
                return self._updated(one, one.data)
            case ClosureRefused(reason=reason):
                return {"refused": _decision(one, reason)}
            case Reopened(reason=reason):
                undone = self.closed.entry if self.closed else None
                return {"closed": None, "reopened": _decision(one, reason, undoes=undone)}
            case ClosureConfirmed(reason=reason, ground=ground):
                closed = _decision(one, reason, ground=ground)
                return {"closed": closed, "refused": None, "reopened": None}
            case Withdrawn() | Superseded():
                return {"closed": None, "refused": None, "reopened": None}
            case _:
                return {}

    def _updated(self, one: Known, update: UpdateReceived) -> dict[str, Any]:
        changes: dict[str, Any] = {
            "updates": self.updates + 1,
            "last_update_on": one.entry.occurred_on,
        }
        if update.claim is not None:
            changes["claim"] = _claim(one, update.claim, self.claim)
        if update.answers and update.answers not in self.answers:
            changes["answers"] = {**self.answers, update.answers: one.id}
        return changes

    def state(self, found: Report, revised: Sequence[RevisedPassage]) -> RecommendationState | None:
        """Return the state of the recommendation, as if no act without an exact day could decide
        whether its target has passed; `passes_after` is left out. Return None if it wasn't raised.

        `revised` are the later passages about it in published responses, seen by that day.
        """
        if (raised := self.raised) is None:
            return None
        data = raised.data
        assert isinstance(data, RecommendationRaised)
        name = recommendation_of(raised.entry.stream)
        standing, closed = self.standing, self.closed
        return RecommendationState(
            report=name.report,
            key=name.key,
            addressee=name.addressee,
            number=data.number,
            kind=data.kind,
            parent=data.parent,
            text=said_surely(raised, "text", data.text),
            partners=tuple(
                PartnerLine(partner.body, said(raised, f"partners.{n}.name", partner.name))
                for n, partner in enumerate(data.partners)
            ),
            raised_on=raised.entry.occurred_on,
            status=standing.status,
            targets=_targets(raised, data, self.targets, found),
            assurances=self._assurances(),
            claim=self.claim,
            last_update_on=self.last_update_on,
            statements=with_revisions(self.statements, revised),
            closed=closed,
            passes_after=None,
            refused=self.refused,
            reopened=self.reopened,
            ended_on=standing.ended_on.isoformat() if standing.ended_on else None,
            repeats=self.repeats,
            completion=completion(standing, closed.ground if closed else None),
            called_on=standing.called_on.isoformat() if standing.called_on else None,
            publisher_number=data.publisher_number,
            theme=data.theme,
            level=data.level,
            updates=self.updates,
        )

    def _assurances(self) -> tuple[AssuranceLine, ...]:
        """Return the assurances sought, each with the update that answers it."""
        if not self.answers:
            return self.assurances
        return tuple(
            replace(line, answered_by=self.answers.get(line.entry)) for line in self.assurances
        )


def _assurance(one: Known, data: AssuranceSought) -> AssuranceLine:
    question = said_surely(one, "question", data.question)
    return AssuranceLine(one.id, data.of, question, data.reply_by, one.entry.occurred_on, None)


def _repeat(one: Known, data: RepeatNoted) -> RepeatLine:
    return RepeatLine(
        one.id,
        data.of.report,
        data.of.number,
        key_of(data.of.number),
        data.of.addressee,
        data.words,
        one.entry.by,
        one.entry.provenance,
        one.entry.occurred_on,
        one.entry.recorded_by,
    )


def _statement(one: Known, data: CommissionerStatementIssued) -> StatementLine:
    return StatementLine(
        one.id,
        data.statement,
        one.entry.by,
        data.how,
        data.stance,
        said(one, "text", data.text),
        said(one, "reason", data.reason),
        one.entry.occurred_on,
        rfc3339(one.original.instant),
        source_of(one),
    )


def _targets(
    raised: Known, data: RecommendationRaised, acts: Sequence[Known], found: Report
) -> tuple[TargetLine, ...]:
    """Return the targets in order: the report's, in its words, then each that was set later."""
    lines = []
    if data.target is not None:
        phrase = said(raised, "target.phrase", data.target.phrase)
        worked_out = bool(data.target.worked_out and data.target.on)
        lines.append(
            TargetLine(
                raised.id,
                data.target.on,
                phrase,
                "report",
                raised.entry.occurred_on,
                worked_out,
                worked_out and found.is_to_confirm(raised, raised),
            )
        )
    for one in acts:
        if isinstance(one.data, TargetDateSet):
            worked_out = bool(one.data.worked_out)
            lines.append(
                TargetLine(
                    one.id,
                    one.data.on,
                    None,
                    one.data.origin,
                    one.entry.occurred_on,
                    worked_out,
                    worked_out and found.is_to_confirm(raised, one),
                )
            )
    return tuple(lines)


def _claim(one: Known, claim: Claim, before: ClaimLine | None) -> ClaimLine:
    """Return a claim, with the day since when the force has claimed the same. `before` is the claim
    before it."""
    goes_on = before is not None and before.means == claim.means
    return ClaimLine(
        one.id,
        said_surely(one, "claim.as_stated", claim.as_stated),
        claim.means,
        claim.expected_on,
        one.entry.occurred_on,
        before.since if before is not None and goes_on else one.entry.occurred_on,
        source_of(one),
        tuple(
            EvidenceLine(
                said_surely(one, f"claim.evidence.{n}.what", shows.what),
                shows.whose.body,
                said(one, f"claim.evidence.{n}.whose.name", shows.whose.name),
                shows.on,
            )
            for n, shows in enumerate(claim.evidence or ())
        ),
    )


def _decision(
    one: Known, reason: Text, *, undoes: str | None = None, ground: Ground | None = None
) -> DecisionLine:
    return DecisionLine(
        entry=one.id,
        by=one.entry.by,
        on=one.entry.occurred_on,
        reason=said_surely(one, "reason", reason),
        source=source_of(one),
        undoes=undoes,
        ground=ground,
    )
