"""Writes an OpenDocument spreadsheet (OASIS OpenDocument 1.3): text cells, lists to choose from."""

import io
import re
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from typing import BinaryIO
from xml.sax.saxutils import escape, quoteattr

from ledger.intake.sheets.layout import Column

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

Rows = Iterable[Sequence[str | int]]
SheetParts = tuple[str, Sequence[Column], Rows, int]
"""A sheet's name, its columns, its rows, and how many empty rows follow."""


def ods_bytes(sheets: Sequence[SheetParts]) -> bytes:
    """A spreadsheet with these sheets. Texts must hold only what XML 1.0 can."""
    data = io.BytesIO()
    write_ods(data, sheets)
    return data.getvalue()


def write_ods(file: BinaryIO, sheets: Sequence[SheetParts]) -> None:
    """The same into a file, row by row: the rows may come from anywhere, one after the other."""
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as package:
        # First and not compressed, so that the kind of file can be told from its first bytes.
        package.writestr(zipfile.ZipInfo("mimetype"), _MIMETYPE)
        parts = (("META-INF/manifest.xml", iter([_MANIFEST])), ("content.xml", _content(sheets)))
        for name, text in parts:
            entry = zipfile.ZipInfo(name)
            entry.compress_type = zipfile.ZIP_DEFLATED
            with package.open(entry, "w") as part:
                for piece in text:
                    part.write(piece.encode("utf-8"))


def _content(sheets: Sequence[SheetParts]) -> Iterator[str]:
    yield _HEAD
    for width in sorted({column.width for _, columns, _, _ in sheets for column in columns}):
        yield (
            f'<style:style style:name="w{width}" style:family="table-column">'
            f'<style:table-column-properties style:column-width="{width * 2}mm"/></style:style>\n'
        )
    yield "</office:automatic-styles><office:body><office:spreadsheet>\n"
    yield "<table:content-validations>"
    for name, columns, _, _ in sheets:
        for number, column in enumerate(columns):
            if _has_list(column):
                yield _validation(name, number, column)
    yield "</table:content-validations>\n"
    for name, columns, rows, blank in sheets:
        yield from _table(name, columns, rows, blank)
    yield "</office:spreadsheet></office:body></office:document-content>\n"


def _table(name: str, columns: Sequence[Column], rows: Rows, blank: int) -> Iterator[str]:
    yield f"<table:table table:name={quoteattr(name)}>"
    for column in columns:
        yield (
            f'<table:table-column table:style-name="w{column.width}" '
            'table:default-cell-style-name="text"/>'
        )
    yield "\n<table:table-header-rows><table:table-row>"
    for column in columns:
        yield _cell(column.name, f'table:style-name="{"given" if column.given else "asked"}"')
    yield "</table:table-row></table:table-header-rows>\n"
    attributes = [
        'table:style-name="text"'
        + (f' table:content-validation-name="{_list(name, n)}"' if _has_list(column) else "")
        for n, column in enumerate(columns)
    ]
    for row in rows:
        yield "<table:table-row>"
        yield from map(_cell, row, attributes)
        yield "</table:table-row>\n"
    if blank:
        yield f'<table:table-row table:number-rows-repeated="{blank}">'
        yield from (_cell("", attribute) for attribute in attributes)
        yield "</table:table-row>\n"
    yield "</table:table>\n"


def _cell(value: str | int, attributes: str) -> str:
    if value == "":
        return f"<table:table-cell {attributes}/>"
    kind = 'office:value-type="string"'
    if isinstance(value, int):
        kind = f'office:value-type="float" office:value="{value}"'
    lines = "".join(f"<text:p>{_spaced(line)}</text:p>" for line in str(value).split("\n"))
    return f"<table:table-cell {attributes} {kind}>{lines}</table:table-cell>"


def _spaced(line: str) -> str:
    """A line in which no white space is lost."""
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
