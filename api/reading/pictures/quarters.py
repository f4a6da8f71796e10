"""The entries recorded late, a row of bars for each office: a bar for each quarter of recording."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from api.reading import words
from api.reading.pictures.axis import Tick
from api.reading.pictures.shapes import LEFT
from projections.language import say

QUARTERS = 20
"""So many quarters are drawn, the latest ones. The table has all."""
_ROW, _BAR, _END = 36, 16, 282
"""The height of a row, that of the highest bar, and where the bars end."""
_YEARS = 6
"""So many years are named below the bars at most."""


@dataclass(frozen=True, slots=True)
class OfOffice:
    """The late entries of an office: their number, its bars, and the line on which they stand."""

    name: str
    total: int
    years: Mapping[int, Sequence[int]]
    """The numbers of the four quarters of each year that has any."""
    bars: str
    ground: int


@dataclass(frozen=True, slots=True)
class ByQuarter:
    """The late entries of offices, in the order of their names. All bars have one scale."""

    rows: Sequence[OfOffice]
    ticks: Sequence[Tick]
    span: str
    """The months of the bars: `July 2025 to December 2026`."""
    most: int
    """The number that the highest bar stands for."""
    earlier: int
    """The number of entries of quarters that are not drawn."""
    height: int

    @property
    def sentence(self) -> str:
        """The picture in words."""
        return "; ".join(f"{row.name}: {row.total:,}" for row in self.rows) + "."


def draw_quarters(
    counts: Mapping[tuple[str, date], int], names: Mapping[str, str]
) -> ByQuarter | None:
    """Return a row of bars for each office, or None if there are fewer than two bars."""
    if len(counts) < 2:
        return None
    last = max(map(_number, (quarter for _, quarter in counts)))
    first = max(min(map(_number, (quarter for _, quarter in counts))), last - QUARTERS + 1)
    wide = (_END - LEFT) / (last - first + 1)
    most = max(counts.values())
    rows: list[OfOffice] = []
    for office in sorted({one for one, _ in counts}, key=lambda one: names.get(one, one)):
        own = {_number(quarter): many for (one, quarter), many in counts.items() if one == office}
        ground = _ROW * (len(rows) + 1)
        drawn = {number: many for number, many in own.items() if number >= first}
        bars = "".join(
            f"M{LEFT + wide * (number - first):.1f} {ground}v-{max(_BAR * many / most, 1):.1f}"
            f"h{min(wide - 1, 12):.1f}V{ground}z"
            for number, many in sorted(drawn.items())
        )
        name = words.short(office, names.get(office)) or office
        rows.append(OfOffice(name, sum(own.values()), _by_year(own), bars, ground))
    years = [number for number in range(first, last + 1) if number % 4 == 0]
    ticks = [
        Tick(round(LEFT + wide * (number - first), 1), str(number // 4))
        for number in years[:: -(-len(years) // _YEARS) or 1]
    ]
    earlier = sum(many for (_, quarter), many in counts.items() if _number(quarter) < first)
    return ByQuarter(rows, ticks, _span(first, last), most, earlier, rows[-1].ground + 20)


def _number(quarter: date) -> int:
    """Return the number of a quarter, by its first day; the next one has the next number."""
    return 4 * quarter.year + (quarter.month - 1) // 3


def _span(first: int, last: int) -> str:
    """Return the months from the beginning of one quarter to the end of another."""
    began, ended = (f"{number // 4}-{3 * (number % 4) + 1:02}" for number in (first, last))
    ended = f"{ended[:5]}{int(ended[5:]) + 2:02}"
    return say("%(first)s to %(last)s", first=words.day(began), last=words.day(ended))


def _by_year(own: Mapping[int, int]) -> dict[int, list[int]]:
    years = sorted({number // 4 for number in own}, reverse=True)
    return {year: [own.get(4 * year + n, 0) for n in range(4)] for year in years}
