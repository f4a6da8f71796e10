"""Lists of reports, recommendations and responses, with filters, in pages; and their reports in
short."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from types import MappingProxyType
from typing import Unpack

from msgspec.structs import asdict
from psycopg import sql

from ledger.events.recommendation import CAUSES
from projections.answers import recommendation as recommendation_answers
from projections.answers import response as response_answers
from projections.answers.context import AnswerContext
from projections.answers.lists import (
    RecommendationsCounted,
    RecommendationsPage,
    ReportsCounted,
    ReportsPage,
    ResponsesCounted,
    ResponsesPage,
)
from projections.answers.parts import AboutReport
from projections.answers.recommendation import by_cause
from projections.answers.report import ReportListed, about_report, listed, title
from projections.questions import filters, improvements
from projections.questions.filters import Filter, OfRecommendations, OfReports, OfResponses
from projections.questions.paging import (
    DEFAULT_LIMIT,
    RECOMMENDATIONS_BY,
    REPORTS_BY,
    RESPONSES_BY,
    ByDay,
    Sort,
    page,
    total,
)
from projections.questions.question import Question
from projections.questions.repeats import repeating
from projections.read_models import tables
from projections.read_models.tables import HERE, RECOMMENDATIONS, REPORTS
from projections.states.values import JudgedResponse, RecommendationState, ReportState


def reports(
    question: Question,
    *,
    after: str | None = None,
    limit: int = DEFAULT_LIMIT,
    sort: ByDay = "newest",
    counted: bool = False,
    **asked: Unpack[OfReports],
) -> ReportsPage:
    """Return a page of reports by these filters, sorted. With `counted` it has the total."""
    lists = question.listed
    wanted = filters.reports(lists, asked)
    order = REPORTS_BY[sort]
    here, cursor = page(lists, order, wanted, after, limit)
    found = ReportsPage(items=report_items(lists, here), next=cursor, as_of=lists.as_of)
    if not counted:
        return found
    many, _ = total(lists, order, wanted)
    return ReportsCounted(**asdict(found), total=many)


def titles_of(lists: Question, reports: Collection[str]) -> dict[str, str]:
    """Return the titles of reports as last known, including reports that were set aside."""
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
    context = lists.context()
    found: list[ReportState] = tables.states(REPORTS, rows.fetchall())
    return {one.report: title(context, one) for one in found}


def recommendations(
    question: Question,
    *,
    after: str | None = None,
    limit: int = DEFAULT_LIMIT,
    sort: Sort = "report",
    counted: bool = False,
    **asked: Unpack[OfRecommendations],
) -> RecommendationsPage:
    """Return a page of recommendations by these filters, sorted. With `counted` it has the total
    and the reports' titles and publishers."""
    lists = question.listed
    wanted = filters.recommendations(lists, asked)
    order = RECOMMENDATIONS_BY[sort]
    here, cursor = page(lists, order, wanted, after, limit)
    about = about_reports(lists, (one.report for one in here)) if counted else {}
    items = recommendations_of(lists, here, about)
    found = RecommendationsPage(items=items, next=cursor, as_of=lists.as_of)
    if not counted:
        return found
    many, unfinished = total(lists, order, wanted)
    return RecommendationsCounted(**asdict(found), total=many, unfinished=unfinished)


def responses(
    question: Question,
    *,
    after: str | None = None,
    limit: int = DEFAULT_LIMIT,
    sort: Sort = "report",
    counted: bool = False,
    **asked: Unpack[OfResponses],
) -> ResponsesPage:
    """Return a page of responses owed by these filters, sorted. With `counted` it has the total and
    the reports' titles and publishers."""
    lists = question.listed
    wanted = filters.responses(lists, asked)
    order = RESPONSES_BY[sort]
    here, cursor = page(lists, order, wanted, after, limit)
    about = about_reports(lists, (one.report for one in here)) if counted else {}
    items = responses_of(lists, here, about)
    found = ResponsesPage(items=items, next=cursor, as_of=lists.as_of)
    if not counted:
        return found
    many, unfinished = total(lists, order, wanted)
    return ResponsesCounted(**asdict(found), total=many, unfinished=unfinished)


def recommendations_of(
    lists: Question,
    states: Sequence[RecommendationState],
    about: Mapping[str, AboutReport] = MappingProxyType({}),
    context: AnswerContext | None = None,
) -> list[recommendation_answers.RecommendationState]:
    """Return recommendations as answers, each cause of concern with its own. `about` are their
    reports in short, by reference."""
    context = context or lists.context(states)
    causes, later = by_cause(children(lists, states)), repeating(lists, states)
    return [
        recommendation_answers.recommendation(context, one, causes, later, about.get(one.report))
        for one in states
    ]


def responses_of(
    lists: Question,
    states: Sequence[JudgedResponse],
    about: Mapping[str, AboutReport] = MappingProxyType({}),
    context: AnswerContext | None = None,
) -> list[response_answers.ResponseState]:
    """Return responses as answers, with the improvements of their verdicts. `about` are their
    reports in short, by reference."""
    context = context or lists.context(states)
    improved = improvements.of_rows(lists, states)
    return [
        response_answers.response(context, one, improved, about.get(one.report)) for one in states
    ]


def titles(question: Question, references: Iterable[str]) -> dict[str, str]:
    """Return the titles of those reports that exist, by reference."""
    found = about_reports(question, references)
    return {reference: str(one.report_title) for reference, one in found.items()}


def about_reports(question: Question, references: Iterable[str]) -> dict[str, AboutReport]:
    """Return those reports that exist in short, by reference."""
    lists = question.listed
    wanted = Filter({"report": sorted(set(references))})
    query = sql.SQL("SELECT one.state FROM projections.reports AS one WHERE {here} {filters}")
    rows = lists.conn.execute(
        query.format(here=HERE.format(one=sql.Identifier("one")), filters=wanted.conditions),
        {**wanted.values, **lists.dates},
    ).fetchall()
    found = tables.states(REPORTS, rows)
    context = lists.context()
    return {one.report: about_report(context, one) for one in found}


def published(question: Question) -> tuple[list[str], list[str]]:
    """Return the publishers of the reports, sorted by name; and the years of publication, the
    latest first."""
    lists = question.listed
    rows = lists.conn.execute(
        sql.SQL(
            "SELECT DISTINCT unnest(one.publishers), left(one.published_text, 4)"
            "  FROM projections.reports AS one WHERE {here}"
        ).format(here=HERE.format(one=sql.Identifier("one"))),
        lists.dates,
    ).fetchall()
    name = lists.register.name
    return (
        sorted({one for one, _ in rows}, key=lambda one: str(name(one))),
        sorted({year or filters.NOT_KNOWN for _, year in rows}, reverse=True),
    )


def children(lists: Question, states: Sequence[RecommendationState]) -> list[RecommendationState]:
    """Return the recommendations that belong to the causes of concern among these."""
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


def report_items(lists: Question, states: Sequence[ReportState]) -> list[ReportListed]:
    """Return reports as lists show them, each with the number of records about it."""
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
    context = lists.context()
    return [
        listed(context, one, *(found.get(one.report, 0) for found in counts.values()))
        for one in states
    ]
