"""The page of compliance: how the responses owed stand, in numbers, each with the list that it
counts; a bar beside each row, of which the row is the data. Bodies are by name, never ranked."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from flask import Response

from api.pages import filter_form, two_dates, words
from api.pages.filter_form import choice
from api.pages.lists import about_reports, by_links, kind_of_report, listed
from api.pages.views import Shape, blueprint
from api.requests.current import question
from api.schemas.reads import AskedCompliance
from projections.questions import totals
from projections.questions.comparisons import lists_compared
from projections.questions.filters import NOT_KNOWN
from projections.questions.question import Question

COLUMNS: tuple[tuple[str, str, tuple[str, ...]], ...] = (
    ("in time", "in_time", ("in_time",)),
    ("incomplete", "incomplete", ("incomplete",)),
    ("late", "late", ("late",)),
    ("overdue", "overdue", ("overdue",)),
    ("can’t be shown", "not_shown", ("not_shown",)),
    ("not looked for", "not_looked_for", ("not_looked_for",)),
    ("not yet due", "open", ("due", "not_due")),
    ("no deadline, or doesn’t apply", "none", ("no_period", "disapplied")),
)
"""Of the table: its heading, how its part of a bar is drawn, and which verdicts it counts."""
_SELDOM = ("incomplete", "not_looked_for")
"""Columns that are left out where nothing is in them."""
_GROUPED = {
    "body": "Body, by name",
    "kind": "Kind of report",
    "year": "Year of the report",
}
_KEPT_BY = {"body": "responder", "kind": "kind", "year": "year"}
"""The filter of the responses that a row counts."""
_WIDE = 160
"""The width of a bar that is full."""


@dataclass(frozen=True, slots=True)
class Count:
    """One figure of a row: how many, and the list of them."""

    number: int
    lists: Sequence[tuple[str, int, str]]
    """For each verdict in it: in words, how many, and the address of their list."""


@dataclass(frozen=True, slots=True)
class Row:
    """One body, kind or year; or all."""

    name: str
    address: str | None
    counts: Sequence[Count]
    bar: Sequence[tuple[str, int, int]]
    """How each part is drawn, where it begins, how wide it is."""
    found: Shape


@blueprint.get("/compliance")
def compliance() -> Response:
    """Responses owed by verdict, days late, coverage; which lists they were compared with."""
    at = question()
    form = filter_form.form(
        [
            choice(
                "group_by",
                "A row for each",
                {"body": "body", "kind": "kind of report", "year": "year"},
            ),
            kind_of_report("Kind of report"),
            *about_reports(at),
            *by_links(at, body="Body", report="Report"),
        ]
    )
    return listed("compliance.html", form, AskedCompliance, _answer)


def _answer(at: Question, counted: bool, **asked: Any) -> Shape:
    found = totals.compliance(at, **asked)
    kept = {name: value for name, value in asked.items() if name != "group_by" and value}
    used = [
        column
        for column in COLUMNS
        if column[1] not in _SELDOM or found["total"]["verdicts"].get(column[1])
    ]
    most = max((one["responses"] for one in found["items"]), default=0)
    rows = [_row(one, asked["group_by"], kept, used, most) for one in found["items"]]
    compared = lists_compared(at, publisher=asked.get("publisher") or None)
    whole = _row(found["total"], None, kept, used, 0)
    return found | {
        "verdicts": [one for count in whole.counts for one in count.lists],
        "heading": _GROUPED[asked["group_by"]],
        "columns": used,
        "rows": rows,
        "all": whole,
        "compared": compared["items"],
    }


def _row(
    found: Shape,
    group_by: str | None,
    kept: dict[str, str],
    used: Sequence[tuple[str, str, tuple[str, ...]]],
    most: int,
) -> Row:
    name, address = "All", None
    filters = dict(kept)
    if group_by is not None:
        value = found[group_by]
        filters[_KEPT_BY[group_by]] = str(value) if value is not None else NOT_KNOWN
        name = str(found.get("body_name") or (words.word(value) if group_by == "kind" else value))
        if value is None:
            name = "Not known"
        if group_by == "body":
            address = two_dates.link("body", body=value)
    counts = [_count(found["verdicts"], verdicts, filters) for _, _, verdicts in used]
    return Row(name, address, counts, _bar(counts, used, most), found)


def _count(found: dict[str, int], verdicts: tuple[str, ...], filters: dict[str, str]) -> Count:
    each = [
        (words.VERDICTS[one][0], found[one], two_dates.link("responses", **filters, verdict=one))
        for one in verdicts
        if found.get(one)
    ]
    return Count(sum(number for _, number, _ in each), each)


def _bar(
    counts: Sequence[Count], used: Sequence[tuple[str, str, tuple[str, ...]]], most: int
) -> list[tuple[str, int, int]]:
    drawn, begins = [], 0.0
    for count, (_, mark, _) in zip(counts, used, strict=True):
        if count.number and most:
            wide = _WIDE * count.number / most
            drawn.append((mark, round(begins), max(1, round(wide))))
            begins += wide
    return drawn
