"""A verdict in one sentence."""

from ledger.dates import in_words
from projections.verdict.compliance import Disapplication, Verdict, on_the_day, where


def headline(found: Verdict) -> str:
    """The verdict in one sentence. It alleges nothing that is not shown."""
    later = found.disapplication
    if later is None or found.verdict == "disapplied":
        return f"{_said(found)}."
    return f"{_said(found)}; {_not_to_apply(later)}."


def _said(found: Verdict) -> str:
    due_on = in_words(found.due_on)
    match found.verdict:
        case "not_due":
            return f"Not due until {due_on}: {_days(found)} left"
        case "due":
            return f"Due on {due_on}: {f'{_days(found)} left' if found.days else 'the last day'}"
        case "overdue":
            by = f"at least {_days(found)}" if found.at_least else _days(found)
            if found.held:
                return f"Overdue by {by}: no response is recorded as published by then"
            return f"Overdue by {by}: no record held of the body’s own response"
        case "in_time":
            return f"In time{_on_what(found)}"
        case "late":
            days = f"{_days(found)} late{_on_what(found)}"
            return f"At least {days}" if found.at_least else days
        case "not_shown":
            if found.due_on is None:
                return "Not shown: the report’s day is not known, so that no last day is counted"
            more = "more time may have been granted by then"
            if found.between is None:
                return f"Not shown whether overdue: {more}"
            between = where(found.between)
            says = f"Not shown whether in time: a response is recorded, published {between}"
            return f"{says}; {more}" if found.more_time_until else says
        case "no_period":
            return "No period is set, so that nothing can be late"
        case "disapplied":
            assert found.disapplication is not None
            return f"Does not apply, as decided by {found.disapplication.decided_by}"


def _not_to_apply(said: Disapplication) -> str:
    """`said on 3 May 2026 not to apply, recorded here on 26 November 2026`."""
    recorded = in_words(said.recorded_on)
    decided = f"said {on_the_day(said.decided_on)} not to apply"
    if said.decided_on == said.recorded_on.isoformat():
        return decided
    return f"{decided}, recorded here on {recorded}"


def _days(found: Verdict) -> str:
    return "1 day" if found.days == 1 else f"{found.days} days"


def _on_what(found: Verdict) -> str:
    """What the publication's day rests on, as the sentence goes on."""
    one, basis = found.deciding, found.bases.published
    assert one is not None
    if basis == "captured":
        return f": a copy was received here on {in_words(one.captured_on)}"
    if basis == "recorded":
        return f": the entry itself was made on {in_words(one.recorded_on)}"
    return f", {one.word}"
