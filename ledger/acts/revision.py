"""Revising a published response: it says something else since a day on which that was seen.

The publication keeps its entry, its place and its day; a revision names what it was and is.
"""

from dataclasses import replace

from ledger import dates
from ledger.acts import seen
from ledger.acts.decision import Decision, Told
from ledger.acts.response import after_report, as_text, may_answer
from ledger.errors import NotRecorded, Refused
from ledger.events import (
    CommissionerStatementIssued,
    RecommendationRaised,
    ResponsePublished,
    StatementRevised,
    forms,
)
from ledger.events.entry import Entry
from ledger.events.recommendation import How
from ledger.events.streams import key_of, recommendation_stream, response_stream
from ledger.events.texts import Text
from ledger.states.effect import Known, in_effect
from ledger.states.report import Report
from ledger.states.response import Response, explanation

_TEXTS = ("text", "chief_officer_comments", "passage")
_MAY_GO = ("chief_officer_comments", "passage")
"""What can vanish from a page whose response is still there."""


def revise_statement(
    decision: Decision,
    reference: str,
    body: str,
    told: Told,
    *,
    field: str,
    now: str | Text | None,
    statement: str | None = None,
    number: str | None = None,
    addressee: str | None = None,
    how: How | None = None,
) -> Entry:
    """Record that a published response says something else since a day on which that was seen.

    `statement` None: the last one. A passage is that of a recommendation, by number and
    addressee; `how` None: as before, and `named` for a passage that was not there.
    """
    may_answer(decision, body)
    decision.act_of(told, body)
    owed, found = decision.response(reference, body), decision.report(reference)
    after_report(found, told.occurred_on)
    owed = replace(owed, acts=tuple(seen.before(decision, found, owed.acts, told)))
    one = _published(decision, found, owed, body, told, statement)
    if field not in (*_TEXTS, "url"):
        raise Refused(
            "no-such-field",
            "A response's text, url, chief_officer_comments and passages (passage) are revised, "
            f"not “{field}”.",
        )
    if isinstance(now, Text) and field not in _TEXTS:
        raise Refused("does-not-fit", f"“{field}” does not take this value.")
    if now is None and field not in _MAY_GO:
        raise Refused("does-not-fit", f"A response does not come to have no {field}.")
    if field == "url":
        forms.must_fit("url", field, str(now))
    assert isinstance(one.data, ResponsePublished)
    statement = one.data.statement
    if field != "passage":
        if (number, addressee, how) != (None, None, None):
            raise Refused(
                "passage",
                "Only a passage is of one recommendation: leave out number, addressee and how.",
            )
        was = owed.as_revised(one, field)
        event = StatementRevised(
            statement=statement,
            field=field,  # type: ignore[arg-type]  # one of the four, as seen above
            was=was,
            now=as_text(now, was) if field in _TEXTS else now,
        )
    else:
        if number is None or addressee is None:
            raise Refused(
                "passage", "Say whose passage it is: the recommendation's number and addressee."
            )
        key = _explained(decision, reference, body, number, addressee)
        issued = explanation(
            decision.stream(recommendation_stream(reference, key, addressee)), statement
        )
        before, was = _passage(owed, issued, statement, key, addressee)
        passage = as_text(now, was)
        event = StatementRevised(
            statement=statement,
            field="passage",
            number=number,
            addressee=addressee,
            how=_how(number, before, how, passage),
            was=was,
            now=passage,
        )
    if event.was == event.now:
        raise Refused("nothing-revised", f"The field “{field}” says that already.")
    return decision.add(response_stream(reference, body), event, told, by=body)


def _published(
    decision: Decision,
    found: Report,
    owed: Response,
    body: str,
    told: Told,
    statement: str | None,
) -> Known:
    """The publication that was seen: the last one that can have been there by then."""
    published = [
        one for one in owed.published if statement in (None, getattr(one.data, "statement", None))
    ]
    if not published:
        raise Refused(
            "published-first",
            f"No response of “{body}” to “{found.reference}” is recorded that could have been "
            "revised.",
        )
    day, last = seen.by(decision, found, told), published[-1]
    for one in reversed(published):
        when = found.happened(one, decision.captured_on)
        if when.lo is None or when.lo <= day:
            return one
    raise Refused(
        "not-before-the-response",
        f"It was seen by {dates.in_words(day)}, and the response was published on "
        f"{dates.in_words(last.entry.occurred_on or day)}: what is not there does not change.",
    )


def _explained(decision: Decision, reference: str, body: str, number: str, addressee: str) -> str:
    """The key of a recommendation that a response of the body can explain."""
    try:
        key = key_of(number)
    except ValueError as error:
        raise Refused("number", str(error)) from None
    if not decision.service.concerns(body, addressee):
        raise Refused("addressee", f"“{body}” does not answer for “{addressee}”.")
    acts = in_effect(decision.stream(recommendation_stream(reference, key, addressee)))
    if not any(isinstance(act.data, RecommendationRaised) for act in acts):
        raise NotRecorded(
            f"No recommendation {number} of “{reference}” to “{addressee}” is recorded; "
            "record it first."
        )
    return key


def _passage(
    owed: Response, issued: Known | None, statement: str, key: str, addressee: str
) -> tuple[How, Text | None]:
    """How a statement covers a recommendation after its revisions, and its passage."""
    if last := owed.revisions(statement, "passage", key, addressee)[-1:]:
        assert not isinstance(last[0].now, str)
        return last[0].how or "not_found", last[0].now
    if issued is None:
        return "not_found", None
    assert isinstance(issued.data, CommissionerStatementIssued)
    return issued.data.how, issued.data.text


def _how(number: str, before: How, how: How | None, now: Text | None) -> How:
    """How it is covered since: as it is said, or as before."""
    if (how == "not_found") != (now is None) and how is not None:
        raise Refused(
            "passage",
            f"Recommendation {number}: give its passage (now), or null where it is gone "
            "(how: not_found), not both.",
        )
    if now is None:
        return "not_found"
    return how or ("named" if before == "not_found" else before)
