"""The geometry of the pictures of pages: marks on axes, in units of the drawing (320 wide).

Each picture has the figures of a table that stands beside it. A mark means by its shape alone, so
that it can be read in print and without colour. Marks stand in the order of days or years, never by
how well somebody did.
"""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from math import ceil
from statistics import median_low

from api.reading import words
from ledger.dates import first_day, is_exact, last_day
from ledger.events.response import RESPONSE
from projections.answers.body import ResponsesOfYear
from projections.answers.recommendation import RecommendationState
from projections.answers.response import ResponseState
from projections.questions.country import Group, QuarterEnd
from projections.verdict.compliance import VerdictWord

WIDTH, LEFT, RIGHT = 320, 6, 262
"""The ends of an axis of days; labels at its right end need the rest of the width."""
_CIRCLE = "m-3 0a3 3 0 1 0 6 0a3 3 0 1 0-6 0z"
_DIAMOND = "m0-4l4 4-4 4-4-4z"
_SQUARE = "m-3-3h6v6h-6z"
SHAPES = {
    "in_time": _CIRCLE,
    "incomplete": f"{_CIRCLE}m1 0a2 2 0 1 0 4 0z",
    "late": _DIAMOND,
    "overdue": f"{_DIAMOND}m0 1.7l-2.3 2.3 2.3 2.3 2.3-2.3z",
    "not_shown": (
        "m-2.6-1.6a2.6 2.6 0 1 1 3.9 2.2c-.5.3-.6.6-.6 1h-1.4c0-1.2.4-1.6 1.2-2.1"
        "a1.2 1.2 0 1 0-1.7-1.1zm1.8 4.2h1.5v1.5h-1.5z"
    ),
    "not_looked_for": f"{_SQUARE}m1.2 1.2v3.6h3.6v-3.6z",
    "open": f"{_CIRCLE}m1.2 0a1.8 1.8 0 1 1 3.6 0a1.8 1.8 0 1 1-3.6 0z",
    "none": "m-3-.7h6v1.4h-6z",
    "raised": "m-.9-6h1.8v12h-1.8z",
    "today": "m-.9-6h1.8v12h-1.8z",
    "target": "m0-1l4 7h-8z",
    "former": "m0-1l4 7h-8zm0 2.6l-2.3 3.4h4.6z",
    "claim": f"{_CIRCLE}m1.2 0a1.8 1.8 0 1 1 3.6 0a1.8 1.8 0 1 1-3.6 0z",
    "refused": "m0-1.2l2.6-2.6 1.2 1.2-2.6 2.6 2.6 2.6-1.2 1.2-2.6-2.6-2.6 2.6-1.2-1.2 2.6-2.6"
    "-2.6-2.6 1.2-1.2z",
    "reopened": f"{_DIAMOND}m0 1.7l-2.3 2.3 2.3 2.3 2.3-2.3z",
    "closed": _SQUARE,
    "dot": "m-2 0a2 2 0 1 0 4 0a2 2 0 1 0-4 0zm.9 0a1.1 1.1 0 1 1 2.2 0a1.1 1.1 0 1 1-2.2 0z",
    "own": "m-2.4 0a2.4 2.4 0 1 0 4.8 0a2.4 2.4 0 1 0-4.8 0z",
}
"""The outline of each mark from its middle, filled where an odd number of outlines lie around. Full
shapes were published or are done; hollow ones wait."""
Column = tuple[str, str, tuple[VerdictWord, ...]]
"""The words for some verdicts, the name of their shape, and these verdicts."""
COLUMNS: tuple[Column, ...] = (
    ("in time", "in_time", ("in_time",)),
    ("incomplete", "incomplete", ("incomplete",)),
    ("late", "late", ("late",)),
    ("overdue", "overdue", ("overdue",)),
    ("can’t be shown", "not_shown", ("not_shown",)),
    ("not looked for", "not_looked_for", ("not_looked_for",)),
    ("not yet due", "open", ("due", "not_due")),
    ("no deadline, or doesn’t apply", "none", ("no_period", "disapplied")),
)


@dataclass(frozen=True, slots=True)
class Marks:
    """All marks of one shape, as one path, and how many they are."""

    shape: str
    path: str
    count: int


