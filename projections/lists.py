"""The questions about many: lists and counts, from the read models."""

from collections.abc import Sequence
from typing import Any, Unpack

import psycopg
from psycopg import sql

from ledger.streams import SERVICE
from projections import filters, improved_later
from projections.answers import Json
from projections.asking import Asking
from projections.comparisons import last_compared
from projections.filters import Filter, OfRecommendations, OfResponses, bodies_of
from projections.moment import At
from projections.paging import (
    RECOMMENDATIONS_IN_ORDER,
    REPORTS_NEWEST_FIRST,
    RESPONSES_IN_ORDER,
    page,
)
from projections.reader import LogReader
from projections.state import RecommendationState
from projections.tables import RECOMMENDATIONS, REPORTS, RESPONSES
from projections.texts import Opened
from projections.verdict_sql import HERE, JUDGED

DEFAULT_LIMIT = 50
MOST = 500
_JUDGED = sql.SQL(
    "JOIN projections.verdicts AS v"
    " ON (v.body, v.report) = (one.body, one.report) AND {here} {judged}"
).format(here=HERE.format(one=sql.Identifier("v")), judged=JUDGED)
_FITTING = sql.SQL(
    "AND (%(verdict)s::text IS NULL OR w.verdict = %(verdict)s)"
    " AND (%(basis)s::text IS NULL OR b.basis = %(basis)s)"
)


