"""Tables of recommendations: what the columns of a row say, known by the words of its header.

A table counts as one if its first row names a column of recommendations and at least one more of
those that are known here. The cells then say which part of the response they are.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import groupby

from ledger.intake.pages.blocks import Block, Column, Place
from ledger.intake.pages.labels import fold, phrases, who_says

_HEADERS: dict[Column, tuple[str, ...]] = {
    "number": phrases(
        "ref, ref., reference, no, no., number, #, rec, rec no, rec no., rec number, "
        "recommendation no, recommendation no., recommendation number"
    ),
    "recommendation": phrases(
        "recommendation, recommendations, hmicfrs recommendation, recommendation text, "
        "text of recommendation"
    ),
    "addressees": ("addressed to", "addressee", "addressees", "recommendation to"),
    "target": phrases(
        "to be done by, to be completed by, target, target date, deadline, due, due by, due date, "
        "by when, date for completion, timescale"
    ),
}
_COLUMNS = {words: column for column, known in _HEADERS.items() for words in known}
_MOST_COLUMNS = 40
_MOST_COVERED = 1000


class Tables:
    """Follows the tags of a page, and says in which cell of a table it stands."""

    def __init__(self) -> None:
        self.place: Place | None = None
        self._count = self._depth = self._row = self._column = 0
        self._taken: dict[int, int] = {}
        """By column: the first row that a cell above leaves free."""

    def enter(self, tag: str, attributes: Mapping[str, str | None]) -> None:
        if tag == "table":
            self._depth += 1
            if self._depth == 1:
                self._count, self._row, self._taken = self._count + 1, -1, {}
        elif self._depth != 1:
            return
        elif tag == "tr":
            self._row, self._column = self._row + 1, 0
        elif tag in ("td", "th"):
            while self._column < _MOST_COLUMNS and self._taken.get(self._column, 0) > self._row:
                self._column += 1
            covers = _number(attributes.get("rowspan"), _MOST_COVERED)
            self.place = Place(self._count, self._row, self._column, covers)
            for _ in range(_number(attributes.get("colspan"), _MOST_COLUMNS)):
                self._taken[self._column] = self._row + covers
                self._column += 1

    def leave(self, tag: str) -> None:
        if tag == "table":
            self._depth = max(self._depth - 1, 0)
        if self._depth == 0 or (self._depth == 1 and tag in ("td", "th")):
            self.place = None


def _number(words: str | None, most: int) -> int:
    return min(max(int(words or 1), 1), most) if re.fullmatch(r"[0-9]{1,4}", words or "") else 1


def read_tables(blocks: Sequence[Block]) -> Iterator[Block]:
    """The same blocks; in tables of recommendations each with what its column says."""
    for table, found in groupby(blocks, lambda block: block.place.table if block.place else 0):
        cells = list(found)
        columns = _header(cells) if table else {}
        yield from _rows(cells, columns) if columns else cells


def _header(cells: Sequence[Block]) -> dict[int, Column]:
    """What each column says, by the first row; nothing where it is no table of recommendations."""
    columns: dict[int, Column] = {}
    for block in cells:
        assert block.place is not None
        if block.place.row == 0:
            if block.place.column in columns:
                return {}  # two paragraphs: no header
            columns[block.place.column] = _column(block)
    known = [column for column in columns.values() if column != "other"]
    if "recommendation" not in known or len(known) < 2 or len(known) > len(set(known)):
        return {}
    return columns


def _column(block: Block) -> Column:
    folded = fold(block.text).rstrip(" :")
    if folded in _COLUMNS:
        return _COLUMNS[folded]
    match who_says(folded):
        case "statement":
            return "statement"
        case "chief_officer":
            return "chief_officer"
        case _:
            return "other"


def _rows(cells: Sequence[Block], columns: Mapping[int, Column]) -> Iterator[Block]:
    for block in cells:
        assert block.place is not None
        _, row, column, covers = block.place
        if row == 0:
            yield replace(block, column="header", cell=True)
        else:
            rows = tuple(range(row, row + covers))
            yield replace(block, column=columns.get(column, "other"), rows=rows)
