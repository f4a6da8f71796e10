"""Sheets that people fill in: templates of a backlog, and the updates sheet of a force, with the
rows of it that were not taken."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from pathlib import Path

from api.files.writers import Format, SheetOut, file_of, writable
from ledger.events.streams import key_of
from ledger.intake.sheets.cells import Rejected
from ledger.intake.sheets.layout import HELP, LAYOUT, Column, SheetKind
from ledger.intake.sheets.updates import (
    ASKED,
    COLUMNS,
    GIVEN,
    NOT_TAKEN,
    SHEET,
    Updates,
    check_of,
)
from projections.questions.exports import OpenQuestion, OpenRecommendation

_BLANK_ROWS = 1_000
_HELP = (
    Column("sheet", ""),
    Column("column", ""),
    Column("needed", ""),
    Column("what it holds", "", width=80),
    Column("one of", "", width=60),
)


def write_template(path: Path, form: Format, kind: SheetKind | None = None) -> None:
    """Write a template at `path`: all the sheets and `help`, or only the sheet `kind`, which a .csv
    needs."""
    kinds = tuple(LAYOUT) if kind is None else (kind,)
    if form == "csv" and kind is None:
        raise ValueError("A .csv has one sheet: say which of them.")
    sheets = [SheetOut(each, LAYOUT[each], (), _BLANK_ROWS) for each in kinds]
    sheets.append(_help_sheet({each: LAYOUT[each] for each in kinds}))
    path.write_bytes(file_of(sheets, form))


def _help_sheet(layout: dict[SheetKind, tuple[Column, ...]]) -> SheetOut:
    rows = tuple(
        (kind, column.name, "yes" if column.needed else "", column.says, ", ".join(column.words))
        for kind, columns in layout.items()
        for column in columns
    )
    return SheetOut(HELP, _HELP, rows)


_LONGEST = 4_000
"""The most characters of a recommendation's text in a row."""


def updates_sheet(rows: Iterable[OpenRecommendation], form: Format) -> bytes:
    """Return the file to send to the force. If it comes back unchanged, it gives no updates."""
    sheet = SheetOut(SHEET, COLUMNS, tuple(map(_written, rows)))
    return file_of([sheet, _help(COLUMNS)], form)


def sheet_of_rejected(
    updates: Updates, rejected: Iterable[Rejected], now: Iterable[OpenRecommendation], form: Format
) -> bytes:
    """Return the rows that were not taken, as they were filled in, each with the reason. A row
    whose recommendation has changed since gets its present columns (`now`), so that its sender sees
    them."""
    fresh = {(one.report, key_of(one.number), one.addressee): _written(one) for one in now}
    read = {row.place.row: (row.report, row.key, row.addressee) for row in updates.rows}
    why: dict[int, list[Rejected]] = defaultdict(list)
    for one in rejected:
        why[one.place.row].append(one)
    rows: list[tuple[str | int, ...]] = []
    for number, faults in sorted(why.items()):
        said: dict[str, str | int] = dict(updates.filled.get(number, {}))
        moved_on = any(one.column == "version" for one in faults)
        if moved_on and (given := fresh.get(read.get(number, ("", "", "")))) is not None:
            said |= dict(zip((column.name for column in GIVEN), given, strict=False))
        reasons = (f"{one.column}: {one.reason}" if one.column else one.reason for one in faults)
        cells = (said.get(column.name, "") for column in COLUMNS)
        if said:
            again = (cell if isinstance(cell, int) else writable(cell) for cell in cells)
            rows.append((*again, f"{'; '.join(dict.fromkeys(reasons))}."))
    columns = (*COLUMNS, NOT_TAKEN)
    return file_of([SheetOut(SHEET, columns, rows), _help(columns)], form)


def _help(columns: Sequence[Column]) -> SheetOut:
    explained = tuple((column.name, column.says, ", ".join(column.words)) for column in columns)
    names = (Column("column", ""), Column("what it holds", "", width=80), Column("one of", ""))
    return SheetOut(HELP, names, explained)


def _question(one: OpenQuestion) -> str:
    by = f" (reply by {one.reply_by})" if one.reply_by else ""
    return f"{one.entry}: {one.question}{by}"


def _written(row: OpenRecommendation) -> tuple[str | int, ...]:
    text = writable(row.text)
    if len(text) > _LONGEST:
        text = f"{text[: _LONGEST - 1]}…"
    return (
        row.report,
        writable(row.title),
        row.number,
        row.addressee,
        text,
        row.status,
        row.target or "",
        row.last_update_on or "",
        "\n".join(map(_question, row.questions)),
        row.version,
        check_of(row.report, row.number, row.addressee, row.version, text),
        *("" for _ in ASKED),
    )
