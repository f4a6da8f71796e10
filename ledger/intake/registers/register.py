"""A register as it is read by a mapping: its rows, and what of the file is left out."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from ledger.date_phrases import DatePhrase, read_date
from ledger.events.recommendation import Kind
from ledger.intake.registers.mapping import COLUMNS, KINDS, RegisterMapping, RegisterRow, StatusRead
from ledger.intake.sheets.cells import Book, Rejected, SheetRow, UnreadableSheet, Value, letter
from ledger.intake.sheets.fields import Fields, Header, header_of, plain_name, read_row

MOST_ROWS = 5_000
_MIDNIGHT = re.compile(r"([0-9]{4}-[0-9]{2}-[0-9]{2})[T ]00:00(?::00(?:\.0+)?)?(?:Z|\+00:00)?")
_INSPECTORS = re.compile(
    r"(?:inspector(?:ate)?|hmic(?:frs)?)(?:['’]?s['’]?)? (?:comment|remark|note|view|finding)s?",
    re.IGNORECASE,
)
_KNOWN_BY = (
    "publisher number", "title", "published on", "publisher", "addressee", "kind", "number", "text",
)  # fmt: skip
"""The columns by which a row is known: with a fault in one of them it is not taken."""
_PARTED = (": ", " - ", " – ", " — ", " on ", ", ", ":")
_BRACKETED = re.compile(r"(.+?)\s*\(([^()]+)\)")


@dataclass(frozen=True, slots=True)
class Register:
    """The rows of a file, read by a mapping. `rows` were taken; each other row has an entry in
    `rejected`, as has each cell that is not taken."""

    mapping: RegisterMapping
    rows: tuple[RegisterRow, ...]
    rejected: tuple[Rejected, ...]
    columns_left: tuple[Rejected, ...]
    """The columns for which the mapping has no key, and its keys without a column."""


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
            read = _row(row, header, columns, mapping, rejected)
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


def _as_day(value: Value) -> Value:
    """Return the day of a text that programs write for the midnight of a day."""
    found = _MIDNIGHT.fullmatch(value) if isinstance(value, str) else None
    return found[1] if found else value


def _row(
    row: SheetRow,
    header: Header,
    columns: Mapping[str, int],
    mapping: RegisterMapping,
    rejected: list[Rejected],
) -> RegisterRow | None:
    """Return a row, or None if it cannot be taken. Add its faults to `rejected`."""
    keys = {at: key.replace("_", " ") for key, at in columns.items()}
    cells = {at: _as_day(value) for at, value in row.cells.items() if at in keys}
    if not cells and row.fault is None:
        return None
    names = {key: header.names[at] for at, key in keys.items()}
    fields, given = Fields(replace(row, cells=cells), keys, names), mapping.given
    read = read_row(RegisterRow, COLUMNS, fields)
    known = replace(
        read,
        title=read.title or given.get("title"),
        published_on=read.published_on or given.get("published_on"),
        publishers=read.publishers or _given(given, "publisher"),
        addressees=read.addressees or _given(given, "addressee"),
        kind=_kind(read.kind, fields, mapping),
        comment_by=read.comment_by or given.get("comment_by") or _by_its_name(names),
        statuses=_statuses(read, fields, mapping),
    )
    rejected += fields.faults
    needed = {"", *(names.get(key, key) for key in _KNOWN_BY)}
    return None if any(one.column in needed for one in fields.faults) else known


def _given(given: Mapping[str, str], key: str) -> tuple[str, ...]:
    return (given[key],) if key in given else ()


def _by_its_name(names: Mapping[str, str]) -> str | None:
    """Return `publisher` if the name of the column says that its comments are the inspectorate's
    own: `Inspector’s remarks`."""
    return "publisher" if _INSPECTORS.fullmatch(names.get("comment", "")) else None


def _kind(word: str | None, fields: Fields, mapping: RegisterMapping) -> Kind | None:
    if word is None:
        return None
    if (kind := mapping.kinds.get(plain_name(word))) is not None:
        return kind
    listed = next((one for one in KINDS if plain_name(one) == plain_name(word)), None)
    if listed is None:
        fields.fault("kind", "the mapping does not say what this word means: add it to [kinds]")
    return listed


def _statuses(row: RegisterRow, fields: Fields, mapping: RegisterMapping) -> tuple[StatusRead, ...]:
    """Return the statuses of a row that the mapping explains, its history first."""
    found: list[StatusRead] = []
    for entry in _entries(row.history):
        if (read := _dated(entry)) is None:
            fields.fault("history", f"“{entry[:80]}” is no day with a status: 1 May 2024: Complete")
        elif one := _status(fields, "history", mapping, *read):
            found.append(one)
    if row.status is not None and (row.status_on is not None or not fields.holds("status on")):
        now = _status(fields, "status", mapping, row.status, row.status_on)
        if now is not None and not _told(now, found):
            found.append(now)
    return tuple(found)


def _status(
    fields: Fields, key: str, mapping: RegisterMapping, word: str, on: str | None
) -> StatusRead | None:
    if (meaning := mapping.statuses.get(plain_name(word))) is not None:
        return StatusRead(word, meaning, on)
    why = f"the mapping does not say what “{word[:80]}” means: add it to [statuses]"
    fields.fault(key, f"{why}; nothing of it is recorded", word)
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
