"""The responses of a body, one mark a response, year by year; and rows of marks as such."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from api.reading.pictures.shapes import COLUMN_WORDS, COLUMNS, WIDTH, Marks, marks
from projections.answers.body import ResponsesOfYear
from projections.language import say
from projections.verdict.compliance import VerdictWord

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

    @property
    def total(self) -> int:
        """How many it counts."""
        return sum(self.counts.values())


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
    return ", ".join(
        f"{counts[name]:,} {said}" for name, said in COLUMN_WORDS.items() if counts.get(name)
    )


def by_shape(verdicts: Mapping[VerdictWord, int]) -> dict[str, int]:
    """Return counts of verdicts by the names of their shapes, without zeros."""
    sums = {name: sum(verdicts.get(one, 0) for one in of) for _, name, of in COLUMNS}
    return {name: many for name, many in sums.items() if many}


def draw_years(years: Sequence[ResponsesOfYear]) -> Rows:
    """Return the responses of a body by the year of their report, the latest year first."""
    found = [(str(one.year or say("Not known")), by_shape(one.responses)) for one in years]
    there = [one for one in found if one[1]]
    return rows_of(there[:YEARS], _YEAR, len(there[YEARS:]))


def rows_of(labelled: Sequence[tuple[str, dict[str, int]]], left: int, earlier: int = 0) -> Rows:
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
