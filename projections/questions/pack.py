"""What a panel member asks of a body before a meeting: what is late or not shown, what passed its
target, what was asked and has no reply, and when its panel last met."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, LiteralString

import psycopg
from psycopg import sql

from ledger.errors import NotKnownThen, NotRecorded
from ledger.events.entry import to_plain
from projections.answers.answers import Json
from projections.moment import At
from projections.questions import improvements
from projections.questions.filters import bodies_of, reports_of
from projections.questions.lists import children
from projections.questions.panel_meetings import last_before
from projections.questions.question import Question
from projections.states.recommendation import TARGET
from projections.states.values import RecommendationState, ResponseState
from projections.tables import tables
from projections.tables.tables import RECOMMENDATIONS, REPORTS, RESPONSES
from projections.verdict.sql import HERE, JUDGED

ATTENTION = ("overdue", "late", "incomplete", "not_shown", "due")
"""The verdicts of which a pack lists the responses, in this order."""
SHOWN = 100
"""How many responses, recommendations past their target, and recommendations with an assurance
without a reply a pack lists at most; all are counted."""


def body(question: Question, body: str) -> Json:
    """A body, and of what concerns it, what wants attention; the rest is in the lists."""
    if body not in question.register.bodies:
        now = question.ledger.service().bodies
        kind = NotKnownThen if body in now else NotRecorded
        then = " was not in the register then" if body in now else " is not in the register"
        raise kind(f"“{body}”{then}.")
    registered = to_plain(question.register.bodies[body])
    lists = question.listed
    found = _Concerning(lists.conn, lists.when, bodies_of(lists.register, body))
    attention = found.attention()
    passed, asked = found.passed_and_unanswered()
    named = [(one.report, one.body) for one in attention]
    answers = lists.answers(
        [*attention, *passed, *asked],
        children(lists, [*passed, *asked]),
        improvements.of_many(lists.conn, lists.when, named),
    )
    counts, titles = found.counts(
        {one.report for shown in (attention, passed, asked) for one in shown}
    )
    return {
        **registered,
        **counts,
        "attention": [_response(answers.response(one), titles) for one in attention],
        "passed": [_recommendation(answers.recommendation(one), titles) for one in passed],
        "unanswered": [
            {**_recommendation(one, titles), "assurance": unanswered}
            for one in map(answers.recommendation, asked)
            for unanswered in one["assurances"]["items"]
            if unanswered["answered_by"] is None
        ],
        "last_meeting": last_meeting(question, registered),
        "as_of": lists.as_of,
        "links": {"self": f"/api/bodies/{body}", "page": f"/bodies/{body}"},
    }


def last_meeting(question: Question, body: Json) -> Json | None:
    """The last meeting, on a day that is over, of the panel that holds a body to account."""
    panel = body["id"] if body["kind"] == "panel" else body.get("panel")
    if panel is None:
        return None
    return last_before(question, panel, question.when.effective_on.isoformat())


@dataclass(frozen=True, slots=True)
class _Concerning:
    """What concerns some bodies at two dates: counted, and of what wants attention the first."""

    conn: psycopg.Connection
    when: At
    bodies: Sequence[str]

    def counts(self, shown: set[str]) -> tuple[Json, dict[str, str]]:
        """How many reports there are, responses by verdict, recommendations by status, and how
        much wants attention of which no more than the first is listed. And the titles of reports
        of which something is shown."""
        rows = self._rows(
            "SELECT 'reports', NULL, count(*), 0, 0"
            "  FROM projections.reports AS one WHERE {here} {of}"
            " UNION ALL"
            " SELECT 'responses', w.verdict, count(*), 0, 0"
            "  FROM projections.verdicts AS v {judged}"
            " WHERE {here_v} AND v.body = ANY (%(bodies)s) GROUP BY w.verdict"
            " UNION ALL"
            " SELECT 'recommendations', one.status, count(*),"
            "       count(*) FILTER (WHERE true {passed}), sum(one.unanswered)"
            "  FROM projections.recommendations AS one"
            " WHERE one.addressee = ANY (%(bodies)s) AND {here} GROUP BY one.status"
            " UNION ALL"
            " SELECT 'title', one.state, 0, 0, 0 FROM projections.reports AS one"
            " WHERE one.report = ANY (%(shown)s) AND {here}"
            " ORDER BY 1, 2",
            shown=sorted(shown),
        )
        of: dict[str, list[tuple[Any, ...]]] = {}
        for what, *row in rows:
            of.setdefault(what, []).append(tuple(row))
        responses = {word: many for word, many, _, _ in of.get("responses", ())}
        statuses = of.get("recommendations", [])
        titles = tables.states(REPORTS, [(state,) for state, _, _, _ in of.get("title", ())])
        return {
            "reports": of["reports"][0][1],
            "responses": responses,
            "recommendations": {status: many for status, many, _, _ in statuses},
            "counts": {
                "attention": sum(many for word, many in responses.items() if word in ATTENTION),
                "passed": sum(passed for _, _, passed, _ in statuses),
                "unanswered": sum(open_ for _, _, _, open_ in statuses),
            },
        }, {one.report: one.title for one in titles}

    def attention(self) -> list[ResponseState]:
        """The responses that want it: the worst verdicts, and of one the oldest, first."""
        rows = self._rows(
            "SELECT one.state FROM projections.verdicts AS v {judged}"
            "  JOIN projections.responses AS one"
            "    ON (one.body, one.report) = (v.body, v.report) AND {here}"
            " WHERE {here_v} AND v.body = ANY (%(bodies)s) AND w.verdict = ANY (%(attention)s)"
            " ORDER BY array_position(%(attention)s, w.verdict), v.due_on NULLS FIRST,"
            "          v.report, v.body LIMIT %(most)s",
        )
        return tables.states(RESPONSES, rows)

    def passed_and_unanswered(
        self,
    ) -> tuple[list[RecommendationState], list[RecommendationState]]:
        """The recommendations that passed their target, the longest ago first; and those with an
        assurance without a reply."""
        rows = self._rows(
            "(SELECT true, one.state FROM projections.recommendations AS one"
            " WHERE one.addressee = ANY (%(bodies)s) AND {here} {passed}"
            " ORDER BY one.target_last, {order} LIMIT %(most)s)"
            " UNION ALL"
            " (SELECT false, one.state FROM projections.recommendations AS one"
            " WHERE one.addressee = ANY (%(bodies)s) AND {here} AND one.unanswered > 0"
            " ORDER BY {order} LIMIT %(most)s)"
        )
        passed, unanswered = (
            tables.states(RECOMMENDATIONS, [(state,) for passed, state in rows if passed is which])
            for which in (True, False)
        )
        return sorted(passed, key=lambda one: (one.target_last, *_place(one))), sorted(
            unanswered, key=_place
        )

    def _rows(self, query: LiteralString, **more: Any) -> list[tuple[Any, ...]]:
        of_reports = reports_of(self.bodies)
        composed = sql.SQL(query).format(
            here=HERE.format(one=sql.Identifier("one")),
            here_v=HERE.format(one=sql.Identifier("v")),
            judged=JUDGED,
            of=of_reports.conditions,
            passed=TARGET["passed"],
            order=sql.SQL("one.report, one.key_order, one.key, one.addressee"),
        )
        given = {"k": self.when.position, "d": self.when.effective_on, "most": SHOWN}
        bodies = {"bodies": list(self.bodies), "attention": list(ATTENTION)}
        return self.conn.execute(composed, {**given, **bodies, **more}).fetchall()


def _place(one: RecommendationState) -> tuple[str, str, str, str]:
    return one.report, one.key_order, one.key, one.addressee


def _response(one: Json, titles: dict[str, str]) -> Json:
    kept = (
        *("report", "body", "body_name", "verdict", "days", "at_least", "due_on", "published_on"),
        *("basis", "bases", "headline", "improved_later", "links"),
    )
    return _named(one, titles, kept)


def _recommendation(one: Json, titles: dict[str, str]) -> Json:
    kept = (
        *("report", "number", "key", "kind", "addressee", "addressee_name", "status", "target"),
        *("claim", "last_update_on", "links"),
    )
    return _named(one, titles, kept)


def _named(one: Json, titles: dict[str, str], kept: tuple[str, ...]) -> Json:
    said: dict[str, Any] = {name: one[name] for name in kept}
    return {**said, "report_title": titles.get(one["report"], one["report"])}
