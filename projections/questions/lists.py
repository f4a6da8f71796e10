"""Lists of reports, recommendations and responses, with filters, in pages; and what a list says of
the reports that its items are about."""

from collections.abc import Collection, Iterable, Sequence
from typing import Any, Unpack

from psycopg import sql

from ledger.events.recommendation import CAUSES
from projections.answers import Answers, Json
from projections.questions import filters, improvements
from projections.questions.filters import Filter, OfRecommendations, OfReports, OfResponses
from projections.questions.paging import (
    DEFAULT_LIMIT,
    RECOMMENDATIONS_IN_ORDER,
    REPORTS_NEWEST_FIRST,
    RESPONSES_IN_ORDER,
    Order,
    page,
    total,
)
from projections.questions.question import Question
from projections.states.values import RecommendationState, ReportState
from projections.tables import tables
from projections.tables.tables import HERE, RECOMMENDATIONS, REPORTS, RESPONSES, Table

_LISTED = (
    "report",
    "title",
    "kind",
    "publisher",
    "publisher_name",
    "publishers",
    "published_on",
    "basis",
    "links",
)


def reports(
    question: Question,
    *,
    after: str | None = None,
    limit: int = DEFAULT_LIMIT,
    counted: bool = False,
    **asked: Unpack[OfReports],
) -> Json:
    """The reports, newest first; each filter keeps those that fit it. `counted`: with how many."""
    lists = question.listed
    wanted = filters.reports(lists, asked)
    here, cursor = page(lists, REPORTS_NEWEST_FIRST, wanted, after, limit)
    answers = lists.answers(here)
    return {
        "items": report_items(lists, answers, here),
        "next": cursor,
        **({"total": total(lists, REPORTS_NEWEST_FIRST, wanted)} if counted else {}),
        "as_of": lists.as_of,
    }


def titles_of(lists: Question, reports: Collection[str]) -> dict[str, str]:
    """The titles of reports as they were last known, also of those that were set aside."""
    rows = lists.conn.execute(
        sql.SQL(
            """
            SELECT DISTINCT ON (one.report) one.state FROM {} AS one
             WHERE one.report = ANY (%(reports)s)
               AND one.known_from <= %(k)s AND one.effective_from <= %(d)s
             ORDER BY one.report, one.known_from DESC, one.effective_from DESC
            """
        ).format(sql.Identifier(tables.SCHEMA, REPORTS.name)),
        {"reports": sorted(reports), **lists.dates},
    )
    answers = lists.answers([])
    found: list[ReportState] = tables.states(REPORTS, rows.fetchall())
    return {one.report: answers.title(one) for one in found}


def recommendations(
    question: Question,
    *,
    after: str | None = None,
    limit: int = DEFAULT_LIMIT,
    counted: bool = False,
    **asked: Unpack[OfRecommendations],
) -> Json:
    """Recommendations by report and number; each filter keeps those that fit it. `counted`: with
    how many there are, and their reports' titles and publishers."""
    lists = question.listed
    wanted = filters.recommendations(lists, asked)
    here, cursor = page(lists, RECOMMENDATIONS_IN_ORDER, wanted, after, limit)
    answers = answers_of(lists, RECOMMENDATIONS, here)
    return {
        "items": [answers.recommendation(one) for one in here],
        "next": cursor,
        **(_counted(lists, RECOMMENDATIONS_IN_ORDER, wanted, here) if counted else {}),
        "as_of": lists.as_of,
    }


def responses(
    question: Question,
    *,
    after: str | None = None,
    limit: int = DEFAULT_LIMIT,
    counted: bool = False,
    **asked: Unpack[OfResponses],
) -> Json:
    """Responses owed, by report and body; each filter keeps those that fit it. `counted`: with how
    many there are, and their reports' titles and publishers."""
    lists = question.listed
    wanted = filters.responses(lists, asked)
    here, cursor = page(lists, RESPONSES_IN_ORDER, wanted, after, limit)
    answers = answers_of(lists, RESPONSES, here)
    return {
        "items": [answers.response(one) for one in here],
        "next": cursor,
        **(_counted(lists, RESPONSES_IN_ORDER, wanted, here) if counted else {}),
        "as_of": lists.as_of,
    }


