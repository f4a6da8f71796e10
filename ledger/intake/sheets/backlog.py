"""The reading of a backlog: the rows of each kind of sheet, and what is wrong with a row by
itself."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from ledger.events.streams import key_of
from ledger.intake.sheets.cells import Book, Rejected, Sheet, UnreadableSheet
from ledger.intake.sheets.fields import Fields, fits, header_of, plain_name, read_header, read_row
from ledger.intake.sheets.layout import (
    FIELDS,
    HELP,
    LAYOUT,
    ROWS,
    Backlog,
    ExplanationRow,
    RecommendationRow,
    ResponseRow,
    SheetKind,
)


def read_backlog(books: Sequence[Book]) -> Backlog:
    """Return what one or more files say together. `UnreadableSheet` for a header that is not
    understood.

    Rows may refer to rows of another file of the same call, or to what is recorded already.
    """
    rows: dict[SheetKind, list[Any]] = {kind: [] for kind in LAYOUT}
    faulty: dict[SheetKind, list[Any]] = {kind: [] for kind in LAYOUT}
    rejected: list[Rejected] = []
    sheets = [sheet for book in books for sheet in book.sheets if sheet.rows]
    for sheet in sheets:
        if plain_name(sheet.name) == HELP:
            continue
        kind = _kind(sheet, alone=len(sheets) == 1)
        if kind is None:
            row = sheet.rows[0]
            names = ", ".join(LAYOUT)
            why = f"no row of this sheet is read: its name is none of {names}"
            rejected.append(Rejected(row.place, "", sheet.name, why))
            continue
        header = read_header(sheet, LAYOUT[kind])
        for row in header.below:
            fields = Fields(row, header.names)
            read = _together(read_row(ROWS[kind], FIELDS[kind], fields), fields)
            (faulty if fields.faults else rows)[kind].append(read)
            rejected += fields.faults
    backlog = Backlog(rows, faulty, tuple(rejected))
    if not (backlog.count or rejected):
        files = ", ".join(book.file for book in books)
        raise UnreadableSheet(f"{files}: there is no row below a header.")
    return backlog


def _kind(sheet: Sheet, *, alone: bool) -> SheetKind | None:
    """Return the kind of a sheet, by its name or its header; a file's only sheet may have any
    name."""
    by_name = {plain_name(kind): kind for kind in LAYOUT}.get(plain_name(sheet.name))
    if by_name is not None:
        return by_name
    for kind, columns in LAYOUT.items():
        if fits(sheet, columns):
            return kind
    if sheet.name and not alone:
        return None
    names = {kind: [column.name for column in columns] for kind, columns in LAYOUT.items()}
    return max(names, key=lambda kind: header_of(sheet, names[kind]).likeness(names[kind]))


def _together(row: Any, fields: Fields) -> Any:
    """Return a row; add faults where its fields do not go together."""
    match row:
        case RecommendationRow() if row.parent and row.number:
            if key_of(row.parent) == row.key:
                fields.fault("parent", "it is its own number")
        case ResponseRow():
            _response_together(row, fields)
            if row.text is None and not fields.holds("parts"):
                return replace(row, parts=())
        case ExplanationRow():
            if row.stance == "no_action" and not fields.holds("reason"):
                fields.fault("reason", "it is empty, and the stance no_action needs it")
            if row.stance != "no_action" and fields.holds("reason"):
                fields.fault("reason", "only the stance no_action takes a reason")
            if row.how == "not_found" and fields.holds("text"):
                fields.fault("text", "there is a passage, though how says not_found")
        case _:
            pass
    return row


def _response_together(row: ResponseRow, fields: Fields) -> None:
    if row.rule == "manual":
        if not fields.holds("due on"):
            fields.fault("due on", "it is empty, and the rule manual needs it")
        if row.source is None:
            fields.fault("source note", "a due date given by hand needs a source: url or note")
    elif fields.holds("due on"):
        fields.fault("due on", "only the rule manual takes a due date; other rules count it")
    if fields.holds("welsh text") and not fields.holds("text"):
        fields.fault("text", "it is empty, though its text in Welsh is given: give both")
    if fields.holds("welsh url") and not fields.holds("welsh text"):
        fields.fault("welsh text", "it is empty, though its address is given: give both")
    if fields.holds("parts") and not any(map(fields.holds, ("text", "url", "published on"))):
        why = "it is empty, though there are parts: give the response, its address or its day"
        fields.fault("text", why)
