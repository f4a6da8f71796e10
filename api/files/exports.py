"""Exported lists: their rows as files, one after the other, with notes on what was asked.

Sheets (.csv, .xlsx, .ods) have no formulas; a sheet of notes has the question and the meaning of
each column. The files .json and .jsonl have the API's own answers.
"""

import base64
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, BinaryIO, Literal, get_args

import msgspec

from api.files.columns import (
    ABOUT,
    ACROSS,
    CHANGES,
    COMPLIANCE,
    GRADES,
    LATE_ENTRIES,
    MEETINGS,
    RECOMMENDATIONS,
    REPORTS,
    RESPONSES,
    Exported,
    heading,
)
from api.files.writers import MOST_IN_EXCEL, SheetOut, writable, write
from api.schemas.reads import (
    Asked,
    AskedAcross,
    AskedCompliance,
    EveryChange,
    EveryGrade,
    EveryLateEntry,
    EveryMeeting,
    EveryRecommendation,
    EveryReport,
    EveryResponse,
)
from ledger.errors import AnswerableError
from ledger.intake.sheets.layout import Column
from ledger.seal.checkpoints import Sealing
from projections.as_of import At
from projections.fields import plain
from projections.questions.exports import (
    ExportedRow,
    Texts,
    Value,
    each_body_across,
    each_change,
    each_grade,
    each_group,
    each_late_entry,
    each_meeting,
    each_recommendation,
    each_report,
    each_response,
)
from projections.questions.question import Question
from projections.verdict.compliance import METHOD


def _plain(value: Any) -> Value:
    if value is None or type(value) is str or type(value) is int:
        return value
    return ("yes" if value else "no") if isinstance(value, bool) else str(value)


Form = Literal["ods", "xlsx", "csv", "json", "jsonl"]
FORMS: tuple[Form, ...] = get_args(Form)
MEDIA_TYPES: dict[Form, str] = {
    "ods": "application/vnd.oasis.opendocument.spreadsheet",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "csv": "text/csv; charset=utf-8",
    "json": "application/json",
    "jsonl": "application/jsonl",
}
List = Literal[
    "recommendations",
    "across",
    "responses",
    "grades",
    "reports",
    "meetings",
    "compliance",
    "changes",
    "late-entries",
]


@dataclass(frozen=True, slots=True)
class ExportedList:
    """A list that is exported: by an address below `/api/`, and by a command."""

    path: str
    what: str
    says: str
    columns: tuple[Exported, ...]
    asked: type[Asked]
    each: Callable[[Question, Any], Iterator[ExportedRow]]
    """Yields its rows, by the filters of the request."""
    sealed: bool = False
    """True if the list has sealed entries alone."""
    rows: str = ""
    """The name of its rows, if it is not the list's."""


