"""An open sheet: rows of cells, each with its place, and their limits."""

from dataclasses import dataclass, field
from datetime import date, datetime

from ledger.errors import AnswerableError

MOST_BYTES = 10 * 1024 * 1024
MOST_UNPACKED = 100 * 1024 * 1024
MOST_PARTS = 1_000
MOST_ROWS = 20_000
MOST_PLACES = 300_000
MOST_COLUMNS = 100
MOST_CHARACTERS = 16_000_000
MOST_IN_A_CELL = 131_072
MOST_SHEETS = 50
MOST_AREAS = 10_000

# Why a cell cannot be taken, in any kind of workbook.
FORMULA = "it is a formula: paste the value in its place"
MERGED = "its cells {range} are merged: undo that, and repeat the value"
COMPUTED = "its cells {range} are computed by one formula: paste the values in their place"
ERROR = "it shows an error"
TIME = "it is a time of day or a length of time"
NO_DATE = "it is no date"
NO_NUMBER = "it is no number"


class UnreadableSheet(AnswerableError):
    """The file is refused as a whole; nothing was read. The sentence names the file."""


@dataclass(frozen=True, slots=True)
class Broken:
    """A cell that cannot be taken: what it shows, and why; a clause without a full stop."""

    shown: str
    why: str


Value = str | int | float | bool | date | datetime | Broken
"""A date is a day; a datetime has a time of day that is not midnight. Never None or blank."""


@dataclass(frozen=True, slots=True)
class Place:
    """A row of a file. `sheet` is empty for a .csv; rows count from 1, the header's included."""

    file: str
    sheet: str
    row: int

    def __str__(self) -> str:
        return ", ".join(filter(None, (self.file, self.sheet, f"row {self.row}")))

    def beside(self, other: "Place") -> str:
        """Return `row 4`, with its file and sheet if they differ from those of another place."""
        here = (self.file, self.sheet) == (other.file, other.sheet)
        return f"row {self.row}" if here else str(self)


@dataclass(frozen=True, slots=True)
class SheetRow:
    """A row that is not empty. Columns count from 0. `fault` is one of the row as a whole."""

    place: Place
    cells: dict[int, Value]
    fault: Broken | None = None


@dataclass(frozen=True, slots=True)
class Sheet:
    """A sheet: its rows that are not empty, in order."""

    name: str
    rows: tuple[SheetRow, ...]


@dataclass(frozen=True, slots=True)
class Book:
    """A file, opened."""

    file: str
    sheets: tuple[Sheet, ...]


@dataclass(frozen=True, slots=True)
class Rejected:
    """A row that could not be read, or one thing wrong with it.

    `column` is the name in the header, or the column's letter; empty where the whole row is meant.
    `reason` is a clause without a full stop, so that words can follow it.
    """

    place: Place
    column: str
    value: str
    reason: str

    @property
    def sentence(self) -> str:
        column = f", {self.column}" if self.column else ""
        return f"{self.place}{column}: {self.reason}."


@dataclass(slots=True)
class Meter:
    """Counts what a file brings, and refuses it at a limit: time and memory follow the counts."""

    file: str
    rows: int = 0
    places: int = 0
    characters: int = 0
    read: int = 0

    def refuse(self, sentence: str) -> UnreadableSheet:
        return UnreadableSheet(f"{self.file} {sentence}")

    def count_row(self, row: int) -> None:
        """Count a row with something in it."""
        self.rows += 1
        if self.rows > MOST_ROWS:
            raise self.refuse(
                f"has more than {MOST_ROWS:,} rows with something in them (row {row}): "
                "import it in parts."
            )

    def count_places(self, places: int = 1) -> None:
        """Count rows and cells that the file spells out, empty or not."""
        self.places += places
        if self.places > MOST_PLACES:
            raise self.refuse(
                f"has more than {MOST_PLACES:,} rows and cells: delete the empty ones, or import "
                "it in parts."
            )

    def count_cell(self, column: int, value: Value) -> None:
        """Count a cell with something in it, as often as its text is repeated."""
        if column >= MOST_COLUMNS:
            raise self.refuse(
                f"has something in column {letter(column)}; {letter(MOST_COLUMNS - 1)} is the "
                "last that is read."
            )
        if isinstance(value, str):
            self.count_characters(len(value))
            if len(value) > MOST_IN_A_CELL:
                raise self.refuse(
                    f"has a cell of {len(value):,} characters; {MOST_IN_A_CELL:,} is the most."
                )

    def count_read(self, characters: int) -> None:
        """Count characters as they are read, each text once."""
        self.read += characters
        self._check(self.read)

    def count_characters(self, characters: int) -> None:
        self.characters += characters
        self._check(self.characters)

    def _check(self, characters: int) -> None:
        if characters > MOST_CHARACTERS:
            raise self.refuse(f"has more than {MOST_CHARACTERS:,} characters: import it in parts.")


