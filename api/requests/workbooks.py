"""Writes sheets as .csv, .xlsx or .ods, so that nothing in them becomes a formula or a link;
templates, which are sheets to fill in; and the sheet that goes to a force, and comes back with what
was not taken."""

import csv
import io
import re
import zipfile
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from typing import BinaryIO, Literal
from xml.sax.saxutils import escape, quoteattr

from ledger.errors import AnswerableError
from ledger.events.streams import key_of
from ledger.intake.sheets.cells import Rejected
from ledger.intake.sheets.layout import HELP, LAYOUT, Column, SheetKind
from ledger.intake.sheets.open_sheet import guarded
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

Format = Literal["csv", "xlsx", "ods"]
FORMATS: tuple[Format, ...] = ("csv", "xlsx", "ods")
_NOT_IN_XML = re.compile("[^\t\n\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_MOST_IN_EXCEL = 32_767
_BLANK_ROWS = 1_000
_HELP = (
    Column("sheet", ""),
    Column("column", ""),
    Column("needed", ""),
    Column("what it holds", "", width=80),
    Column("one of", "", width=60),
)


class TooLarge(AnswerableError):
    """More than a part of a package holds."""


@dataclass(frozen=True, slots=True)
class SheetOut:
    """A sheet to write: its header, its rows, and how many empty rows are ready to be filled in."""

    name: str
    columns: Sequence[Column]
    rows: Iterable[Sequence[str | int | None]]
    """They may come from anywhere, one after the other."""
    blank: int = 0


def writable(text: str) -> str:
    """A text as all three kinds of file can hold it: what they cannot becomes U+FFFD."""
    if text.isprintable():  # as most are: nothing that XML cannot hold is
        return text
    return _NOT_IN_XML.sub("\ufffd", text.replace("\r\n", "\n").replace("\r", "\n"))


def file_of(sheets: Sequence[SheetOut], form: Format) -> bytes:
    """One file with these sheets; a .csv has the first alone. The same sheets give the same bytes.

    ValueError for a text that is too long for a cell of Excel.
    """
    match form:
        case "csv":
            return _csv(sheets[0])
        case "xlsx":
            return _xlsx(sheets)
        case "ods":
            data = io.BytesIO()
            write_ods(data, sheets)
            return data.getvalue()


def write_sheets(sheets: Sequence[SheetOut], path: Path, form: Format) -> None:
    """The file of these sheets, at a path. ValueError as `file_of`."""
    path.write_bytes(file_of(sheets, form))


def write_template(path: Path, form: Format, kind: SheetKind | None = None) -> None:
    """A template at `path`: all the sheets and `help`, or the one `kind`, which .csv needs."""
    kinds = tuple(LAYOUT) if kind is None else (kind,)
    if form == "csv" and kind is None:
        raise ValueError("A .csv has one sheet: say which of them.")
    sheets = [SheetOut(each, LAYOUT[each], (), _BLANK_ROWS) for each in kinds]
    write_sheets([*sheets, _help_sheet({each: LAYOUT[each] for each in kinds})], path, form)


def _help_sheet(layout: dict[SheetKind, tuple[Column, ...]]) -> SheetOut:
    rows = tuple(
        (kind, column.name, "yes" if column.needed else "", column.says, ", ".join(column.words))
        for kind, columns in layout.items()
        for column in columns
    )
    return SheetOut(HELP, _HELP, rows)


def _csv(sheet: SheetOut) -> bytes:
    """With the mark by which Excel knows UTF-8."""
    text = io.StringIO()
    out = csv.writer(text, quoting=csv.QUOTE_ALL, lineterminator="\r\n")
    out.writerow(column.name for column in sheet.columns)
    for row in sheet.rows:
        out.writerow(guarded(value) if isinstance(value, str) else value for value in row)
    return text.getvalue().encode("utf-8-sig")


def _xlsx(sheets: Sequence[SheetOut]) -> bytes:
    import xlsxwriter  # only where one is written

    data = io.BytesIO()
    book = xlsxwriter.Workbook(
        data,
        {
            "in_memory": True,
            "strings_to_formulas": False,
            "strings_to_urls": False,
            "strings_to_numbers": False,
        },
    )
    book.set_properties({"created": datetime(2000, 1, 1)})  # noqa: DTZ001, so that bytes repeat
    given = book.add_format({"bold": True, "bg_color": "#D9D9D9", "text_wrap": True})
    asked = book.add_format({"bold": True, "bg_color": "#FFF2CC", "text_wrap": True})
    text = book.add_format({"num_format": "@", "text_wrap": True, "valign": "top"})
    for sheet in sheets:
        page = book.add_worksheet(sheet.name)
        page.freeze_panes(1, 0)
        rows = tuple(sheet.rows)
        last = len(rows) + sheet.blank
        for number, column in enumerate(sheet.columns):
            page.set_column(number, number, column.width, text)
            page.write_string(0, number, column.name, given if column.given else asked)
            if column.says:
                page.write_comment(0, number, column.says)
            if last and _has_list(column):
                page.data_validation(
                    1,
                    number,
                    last,
                    number,
                    {
                        "validate": "list",
                        "source": list(column.words),
                        "error_type": "information",
                        "error_message": "One of the words of the list, please.",
                    },
                )
        for row, values in enumerate(rows, start=1):
            for number, value in enumerate(values):
                if isinstance(value, int):
                    page.write_number(row, number, value)
                elif value and len(value) > _MOST_IN_EXCEL:
                    raise ValueError(f"A cell of Excel holds {_MOST_IN_EXCEL:,} characters.")
                elif value:
                    page.write_string(row, number, value, text)
        if rows:
            page.autofilter(0, 0, len(rows), len(sheet.columns) - 1)
    book.close()
    return data.getvalue()


_MIMETYPE = "application/vnd.oasis.opendocument.spreadsheet"
_URN = "urn:oasis:names:tc:opendocument:xmlns"
_MANIFEST = f"""<?xml version="1.0" encoding="UTF-8"?>
<manifest:manifest xmlns:manifest="{_URN}:manifest:1.0" manifest:version="1.3">
<manifest:file-entry manifest:full-path="/" manifest:version="1.3" \
manifest:media-type="{_MIMETYPE}"/>
<manifest:file-entry manifest:full-path="content.xml" manifest:media-type="text/xml"/>
</manifest:manifest>
"""
# `text` is the format in which what one types stays as typed.
_HEAD = f"""<?xml version="1.0" encoding="UTF-8"?>
<office:document-content xmlns:office="{_URN}:office:1.0" xmlns:table="{_URN}:table:1.0" \
xmlns:text="{_URN}:text:1.0" xmlns:style="{_URN}:style:1.0" \
xmlns:number="{_URN}:datastyle:1.0" xmlns:of="{_URN}:of:1.2" \
xmlns:fo="{_URN}:xsl-fo-compatible:1.0" office:version="1.3">
<office:automatic-styles>
<number:text-style style:name="as-typed"><number:text-content/></number:text-style>
<style:style style:name="text" style:family="table-cell" style:data-style-name="as-typed">\
<style:table-cell-properties fo:wrap-option="wrap"/></style:style>
<style:style style:name="given" style:family="table-cell">\
<style:table-cell-properties fo:background-color="#d9d9d9"/>\
<style:text-properties fo:font-weight="bold"/></style:style>
<style:style style:name="asked" style:family="table-cell">\
<style:table-cell-properties fo:background-color="#fff2cc"/>\
<style:text-properties fo:font-weight="bold"/></style:style>
"""
_SPACES = re.compile(r"^ +| {2,}| +$")
QUICK = 3
"""How hard a package is compressed: a fifth larger than by 6, in half of the time."""
_AT_ONCE = 250
"""So many pieces of a part are written at once."""
REMEMBERED = 1_000
"""So many cells are remembered: a name, a word or a day, which other rows have too, is not written
out again, and long texts take little memory."""


def write_ods(file: BinaryIO, sheets: Sequence[SheetOut]) -> None:
    """An OpenDocument spreadsheet (1.3), row by row. Texts must hold only what XML 1.0 can."""
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED, compresslevel=QUICK) as package:
        # First and not compressed, so that the kind of file can be told from its first bytes.
        package.writestr(zipfile.ZipInfo("mimetype"), _MIMETYPE)
        write_part(package, "META-INF/manifest.xml", [_MANIFEST])
        write_part(package, "content.xml", _content(sheets))


