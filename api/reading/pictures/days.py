"""The responses to one report, on an axis of the days that they took."""

from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from math import ceil
from statistics import median_low

from api.reading import words
from api.reading.pictures.flags import LANE, LETTER, Flag, flags
from api.reading.pictures.shapes import COLUMN_WORDS, LEFT, RIGHT, Marks, marks
from api.reading.pictures.years import Rows, by_shape, rows_of
from ledger.dates import is_exact
from ledger.events.response import RESPONSE
from projections.answers.response import ResponseState
from projections.language import say

_DOT = 4.5
"""A dot and the space around it."""
_HIGH = 120
"""Dots are piled up so high at most: more of them overlap."""
_BESIDE = 6
"""So many dots stand side by side behind the axis."""
MEDIAN_OF = 3
"""Pages name a median of so many numbers or more."""


@dataclass(frozen=True, slots=True)
class Taken:
    """A response, and the day on which it was published: the report's day is day 1. None: the day
    is not known to the day, or there was none."""

    response: ResponseState
    day: int | None
    own: bool


@dataclass(frozen=True, slots=True)
class Days:
    """The responses to a report on an axis of days. Dots of later days than `beyond`, the last of
    the axis, stand beside it. Responses without a day stand below it, by verdict."""

    taken: Sequence[Taken]
    period: int
    """The number of the last day on which a response is in time."""
    due_on: str
    beyond: int
    median: int | None
    """The lower of the middle two if their number is even; None if `known` is too few for one."""
    known: int
    """The number of responses with a day, which the median is of."""
    dots: Marks
    own: Marks
    due_x: float
    y: float
    flags: Sequence[Flag]
    apart: Rows
    apart_y: float
    height: float

    @property
    def sentence(self) -> str:
        """The picture in words."""
        by = sum(1 for one in self.taken if one.day is not None and one.day <= self.period)
        said = say(
            "%(in_time)s published by day %(day)s, %(later)s later",
            in_time=by,
            day=self.period,
            later=self.known - by,
        )
        if self.median is not None:
            said += say("; the median is day %(day)s", day=self.median)
        apart = [f"; {row.label}: {row.total}" for row in self.apart.rows]
        return f"{said}{''.join(apart)}."


def draw_days(responses: Sequence[ResponseState], own: Collection[str]) -> Days | None:
    """Return the responses to a report on an axis of days. `own` are the bodies whose dots are
    full. Return None unless at least two responses have the same last day."""
    named = [one for one in responses if one.name == RESPONSE and one.verdict]
    periods = Counter((one.trigger_on, one.due_on) for one in named if _number(one, one.due_on))
    if not periods or (most := periods.most_common(1)[0])[1] < 2:
        return None
    shared = [one for one in named if (one.trigger_on, one.due_on) == most[0]]
    period = _number(shared[0], shared[0].due_on)
    assert period is not None
    taken = [Taken(one, _number(one, one.published_on), one.body in own) for one in shared]
    days = [one.day for one in taken if one.day is not None]
    placed = _piled(sorted(taken, key=lambda one: not one.own), period)
    high = max([level for _, _, level in placed], default=0)
    step = min(_DOT, _HIGH / (high + 1))
    y = round(24 + step * high, 1)
    places: dict[bool, list[tuple[float, float]]] = {True: [], False: []}
    for one, x, level in placed:
        places[one.own].append((x, round(y - 5 - step * level, 1)))
    median = median_low(days) if len(days) >= MEDIAN_OF else None
    under = flags(
        [(x, say("day %(day)s", day=one.day)) for one, x, _ in placed if one.own]
        + ([(_x_of(median, period), say("median %(day)s", day=median))] if median else [])
    )
    without = _without_a_day(taken)
    longest = max((len(f"{label}: {sum(of.values())}") for label, of in without), default=0)
    apart = rows_of(without, min(LETTER * (longest + 2), 240))
    apart_y = y + 20 + LANE * (1 + max((one.lane for one in under), default=-1))
    return Days(
        taken, period, str(shared[0].due_on), 2 * period, median, len(days),
        marks("dot", places[False]), marks("own", places[True]),
        _x_of(period, period, end=True), y, under, apart, apart_y,
        apart_y + apart.height,
    )  # fmt: skip


def _number(one: ResponseState, on: str | None) -> int | None:
    """Return the number of a day, where the report's day is day 1; None unless both are known."""
    if on is None or one.trigger_on is None or not (is_exact(on) and is_exact(one.trigger_on)):
        return None
    return (date.fromisoformat(on) - date.fromisoformat(one.trigger_on)).days + 1


def _x_of(day: int, period: int, *, end: bool = False) -> float:
    """Return the middle of a day on the axis, which has twice the days of the period, or its end.
    A later day is beside the axis."""
    unit = (RIGHT - LEFT) / (2 * period)
    if day > 2 * period:
        return RIGHT + 2 * _DOT
    return round(LEFT + unit * (day if end else day - 0.5), 1)


def _piled(taken: Iterable[Taken], period: int) -> list[tuple[Taken, float, int]]:
    """Return each response that has a day with its place on the axis, and how many lie below it.

    Some days share a pile, so that dots beside each other don't overlap. A pile ends with the last
    day of the period: what was in time stands before the line, what was late behind it.
    """
    unit = (RIGHT - LEFT) / (2 * period)
    wide = max(1, ceil(_DOT / unit))
    piles: Counter[int | None] = Counter()
    placed: list[tuple[Taken, float, int]] = []
    for one in taken:
        if one.day is None:
            continue
        pile = (one.day - period - 1) // wide if one.day <= 2 * period else None
        many = piles[pile]
        piles[pile] += 1
        if pile is None:
            beside = RIGHT + _DOT * (2 + many % _BESIDE)
            placed.append((one, round(beside, 1), many // _BESIDE))
        else:
            middle = max(period + wide * pile + wide / 2, 0.5)
            placed.append((one, round(LEFT + unit * middle, 1), many))
    return placed


def _without_a_day(taken: Iterable[Taken]) -> list[tuple[str, dict[str, int]]]:
    """Return how many responses have no day, by verdict."""
    verdicts = Counter(one.response.verdict for one in taken if one.day is None)
    verdicts.pop(None, None)
    of = by_shape({verdict: many for verdict, many in verdicts.items() if verdict})
    published = {"in_time", "incomplete", "late"}
    said = {
        name: f"{heading}, {words.short_day(None)}" if name in published else heading
        for name, heading in COLUMN_WORDS.items()
    }
    return [(words.capital(said[name]), {name: many}) for name, many in of.items()]
