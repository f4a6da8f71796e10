"""The round-trip sheet: a row for each open recommendation went out, updates come back.

Sheets of before 0.2 had other names for its columns, and began with the ids. They are still read.
"""

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from itertools import chain
from typing import Annotated

from ledger.events.recommendation import Means
from ledger.events.streams import key_of
from ledger.intake.sheets.cells import Book, Place, Rejected, Sheet, UnreadableSheet
from ledger.intake.sheets.fields import (
    Fields,
    header_of,
    plain_name,
    read_header,
    read_row,
    shown,
)
from ledger.intake.sheets.layout import HELP, MEANS, ClaimRead, Column, Numbered, columns_of

UPDATE, ON, STANDS_NOW = "what you did", "on what day", "how it stands"
RATED, DONE_BY = "in your words", "done by"
QUESTION, ANSWERS, QUESTION_ID = "question", "answers the question", "question id"
_AS_IT_IS = "Leave it as it is."
_IN_WORDS: dict[Means, str] = {one: one.replace("_", " ").capitalize() for one in MEANS}


# fmt: off
@dataclass(frozen=True, slots=True, kw_only=True)
class UpdateRow(Numbered):
    """An update, in the fields of the request; `version` is what the force had seen. The columns
    behind the first of a field are only shown, or read with it."""

    place: Place
    recommendation: Annotated[str,
        Column("recommendation", f"Its words, or how they begin. {_AS_IT_IS}", "text", needed=True,
               given=True, width=46),
        Column("from", "Its number, and the report's title. Not read back.", given=True, width=16),
        Column("stands", "How it stood when the sheet was written. Not read back.", given=True,
               width=26)]
    text: Annotated[str,
        Column(UPDATE, "What was done, or happened. A row without it says nothing.", "text",
               needed=True, width=38)]
    occurred_on: Annotated[str | None,
        Column(ON, "The day as of which this is so: 16 May 2025. Empty: not known.", "date",
               width=11)] = None
    claim: Annotated[ClaimRead | None,
        Column(STANDS_NOW, "Choose from the list. Empty: you claim nothing.", "standing",
               words=tuple(_IN_WORDS.values()), width=11),
        Column(RATED, "Your own word for how it stands, if you have one: Green, 80 % done.",
               width=10),
        Column(DONE_BY, "The day by which you expect to be done.", width=11)] = None
    question: Annotated[str | None,
        Column(QUESTION, "What you were asked. A row for each question.", "text", given=True,
               width=22)] = None
    answers: Annotated[str | None,
        Column(ANSWERS, "Yes, if what you did is the answer; No, if the answer is still to come.",
               "reply", words=("Yes", "No"), width=10)] = None
    """The question that it answers: the id of its entry, or its words."""
    report: Annotated[str,
        Column("report", f"The report's reference. {_AS_IT_IS}", needed=True, given=True,
               apart=True)]
    number: Annotated[str,
        Column("number", f"The recommendation's number. {_AS_IT_IS}", "number", needed=True,
               given=True, apart=True, width=9)]
    addressee: Annotated[str,
        Column("addressee", f"To whom it is addressed. {_AS_IT_IS}", needed=True, given=True,
               apart=True)]
    version: Annotated[int,
        Column("version", "How far its record had come. If it has moved on since, the row is "
               "refused.", "version", needed=True, given=True, apart=True, width=9)]
    question_id: Annotated[str | None,
        Column(QUESTION_ID, f"The entry of the question. {_AS_IT_IS}", given=True, apart=True)
        ] = None
    check: Annotated[str,
        Column("check", f"Shows whether the row is still the one that was written. {_AS_IT_IS}",
               needed=True, given=True, apart=True, width=13),
        Column("whole words", "The recommendation, where the first column has only its beginning. "
               "Not read back.", given=True, apart=True)]
# fmt: on


_FIELDS = columns_of(UpdateRow)
COLUMNS = tuple(chain.from_iterable(_FIELDS.values()))
ASKED = tuple(column.name for column in COLUMNS if not column.given)
"""The columns that the force fills in."""
NOT_TAKEN = Column(
    "why not taken",
    "Why the row was not recorded. Mend it, and send it again.",
    given=True,
    width=40,
)
"""The first column of a sheet that comes back for what was not taken."""
_BEFORE = {
    "update": UPDATE,
    "occurred on": ON,
    "means": STANDS_NOW,
    "claim as stated": RATED,
    "expected on": DONE_BY,
    "answers": ANSWERS,
}
"""The present names of columns, by their names in sheets of before 0.2."""
_NO_MORE = tuple(
    Column(name) for name in ("title", "status", "target", "last update", "open questions")
)
"""Columns of such sheets that are not read back."""
_ENTRY = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)
SHEET = "updates"


@dataclass(frozen=True, slots=True)
class Updates:
    """The returned sheet: each row is an update, a rejection, or an unfilled row that is
    counted."""

    rows: tuple[UpdateRow, ...]
    unfilled: int
    rejected: tuple[Rejected, ...]
    filled: Mapping[int, Mapping[str, str]] = field(default_factory=dict, compare=False)
    """The cells of each filled row, by row number and column."""


