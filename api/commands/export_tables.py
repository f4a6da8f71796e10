"""Exported recommendations and responses as tables: what each column is called, means and holds;
and rows as files, one after the other: .csv, .xlsx, .ods, in which nothing is a formula.
"""

import csv
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from pathlib import Path
from typing import Any, Literal

from ledger.clock import london_date
from ledger.errors import AnswerableError
from ledger.intake.sheets.csv_text import guarded
from ledger.intake.sheets.layout import Column
from ledger.intake.sheets.write import SheetOut, writable, write_ods
from projections.moment import At
from projections.questions.exports import Line, Texts, Value

Get = Callable[[Line], Any]


@dataclass(frozen=True, slots=True)
class Exported:
    """A column of an export."""

    name: str
    says: str
    get: Get


def _at(*path: str) -> Get:
    """The value of an answer at a path; None where a part of it is not there."""

    def get(line: Line) -> Any:
        found: Any = line.item
        for name in path:
            found = found[name] if found else None
        return found

    return get


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
_REPORT = Exported("report", "The report's reference.", _at("report"))
_TITLE = Exported("report_title", "The report's title.", lambda line: line.title)

RECOMMENDATIONS: tuple[Exported, ...] = (
    _REPORT,
    _TITLE,
    Exported("number", "The number as published.", _at("number")),
    Exported("addressee", "The body that it is addressed to.", _at("addressee")),
    Exported("addressee_name", "That body's name.", _at("addressee_name")),
    Exported("kind", "What the report calls it.", _at("kind")),
    Exported("parent", "The number of the cause of concern that it belongs to.", _at("parent")),
    Exported("text", "The recommendation.", _at("text")),
    Exported(
        "raised_on",
        "The day it was raised: the report’s, unless another is given for it.",
        _at("raised_on"),
    ),
    Exported("status", "How it stands. A claim is not closure.", _at("status")),
    Exported("target_on", "The day by which it shall be done.", _at("target", "on")),
    Exported(
        "target_standing",
        "none, ahead, passed, or over: its day is past, and an end or claim recorded.",
        _at("target", "standing"),
    ),
    Exported("target_days", "Days until it, or since it passed.", _at("target", "days")),
    Exported("target_original_on", "The first such day.", _at("target", "original_on")),
    Exported("target_moves", "How often it was moved.", _at("target", "moves")),
    Exported("assurances_open", "Assurances without a reply.", _at("assurances", "open")),
    Exported("assurances_answered", "Assurances with one.", _at("assurances", "answered")),
    Exported("claim_means", "What the force last claimed comes to.", _at("claim", "means")),
    Exported("claim_as_stated", "That claim in its words.", _at("claim", "as_stated")),
    Exported("claim_on", "The day as of which it is made.", _at("claim", "occurred_on")),
    Exported(
        "claim_expected_on", "When the force expects to be done.", _at("claim", "expected_on")
    ),
    Exported("last_update_on", "The day of the last update.", _at("last_update_on")),
    Exported("stance", "What the body's latest statement comes to.", _at("stance")),
    Exported("statement_how", "How that statement speaks of it.", _at("statement", "how")),
    Exported("statement_text", "The passage.", _at("statement", "text")),
    Exported("closed_on", "The day it was closed, if it is.", _at("closed", "on")),
    Exported("closed_by", "Who closed it.", _at("closed", "by")),
    Exported(
        "closed_provenance",
        "first_hand, or reported by another.",
        _at("closed", "provenance"),
    ),
    Exported("closed_source_note", "Where word of that came from.", _at("closed", "source_note")),
    _HELD,
    _REMOVED,
)
RESPONSES: tuple[Exported, ...] = (
    _REPORT,
    _TITLE,
    Exported("body", "The body that owes the response.", _at("body")),
    Exported("body_name", "That body's name.", _at("body_name")),
    Exported("rule", "The rule that it is owed under.", _at("rule", "id")),
    Exported("rule_version", "That rule's version.", _at("rule", "version")),
    Exported("citation", "The provision.", _at("rule", "citation")),
    Exported(
        "trigger_on",
        "The day that starts the period: the report’s, as it is known.",
        _at("trigger_on"),
    ),
    Exported("due_on", "The last day of the period, extensions counted.", _at("due_on")),
    Exported("original_due_on", "The last day without them.", _at("original_due_on")),
    Exported("published_on", "The day that decides.", _at("published_on")),
    Exported("verdict", "Whether it is in time, on the day asked about.", _at("verdict")),
    Exported("days", "Days left, over or late.", _at("days")),
    Exported("at_least", "yes: it may be more days than that.", _at("at_least")),
    Exported("basis", "What the verdict rests on: the weaker of the next two.", _at("basis")),
    Exported("basis_trigger", "What the report's day rests on.", _at("bases", "trigger")),
    Exported("basis_published", "What the publication rests on.", _at("bases", "published")),
    Exported("addressed", "Recommendations that it has to explain.", _at("coverage", "addressed")),
    Exported(
        "explained_by_due",
        "Those that it had explained by the last day.",
        _at("coverage", "explained_by_due"),
    ),
    Exported("explained_now", "Those that it explains.", _at("coverage", "explained_now")),
    Exported("explained_in_general", "Of these, in general terms.", _at("coverage", "general")),
    Exported("listed_by", "Whose list that is counted by.", _at("coverage", "listed_by")),
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


Form = Literal["csv", "xlsx", "ods"]
MOST_ROWS = 1_048_575
"""Rows below the header that a sheet of Excel holds."""
MOST_IN_EXCEL = 32_767
_CUT = "… [cut here: a cell of Excel holds no more]"

Rows = Iterable[Sequence[Value]]
About = Iterable[tuple[str, str]]


class TooMuch(AnswerableError):
    """More than this kind of file holds."""


def write_table(
    path: Path, form: Form, name: str, columns: Sequence[str], rows: Rows, about: About
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
