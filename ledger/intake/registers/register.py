"""A register as it is read by a mapping: its rows, and what of the file is left out."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any, TypeVar

from ledger.date_phrases import DatePhrase, read_date
from ledger.events.recommendation import Kind
from ledger.intake.registers.mapping import KINDS, Meaning, RegisterMapping, plain
from ledger.intake.sheets.cells import (
    Book,
    Place,
    Rejected,
    Sheet,
    SheetRow,
    UnreadableSheet,
    Value,
    letter,
)
from ledger.intake.sheets.fields import Fields, shown
from ledger.intake.sheets.layout import TargetRead

_Read = TypeVar("_Read")
MOST_ROWS = 5_000
_SEARCHED = 20
"""In how many rows of a sheet its header is looked for."""
_MIDNIGHT = re.compile(r"([0-9]{4}-[0-9]{2}-[0-9]{2})[T ]00:00(?::00(?:\.0+)?)?(?:Z|\+00:00)?")
_PARTED = (": ", " - ", " – ", " — ", " on ", ", ", ":")
_BRACKETED = re.compile(r"(.+?)\s*\(([^()]+)\)")


@dataclass(frozen=True, slots=True)
class StatusRead:
    """A status in the register's word, with its meaning and its day, as far as known."""

    word: str
    meaning: Meaning
    on: str | None


@dataclass(frozen=True, slots=True)
class RegisterRow:
    """A row of a register, with None or nothing for empty cells."""

    place: Place
    publisher_number: str | None
    title: str | None
    published_on: str | None
    publishers: tuple[str, ...]
    addressees: tuple[str, ...]
    kind: Kind | None
    number: str | None
    text: str | None
    target: TargetRead | None
    theme: str | None
    level: str | None
    statuses: tuple[StatusRead, ...]
    """In the order of the register: earlier ones of its history first."""
    status_on: str | None
    comment: str | None
    response_on: str | None
    response_url: str | None
    looked_on: str | None
    looked_where: str | None


@dataclass(frozen=True, slots=True)
class Register:
    """The rows of a file, read by a mapping. `rows` were taken; each other row has an entry in
    `rejected`, as has each cell that is not taken."""

    mapping: RegisterMapping
    rows: tuple[RegisterRow, ...]
    rejected: tuple[Rejected, ...]
    columns_left: tuple[Rejected, ...]
    """The columns for which the mapping has no key, and its keys without a column."""


@dataclass(frozen=True, slots=True)
class Header:
    """The header of a sheet: where it stands, and the names over its columns."""

    row: SheetRow
    names: dict[int, str]
    below: tuple[SheetRow, ...]

    def column(self, name: str) -> int | None:
        """Return the column of a name, if there is one. Raise UnreadableSheet if there are two."""
        found = [at for at, one in self.names.items() if plain(one) == plain(name)]
        if len(found) > 1:
            raise UnreadableSheet(
                f"{self.row.place}: the column “{name}” is there twice, and the mapping names it: "
                "rename one of them."
            )
        return found[0] if found else None


def header_of(sheet: Sheet, names: Sequence[str]) -> Header:
    """Return the header of a sheet: of its first rows the one that has most of the names; without
    names, the one with most cells that are words."""
    wanted = {plain(one) for one in names}

    def likeness(row: SheetRow) -> int:
        words = {plain(one) for one in row.cells.values() if isinstance(one, str)}
        return len(words & wanted) if wanted else len(words)

    first = sheet.rows[:_SEARCHED]
    chosen = max(range(len(first)), key=lambda n: (likeness(first[n]), -n))
    row = sheet.rows[chosen]
    named = {at: _name(at, value) for at, value in sorted(row.cells.items())}
    return Header(row, named, sheet.rows[chosen + 1 :])


def _name(at: int, value: Value) -> str:
    return " ".join(shown(value).split()) or f"column {letter(at)}"


