"""Walks over the blocks of a page once. Labels open its parts, numbers its recommendations, and
tables are walked row by row. Pure."""

from abc import ABC, abstractmethod
from collections.abc import Iterator
from dataclasses import replace
from itertools import groupby

from ledger.intake.pages.blocks import Block
from ledger.intake.pages.page_read import PageRead
from ledger.intake.pages.speakers import ANOTHER, SALUTATION, SPOKEN, evidence, introduced
from ledger.intake.pages.tables import Cell, Row, Table, table_of
from ledger.intake.pages.values import Part, Piece
from ledger.intake.pages.words import (
    Label,
    Means,
    Numbered,
    is_control,
    is_line,
)

_ONE_LINE = ("title", "day", "response day", "kind", "publisher", "field")
_PARTS = ("end", "recommendations", "standards", "findings")
MOST_OF_A_LINK = 16


class Walk(ABC):
    """One pass over the blocks of one report, which gives a piece for each."""

    def __init__(self, page: PageRead, first: int, last: int) -> None:
        self.page, self.first, self.last = page, first, last
        self.blocks, self.labels = page.blocks, page.labels
        self.pieces: dict[int, Piece] = {}
        """By the place of their blocks."""
        self.values: list[tuple[Label, Block, int]] = []
        self.section: Means | None = None
        self.own = False
        """True if the label of the section says alone what it is."""
        self.level = self.table = 0
        self.waits: Label | None = None
        """The label whose value stands in the next block."""
        self.page_speaker: Part | None = None
        """The speaker whom the first heading of the page names."""

    def walk(self) -> None:
        """Give each block its piece."""
        span = range(self.first, self.last)
        for number, places in groupby(span, key=lambda n: (self.blocks[n].place or (0,))[0]):
            cells = [*places]
            if number != self.table:
                self.table = number
                self._ends() if self._in_a_table else None
            cells = self._without_caption(cells) if number else cells
            table = table_of(self.page, cells) if number else None
            for place in [] if table else cells:
                self._block(place, self.blocks[place])
            if table is not None:
                self._table(table)

    def _without_caption(self, cells: list[int]) -> list[int]:
        """Take the first row of a table as a heading if it is one cell above several. Return the
        other cells."""
        at = {place: cell for place in cells if (cell := self.blocks[place].place) is not None}
        first = [place for place in cells if at[place].row == 0]
        if {at[place].column for place in first} != {0} or not any(c.column for c in at.values()):
            return cells
        for place in first:
            self._block(place, self.blocks[place])
        return [place for place in cells if place not in first]

    @property
    def _in_a_table(self) -> bool:
        """Return whether somebody speaks below a label in a table."""
        return False

    @property
    @abstractmethod
    def _speaking(self) -> bool:
        """Return whether somebody speaks."""

    @abstractmethod
    def _ends(self) -> None:
        """End somebody's words."""

    @abstractmethod
    def _letter(self, place: int, block: Block) -> None:
        """Open a letter."""

    @abstractmethod
    def _speaks(self, place: int, block: Block, label: Label) -> None:
        """Open somebody's words below a label."""

    @abstractmethod
    def _part(self, place: int, block: Block, label: Label) -> None:
        """Open a part of the page below a label that names no speaker."""

    @abstractmethod
    def _numbered(self, place: int, block: Block, number: Numbered) -> None:
        """Take a block that begins with the number of a recommendation by a label."""

    @abstractmethod
    def _said(self, place: int, block: Block) -> None:
        """Take a block of somebody's words."""

    @abstractmethod
    def _outside(self, place: int, block: Block) -> None:
        """Take a block outside of everybody's words."""

    @abstractmethod
    def _row(self, row: Row) -> None:
        """Begin a row of a table of recommendations, or end the table by an empty one."""

    @abstractmethod
    def _cell(self, cell: Cell) -> None:
        """Take the blocks of a cell."""

    def _restated(self, place: int, block: Block) -> bool:
        """Take the words of a known recommendation. Return whether the block has any."""
        return False

    def _signature(self, place: int) -> None:
        """End a letter."""
        self._ends()

    def _block(self, place: int, block: Block) -> None:
        label, number = self.labels[place], self.page.numbers[place]
        waits, self.waits = self.waits, None
        if place in self.page.welsh:
            beside = self.page.welsh[place]
            why = (
                "it stands there in English too" if beside else "it may stand there in English too"
            )
            self._piece(place, block.text, "not needed" if beside else "?", why=why)
        elif waits is not None and label is None and evidence(block.text) is None:
            self.values.append((waits, block, place))
            self._piece(place, block.text, "not needed", sure=True)
        elif place in self.page.signature:
            self._piece(place, block.text, "not needed", why="a signature")
            if place in self.page.signed or not self._speaking:
                self._signature(place)
        elif self._restated(place, block):
            pass
        elif SALUTATION.fullmatch(block.text) and not self.page.listed:
            self._letter(place, block)
        elif number is not None and (label is None or label.means not in SPOKEN):
            self._numbered(place, block, number)
        elif label is not None and self._opens(label, block):
            self._label(place, block, label)
        elif label is not None and label.means == "field" and 0 < len(label.value.split()) < 8:
            self._piece(place, block.text, "not needed")
        elif self._speaking and not block.parted and not is_control(block.text):
            self._said(place, block)
        else:
            self._ends() if self._speaking else None
            self._outside(place, block)

    def _opens(self, label: Label, block: Block) -> bool:
        """Return whether a label opens something, where somebody may be speaking."""
        if label.means in SPOKEN and label.value[:1] in ("“", '"', "‘"):
            return False  # it introduces what somebody said
        if not self._speaking:
            return True
        if label.means in SPOKEN or label.means in _PARTS:
            whole = label.words == block.text.rstrip(" :") and is_line(block.text)
            whole = whole and ANOTHER.search(block.text) is None
            return label.own or block.stands_out or label.value != "" or whole
        return label.own and label.means in ("title", "response day", "day", "kind")

    def _label(self, place: int, block: Block, label: Label) -> None:
        first = place == self.first and block.place is None and not block.text.endswith(":")
        first = first and not label.value
        if label.means in SPOKEN and (block.level == 1 or (first and not block.level)):
            self._signature(place)
            self.page_speaker = SPOKEN[label.means] if label.means != "both" else None
            self._piece(place, block.text, "not needed", sure=True)
        elif label.means in _ONE_LINE:
            if label.value:
                self.values.append((label, replace(block, text=label.value), place))
            self.waits = None if label.value else label
            self._piece(place, block.text, "not needed", sure=True)
        elif label.means in SPOKEN:
            self._speaks(place, block, label)
        else:
            self._ends()
            self.section, self.own, self.level = label.means, label.own, block.level
            self._part(place, block, label)

    def _table(self, table: Table) -> None:
        """Take the cells of a table of recommendations, a row at a time."""
        for place in table.heads:
            self._piece(place, self.blocks[place].text, "not needed", sure=True)
        for row in table.rows:
            self._row(row)
            for cell in row.cells:
                self._cell(cell)
        self._row(Row())

    def _is_heading(self, place: int, block: Block, named: tuple[str, ...]) -> bool:
        """Return whether a block is a heading: by its looks, or since it says recommendations and
        little else."""
        marks = named != () and is_line(block.text)
        if block.text.endswith(":"):
            marks = marks and introduced(block.text, None) is None
        else:
            marks = marks and evidence(block.text) is None
        return block.level > 0 or marks or place in self.page.ties.topics

    def _piece(
        self,
        place: int,
        text: str,
        part: Part,
        of: tuple[str, ...] = (),
        *,
        sure: bool = False,
        why: str = "",
    ) -> None:
        if part == "force" and self.page.whom.resolve("fire") is not None:
            part = "commissioner"  # an authority has no force: its service speaks for it
        block = self.blocks[place]
        bullet = block.bullet and part not in ("not needed", "other report")
        self.pieces[place] = Piece(place + 1, text, block.line, part, of, sure, sure, bullet, why)


def in_order(walk: Walk, begins: int) -> Iterator[Piece]:
    """Yield the pieces of a walk in page order; blocks outside are another report's, those before
    the first of them nobody's."""
    for place, block in enumerate(walk.blocks):
        outside: Part = "not needed" if place < begins else "other report"
        yield walk.pieces.get(place) or Piece(place + 1, block.text, block.line, outside)
