"""From a spreadsheet's bytes to rows of cells, or a refusal in one sentence; text with separators
(.csv, RFC 4180) here, with the guard against formulas in it."""

import csv
import re
from io import StringIO
from pathlib import Path

from ledger.intake.pages.decoding import line_of
from ledger.intake.sheets.cells import MOST_BYTES, MOST_PLACES, Book, Meter, SheetInMaking
from ledger.intake.sheets.ods import read_ods
from ledger.intake.sheets.package import Package
from ledger.intake.sheets.xlsx import read_xlsx

_MOST_MARKS = 20_000
_MARK = b"\xef\xbb\xbf"
# Characters that spreadsheets take for the start of a formula, full-width forms included. Some
# spreadsheets skip invisible characters before them.
_UNSEEN = "\x00-\x1f\x7f\u00ad\u061c\u115f\u1160\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f"
_FORMULA = re.compile(
    rf"'*(?:[\s{_UNSEEN}\u3164\ufeff\uffa0]*[=+\-@＝＋－＠]|[\t\r\n])"  # noqa: RUF001
)
MEDIA_TYPES = {
    ".csv": "text/csv",
    ".xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    ".ods": "application/vnd.oasis.opendocument.spreadsheet",
}
SUFFIXES = tuple(MEDIA_TYPES)
_ELSEWHERE = {
    ".xls": "is an old Excel file: save it as .xlsx.",
    ".xlsb": "is a binary workbook (.xlsb): save it as .xlsx.",
    ".xlsm": "has macros: save it as .xlsx, without them.",
    ".xltm": "has macros: save it as .xlsx, without them.",
    ".numbers": "is a Numbers file: export it as .xlsx.",
    ".tsv": "has tabs between its columns: save it as .csv.",
}


def read_csv(data: bytes, meter: Meter) -> Book:
    """Return the rows of a file in UTF-8, with `,` or `;` between columns; which one, its header
    says."""
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise meter.refuse("is in UTF-16: save it as CSV in UTF-8.")
    if (nul := data.find(b"\x00")) >= 0:
        raise meter.refuse(
            f"has a NUL at byte {nul} (line {line_of(data, nul)}), which no text has: save it "
            "again as CSV in UTF-8."
        )
    try:
        text = data.removeprefix(_MARK).decode("utf-8")
    except UnicodeDecodeError as error:
        place = error.start + (len(_MARK) if data.startswith(_MARK) else 0)
        raise meter.refuse(
            f"is not UTF-8 at byte {place} (0x{data[place]:02X}, line {line_of(data, place)}): "
            "save it as CSV in UTF-8."
        ) from None
    if text.count("\n") + text.count("\r") > 2 * MOST_PLACES:
        raise meter.refuse(f"has more than {MOST_PLACES:,} lines: delete the empty ones.")
    making = SheetInMaking("", meter)
    if text.strip():
        delimiter = _delimiter(text, meter)
        if any(line.count(delimiter) > _MOST_MARKS for line in StringIO(text)):
            raise meter.refuse(f"has a line with more than {_MOST_MARKS:,} “{delimiter}” in it.")
        _fill(making, text, delimiter)
    return Book(meter.file, (making.finish(),))


def guarded(text: str) -> str:
    """Return a text that no spreadsheet takes for a formula; `unguarded` gives it back."""
    return "'" + text if _FORMULA.match(text) else text


def unguarded(text: str) -> str:
    return text[1:] if text.startswith("'") and _FORMULA.match(text) else text


def _fill(making: SheetInMaking, text: str, delimiter: str) -> None:
    meter = making.meter
    row = 0
    try:
        for row, cells in enumerate(csv.reader(StringIO(text), delimiter=delimiter, strict=True)):
            meter.count_places(1 + len(cells))
            for column, cell in enumerate(cells):
                if cell:
                    making.put(row, column, unguarded(cell))
    except csv.Error as error:
        raise meter.refuse(
            f"is no CSV after row {row + 1}: {error}. Look for a quotation mark that is not "
            "closed, or not doubled."
        ) from None


def _delimiter(text: str, meter: Meter) -> str:
    """Return the one that parts the header into columns, if only one does."""
    header = text.lstrip("\r\n").split("\n", 1)[0][:10_000]
    found = [mark for mark in (",", ";") if len(_columns(header, mark)) > 1]
    if len(found) == 1:
        return found[0]
    if found:
        raise meter.refuse("has both “,” and “;” in its header: part the columns by one of them.")
    tabs = " (it has tabs)" if "\t" in header else ""
    raise meter.refuse(f"has neither “,” nor “;” between the columns of its header{tabs}.")


def _columns(header: str, mark: str) -> list[str]:
    try:
        return next(csv.reader([header], delimiter=mark), [])
    except csv.Error:
        return []


def open_sheet(data: bytes, filename: str) -> Book:
    """Return the sheets of a .csv, .xlsx or .ods file, in order. `UnreadableSheet` says what is
    wrong.

    The file's bytes must agree with its name.
    """
    meter = Meter(filename)
    suffix = Path(filename).suffix.lower()
    if suffix in _ELSEWHERE:
        raise meter.refuse(_ELSEWHERE[suffix])
    if suffix not in SUFFIXES:
        raise meter.refuse("is none of .csv, .xlsx, .ods: save it as one of them.")
    if len(data) > MOST_BYTES:
        raise meter.refuse(f"is larger than {MOST_BYTES:,} bytes (10 MB): import it in parts.")
    if not data.strip(b"\xef\xbb\xbf \t\r\n,;"):
        raise meter.refuse("is empty.")
    kind = _kind(data)
    if kind == "old":
        raise meter.refuse(
            "is locked with a password, or is an old Excel file: save it without a password, "
            "as .xlsx."
        )
    if kind == "zip":
        package = Package(data, meter)
        kind = _kind_of_package(package)
        if kind != suffix:
            what = {".xlsx": "an Excel workbook", ".ods": "an OpenDocument spreadsheet"}.get(kind)
            advice = f"name it {kind}" if what else f"save it as {suffix}"
            raise meter.refuse(f"is {what or 'a zipped file of another kind'}: {advice}.")
        return read_xlsx(package) if kind == ".xlsx" else read_ods(package)
    if suffix != ".csv":
        raise meter.refuse(f"is not what {suffix} means: save it again as {suffix}.")
    if kind:
        raise meter.refuse(f"is {kind}: save the sheet as .csv.")
    return read_csv(data, meter)


def _kind(data: bytes) -> str:
    """Return `zip`, `old` (OLE), another kind in words, or "" for what may be text."""
    if data.startswith(b"PK"):
        return "zip"
    if data.startswith(b"\xd0\xcf\x11\xe0"):
        return "old"
    start = data[:1024].removeprefix(b"\xef\xbb\xbf").lstrip()
    if start.startswith(b"%PDF-"):
        return "a PDF"
    if start.lower().startswith((b"<!doctype", b"<html", b"<?xml", b"<tabl")):
        return "a page in HTML or XML"
    return ""


def _kind_of_package(package: Package) -> str:
    names = set(package.names)
    if package.mimetype in (MEDIA_TYPES[".ods"].encode(), b"") and "content.xml" in names:
        return ".ods"
    return ".xlsx" if "_rels/.rels" in names and not package.mimetype else ""
