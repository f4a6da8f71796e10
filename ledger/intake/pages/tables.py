"""Reads how a table of recommendations is laid out: what each column says, and its cells row by
row, the number first, then the recommendation, then the others. Pure."""

from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby

from ledger.intake.pages.blocks import CellPlace
from ledger.intake.pages.page_read import PageRead
from ledger.intake.pages.speakers import SPOKEN
from ledger.intake.pages.words import Means, column

Heads = Mapping[int, tuple[Means, bool]]
"""By column: what its cells are, and whether its head names one speaker."""
_MOST_OF_A_HEAD = 10
"""Words that the head of a column has at most."""
_ORDER: Mapping[Means, int] = {"number": 0, "recommendations": 1, "target": 2, "addressees": 2}
"""The order in which the cells of a row are read, by the heads of their columns."""
NO_CELL = CellPlace(0, 0, 0)


def heads_of(page: PageRead, cells: Sequence[int]) -> Heads:
    """Return what each column of a table says, by its first row; nothing if it is none of
    recommendations."""
    found: dict[int, tuple[Means, bool]] = {}
    for block in map(page.blocks.__getitem__, cells):
        assert block.place is not None
        if block.place.row == 0 and len(block.text.split()) > _MOST_OF_A_HEAD:
            return {}
        if block.place.row == 0 and (means := column(block.text)) is not None:
            found[block.place.column] = means
    said = {
        block.place.column
        for n in cells
        if n in page.ties.words and (block := page.blocks[n]).place is not None
    }
    for at in said - {at for at, one in found.items() if one[0] == "recommendations"}:
        found[at] = "recommendations", False  # the recorded words stand in it
    named = {one for one, _ in found.values()}
    fits = "recommendations" in named or ("number" in named and not named.isdisjoint(SPOKEN))
    return found if fits and len(found) > 1 else {}


def in_rows(
    page: PageRead, cells: Sequence[int], heads: Heads
) -> Iterator[tuple[int, list[tuple[int, list[int]]]]]:
    """Yield the rows of a table: for each cell its column, and the places of its blocks."""

    def order(place: int) -> tuple[int, int, int, int]:
        _, row, at, _ = page.blocks[place].place or NO_CELL
        return row, _ORDER.get(heads[at][0], 3) if at in heads else 3, at, place

    for row, places in groupby(sorted(cells, key=order), key=lambda n: order(n)[0]):
        yield row, [(at, [*cell]) for at, cell in groupby(places, key=lambda n: order(n)[2])]
