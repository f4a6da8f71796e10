"""Exported recommendations and responses as tables: what each column is called, means and holds;
and rows as files, one after the other: .csv, .xlsx, .ods, in which nothing is a formula.
"""

import csv
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from pathlib import Path
from typing import Any

from ledger.clock import london_date
from ledger.errors import AnswerableError
from ledger.intake.sheets.csv_text import guarded
from ledger.intake.sheets.layout import Column
from ledger.intake.sheets.write import Format, SheetOut, writable, write_ods
from projections.moment import At
from projections.questions.exports import Line, Texts, Value

Get = Callable[[Line], Any]


@dataclass(frozen=True, slots=True)
class Exported:
    """A column of an export."""

    name: str
    says: str
    get: Get


def _column(name: str, says: str, *path: str) -> Exported:
    """A column of what an answer holds at a path, by itself under the column's name; None where a
    part of it is not there."""

    def get(line: Line) -> Any:
        found: Any = line.item
        for part in path or (name,):
            found = found[part] if found else None
        return found

    return Exported(name, says, get)


def _statement(name: str) -> Get:
    """A field of the latest statement."""
    return lambda line: line.item["statements"][-1][name] if line.item["statements"] else None


_HELD = Exported(
    "held",
    "Texts that are not in this file since they are for the office: which field, held by whom, "
    "since when.",
    lambda line: "; ".join(
        f"{one['field']} by {one['by']} since {_day(one['since'])}" for one in line.item["held"]
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
    _column("kind", "What the report calls it."),
    _column("parent", "The number of the cause of concern that it belongs to."),
    _column("text", "The recommendation."),
    _column("raised_on", "The day it was raised: the report’s, unless another is given for it."),
    _column("status", "How it stands. A claim is not closure."),
    _column("target_on", "The day by which it shall be done.", "target", "on"),
    _column(
        "target_standing",
        "none, ahead, passed, or over: its day is past, and an end or claim recorded.",
        "target",
        "standing",
    ),
    _column("target_days", "Days until it, or since it passed.", "target", "days"),
    Exported(
        "target_worked_out",
        "yes: the day was worked out from the words of the report, and confirmed by a person.",
        lambda line: line.item["target"].get("worked_out"),
    ),
    _column("target_original_on", "The first such day.", "target", "original_on"),
    _column("target_moves", "How often it was moved.", "target", "moves"),
    _column("assurances_open", "Assurances without a reply.", "assurances", "open"),
    _column("assurances_answered", "Assurances with one.", "assurances", "answered"),
    _column("claim_means", "What the force last claimed comes to.", "claim", "means"),
    _column("claim_as_stated", "That claim in its words.", "claim", "as_stated"),
    _column("claim_on", "The day as of which it is made.", "claim", "occurred_on"),
    _column("claim_expected_on", "When the force expects to be done.", "claim", "expected_on"),
    _column("last_update_on", "The day of the last update."),
    _column("stance", "What the body's latest statement comes to."),
    _column("statement_how", "How that statement speaks of it.", "statement", "how"),
    _column("statement_text", "The passage.", "statement", "text"),
    _column("closed_on", "The day it was closed, if it is.", "closed", "on"),
    _column("closed_by", "Who closed it.", "closed", "by"),
    _column("closed_provenance", "first_hand, or reported by another.", "closed", "provenance"),
    _column("closed_source_note", "Where word of that came from.", "closed", "source_note"),
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
    _column("verdict", "Whether it is in time, on the day asked about."),
    _column("days", "Days left, over or late."),
    _column("at_least", "yes: it may be more days than that."),
    _column("basis", "What the verdict rests on: the weaker of the next two."),
    _column("basis_trigger", "What the report's day rests on.", "bases", "trigger"),
    _column("basis_published", "What the publication rests on.", "bases", "published"),
    _column("addressed", "Recommendations that it has to explain.", "coverage", "addressed"),
    _column(
        "explained_by_due",
        "Those that it had explained by the last day.",
        "coverage",
        "explained_by_due",
    ),
    _column("explained_now", "Those that it explains.", "coverage", "explained_now"),
    _column("explained_in_general", "Of these, in general terms.", "coverage", "general"),
    _column("listed_by", "Whose list that is counted by.", "coverage", "listed_by"),
    Exported("parts", "The parts that were published.", lambda line: "; ".join(line.item["parts"])),
    Exported("statement_url", "Where the latest part is published.", _statement("url")),
    Exported("statement_text", "Its text.", _statement("text")),
    _HELD,
    _REMOVED,
)
ABOUT = ("as_of_position", "as_of_effective_on", "log", "texts")
"""The columns at the end of every row, which say what it is."""


def table_row(
    columns: tuple[Exported, ...], line: Line, about: tuple[Value, ...]
) -> tuple[Value, ...]:
    """A line as the values of its columns; `about` last."""
    return (*(_plain(column.get(line)) for column in columns), *about)


def about_row(when: At, origin: str, texts: Texts) -> tuple[Value, ...]:
    """What every row says of itself: `ABOUT`."""
    return (when.position, when.effective_on.isoformat(), origin, texts)


def _day(moment: str) -> str:
    """The London date of an RFC 3339 moment."""
    return london_date(datetime.fromisoformat(moment)).isoformat()


def _plain(value: Any) -> Value:
    if value is None or isinstance(value, bool):
        return {None: None, True: "yes", False: "no"}[value]
    return value if isinstance(value, int) else str(value)


MOST_ROWS = 1_048_575
"""Rows below the header that a sheet of Excel holds."""
MOST_IN_EXCEL = 32_767
_CUT = "… [cut here: a cell of Excel holds no more]"

Rows = Iterable[Sequence[Value]]
About = Iterable[tuple[str, str]]


class TooMuch(AnswerableError):
    """More than this kind of file holds."""


def write_table(
    path: Path, form: Format, name: str, columns: Sequence[str], rows: Rows, about: About
) -> int:
    """Write rows under a header: how many. `about`, pairs of words, is a sheet beside them."""
    match form:
        case "csv":
            return _csv(path, columns, rows)
        case "xlsx":
            return _xlsx(path, name, columns, rows, about)
        case "ods":
            return _ods(path, name, columns, rows, about)


def _csv(path: Path, columns: Sequence[str], rows: Rows) -> int:
    """With the mark by which Excel knows UTF-8."""
    count = 0
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        out = csv.writer(file, lineterminator="\r\n")
        out.writerow(columns)
        for row in rows:
            count += 1
            out.writerow(guarded(value) if isinstance(value, str) else value for value in row)
    return count


def _xlsx(path: Path, name: str, columns: Sequence[str], rows: Rows, about: About) -> int:
    import xlsxwriter  # only where one is written

    book = xlsxwriter.Workbook(
        path,
        {
            "constant_memory": True,
            "strings_to_formulas": False,
            "strings_to_urls": False,
            "strings_to_numbers": False,
        },
    )
    try:
        bold = book.add_format({"bold": True})
        page = book.add_worksheet(name)
        page.freeze_panes(1, 0)
        for number, column in enumerate(columns):
            page.write_string(0, number, column, bold)
        count = 0
        for count, row in enumerate(_few(rows), start=1):
            for number, value in enumerate(row):
                if isinstance(value, int):
                    page.write_number(count, number, value)
                elif value:
                    page.write_string(count, number, _short(writable(value)))
        beside = book.add_worksheet("about")
        for line, (what, words) in enumerate(about):
            beside.write_string(line, 0, what, bold)
            beside.write_string(line, 1, writable(words))
    finally:
        book.close()
    return count


def _ods(path: Path, name: str, columns: Sequence[str], rows: Rows, about: About) -> int:
    count = 0

    def written() -> Iterator[tuple[str | int, ...]]:
        nonlocal count
        for row in _few(rows):
            count += 1
            yield tuple(
                "" if value is None else writable(value) if isinstance(value, str) else value
                for value in row
            )

    header = tuple(Column(column, "", given=True) for column in columns)
    both = (Column("what", "", given=True), Column("this file", "", given=True, width=80))
    with path.open("wb") as file:
        said = ((what, writable(words)) for what, words in about)
        write_ods(file, [SheetOut(name, header, written()), SheetOut("about", both, said)])
    return count


def _few(rows: Rows) -> Iterator[Sequence[Value]]:
    """The rows, as far as a sheet holds them. TooMuch where there are more."""
    them = iter(rows)
    yield from islice(them, MOST_ROWS)
    if next(them, None) is not None:
        raise TooMuch(f"A sheet holds {MOST_ROWS:,} rows, and there are more: write a .csv.")


def _short(text: str) -> str:
    if len(text) <= MOST_IN_EXCEL:
        return text
    return text[: MOST_IN_EXCEL - len(_CUT)] + _CUT
