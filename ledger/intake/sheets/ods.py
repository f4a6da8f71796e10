"""OpenDocument spreadsheets (.ods, OASIS OpenDocument 1.3, part 3, §9) to rows of cells."""

import re
from datetime import datetime

from ledger.intake.sheets.cells import (
    COMPUTED,
    ERROR,
    FORMULA,
    MERGED,
    MOST_SHEETS,
    NO_DATE,
    NO_NUMBER,
    TIME,
    Area,
    Book,
    Broken,
    SheetInMaking,
    Value,
    day_or_moment,
    shown_in_part,
)
from ledger.intake.sheets.package import Package, Reader

_LINKED = {"dde-link", "table-source", "cell-range-source", "database-source-table"}
# Elements that float above a cell or are attached to its text, without being its text.
_BESIDE = {"annotation", "shapes", "frame", "custom-shape", "note", "ruby-text", "control", "forms"}
_OFFICE = "urn:oasis:names:tc:opendocument:xmlns:office:1.0 "
_TABLE = "urn:oasis:names:tc:opendocument:xmlns:table:1.0 "
_TEXT = "urn:oasis:names:tc:opendocument:xmlns:text:1.0 "
# LibreOffice's addition: a type `error` beside the standard's `string`.
_CALC = "urn:org:documentfoundation:names:experimental:calc:xmlns:calcext:1.0 "
_MOST_REPEATED = 1_048_576
_ACROSS = _TABLE + "number-columns-repeated"
_FORMULA = _TABLE + "formula"
_ERROR_TYPE, _TYPE = _CALC + "value-type", _OFFICE + "value-type"
_SPANS = tuple(
    (f"{_TABLE}{prefix}-rows-spanned", f"{_TABLE}{prefix}-columns-spanned", why)
    for prefix, why in (("number", MERGED), ("number-matrix", COMPUTED))
)
_SPANNING = {name for rows, columns, _ in _SPANS for name in (rows, columns)}


def read_ods(package: Package) -> Book:
    if any(name.startswith(("Basic/", "Scripts/")) for name in package.names):
        raise package.meter.refuse("has macros: save it without them.")
    if "META-INF/manifest.xml" in package.names:
        package.read("META-INF/manifest.xml", _Manifest(package))
    tables = _Tables(package)
    package.read("content.xml", tables)
    return Book(package.meter.file, tuple(making.finish() for making in tables.all))


class _Manifest(Reader):
    def __init__(self, package: Package) -> None:
        self.package = package

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        if tag == "encryption-data":
            raise self.package.meter.refuse("is locked with a password: save it without one.")


