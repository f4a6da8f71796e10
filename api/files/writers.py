"""A writer for each kind of sheet (.csv, .xlsx, .ods), without formulas or links."""

import csv
import io
import re
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any, BinaryIO, Literal
from xml.sax.saxutils import escape, quoteattr

from ledger.errors import AnswerableError
from ledger.intake.sheets.cells import letter
from ledger.intake.sheets.layout import Column
from ledger.intake.sheets.open_sheet import guarded

Value = str | int | None
GREY = "#767676"
"""The colour of what is for programs: still readable on white."""
Format = Literal["csv", "xlsx", "ods"]
FORMATS: tuple[Format, ...] = ("csv", "xlsx", "ods")
MOST_IN_EXCEL = 32_767
"""The most characters of a cell in Excel."""
_NOT_IN_XML = re.compile("[^\t\n\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


class TooLarge(AnswerableError):
    """A part of a package would be too large for it."""


@dataclass(frozen=True, slots=True)
class SheetOut:
    """A sheet to write: its header, its rows, and the number of empty rows to fill in."""

    name: str
    columns: Sequence[Column]
    rows: Iterable[Sequence[Value]]
    """They may be produced one after the other."""
    blank: int = 0
    paper: bool | None = None
    """Not None: it prints as wide as a page, without the columns that are `apart`. False: it does
    not print at all, in the files that can say so."""

    @property
    def printed(self) -> int:
        """The number of columns that print: those that are apart come last."""
        return sum(not column.apart for column in self.columns)


def writable(text: str) -> str:
    """Return a text that all three kinds of file can hold: other characters become U+FFFD."""
    if text.isprintable():  # most texts: XML can hold every printable character
        return text
    return _NOT_IN_XML.sub("\ufffd", text.replace("\r\n", "\n").replace("\r", "\n"))


def write(file: BinaryIO, sheets: Sequence[SheetOut], form: Format) -> None:
    """Write one file with these sheets; a .csv has only the first. The same sheets give the same
    bytes.

    Raise ValueError for a text that is too long for a cell of Excel.
    """
    match form:
        case "csv":
            write_csv(file, sheets[0])
        case "xlsx":
            write_xlsx(file, sheets)
        case "ods":
            write_ods(file, sheets)


def file_of(sheets: Sequence[SheetOut], form: Format) -> bytes:
    """Return the bytes of a file with these sheets. Raise ValueError as `write` does."""
    data = io.BytesIO()
    write(data, sheets, form)
    return data.getvalue()


def write_csv(file: BinaryIO, sheet: SheetOut) -> None:
    """Write a .csv, with the mark by which Excel recognises UTF-8."""
    text = io.TextIOWrapper(file, encoding="utf-8-sig", newline="", write_through=True)
    out = csv.writer(text, quoting=csv.QUOTE_NONNUMERIC, lineterminator="\r\n")
    again = lru_cache(REMEMBERED)(guarded)
    out.writerow(column.name for column in sheet.columns)
    for row in sheet.rows:
        out.writerow([again(value) if isinstance(value, str) else value for value in row])
    text.flush()
    text.detach()


def write_xlsx(file: BinaryIO, sheets: Sequence[SheetOut]) -> None:
    """Write a workbook of Excel, row by row."""
    import xlsxwriter  # imported on first use

    book = xlsxwriter.Workbook(file, {"constant_memory": True})
    book.set_properties({"created": datetime(2000, 1, 1)})  # noqa: DTZ001, so that bytes repeat
    given = book.add_format({"bold": True, "bg_color": "#D9D9D9", "text_wrap": True})
    asked = book.add_format({"bold": True, "bg_color": "#FFF2CC", "text_wrap": True})
    text = book.add_format({"num_format": "@", "text_wrap": True, "valign": "top", "font_size": 10})
    apart = book.add_format({"num_format": "@", "valign": "top", "font_color": GREY})
    try:
        for sheet in sheets:
            page = book.add_worksheet(sheet.name)
            page.freeze_panes(1, 0)
            is_filled_in = not all(column.given for column in sheet.columns)
            for number, column in enumerate(sheet.columns):
                cell = apart if column.apart else text if is_filled_in else None
                page.set_column(number, number, column.width, cell)
                head = apart if column.apart else given if column.given else asked
                page.write_string(0, number, column.name, head)
                if column.says:
                    page.write_comment(0, number, column.says)
            last = _write_rows(page, sheet.rows)
            if last:
                page.autofilter(0, 0, last, len(sheet.columns) - 1)
            if sheet.paper is not None:
                _set_paper(page, last, sheet.printed)
            for number, column in enumerate(sheet.columns):
                if last + sheet.blank and _has_list(column):
                    page.data_validation(1, number, last + sheet.blank, number, _choice(column))
    finally:
        book.close()  # even if a row is refused: each page has a temporary file


def _set_paper(page: Any, last: int, columns: int) -> None:
    """Have a sheet print on A4 across, as wide as the page, with its header on each."""
    page.set_paper(9)
    page.set_landscape()
    page.set_margins(left=0.4, right=0.4, top=0.4, bottom=0.6)
    page.fit_to_pages(1, 0)
    page.repeat_rows(0)
    page.print_area(0, 0, last, columns - 1)
    page.hide_gridlines(0)  # they print
    page.set_footer("&C&P / &N")


def _write_rows(page: Any, rows: Iterable[Sequence[Value]]) -> int:
    """Write rows below the header; return the number of the last one."""
    last = 0
    for last, row in enumerate(rows, start=1):
        for number, value in enumerate(row):
            if isinstance(value, int):
                page.write_number(last, number, value)
            elif value:
                if len(value) > MOST_IN_EXCEL:
                    raise ValueError(f"A cell of Excel holds {MOST_IN_EXCEL:,} characters.")
                page.write_string(last, number, value)
    return last


def _choice(column: Column) -> dict[str, object]:
    """Return the list of a column's words in XlsxWriter's form."""
    return {
        "validate": "list",
        "source": list(column.words),
        "error_type": "information",
        "error_message": "One of the words of the list, please.",
    }


_MIMETYPE = "application/vnd.oasis.opendocument.spreadsheet"
_URN = "urn:oasis:names:tc:opendocument:xmlns"
_MANIFEST = f"""<?xml version="1.0" encoding="UTF-8"?>
<manifest:manifest xmlns:manifest="{_URN}:manifest:1.0" manifest:version="1.3">
<manifest:file-entry manifest:full-path="/" manifest:version="1.3" \
manifest:media-type="{_MIMETYPE}"/>
<manifest:file-entry manifest:full-path="content.xml" manifest:media-type="text/xml"/>
<manifest:file-entry manifest:full-path="styles.xml" manifest:media-type="text/xml"/>
</manifest:manifest>
"""
_STYLES = f"""<?xml version="1.0" encoding="UTF-8"?>
<office:document-styles xmlns:office="{_URN}:office:1.0" xmlns:style="{_URN}:style:1.0" \
xmlns:text="{_URN}:text:1.0" xmlns:fo="{_URN}:xsl-fo-compatible:1.0" office:version="1.3">
<office:automatic-styles><style:page-layout style:name="across"><style:page-layout-properties \
fo:page-width="297mm" fo:page-height="210mm" style:print-orientation="landscape" fo:margin="10mm" \
style:scale-to-X="1" style:scale-to-Y="0" style:print="grid objects"/>\
<style:header-style/><style:footer-style><style:header-footer-properties fo:min-height="6mm" \
fo:margin-top="2mm"/></style:footer-style></style:page-layout></office:automatic-styles>
<office:master-styles><style:master-page style:name="Paper" style:page-layout-name="across">\
<style:header style:display="false"/><style:footer><text:p><text:page-number/> / \
<text:page-count/></text:p></style:footer></style:master-page></office:master-styles>
</office:document-styles>
"""
"""How a sheet prints: on A4 across, as wide as the page, with numbered pages."""
# In the format `text` a value stays as it was typed.
_HEAD = f"""<?xml version="1.0" encoding="UTF-8"?>
<office:document-content xmlns:office="{_URN}:office:1.0" xmlns:table="{_URN}:table:1.0" \
xmlns:text="{_URN}:text:1.0" xmlns:style="{_URN}:style:1.0" \
xmlns:number="{_URN}:datastyle:1.0" xmlns:of="{_URN}:of:1.2" \
xmlns:fo="{_URN}:xsl-fo-compatible:1.0" office:version="1.3">
<office:automatic-styles>
<number:text-style style:name="as-typed"><number:text-content/></number:text-style>
<style:style style:name="text" style:family="table-cell" style:data-style-name="as-typed">\
<style:table-cell-properties fo:wrap-option="wrap" style:vertical-align="top"/></style:style>
<style:style style:name="apart" style:family="table-cell" style:data-style-name="as-typed">\
<style:table-cell-properties style:vertical-align="top"/>\
<style:text-properties fo:color="{GREY}"/></style:style>
<style:style style:name="paper" style:family="table" style:master-page-name="Paper"/>
<style:style style:name="given" style:family="table-cell">\
<style:table-cell-properties fo:background-color="#d9d9d9" fo:wrap-option="wrap"/>\
<style:text-properties fo:font-weight="bold"/></style:style>
<style:style style:name="asked" style:family="table-cell">\
<style:table-cell-properties fo:background-color="#fff2cc" fo:wrap-option="wrap"/>\
<style:text-properties fo:font-weight="bold"/></style:style>
"""
_SPACES = re.compile(r"^ +| {2,}| +$")
QUICK = 3
"""The level of compression: the package is a fifth larger than with 6, and takes half the time."""
_AT_ONCE = 250
"""So many pieces of a part are written at once."""
REMEMBERED = 1_000
"""So many cells are cached: a name, a word or a day that other rows have too is not rendered again,
and long texts take little memory."""


def write_ods(file: BinaryIO, sheets: Sequence[SheetOut]) -> None:
    """Write an OpenDocument spreadsheet (1.3), row by row. Texts may only have characters of XML
    1.0."""
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED, compresslevel=QUICK) as package:
        # First and not compressed, so that the file's first bytes show its kind.
        package.writestr(zipfile.ZipInfo("mimetype"), _MIMETYPE)
        write_part(package, "META-INF/manifest.xml", [_MANIFEST])
        write_part(package, "styles.xml", [_STYLES])
        write_part(package, "content.xml", _content(sheets))


