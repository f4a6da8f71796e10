"""Excel workbooks (.xlsx, ECMA-376) to rows of cells, each where it stands."""

import math
import posixpath
import re
from datetime import datetime
from functools import lru_cache

from ledger.intake.sheets.cells import (
    MOST_COLUMNS,
    MOST_SHEETS,
    Area,
    Book,
    Broken,
    Sheet,
    SheetInMaking,
    Value,
)
from ledger.intake.sheets.number_formats import PLAIN, Format, day_or_moment, shown_as
from ledger.intake.sheets.package import Package, Reader
from ledger.intake.sheets.xlsx_parts import Relations, Strings, Styles, Workbook, unescaped

FORMULA = "it is a formula: paste the value in its place"
MERGED = "its cells {range} are merged: undo that, and repeat the value"
COMPUTED = "its cells {range} are computed by one formula: paste the values in their place"
_NO_WORKBOOK = "is a zipped file, but no workbook: save the sheet as .xlsx."
_INDEX = re.compile(r"[0-9]{1,8}")
_NUMBER = re.compile(r"\s*[+-]?[0-9]{0,400}(?:\.[0-9]{0,400})?(?:[eE][+-]?[0-9]{1,3})?\s*")
_LAST_ROW, _LAST_COLUMN = 1_048_576, 16_384


def read_xlsx(package: Package) -> Book:
    """Every worksheet of a workbook, in its order."""
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
    workbook = Workbook()
    package.read(main, workbook)
    if not workbook.sheets:
        raise package.meter.refuse(_NO_WORKBOOK)
    if len(workbook.sheets) > MOST_SHEETS:
        raise package.meter.refuse(f"has more than {MOST_SHEETS} sheets.")
    strings, styles = Strings(package.meter), Styles()
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
    """The relations of a part: id to kind (the last word of its type) and the part meant."""
    reader = Relations(folder)
    if part in package.names:
        package.read(part, reader)
    return reader.found


class _Cells(Reader):
    """The cells of one worksheet. Where a reference is left out, a cell follows the one before."""

    def __init__(
        self, making: SheetInMaking, strings: list[str], formats: list[Format], since_1904: bool
    ) -> None:
        self.making = making
        self.strings = strings
        self.formats = formats
        self.since_1904 = since_1904
        self._row = self._column = -1
        self._in_data = self._in_hint = self._has_formula = False
        self._kind = self._style = ""
        self._forms: dict[str, Format] = {}
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
                return unescaped(text)
            case "b":
                return text.strip() == "1"
            case "e":
                return Broken(text[:200], "it shows an error")
            case "d":
                try:
                    return day_or_moment(datetime.fromisoformat(text.strip()))
                except ValueError:
                    return Broken(text[:40], "it is no date")
            case _:
                return self._numeric(text)

    def _numeric(self, text: str) -> Value:
        try:
            number = float(text) if _NUMBER.fullmatch(text) else math.nan
        except ValueError:
            number = math.nan
        if not math.isfinite(number):
            return Broken(text[:40], "it is no number")
        return shown_as(number, self._form(self._style), since_1904=self.since_1904)

    def _form(self, index: str) -> Format:
        """The format that a cell names by its index; PLAIN where there is none of it."""
        if (form := self._forms.get(index)) is not None:
            return form
        style = int(index) if _INDEX.fullmatch(index) else 0
        if style >= len(self.formats):
            return PLAIN
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
    """A row, counting from 0; -1 if there is none of this number."""
    number = int(text) if len(text) < 8 and text.isdecimal() else 0
    return number - 1 if number <= _LAST_ROW else -1


@lru_cache(MOST_COLUMNS)
def _column(letters: str) -> int:
    """A column by its letters, counting from 0; -1 if there is none."""
    number = 0
    if letters.isascii() and letters.isupper() and letters.isalpha() and len(letters) < 4:
        for char in letters:
            number = number * 26 + ord(char) - ord("A") + 1
    return number - 1 if number <= _LAST_COLUMN else -1
