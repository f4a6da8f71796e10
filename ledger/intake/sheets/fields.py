"""A header and the rows under it: cells by name, read as what they should hold, or their faults."""

import difflib
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any, TypeVar

from ledger.date_phrases import DatePhrase, DateProblem, read_date
from ledger.events import texts
from ledger.events.streams import BODY_ID, REFERENCE, key_of
from ledger.events.texts import unstorable
from ledger.intake.pages.blocks import Block
from ledger.intake.pages.words import match_number
from ledger.intake.sheets.cells import (
    Broken,
    Rejected,
    Sheet,
    SheetRow,
    UnreadableSheet,
    Value,
    letter,
)
from ledger.intake.sheets.layout import (
    MEANS,
    ClaimRead,
    Column,
    SourceRead,
    TargetRead,
)

_Word = TypeVar("_Word", bound=str)
_Row = TypeVar("_Row")
_YEAR = re.compile(r"(?:19|20|21)[0-9]{2}")
_LEAD = re.compile(r"(?:by|not later than|no later than|on or before)\b", re.IGNORECASE)
_LONGEST_DATE = 200
_SEARCHED = 20
"""In how many rows of a sheet its header is looked for."""
_LOST = "it is a number, not a date: format the cell as a date, or write 16 May 2025"


def plain_name(text: str) -> str:
    """Return a name as compared: single spaces, no `_`, lower case."""
    return " ".join(text.replace("_", " ").split()).casefold()


@dataclass(frozen=True, slots=True)
class Header:
    """The header of a sheet: where it stands, and the names over its columns, which count from
    0."""

    row: SheetRow
    names: dict[int, str]
    below: tuple[SheetRow, ...]

    def column(self, name: str) -> int | None:
        """Return the column of a name, if there is one. Raise UnreadableSheet if there are two."""
        found = [at for at, one in self.names.items() if plain_name(one) == plain_name(name)]
        if len(found) > 1:
            raise UnreadableSheet(
                f"{self.row.place}: the column “{name}” is there twice: rename one of them."
            )
        return found[0] if found else None

    def likeness(self, names: Iterable[str]) -> int:
        """Return how many of some names it has."""
        return len({*map(plain_name, self.names.values())} & {*map(plain_name, names)})


def header_of(sheet: Sheet, names: Iterable[str]) -> Header:
    """Return the header of a sheet that is not empty: of its first rows the one that has most of
    the names; without names, the one with most cells that are words."""
    wanted = {plain_name(one) for one in names}

    def likeness(row: SheetRow) -> int:
        words = {plain_name(one) for one in row.cells.values() if isinstance(one, str)}
        return len(words & wanted) if wanted else len(words)

    first = sheet.rows[:_SEARCHED]
    chosen = max(range(len(first)), key=lambda n: (likeness(first[n]), -n))
    row = sheet.rows[chosen]
    named = {
        at: " ".join(shown(value).split()) or f"column {letter(at)}"
        for at, value in sorted(row.cells.items())
    }
    return Header(row, named, sheet.rows[chosen + 1 :])


def fits(sheet: Sheet, columns: Sequence[Column]) -> bool:
    """Return whether a sheet's header has all the columns needed, and none that is unknown."""
    named = header_of(sheet, _known(columns)).names.values()
    names = {plain_name(name) for name in named}
    needed = {column.name for column in columns if column.needed}
    return len(names) == len(named) and needed <= names <= _known(columns)


def _known(columns: Sequence[Column]) -> set[str]:
    return {column.name for column in columns}


def read_header(sheet: Sheet, columns: Sequence[Column]) -> Header:
    """Return the header of a sheet of ours that is not empty, with the names of the columns.
    `UnreadableSheet` says what is wrong with it."""
    header = header_of(sheet, _known(columns))
    where = str(header.row.place)
    if header.row.fault is not None:
        raise UnreadableSheet(f"{where}: {header.row.fault.why}; it is the header.")
    for column, value in sorted(header.row.cells.items()):
        if isinstance(value, Broken):
            raise UnreadableSheet(f"{where}, column {letter(column)}: {value.why}.")
    names = {column: plain_name(name) for column, name in header.names.items()}
    for column, name in names.items():
        if name not in _known(columns):
            said = header.names[column][:60]
            raise UnreadableSheet(f"{where}: there is no column “{said}”{_nearest(name, columns)}.")
        header.column(name)
    if missing := [one.name for one in columns if one.needed and one.name not in names.values()]:
        listed = "”, “".join(missing)
        raise UnreadableSheet(f"{where}: the header lacks “{listed}”.")
    return replace(header, names=names)


def _nearest(name: str, columns: Sequence[Column]) -> str:
    known = [column.name for column in columns]
    near = difflib.get_close_matches(name[:60], known, n=1, cutoff=0.5)
    return f"; the nearest is “{near[0]}”" if near else f"; there are {', '.join(known)}"


