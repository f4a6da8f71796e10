"""From the rows of responses and explanations to acts decided: each response with all of its."""

from collections.abc import Callable

from ledger.acts.response import (
    Explanation,
    consistent,
    may_answer,
    publish_response,
)
from ledger.events import CommissionerStatementIssued, ResponsePublished
from ledger.events.streams import recommendation_stream, response_stream
from ledger.events.texts import say
from ledger.intake.proposals.page_draft import said
from ledger.intake.proposals.sheet_draft import TakingRows, at, raised
from ledger.intake.sheets.rows import ExplanationRow, ResponseRow
from ledger.states.effect import Known, in_effect

_HOW = {"named": "names", "general": "covers in general", "not_found": "does not name"}
Duty = Callable[[ResponseRow, str, str], None]
Explained = list[tuple[ExplanationRow, str]]
"""Each with the id of its addressee."""


def take_response(
    taking: TakingRows, row: ResponseRow, reference: str, body: str, duty: Duty
) -> None:
    """The duty, the response and its explanations: all of them, or, with one rejected, none."""
    assert row.text is not None
    if (explained := _explained(taking, row, reference)) is None:
        return
    duty(row, reference, body)
    day = row.published_on or "on a day not known"
    says = f"response of {body} ({', '.join(row.parts)}), published {day}"
    acts = in_effect(taking.decision.stream(response_stream(reference, body)))
    published = [(one, one.data) for one in acts if isinstance(one.data, ResponsePublished)]
    for one, data in published:
        if data.parts == row.parts and taking.same_words(one, "text", row.text):
            taking.found(row.place, says)
            _compare_day(taking, row, one)
            for each, addressee in explained:
                _compare(taking, each, reference, addressee, data.statement)
            return
    if any(set(data.parts) & set(row.parts) for _, data in published):
        why = "a response in other words is recorded; nothing was changed"
        taking.reject(row.place, "text", row.text, why)
        for each, _ in explained:
            taking.reject(each.place, "", each.number, f"its response in {row.place} is not taken")
        return
    explanations = tuple(_explanation(each, addressee) for each, addressee in explained)
    with at(row.place):
        may_answer(taking.decision, body)
        publish_response(
            taking.decision,
            reference,
            body,
            taking.told(row.place, row.published_on, row.source),
            explanations=explanations,
            text=say(row.text),
            parts=row.parts,
            url=row.url,
        )
    taking.new(row.place, says)
    for each, addressee in explained:
        taking.new(each.place, f"it {_HOW[each.how]} recommendation {each.number} to {addressee}")


def _explained(taking: TakingRows, row: ResponseRow, reference: str) -> Explained | None:
    """The explanations of a response; None, and each row rejected, where one cannot be taken."""
    good: Explained = []
    bad: ExplanationRow | None = None
    for each in row.explanations:
        if (addressee := taking.who(each.place, "addressee", each.addressee)) is None:
            bad = bad or each
        elif not raised(taking, reference, each.key, addressee):
            why = f"no recommendation {each.number} to {addressee} is recorded or taken"
            taking.reject(each.place, "number", each.number, why)
            bad = bad or each
        else:
            good.append((each, addressee))
    if bad is None:
        return good
    taking.reject(row.place, "", row.body, f"its explanation in {bad.place} is rejected")
    for each, _ in good:
        why = f"the explanation in {bad.place}, of the same response, is rejected"
        taking.reject(each.place, "", each.number, why)
    return None


def _explanation(row: ExplanationRow, addressee: str) -> Explanation:
    with at(row.place):
        explanation = Explanation(
            number=row.number,
            addressee=addressee,
            how=row.how,
            stance=row.stance,
            text=said(row.text),
            reason=said(row.reason),
        )
        consistent(row.number, explanation)
    return explanation


def _compare_day(taking: TakingRows, row: ResponseRow, one: Known) -> None:
    """List where a response is recorded with another day."""
    days = {one.entry.occurred_on, one.original.occurred_on}
    if row.published_on is not None and row.published_on not in days:
        day = one.entry.occurred_on or "a day not known"
        why = f"the response is recorded as published on {day}; nothing was changed"
        taking.reject(row.place, "published on", row.published_on, why)


def _compare(
    taking: TakingRows, row: ExplanationRow, reference: str, addressee: str, statement: str
) -> None:
    """An explanation of a recorded response: it is there as well, or a person settles it."""
    stream = recommendation_stream(reference, row.key, addressee)
    for one in in_effect(taking.decision.stream(stream)):
        data = one.data
        if isinstance(data, CommissionerStatementIssued) and data.statement == statement:
            same = (data.how, data.stance) == (row.how, row.stance)
            for path, text in (("text", row.text), ("reason", row.reason)):
                recorded = getattr(data, path) is not None
                same = same and recorded == (text is not None)
                same = same and (text is None or taking.same_words(one, path, text))
            if same:
                taking.found(row.place, f"what it says of recommendation {row.number}")
            else:
                why = "the response is recorded, and says something else of this recommendation"
                taking.reject(row.place, "", row.text or "", why)
            return
    why = "the response is recorded, and without this explanation; nothing was changed"
    taking.reject(row.place, "", row.text or "", why)
