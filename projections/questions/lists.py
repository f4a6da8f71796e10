"""Questions about many, answered from the read models: lists, each with filters and a cursor."""

from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any, Unpack

from psycopg import sql

from ledger.clock import rfc3339
from ledger.events import ListCompared
from ledger.events.entry import Entry, to_plain
from ledger.events.recommendation import CAUSES
from ledger.events.streams import SERVICE
from ledger.states.effect import CapturedOn, Known, happened, in_effect
from projections.answers.answers import Answers, Json
from projections.questions import filters, improvements
from projections.questions.filters import Filter, OfRecommendations, OfResponses, bodies_of
from projections.questions.paging import (
    RECOMMENDATIONS_IN_ORDER,
    REPORTS_NEWEST_FIRST,
    RESPONSES_IN_ORDER,
    page,
)
from projections.questions.question import Question
from projections.states.values import RecommendationState, ReportState
from projections.tables import tables
from projections.tables.tables import RECOMMENDATIONS, REPORTS, RESPONSES
from projections.verdict.sql import HERE, JUDGED

DEFAULT_LIMIT = 50
MOST = 500
_LISTED = (
    "report",
    "title",
    "kind",
    "publisher",
    "publisher_name",
    "published_on",
    "basis",
    "links",
)


def overview(question: Question) -> Json:
    """How much is recorded, by status and verdict; the latest reports; the bodies."""
    lists = question.listed
    statuses = lists.conn.execute(
        sql.SQL(
            "SELECT status, count(*) FROM projections.recommendations AS one"
            " WHERE {here} GROUP BY status"
        ).format(here=HERE.format(one=sql.Identifier("one"))),
        lists.dates,
    ).fetchall()
    verdicts = lists.conn.execute(
        sql.SQL(
            "SELECT w.verdict, count(*) FROM projections.verdicts AS v {judged}"
            " WHERE {here} GROUP BY w.verdict"
        ).format(judged=JUDGED, here=HERE.format(one=sql.Identifier("v"))),
        lists.dates,
    ).fetchall()
    latest, _ = page(lists.conn, lists.when, REPORTS, REPORTS_NEWEST_FIRST, Filter({}), None, 10)
    (reports,) = lists.conn.execute(
        sql.SQL("SELECT count(*) FROM projections.reports AS one WHERE {here}").format(
            here=HERE.format(one=sql.Identifier("one"))
        ),
        lists.dates,
    ).fetchone() or (0,)
    answers = lists.answers(latest)
    return {
        "reports": reports,
        "recommendations": dict(statuses),
        "responses": dict(verdicts),
        "latest": _report_items(lists, answers, latest),
        "bodies": [
            {"id": body.id, "name": body.name, "kind": body.kind, "area": body.area}
            for body in lists.register.bodies.values()
        ],
        "as_of": lists.as_of,
    }


def reports(
    question: Question,
    body: str | None = None,
    after: str | None = None,
    limit: int = DEFAULT_LIMIT,
) -> Json:
    """The reports, newest first; `body` keeps those that concern it."""
    lists = question.listed
    wanted = Filter({})
    if body is not None:
        wanted = filters.reports_of(bodies_of(lists.register, body))
    here, more = page(lists.conn, lists.when, REPORTS, REPORTS_NEWEST_FIRST, wanted, after, limit)
    answers = lists.answers(here)
    return {
        "items": _report_items(lists, answers, here),
        "next": here[-1].report if more else None,
        "as_of": lists.as_of,
    }


def lists_compared(question: Question, publisher: str | None = None) -> Json:
    """For each publisher of reports the last list that they were compared with, or None."""
    lists = question.listed
    made = _last_compared(
        lists.log.stream(SERVICE, lists.when.position),
        lists.when.effective_on,
        lists.log.context(lists.when.position).captured_on,
    )
    recorded = lists.conn.execute(
        sql.SQL("SELECT DISTINCT publisher FROM projections.reports AS one WHERE {here}").format(
            here=HERE.format(one=sql.Identifier("one"))
        ),
        lists.dates,
    ).fetchall()
    publishers = {row[0] for row in recorded} | set(made)
    answers = lists.answers([])
    return {
        "items": [
            {
                "publisher": one,
                "publisher_name": answers.name(one),
                "compared": made.get(one),
            }
            for one in sorted(publishers)
            if publisher in (None, one)
        ],
        "as_of": lists.as_of,
    }