def read_row(
    kind: Callable[..., _Row], columns: Mapping[str, tuple[Column, ...]], fields: "Fields"
) -> _Row:
    """Return a row of a kind, whose fields are read from columns. What is wrong with a cell is a
    fault of `fields`."""
    return kind(
        place=fields.place, **{name: fields.read(one) for name, (one, *_) in columns.items()}
    )


class Fields:
    """A row under a header. Each method reads one cell: its value, or None and a fault. `names`:
    how the file itself calls a column, where it calls it otherwise."""

    def __init__(
        self, row: SheetRow, header: Mapping[int, str], names: Mapping[str, str] | None = None
    ) -> None:
        self.place = row.place
        self._names = names or {}
        self.faults: list[Rejected] = []
        self._cells: dict[str, Value] = {}
        if row.fault is not None:
            self.fault("", row.fault.why, row.fault.shown)
        for column, value in row.cells.items():
            name = header.get(column)
            if name is None:
                why = value.why if isinstance(value, Broken) else "the header has no name for it"
                self.fault(f"column {letter(column)}", why, shown(value))
            elif isinstance(value, Broken):
                self.fault(name, value.why, value.shown)
                self._cells[name] = value
            else:
                self._cells[name] = value

    def fault(self, name: str, why: str, value: str | None = None) -> None:
        """Note a fault of a cell, or, without a name, of the row."""
        said = shown(self._cells.get(name, "")) if value is None else value
        self.faults.append(Rejected(self.place, self._names.get(name, name), said[:200], why))

    def holds(self, name: str) -> bool:
        return name in self._cells

    def text(self, name: str) -> str | None:
        """Return words, with their line breaks. A whole number counts as its figures."""
        value = self._cells.get(name)
        match value:
            case None | Broken():
                return None
            case bool() | float() | date():
                kind = "a date" if isinstance(value, date) else "a number or TRUE or FALSE"
                self.fault(name, f"it is {kind}, where words stand: format the cell as text")
                return None
            case int():
                return str(value)
            case str():
                if why := unstorable(value):
                    self.fault(name, why.rstrip("."))
                    return None
                return value

    def line(self, name: str) -> str | None:
        """Return words on one line, such as a title or the id of a body."""
        text = self.text(name)
        return None if text is None else " ".join(text.split())

    def label(self, name: str) -> str | None:
        """Return a short word of somebody's list, such as a theme."""
        text = self.line(name)
        if text is not None and (why := texts.why_unfit("label", text)):
            self.fault(name, why.rstrip("."))
            return None
        return text

    def needed(self, name: str, text: str | None) -> str:
        """Return the same text; add a fault if the cell is empty."""
        if text is None and not self.holds(name):
            self.fault(name, "it is empty, and is needed")
        return text or ""

    def read(self, column: Column) -> Any:
        """Return what the cell under a column holds, read as the column says; with a fault where
        it has to hold something and does not."""
        match column.how:
            case "word":
                return self.word(column.name, column.words, column.default)
            case "several":
                listed = self.listed(column.name)
                read = (self._word(column.name, one, column.words) for one in listed)
                return tuple(read) or (column.default,)
            case "listed" if column.needed and self.holds(column.name):
                if not (found := self.listed(column.name)):
                    self.fault(column.name, "it names nobody")
                return found
            case how:
                value = getattr(self, how)(column.name)
                return value or self.needed(column.name, value or None) if column.needed else value

    def reference(self, name: str) -> str | None:
        """Return the reference of a report."""
        return self._formed(name, REFERENCE, "reference", ", 80 at most")

    def duty(self, name: str) -> str | None:
        """Return the name of a duty."""
        return self._formed(name, BODY_ID, "name of a duty", ", such as action-plan")

    def _formed(self, name: str, form: re.Pattern[str], what: str, more: str) -> str | None:
        found = self.line(name)
        if found and not form.fullmatch(found):
            why = f"“{found[:90]}” is no {what}: use lower-case letters, digits and hyphens{more}"
            self.fault(name, why)
        return found

    def source(self, _: str) -> SourceRead | None:
        """Return the source of a row's act, if it has one beside the sheet."""
        url, note = self.url("source url"), self.text("source note")
        return SourceRead(url, note) if url or note else None

    def when(self, name: str) -> TargetRead | None:
        """Return a target: its day, or its words where they are no date."""
        if isinstance(self._date(name), DateProblem):
            return TargetRead(None, shown(self._cells[name]))
        return self.target(name)

    def target(self, name: str) -> TargetRead | None:
        """Return the day, and the words where they say more than the day. What is no date is a
        fault."""
        read, phrase = self._date(name), self.text("target phrase")
        if isinstance(read, DateProblem):
            self.fault(name, read.why)
            read = None
        if read is None:
            return TargetRead(None, phrase) if phrase else None
        if phrase is None and (read.on is None or _LEAD.match(read.phrase)):
            phrase = read.phrase
        return TargetRead(read.on, phrase)

    def listed(self, name: str) -> tuple[str, ...]:
        """Return words separated by `;`, each once."""
        parts = (" ".join(part.split()) for part in (self.text(name) or "").split(";"))
        return tuple(dict.fromkeys(part for part in parts if part))

    def reasoned(self, name: str) -> tuple[tuple[str, str], ...]:
        """Return bodies, each with a colon and a reason, separated by `;`."""
        found = []
        for one in self.listed(name):
            body, _, why = (part.strip() for part in one.partition(":"))
            if body and why:
                found.append((body, why))
            else:
                self.fault(name, f"“{one[:80]}” says no reason: write the body, a colon, and why")
        return tuple(found)

    def url(self, name: str) -> str | None:
        return self._address(name, self.line(name))

    def urls(self, name: str) -> tuple[str, ...]:
        return tuple(filter(None, (self._address(name, one) for one in self.listed(name))))

    def word(self, name: str, words: Sequence[_Word], default: _Word | None = None) -> _Word:
        """Return one of the words listed, or `default` if the cell is empty. After a fault it is
        the first of them."""
        text = self.line(name)
        if text is None:
            if default is None:
                self.needed(name, None)
            return words[0] if default is None else default
        return self._word(name, text, words)

    def number(self, name: str) -> str | None:
        """Return the number of a recommendation, in the form published."""
        value = self._cells.get(name)
        if isinstance(value, date):
            self.fault(name, "it is a date: format the cell as text, and write the number again")
            return None
        if isinstance(value, float):
            self.fault(name, "3.1 and 3.10 look alike as numbers: format the cell as text")
            return None
        text = self.line(name)
        if text is not None:
            try:
                key_of(text)
            except ValueError as error:
                self.fault(name, str(error).rstrip("."))
                return None
            # As on a page: `Area for improvement 1` is AFI 1, by another of its names.
            found = match_number(Block(text, 0))
            if found is not None and not found.rest and found.kind == "afi":
                return found.number if key_of(found.number) != key_of(text) else text
        return text

    def date(self, name: str, *, exact: bool = False) -> str | None:
        """Return a day, month or year (`exact`: a day); None where it is not known."""
        read = self._date(name)
        if isinstance(read, DateProblem):
            self.fault(name, read.why)
            return None
        if read is None:
            return None
        if read.on is None or _LEAD.match(read.phrase):
            self.fault(name, f"“{read.phrase}” is no date on which something was or will be")
            return None
        if exact and len(read.on) != len("2025-05-16"):
            self.fault(name, f"“{read.phrase}” is no exact day")
            return None
        return read.on

    def exact_date(self, name: str) -> str | None:
        """Return a day, and no month or year."""
        return self.date(name, exact=True)

    def version(self, name: str) -> int | None:
        """Return a version of a stream."""
        text = self.line(name)
        if text and not (text.isascii() and text.isdecimal() and len(text) < 10):
            self.fault(name, f"“{text[:20]}” is no version")
            return None
        return int(text) if text else None

    def claim(self, _: str = "") -> ClaimRead | None:
        """Return the progress that a row claims: as stated and as meant, or not at all."""
        stated, expected = self.text("claim as stated"), self.date("expected on")
        if not (self.holds("claim as stated") or self.holds("means")):
            if self.holds("expected on"):
                self.fault("means", "it is empty, though there is expected on: say what is claimed")
            return None
        as_stated = self.needed("claim as stated", stated)
        return ClaimRead(as_stated, self.word("means", MEANS), expected)

    def _date(self, name: str) -> DatePhrase | DateProblem | None:
        value = self._cells.get(name)
        match value:
            case None | Broken():
                return None
            case datetime():
                return DateProblem(shown(value), "it has a time of day: give the day alone")
            case date():
                if not 1900 <= value.year <= 2199:
                    return DateProblem(shown(value), "it is not between 1900 and 2199")
                return DatePhrase(value.isoformat(), value.isoformat())
            case bool() | float():
                return DateProblem(shown(value), _LOST)
            case int() | str():
                text = " ".join(str(value).split())
                if len(text) > _LONGEST_DATE:
                    return DateProblem(text[:80], "these are more words than a date has")
                if _YEAR.fullmatch(text):
                    return DatePhrase(text, text)
                if text.lower() == "not known":
                    return None
                return DateProblem(text, _LOST) if text.isdecimal() else read_date(text)

    def _word(self, name: str, text: str, words: Sequence[_Word]) -> _Word:
        said = re.sub(r"[\s_-]+", "_", text).lower()
        for word in words:
            if word == said:
                return word
        self.fault(name, f"“{text[:60]}” is none of {', '.join(words).replace('_', ' ')}")
        return words[0]

    def _address(self, name: str, text: str | None) -> str | None:
        if text is not None and (why := texts.why_unfit("url", text)):
            self.fault(name, f"“{text[:80]}” is no address: {why[0].lower()}{why[1:-1]}")
            return None
        return text


def shown(value: Value) -> str:
    """Return a cell as its sheet shows it."""
    match value:
        case Broken():
            return value.shown
        case bool():
            return str(value).upper()
        case datetime():
            return value.isoformat(" ")
        case date():
            return value.isoformat()
        case _:
            return str(value)
