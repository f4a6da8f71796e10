"""Revising a published report or response: it says something else since a day on which that was
seen.

The publication keeps its entry, its place and its day. A revision names the old and the new
wording. One that is entered late is judged at its own place: what was seen since is no word on it.
"""

from collections.abc import Iterable
from dataclasses import replace
from datetime import date

from ledger import dates
from ledger.acts.decision import Decision, Notice, after_report, recommendation_named
from ledger.acts.response import in_the_other_language, may_answer
from ledger.dates import london_date
from ledger.errors import NotRecorded, Refused
from ledger.events import (
    CommissionerStatementIssued,
    ReportRevised,
    ResponsePublished,
    StatementRevised,
    texts,
)
from ledger.events.entry import Entry
from ledger.events.recommendation import How
from ledger.events.streams import RecommendationId, report_stream, response_stream
from ledger.events.texts import Text, say
from ledger.states.effect import Known, in_effect
from ledger.states.report import Report, as_revised
from ledger.states.response import Response, explanation

REVISABLE = ("title", "cites", "key_findings")
"""The fields of a report that a publisher's page can come to say otherwise."""
_TEXTS = ("text", "chief_officer_comments", "passage", "translation")
_MAY_GO = ("chief_officer_comments", "passage", "translation")
"""The parts that can vanish from a page whose response is still there."""


def revise_report(
    decision: Decision, reference: str, notice: Notice, *, field: str, now: str | Text | None
) -> Entry:
    """Record that the publisher's page says something else since a day on which that was seen."""
    found = decision.report(reference)
    decision.act_of(notice, *found.publishers)
    may_change_report(decision, found)
    after_report(found, notice.occurred_on)
    if field not in REVISABLE:
        raise Refused(
            "no-such-field", f"A report's {', '.join(REVISABLE)} are revised, not “{field}”."
        )
    acts = in_effect(decision.stream(report_stream(reference)))
    was = as_revised(_seen_before(decision, found, acts, notice), field)
    now = _as_text(now, was) if field in ("cites", "key_findings") else now
    if isinstance(now, Text) != (field in ("cites", "key_findings")) or now is None:
        raise Refused("does-not-fit", f"“{field}” does not take this value.")
    if isinstance(now, str):
        texts.must_fit("plain", field, now)
    if was == now:
        raise Refused("nothing-revised", f"The field “{field}” says that already.")
    event = ReportRevised(field=field, was=was, now=now)
    by = found.publisher_for(decision.account.body)
    return decision.add(report_stream(reference), event, notice, by=by)


def may_change_report(decision: Decision, found: Report) -> None:
    """Refuse to change a report unless it belongs to the account, or the account is a
    publisher's."""
    account = decision.account
    if account.may("admin") or account.name == found.owner:
        return
    if not decision.publishes(found):
        raise Refused(
            "report-owner", f"“{found.reference}” belongs to {found.owner}, not to {account.name}."
        )


def revise_statement(
    decision: Decision,
    reference: str,
    body: str,
    notice: Notice,
    *,
    field: str,
    now: str | Text | None,
    statement: str | None = None,
    number: str | None = None,
    addressee: str | None = None,
    how: How | None = None,
    url: str | None = None,
) -> Entry:
    """Record that a published response says something else since a day on which that was seen.

    `statement` None: the last one. A passage is that of a recommendation, by number and
    addressee; `how` None: as before, and `named` for a passage that was not there. `url` is that of
    a translation, which was seen beside the text or reads otherwise since.
    """
    may_answer(decision, body)
    decision.act_of(notice, body)
    owed, found = decision.response(reference, body), decision.report(reference)
    after_report(found, notice.occurred_on)
    owed = replace(owed, acts=tuple(_seen_before(decision, found, owed.acts, notice)))
    one = _published(decision, found, owed, body, notice, statement)
    _must_take(field, now)
    assert isinstance(one.data, ResponsePublished)
    statement = one.data.statement
    of_a_passage = (number, addressee, how) != (None, None, None)
    _must_belong(field, of_a_passage=of_a_passage, of_a_page=url is not None)
    if field != "passage":
        was = owed.as_revised(one, field)
        said = _as_text(now, was) if field in _TEXTS else now
        if field == "translation":
            said = _translated(owed.as_revised(one, "text"), was, said)
        event = StatementRevised(
            statement=statement,
            field=field,  # type: ignore[arg-type]  # one of the five, as seen above
            was=was,
            now=said,
            url=url,
        )
    else:
        if number is None or addressee is None:
            raise Refused(
                "passage", "Say whose passage it is: the recommendation's number and addressee."
            )
        to = _explained(decision, reference, body, number, addressee)
        issued = explanation(decision.stream(to.stream), statement)
        before, was = _passage(owed, issued, statement, to)
        passage = _as_text(now, was)
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
    return decision.add(response_stream(reference, body), event, notice, by=body)


def _must_belong(field: str, *, of_a_passage: bool, of_a_page: bool) -> None:
    """Refuse what belongs to another field than the one that is revised."""
    if of_a_page and field != "translation":
        raise Refused(
            "does-not-fit",
            "The address of a page in the other language goes with its text (translation). The "
            "response's own address is revised as `url`.",
        )
    if of_a_passage and field != "passage":
        raise Refused(
            "passage",
            "Only a passage is of one recommendation: leave out number, addressee and how.",
        )


