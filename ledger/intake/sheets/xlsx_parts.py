"""The parts of an Excel workbook beside its cells: relations, sheets, styles, shared texts."""

import posixpath
import re

from ledger.intake.sheets.cells import Meter
from ledger.intake.sheets.number_formats import BUILT_IN, OTHER, Format, format_of
from ledger.intake.sheets.package import Reader

# Of the two forms of the standard, transitional and strict.
_RELATED = (
    "http://schemas.openxmlformats.org/officeDocument/2006/relationships",
    "http://purl.oclc.org/ooxml/officeDocument/relationships",
)
_ESCAPED = re.compile(r"_x([0-9A-Fa-f]{4})_")


class Relations(Reader):
    def __init__(self, folder: str) -> None:
        self.folder = folder
        self.found: dict[str, tuple[str, str]] = {}

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        if tag == "Relationship" and attributes.get("TargetMode") != "External":
            target = attributes.get("Target", "")
            part = posixpath.normpath(posixpath.join("/", self.folder, target)).lstrip("/")
            kind = attributes.get("Type", "").rpartition("/")[2]
            self.found[attributes.get("Id", "")] = (kind, part)


class Workbook(Reader):
    def __init__(self) -> None:
        self.sheets: list[tuple[str, str]] = []
        self.since_1904 = False

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        if tag == "sheet":
            ids = (attributes.get(space + " id") for space in _RELATED)
            self.sheets.append((attributes.get("name", ""), next(filter(None, ids), "")))
        elif tag == "workbookPr":
            self.since_1904 = attributes.get("date1904") in ("1", "true")


class Styles(Reader):
    """`formats`: for each cell style, its number format."""

    def __init__(self) -> None:
        self.formats: list[Format] = []
        self._own: dict[str, str] = {}
        self._in_cells = False

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        if tag == "numFmt":
            self._own[attributes.get("numFmtId", "")] = attributes.get("formatCode", OTHER)
        elif tag == "cellXfs":
            self._in_cells = True
        elif tag == "xf" and self._in_cells:
            number = attributes.get("numFmtId", "0")
            known = (
                BUILT_IN.get(int(number), OTHER)
                if number.isdecimal() and len(number) < 7
                else OTHER
            )
            self.formats.append(format_of(self._own.get(number, known)))

    def end(self, tag: str) -> None:
        if tag == "cellXfs":
            self._in_cells = False


class Strings(Reader):
    """The shared strings, in order; phonetic hints are no part of them."""

    def __init__(self, meter: Meter) -> None:
        self.all: list[str] = []
        self._meter = meter
        self._pieces: list[str] = []
        self._in_text = self._in_hint = False

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        if tag == "si":
            self._pieces = []
        elif tag == "rPh":
            self._in_hint = True
        elif tag == "t":
            self._in_text = not self._in_hint

    def end(self, tag: str) -> None:
        if tag == "si":
            self.all.append(unescaped("".join(self._pieces)))
        elif tag == "rPh":
            self._in_hint = False
        elif tag == "t":
            self._in_text = False

    def data(self, text: str) -> None:
        if self._in_text:
            self._meter.count_read(len(text))
            self._pieces.append(text)


def unescaped(text: str) -> str:
    """`_x000D_` is how a workbook writes a character that XML cannot hold."""
    return _ESCAPED.sub(lambda found: chr(int(found[1], 16)), text) if "_x" in text else text
