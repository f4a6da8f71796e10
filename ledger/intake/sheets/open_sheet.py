"""From a spreadsheet's bytes to rows of cells, or a refusal in one sentence."""

from pathlib import Path

from ledger.intake.sheets.cells import MOST_BYTES, Book, Meter
from ledger.intake.sheets.csv_text import read_csv
from ledger.intake.sheets.ods import read_ods
from ledger.intake.sheets.package import Package
from ledger.intake.sheets.xlsx import read_xlsx

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


def open_sheet(data: bytes, filename: str) -> Book:
    """The sheets of a .csv, .xlsx or .ods file, in order. `UnreadableSheet` says what is wrong.

    What the file is, its bytes must say too.
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
    """`zip`, `old` (OLE), another kind in words, or "" for what may be text."""
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
