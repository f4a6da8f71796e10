"""Excel workbooks (.xlsx, ECMA-376) to rows of cells, each where it stands and as it is shown."""

import math
import posixpath
import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Literal

from ledger.intake.sheets.cells import (
    COMPUTED,
    ERROR,
    FORMULA,
    MERGED,
    MOST_COLUMNS,
    MOST_SHEETS,
    NO_DATE,
    NO_NUMBER,
    TIME,
    Area,
    Book,
    Broken,
    Meter,
    Sheet,
    SheetInMaking,
    Value,
    day_or_moment,
    shown_in_part,
)
from ledger.intake.sheets.package import Package, Reader

_NO_WORKBOOK = "is a zipped file, but no workbook: save the sheet as .xlsx."
_INDEX = re.compile(r"[0-9]{1,8}")
_NUMBER = re.compile(r"\s*[+-]?[0-9]{0,400}(?:\.[0-9]{0,400})?(?:[eE][+-]?[0-9]{1,3})?\s*")
_LAST_ROW, _LAST_COLUMN = 1_048_576, 16_384
# The two forms of the standard, transitional and strict.
_RELATED = (
    "http://schemas.openxmlformats.org/officeDocument/2006/relationships",
    "http://purl.oclc.org/ooxml/officeDocument/relationships",
)
_ESCAPED = re.compile(r"_x([0-9A-Fa-f]{4})_")
# Number formats: ECMA-376, part 1, §18.8.30 (built-in ids) and §18.8.31 (codes).
_BUILT_IN = {
    0: "General",
    1: "0",
    14: "d/m/y",
    15: "d-mmm-yy",
    16: "d-mmm",
    17: "mmm-yy",
    **dict.fromkeys((18, 19, 20, 21, 45, 46, 47), "h:mm"),
    22: "d/m/y h:mm",
    49: "@",
}
_OTHER = "#,##0.00"
_NOT_CODE = re.compile(r'"[^"]*"|\\.|_.|\*.|\[(?!(?:h+|m+|s+)\])[^\]]*\]|am/pm|a/p', re.IGNORECASE)
_DATED = re.compile(r"[yd]|^[^hs]*m[^hs]*$")
_TIMED = re.compile(r"[hs]")
_ZEROS = re.compile(r"0{2,20}")
# Day 60 is 29 February 1900 to Excel, which never was; what lies before it is told differently.
_FIRST, _AFTER_LAST = 61, 2_958_466
_SINCE_1900, _SINCE_1904 = datetime(1899, 12, 30), datetime(1904, 1, 1)  # noqa: DTZ001, civil


def read_xlsx(package: Package) -> Book:
    names = {name.lower() for name in package.names}
    if any("vbaproject" in name or "/macrosheets/" in name for name in names):
        raise package.meter.refuse("has macros: save it as .xlsx, without them.")
    if any(name.endswith("workbook.bin") for name in names):
        raise package.meter.refuse("is a binary workbook (.xlsb): save it as .xlsx.")
    root = _relations(package, "_rels/.rels", "")
    main = next((part for kind, part in root.values() if kind == "officeDocument"), None)
    if main is None:
        raise package.meter.refuse(_NO_WORKBOOK)
    folder, name = posixpath.split(main)
    related = _relations(package, f"{folder}/_rels/{name}.rels".lstrip("/"), folder)
    parts = dict(related.values())
    workbook = _Workbook()
    package.read(main, workbook)
    if not workbook.sheets:
        raise package.meter.refuse(_NO_WORKBOOK)
    if len(workbook.sheets) > MOST_SHEETS:
        raise package.meter.refuse(f"has more than {MOST_SHEETS} sheets.")
    strings, styles = _Strings(package.meter), _Styles()
    if parts.get("sharedStrings") in package.names:
        package.read(parts["sharedStrings"], strings)
    if parts.get("styles") in package.names:
        package.read(parts["styles"], styles)
    sheets: list[Sheet] = []
    for title, relation in workbook.sheets:
        kind, part = related.get(relation, ("", ""))
        if kind != "worksheet":
            continue
        making = SheetInMaking(title, package.meter)
        package.read(part, _Cells(making, strings.all, styles.formats, workbook.since_1904))
        sheets.append(making.finish())
    return Book(package.meter.file, tuple(sheets))


def _relations(package: Package, part: str, folder: str) -> dict[str, tuple[str, str]]:
    """Return the relations of a part: id to kind (the last word of its type) and the part
    meant."""
    reader = _Relations(folder)
    if part in package.names:
        package.read(part, reader)
    return reader.found