def answers_of(lists: Question, table: Table, states: Sequence[Any]) -> Answers:
    """What answers recommendations or responses, with what answers say beside their states."""
    if table is RECOMMENDATIONS:
        return lists.answers(states, children(lists, states))
    return lists.answers(states, improved=improvements.of_rows(lists, states))


def _counted(lists: Question, order: Order, wanted: Filter, here: Sequence[Any]) -> Json:
    """Return how many there are, and what is said of the reports that those here are about."""
    return {
        "total": total(lists, order, wanted),
        "about": about_reports(lists, (one.report for one in here)),
    }


def titles(question: Question, references: Iterable[str]) -> dict[str, str]:
    """The titles of reports by reference, of those that are there."""
    found = about_reports(question, references)
    return {reference: one["report_title"] for reference, one in found.items()}


def about_reports(question: Question, references: Iterable[str]) -> dict[str, Json]:
    """What is said of a report beside what is about it, by reference, of those that are there."""
    lists = question.listed
    wanted = Filter({"report": sorted(set(references))})
    query = sql.SQL("SELECT one.state FROM projections.reports AS one WHERE {here} {filters}")
    rows = lists.conn.execute(
        query.format(here=HERE.format(one=sql.Identifier("one")), filters=wanted.conditions),
        {**wanted.values, **lists.dates},
    ).fetchall()
    found = tables.states(REPORTS, rows)
    answers = lists.answers([])
    return {one.report: answers.about_report(one) for one in found}


def published(question: Question) -> tuple[list[str], list[str]]:
    """Who published the reports that are there, by name; and in which years, the latest first."""
    lists = question.listed
    rows = lists.conn.execute(
        sql.SQL(
            "SELECT DISTINCT unnest(one.publishers), left(one.published_text, 4)"
            "  FROM projections.reports AS one WHERE {here}"
        ).format(here=HERE.format(one=sql.Identifier("one"))),
        lists.dates,
    ).fetchall()
    name = lists.answers([]).name
    return (
        sorted({one for one, _ in rows}, key=lambda one: str(name(one))),
        sorted({year or filters.NOT_KNOWN for _, year in rows}, reverse=True),
    )


def children(lists: Question, states: Sequence[RecommendationState]) -> list[RecommendationState]:
    """The recommendations that belong to causes of concern among these."""
    causes = [one for one in states if one.kind in CAUSES]
    if not causes:
        return []
    rows = lists.conn.execute(
        sql.SQL(
            """
            SELECT state FROM projections.recommendations AS one
             WHERE (report, addressee, parent_key) IN (SELECT * FROM unnest(
                       %(reports)s::text[], %(bodies)s::text[], %(keys)s::text[]))
               AND {here}
            """
        ).format(here=HERE.format(one=sql.Identifier("one"))),
        {
            "reports": [one.report for one in causes],
            "bodies": [one.addressee for one in causes],
            "keys": [one.key for one in causes],
            **lists.dates,
        },
    )
    return tables.states(RECOMMENDATIONS, rows.fetchall())


def report_items(lists: Question, answers: Answers, states: Sequence[ReportState]) -> list[Json]:
    """Reports as lists show them, each with how much is recorded about it."""
    counts: dict[str, dict[str, int]] = {
        table: dict(
            lists.conn.execute(
                sql.SQL(
                    "SELECT report, count(*) FROM {table} AS one"
                    " WHERE report = ANY (%(reports)s) AND {here} GROUP BY report"
                ).format(
                    table=sql.Identifier(tables.SCHEMA, table),
                    here=HERE.format(one=sql.Identifier("one")),
                ),
                {
                    "reports": [one.report for one in states],
                    **lists.dates,
                },
            ).fetchall()
        )
        for table in ("recommendations", "responses")
    }
    return [
        {name: value for name, value in answers.report(one).items() if name in _LISTED}
        | {name: found.get(one.report, 0) for name, found in counts.items()}
        for one in states
    ]