LISTS: dict[List, ExportedList] = {
    "recommendations": ExportedList(
        "recommendations",
        "The recommendations",
        "every recommendation, as the list shows it at two dates.",
        RECOMMENDATIONS,
        EveryRecommendation,
        each_recommendation,
    ),
    "across": ExportedList(
        "recommendations/across",
        "The same recommendation to each of its bodies, by name,",
        "the same recommendation to each of its bodies, by name, at two dates.",
        ACROSS,
        AskedAcross,
        lambda question, asked: each_body_across(question, asked["report"], asked["number"]),
        rows="bodies",
    ),
    "responses": ExportedList(
        "responses",
        "The responses",
        "every response owed, with its verdict, as the list shows it at two dates.",
        RESPONSES,
        EveryResponse,
        each_response,
    ),
    "grades": ExportedList(
        "reports/grades",
        "The grades that reports gave, as published,",
        "the grades that reports gave, as published, at two dates, the newest report first.",
        GRADES,
        EveryGrade,
        each_grade,
    ),
    "reports": ExportedList(
        "reports",
        "The reports",
        "every report, the newest first, with the number of records about it, at two dates.",
        REPORTS,
        EveryReport,
        each_report,
    ),
    "meetings": ExportedList(
        "meetings",
        "The meetings of panels",
        "every meeting of a panel, the latest first, at two dates.",
        MEETINGS,
        EveryMeeting,
        each_meeting,
    ),
    "compliance": ExportedList(
        "compliance",
        "The responses owed in numbers, for each body by name, kind of report or year,",
        "the responses owed in numbers, by body, kind of report or year, at two dates.",
        COMPLIANCE,
        AskedCompliance,
        each_group,
        rows="rows",
    ),
    "changes": ExportedList(
        "changes",
        "The changes since a moment or a meeting",
        "what changed from a moment (`from`) or meeting (`since_meeting`) to another moment.",
        CHANGES,
        EveryChange,
        each_change,
    ),
    "late-entries": ExportedList(
        "late-entries",
        "The entries recorded late, without backfill,",
        "the sealed entries that were recorded long after what they tell of, without backfill.",
        LATE_ENTRIES,
        EveryLateEntry,
        each_late_entry,
        sealed=True,
        rows="entries",
    ),
}
MOST_ROWS = 1_048_575
"""The most rows below the header in a sheet of Excel."""
_CUT = "… [cut here: a cell of Excel holds no more]"
Rows = Iterable[Sequence[Value]]


class TooMuch(AnswerableError):
    """The rows are more than this kind of file holds."""


class Busy(AnswerableError):
    """The most files that may be made or read at once are in work."""


@dataclass(frozen=True, slots=True)
class Export:
    """An export: its list, dates, log and filters."""

    name: List
    when: At
    log: str
    texts: Texts
    asked: Mapping[str, Any]
    checkpoint: Sealing | None
    """The newest checkpoint of the log when the file was made."""
    synthetic: bool
    address: str | None = None
    """The address that always gives the same answer."""

    @property
    def columns(self) -> tuple[Exported, ...]:
        """The columns of the list itself; `ABOUT` follows them."""
        return LISTS[self.name].columns

    @property
    def about(self) -> tuple[Value, ...]:
        """The values of `ABOUT`, the same in every row."""
        day = self.when.effective_on.isoformat()
        return (self.when.position, day, METHOD, self.log, self.texts)

    def lines(self, question: Question) -> Iterator[ExportedRow]:
        """Return the items of the list, one after the other, filtered by `asked`."""
        return LISTS[self.name].each(question, self.asked)

    def notes(self) -> Iterator[tuple[str, str]]:
        """Yield the notes on a file: the question, its dates, and the checkpoint that proves it."""
        given = self.when.as_of.known_at
        yield "What this is", f"{LISTS[self.name].what} of the log {self.log}, one in each row."
        if self.synthetic:
            yield "Made up", "Nothing here happened as it is told: all of it is invented."
        for name, value in self.asked.items():
            yield f"Asked for {name}", str(value)
        if not self.asked:
            yield "Asked for", "all"
        yield "Known at", "now, when this file was made" if given is None else str(given)
        yield "Position", f"{self.when.position}: what the log recorded after it is not here"
        yield "Effective on", f"{self.when.effective_on}: what happened later is not here"
        if self.checkpoint is None:
            yield "Checkpoint", "none: nothing of the log is sealed yet"
        else:
            root = base64.b64encode(self.checkpoint.root).decode()
            size = self.checkpoint.size
            yield "Checkpoint", f"{size} entries, root {root} (Merkle tree of RFC 6962)"
        if self.address is not None:
            yield "Answered again at", self.address
        public = "those that the public may read; “Held” names the others"
        yield "Which texts", public if self.texts == "public" else "those for the office are in it"
        yield "Days", "as YYYY-MM-DD; empty: not known, or there is none"


def given(asked: Mapping[str, Any]) -> dict[str, Any]:
    """Return the filters of a request that say something."""
    return {name: value for name, value in asked.items() if value not in (None, "", [])}


