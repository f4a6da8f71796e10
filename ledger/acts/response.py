"""Acts on a response: the duty, invitations, comments, the statement, copies of it."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from ledger import dates
from ledger.acts.decision import Decision, Notice, after_report, recommendation_named
from ledger.errors import NotAllowed, NotRecorded, Refused
from ledger.events import (
    ChiefOfficerCommentsInvited,
    ChiefOfficerCommentsReceived,
    CommissionerStatementIssued,
    CopySent,
    ResponseLookedFor,
    ResponsePublished,
)
from ledger.events.entry import Entry, new_id, texts
from ledger.events.recommendation import How, Stance
from ledger.events.response import RESPONSE, Part, Translation
from ledger.events.streams import RecommendationId, response_stream
from ledger.events.texts import LANGUAGES, Text
from ledger.states.effect import Known, happened
from ledger.states.report import Report
from ledger.states.response import Response


@dataclass(frozen=True, kw_only=True)
class Explanation:
    """The passage of a statement about one recommendation."""

    number: str
    addressee: str
    how: How
    stance: Stance
    text: Text | None = None
    reason: Text | None = None


@dataclass(frozen=True, kw_only=True)
class Covers:
    """A report that a statement covers, and what it says of its recommendations."""

    report: str
    explanations: tuple[Explanation, ...] = ()


def invite_comments(
    decision: Decision,
    reference: str,
    body: str,
    event: ChiefOfficerCommentsInvited,
    notice: Notice,
) -> Entry:
    """Record that the body invited the chief officer's comments."""
    may_answer(decision, body)
    decision.act_of(notice, body)
    event = replace(event, duty=as_stored(decision.duty(reference, body, event.duty)))
    after_report(decision.report(reference), notice.occurred_on)
    if event.reply_by is not None:
        dates.check(event.reply_by)
    return decision.add(response_stream(reference, body), event, notice, by=body)


def receive_comments(
    decision: Decision,
    reference: str,
    body: str,
    event: ChiefOfficerCommentsReceived,
    notice: Notice,
) -> Entry:
    """Record the chief officer's comments. They need no invitation."""
    may_answer(decision, body)
    forces = decision.service.forces_of(body) or [body]
    decision.act_of(notice, *forces, body)
    event = replace(event, duty=as_stored(decision.duty(reference, body, event.duty)))
    after_report(decision.report(reference), notice.occurred_on)
    force = decision.account.body if decision.account.body in forces else forces[0]
    if force != decision.account.body and len(forces) > 1 and notice.by is None:
        raise Refused("by", f"Say whose chief officer commented (by): {' or '.join(forces)}.")
    return decision.add(response_stream(reference, body), event, notice, by=force)


def as_stored(duty: str) -> str | None:
    """Return the name of a duty as an act stores it: none for the response."""
    return None if duty == RESPONSE else duty


def publish_response(
    decision: Decision,
    reference: str,
    body: str,
    notice: Notice,
    *,
    explanations: Sequence[Explanation],
    text: Text | None = None,
    parts: tuple[Part, ...] | None = None,
    url: str | None = None,
    also: Sequence[Covers] = (),
    duties: Sequence[str] = (),
    translations: Sequence[Translation] = (),
) -> Entry:
    """Record that a body published a response: the publication, and what it says of each.

    Its text may be left out where its day or its address is known. Its parts are then not known,
    unless they are said; with a text they are the body's comments, unless they are said.

    One statement may cover several reports (`also`); the first entry is the first report's. It
    answers the `duties` that are named; of other reports, and where none is named, the response.
    The same text in another language (`translations`) is part of it.
    """
    may_answer(decision, body)
    decision.act_of(notice, body)
    if text is None and url is None and notice.occurred_on is None:
        raise Refused(
            "nothing-published",
            "Give the day on which the response was published, its address (url) or its text: one "
            "of them at least.",
        )
    for translation in translations:
        in_the_other_language(text, translation.text)
    if len(translations) > 1:
        raise Refused("named-twice", "Give the text in the other language once.")
    covers = (Covers(report=reference, explanations=tuple(explanations)), *also)
    statement = new_id()
    first = None
    if len({one.report for one in covers}) < len(covers):
        raise Refused("named-twice", "The same report is covered twice by this statement.")
    references = tuple(one.report for one in covers)
    for one in covers:
        found = decision.report(one.report)
        after_report(found, notice.occurred_on)
        named = duties if one.report == reference else ()
        answered = _answered(decision, one.report, body, named)
        for duty in answered:
            _not_again(decision, decision.response(one.report, body, duty), notice, text, url)
        event = ResponsePublished(
            statement=statement,
            parts=parts or (() if text is None else ("comments",)),
            url=url,
            also=tuple(other for other in references if other != one.report),
            text=text,
            duties=None if answered == (RESPONSE,) else answered,
            translations=tuple(translations) or None,
        )
        entry = decision.add(response_stream(one.report, body), event, notice, by=body)
        there_after_report(decision, found, entry)
        first = first or entry
        _explain(decision, one, statement, body, notice)
    assert first is not None, "a statement covers at least one report"
    return first


