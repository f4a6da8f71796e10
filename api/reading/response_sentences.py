"""Sentences about a response: its verdict, its days, what it explains, what would settle it."""

from datetime import datetime

from api.reading.words import VERDICTS, capital, count, day, short_day
from ledger.dates import london_date
from projections.answers.response import (
    DutyInShort,
    Finding,
    Improvement,
    ResponseState,
    ResponseWanting,
)
from projections.verdict.working import Working

Owed = ResponseState | ResponseWanting


def remarks(response: Owed) -> str:
    """What is said of a verdict beside it: that a decision not to apply came after the last day,
    that an entry made after that day improved it."""
    said = []
    if response.verdict != "disapplied":
        for one in response.disapplied:
            on = one.decided_on or one.recorded_on
            said.append(f"Said on {short_day(on)} not to apply, after the last day.")
    if found := response.improved_later:
        said.append(_improvement(found[0]))
    return " ".join(said)


def due_and_published(response: Owed) -> str:
    """`Due 8 July 2026. We hold no response.`: beside the verdict, which says where the law sets no
    deadline."""
    without = " without the chief officer’s comments" if response.verdict == "incomplete" else ""
    said = f"{capital(published(response))}{without}."
    return said if response.verdict == "no_period" else f"{capital(due(response))}. {said}"


def verdict(judged: Owed | DutyInShort | Finding) -> str:
    """Return `Late by at least 22 days`: the verdict and its days, for a list."""
    return verdict_of(str(judged.verdict), judged.days, at_least=judged.at_least)


def verdict_of(found: str, days: int | None, *, at_least: bool) -> str:
    """Return the same for the word of a verdict and its days."""
    said = capital(VERDICTS.get(found, (found.replace("_", " "), ""))[0])
    if days is None:
        return said
    if found in ("late", "overdue"):
        least = "at least " if at_least else ""
        return f"{said} by {least}{count(days, 'day')}"
    if found in ("due", "not_due"):
        return f"{said}: {'today is the last day' if days == 0 else count(days, 'day') + ' left'}"
    return said


def published(response: Owed) -> str:
    """When a response was published, as far as a record shows it."""
    if response.published_on:
        return f"published {day(response.published_on)}"
    if is_published(response):
        return "published on a day not known"
    return "we hold no response"


def is_published(response: Owed) -> bool:
    """Return whether a publication that may have happened is recorded: an overdue response has
    none, and its date is then that of somebody who looked."""
    if response.bases is None or response.bases.published is None:
        return False
    return response.verdict != "overdue"


def due(response: Owed) -> str:
    """When a response is due, or why no day can be told."""
    if response.due_on:
        return f"due {day(response.due_on)}"
    if response.verdict == "no_period":
        return "no deadline in law"
    return "the last day cannot be told: the report’s day is not known exactly"


def to_settle(response: ResponseState) -> str | None:
    """What would settle a verdict that the days do not show; None of any other."""
    if response.verdict == "not_looked_for":
        return (
            "the response, with the day on which it was published or its address; or word of "
            "somebody who looked for it and did not find it."
        )
    if response.verdict != "not_shown":
        return None
    if response.due_on is None:
        return "the day on which the report was published, with its publisher’s page as a copy."
    ended_on = response.office_ended_on
    if ended_on and ended_on <= response.due_on:
        return "who followed the office when it ended, from which day, with its source."
    if response.between:
        return (
            f"a copy of the response that was taken on {day(response.due_on)} or earlier, or "
            "the day on which it was published, with its source."
        )
    if any(one.basis == "recorded_in_error" for one in response.disapplied):
        return (
            "the response, with the day on which it was published or its address; or whoever "
            "recorded the duty retracts it, or confirms it with a source."
        )
    return "the days that are not exactly known, each with its source."


def coverage(response: ResponseState) -> tuple[str, str] | None:
    """Return what the response explains, in short, and whose list of recommendations it is counted
    by; None if nobody has looked for a response."""
    shape = response.coverage
    if not shape or not shape.addressed or response.verdict == "not_looked_for":
        return None
    if shape.explained_now is None:
        unsure = f"{shape.not_known} of {count(shape.addressed, 'recommendation')}"
        return f"not known of {unsure}", "a response is recorded here without its text"
    by_due, general = shape.explained_by_due, shape.general
    short = f"{shape.explained_now} of {count(shape.addressed, 'recommendation')}"
    if by_due is not None and by_due != shape.explained_now:
        short += f", {f'at least {by_due}' if by_due else 'none for certain'} by the last day"
    if general:
        short += f", {general} in general terms only"
    if shape.listed_by == "report":
        return short, "of those that the report lists"
    return short, "of those that it lists itself; the report’s own list is not recorded here"


def improved_later(response: ResponseState, working: Working) -> list[str]:
    """What improved the verdict by an entry made after the last day, what it was until then, and
    whether that entry was set aside since."""
    undone = {one.entry for one in working.set_aside}
    return [
        f"{_improvement(one)}{' That entry was set aside since.' if one.entry in undone else ''}"
        for one in response.improved_later
    ]


def _improvement(one: Improvement) -> str:
    """`Added here on 28 October 2024. Until then we held no response, 136 days after the last
    day.`"""
    on, was = day(london_date(datetime.fromisoformat(one.recorded_at)).isoformat()), one.from_
    until_then = f"until then it read “{verdict(was)}”."
    match one.type:
        case "entry-corrected":
            return f"Corrected here on {on}; {until_then}"
        case "entry-retracted":
            return f"An entry was set aside here on {on}; {until_then}"
        case "response-published" if was.verdict == "overdue":
            days = f"{'at least ' if was.at_least else ''}{count(was.days or 0, 'day')}"
            return f"Added here on {on}. Until then we held no response, {days} after the last day."
        case _:
            return f"Added here on {on}; {until_then}"
