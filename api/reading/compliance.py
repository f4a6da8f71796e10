"""The page of compliance: the responses owed in numbers, each with a link to its list, and a bar
for each row. The row has the data of its bar. Bodies are by name, never ranked."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from flask import Response

from api.reading import addresses, filter_form, words
from api.reading.filter_form import about_reports, by_links, choice, kind_of_report
from api.reading.lists import listed
from api.reading.page import blueprint
from api.reading.pictures.shapes import COLUMNS, Column
from api.requests.questions import question
from api.schemas.reads import AskedCompliance
from projections import language
from projections.answers.body import ResponsesOfYear
from projections.answers.comparison import ListCompared
from projections.answers.completion import Completions
from projections.answers.totals import Counts, Group, GroupBy
from projections.as_of import AsOf
from projections.language import say
from projections.questions import totals
from projections.questions.comparisons import lists_compared
from projections.questions.filters import NOT_KNOWN
from projections.questions.question import Question
from projections.verdict.compliance import VerdictWord

_SELDOM = ("incomplete", "not_looked_for")
"""Columns that are left out if they are empty."""
_GROUPED = language.Table(
    {"body": "Body, by name", "kind": "Kind of report", "year": "Year of the report"}
)
_ROWS = language.Table({"body": "body", "kind": "kind of report", "year": "year"})
_KEPT_BY = {"body": "responder", "kind": "kind", "year": "year"}
"""The filter of responses that a row counts."""
_OF_RECOMMENDATIONS = {"kind": "report_kind"}
"""The filters of recommendations that are called otherwise than those of responses."""
_WIDE = 160
"""The width of a full bar."""


@dataclass(frozen=True, slots=True)
class Figure:
    """A number in a row, with its lists."""

    number: int
    lists: Sequence[tuple[str, int, str]]
    """For each of its verdicts: the words, the number, and the address of the list."""


@dataclass(frozen=True, slots=True)
class ComplianceRow:
    """The row of a body, kind or year, or of all."""

    name: str
    address: str | None
    counts: Sequence[Figure]
    bar: Sequence[tuple[str, int, int]]
    """The class of each part, where it begins, and how wide it is."""
    found: Counts


@dataclass(frozen=True, slots=True)
class YearsTable:
    """The responses of a body by year and verdict, and all together."""

    columns: Sequence[Column]
    rows: Sequence["YearsRow"]
    all: "YearsRow"


@dataclass(frozen=True, slots=True)
class YearsRow:
    """The responses to the reports of one year, or of all."""

    name: str
    counts: Sequence[Figure]


@dataclass(frozen=True, slots=True)
class Table:
    """The table of the page, and the figures above it."""

    heading: str
    columns: Sequence[Column]
    rows: Sequence[ComplianceRow]
    all: ComplianceRow
    verdicts: Sequence[tuple[str, int, str]]
    """For each verdict with responses: the words, the number, and the address of the list."""
    completion: Completions
    of_recommendations: dict[str, str]
    """The filters of the recommendations that it counts."""
    compared: Sequence[ListCompared]
    as_of: AsOf


@blueprint.get("/compliance")
def compliance() -> Response:
    """Show the responses owed by verdict, days late, and coverage, and the lists that reports were
    compared with."""
    at = question()
    form = filter_form.form(
        [
            choice("group_by", say("A row for each"), _ROWS),
            kind_of_report(say("Kind of report")),
            *about_reports(at),
            *by_links(at, body=say("Body"), report=say("Report")),
        ]
    )
    return listed("compliance.html", form, AskedCompliance, _answer)


def _answer(at: Question, counted: bool, **asked: Any) -> Table:
    found = totals.compliance(at, **asked)
    kept = {name: value for name, value in asked.items() if name != "group_by" and value}
    used = [
        column
        for column in COLUMNS
        if column[1] not in _SELDOM or any(found.total.verdicts.get(one) for one in column[2])
    ]
    most = max((one.responses for one in found.items), default=0)
    compared = lists_compared(at, publisher=asked.get("publisher") or None)
    whole = _row(say("All"), None, found.total, kept, used, 0)
    return Table(
        heading=_GROUPED[found.group_by],
        columns=used,
        rows=[_row_of(one, found.group_by, kept, used, most) for one in found.items],
        all=whole,
        verdicts=[one for count in whole.counts for one in count.lists],
        completion=found.completion,
        of_recommendations={_OF_RECOMMENDATIONS.get(name, name): kept[name] for name in kept},
        compared=compared.items,
        as_of=found.as_of,
    )


def _row_of(
    found: Group, group_by: GroupBy, kept: dict[str, str], used: Sequence[Column], most: int
) -> ComplianceRow:
    """Return the row of a body, a kind of report or a year."""
    value, address = str(found.year or NOT_KNOWN), None
    name = str(found.year or say("Not known"))
    if group_by == "body":
        value, name = found.body or "", found.body_name or ""
        address = addresses.link("body", body=value)
    elif group_by == "kind":
        value = found.kind or ""
        name = words.word(value)
    return _row(name, address, found, kept | {_KEPT_BY[group_by]: value}, used, most)


def _row(
    name: str,
    address: str | None,
    found: Counts,
    filters: dict[str, str],
    used: Sequence[Column],
    most: int,
) -> ComplianceRow:
    counts = [_count(found.verdicts, verdicts, filters) for _, _, verdicts in used]
    return ComplianceRow(name, address, counts, _bar(counts, used, most), found)


def _count(
    found: dict[VerdictWord, int], verdicts: tuple[VerdictWord, ...], filters: dict[str, str]
) -> Figure:
    each = [
        (words.VERDICTS[one][0], found[one], addresses.link("responses", **filters, verdict=one))
        for one in verdicts
        if found.get(one)
    ]
    return Figure(sum(number for _, number, _ in each), each)


def _bar(counts: Sequence[Figure], used: Sequence[Column], most: int) -> list[tuple[str, int, int]]:
    drawn, begins = [], 0.0
    for count, (_, mark, _) in zip(counts, used, strict=True):
        if count.number and most:
            wide = _WIDE * count.number / most
            drawn.append((mark, round(begins), max(1, round(wide))))
            begins += wide
    return drawn


def table_of_years(years: Sequence[ResponsesOfYear], filters: dict[str, str]) -> YearsTable:
    """Return the responses of a body by year. `filters` are those of the list of them all."""
    found = Counter[VerdictWord]()
    for one in years:
        found.update(one.responses)
    used = [column for column in COLUMNS if any(found[one] for one in column[2])]

    def row(name: str, responses: dict[VerdictWord, int], kept: dict[str, str]) -> YearsRow:
        return YearsRow(name, [_count(responses, verdicts, kept) for _, _, verdicts in used])

    return YearsTable(
        used,
        [
            row(
                str(one.year or say("Not known")),
                one.responses,
                filters | {"year": str(one.year or NOT_KNOWN)},
            )
            for one in years
        ],
        row(say("All"), dict(found), filters),
    )