@dataclass(frozen=True, slots=True)
class _Format:
    """The reading that a format gives a number. `zeros`: how many figures it shows at least."""

    kind: Literal["plain", "zeros", "date", "time", "other"]
    zeros: int = 0
    year: bool = False
    day: bool = False


_PLAIN = _Format("plain")


def _format_of(code: str) -> _Format:
    """Return a format's code, read as far as it matters here: its first section, without its
    literals."""
    bare = _NOT_CODE.sub("", code[:1000].split(";", 1)[0]).lower()
    if bare in ("general", "@", "0", ""):
        return _PLAIN
    if _ZEROS.fullmatch(bare):
        return _Format("zeros", len(bare))
    if _DATED.search(bare):
        return _Format("date", year="y" in bare, day="d" in bare)
    return _Format("time" if _TIMED.search(bare) else "other")


def _shown_as(number: float, form: _Format, *, since_1904: bool) -> Value:
    """Return a number under a format: a date, a whole number, the text that it shows, or why
    not."""
    whole = number.is_integer() and abs(number) < 1e15
    match form.kind:
        case "plain":
            return int(number) if whole else number
        case "zeros" if whole and number >= 0:
            return str(int(number)).zfill(form.zeros)
        case "date":
            return _date(number, form, since_1904=since_1904)
        case "time":
            return Broken(f"{number:g}", TIME)
        case _:
            return Broken(
                f"{number:g}",
                "it is a number in a format that changes how it looks: format the cell as text, "
                "and write it as it should read",
            )


def _date(serial: float, form: _Format, *, since_1904: bool) -> Value:
    if not (0 if since_1904 else _FIRST) <= serial < _AFTER_LAST:
        return Broken(f"{serial:g}", "it is a number that is no date")
    start = _SINCE_1904 if since_1904 else _SINCE_1900
    moment = start + timedelta(seconds=round(serial * 86_400))
    return shown_in_part(moment, year=form.year, day=form.day)


class _Relations(Reader):
    def __init__(self, folder: str) -> None:
        self.folder = folder
        self.found: dict[str, tuple[str, str]] = {}

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        if tag == "Relationship" and attributes.get("TargetMode") != "External":
            target = attributes.get("Target", "")
            part = posixpath.normpath(posixpath.join("/", self.folder, target)).lstrip("/")
            kind = attributes.get("Type", "").rpartition("/")[2]
            self.found[attributes.get("Id", "")] = (kind, part)


class _Workbook(Reader):
    def __init__(self) -> None:
        self.sheets: list[tuple[str, str]] = []
        self.since_1904 = False

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        if tag == "sheet":
            ids = (attributes.get(space + " id") for space in _RELATED)
            self.sheets.append((attributes.get("name", ""), next(filter(None, ids), "")))
        elif tag == "workbookPr":
            self.since_1904 = attributes.get("date1904") in ("1", "true")


class _Styles(Reader):
    """`formats`: for each cell style, its number format."""

    def __init__(self) -> None:
        self.formats: list[_Format] = []
        self._own: dict[str, str] = {}
        self._in_cells = False

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        if tag == "numFmt":
            self._own[attributes.get("numFmtId", "")] = attributes.get("formatCode", _OTHER)
        elif tag == "cellXfs":
            self._in_cells = True
        elif tag == "xf" and self._in_cells:
            number = attributes.get("numFmtId", "0")
            known = (
                _BUILT_IN.get(int(number), _OTHER)
                if number.isdecimal() and len(number) < 7
                else _OTHER
            )
            self.formats.append(_format_of(self._own.get(number, known)))

    def end(self, tag: str) -> None:
        if tag == "cellXfs":
            self._in_cells = False


class _Strings(Reader):
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
            self.all.append(_unescaped("".join(self._pieces)))
        elif tag == "rPh":
            self._in_hint = False
        elif tag == "t":
            self._in_text = False

    def data(self, text: str) -> None:
        if self._in_text:
            self._meter.count_read(len(text))
            self._pieces.append(text)


def _unescaped(text: str) -> str:
    """Return a text with its escapes resolved: a workbook writes a character that XML cannot hold
    as `_x000D_`."""
    return _ESCAPED.sub(lambda found: chr(int(found[1], 16)), text) if "_x" in text else text


