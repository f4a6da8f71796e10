"""Spreadsheets made by hand, byte by byte, as good and bad programs make them."""

import io
import zipfile
from pathlib import Path
from xml.sax.saxutils import escape

from ledger.intake.sheets.cells import Book
from ledger.intake.sheets.open_sheet import open_sheet

OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
PACKAGE = "http://schemas.openxmlformats.org/package/2006/relationships"
MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
ODF = "urn:oasis:names:tc:opendocument:xmlns"
ODS = "application/vnd.oasis.opendocument.spreadsheet"

Parts = dict[str, bytes | str]


def zipped(parts: Parts, compression: int = zipfile.ZIP_DEFLATED) -> bytes:
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w", compression) as package:
        for name, content in parts.items():
            package.writestr(name, content)
    return data.getvalue()


def xlsx_parts(
    sheet: bytes | str, *, name: str = "reports", strings: bytes | str = "", styles: str = ""
) -> Parts:
    """Return a workbook of one sheet; `sheet` is the inside of its `worksheet`."""
    inside = sheet if isinstance(sheet, bytes) else sheet.encode()
    shared = strings if isinstance(strings, bytes) else strings.encode()
    return {
        "[Content_Types].xml": "<Types/>",
        "_rels/.rels": f'<Relationships xmlns="{PACKAGE}"><Relationship Id="r" '
        f'Type="{OFFICE}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
        "xl/workbook.xml": f'<workbook xmlns="{MAIN}" xmlns:r="{OFFICE}"><sheets>'
        f'<sheet name="{name}" sheetId="1" r:id="r1"/></sheets></workbook>',
        "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{PACKAGE}">'
        f'<Relationship Id="r1" Type="{OFFICE}/worksheet" Target="worksheets/sheet1.xml"/>'
        f'<Relationship Id="r2" Type="{OFFICE}/sharedStrings" Target="/xl/sharedStrings.xml"/>'
        f'<Relationship Id="r3" Type="{OFFICE}/styles" Target="styles.xml"/></Relationships>',
        "xl/sharedStrings.xml": b'<sst xmlns="%s">%s</sst>' % (MAIN.encode(), shared),
        "xl/styles.xml": f'<styleSheet xmlns="{MAIN}">{styles}</styleSheet>',
        "xl/worksheets/sheet1.xml": b'<worksheet xmlns="%s">%s</worksheet>'
        % (MAIN.encode(), inside),
    }


def xlsx(sheet: bytes | str, **more: str) -> bytes:
    return zipped(xlsx_parts(sheet, **more))


def cells(*rows: tuple[str, ...], after: str = "") -> str:
    """Rows of text cells, as `sheetData`; a cell that begins with `<` is taken as it is."""
    data = []
    for number, row in enumerate(rows, start=1):
        inside = "".join(
            text
            if text.startswith("<")
            else f'<c r="{chr(65 + column)}{number}" t="inlineStr"><is>'
            f"<t>{escape(text)}</t></is></c>"
            for column, text in enumerate(row)
        )
        data.append(f'<row r="{number}">{inside}</row>')
    return f"<sheetData>{''.join(data)}</sheetData>{after}"


def styles(*codes: str) -> str:
    """Cell styles 1, 2, … with these formats; style 0 is General."""
    formats = "".join(
        f'<numFmt numFmtId="{200 + n}" formatCode="{escape(code, {chr(34): "&quot;"})}"/>'
        for n, code in enumerate(codes)
    )
    xfs = "".join(f'<xf numFmtId="{200 + n}"/>' for n in range(len(codes)))
    return f'<numFmts>{formats}</numFmts><cellXfs><xf numFmtId="0"/>{xfs}</cellXfs>'


def ods_parts(tables: bytes | str) -> Parts:
    """Return a spreadsheet; `tables` is the inside of its `office:spreadsheet`."""
    inside = tables if isinstance(tables, bytes) else tables.encode()
    names = " ".join(f'xmlns:{one}="{ODF}:{one}:1.0"' for one in ("office", "table", "text"))
    calc = 'xmlns:calcext="urn:org:documentfoundation:names:experimental:calc:xmlns:calcext:1.0"'
    return {
        "mimetype": ODS,
        "content.xml": f"<office:document-content {names} {calc}><office:body>".encode()
        + b"<office:spreadsheet>"
        + inside
        + b"</office:spreadsheet></office:body></office:document-content>",
    }


def ods(tables: bytes | str) -> bytes:
    return zipped(ods_parts(tables))


def ods_table(*rows: str, name: str = "reports") -> str:
    """Return a table of these rows of cells."""
    inside = "".join(f"<table:table-row>{row}</table:table-row>" for row in rows)
    return f'<table:table table:name="{name}">{inside}</table:table>'


def ods_text(text: str) -> str:
    return (
        f'<table:table-cell office:value-type="string"><text:p>{escape(text)}</text:p>'
        "</table:table-cell>"
    )


def open_path(path: Path) -> Book:
    """Return the sheets of a file, by its own name."""
    return open_sheet(path.read_bytes(), path.name)
