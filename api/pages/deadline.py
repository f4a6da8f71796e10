"""A duty drawn as a line: from the report's day to the last day, and where its response lies."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from api.pages.words import day

WIDTH, LEFT, RIGHT = 320, 6, 314
"""In units of the drawing."""
_NARROW = 6
"""What is narrower than so many units is drawn as wide as that: a single day can be seen."""


@dataclass(frozen=True, slots=True)
class Label:
    """Words at a place of the line, which begin there, end there or lie around it."""

    words: str
    x: float
    anchor: str


@dataclass(frozen=True, slots=True)
class Line:
    """What is drawn, in units of the drawing; and the same in a sentence."""

    sentence: str
    due_x: float
    end_x: float
    """Where the line ends: on the last day that it tells of."""
    from_x: float | None
    to_x: float | None
    """Between which the response was published; None: none is recorded."""
    began: Label
    due: Label
    published: Label


def line(response: dict[str, Any], today: date) -> Line | None:
    """The line of a response as known on a day; None where no last day can be told."""
    if response["trigger_on"] is None or response["due_on"] is None:
        return None
    first, due = (date.fromisoformat(response[name]) for name in ("trigger_on", "due_on"))
    between = response["between"]
    lo = date.fromisoformat(between["lo"]) if between and between["lo"] else first
    known = date.fromisoformat(between["hi"]) if between else today
    hi = min(known, today)
    last = max(due, hi, lo)
    span = max((last - first).days, 1)

    def x(on: date) -> float:
        return round(LEFT + (RIGHT - LEFT) * (on - first).days / span, 1)

    number = (due - first).days + 1
    began = f"{day(first)}: day 1"
    last_day = f"day {number}: {day(due)}"
    if not between:
        published = "no response is recorded here" if today <= due else f"none by {day(today)}"
        return Line(
            f"The report’s day is {day(first)}, the last day is {day(due)}, day {number}. No "
            f"response is recorded.",
            x(due), x(last), None, None, _label(began, x(first)), _label(last_day, x(due)),
            _label(published, x(last)),
        )  # fmt: skip
    if known > today:
        published = "may have been published here"
        sentence = f"It may have been published from {day(lo)} on."
    elif lo == hi:
        published, sentence = f"published {day(lo)}", f"It was published on {day(lo)}."
    else:
        published = "published somewhere here"
        sentence = f"It was published between {day(lo)} and {day(hi)}."
    from_x, to_x = x(lo), max(x(hi), x(lo) + _NARROW)
    return Line(
        f"The report’s day is {day(first)}, the last day is {day(due)}, day {number}. {sentence}",
        x(due), x(last), min(from_x, WIDTH - _NARROW), min(to_x, WIDTH),
        _label(began, x(first)), _label(last_day, x(due)),
        _label(published, (from_x + to_x) / 2),
    )  # fmt: skip


def _label(words: str, x: float) -> Label:
    """A label that does not leave the drawing."""
    half = 3 * len(words)
    if x - half < 0:
        return Label(words, min(x, LEFT), "start")
    if x + half > WIDTH:
        return Label(words, WIDTH, "end")
    return Label(words, round(x, 1), "middle")
