"""Divides a page's blocks into its parts, by the labels and numbers that open them, and by the
headers of the columns of tables.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import groupby

from ledger.date_phrases import DatePhrase, read_date
from ledger.events.recommendation import Kind
from ledger.events.streams import key_of
from ledger.intake.pages.blocks import Block, ColumnSays
from ledger.intake.pages.furniture import CITES, is_control
from ledger.intake.pages.labels import (
    ONE_LINE,
    Part,
    PartLabel,
    fold,
    match_label,
    phrases,
    who_says,
)
from ledger.intake.pages.numbers import Numbered, match_number

_WRITTEN: frozenset[Part | None] = frozenset(("statement", "chief_officer"))
# Labels that may interrupt a statement; others are its own headings.
_INTERRUPTS: frozenset[Part] = frozenset(
    ("statement", "chief_officer", "recommendations", "response_published", "end")
)
# What the columns of a table say. It is one of recommendations if its first row names their column
# and at least one more of these, or of who says what of them.
_HEADERS: dict[ColumnSays, tuple[str, ...]] = {
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
_NO_LEVEL = 7  # of what is no heading: any heading stands above it


@dataclass(slots=True)
class Section:
    """A part of the page as it was found: its label, if it has one, and the blocks in it.

    `answers`, for a statement: the positions, among all parts, of the recommendations that it
    answers, where the page gives each recommendation its own statement. Empty: not by its place.
    """

    part: Part | None
    line: int
    label: PartLabel | None = None
    kind: Kind = "recommendation"
    blocks: list[Block] = field(default_factory=list)
    answers: tuple[int, ...] = ()
    keys: list[str] = field(default_factory=list)
    """Of the recommendations in it, once they are read."""

    @property
    def row(self) -> tuple[int, ...]:
        """The table, counted on the page, and the rows of it that the part is about."""
        cell = self.blocks[0] if self.blocks else None
        return (cell.place.table, *cell.rows) if cell and cell.place and cell.column else ()

    @property
    def full(self) -> bool:
        return self.part in ONE_LINE and len(self.blocks) > 0


def begins_something(line: str) -> bool:
    """Whether a line of a text file opens a part or has a number, and so continues nothing."""
    block = Block(line, 0)
    return match_label(block) is not None or match_number(block) is not None


def divide(blocks: Sequence[Block]) -> list[Section]:
    """The parts in page order. Blocks outside every part are in sections whose `part` is None."""
    blocks = list(_read_tables(blocks))
    labels = [None if block.column else match_label(block) for block in blocks]
    numbers = [None if block.column else match_number(block) for block in blocks]
    each_has_its_own = _each_has_its_own(labels, numbers)
    sections = [Section(None, 1)]
    seen: set[str] = set()
    for place, block in enumerate(blocks):
        label, number, own = labels[place], numbers[place], each_has_its_own[place]
        current = sections[-1]
        if block.column:
            _take_cell(block, sections)
            continue
        if current.full or current.row:
            current = _after(sections, block.line)
            sections.append(current)
        if label is not None and current.part in _WRITTEN and _is_its_day(label, current):
            ends = place + 1 == len(blocks) or _interrupts(labels[place + 1])
            if ends or not current.blocks:
                label = replace(label, part="response_published")
        if number is not None and _raises(number, current, seen, own):
            seen.add(_key(number))
            if current.part != "recommendations":
                sections.append(Section("recommendations", block.line))
            sections[-1].blocks.append(block)
        elif label is not None and number is None and _opens(label, current, block):
            section = Section(label.part, block.line, label, label.kind)
            if label.value:
                section.blocks.append(Block(label.value, block.line))
            if label.part == "statement" and any(each_has_its_own):
                section.answers = _last_recommendations(sections)
            sections.append(section)
        else:
            if _ends(current, block):
                sections.append(Section(None, block.line))
            sections[-1].blocks.append(block)
    for section in sections:
        if section.part == "statement" and section.row:
            section.answers = _recommendations_of(section, sections)
    return sections


def _take_cell(block: Block, sections: list[Section]) -> None:
    """Adds a cell of a table of recommendations, where each row is one with what is said of it."""
    current = sections[-1]
    match block.column:
        case "header":
            section = Section(None, block.line, PartLabel("recommendations", block.text, ""))
        case "number" | "recommendation" | "addressees" | "target":
            section = Section("recommendations", block.line, blocks=[block])
            if current.part == "recommendations" and current.row == section.row:
                current.blocks.append(block)
                return
        case "statement" | "chief_officer" as part:
            section = Section(part, block.line, blocks=[block])
        case _:
            section = Section(None, block.line, blocks=[block])
    sections.append(section)


def _ends(current: Section, block: Block) -> bool:
    """Whether a part ends before a block that opens none: what follows is left to a person.

    A control of the site ends all. A line across the page ends what is written; so does a heading
    no lower than its own, where it is the chief officer's, or about the recommendation above it.
    """
    if current.part not in _WRITTEN:
        return current.part == "recommendations" and block.parted
    if block.parted or is_control(block.text):
        return True
    spoken = current.label is not None and current.label.within
    if current.part == "statement" and not (current.answers or spoken):
        return False
    if current.part == "chief_officer" and CITES.match(block.text):
        return True
    level = (current.label.level if current.label else 0) or _NO_LEVEL
    return 0 < block.level <= level


def _raises(number: Numbered, current: Section, seen: set[str], own: bool) -> bool:
    """Whether a numbered block is a recommendation, and not a statement's words about one."""
    if current.part in _WRITTEN:
        return own and number.clear and _key(number) not in seen
    return number.clear or current.part == "recommendations"