class Lists(Asking):
    """Lists, each with its filters and a cursor."""

    def overview(self, when: At) -> Json:
        """How much is recorded, by status and verdict; the latest reports; the bodies."""
        with self._connection() as conn:
            lists = self._for_lists(conn, when)
            reader = LogReader(conn, upto=lists.position)
            statuses = conn.execute(
                sql.SQL(
                    "SELECT status, count(*) FROM projections.recommendations AS one"
                    " WHERE {here} GROUP BY status"
                ).format(here=HERE.format(one=sql.Identifier("one"))),
                {"k": lists.position, "d": lists.effective_on},
            ).fetchall()
            answers = self._answers(conn, lists, reader, [])
            verdicts = conn.execute(
                sql.SQL(
                    "SELECT w.verdict, count(*) FROM projections.verdicts AS v {judged}"
                    " WHERE {here} GROUP BY w.verdict"
                ).format(judged=JUDGED, here=HERE.format(one=sql.Identifier("v"))),
                {"k": lists.position, "d": lists.effective_on},
            ).fetchall()
            latest, _ = page(conn, lists, REPORTS, REPORTS_NEWEST_FIRST, Filter({}), None, 10)
            (reports,) = conn.execute(
                sql.SQL("SELECT count(*) FROM projections.reports AS one WHERE {here}").format(
                    here=HERE.format(one=sql.Identifier("one"))
                ),
                {"k": lists.position, "d": lists.effective_on},
            ).fetchone() or (0,)
            register = reader.register(lists.position, lists.effective_on)
            answers = self._answers(conn, lists, reader, latest)
            return {
                "reports": reports,
                "recommendations": dict(statuses),
                "responses": dict(verdicts),
                "latest": self._report_items(conn, lists, answers, latest),
                "bodies": [
                    {"id": body.id, "name": body.name, "kind": body.kind, "area": body.area}
                    for body in register.bodies.values()
                ],
                "as_of": lists.as_of,
            }

    def reports(
        self,
        when: At,
        body: str | None = None,
        after: str | None = None,
        limit: int = DEFAULT_LIMIT,
    ) -> Json:
        """The reports, newest first; `body` keeps those that concern it."""
        with self._connection() as conn:
            lists = self._for_lists(conn, when)
            reader = LogReader(conn, upto=lists.position)
            wanted = Filter({})
            if body is not None:
                register = reader.register(lists.position, lists.effective_on)
                wanted = filters.reports_of(bodies_of(register, body))
            here, more = page(conn, lists, REPORTS, REPORTS_NEWEST_FIRST, wanted, after, limit)
            answers = self._answers(conn, lists, reader, here)
            return {
                "items": self._report_items(conn, lists, answers, here),
                "next": here[-1].report if more else None,
                "as_of": lists.as_of,
            }

    def lists_compared(self, when: At, publisher: str | None = None) -> Json:
        """For each publisher of reports the last list that they were compared with, or None."""
        with self._connection() as conn:
            lists = self._for_lists(conn, when)
            reader = LogReader(conn, upto=lists.position)
            made = last_compared(
                reader.stream(SERVICE, lists.position),
                lists.effective_on,
                reader.context(lists.position).captured_on,
            )
            recorded = conn.execute(
                sql.SQL(
                    "SELECT DISTINCT publisher FROM projections.reports AS one WHERE {here}"
                ).format(here=HERE.format(one=sql.Identifier("one"))),
                {"k": lists.position, "d": lists.effective_on},
            ).fetchall()
            publishers = {row[0] for row in recorded} | set(made)
            answers = self._answers(conn, lists, reader, [])
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

    def meetings(self, when: At, panel: str | None = None) -> Json:
        """The meetings of panels, the latest first."""
        prefix = f"meeting/{panel}/" if panel else "meeting/"
        entries = self._ledger.read_below(prefix)
        named = {entry.stream for entry in entries if entry.position <= when.position}
        split = [name.split("/") for name in named]
        return {
            "items": [
                {"panel": whose, "date": day, "links": {"self": f"/api/meetings/{whose}/{day}"}}
                for _, whose, day in sorted(split, key=lambda parts: parts[2], reverse=True)
            ],
            "as_of": when.as_of,
        }

    def recommendations(
        self,
        when: At,
        *,
        after: str | None = None,
        limit: int = DEFAULT_LIMIT,
        **asked: Unpack[OfRecommendations],
    ) -> Json:
        """Recommendations by report and number; each filter keeps those that fit it."""
        with self._connection() as conn:
            lists = self._for_lists(conn, when)
            reader = LogReader(conn, upto=lists.position)
            wanted = self._recommendations(conn, lists, reader, asked)
            here, more = page(
                conn, lists, RECOMMENDATIONS, RECOMMENDATIONS_IN_ORDER, wanted, after, limit
            )
            children = self._listed_children(conn, lists, here)
            answers = self._answers(conn, lists, reader, here, children)
            return {
                "items": [answers.recommendation(one) for one in here],
                "next": _name(here[-1]) if more else None,
                "as_of": lists.as_of,
            }

    def responses(
        self,
        when: At,
        *,
        after: str | None = None,
        limit: int = DEFAULT_LIMIT,
        **asked: Unpack[OfResponses],
    ) -> Json:
        """Responses owed, by report and body; each filter keeps those that fit it."""
        with self._connection() as conn:
            lists = self._for_lists(conn, when)
            reader = LogReader(conn, upto=lists.position)
            wanted = self._responses(lists, reader, asked)
            here, more = page(conn, lists, RESPONSES, RESPONSES_IN_ORDER, wanted, after, limit)
            named = [(one.report, one.body) for one in here]
            improved = improved_later.of_many(conn, lists, named)
            answers = self._answers(conn, lists, reader, here, improved=improved)
            return {
                "items": [answers.response(one) for one in here],
                "next": _name(here[-1]) if more else None,
                "as_of": lists.as_of,
            }

    def _responses(self, when: At, reader: LogReader, asked: OfResponses) -> Filter:
        """Those that fit, judged by the database where a verdict or its basis is wanted."""
        columns: dict[str, Sequence[str]] = {}
        if report := asked.get("report"):
            columns["report"] = [report]
        if body := asked.get("body"):
            columns["body"] = bodies_of(reader.register(when.position, when.effective_on), body)
        wanted = {name: asked.get(name) for name in ("verdict", "basis")}
        if not any(wanted.values()):
            return Filter(columns)
        return Filter(columns, also=_FITTING, more=wanted, joined=_JUDGED)

    def _recommendations(
        self, conn: psycopg.Connection, when: At, reader: LogReader, asked: OfRecommendations
    ) -> Filter:
        def opens(at: list[int]) -> Opened:
            return self._opened(conn, at)

        service = reader.register(when.position, when.effective_on)
        return filters.recommendations(conn, when, reader, service, opens, asked)


def _name(one: Any) -> str:
    if isinstance(one, RecommendationState):
        return f"{one.report}/{one.key}/{one.addressee}"
    return f"{one.report}/{one.body}"