def write_export(file: BinaryIO, form: Form, export: Export, lines: Iterable[ExportedRow]) -> int:
    """Write an export line by line. Return the number of lines. Raise TooMuch if a sheet cannot
    hold them."""
    columns = export.columns
    headings = [*(one.heading for one in columns), *map(heading, ABOUT)]
    gets, about = [one.get for one in columns], export.about
    rows = ([*map(_plain, [get(line) for get in gets]), *about] for line in lines)
    if form == "json" or form == "jsonl":
        return _json(file, form, export, lines)
    count = 0

    def counted() -> Iterator[Sequence[Value]]:
        nonlocal count
        for row in _rows(rows, form):
            count += 1
            yield row

    write(file, _sheets(export, headings, counted()), form)
    return count


def _meanings(export: Export) -> Iterator[tuple[str, str, str]]:
    """Yield the heading of each column, its name in the API, and its meaning."""
    for one in export.columns:
        yield one.heading, one.name, one.says
    for name, says in ABOUT.items():
        yield heading(name), name, says


def _json(file: BinaryIO, form: Form, export: Export, lines: Iterable[ExportedRow]) -> int:
    """Write the API's answers with the other columns of a row: one on each line, or all in one
    object."""
    about = dict(zip(ABOUT, export.about, strict=True))
    names = {one.name for one in export.columns}
    count = 0
    if form == "json":
        head = {
            "notes": dict(export.notes()),
            "columns": [
                {"heading": head, "name": name, "says": says}
                for head, name, says in _meanings(export)
            ],
        }
        file.write(msgspec.json.encode(head)[:-1] + b',"items":[')
    for line in lines:
        more: dict[str, Any] = {}
        if "removed" in names:
            more = {"report_title": line.title, "removed": list(line.removed)}
        said = msgspec.json.encode({**plain(line.item), **more, **about})
        if form == "json":
            file.write((b",\n" if count else b"\n") + said)
        else:
            file.write(said + b"\n")
        count += 1
    if form == "json":
        file.write(b"]}\n")
    return count


def _sheets(export: Export, headings: Sequence[str], rows: Rows) -> tuple[SheetOut, SheetOut]:
    """Return the sheet of rows, as many as Excel takes, and the sheet of notes."""
    header = [Column(one, "", given=True, width=_width(one)) for one in headings]
    notes = [
        ("Notes", "", ""),
        *((what, "", words) for what, words in export.notes()),
        ("Column", "Name in the API", "What it holds"),
        *_meanings(export),
    ]
    first, *others = (tuple(_short(writable(cell)) for cell in note) for note in notes)
    beside = [
        Column(one, "", given=True, width=width)
        for one, width in zip(first, (24, 24, 90), strict=True)
    ]
    return SheetOut(export.name, header, rows), SheetOut("notes", beside, others)


def _width(column: str) -> int:
    """Return the width of a column in characters. Passages and titles have more room."""
    return 60 if column in _WIDE else max(12, len(column) + 2)


_WIDE = {
    heading(name) for name in ("report_title", "title", "text", "statement_text", "claim_as_stated")
}


def _rows(rows: Rows, form: Form) -> Iterator[Sequence[Value]]:
    """Yield the rows in the form that a file can hold. Raise TooMuch if a sheet
    cannot hold them all."""
    for number, row in enumerate(rows):
        if form != "csv" and number == MOST_ROWS:
            raise TooMuch(f"A sheet holds {MOST_ROWS:,} rows, and there are more: write a .csv.")
        if form == "xlsx":
            yield [_short(writable(cell)) if isinstance(cell, str) else cell for cell in row]
        else:
            yield row


def _short(text: str) -> str:
    if len(text) <= MOST_IN_EXCEL:
        return text
    return text[: MOST_IN_EXCEL - len(_CUT)] + _CUT
