"""The drawing of a response: its trigger, its last day, and its publication."""

from dataclasses import dataclass
from datetime import date

from api.reading.words import day
from ledger.dates import is_exact
from projections.answers.response import ResponseFound
from projections.language import say

WIDTH, LEFT, RIGHT = 320, 6, 314
"""In units of the drawing."""
_NARROW = 6
"""A narrower stretch is drawn with this width, so that a single day can be seen."""


@dataclass(frozen=True, slots=True)
class Label:
    """Words at a place of the line, which begin there, end there, or are centred."""

    words: str
    x: float
    anchor: str


@dataclass(frozen=True, slots=True)
class ResponseDrawing:
    """The parts of the drawing, in its units, and the same in a sentence."""

    sentence: str
    due_x: float
    end_x: float
    """The end of the line: its last day."""
    from_x: float | None
    to_x: float | None
    """The stretch (`from_x` to `to_x`) in which the response was published; None if none is
    recorded."""
    began: Label
    due: Label
    published: Label


def draw_response(response: ResponseFound, counting: str, today: date) -> ResponseDrawing | None:
    """Return the drawing of a response as known on a day, or None if its days are not known.

    Days are numbered if its working, `counting`, numbers these two. A period in working days or
    months, an extended one, or one given by hand has other numbers or none.
    """
    trigger_on, due_on = response.trigger_on, response.due_on
    if due_on is None or trigger_on is None or not is_exact(trigger_on):
        return None
    first, due = date.fromisoformat(trigger_on), date.fromisoformat(due_on)
    between = response.between
    lo = date.fromisoformat(between.lo) if between and between.lo else first
    known = date.fromisoformat(between.hi) if between else today
    hi = min(known, today)
    last = max(due, hi, lo)
    span = max((last - first).days, 1)

    def x(on: date) -> float:
        return round(LEFT + (RIGHT - LEFT) * (on - first).days / span, 1)

    number = (due - first).days + 1
    numbered = f"{day(first)} is day 1, {day(due)} is day {number}" in counting
    begins, ends = day(first), day(due)
    if numbered:
        began = say("%(day)s: day 1", day=begins)
        last_day = say("day %(number)s: %(day)s", number=number, day=ends)
        counts = say(
            "It counts from %(first)s, the last day is %(last)s, day %(number)s.",
            first=begins,
            last=ends,
            number=number,
        )
    else:
        began, last_day = begins, say("last day: %(day)s", day=ends)
        counts = say("It counts from %(first)s, the last day is %(last)s.", first=begins, last=ends)
    if not between:
        published, nothing = say("no response is recorded here"), say("No response is recorded.")
        return ResponseDrawing(
            f"{counts} {nothing}",
            x(due), x(last), None, None, _label(began, x(first)), _label(last_day, x(due)),
            _label(published, x(last)),
        )  # fmt: skip
    if known > today:
        published = say("may have been published here")
        sentence = say("It may have been published from %(day)s on.", day=day(lo))
    elif lo == hi:
        published = say("published %(day)s", day=day(lo))
        sentence = say("It was published on %(day)s.", day=day(lo))
    else:
        published = say("published somewhere here")
        sentence = say(
            "It was published between %(first)s and %(last)s.", first=day(lo), last=day(hi)
        )
    from_x, to_x = x(lo), max(x(hi), x(lo) + _NARROW)
    return ResponseDrawing(
        f"{counts} {sentence}",
        x(due), x(last), min(from_x, WIDTH - _NARROW), min(to_x, WIDTH),
        _label(began, x(first)), _label(last_day, x(due)),
        _label(published, (from_x + to_x) / 2),
    )  # fmt: skip


def _label(words: str, x: float) -> Label:
    """Return a label that stays inside the drawing."""
    half = 3 * len(words)
    if x - half < 0:
        return Label(words, x if x + 2 * half <= WIDTH else LEFT, "start")
    if x + half > WIDTH:
        return Label(words, x if x - 2 * half >= 0 else WIDTH, "end")
    return Label(words, round(x, 1), "middle")