def _after(sections: Sequence[Section], line: int) -> Section:
    """What comes after a line that is a part of its own: the statement, if that line was its first;
    else nothing that is known."""
    if sections[-1].part == "response_published" and len(sections) > 1:
        before = sections[-2]
        if before.part in _WRITTEN and not before.blocks:
            return Section(before.part, line, answers=before.answers)
    return Section(None, line)


def _is_its_day(label: PartLabel, current: Section) -> bool:
    """Whether a line of a statement is `Published 10 July 2025`, which there is the statement's."""
    if current.part != "statement" or label.part != "published" or label.plain:
        return False
    return isinstance(read := read_date(label.value), DatePhrase) and read.on is not None


def _interrupts(label: PartLabel | None) -> bool:
    return label is not None and label.part in _INTERRUPTS


def _opens(label: PartLabel, current: Section, block: Block) -> bool:
    if label.within:
        return current.part in _WRITTEN or current.part == "recommendations"
    if label.outside and current.part in _WRITTEN:
        return False
    if current.part in _WRITTEN:
        plain_date = label.part == "published" and label.plain
        return label.part in _INTERRUPTS or plain_date
    if current.part == "key_findings" and label.part == "key_findings":
        return block.stands_out and label.plain
    return True


def _recommendations_of(section: Section, sections: Sequence[Section]) -> tuple[int, ...]:
    """The places of the recommendations in the rows of a table that a cell stands beside."""
    table, *rows = section.row
    return tuple(
        place
        for place, each in enumerate(sections)
        if each.part == "recommendations" and each.row[:1] == (table,) and each.row[1] in rows
    )


def _each_has_its_own(
    labels: Sequence[PartLabel | None], numbers: Sequence[Numbered | None]
) -> list[bool]:
    """For each block: is it a number, or the label of a recommendation, with a statement's label
    before the next one?

    On a page where statement and recommendation alternate, that makes it a recommendation; a
    number inside one long statement is a heading of the statement.
    """
    answered = [False] * len(labels)
    next_is_statement = False
    statements = 0
    for place in range(len(labels) - 1, -1, -1):
        label, number = labels[place], numbers[place]
        if number is not None:
            if number.clear:
                answered[place] = next_is_statement
                next_is_statement = False
        elif label is not None and label.part == "statement":
            next_is_statement = True
            statements += 1
        elif label is not None and label.part == "recommendations":
            answered[place] = next_is_statement
            next_is_statement = False
    return answered if statements > 1 and sum(answered) > 1 else [False] * len(labels)


def _last_recommendations(sections: Sequence[Section]) -> tuple[int, ...]:
    """The place of the part of recommendations just before, the chief officer's words aside."""
    for place in range(len(sections) - 1, -1, -1):
        if sections[place].part == "recommendations":
            return (place,)
        if sections[place].part != "chief_officer":
            return ()
    return ()


def _key(number: Numbered) -> str:
    return f"{number.kind} {key_of(number.number)}"


def _read_tables(blocks: Sequence[Block]) -> Iterator[Block]:
    """The same blocks; in tables of recommendations each with what its column says."""
    for table, found in groupby(blocks, lambda block: block.place.table if block.place else 0):
        cells = list(found)
        columns = _header(cells) if table else {}
        yield from _rows(cells, columns) if columns else cells


def _header(cells: Sequence[Block]) -> dict[int, ColumnSays]:
    """What each column says, by the first row; nothing where it is no table of recommendations."""
    columns: dict[int, ColumnSays] = {}
    for block in cells:
        assert block.place is not None
        if block.place.row == 0:
            if block.place.column in columns:
                return {}  # two paragraphs: no header
            words = fold(block.text).rstrip(" :")
            columns[block.place.column] = _COLUMNS.get(words) or who_says(words) or "other"
    known = [column for column in columns.values() if column != "other"]
    if "recommendation" not in known or len(known) < 2 or len(known) > len(set(known)):
        return {}
    return columns


def _rows(cells: Sequence[Block], columns: Mapping[int, ColumnSays]) -> Iterator[Block]:
    for block in cells:
        assert block.place is not None
        _, row, column, covers = block.place
        if row == 0:
            yield replace(block, column="header", cell=True)
        else:
            rows = tuple(range(row, row + covers))
            yield replace(block, column=columns.get(column, "other"), rows=rows)