def read_register(book: Book, mapping: RegisterMapping) -> Register:
    """Return the rows of a file, read by a mapping. Raise UnreadableSheet if it is no register by
    that mapping."""
    sheets = [sheet for sheet in book.sheets if sheet.rows]
    rows: list[RegisterRow] = []
    rejected: list[Rejected] = []
    left: list[Rejected] = []
    found = 0
    for sheet in sheets:
        header = header_of(sheet, tuple(mapping.columns.values()))
        at = {key: header.column(name) for key, name in mapping.columns.items()}
        columns = {key: column for key, column in at.items() if column is not None}
        if not columns:
            why = "no row of this sheet is read: it has no column that the mapping names"
            left.append(Rejected(sheet.rows[0].place, "", sheet.name or book.file, why))
            continue
        found += 1
        _enough(header, columns, mapping)
        left += _left_out(header, columns, mapping)
        for row in header.below:
            read = _row(_Cells(row, header, columns), mapping, rejected)
            rows += [] if read is None else [read]
    if not found or not (rows or rejected):
        raise UnreadableSheet(
            f"{book.file}: no sheet has a row below columns that the mapping names. Look at the "
            "names of columns in the mapping."
        )
    if len(rows) > MOST_ROWS:
        raise UnreadableSheet(f"{book.file} has more than {MOST_ROWS:,} rows: import it in parts.")
    return Register(mapping, tuple(rows), tuple(rejected), tuple(left))


def _enough(header: Header, columns: dict[str, int], mapping: RegisterMapping) -> None:
    """Raise UnreadableSheet if the rows cannot be known: they need the publisher's number, or the
    report's title and the words."""
    if "publisher_number" in columns or (
        "text" in columns and ("title" in columns or "title" in mapping.given)
    ):
        return
    lacks = [key for key in ("title", "text") if key not in columns and key not in mapping.given]
    raise UnreadableSheet(
        f"{header.row.place}: no column is the one that the mapping names for "
        f"{' and '.join(f'`{key}`' for key in lacks)}. The header has "
        f"{', '.join(f'“{one}”' for one in header.names.values())}."[:600]
    )


def _left_out(header: Header, columns: dict[str, int], mapping: RegisterMapping) -> list[Rejected]:
    """Return the columns for which the mapping has no key, and the keys whose column is not
    there."""
    place = header.row.place
    mapped = set(columns.values())
    filled = {at for row in header.below for at in row.cells}
    unnamed = sorted((filled | set(header.names)) - mapped)
    why = "the mapping has no key for this column: nothing of it is recorded"
    left = [
        Rejected(place, header.names.get(at, f"column {letter(at)}"), "", why) for at in unnamed
    ]
    for key, name in mapping.columns.items():
        if key not in columns:
            why = f"the file has no such column, so `{key}` is left out"
            left.append(Rejected(place, name, key, why))
    return left


class _Cells:
    """The cells of a row by the keys of a mapping."""

    def __init__(self, row: SheetRow, header: Header, columns: dict[str, int]) -> None:
        self._names = {key: header.names[at] for key, at in columns.items()}
        named = {at: header.names[at] for at in columns.values()}
        cells = {at: _as_day(value) for at, value in row.cells.items() if at in named}
        self.fields = Fields(replace(row, cells=cells), named)
        self.is_empty = not cells and row.fault is None
        self.place = row.place

    @property
    def faults(self) -> list[Rejected]:
        return self.fields.faults

    def holds(self, key: str) -> bool:
        return key in self._names and self.fields.holds(self._names[key])

    def read(self, key: str, how: Callable[[str], _Read | None]) -> _Read | None:
        """Return what the cell of a key holds, read by a method of its fields."""
        return how(self._names[key]) if self.holds(key) else None

    def words(self, key: str) -> str | None:
        """Return the words of a cell as it shows them: a number as its figures."""
        return self.read(key, self.fields.line)

    def fault(self, key: str, why: str, value: str | None = None) -> None:
        self.fields.fault(self._names[key], why, value)


def _as_day(value: Value) -> Value:
    """Return the day of a text that programs write for the midnight of a day."""
    found = _MIDNIGHT.fullmatch(value) if isinstance(value, str) else None
    return found[1] if found else value


