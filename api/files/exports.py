"""Exported recommendations and responses as tables: the columns with their meaning, and the rows as
files, one after the other.

Sheets (.csv, .xlsx, .ods) have no formulas; a sheet of notes has the question and the meaning of
each column. The files .json and .jsonl have the API's own answers.
"""

import base64
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from operator import attrgetter
from typing import Any, BinaryIO, Literal, get_args

import msgspec

from api.files.writers import MOST_IN_EXCEL, SheetOut, writable, write
from ledger.dates import london_date
from ledger.errors import AnswerableError
from ledger.intake.sheets.layout import Column
from ledger.seal.checkpoints import Sealing
from projections.answers.recommendation import RecommendationState, TargetStanding
from projections.answers.response import ResponseState
from projections.as_of import At
from projections.questions.exports import (
    ExportedRow,
    Texts,
    Value,
    each_recommendation,
    each_response,
)
from projections.questions.question import Question
from projections.verdict.compliance import METHOD

Get = Callable[[ExportedRow], Any]


@dataclass(frozen=True, slots=True)
class Exported:
    """A column of an export."""

    name: str
    says: str
    get: Get

    @property
    def heading(self) -> str:
        """Its name in words."""
        return heading(self.name)


def heading(name: str) -> str:
    """Return a name in words: `report_title` gives “Report title”."""
    return name.replace("_", " ").capitalize()


def _column(name: str, says: str, *path: str) -> Exported:
    """Return a column with the value at a path of an answer, by default the field with the column's
    name. The value is None if a part of the path is missing."""

    first, *rest = path or (name,)
    outer = attrgetter(f"item.{first}")
    if not rest:
        return Exported(name, says, outer)
    inner = attrgetter(*rest)
    return Exported(name, says, lambda line: inner(found) if (found := outer(line)) else None)


def _last(name: str, field: str) -> Get:
    """Return the getter of a field of the last item of a list, such as `statements`."""
    lines, get = attrgetter(f"item.{name}"), attrgetter(field)
    return lambda line: get(found[-1]) if (found := lines(line)) else None


def _target(line: ExportedRow) -> TargetStanding:
    assert isinstance(line.item, RecommendationState)
    return line.item.target


def _parts(line: ExportedRow) -> Sequence[str]:
    assert isinstance(line.item, ResponseState)
    return line.item.parts


_HELD = Exported(
    "held",
    "Texts that are not in this file since they are for the office: which field, held by whom, "
    "since when.",
    lambda line: "; ".join(
        f"{one.field} by {one.by} since {_day(one.since)}" for one in line.item.held
    ),
)
_REMOVED = Exported(
    "removed", "Texts that were removed: which fields.", lambda line: "; ".join(line.removed)
)
_REPORT = _column("report", "The report's reference.")
_TITLE = Exported("report_title", "The report's title.", lambda line: line.title)

