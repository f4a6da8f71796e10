"""Sentences about bodies: their successions, and which body a matter then belongs to."""

from collections.abc import Sequence
from typing import Any

from api.reading.words import day
from projections.answers.body import BodyFound
from projections.answers.parts import Office
from projections.answers.recommendation import RecommendationFound
from projections.answers.response import ResponseFound
from projections.answers.totals import Group


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
            said.append(f"From {when} on {one.to_name} follows {one.from_name}.")
        else:
            said.append(f"{one.to_name} follows {one.from_name} since {when}.")
    if divided:
        said.append(divided)
    if found.taken_over:
        said.append(
            f"It is counted with {found.counted_with_name}, which held the office when its last "
            f"day had passed; {found.now_name} has taken it over."
        )
    elif found.counted_with != found.now:
        said.append(f"It was done with by then, and is counted with {found.counted_with_name}.")
    elif found.now != whose:
        said.append(f"It was open then, and passed to {found.now_name}.")
    return said


def _divided(found: Office, over: str | None, today: str) -> str | None:
    """Return the sentence on a matter that stays with a divided body. Return None if it passes to a
    successor."""
    after = [one for one in found.successions if one.from_ == found.now]
    came = [one.to_name for one in after if one.on <= today]
    if not came:
        return None
    return (
        f"{found.now_name} was divided, and none of its successors ({' and '.join(came)}) "
        f"holds every force that this concerns. So it stays counted with {found.now_name}."
        + (f" No day after {day(over)} counts as overdue." if over else "")
    )


def ended(on: str) -> str:
    """Return the sentence that a body's office ended on a day, and that nobody follows it."""
    return (
        f"The office ended on {day(on)}, and nobody is recorded as "
        "following it: no day after that counts as overdue."
    )


def ties(body: BodyFound, today: str) -> list[tuple[str, str, str]]:
    """Return the bodies that a body follows and that follow it: words, the other's id, and its name
    with the day."""
    said = [
        (
            "Took over from" if one.on <= today else "Takes over from",
            one.body,
            f"{one.body_name} on {day(one.on)}",
        )
        for one in body.follows
    ]
    for after in body.successors:
        did = "Replaced by" if after.on <= today else "To be replaced by"
        said.append((did, after.body, f"{after.body_name} on {day(after.on)}"))
    return said


def kept_here(body: BodyFound) -> str | None:
    """Return the sentence that a body keeps its record here, or None."""
    if (found := body.record_kept_here) is None:
        return None
    until = f", until {day(found.until)}" if found.until else ""
    return (
        f"It keeps its record here, by its own word: its responses to reports published from "
        f"{day(found.from_)} on are all recorded here{until}."
    )


def tied(counted: Group, rows: Sequence[Any]) -> list[str]:
    """Return for a row of counts who follows the body, and which bodies of the table it follows."""
    there = {row.found.body for row in rows}
    said = [
        f"followed by {after.body_name} from {day(after.on)} on"
        for after in counted.successors or ()
    ]
    if kept := counted.record_kept_here:
        until = f" until {day(kept.until)}" if kept.until else ""
        said.append(f"keeps its record here from {day(kept.from_)} on{until}")
    return said + [
        f"after {one.body_name}, from {day(one.on)} on"
        for one in counted.follows or ()
        if one.body in there
    ]