def _row(cells: _Cells, mapping: RegisterMapping, rejected: list[Rejected]) -> RegisterRow | None:
    """Return a row, or None if it cannot be taken. Add its faults to
    `rejected`."""
    if cells.is_empty:
        return None
    fields, given = cells.fields, mapping.given
    known: dict[str, Any] = {
        "publisher_number": cells.words("publisher_number"),
        "title": cells.words("title") or given.get("title"),
        "published_on": cells.read("published_on", fields.date) or given.get("published_on"),
        "publishers": _several(cells, "publisher", given.get("publisher")),
        "addressees": _several(cells, "addressee", given.get("addressee")),
        "kind": _kind(cells, mapping),
        "number": cells.read("number", fields.number),
        "text": cells.read("text", fields.text),
    }
    if cells.faults:
        rejected += cells.faults
        return None
    known |= {
        "target": cells.read("target", lambda name: fields.target(name, in_words=True)),
        "theme": cells.words("theme"),
        "level": cells.words("level"),
        "status_on": (status_on := cells.read("status_on", fields.date)),
        "statuses": _statuses(cells, mapping, status_on),
        "comment": cells.read("comment", fields.text),
        "response_on": cells.read("response_on", fields.date),
        "response_url": cells.read("response_url", fields.url),
        "looked_on": cells.read("looked_on", fields.date),
        "looked_where": cells.read("looked_where", fields.text),
    }
    rejected += cells.faults
    return RegisterRow(place=cells.place, **known)


def _several(cells: _Cells, key: str, given: str | None) -> tuple[str, ...]:
    """Return the bodies that a cell names, parted by `;`, or the one that is given for all rows."""
    named = cells.read(key, cells.fields.listed) or ((given,) if given else ())
    return tuple(named)


def _kind(cells: _Cells, mapping: RegisterMapping) -> Kind | None:
    word = cells.words("kind")
    if word is None:
        return None
    if (kind := mapping.kinds.get(plain(word))) is not None:
        return kind
    listed = next((one for one in KINDS if plain(one) == plain(word)), None)
    if listed is None:
        cells.fault("kind", "the mapping does not say what this word means: add it to [kinds]")
    return listed


def _statuses(cells: _Cells, mapping: RegisterMapping, on: str | None) -> tuple[StatusRead, ...]:
    """Return the statuses of a row that the mapping explains, its history first."""
    found: list[StatusRead] = []
    for entry in _entries(cells.read("history", cells.fields.text)):
        if (read := _dated(entry)) is None:
            cells.fault("history", f"“{entry[:80]}” is no day with a status: 1 May 2024: Complete")
        elif one := _status(cells, "history", mapping, *read):
            found.append(one)
    word = cells.words("status")
    if word is not None and (on is not None or not cells.holds("status_on")):
        now = _status(cells, "status", mapping, word, on)
        if now is not None and not _told(now, found):
            found.append(now)
    return tuple(found)


def _status(
    cells: _Cells, key: str, mapping: RegisterMapping, word: str, on: str | None
) -> StatusRead | None:
    if (meaning := mapping.statuses.get(plain(word))) is not None:
        return StatusRead(word, meaning, on)
    why = f"the mapping does not say what “{word[:80]}” means: add it to [statuses]"
    cells.fault(key, f"{why}; nothing of it is recorded", word)
    return None


def _told(now: StatusRead, history: Sequence[StatusRead]) -> bool:
    """Return whether the status of now is one of the history: of the same day, or its last."""
    last = max(history, key=lambda one: one.on or "", default=None)
    same = [one for one in history if one.meaning == now.meaning and one.on == now.on]
    return bool(same) or (now.on is None and last is not None and last.meaning == now.meaning)


def _entries(said: str | None) -> list[str]:
    parts = re.split(r"[;\n]", said or "")
    return [" ".join(part.split()) for part in parts if part.strip()]


def _dated(entry: str) -> tuple[str, str] | None:
    """Return the status and the day of an entry of a history: `1 May 2024: Complete`, `Complete (1
    May 2024)`, `Complete on 1 May 2024`."""
    parts = [found.groups()] if (found := _BRACKETED.fullmatch(entry)) else []
    parts += [tuple(entry.split(mark, 1)) for mark in _PARTED if mark in entry]
    parts += [tuple(entry.rsplit(mark, 1)) for mark in _PARTED if mark in entry]
    for one, other in parts:
        for word, said in ((other, one), (one, other)):
            if word.strip() and (day := _day(said.strip())) is not None:
                return word.strip(), day
    return None


def _day(said: str) -> str | None:
    if not any(letter.isdigit() for letter in said) or len(said) > 40:
        return None
    if re.fullmatch(r"(?:19|20|21)[0-9]{2}", said):
        return said
    read = read_date(said)
    return read.on if isinstance(read, DatePhrase) and read.phrase == said else None
