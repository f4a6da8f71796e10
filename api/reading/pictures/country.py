"""The country at the end of each quarter, as known then and as known now."""

from collections.abc import Sequence
from dataclasses import dataclass

from api.reading import words
from api.reading.pictures.axis import Tick, years_on
from api.reading.pictures.shapes import LEFT
from projections.language import Table, say
from projections.questions.country import Group, QuarterEnd

_PANEL = 44
"""The height of the greatest number."""
_ABOVE = 36
"""The space above the highest place of a group, which has its name in it."""
_FIGURE = 14
"""The height of a number at the end of a line."""
ENDS = 212
"""Where the lines end. The numbers behind them need the rest of the width."""
GROUP_WORDS: Table[Group, str] = Table(
    {"open": "Open", "claimed": "Claimed complete, not confirmed", "closed": "Closed"}
)


@dataclass(frozen=True, slots=True)
class Lines:
    """Two lines of one group, above the same ground, each with its last number at its end."""

    label: str
    top: float
    """The height of its greatest number."""
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
        say(
            "%(group)s %(then)s as known then, %(now)s as known now",
            group=label.lower(),
            then=end.then[group],
            now=end.now[group],
        )
        for group, label in GROUP_WORDS.items()
    ]
    return say("On %(day)s: %(said)s.", day=words.day(end.on), said="; ".join(said))


def draw_country(ends: Sequence[QuarterEnd]) -> Country | None:
    """Return the lines of each group, all on one scale. Return None unless there are two
    quarters."""
    if len(ends) < 2:
        return None
    most = max(max(*one.then.values(), *one.now.values(), 1) for one in ends)
    lines: list[Lines] = []
    for group in GROUP_WORDS:
        highest = max(max(one.then[group], one.now[group]) for one in ends)
        above = lines[-1].ground + _ABOVE if lines else 24
        lines.append(_lines(ends, group, round(above + _PANEL * highest / most, 1), most))
    ticks = years_on(ends[0].on, ends[-1].on, LEFT, ENDS)
    return Country(ends, lines, ticks, lines[-1].ground + 16)


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
    last = sorted(((then[-1], say("then")), (now[-1], say("now"))), reverse=True)
    figures = [(f"{many:,} {said}", height(many)) for many, said in last]
    if then[-1] == now[-1]:
        figures = [(f"{now[-1]:,}", height(now[-1]))]
    elif figures[1][1] - figures[0][1] < _FIGURE:
        figures[0] = figures[0][0], figures[1][1] - _FIGURE
    top = min(map(height, then + now))
    return Lines(GROUP_WORDS[group], top, ground, line(then), line(now), figures)
