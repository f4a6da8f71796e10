"""Sentences about a response: its verdict, its days, its coverage, and what would settle it."""

import re
from datetime import datetime

from api.reading.texts import apart, body_of
from api.reading.words import RESTS, VERDICTS, capital, count, day, short
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
from projections.language import dated, say
from projections.verdict.compliance import Basis
from projections.verdict.working import Working

Owed = ResponseState | ResponseWanting
_IN_DAYS = re.compile(r"(.+) is day 1, (.+) is day ([0-9]+)\.")
"""How the entry of a duty says that its last day was counted in days."""


def remarks(response: Owed) -> str:
    """Return the remarks beside a verdict: a decision after the last day that the duty does not
    apply, and an entry after that day that improved it."""
    said = []
    if response.verdict != "disapplied":
        for one in response.disapplied:
            on = one.decided_on or one.recorded_on
            said.append(
                say("The duty was said not to apply on %(day)s, after the last day.", day=day(on))
            )
    if found := response.improved_later:
        said.append(_improvement(found[0]))
    return " ".join(said)


def counted(counting: str) -> str:
    """Return how an entry says that a last day was counted, in the language of the page; empty if
    it says something else than two numbered days."""
    if (found := _IN_DAYS.fullmatch(counting)) is None:
        return ""
    first, last = dated(found[1]), dated(found[2])
    return say(
        "%(first)s is day 1, %(last)s is day %(number)s.", first=first, last=last, number=found[3]
    )


def due_and_published(response: Owed) -> str:
    """Return the two dates beside the verdict: `Due 8 July 2026. We hold no response.` If the law
    sets no deadline, the verdict says so."""
    said = capital(published(response))
    if response.verdict == "incomplete":
        said = say("%(published)s without the chief officer’s comments", published=said)
    said = f"{said}."
    return said if response.verdict == "no_period" else f"{capital(due(response))}. {said}"


def verdict(judged: Owed | ResponseLine | DutyInShort | Finding | ResponseAcross) -> str:
    """Return the verdict and its days, for a list: `Late by at least 22 days`."""
    return verdict_of(str(judged.verdict), judged.days, at_least=judged.at_least)


def verdict_of(found: str, days: int | None, *, at_least: bool) -> str:
    """Return the same for the word of a verdict and its days."""
    said = capital(VERDICTS.get(found, (found.replace("_", " "), ""))[0])
    if days is None:
        return said
    how_long = count(days, "day")
    if at_least:
        how_long = say("at least %(days)s", days=how_long)
    if found == "late":
        return say("Late by %(days)s", days=how_long)
    if found == "overdue":
        return say("Overdue by %(days)s", days=how_long)
    if found in ("due", "not_due"):
        left = say("today is the last day") if days == 0 else say("%(days)s left", days=how_long)
        return f"{said}: {left}"
    return said


def published(response: Owed | ResponseAcross) -> str:
    """Return when a response was published, as far as a record shows it."""
    if response.published_on:
        return say("published %(day)s", day=day(response.published_on))
    if is_published(response):
        return say("published on a day not known")
    return say("we hold no response")


def is_published(response: Owed | ResponseAcross) -> bool:
    """Return whether a publication that may have happened is recorded. An overdue response has
    none: its date is that of a look-up."""
    if response.bases is None or response.bases.published is None:
        return False
    return response.verdict != "overdue"


def rests_on(basis: Basis, word: Word | None) -> str:
    """Return what the day of a publication rests on: if on somebody's word, on whose."""
    if basis != "stated" or word is None:
        return say("on %(basis)s", basis=RESTS[basis])
    who = apart(short(body_of(word.recorded_by), word.name) or word.name)
    if word.provenance == "reported":
        return say("on the word of %(who)s, which reported it", who=who)
    return say("on %(who)s’s own word", who=who)


def due(response: Owed) -> str:
    """Return when a response is due, or why no day is known."""
    if response.due_on:
        return say("due %(day)s", day=day(response.due_on))
    if response.verdict == "no_period":
        return say("no deadline in law")
    return say("the last day cannot be told: the report’s day is not known exactly")


def to_settle(response: ResponseState) -> str | None:
    """Return what would settle a verdict that the days do not show; None for any other verdict."""
    if response.verdict == "not_looked_for":
        return say(
            "the response, with the day on which it was published or its address; or word of "
            "somebody who looked for it and did not find it."
        )
    if response.verdict != "not_shown":
        return None
    if response.due_on is None:
        return say(
            "the day on which the report was published, with its publisher’s page as a copy."
        )
    ended_on = response.office_ended_on
    if ended_on and ended_on <= response.due_on:
        return say("who followed the office when it ended, from which day, with its source.")
    if response.between:
        return say(
            "a copy of the response that was taken on %(day)s or earlier, or the day on which it "
            "was published, with its source.",
            day=day(response.due_on),
        )
    if any(one.basis == "recorded_in_error" for one in response.disapplied):
        return say(
            "the response, with the day on which it was published or its address; or whoever "
            "recorded the duty retracts it, or confirms it with a source."
        )
    return say("the days that are not exactly known, each with its source.")


def coverage(response: ResponseState) -> tuple[str, str] | None:
    """Return how many recommendations the response explains, in short, and whose list is counted.
    Return None if nobody has looked for a response."""
    shape = response.coverage
    if not shape or not shape.addressed or response.verdict == "not_looked_for":
        return None
    addressed = count(shape.addressed, "recommendation")
    if shape.explained_now is None:
        unsure = say("not known of %(some)s of %(all)s", some=shape.not_known, all=addressed)
        return unsure, say("a response is recorded here without its text")
    by_due, general = shape.explained_by_due, shape.general
    short = say("%(some)s of %(all)s", some=shape.explained_now, all=addressed)
    if by_due is not None and by_due != shape.explained_now:
        if by_due:
            short += ", " + say("at least %(number)s by the last day", number=by_due)
        else:
            short += ", " + say("none for certain by the last day")
    if general:
        short += ", " + say("%(number)s in general terms only", number=general)
    if shape.listed_by == "report":
        return short, say("of those that the report lists")
    return short, say("of those that it lists itself; the report’s own list is not recorded here")


def improved_later(response: ResponseState, working: Working) -> list[str]:
    """Return the improvements of the verdict by entries made after the last day, each with the
    verdict before, and whether the entry was set aside since."""
    undone = {one.entry for one in working.set_aside}
    since = " " + say("That entry was set aside since.")
    return [
        f"{_improvement(one)}{since if one.entry in undone else ''}"
        for one in response.improved_later
    ]


def _improvement(one: Improvement) -> str:
    """Return an improvement in words: `Added here on 28 October 2024. Until then we held no
    response, 136 days after the last day.`"""
    on, was = day(london_date(datetime.fromisoformat(one.recorded_at)).isoformat()), one.from_
    until_then = verdict(was)
    match one.type:
        case "entry-corrected":
            said = say(
                "Corrected here on %(day)s; until then it read “%(verdict)s”.",
                day=on,
                verdict=until_then,
            )
        case "entry-retracted":
            said = say(
                "An entry was set aside here on %(day)s; until then it read “%(verdict)s”.",
                day=on,
                verdict=until_then,
            )
        case "response-published" if was.verdict == "overdue":
            days = count(was.days or 0, "day")
            said = say(
                "Added here on %(day)s. Until then we held no response, %(days)s after the last "
                "day.",
                day=on,
                days=say("at least %(days)s", days=days) if was.at_least else days,
            )
        case _:
            said = say(
                "Added here on %(day)s; until then it read “%(verdict)s”.",
                day=on,
                verdict=until_then,
            )
    return said