def marks(shape: str, places: Sequence[tuple[float, float]]) -> Marks:
    """Return the marks of a shape at these places."""
    path = "".join(f"M{x:g} {y:g}{SHAPES[shape]}" for x, y in places)
    return Marks(shape, path, len(places))


# One mark a response, year by year.

_MARK = 9
"""A mark and the space around it."""
_YEAR = 56
"""The width of the label before a row of marks."""
YEARS = 15
"""So many years are drawn, the latest ones. The table has all."""


@dataclass(frozen=True, slots=True)
class Row:
    """A row of marks: its label, the middle of its line, and how many of each column it counts."""

    label: str
    y: int
    counts: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Rows:
    """Rows of marks. A mark stands for `each` responses, or for what remains of so many."""

    rows: Sequence[Row]
    marks: Sequence[Marks]
    height: int
    each: int
    earlier: int
    """The number of earlier years, which are not drawn."""

    @property
    def sentence(self) -> str:
        """The picture in words."""
        said = [f"{row.label}: {counted(row.counts)}" for row in self.rows]
        return "; ".join(said) + "."


def counted(counts: Mapping[str, int]) -> str:
    """Return counts by the names of shapes in words: `3 in time, 1 late`."""
    return ", ".join(f"{counts[name]:,} {said}" for said, name, _ in COLUMNS if counts.get(name))


def by_shape(verdicts: Mapping[VerdictWord, int]) -> dict[str, int]:
    """Return counts of verdicts by the names of their shapes, without zeros."""
    sums = {name: sum(verdicts.get(one, 0) for one in of) for _, name, of in COLUMNS}
    return {name: many for name, many in sums.items() if many}


def draw_years(years: Sequence[ResponsesOfYear]) -> Rows:
    """Return the responses of a body by the year of their report, the latest year first."""
    found = [(str(one.year or "Not known"), by_shape(one.responses)) for one in years]
    there = [one for one in found if one[1]]
    return _rows(there[:YEARS], _YEAR, len(there[YEARS:]))


def _rows(labelled: Sequence[tuple[str, dict[str, int]]], left: int, earlier: int = 0) -> Rows:
    """Return rows of marks that begin at a place, behind their labels. A mark stands for as many
    as are needed for every row to fit."""
    each = 1
    while any(left + _MARK * _drawn(counts, each) > WIDTH for _, counts in labelled):
        each += 1
    rows: list[Row] = []
    places: dict[str, list[tuple[float, float]]] = {name: [] for _, name, _ in COLUMNS}
    for n, (label, counts) in enumerate(labelled):
        rows.append(Row(label, 10 + 14 * n, counts))
        x = left + _MARK / 2
        for name in places:
            for _ in range(_marks_of(counts.get(name, 0), each)):
                places[name].append((x, rows[-1].y))
                x += _MARK
    drawn = [marks(name, there) for name, there in places.items() if there]
    return Rows(rows, drawn, 14 * len(rows) + 6, each, earlier)


