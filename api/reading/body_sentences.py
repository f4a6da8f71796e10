"""Sentences about bodies: their successions, and which body a matter then belongs to."""

from collections.abc import Sequence
from typing import Any

from api.reading.words import day
from projections.answers.body import BodyFound
from projections.answers.parts import Office, Succession
from projections.answers.recommendation import RecommendationFound
from projections.answers.response import ResponseFound
from projections.answers.totals import Group
from projections.language import say


def office(matter: ResponseFound | RecommendationFound) -> list[str]:
    """Return which body a response or a recommendation belongs to, where one body follows another,
    with the days."""
    found, today = matter.office, matter.as_of.effective_on
    over, whose = None, ""
    if isinstance(matter, ResponseFound):
        over, whose = matter.office_ended_on, matter.body
    else:
        whose = matter.addressee
    divided = _divided(found, over, today) if found else None
    said = [ended(over)] if over and not divided else []
    if not found:
        return said
    for one in found.successions:
        when = day(one.on)
        if one.on > today:
            said.append(
                say("From %(day)s on %(to)s follows %(from)s.", **_succession(one), day=when)
            )
        else:
            said.append(say("%(to)s follows %(from)s since %(day)s.", **_succession(one), day=when))
    if divided:
        said.append(divided)
    if found.taken_over:
        said.append(
            say(
                "It is counted with %(body)s, which held the office when its last day had passed; "
                "%(now)s has taken it over.",
                body=found.counted_with_name,
                now=found.now_name,
            )
        )
    elif found.counted_with != found.now:
        said.append(
            say(
                "It was done with by then, and is counted with %(body)s.",
                body=found.counted_with_name,
            )
        )
    elif found.now != whose:
        said.append(say("It was open then, and passed to %(body)s.", body=found.now_name))
    return said


def _succession(one: Succession) -> dict[str, str]:
    return {"to": one.to_name, "from": one.from_name}


def _divided(found: Office, over: str | None, today: str) -> str | None:
    """Return the sentence on a matter that stays with a divided body. Return None if it passes to a
    successor."""
    after = [one for one in found.successions if one.from_ == found.now]
    came = [one.to_name for one in after if one.on <= today]
    if not came:
        return None
    said = say(
        "%(body)s was divided, and none of its successors (%(successors)s) holds every force that "
        "this concerns. So it stays counted with %(body)s.",
        body=found.now_name,
        successors=say(" and ").join(came),
    )
    if not over:
        return said
    return f"{said} " + say("No day after %(day)s counts as overdue.", day=day(over))


def ended(on: str) -> str:
    """Return the sentence that a body's office ended on a day, and that nobody follows it."""
    return say(
        "The office ended on %(day)s, and nobody is recorded as following it: no day after that "
        "counts as overdue.",
        day=day(on),
    )


def ties(body: BodyFound, today: str) -> list[tuple[str, str, str]]:
    """Return the bodies that a body follows and that follow it: words, the other's id, and its name
    with the day."""
    said = [
        (
            say("Took over from") if one.on <= today else say("Takes over from"),
            one.body,
            say("%(body)s on %(day)s", body=one.body_name, day=day(one.on)),
        )
        for one in body.follows
    ]
    for after in body.successors:
        did = say("Replaced by") if after.on <= today else say("To be replaced by")
        on = say("%(body)s on %(day)s", body=after.body_name, day=day(after.on))
        said.append((did, after.body, on))
    return said


def kept_here(body: BodyFound) -> str | None:
    """Return the sentence that a body keeps its record here, or None."""
    if (found := body.record_kept_here) is None:
        return None
    until = say(", until %(day)s", day=day(found.until)) if found.until else ""
    return say(
        "It keeps its record here, by its own word: its responses to reports published from "
        "%(day)s on are all recorded here%(until)s.",
        day=day(found.from_),
        until=until,
    )


def tied(counted: Group, rows: Sequence[Any]) -> list[str]:
    """Return for a row of counts who follows the body, and which bodies of the table it follows."""
    there = {row.found.body for row in rows}
    said = [
        say("followed by %(body)s from %(day)s on", body=after.body_name, day=day(after.on))
        for after in counted.successors or ()
    ]
    if kept := counted.record_kept_here:
        since = day(kept.from_)
        if kept.until:
            until = day(kept.until)
            said.append(
                say("keeps its record here from %(day)s on until %(until)s", day=since, until=until)
            )
        else:
            said.append(say("keeps its record here from %(day)s on", day=since))
    return said + [
        say("after %(body)s, from %(day)s on", body=one.body_name, day=day(one.on))
        for one in counted.follows or ()
        if one.body in there
    ]