def write_part(package: zipfile.ZipFile, name: str, pieces: Iterable[str]) -> None:
    """A part of a package, in UTF-8, piece by piece. The same pieces give the same bytes.

    TooLarge where it holds more than what every program reads (without ZIP64).
    """
    written = 0
    with package.open(name, "w") as part:
        for some in _gathered(pieces):
            data = some.encode("utf-8")
            if (written := written + len(data)) > zipfile.ZIP64_LIMIT:
                raise TooLarge("A sheet holds 2 GB of text, and there is more: write a .csv.")
            part.write(data)


def _gathered(pieces: Iterable[str]) -> Iterator[str]:
    """The same text in fewer pieces: each is hashed and compressed by itself."""
    held: list[str] = []
    for piece in pieces:
        held.append(piece)
        if len(held) == _AT_ONCE:
            yield "".join(held)
            held.clear()
    yield "".join(held)


def _content(sheets: Sequence[SheetOut]) -> Iterator[str]:
    yield _HEAD
    for width in sorted({column.width for sheet in sheets for column in sheet.columns}):
        yield (
            f'<style:style style:name="w{width}" style:family="table-column">'
            f'<style:table-column-properties style:column-width="{width * 2}mm"/></style:style>\n'
        )
    yield "</office:automatic-styles><office:body><office:spreadsheet>\n"
    yield "<table:content-validations>"
    for sheet in sheets:
        for number, column in enumerate(sheet.columns):
            if _has_list(column):
                yield _validation(sheet.name, number, column)
    yield "</table:content-validations>\n"
    for sheet in sheets:
        yield from _table(sheet)
    yield "</office:spreadsheet></office:body></office:document-content>\n"


