"""The columns of a layout: what each is called and means, and how a header is recognised."""

import difflib
from collections.abc import Sequence
from dataclasses import dataclass

from ledger.intake.sheets.cells import Broken, Row, Sheet, UnreadableSheet, letter


@dataclass(frozen=True, slots=True)
class Column:
    """A column: its name in the header, its meaning in a sentence, and the words it may hold.

    `many`: several of the words, parted by `;`. `given`: it comes filled in.
    """

    name: str
    says: str
    needed: bool = False
    words: tuple[str, ...] = ()
    many: bool = False
    given: bool = False
    width: int = 18
    """In characters."""


@dataclass(frozen=True, slots=True)
class Header:
    """Where the header stands, and the name that stands over each column (counting from 0)."""

    row: Row
    names: dict[int, str]


def plain_name(text: str) -> str:
    """A name as compared: single spaces, no `_`, lower case."""
    return " ".join(text.replace("_", " ").split()).casefold()


def fits(sheet: Sheet, columns: Sequence[Column]) -> bool:
    """Whether a sheet's first row has all the columns needed, and none that is unknown."""
    names = {plain_name(value) for value in sheet.rows[0].cells.values() if isinstance(value, str)}
    known = {column.name for column in columns}
    needed = {column.name for column in columns if column.needed}
    return len(names) == len(sheet.rows[0].cells) and needed <= names <= known


def likeness(sheet: Sheet, columns: Sequence[Column]) -> int:
    """How many of the columns a sheet's first row names."""
    names = {plain_name(str(value)) for value in sheet.rows[0].cells.values()}
    return len(names & {column.name for column in columns})


def read_header(sheet: Sheet, columns: Sequence[Column]) -> Header:
    """The header of a sheet that is not empty. `UnreadableSheet` says what is wrong with it."""
    row = sheet.rows[0]
    where = str(row.place)
    if row.fault is not None:
        raise UnreadableSheet(f"{where}: {row.fault.why}; it is the header.")
    known = {column.name for column in columns}
    names: dict[int, str] = {}
    for column, value in sorted(row.cells.items()):
        if isinstance(value, Broken):
            raise UnreadableSheet(f"{where}, column {letter(column)}: {value.why}.")
        name = plain_name(str(value))
        if name not in known:
            raise UnreadableSheet(
                f"{where}: there is no column “{str(value)[:60]}”{_nearest(name, columns)}."
            )
        if name in names.values():
            raise UnreadableSheet(f"{where}: the column “{name}” is there twice.")
        names[column] = name
    missing = [column.name for column in columns if column.needed]
    missing = [name for name in missing if name not in names.values()]
    if missing:
        listed = "”, “".join(missing)
        raise UnreadableSheet(f"{where}: the header lacks “{listed}”.")
    return Header(row, names)


def _nearest(name: str, columns: Sequence[Column]) -> str:
    known = [column.name for column in columns]
    near = difflib.get_close_matches(name[:60], known, n=1, cutoff=0.5)
    return f"; the nearest is “{near[0]}”" if near else f"; there are {', '.join(known)}"
