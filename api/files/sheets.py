"""Sheets that people fill in: templates of a backlog, and the updates sheet of a force, with the
rows of it that were not taken."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path
from textwrap import shorten

from api.files.writers import Format, SheetOut, file_of, writable
from ledger.dates import in_words
from ledger.events.streams import key_of
from ledger.intake.sheets.cells import Rejected
from ledger.intake.sheets.layout import HELP, LAYOUT, Column, SheetKind
from ledger.intake.sheets.updates import (
    COLUMNS,
    NOT_TAKEN,
    QUESTION,
    QUESTION_ID,
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
_ON_PAPER = 200
"""The first column has so many of them: fifteen rows then stand on a sheet of paper."""
_SHORT = 40
"""A title has so many, and a target in words."""
_STATUSES = {"refused": "closure refused"}


def updates_sheet(rows: Iterable[OpenRecommendation], form: Format) -> bytes:
    """Return the file to send to the force. If it comes back unchanged, it gives no updates."""
    written = [_cells(COLUMNS, cells) for row in rows for cells in _written(row)]
    return _file(COLUMNS, written, form)


def sheet_of_rejected(
    updates: Updates, rejected: Iterable[Rejected], now: Iterable[OpenRecommendation], form: Format
) -> bytes:
    """Return the rows that were not taken, as they were filled in, each with the reason. A row
    whose recommendation has changed since gets its present columns (`now`), so that its sender sees
    them."""
    fresh = {(one.report, key_of(one.number), one.addressee): one for one in now}
    read = {row.place.row: (row.report, row.key, row.addressee) for row in updates.rows}
    why: dict[int, list[Rejected]] = defaultdict(list)
    for one in rejected:
        why[one.place.row].append(one)
    columns = (NOT_TAKEN, *COLUMNS)
    rows = []
    for number, faults in sorted(why.items()):
        said: Cells = {
            name: writable(cell) for name, cell in updates.filled.get(number, {}).items()
        }
        moved_on = any(one.column == "version" for one in faults)
        if moved_on and (given := fresh.get(read.get(number, ("", "", "")))) is not None:
            asked = _written(given)
            same = (one for one in asked if one[QUESTION_ID] == said.get(QUESTION_ID, ""))
            said |= next(same, asked[0])
        reasons = (f"{one.column}: {one.reason}" if one.column else one.reason for one in faults)
        if said:
            said |= {NOT_TAKEN.name: f"{'; '.join(dict.fromkeys(reasons))}."}
            rows.append(_cells(columns, said))
    return _file(columns, rows, form)


Cells = dict[str, str | int]
"""The cells of a row, by column."""


def _file(columns: Sequence[Column], rows: list[list[str | int]], form: Format) -> bytes:
    """Return a file with a sheet of updates, and with what its columns mean."""
    headed = [replace(one, name=_capital(one.name)) for one in columns]
    explained = tuple((one.name, one.says, ", ".join(one.words)) for one in headed if not one.apart)
    names = (Column("Column"), Column("What it holds", width=80), Column("One of", width=40))
    help_ = SheetOut(HELP, names, explained, paper=False)
    return file_of([SheetOut(SHEET, headed, rows, paper=True), help_], form)


def _cells(columns: Sequence[Column], said: Cells) -> list[str | int]:
    return [said.get(column.name, "") for column in columns]


def _written(row: OpenRecommendation) -> list[Cells]:
    """Return the given cells of a recommendation: a row for each of its open questions, or one."""
    whole = writable(row.text)
    text = shorten(whole, _ON_PAPER, placeholder=" …")
    if is_cut := text != " ".join(whole.split()):
        whole = shorten(whole, _LONGEST, placeholder=" …")
    status = _STATUSES.get(row.status, row.status.replace("_", " "))
    stands = f"{_capital(status)}."
    if row.target:
        stands += f" Target: {shorten(row.target, _SHORT, placeholder=' …')}."
    if row.last_update_on:
        stands += f" Last update: {in_words(row.last_update_on)}."
    given: Cells = {
        "recommendation": text,
        "from": f"{row.number}, {shorten(writable(row.title), _SHORT, placeholder=' …')}",
        "stands": writable(stands.replace("….", "…")),
        "report": row.report,
        "number": row.number,
        "addressee": row.addressee,
        "version": row.version,
        "whole words": whole if is_cut else "",
    }
    return [
        given
        | {
            QUESTION: _question(one) if one else "",
            QUESTION_ID: one.entry if one else "",
            "check": check_of(
                row.report, row.number, row.addressee, row.version, text, one.entry if one else ""
            ),
        }
        for one in row.questions or (None,)
    ]


def _question(one: OpenQuestion) -> str:
    by = f" (Reply by {in_words(one.reply_by)}.)" if one.reply_by else ""
    return writable(f"{one.question}{by}")


def _capital(name: str) -> str:
    return name[:1].upper() + name[1:]
