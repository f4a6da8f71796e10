"""Reads how a table of recommendations is laid out: its rows, each with its cells by what the head
of their column says, or the cell before them: the number first, then the recommendation. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import groupby
from typing import NamedTuple

from ledger.intake.pages.blocks import CellPlace
from ledger.intake.pages.page_read import PageRead
from ledger.intake.pages.speakers import SPOKEN
from ledger.intake.pages.words import Means, column

_MOST_OF_A_HEAD = 10
"""Words that the head of a column has at most."""
_ORDER: dict[Means | None, int] = {"number": 0, "recommendations": 1}
"""The order in which the cells of a row are read."""
_NO_CELL = CellPlace(0, 0, 0)
_Said = tuple[Means | None, bool]


class Cell(NamedTuple):
    """A cell: what its head says of it, whether that names one speaker, and its blocks."""

    means: Means | None
    own: bool
    places: Sequence[int]


@dataclass(frozen=True)
class Row:
    """A row of a table: what is about one recommendation."""

    cells: Sequence[Cell] = ()
    goes_on: bool = False
    """True if it belongs to what stands above it: a cell above covers it, or the whole table is
    about one recommendation."""


@dataclass(frozen=True)
class Table:
    """A table of recommendations."""

    heads: list[int] = field(default_factory=list)
    rows: list[Row] = field(default_factory=list)


def table_of(page: PageRead, places: Sequence[int]) -> Table | None:
    """Return how a table is laid out; None if it is none of recommendations."""
    cells = {
        at: [*each]
        for at, each in groupby(places, key=lambda n: (page.blocks[n].place or _NO_CELL)[1:3])
    }
    first = min((row for row, _ in cells), default=0)
    cells = {(row - first, at): each for (row, at), each in cells.items()}
    return _record(page, cells) or _columns(page, cells)


def _said(page: PageRead, places: Sequence[int]) -> _Said | None:
    """Return what the head of a column or row says; None if it is no head."""
    text = page.blocks[places[0]].text
    return column(text) if len(text.split()) <= _MOST_OF_A_HEAD else None


def _record(page: PageRead, cells: dict[tuple[int, int], list[int]]) -> Table | None:
    """Return a table that is about one recommendation, with what its rows say in their first
    cells."""
    heads = {row: _said(page, each) for (row, at), each in cells.items() if at == 0}
    means = [one[0] for one in heads.values() if one]
    if {at for _, at in cells} != {0, 1} or not max(2, len(heads) / 2) <= len(means):
        return None
    if any(page.numbers[each[0]] for (_, at), each in cells.items() if at == 0):
        return None
    first = cells.get((0, 1))
    if means.count("recommendations") > 1 or (first and _said(page, first)):
        return None
    found = [
        Cell(*(heads.get(row) or (None, False)), each)
        for (row, at), each in cells.items()
        if at == 1
    ]
    heading = [place for (_, at), each in cells.items() if at == 0 for place in each]
    return Table(heading, [Row(_ordered(found), goes_on=True)])


def _columns(page: PageRead, cells: dict[tuple[int, int], list[int]]) -> Table | None:
    """Return a table whose first row says what each column is."""
    first = [each for (row, _), each in cells.items() if row == 0]
    if any(len(page.blocks[n].text.split()) > _MOST_OF_A_HEAD for each in first for n in each):
        return None
    said = {at: _said(page, each) for (row, at), each in cells.items() if row == 0}
    heads = {at: one for at, one in said.items() if one is not None}
    alone = len(said) > 1 and any(one[0] == "recommendations" for one in heads.values())
    worded = {at for (_, at), each in cells.items() if any(n in page.ties.words for n in each)}
    for at in worded - {at for at, one in heads.items() if one[0] == "recommendations"}:
        heads[at] = "recommendations", False  # the recorded words stand in it
    named = {one for one, _ in heads.values()}
    if (len(heads) < 2 and not alone) or named.isdisjoint({"recommendations", *SPOKEN}):
        return None
    rows: list[Row] = []
    until = 0
    for row, places in groupby(cells, key=lambda at: at[0]):
        if row == 0:
            continue
        found = [Cell(*heads.get(at[1], (None, False)), cells[at]) for at in places]
        rows.append(Row(_ordered(found), goes_on=row < until or max(cells)[0] == 1))
        covers = (
            page.blocks[one.places[0]].place or _NO_CELL for one in found if one.means in _ORDER
        )
        until = max([until, *(row + place.rows for place in covers)])
    return Table([n for each in first for n in each], rows)


def _ordered(cells: list[Cell]) -> list[Cell]:
    return sorted(cells, key=lambda one: _ORDER.get(one.means, 2))