def in_the_other_language(text: Text | None, translation: Text) -> None:
    """Refuse a translation in the language of the text, or of a text that is not recorded."""
    if text is None:
        raise Refused(
            "translation",
            "Give the text of the response (text) too: a translation stands beside it. A response "
            "in one language alone is its text, in that language (lang).",
        )
    if text.lang == translation.lang:
        raise Refused(
            "translation",
            f"Text and translation are both in {LANGUAGES[text.lang]}: say the language of each "
            "(lang), `en` or `cy`.",
        )


def _answered(
    decision: Decision, reference: str, body: str, named: Sequence[str]
) -> tuple[str, ...]:
    """Return the duties that a publication answers: those named, else the response, or the only
    one that the body owes."""
    if not named:
        return (decision.duty(reference, body, None),)
    found = [decision.duty(reference, body, one) for one in named]
    if len(set(found)) < len(found):
        raise Refused("named-twice", "The same duty is named twice in duties.")
    return tuple(found)


def send_copy(
    decision: Decision, reference: str, body: str, event: CopySent, notice: Notice
) -> Entry:
    """Record that a copy was sent. It comes after a publication."""
    may_answer(decision, body)
    decision.act_of(notice, body)
    if not decision.response(reference, body).published:
        raise Refused(
            "published-first",
            f"No response of “{body}” to “{reference}” is recorded, so no copy of it can be sent.",
        )
    after_report(decision.report(reference), notice.occurred_on)
    return decision.add(response_stream(reference, body), event, notice, by=body)


def look_for_response(
    decision: Decision, reference: str, body: str, event: ResponseLookedFor, notice: Notice
) -> Entry:
    """Record that the response was looked for and not found: on any day from the report's day on,
    by anybody who may record, also where a response is recorded."""
    event = replace(event, duty=as_stored(decision.duty(reference, body, event.duty)))
    after_report(decision.report(reference), notice.occurred_on)
    by = decision.account.body
    return decision.add(response_stream(reference, body), event, notice, by=by)


def _not_again(
    decision: Decision, owed: Response, notice: Notice, text: Text | None, url: str | None
) -> None:
    """Refuse a publication that is recorded: of the same day, in the same words; without words, of
    the same day at the same address, or at none."""
    for one in owed.published:
        if one.entry.occurred_on != notice.occurred_on:
            continue
        if text is None:
            again = url in (None, owed.as_revised(one, "url"))
            how = "" if url is None else f" at {url}"
        else:
            recorded = (decision.words(one, path) for path, _ in texts(one.data))
            again = any(said is not None and said.split() == _words(text) for said in recorded)
            how = " in these words"
        if again:
            raise Refused(
                "statement-exists",
                f"This statement, published on {dates.in_words(notice.occurred_on)}{how}, "
                f"is recorded already: /api/entries/{one.id}. Where it is recorded wrongly, "
                "correct it or retract it; what it says of one more recommendation is a revision "
                "of its passage.",
            )


def _words(text: Text) -> list[str] | None:
    return text.opening.body.split() if text.opening is not None else None


def _explain(decision: Decision, covers: Covers, statement: str, body: str, notice: Notice) -> None:
    seen: set[RecommendationId] = set()
    for said in covers.explanations:
        to = recommendation_named(covers.report, said.number, said.addressee)
        if to in seen:
            raise Refused(
                "named-twice",
                f"Recommendation {said.number} to “{said.addressee}” is explained twice.",
            )
        seen.add(to)
        consistent(said.number, said)
        if not decision.service.concerns(body, said.addressee):
            raise Refused(
                "addressee",
                f"“{body}” does not answer for “{said.addressee}”, to whom recommendation "
                f"{said.number} is addressed.",
            )
        if decision.raised(to) is None:
            raise NotRecorded(
                f"No recommendation {said.number} of “{covers.report}” to “{said.addressee}” is "
                "recorded; record it first."
            )
        event = CommissionerStatementIssued(
            statement=statement,
            how=said.how,
            stance=said.stance,
            text=said.text,
            reason=said.reason,
        )
        decision.add(to.stream, event, notice, by=body)


def consistent(number: str, said: Explanation | CommissionerStatementIssued) -> None:
    """Refuse a passage whose parts contradict each other."""
    if said.stance == "no_action" and said.reason is None:
        raise Refused(
            "no-action-needs-reason",
            f"No action on recommendation {number} needs the reason that the body gives.",
        )
    if said.how != "not_found" and said.text is None:
        raise Refused(
            "passage",
            f"Recommendation {number} is said to be explained: give the passage (text), "
            "or say `not_found`.",
        )
    if said.how == "not_found" and said.stance != "not_stated":
        raise Refused(
            "passage",
            f"No passage was found for recommendation {number}, so no stance is stated.",
        )


def there_after_report(decision: Decision, found: Report, published: Entry) -> None:
    """Refuse a response that was held here before its report was published."""
    hi = happened(Known(published, published), report_day=None, captured_on=decision.captured_on).hi
    if found.day is not None and hi < found.day:
        raise Refused(
            "not-before-the-report",
            f"A response was there by {dates.in_words(hi)}, before the report was published, on "
            f"{dates.in_words(found.published_on)}.",
        )


def may_answer(decision: Decision, body: str) -> None:
    """Raise NotAllowed if the account's body has nothing to do with this response."""
    account = decision.account
    if account.may("admin") or account.body is None:
        return
    if not decision.service.concerns(account.body, body):
        raise NotAllowed(
            f"{account.name} cannot record for “{body}”: it belongs to {account.body}."
        )