def _marks_of(count: int, each: int) -> int:
    return -(-count // each)


def _drawn(counts: Mapping[str, int], each: int) -> int:
    return sum(_marks_of(many, each) for many in counts.values())


# Flags: labels on stems, which stand at places of an axis.

_LETTER = 6
"""The width of a letter, at most."""
_LANE = 12
"""The height of a line of labels."""


@dataclass(frozen=True, slots=True)
class Flag:
    """A label that begins at a place of the axis, in a lane: 0 is next to the axis."""

    label: str
    x: float
    lane: int

    @property
    def right(self) -> float:
        """Where it ends."""
        return self.x + _LETTER * len(self.label) + 3


def flags(labelled: Iterable[tuple[float, str]]) -> list[Flag]:
    """Return labels at places of an axis, each in the lane nearest to it in which it covers no
    label, and no stem crosses a label. Each reaches to the right of its stem, so it has to stand
    above whatever begins below it."""
    found: list[Flag] = []
    for x, label in sorted(labelled, key=lambda one: one[0], reverse=True):
        right = Flag(label, x, 0).right
        found.append(
            Flag(label, x, max((one.lane + 1 for one in found if one.x < right), default=0))
        )
    return found[::-1]


# The life of a recommendation, on one line.


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened, or is to happen, on a day as far as it is known."""

    shape: str
    label: str
    said: str
    on: str | None


@dataclass(frozen=True, slots=True)
class Stretch:
    """The days on one of which something happened."""

    x: float
    width: float


@dataclass(frozen=True, slots=True)
class Tick:
    """The first day of a year."""

    x: float
    label: str


@dataclass(frozen=True, slots=True)
class Life:
    """A recommendation as a line of days: acts above it, targets below it."""

    events: Sequence[Event]
    above: Sequence[Flag]
    below: Sequence[Flag]
    marks: Sequence[Marks]
    stretches: Sequence[Stretch]
    ticks: Sequence[Tick]
    today_x: float
    end_x: float
    y: int
    """The middle of the line."""
    height: int

    @property
    def sentence(self) -> str:
        """The picture in words."""
        return "; ".join(f"{one.said}, {words.day(one.on)}" for one in self.events) + "."


def events_of(found: RecommendationState, today: date) -> list[Event]:
    """Return what happened to a recommendation by a day, and its targets, in the order of days.
    Those whose day isn't known come last."""
    dated = [one for one in found.targets if one.on and not one.to_confirm]
    several = len(dated) > 1
    there = [Event("raised", "raised", "Raised", found.raised_on)]
    for n, target in enumerate(dated, start=1):
        shape = "target" if n == len(dated) else "former"
        number = f" {n}" if several else ""
        moved = ", which was moved" if shape == "former" else ""
        there.append(Event(shape, f"target{number}", f"Target{number}{moved}", target.on))
    if claim := found.claim:
        is_done = claim.means == "complete"
        said = words.CLAIMS.get(claim.means, claim.means)
        what = "claimed" if is_done else said
        there.append(Event("claim", what, f"The force said: {said}", claim.since))
    for shape, said, decided in (
        ("refused", "Closure refused", found.refused),
        ("closed", "Closed", found.closed),
        ("reopened", "Opened again", found.reopened),
    ):
        if decided:
            there.append(Event(shape, shape, said, decided.on))
    there.append(Event("today", "today", "Today", today.isoformat()))
    return sorted(there, key=lambda one: (one.on is None, one.on or ""))


def draw_life(found: RecommendationState, today: date) -> Life | None:
    """Return a recommendation as a line of days, or None if it isn't known when it was raised."""
    events = events_of(found, today)
    if found.raised_on is None:
        return None
    spans = {one: _span(one, today) for one in events if one.on is not None}
    first = min(lo for lo, _ in spans.values())
    days = max((max(hi for _, hi in spans.values()) - first).days, 1)

    def x(on: date) -> float:
        return round(LEFT + (RIGHT - LEFT) * (on - first).days / days, 1)

    at = {one: x(lo + (hi - lo) // 2) for one, (lo, hi) in spans.items()}
    is_target = {one: one.shape in ("target", "former") for one in at}
    above = flags((at[one], one.label) for one in at if not is_target[one])
    below = flags((at[one], one.label) for one in at if is_target[one])
    y = _LANE * (1 + max(one.lane for one in above)) + 10
    under = y + 10 + _LANE * (1 + max((one.lane for one in below), default=-1))
    shapes: dict[str, list[tuple[float, float]]] = {}
    for one in at:
        shapes.setdefault(one.shape, []).append((at[one], y))
    return Life(
        events, above, below,
        [marks(name, places) for name, places in shapes.items()],
        [Stretch(x(lo), x(hi) - x(lo)) for lo, hi in spans.values() if lo < hi],
        _years(first, first + timedelta(days), x(first), x(first + timedelta(days))),
        x(today), max(at.values()), y, under + _LANE,
    )  # fmt: skip


def _span(event: Event, today: date) -> tuple[date, date]:
    """Return the days on one of which something happened: by today, but for a target."""
    assert event.on is not None
    lo, hi = first_day(event.on), last_day(event.on)
    return (lo, hi) if event.shape in ("target", "former") else (min(lo, today), min(hi, today))


def _years(first: date, last: date, left: float, right: float) -> list[Tick]:
    """Return the years that begin on an axis, at most six of them."""
    starts = [date(year, 1, 1) for year in range(first.year, last.year + 1)]
    there = [one for one in starts if first <= one <= last]
    step = -(-len(there) // 6) if there else 1
    days = max((last - first).days, 1)
    return [
        Tick(round(left + (right - left) * (one - first).days / days, 1), str(one.year))
        for one in there[::step]
    ]


# The responses to one report, on an axis of the days that they took.

_DOT = 4.5
"""A dot and the space around it."""
_HIGH = 120
"""Dots are piled up so high at most: more of them overlap."""
_BESIDE = 6
"""So many dots stand side by side behind the axis."""


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
        said = f"{by} published by day {self.period}, {self.known - by} later"
        if self.median is not None:
            said += f"; the median is day {self.median}"
        apart = [f"; {row.label}: {sum(row.counts.values())}" for row in self.apart.rows]
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
    median = median_low(days) if days else None
    under = flags(
        [(x, f"day {one.day}") for one, x, _ in placed if one.own]
        + ([(_x_of(median, period), f"median {median}")] if median else [])
    )
    apart = _rows(_without_a_day(taken), 150)
    apart_y = y + 20 + _LANE * (1 + max((one.lane for one in under), default=-1))
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
        name: f"{heading}, day not known" if name in published else heading
        for heading, name, _ in COLUMNS
    }
    return [(words.capital(said[name]), {name: many}) for name, many in of.items()]


# The country at the end of each quarter, as known then and as known now.

_PANEL = 44
"""The height of the lines of one group."""
_FIGURE = 11
"""The height of a number at the end of a line."""
ENDS = 240
"""Where the lines end. The numbers behind them need the rest of the width."""
GROUP_WORDS: Mapping[Group, str] = {
    "open": "Open",
    "claimed": "Claimed complete, not confirmed",
    "closed": "Closed",
}


@dataclass(frozen=True, slots=True)
class Lines:
    """Two lines of one group, above the same ground, each with its last number at its end."""

    label: str
    ground: float
    then: str
    now: str
    figures: Sequence[tuple[str, float]]
    """The number of each line, with its name, and the height at which it stands; one if they are
    the same."""


@dataclass(frozen=True, slots=True)
class Country:
    """Two lines for each group: as known at the end of each quarter, and as known now."""

    ends: Sequence[QuarterEnd]
    lines: Sequence[Lines]
    ticks: Sequence[Tick]
    height: float

    @property
    def sentence(self) -> str:
        """The picture in words: its two ends."""
        return " ".join(map(_end_in_words, (self.ends[0], self.ends[-1])))


def _end_in_words(end: QuarterEnd) -> str:
    said = [
        f"{label.lower()} {end.then[group]:,} as known then, {end.now[group]:,} as known now"
        for group, label in GROUP_WORDS.items()
    ]
    return f"On {words.day(end.on)}: {'; '.join(said)}."


def draw_country(ends: Sequence[QuarterEnd]) -> Country | None:
    """Return the lines of each group, all on one scale. Return None unless there are two
    quarters."""
    if len(ends) < 2:
        return None
    most = max(max(*one.then.values(), *one.now.values(), 1) for one in ends)
    grounds = [16 + _PANEL + n * (_PANEL + 22) for n in range(len(GROUP_WORDS))]
    lines = [
        _lines(ends, group, ground, most)
        for group, ground in zip(GROUP_WORDS, grounds, strict=True)
    ]
    ticks = _years(ends[0].on, ends[-1].on, LEFT, ENDS)
    return Country(ends, lines, ticks, grounds[-1] + 16)


def _lines(ends: Sequence[QuarterEnd], group: Group, ground: float, most: int) -> Lines:
    first, days = ends[0].on, (ends[-1].on - ends[0].on).days

    def line(counts: Sequence[int]) -> str:
        return "M" + "L".join(
            f"{LEFT + (ENDS - LEFT) * (end.on - first).days / days:.1f} {height(many):.1f}"
            for end, many in zip(ends, counts, strict=True)
        )

    def height(many: int) -> float:
        return round(ground - _PANEL * many / most, 1)

    then, now = [one.then[group] for one in ends], [one.now[group] for one in ends]
    last = sorted(((then[-1], "then"), (now[-1], "now")), reverse=True)
    figures = [(f"{many:,} {said}", height(many)) for many, said in last]
    if then[-1] == now[-1]:
        figures = [(f"{now[-1]:,}", height(now[-1]))]
    elif figures[1][1] - figures[0][1] < _FIGURE:
        figures[0] = figures[0][0], figures[1][1] - _FIGURE
    return Lines(GROUP_WORDS[group], ground, line(then), line(now), figures)
