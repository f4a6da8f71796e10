"""From the rows of assurances, updates and closures to acts decided: what is new, once."""

from dataclasses import replace
from typing import assert_never

from ledger.acts.decision import Told
from ledger.acts.recommendation import confirm_closure, receive_update, seek_assurance
from ledger.events import AssuranceSought, ClosureConfirmed, UpdateReceived
from ledger.events.recommendation import Claim
from ledger.events.streams import RecommendationId, recommendation_stream
from ledger.events.texts import say
from ledger.intake.proposals.sheet_draft import TakingRows, at, raised
from ledger.intake.sheets.rows import (
    AssuranceRow,
    ClaimRead,
    ClosureRow,
    HistoryRow,
    PastUpdateRow,
)
from ledger.states.effect import Known, in_effect


def take_history(taking: TakingRows, row: HistoryRow, reference: str) -> None:
    """Add what a row says happened to a recommendation, where that is not recorded."""
    if (addressee := taking.who(row.place, "addressee", row.addressee)) is None:
        return
    if not raised(taking, reference, row.key, addressee):
        why = f"no recommendation {row.number} to {addressee} is recorded or taken"
        taking.reject(row.place, "number", row.number, why)
        return
    to = RecommendationId(reference, row.key, addressee)
    match row:
        case AssuranceRow():
            _assurance(taking, row, to)
        case PastUpdateRow():
            _update(taking, row, to)
        case ClosureRow():
            _closure(taking, row, to)
        case _:
            assert_never(row)


def claimed(read: ClaimRead | None) -> Claim | None:
    """What a sheet says that the force claims, for the office."""
    if read is None:
        return None
    as_stated = say(read.as_stated, "office")
    return Claim(as_stated=as_stated, means=read.means, expected_on=read.expected_on)


def same_claim(one: UpdateReceived, read: ClaimRead | None) -> bool:
    """Whether an update claims what a row does, its words aside."""
    if one.claim is None or read is None:
        return one.claim is None and read is None
    return (one.claim.means, one.claim.expected_on) == (read.means, read.expected_on)


def _assurance(taking: TakingRows, row: AssuranceRow, to: RecommendationId) -> None:
    if (of := taking.who(row.place, "of", row.of)) is None:
        return
    says = f"assurance sought of {of} about recommendation {row.number}"
    for one in _acts(taking, to):
        if isinstance(one.data, AssuranceSought) and taking.same_words(
            one, "question", row.question
        ):
            if row.occurred_on in _days(one):
                taking.found(row.place, says)
                return
            if taking.says(one, "question", row.question):
                day = one.entry.occurred_on or "a day not known"
                why = f"the assurance is recorded as sought on {day}; nothing was changed"
                taking.reject(row.place, "occurred on", row.occurred_on or "", why)
                return
    with at(row.place):
        event = AssuranceSought(of=of, question=say(row.question, "office"), reply_by=row.reply_by)
        seek_assurance(taking.decision, to, event, _told(taking, row))
    taking.new(row.place, says)


def _update(taking: TakingRows, row: PastUpdateRow, to: RecommendationId) -> None:
    says = f"update on recommendation {row.number} of {row.occurred_on or 'a day not known'}"
    says += f", which claims {row.claim.means.replace('_', ' ')}" if row.claim else ""
    if any(_is_update(taking, one, row) for one in _acts(taking, to)):
        taking.found(row.place, says)
        return
    answers = None
    if row.answers is not None and (answers := _asked(taking, row.answers, to)) is None:
        why = "no assurance with this question was sought about the recommendation"
        taking.reject(row.place, "answers", row.answers, why)
        return
    with at(row.place):
        event = UpdateReceived(
            text=say(row.text, "office"), claim=claimed(row.claim), answers=answers
        )
        receive_update(taking.decision, to, event, _told(taking, row))
    taking.new(row.place, says)


def _is_update(taking: TakingRows, one: Known, row: PastUpdateRow) -> bool:
    if not isinstance(one.data, UpdateReceived) or not same_claim(one.data, row.claim):
        return False
    if row.claim and not taking.same_words(one, "claim.as_stated", row.claim.as_stated):
        return False
    return row.occurred_on in _days(one) and taking.same_words(one, "text", row.text)


def _asked(taking: TakingRows, question: str, to: RecommendationId) -> str | None:
    """The assurance that a row names by its question, or by its entry's id."""
    for one in _acts(taking, to):
        if isinstance(one.data, AssuranceSought) and (
            one.id == question.strip().lower() or taking.says(one, "question", question)
        ):
            return one.id
    return None


def _closure(taking: TakingRows, row: ClosureRow, to: RecommendationId) -> None:
    publisher = taking.decision.report(to.report).data.publisher
    by = taking.who(row.place, "by", row.by) if row.by else publisher
    if by is None:
        return
    day = row.occurred_on or "a day not known"
    says = f"closure of recommendation {row.number} by {by}, on {day}"
    for one in _acts(taking, to):
        if isinstance(one.data, ClosureConfirmed):
            if one.entry.by != by or row.occurred_on not in _days(one):
                recorded = one.entry.occurred_on or "a day not known"
                why = f"it is recorded as closed by {one.entry.by} on {recorded}"
                taking.reject(row.place, "occurred on", day, f"{why}; nothing was changed")
                return
            taking.found(row.place, says)
            if not taking.same_words(one, "reason", row.reason):
                why = "the closure is recorded with other reasons; nothing was changed"
                taking.reject(row.place, "reason", row.reason, why)
            return
    with at(row.place):
        told = replace(_told(taking, row), by=by)
        confirm_closure(taking.decision, to, ClosureConfirmed(reason=say(row.reason)), told)
    taking.new(row.place, says)


def _told(taking: TakingRows, row: HistoryRow) -> Told:
    return taking.told(row.place, row.occurred_on, row.source)


def _acts(taking: TakingRows, to: RecommendationId) -> list[Known]:
    return in_effect(taking.decision.stream(recommendation_stream(to.report, to.key, to.addressee)))


def _days(one: Known) -> set[str | None]:
    """Its day, now and as first recorded."""
    return {one.entry.occurred_on, one.original.occurred_on}