def _translated(
    text: str | Text | None, was: str | Text | None, now: str | Text | None
) -> str | Text | None:
    """Return the text in the other language. One that is new takes the language that the response's
    own text does not have."""
    if not isinstance(now, Text):
        return now
    assert not isinstance(text, str)
    if was is None and text is not None:
        now = replace(now, lang="en" if text.lang == "cy" else "cy")
    in_the_other_language(text, now)
    return now


def _must_take(field: str, now: str | Text | None) -> None:
    """Refuse a field that a revised response does not have, or a value that it does not take."""
    if field not in (*_TEXTS, "url"):
        raise Refused(
            "no-such-field",
            "A response's text, url, chief_officer_comments, passages (passage) and text in the "
            f"other language (translation) are revised, not “{field}”.",
        )
    if isinstance(now, Text) and field not in _TEXTS:
        raise Refused("does-not-fit", f"“{field}” does not take this value.")
    if now is None and field not in _MAY_GO:
        raise Refused("does-not-fit", f"A response does not come to have no {field}.")
    if field == "url":
        texts.must_fit("url", field, str(now))


def _published(
    decision: Decision,
    found: Report,
    owed: Response,
    body: str,
    notice: Notice,
    statement: str | None,
) -> Known:
    """Return the publication that was seen: the last one that can have been there by then."""
    published = [
        one for one in owed.published if statement in (None, getattr(one.data, "statement", None))
    ]
    if not published:
        raise Refused(
            "published-first",
            f"No response of “{body}” to “{found.reference}” is recorded that could have been "
            "revised.",
        )
    day, last = _seen_by(decision, found, notice), published[-1]
    for one in reversed(published):
        when = found.happened(one, decision.captured_on)
        if when.lo is None or when.lo <= day:
            return one
    raise Refused(
        "not-before-the-response",
        f"It was seen by {dates.in_words(day)}, and the response was published on "
        f"{dates.in_words(last.entry.occurred_on or day)}: what is not there does not change.",
    )


def _explained(
    decision: Decision, reference: str, body: str, number: str, addressee: str
) -> RecommendationId:
    """Return a recommendation that a response of the body can explain."""
    to = recommendation_named(reference, number, addressee)
    if not decision.service.concerns(body, addressee):
        raise Refused("addressee", f"“{body}” does not answer for “{addressee}”.")
    if decision.raised(to) is None:
        raise NotRecorded(
            f"No recommendation {number} of “{reference}” to “{addressee}” is recorded; "
            "record it first."
        )
    return to


def _passage(
    owed: Response, issued: Known | None, statement: str, to: RecommendationId
) -> tuple[How, Text | None]:
    """Return how a statement covers a recommendation after its revisions, and its passage."""
    if last := owed.revisions(statement, "passage", to.key, to.addressee)[-1:]:
        assert not isinstance(last[0].now, str)
        return last[0].how or "not_found", last[0].now
    if issued is None:
        return "not_found", None
    assert isinstance(issued.data, CommissionerStatementIssued)
    return issued.data.how, issued.data.text


def _how(number: str, before: How, how: How | None, now: Text | None) -> How:
    """Return how it is covered since: as it is said, or as before."""
    if (how == "not_found") != (now is None) and how is not None:
        raise Refused(
            "passage",
            f"Recommendation {number}: give its passage (now), or null where it is gone "
            "(how: not_found), not both.",
        )
    if now is None:
        return "not_found"
    return how or ("named" if before == "not_found" else before)


def _as_text(now: str | Text | None, was: str | Text | None) -> Text | None:
    """Return the page's new wording, for the same readers. Raise Refused if it cannot be stored or
    would be open to more readers than the wording that it replaces."""
    before = was if isinstance(was, Text) else Text("")
    if isinstance(now, str):
        try:
            return say(now, before.audience, before.lang)
        except ValueError as error:
            raise Refused("does-not-fit", str(error)) from None
    if now is not None and (before.audience, now.audience) == ("office", "public"):
        raise Refused(
            "audience",
            "What it said before is for the audience `office`: so is what it says since, until "
            "it is released.",
        )
    return now


def _seen_before(
    decision: Decision, found: Report, acts: Iterable[Known], notice: Notice
) -> list[Known]:
    """Return the acts without the revisions that were seen after the given day. Earlier revisions
    come last, in the order of (hi, position)."""
    day = _seen_by(decision, found, notice)
    others, seen = [], []
    for act in acts:
        if not isinstance(act.data, ReportRevised | StatementRevised):
            others.append(act)
            continue
        hi = found.happened(act, decision.captured_on).hi
        if hi <= day:
            seen.append((hi, act.original.position, act))
    seen.sort(key=lambda one: one[:2])
    return [*others, *(act for _, _, act in seen)]


def _seen_by(decision: Decision, found: Report, notice: Notice) -> date:
    """Return the last day on which the reported change can have been seen."""
    received = london_date(decision.now)
    if notice.source is not None and notice.source.capture is not None:
        received = min(received, decision.captured_on(notice.source.capture) or received)
    return dates.interval(notice.occurred_on, not_before=found.day, received_by=received).hi