def _table(sheet: SheetOut) -> Iterator[str]:
    yield f"<table:table table:name={quoteattr(sheet.name)}>"
    for column in sheet.columns:
        yield (
            f'<table:table-column table:style-name="w{column.width}" '
            'table:default-cell-style-name="text"/>'
        )
    yield "\n<table:table-header-rows><table:table-row>"
    for column in sheet.columns:
        yield _cell(column.name, f'table:style-name="{"given" if column.given else "asked"}"')
    yield "</table:table-row></table:table-header-rows>\n"
    attributes = [
        'table:style-name="text"'
        + (f' table:content-validation-name="{_list(sheet.name, n)}"' if _has_list(column) else "")
        for n, column in enumerate(sheet.columns)
    ]
    again = lru_cache(REMEMBERED)(_cell)
    for row in sheet.rows:
        cells = "".join(map(again, row, attributes))
        yield f"<table:table-row>{cells}</table:table-row>\n"
    if sheet.blank:
        yield f'<table:table-row table:number-rows-repeated="{sheet.blank}">'
        yield from (_cell("", attribute) for attribute in attributes)
        yield "</table:table-row>\n"
    yield "</table:table>\n"


def _cell(value: str | int | None, attributes: str) -> str:
    if value is None or value == "":
        return f"<table:table-cell {attributes}/>"
    kind = 'office:value-type="string"'
    if isinstance(value, int):
        kind = f'office:value-type="float" office:value="{value}"'
    lines = writable(str(value)).split("\n")
    said = "".join([f"<text:p>{_spaced(line)}</text:p>" for line in lines])
    return f"<table:table-cell {attributes} {kind}>{said}</table:table-cell>"


def _spaced(line: str) -> str:
    """A line in which no white space is lost."""
    if line.isprintable() and _SPACES.search(line) is None:
        return escape(line)
    parts = []
    for part in re.split(r"(\t)", line):
        if part == "\t":
            parts.append("<text:tab/>")
            continue
        end = 0
        for spaces in _SPACES.finditer(part):
            parts.append(escape(part[end : spaces.start()]))
            parts.append(f'<text:s text:c="{len(spaces[0])}"/>')
            end = spaces.end()
        parts.append(escape(part[end:]))
    return "".join(parts)


def _has_list(column: Column) -> bool:
    return bool(column.words) and not column.many


def _list(sheet: str, number: int) -> str:
    return f"{sheet}-{number}"


def _validation(sheet: str, number: int, column: Column) -> str:
    words = ";".join(f'"{word}"' for word in column.words)
    condition = f"of:cell-content-is-in-list({words})"
    return (
        f'<table:content-validation table:name="{_list(sheet, number)}" '
        f"table:condition={quoteattr(condition)} "
        f'table:allow-empty-cell="true" table:base-cell-address="$\'{sheet}\'.A1">'
        '<table:error-message table:message-type="information" table:display="true"/>'
        "</table:content-validation>"
    )


_LONGEST = 4_000
"""How much of a recommendation's text a row has."""


def updates_sheet(rows: Iterable[OpenRecommendation], form: Format) -> bytes:
    """The file to send to the force. Read back untouched, it gives no updates."""
    sheet = SheetOut(SHEET, COLUMNS, tuple(map(_written, rows)))
    return file_of([sheet, _help(COLUMNS)], form)


def sheet_of_rejected(
    updates: Updates, rejected: Iterable[Rejected], now: Iterable[OpenRecommendation], form: Format
) -> bytes:
    """The rows that were not taken, as they were filled in, each with why. One that its record has
    moved on from stands beside how that is `now`: whoever sends it again has seen it."""
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