RECOMMENDATIONS: tuple[Exported, ...] = (
    _REPORT,
    _TITLE,
    _column("number", "The number as published."),
    _column("addressee", "The body that it is addressed to."),
    _column("addressee_name", "That body's name."),
    _column("kind", "The report's word for it."),
    _column("parent", "The number of the cause of concern that it belongs to."),
    _column("text", "The recommendation."),
    _column("raised_on", "The day it was raised: the report’s, unless another is given for it."),
    _column("status", "How it stands. A claim is not closure."),
    _column(
        "refused_on",
        "The day of the last refusal to close it, where nothing closed or ended it since.",
        "refused",
        "on",
    ),
    _column("refused_by", "Who refused.", "refused", "by"),
    _column("refused_provenance", "first_hand, or reported by another.", "refused", "provenance"),
    _column(
        "reopened_on",
        "The day on which it was last opened again, where nothing closed or ended it since.",
        "reopened",
        "on",
    ),
    _column("reopened_by", "The body that opened it again.", "reopened", "by"),
    _column("reopened_provenance", "first_hand, or reported by another.", "reopened", "provenance"),
    _column("target_on", "The day by which it shall be done.", "target", "on"),
    _column(
        "target_standing",
        "none, ahead, passed, or over: its day is past, and it ended, or may have.",
        "target",
        "standing",
    ),
    _column("target_days", "Days until it, or since it passed.", "target", "days"),
    Exported(
        "target_worked_out",
        "yes: the day was worked out from the words of the report, and confirmed by a person.",
        lambda line: _target(line).worked_out or None,
    ),
    Exported(
        "target_to_confirm",
        "The day that words gave before the report’s day was corrected: to be confirmed again.",
        lambda line: again.on if (again := _target(line).to_confirm) else None,
    ),
    _column("target_original_on", "The first such day.", "target", "original_on"),
    _column("target_moves", "How often it was moved.", "target", "moves"),
    _column("assurances_open", "Assurances without a reply.", "assurances", "open"),
    _column("assurances_answered", "Assurances with one.", "assurances", "answered"),
    _column("claim_means", "The meaning of the force's last claim.", "claim", "means"),
    _column("claim_as_stated", "The claim in the force's words.", "claim", "as_stated"),
    _column("claim_on", "The day as of which it is made.", "claim", "occurred_on"),
    _column("claim_expected_on", "When the force expects to be done.", "claim", "expected_on"),
    _column(
        "claim_days_after_target",
        "By how many days completion was claimed after the target.",
        "claim",
        "days_after_target",
    ),
    _column("last_update_on", "The day of the last update."),
    _column("stance", "The meaning of the body's latest statement."),
    _column("statement_how", "How that statement speaks of it.", "statement", "how"),
    _column("statement_text", "The passage.", "statement", "text"),
    _column("closed_on", "The day it was closed, if it is.", "closed", "on"),
    _column("closed_by", "Who closed it.", "closed", "by"),
    _column("closed_provenance", "first_hand, or reported by another.", "closed", "provenance"),
    _column("closed_ground", "On what ground, as the publisher states it.", "closed", "ground"),
    _column("closed_source_note", "Where word of that came from.", "closed", "source_note"),
    Exported(
        "reviewed_on",
        "The day of the last panel meeting that reviewed it.",
        lambda line: line.reviewed[0] if line.reviewed else None,
    ),
    Exported(
        "reviewed_by",
        "The panel that reviewed it then.",
        lambda line: line.reviewed[1] if line.reviewed else None,
    ),
    _HELD,
    _REMOVED,
)
RESPONSES: tuple[Exported, ...] = (
    _REPORT,
    _TITLE,
    _column("body", "The body that owes the response."),
    _column("body_name", "That body's name."),
    _column("name", "Which of its duties about the report: the response, or another by its name."),
    _column("rule", "The rule that it is owed under.", "rule", "id"),
    _column("rule_version", "That rule's version.", "rule", "version"),
    _column("citation", "The provision.", "rule", "citation"),
    _column("trigger_on", "The day that starts the period: the report’s, as it is known."),
    _column("due_on", "The last day of the period, extensions counted."),
    _column("original_due_on", "The last day without them."),
    _column("published_on", "The day that decides."),
    _column("verdict", "The verdict, on the day asked about."),
    _column("days", "Days left, over or late."),
    _column("at_least", "yes: it may be more days than that."),
    _column("basis", "The basis of the verdict: the weaker of the next two."),
    _column("basis_trigger", "The basis of the report's day.", "bases", "trigger"),
    _column("basis_published", "The basis of the publication.", "bases", "published"),
    _column("addressed", "Recommendations that it has to explain.", "coverage", "addressed"),
    _column(
        "explained_by_due",
        "Those that it had explained by the last day.",
        "coverage",
        "explained_by_due",
    ),
    _column("explained_now", "Those that it explains.", "coverage", "explained_now"),
    _column("explained_in_general", "Those explained in general terms.", "coverage", "general"),
    _column(
        "explanations_not_known",
        "Those of which it is not known: a response was recorded without its text, or nobody "
        "looked for one.",
        "coverage",
        "not_known",
    ),
    _column("listed_by", "The list that it is counted by.", "coverage", "listed_by"),
    Exported(
        "looked_on",
        "The last day on which somebody looked for it in vain.",
        _last("lookups", "looked_on"),
    ),
    Exported("looked_by", "Who did.", _last("lookups", "by_name")),
    _column(
        "record_kept_here_from",
        "Since when the body keeps its record here, by its own word.",
        "record_kept_here",
        "from_",
    ),
    _column(
        "record_kept_here_until",
        "The last day on which it does, if it is to end.",
        "record_kept_here",
        "until",
    ),
    Exported("parts", "The parts that were published.", lambda line: "; ".join(_parts(line))),
    Exported("statement_url", "Where the latest part is published.", _last("statements", "url")),
    Exported("statement_text", "Its text.", _last("statements", "text")),
    _HELD,
    _REMOVED,
)
ABOUT = {
    "as_of_position": "The position of the log that it was known at: cite this one.",
    "as_of_effective_on": "The day that it is effective on.",
    "as_of_method": "The number of the method of judging.",
    "log": "The name (origin) of the log.",
    "texts": "`public`, or `office`: it has texts that are for the office.",
}
"""The columns at the end of every row, which give the question, and the meaning of each."""


def _day(moment: str) -> str:
    """Return the London date of an RFC 3339 moment."""
    return london_date(datetime.fromisoformat(moment)).isoformat()


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

    name: Literal["recommendations", "responses"]
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
        return RECOMMENDATIONS if self.name == "recommendations" else RESPONSES

    @property
    def about(self) -> tuple[Value, ...]:
        """The values of `ABOUT`, the same in every row."""
        day = self.when.effective_on.isoformat()
        return (self.when.position, day, METHOD, self.log, self.texts)

    def lines(self, question: Question) -> Iterator[ExportedRow]:
        """Return the items of the list, one after the other, filtered by `asked`."""
        if self.name == "recommendations":
            return each_recommendation(question, self.asked)  # type: ignore[arg-type]  # by its name
        return each_response(question, self.asked)  # type: ignore[arg-type]  # likewise

    def notes(self) -> Iterator[tuple[str, str]]:
        """Yield the notes on a file: the question, its dates, and the checkpoint that proves it."""
        given = self.when.as_of.known_at
        yield "What this is", f"The {self.name} of the log {self.log}, one in each row."
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
        more = {"report_title": line.title, "removed": list(line.removed)}
        said = msgspec.json.encode({**msgspec.to_builtins(line.item), **more, **about})
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


_WIDE = {heading(name) for name in ("report_title", "text", "statement_text", "claim_as_stated")}


def _rows(rows: Rows, form: Form) -> Iterator[Sequence[Value]]:
    """Yield the rows in the form that a file can hold. Raise TooMuch if there are more than it
    takes."""
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