def read_updates_sheet(book: Book) -> Updates:
    """Return the updates of a sheet that came back. `UnreadableSheet` if its header is another."""
    updates: list[UpdateRow] = []
    rejected: list[Rejected] = []
    unfilled = 0
    sheet, before = _by_present_names(_sheet(book, rejected))
    header = read_header(sheet, (*COLUMNS, NOT_TAKEN, *_NO_MORE))
    filled: dict[int, dict[str, str]] = {}
    seen: dict[tuple[str, str, str, str | None], Place] = {}
    for row in header.below:
        read, faults = _update(_Row(row, header.names, before))
        rejected.extend(faults)
        if read is not None or faults:
            names = header.names
            cells = row.cells.items()
            filled[row.place.row] = {names[n]: shown(cell) for n, cell in cells if n in names}
        if read is None:
            unfilled += not faults
            continue
        key = (read.report, read.key, read.addressee.casefold(), read.answers)
        if key in seen:
            why = f"row {seen[key].row} is about the same recommendation: send one update"
            why += " in answer to this question" if read.answers else ""
            rejected.append(Rejected(row.place, "number", read.number, why))
        else:
            seen[key] = row.place
            updates.append(read)
    return Updates(tuple(updates), unfilled, tuple(rejected), filled)


def _sheet(book: Book, rejected: list[Rejected]) -> Sheet:
    """Return the sheet named `updates`, or the only one that is not `help`."""
    sheets = [each for each in book.sheets if each.rows and plain_name(each.name) != HELP]
    named = [each for each in sheets if plain_name(each.name) == SHEET]
    if not named and len(sheets) != 1:
        raise UnreadableSheet(f"{book.file} has no sheet named “{SHEET}”.")
    chosen = (named or sheets)[0]
    for sheet in sheets:
        if sheet is not chosen:
            why = f"no row of this sheet is read: the updates stand in “{chosen.name}”"
            rejected.append(Rejected(sheet.rows[0].place, "", sheet.name, why))
    return chosen


def _by_present_names(sheet: Sheet) -> tuple[Sheet, dict[str, str]]:
    """Return a sheet with its header in the present names of columns, and the names of before that
    stood there, by the present ones."""
    header = header_of(sheet, (*(column.name for column in COLUMNS), *_BEFORE))
    before = {at: plain_name(name) for at, name in header.names.items()}
    before = {at: name for at, name in before.items() if name in _BEFORE}
    cells = {**header.row.cells, **{at: _BEFORE[name] for at, name in before.items()}}
    rows = (replace(row, cells=cells) if row is header.row else row for row in sheet.rows)
    return replace(sheet, rows=tuple(rows)), {_BEFORE[name]: name for name in before.values()}


class _Row(Fields):
    """A row under the header of this sheet, with its own readings."""

    def standing(self, name: str) -> ClaimRead | None:
        """Return what a row claims. The word of the list stands for the force's own, if there is
        none."""
        stated, expected = self.text(RATED), self.date(DONE_BY)
        if self.holds(name):
            means = self.word(name, MEANS)
            return ClaimRead(stated or _IN_WORDS[means], means, expected)
        if self.holds(RATED) or self.holds(DONE_BY):
            self.fault(name, "it is empty, though a claim stands beside it: choose a word")
        return None

    def reply(self, name: str) -> str | None:
        """Return the question that a row answers: its own, if it says yes; or the one that it names
        by an id or in words. A row with a question has to say yes or no."""
        text, question = self.line(name), self.line(QUESTION_ID)
        match (text or "").casefold():
            case "no":
                return None
            case "yes" if question:
                return question.lower()
            case "yes":
                self.fault(name, "no question stands in this row: leave it empty")
                return None
            case "" if question:
                self.fault(name, "it is empty: write Yes or No")
                return None
            case _:
                return found[0].lower() if text and (found := _ENTRY.match(text)) else text


def _update(fields: _Row) -> tuple[UpdateRow | None, list[Rejected]]:
    """Return the update of a row, or None with its faults; without faults it is not filled in."""
    if not any(map(fields.holds, ASKED)):
        return None, fields.faults
    read = read_row(UpdateRow, _FIELDS, fields)
    if not fields.faults and read.check.lower() != check_of(
        read.report,
        read.number,
        read.addressee,
        read.version,
        read.recommendation,
        read.question_id or "",
    ):
        fields.fault(
            "check",
            "the row is not as it was written: its report, number, addressee, question, "
            "recommendation or version was changed, or stands in another row",
        )
    return (None if fields.faults else read), fields.faults


def check_of(
    report: str, number: str, addressee: str, version: int, text: str, question: str = ""
) -> str:
    """Return what shows that a row is as it was written: ten letters, no digits, since a
    spreadsheet would make a number of some that have digits.

    Neither white space nor the mark of a .csv that is kept as .xlsx makes a difference.
    """
    words = " ".join(text.split()).lstrip("'")
    parts = [report, key_of(number), addressee.casefold(), str(version), words]
    said = "\n".join([*parts, question] if question else parts)
    digest = hashlib.sha256(said.encode("utf-8")).hexdigest()[:10]
    return "".join(chr(ord("a") + int(figure, 16)) for figure in digest)