def _last_compared(
    entries: Iterable[Entry], effective_on: date, captured_on: CapturedOn
) -> dict[str, dict[str, Any]]:
    """The last comparison that had been made by a day, by publisher.

    `entries` are those of the stream `service` that were known. It stands from the London date
    of its recording.
    """
    found: dict[str, dict[str, Any]] = {}
    for one in in_effect(entry for entry in entries if isinstance(entry.data, ListCompared)):
        interval = happened(one, report_day=None, captured_on=captured_on)
        if interval.hi <= effective_on:
            answer = _comparison(one, interval.hi)
            found[answer["publisher"]] = answer
    return found


def _comparison(one: Known, on: date) -> dict[str, Any]:
    data, source = one.data, one.entry.source
    assert isinstance(data, ListCompared)
    return {
        "publisher": data.publisher,
        "entry": one.id,
        "compared_on": on.isoformat(),
        "recorded_at": rfc3339(one.original.instant),
        "recorded_by": one.entry.recorded_by,
        "source": {"url": source.url, "capture": source.capture} if source else None,
        "count": data.count,
        "matched": data.matched,
        "missing_count": data.count - data.matched,
        "missing": [to_plain(row) for row in data.missing],
        "unlisted": data.unlisted,
    }


def meetings(question: Question, panel: str | None = None) -> Json:
    """The meetings of panels, the latest first: those of which something is recorded that was not
    set aside."""
    prefix = f"meeting/{panel}/" if panel else "meeting/"
    entries = question.ledger.read_below(prefix)
    then = [entry for entry in entries if entry.position <= question.when.position]
    split = [name.split("/") for name in {one.entry.stream for one in in_effect(then)}]
    return {
        "items": [
            {"panel": whose, "date": day, "links": {"self": f"/api/meetings/{whose}/{day}"}}
            for _, whose, day in sorted(split, key=lambda parts: parts[2], reverse=True)
        ],
        "as_of": question.as_of,
    }


def recommendations(
    question: Question,
    *,
    after: str | None = None,
    limit: int = DEFAULT_LIMIT,
    **asked: Unpack[OfRecommendations],
) -> Json:
    """Recommendations by report and number; each filter keeps those that fit it."""
    lists = question.listed
    wanted = filters.recommendations(lists, asked)
    here, more = page(
        lists.conn, lists.when, RECOMMENDATIONS, RECOMMENDATIONS_IN_ORDER, wanted, after, limit
    )
    answers = lists.answers(here, children(lists, here))
    return {
        "items": [answers.recommendation(one) for one in here],
        "next": _name(here[-1]) if more else None,
        "as_of": lists.as_of,
    }


def responses(
    question: Question,
    *,
    after: str | None = None,
    limit: int = DEFAULT_LIMIT,
    **asked: Unpack[OfResponses],
) -> Json:
    """Responses owed, by report and body; each filter keeps those that fit it."""
    lists = question.listed
    wanted = filters.responses(lists, asked)
    here, more = page(lists.conn, lists.when, RESPONSES, RESPONSES_IN_ORDER, wanted, after, limit)
    named = [(one.report, one.body) for one in here]
    improved = improvements.of_many(lists.conn, lists.when, named)
    answers = lists.answers(here, improved=improved)
    return {
        "items": [answers.response(one) for one in here],
        "next": _name(here[-1]) if more else None,
        "as_of": lists.as_of,
    }


def children(lists: Question, states: Sequence[RecommendationState]) -> list[RecommendationState]:
    """The recommendations that belong to causes of concern among these."""
    causes = [one for one in states if one.kind in CAUSES]
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


def _report_items(lists: Question, answers: Answers, states: Sequence[ReportState]) -> list[Json]:
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


def _name(one: Any) -> str:
    if isinstance(one, RecommendationState):
        return f"{one.report}/{one.key}/{one.addressee}"
    return f"{one.report}/{one.body}"