class _Cells(Reader):
    """The cells of one worksheet. Where a reference is left out, a cell follows the one before."""

    def __init__(
        self, making: SheetInMaking, strings: list[str], formats: list[_Format], since_1904: bool
    ) -> None:
        self.making = making
        self.strings = strings
        self.formats = formats
        self.since_1904 = since_1904
        self._row = self._column = -1
        self._in_data = self._in_hint = self._has_formula = False
        self._kind = self._style = ""
        self._forms: dict[str, _Format] = {}
        self._pieces: list[str] = []
        self._takes: str | None = None

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        if not self._in_data:
            if tag == "sheetData":
                self._in_data = True
            elif tag == "mergeCell":
                self._area(attributes.get("ref", ""), MERGED)
        elif tag == "row":
            number = attributes.get("r")
            self._row = self._row + 1 if number is None else _row(number)
            self._column = -1
            if self._row < 0:
                raise self._damaged(f"there is no row {(number or '')[:20]}")
        elif tag == "c":
            where = attributes.get("r")
            if where is None:
                self._column += 1
            else:
                letters = where.rstrip("0123456789")
                self._column = _column(letters)
                if self._column < 0 or where[len(letters) :] != str(self._row + 1):
                    raise self._damaged(f"there is no cell {where[:20]} in row {self._row + 1}")
            self._kind, self._style = attributes.get("t", "n"), attributes.get("s", "0")
            self._pieces, self._has_formula = [], False
        elif tag == "f":
            self._has_formula = True
            if attributes.get("t") in ("array", "dataTable") and "ref" in attributes:
                self._area(attributes["ref"], COMPUTED)
        elif tag == "rPh":
            self._in_hint = True
        elif tag == ("t" if self._kind == "inlineStr" else "v") and not self._in_hint:
            self._takes = tag

    def end(self, tag: str) -> None:
        if tag == self._takes:
            self._takes = None
        elif tag == "rPh":
            self._in_hint = False
        elif tag == "sheetData":
            self._in_data = False
        elif tag == "c":
            text = "".join(self._pieces)
            if self._has_formula:
                self.making.put(self._row, self._column, Broken(text[:200], FORMULA))
            elif text:
                self.making.put(self._row, self._column, self._value(text))

    def data(self, text: str) -> None:
        if self._takes is not None:
            self.making.meter.count_read(len(text))
            self._pieces.append(text)

    def _value(self, text: str) -> Value:
        match self._kind:
            case "s":
                if not _INDEX.fullmatch(text.strip()) or int(text) >= len(self.strings):
                    raise self._damaged(f"there is no shared text {text[:20]}")
                return self.strings[int(text)]
            case "inlineStr" | "str":
                return _unescaped(text)
            case "b":
                return text.strip() == "1"
            case "e":
                return Broken(text[:200], ERROR)
            case "d":
                try:
                    return day_or_moment(datetime.fromisoformat(text.strip()))
                except ValueError:
                    return Broken(text[:40], NO_DATE)
            case _:
                return self._numeric(text)

    def _numeric(self, text: str) -> Value:
        try:
            number = float(text) if _NUMBER.fullmatch(text) else math.nan
        except ValueError:
            number = math.nan
        if not math.isfinite(number):
            return Broken(text[:40], NO_NUMBER)
        return _shown_as(number, self._form(self._style), since_1904=self.since_1904)

    def _form(self, index: str) -> _Format:
        """Return the format that a cell names by its index; _PLAIN where there is none of it."""
        if (form := self._forms.get(index)) is not None:
            return form
        style = int(index) if _INDEX.fullmatch(index) else 0
        if style >= len(self.formats):
            return _PLAIN
        form = self.formats[style]
        if len(self._forms) < len(self.formats):
            self._forms[index] = form
        return form

    def _area(self, reference: str, why: str) -> None:
        first, _, last = reference.replace("$", "").partition(":")
        (top, left), (bottom, right) = self._corner(first), self._corner(last or first)
        self.making.spoil(Area(top, left, bottom, right, why))

    def _corner(self, reference: str) -> tuple[int, int]:
        letters = reference.rstrip("0123456789")
        row, column = _row(reference[len(letters) :]), _column(letters)
        if row < 0 or column < 0:
            raise self._damaged(f"“{reference[:20]}” is no place of a cell")
        return row, column

    def _damaged(self, why: str) -> Exception:
        return self.making.meter.refuse(f"is damaged: sheet {self.making.name}: {why}.")


def _row(text: str) -> int:
    """Return a row, counting from 0; -1 if there is none of this number."""
    number = int(text) if len(text) < 8 and text.isdecimal() else 0
    return number - 1 if number <= _LAST_ROW else -1


@lru_cache(MOST_COLUMNS)
def _column(letters: str) -> int:
    """Return a column by its letters, counting from 0; -1 if there is none."""
    number = 0
    if letters.isascii() and letters.isupper() and letters.isalpha() and len(letters) < 4:
        for char in letters:
            number = number * 26 + ord(char) - ord("A") + 1
    return number - 1 if number <= _LAST_COLUMN else -1