class _Tables(Reader):
    def __init__(self, package: Package) -> None:
        self.meter = package.meter
        self.all: list[SheetInMaking] = []
        self._beside = 0
        self._inside = False
        self._row = self._rows = 0
        self._column = 0
        self._filled: list[tuple[int, int, Value]] = []
        self._cell: dict[str, str] | None = None
        self._lines: list[list[str]] = []
        self._in_line = False

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        if self._beside or tag in _BESIDE:
            self._beside += 1
        elif tag in _LINKED:
            raise self.meter.refuse("takes cells from another file: paste their values.")
        elif tag == "table":
            if len(self.all) == MOST_SHEETS:
                raise self.meter.refuse(f"has more than {MOST_SHEETS} sheets.")
            self.all.append(SheetInMaking(attributes.get(_TABLE + "name", ""), self.meter))
            self._inside, self._row = True, 0
        elif not self._inside:
            return
        elif tag == "table-row":
            self._rows = self._count(attributes, _TABLE + "number-rows-repeated")
            self._column, self._filled = 0, []
        elif tag in ("table-cell", "covered-table-cell"):
            self._cell, self._lines = attributes, []
        elif self._cell is None:
            return
        elif tag in ("p", "h"):
            self._lines.append([])
            self._in_line = True
        elif self._in_line and tag == "s":
            self._add(" " * self._count(attributes, _TEXT + "c"))
        elif self._in_line and tag in ("tab", "line-break"):
            self._add("\t" if tag == "tab" else "\n")

    def end(self, tag: str) -> None:
        if self._beside:
            self._beside -= 1
        elif tag in ("p", "h"):
            self._in_line = False
        elif tag in ("table-cell", "covered-table-cell") and self._cell is not None:
            self._end_cell(self._cell)
            self._cell = None
        elif tag == "table-row" and self._inside:
            self._end_row()
        elif tag == "table":
            self._inside = False

    def data(self, text: str) -> None:
        if self._in_line and not self._beside:
            # White space counts as one space, and as none at the start (ODF 1.3, part 3, §6.1.2).
            text = re.sub(r"[ \t\r\n]+", " ", text)
            line = self._lines[-1]
            self._add(text[1:] if text.startswith(" ") and _ends_white(line) else text)

    def _add(self, text: str) -> None:
        self.meter.count_read(len(text))
        self._lines[-1].append(text)

    def _end_cell(self, cell: dict[str, str]) -> None:
        columns = self._count(cell, _ACROSS)
        value = _value(cell, "\n".join("".join(line) for line in self._lines).strip())
        if value != "":
            self._filled.append((self._column, columns, value))
        if not _SPANNING.isdisjoint(cell):
            self._spoil(cell)
        self._column += columns

    def _spoil(self, cell: dict[str, str]) -> None:
        for rows, columns, why in _SPANS:
            down, across = self._count(cell, rows), self._count(cell, columns)
            if down > 1 or across > 1:
                right, bottom = self._column + across - 1, self._row + down - 1
                self.all[-1].spoil(Area(self._row, self._column, bottom, right, why))

    def _end_row(self) -> None:
        rows = self._rows if self._filled else 0
        for row in range(self._row, self._row + rows):
            for first, columns, value in self._filled:
                for column in range(first, first + columns):
                    self.meter.count_places()
                    self.all[-1].put(row, column, value)
        self._row += self._rows

    def _count(self, attributes: dict[str, str], name: str) -> int:
        text = attributes.get(name)
        if text is None:
            return 1
        if not re.fullmatch(r"[0-9]{1,7}", text) or int(text) > _MOST_REPEATED:
            raise self.meter.refuse(f"is damaged: “{text[:20]}” is no number of cells.")
        return int(text)


def _ends_white(line: list[str]) -> bool:
    last = next((piece for piece in reversed(line) if piece), "")
    return last == "" or last[-1] in " \n\t"


def _value(cell: dict[str, str], shown: str) -> Value:
    """Return what a cell holds; "" where it holds nothing."""
    if _FORMULA in cell:
        return Broken(shown[:200], FORMULA)
    if cell.get(_ERROR_TYPE) == "error":
        return Broken(shown[:200], ERROR)
    match cell.get(_TYPE):
        case "date":
            return _date(cell.get(_OFFICE + "date-value", ""), shown)
        case "time":
            return Broken(shown[:200], TIME)
        case "boolean":
            return cell.get(_OFFICE + "boolean-value") == "true"
        case "percentage" | "currency":
            return shown
        case "float":
            return _number(cell.get(_OFFICE + "value", ""), shown)
        case "string":
            return cell.get(_OFFICE + "string-value", shown)
        case _:
            return shown


def _number(text: str, shown: str) -> Value:
    """Return a number; with the zeros that it shows, but never as rounded as it shows."""
    if not re.fullmatch(r"-?[0-9]{1,300}(?:\.[0-9]{1,300})?(?:[eE][+-]?[0-9]{1,3})?", text):
        return Broken(shown[:200] or text[:40], NO_NUMBER)
    number = float(text)
    if re.fullmatch(r"[0-9]{1,20}", shown) and int(shown) == number:
        return shown
    return int(number) if number.is_integer() and abs(number) < 1e15 else number


def _date(text: str, shown: str) -> Value:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return Broken(shown[:200] or text[:40], NO_DATE)
    if not shown:
        return day_or_moment(moment)
    figures = re.findall(r"[0-9]+", shown)
    year = next((one for one in figures if one in (f"{moment:%Y}", f"{moment:%y}")), None)
    if year is not None:
        figures.remove(year)
    day = any(one.lstrip("0") == str(moment.day) for one in figures)
    return shown_in_part(moment, year=year is not None, day=day)