@dataclass(frozen=True, slots=True)
class Area:
    """Cells from one corner to the other, both included, counting from 0; and why not taken."""

    top: int
    left: int
    bottom: int
    right: int
    why: str

    @property
    def name(self) -> str:
        """`A3:C5`"""
        return f"{letter(self.left)}{self.top + 1}:{letter(self.right)}{self.bottom + 1}"


@dataclass(slots=True)
class SheetInMaking:
    """A sheet while it is read: cells as they come, then areas that spoil rows."""

    name: str
    meter: Meter
    cells: dict[int, dict[int, Value]] = field(default_factory=dict)
    areas: list[Area] = field(default_factory=list)

    def put(self, row: int, column: int, value: Value) -> None:
        """Put a cell; rows and columns count from 0. Blank text is left out."""
        if isinstance(value, str):
            if "\r" in value:
                value = value.replace("\r\n", "\n").replace("\r", "\n")
            value = value.strip()
            if not value:
                return
        self.meter.count_cell(column, value)
        cells = self.cells.get(row)
        if cells is None:
            self.meter.count_row(row + 1)
            cells = self.cells[row] = {}
        cells[column] = value

    def spoil(self, area: Area) -> None:
        """Note an area whose rows are not accepted."""
        if len(self.areas) == MOST_AREAS:
            raise self.meter.refuse(f"has more than {MOST_AREAS:,} merged or computed ranges.")
        self.areas.append(area)

    def finish(self) -> Sheet:
        """Return the sheet; each row that an area touches has the fault of one of them."""
        areas = sorted(self.areas, key=lambda area: area.top)
        rows, next_area, longest = [], 0, None
        for number in sorted(self.cells):
            while next_area < len(areas) and areas[next_area].top <= number:
                area = areas[next_area]
                if longest is None or area.bottom > longest.bottom:
                    longest = area
                next_area += 1
            fault = None
            if longest is not None and longest.bottom >= number:
                fault = Broken(longest.name, longest.why.format(range=longest.name))
            place = Place(self.meter.file, self.name, number + 1)
            rows.append(SheetRow(place, self.cells[number], fault))
        return Sheet(self.name, tuple(rows))


def letter(column: int) -> str:
    """Return a column's letters: 0 is A, 26 is AA."""
    letters = ""
    column += 1
    while column:
        column, rest = divmod(column - 1, 26)
        letters = chr(ord("A") + rest) + letters
    return letters


def shown_in_part(moment: datetime, *, year: bool, day: bool) -> Value:
    """Return a date as far as its cell shows it: a spreadsheet makes 1 May of a typed “May 2025”.

    It adds the year in which one types, too, so that a date without its year is not taken.
    """
    if not year:
        return Broken(moment.date().isoformat(), "it is a date that is shown without its year")
    if day:
        return day_or_moment(moment)
    if moment.day != 1:
        return Broken(moment.date().isoformat(), "it is a date that is shown without its day")
    return f"{moment.year}-{moment.month:02}"


def day_or_moment(moment: datetime) -> date | datetime:
    """Return a date where the time of day is midnight."""
    return moment if moment.time() != moment.time().min else moment.date()