def write_part(package: zipfile.ZipFile, name: str, pieces: Iterable[str]) -> None:
    """Write a part of a package, in UTF-8, piece by piece. The same pieces give the same bytes.

    Raise TooLarge if it has more than every program reads (without ZIP64).
    """
    written = 0
    with package.open(name, "w") as part:
        for some in _gathered(pieces):
            data = some.encode("utf-8")
            if (written := written + len(data)) > zipfile.ZIP64_LIMIT:
                raise TooLarge("A sheet holds 2 GB of text, and there is more: write a .csv.")
            part.write(data)


def _gathered(pieces: Iterable[str]) -> Iterator[str]:
    """Yield the same text in fewer pieces, since each is hashed and compressed by itself."""
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
    styles = ["apart" if column.apart else "text" for column in sheet.columns]
    rows = sheet.rows
    paper = ' table:print="false"' if sheet.paper is False else ""
    if sheet.paper:
        rows = list(rows)
        last = f"{letter(sheet.printed - 1)}{len(rows) + 1}"
        paper = (
            f' table:style-name="paper" table:print-ranges="{sheet.name}.A1:{sheet.name}.{last}"'
        )
    yield f"<table:table table:name={quoteattr(sheet.name)}{paper}>"
    for column, style in zip(sheet.columns, styles, strict=True):
        yield (
            f'<table:table-column table:style-name="w{column.width}" '
            f'table:default-cell-style-name="{style}"/>'
        )
    yield "\n<table:table-header-rows><table:table-row>"
    for column in sheet.columns:
        style = "apart" if column.apart else "given" if column.given else "asked"
        yield _cell(column.name, f'table:style-name="{style}"')
    yield "</table:table-row></table:table-header-rows>\n"
    attributes = [
        f'table:style-name="{styles[n]}"'
        + (f' table:content-validation-name="{_list(sheet.name, n)}"' if _has_list(column) else "")
        for n, column in enumerate(sheet.columns)
    ]
    again = lru_cache(REMEMBERED)(_cell)
    for row in rows:
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
    """Return a line as XML that keeps all its white space."""
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
