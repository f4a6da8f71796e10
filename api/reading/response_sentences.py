"""Sentences about a response: its verdict, its days, its coverage, and what would settle it."""

from datetime import datetime

from api.reading.texts import apart, body_of
from api.reading.words import RESTS, VERDICTS, capital, count, day, short, short_day
from ledger.dates import london_date
from projections.answers.across import ResponseAcross, Word
from projections.answers.response import (
    DutyInShort,
    Finding,
    Improvement,
    ResponseLine,
    ResponseState,
    ResponseWanting,
)
from projections.verdict.compliance import Basis
from projections.verdict.working import Working

Owed = ResponseState | ResponseWanting


def remarks(response: Owed) -> str:
    """Return the remarks beside a verdict: a decision after the last day that the duty does not
    apply, and an entry after that day that improved it."""
    said = []
    if response.verdict != "disapplied":
        for one in response.disapplied:
            on = one.decided_on or one.recorded_on
            said.append(f"Said on {short_day(on)} not to apply, after the last day.")
    if found := response.improved_later:
        said.append(_improvement(found[0]))
    return " ".join(said)


def due_and_published(response: Owed) -> str:
    """Return the two dates beside the verdict: `Due 8 July 2026. We hold no response.` If the law
    sets no deadline, the verdict says so."""
    without = " without the chief officer’s comments" if response.verdict == "incomplete" else ""
    said = f"{capital(published(response))}{without}."
    return said if response.verdict == "no_period" else f"{capital(due(response))}. {said}"


def verdict(judged: Owed | ResponseLine | DutyInShort | Finding | ResponseAcross) -> str:
    """Return the verdict and its days, for a list: `Late by at least 22 days`."""
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


def published(response: Owed | ResponseAcross) -> str:
    """Return when a response was published, as far as a record shows it."""
    if response.published_on:
        return f"published {day(response.published_on)}"
    if is_published(response):
        return "published on a day not known"
    return "we hold no response"


def is_published(response: Owed | ResponseAcross) -> bool:
    """Return whether a publication that may have happened is recorded. An overdue response has
    none: its date is that of a look-up."""
    if response.bases is None or response.bases.published is None:
        return False
    return response.verdict != "overdue"


def rests_on(basis: Basis, word: Word | None) -> str:
    """Return what the day of a publication rests on: if on somebody's word, on whose."""
    if basis != "stated" or word is None:
        return f"on {RESTS[basis]}"
    who = apart(short(body_of(word.recorded_by), word.name) or word.name)
    if word.provenance == "reported":
        return f"on the word of {who}, which reported it"
    return f"on {who}’s own word"


def due(response: Owed) -> str:
    """Return when a response is due, or why no day is known."""
    if response.due_on:
        return f"due {day(response.due_on)}"
    if response.verdict == "no_period":
        return "no deadline in law"
    return "the last day cannot be told: the report’s day is not known exactly"


def to_settle(response: ResponseState) -> str | None:
    """Return what would settle a verdict that the days do not show; None for any other verdict."""
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
    """Return how many recommendations the response explains, in short, and whose list is counted.
    Return None if nobody has looked for a response."""
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
    """Return the improvements of the verdict by entries made after the last day, each with the
    verdict before, and whether the entry was set aside since."""
    undone = {one.entry for one in working.set_aside}
    return [
        f"{_improvement(one)}{' That entry was set aside since.' if one.entry in undone else ''}"
        for one in response.improved_later
    ]


def _improvement(one: Improvement) -> str:
    """Return an improvement in words: `Added here on 28 October 2024. Until then we held no
    response, 136 days after the last day.`"""
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
