"""Acts of a panel's meeting: papers, the meeting itself, what it reviewed."""

from dataclasses import replace
from datetime import date, timedelta

from ledger import dates
from ledger.acts.decision import Decision, Notice, recommendation_named
from ledger.dates import london_date
from ledger.errors import Fault, NotAllowed, NotRecorded, Refused, Unfit
from ledger.events import (
    MeetingHeld,
    PaperIssued,
    RecommendationReviewed,
)
from ledger.events.entry import Entry
from ledger.events.streams import meeting_stream
from ledger.states.effect import in_effect
from ledger.states.report import report


def issue_paper(
    decision: Decision, panel: str, day: str, event: PaperIssued, notice: Notice
) -> Entry:
    """Record a paper, with the position of this log and the day that it was made from."""
    _of_panel(decision, panel, day, notice)
    can_be_asked(decision, event)
    if event.capture is not None and decision.captured_on(event.capture) is None:
        raise Refused("unknown-capture", f"No capture “{event.capture}” is kept.")
    return decision.add(meeting_stream(panel, day), event, notice, by=panel)


def can_be_asked(decision: Decision, event: PaperIssued) -> None:
    """Refuse a paper that nobody could make again: its position or its day does not exist, or its
    day was in the future at that position."""
    if not 1 <= event.known_at <= decision.head:
        raise Refused(
            "known-at", f"The log ends at position {decision.head}; {event.known_at} is not in it."
        )
    if not dates.is_exact(event.effective_on):
        raise Refused("effective-on", f"“{event.effective_on}” is no day.")
    later = decision.log.read(event.known_at, 1)
    until = london_date(later[0].instant - timedelta(microseconds=1)) if later else decision.today
    if date.fromisoformat(event.effective_on) > until:
        raise Refused(
            "effective-on",
            f"At position {event.known_at} nobody knew what would happen by "
            f"{dates.in_words(event.effective_on)}: its last day is {dates.in_words(until)}.",
        )


def hold_meeting(
    decision: Decision, panel: str, day: str, event: MeetingHeld, notice: Notice
) -> Entry:
    """Record that the meeting was held, once, on the day that names it."""
    _of_panel(decision, panel, day, notice)
    stream = meeting_stream(panel, day)
    if any(isinstance(one.data, MeetingHeld) for one in in_effect(decision.stream(stream))):
        raise Refused("held-once", f"That the meeting of {day} was held is recorded already.")
    return decision.add(stream, event, _on_its_day(day, notice), by=panel)


def review_recommendation(
    decision: Decision, panel: str, day: str, event: RecommendationReviewed, notice: Notice
) -> Entry:
    """Record what the panel reviewed at the meeting, with the paper that it had before it."""
    _of_panel(decision, panel, day, notice)
    stream = meeting_stream(panel, day)
    ref = event.recommendation
    if decision.raised(recommendation_named(ref.report, ref.number, ref.addressee)) is None:
        raise NotRecorded(
            f"No recommendation {ref.number} of “{ref.report}” to “{ref.addressee}” is recorded."
        )
    found = report(decision.stream(f"report/{ref.report}"))
    if found is not None and found.day is not None and date.fromisoformat(day) < found.day:
        raise Refused(
            "not-before-the-report",
            f"The meeting of {dates.in_words(day)} was before the report was published, on "
            f"{dates.in_words(found.published_on)}.",
        )
    if date.fromisoformat(day) > decision.today:
        raise Refused(
            "not-in-the-future",
            f"The meeting of {dates.in_words(day)} is to come: record what it reviewed then.",
        )
    papers = [a.id for a in in_effect(decision.stream(stream)) if isinstance(a.data, PaperIssued)]
    if event.paper is not None and event.paper not in papers:
        raise Refused("paper", f"{event.paper} is no paper of the meeting of {day}.")
    return decision.add(stream, event, _on_its_day(day, notice), by=panel)


def _on_its_day(day: str, notice: Notice) -> Notice:
    """Return the day of the meeting: an act at a meeting happened on it."""
    if notice.occurred_on not in (None, day):
        raise Refused(
            "meeting-day",
            f"What was done at the meeting of {dates.in_words(day)} was done on that day, not on "
            f"{dates.in_words(notice.occurred_on)}: leave occurred_on out.",
        )
    return replace(notice, occurred_on=day)


def _of_panel(decision: Decision, panel: str, day: str, notice: Notice) -> None:
    """Refuse a meeting if the body is not a panel, the day is not a day, or the account is not
    concerned with it. A panel's meeting is the panel's act: nobody else records one first hand."""
    body = decision.body(panel)
    if body.kind != "panel":
        raise Refused("no-panel", f"{body.name} is no panel: meetings here are those of panels.")
    try:
        good = dates.is_exact(dates.check(day))
    except ValueError:
        good = False
    if not good:
        sentence = f"“{day}” is no day: a meeting is named by its day, as YYYY-MM-DD."
        raise Unfit(sentence, Fault("date", sentence))
    decision.act_of(notice, panel)
    account = decision.account
    if account.may("admin") or account.body is None:
        return
    if not decision.service.concerns(account.body, panel):
        raise NotAllowed(f"{account.name} cannot record for “{panel}”.")
