"""The pack of a body before its panel meets. It shows which responses are late or not shown, and
which recommendations passed their target, were claimed complete, refused or reopened, or have a
question without a reply. It also gives the panel's last meeting; for an inspectorate, its reports
and the closures that it refused or reopened."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from functools import cache
from typing import Any, LiteralString

import psycopg
from msgspec.structs import asdict
from psycopg import sql

from ledger.errors import NotKnownThen, NotRecorded
from ledger.events import BodyRegistered
from ledger.states.recommendation import Status
from ledger.states.service import Service
from projections import offices
from projections.answers import recommendation as recommendation_answers
from projections.answers import response as response_answers
from projections.answers.body import (
    BodyFound,
    PackCounts,
    Paper,
    PaperAct,
    ResponsesOfYear,
    TakenOver,
)
from projections.answers.context import AnswerContext
from projections.answers.meeting import MeetingNamed
from projections.answers.parts import AboutReport, Links
from projections.answers.register import body_listed
from projections.answers.report import ReportGrades, about_report, graded
from projections.as_of import At, at
from projections.head import head
from projections.offices import Tenure
from projections.questions import improvements
from projections.questions.completions import completions
from projections.questions.filters import OfRecommendations
from projections.questions.meetings import around
from projections.questions.question import Question
from projections.questions.register import office_of
from projections.questions.span import Between
from projections.read_models import tables
from projections.read_models.tables import HERE, RECOMMENDATIONS, REPORTS, RESPONSES
from projections.states.recommendation import TARGET
from projections.states.values import JudgedResponse, RecommendationState, ReportState
from projections.verdict.compliance import VerdictWord

ATTENTION = ("overdue", "late", "incomplete", "not_shown", "not_looked_for", "due")
"""The verdicts whose responses a pack lists, in this order."""
CLAIMED = ("claimed_complete", "closure_proposed")
"""The statuses of a recommendation that is claimed complete and not confirmed."""
GRADED = 3
"""The grades of so many reports are shown, the newest first."""
SHOWN = 100
"""At most so many responses, and recommendations of each kind, are listed. All are counted."""


def body(question: Question, body: str, most: int | None = None) -> BodyFound:
    """Return a body with the matters that need attention; lists have the rest. `most` limits its
    own matters of each verdict and kind."""
    lists = question.listed
    if body not in lists.register.bodies:
        now = question.ledger.service().bodies
        if body in now:
            raise NotKnownThen(f"{now[body].name} was not in the register then.")
        raise NotRecorded(f"“{body}” is not in the register.")
    own = offices.tenures(lists.register, body)
    found = _Concerning(lists.conn, lists.when, lists.register, own, most or SHOWN)
    attention, (passed, claimed, asked, decided) = found.needing_attention(body)
    before = _Concerning(lists.conn, lists.when, lists.register, offices.taken_over(own))
    late, (missed, *_) = (
        before.needing_attention(body, _ASSIGNABLE) if before.tenures else ([], ([],))
    )
    shown = [*passed, *claimed, *asked, *decided, *missed]
    since, to_come = last_and_next(question, body)
    counts, reports, bodies, grading = found.counts(
        body,
        {one.report for of in (attention, late, shown) for one in of},
        {(one.report, one.key) for one in shown},
        _end_of(question, since.date) if since else None,
    )
    whose: OfRecommendations = {"counted_with": body}
    if lists.register.bodies[body].kind == "inspectorate":
        whose = {"publisher": body}
    matters = _Matters(
        lists.context([*attention, *late, *shown, *grading]),
        improvements.of_rows(lists, [*attention, *late]),
        reports,
        bodies,
    )
    return BodyFound(
        **asdict(body_listed(lists.register, body)),
        reports=counts.reports,
        published=counts.published,
        responses=counts.responses,
        recommendations=counts.recommendations,
        counts=counts.needing_attention,
        completion=completions(lists, whose),
        taken_over=TakenOver(
            responses=matters.responses(late), recommendations=matters.recommendations(missed)
        ),
        attention=matters.responses(attention),
        passed=matters.recommendations(passed),
        claimed=matters.recommendations(claimed),
        decided=matters.recommendations(decided),
        unanswered=recommendation_answers.unanswered(matters.recommendations(asked)),
        grades=matters.grades(grading, {one.body for one in own}),
        by_year=counts.by_year,
        last_meeting=since,
        next_meeting=to_come,
        as_of=lists.as_of,
        links=Links(self=f"/api/bodies/{body}", page=f"/bodies/{body}"),
    )


class _Matters:
    """Makes answers of the matters that need attention."""

    def __init__(
        self,
        context: AnswerContext,
        improved: response_answers.Improved,
        reports: Sequence[ReportState],
        bodies: Mapping[str, int],
    ) -> None:
        """`bodies` counts those that a recommendation was made to, by report and key."""
        self._bodies = bodies
        self._context = context
        self._improved = improved
        self._about: dict[str, AboutReport] = {
            one.report: about_report(context, one) for one in reports
        }

    def responses(self, states: Sequence[JudgedResponse]) -> list[response_answers.ResponseWanting]:
        return [
            response_answers.in_a_pack(
                self._context, one, self._improved, self._about.get(one.report)
            )
            for one in states
        ]

    def grades(self, states: Sequence[ReportState], bodies: set[str]) -> list[ReportGrades]:
        """Return the reports that had graded these bodies by the day asked about, each with its
        grades."""
        found = [graded(self._context, one, bodies) for one in states]
        return [one for one in found if one.grades]

    def recommendations(
        self, states: Sequence[RecommendationState]
    ) -> list[recommendation_answers.RecommendationWanting]:
        return [
            recommendation_answers.in_a_pack(
                self._context,
                one,
                self._about.get(one.report),
                self._bodies[f"{one.report}/{one.key}"],
            )
            for one in states
        ]


@dataclass(frozen=True, slots=True)
class _Counts:
    """The numbers of matters that concern a body."""

    reports: int
    published: int
    responses: dict[VerdictWord, int]
    by_year: list[ResponsesOfYear]
    recommendations: dict[Status, int]
    needing_attention: PackCounts


def since_then(question: Question, meeting: MeetingNamed) -> Between:
    """Return the span from the end of a meeting's day, which is over, to the question's own
    moment."""
    now = question.now or head(question.conn)
    first = at(question.conn, meeting.date, None, now)
    when = question.listed.when
    if first.position > when.position:
        first = replace(first, position=when.position)
    return Between(first, when)


def paper(found: BodyFound, today: date) -> Paper:
    """Return a body's pack as it would be recorded today as the paper of a meeting: the address of
    that act, with the meeting's day left open, and its fields. `to` is None if the register has no
    panel for the body. If the pack was asked for as known at a moment, the paper's own day is left
    open too, so that the answer is the same on every day."""
    panel = panel_of(found)
    return Paper(
        to=None if panel is None else f"/api/meetings/{panel}/{{date}}/papers",
        act=PaperAct(
            title=f"Where the recommendations to {found.name} stand",
            known_at=found.as_of.position,
            effective_on=found.as_of.effective_on,
            occurred_on=today.isoformat() if found.as_of.known_at is None else None,
        ),
    )


def panel_of(body: BodyRegistered | BodyFound) -> str | None:
    """Return the panel at whose meetings a body is discussed: itself, or the one that holds it to
    account. Return None if there is no panel."""
    return body.id if body.kind == "panel" else body.panel or None


def last_and_next(question: Question, body: str) -> tuple[MeetingNamed | None, MeetingNamed | None]:
    """Return the last meeting before the day asked about of the panel that holds a body to account,
    and the next one from that day on: for a panel, its own; for a force, those about its
    commissioner."""
    registered = question.register.bodies.get(office_of(question, body))
    panel = panel_of(registered) if registered else None
    if panel is None:
        return None, None
    day = question.listed.when.effective_on
    before = (day - timedelta(days=1)).isoformat() if day > date.min else ""
    return around(question, panel, before=day.isoformat(), after=before)


def _end_of(question: Question, day: str) -> int:
    """Return the last position known at the end of a day that is over."""
    now = question.now or head(question.conn)
    return min(at(question.conn, day, None, now).position, question.when.position)


# The lists of a pack. Passed: recommendations that passed their target. Claimed: those refused
# closure, reopened or claimed complete. Asked: those with an assurance without a reply. Decided:
# those of the body's own reports that are refused or reopened. Last come the responses that need
# attention.
_PASSED: LiteralString = (
    "SELECT 0 AS which, place, state FROM unnest(ARRAY("
    " SELECT one.state FROM projections.recommendations AS one"
    "  WHERE one.addressee = ANY (%(bodies)s) AND {here} {then} {passed}"
    "  ORDER BY one.target_last, {order} LIMIT %(most)s))"
    "   WITH ORDINALITY AS passed (state, place)"
)
_CLAIMED: LiteralString = (
    "SELECT 1, place, state FROM unnest(ARRAY("
    " SELECT one.state FROM projections.recommendations AS one"
    "  WHERE one.addressee = ANY (%(bodies)s) AND {here} {then}"
    "    AND one.status IN ('refused', 'reopened')"
    "  ORDER BY one.status = 'refused' DESC, one.claimed_late DESC, {order}"
    "  LIMIT %(most)s) || ARRAY("
    " SELECT one.state FROM projections.recommendations AS one"
    "  WHERE one.addressee = ANY (%(bodies)s) AND {here} {then}"
    "    AND one.status = ANY (%(claimed)s)"
    "  ORDER BY one.claimed_late DESC, {order}"
    "  LIMIT %(most)s)) WITH ORDINALITY AS claimed (state, place)"
    " WHERE place <= %(shown)s"
)
_ASKED: LiteralString = (
    "SELECT 2, place, state FROM unnest(ARRAY("
    " SELECT one.state FROM projections.recommendations AS one"
    "  WHERE one.addressee = ANY (%(bodies)s) AND {here} {then} AND one.unanswered > 0"
    "  ORDER BY one.asked_since, {order} LIMIT %(most)s)) WITH ORDINALITY AS asked (state, place)"
)
_DECIDED: LiteralString = (
    "SELECT 3, place, state FROM unnest(ARRAY("
    " SELECT one.state FROM projections.recommendations AS one"
    "   JOIN projections.reports AS r USING (report)"
    "  WHERE {here_r} AND %(body)s = ANY (r.publishers)"
    "    AND {here} AND one.status IN ('refused', 'reopened')"
    "  ORDER BY one.status = 'refused' DESC, {order} LIMIT %(most)s))"
    "   WITH ORDINALITY AS decided (state, place)"
)
_RESPONSES: LiteralString = (
    "SELECT 4, place, state FROM unnest(ARRAY("
    " SELECT nth.state FROM (SELECT one.state, one.verdict,"
    "    row_number() OVER (PARTITION BY one.verdict ORDER BY"
    "        CASE WHEN one.verdict <> 'due'"
    "             THEN coalesce(one.days, abs(%(d)s - one.days_from)) END DESC NULLS LAST,"
    "        one.due_on NULLS FIRST, one.report, one.body, one.name) AS nth"
    "    FROM projections.responses AS one"
    "   WHERE {here} AND one.body = ANY (%(bodies)s) {owed_then}"
    "     AND one.verdict = ANY (%(attention)s)) AS nth"
    "  WHERE nth.nth <= %(most)s"
    "  ORDER BY array_position(%(attention)s, nth.verdict), nth.nth"
    "  LIMIT %(shown)s)) WITH ORDINALITY AS attention (state, place)"
)
_ALL = (_PASSED, _CLAIMED, _ASKED, _DECIDED, _RESPONSES)
_ASSIGNABLE = (_PASSED, _RESPONSES)
"""The matters that can be assigned to a body before another one follows it."""


@dataclass(frozen=True, slots=True)
class _Concerning:
    """The matters that concern some bodies at two dates: their numbers, and the first that need
    attention."""

    conn: psycopg.Connection
    when: At
    register: Service
    tenures: Sequence[Tenure]
    """The bodies, each with the days on which a matter has to be assigned to count."""
    most: int = SHOWN
    """At most so many of each verdict, and of each kind of recommendations, are listed."""

    def counts(
        self, body: str, shown: set[str], made: set[tuple[str, str]], since: int | None
    ) -> tuple[_Counts, list[ReportState], dict[str, int], list[ReportState]]:
        """Return the numbers of reports, of responses by verdict, of recommendations by status, of
        matters that need attention, and of entries since a position. Return also the reports among
        `shown`, how many bodies the recommendations `made` (report and key) were made to, and the
        last reports that graded the bodies, the newest first."""
        rows = self._rows(
            "WITH to_them AS MATERIALIZED ("
            " SELECT addressee, report, status, passes_after, ended_on, unanswered, claimed_late"
            "   FROM projections.recommendations AS one"
            "  WHERE one.addressee = ANY (%(bodies)s) AND {here})"
            # A report exists wherever a recommendation or a duty of it does.
            " SELECT 'reports', NULL, count(*), 0, 0, 0 FROM ("
            " SELECT one.report FROM to_them AS one"
            " UNION"
            " SELECT one.report FROM projections.responses AS one"
            "  WHERE one.body = ANY (%(bodies)s) AND {here}) AS concerned"
            " UNION ALL"
            " SELECT 'published', NULL, count(*), 0, 0, 0"
            "  FROM projections.reports AS one WHERE {here} AND %(body)s = ANY (one.publishers)"
            " UNION ALL"
            " SELECT 'entries', NULL, count(DISTINCT c.position), 0, 0, 0"
            "  FROM projections.concerns AS c WHERE c.body = ANY (%(bodies)s)"
            "   AND c.position > %(since)s AND c.position <= %(k)s AND c.since <= %(k)s"
            " UNION ALL"
            " SELECT 'responses', one.verdict, count(*), coalesce(one.report_year, 0), 0, 0"
            "  FROM projections.responses AS one"
            " WHERE {here} AND one.body = ANY (%(bodies)s) {owed_then}"
            " GROUP BY one.verdict, one.report_year"
            " UNION ALL"
            " SELECT 'recommendations', one.status, count(*),"
            "       count(*) FILTER (WHERE true {passed}), sum(one.unanswered),"
            "       count(*) FILTER (WHERE one.claimed_late)"
            "  FROM to_them AS one WHERE true {then} GROUP BY one.status"
            " UNION ALL"
            " SELECT 'title', one.state, 0, 0, 0, 0 FROM projections.reports AS one"
            " WHERE one.report = ANY (%(shown)s) AND {here}"
            " UNION ALL"
            # Each report by itself: the planner would else read the recommendations of all.
            " SELECT 'bodies', made.report || '/' || made.key, counted.bodies, 0, 0, 0"
            "  FROM (SELECT DISTINCT unnest(%(made_in)s::text[]) AS report) AS of,"
            "       LATERAL (SELECT one.report, one.key, count(*) AS bodies"
            "                  FROM projections.recommendations AS one"
            "                 WHERE one.report = of.report AND {here}"
            "                 GROUP BY one.report, one.key) AS counted"
            "  JOIN unnest(%(made_in)s::text[], %(made_as)s::text[]) AS made (report, key)"
            "       ON (made.report, made.key) = (counted.report, counted.key)"
            " UNION ALL"
            " (SELECT 'graded', one.state, 0, 0, 0, 0 FROM projections.reports AS one"
            "  WHERE one.graded <> '{{}}' AND one.graded && %(bodies)s AND {here}"
            "  ORDER BY one.published_text DESC, one.report LIMIT %(graded)s)"
            " ORDER BY 1, 2",
            made_in=[report for report, _ in made],
            made_as=[key for _, key in made],
            shown=sorted(shown),
            graded=GRADED,
            body=body,
            since=since,
        )
        of: dict[str, list[tuple[Any, ...]]] = {}
        for what, *row in rows:
            of.setdefault(what, []).append(tuple(row))
        reports, grading = (
            tables.states(REPORTS, [(state,) for state, *_ in of.get(what, ())])
            for what in ("title", "graded")
        )
        grading.sort(key=lambda one: one.published_text, reverse=True)
        bodies = {made: many for made, many, *_ in of.get("bodies", ())}
        return _counted(of, since), reports, bodies, grading

    def needing_attention(
        self, body: str, parts: Sequence[LiteralString] = _ALL
    ) -> tuple[list[JudgedResponse], list[list[RecommendationState]]]:
        """Return the responses that need attention: by verdict in the order of ATTENTION, then the
        longest, then the oldest first. Return also four lists of recommendations, as the queries
        above: passed, claimed, asked and decided. The first begins with the longest ago, the second
        with the refused."""
        rows = self._rows(
            " UNION ALL ".join(parts) + " ORDER BY which, place",
            body=body,
            claimed=list(CLAIMED),
        )
        of: list[list[tuple[str]]] = [[], [], [], [], []]
        for which, _, state in rows:
            of[which].append((state,))
        *recommendations, attention = of
        return tables.states(RESPONSES, attention), [
            tables.states(RECOMMENDATIONS, one) for one in recommendations
        ]

    def _rows(self, query: LiteralString, **more: Any) -> list[tuple[Any, ...]]:
        bodies = [one.body for one in self.tenures]
        owed_then = offices.within(
            self.tenures, sql.Identifier("one", "body"), offices.RESPONSE_ASSIGNED, lines=True
        )
        addressee = sql.Identifier("one", "addressee")
        then = offices.within(self.tenures, addressee, offices.RECOMMENDATION_ASSIGNED, lines=False)
        composed = _composed(query, owed_then.as_string(), then.as_string())
        given: dict[str, Any] = {
            "k": self.when.position,
            "d": self.when.effective_on,
            "most": min(self.most, SHOWN),
            "shown": SHOWN,
        }
        given |= {"bodies": bodies, "attention": list(ATTENTION)}
        given |= offices.parameters(self.register, self.tenures)
        return self.conn.execute(composed, {**given, **more}).fetchall()


def _counted(of: dict[str, list[tuple[Any, ...]]], since: int | None) -> _Counts:
    """Return the numbers from the rows of a count, by what each row counts."""
    responses: Counter[VerdictWord] = Counter()
    years: dict[int, dict[VerdictWord, int]] = {}
    for word, many, year, *_ in of.get("responses", ()):
        responses[word] += many
        years.setdefault(year, {})[word] = many
    statuses = of.get("recommendations", [])
    return _Counts(
        reports=of["reports"][0][1],
        published=of["published"][0][1],
        responses=dict(responses),
        by_year=[
            ResponsesOfYear(year=year or None, responses=years[year])
            for year in sorted(years, reverse=True)
        ],
        recommendations={status: many for status, many, *_ in statuses},
        needing_attention=PackCounts(
            attention=sum(many for word, many in responses.items() if word in ATTENTION),
            passed=sum(row[2] for row in statuses),
            unanswered=sum(row[3] for row in statuses),
            refused=sum(row[1] for row in statuses if row[0] == "refused"),
            reopened=sum(row[1] for row in statuses if row[0] == "reopened"),
            claimed=sum(row[1] for row in statuses if row[0] in CLAIMED),
            claimed_after_target=sum(row[4] for row in statuses if row[0] in CLAIMED),
            entries_since=of["entries"][0][1] if since is not None else None,
        ),
    )


@cache
def _composed(query: LiteralString, owed_then: LiteralString, then: LiteralString) -> bytes:
    """Return a query with its conditions, put together once. `owed_then` and `then` keep the body's
    own matters if a tenure begins or ends."""
    return (
        sql.SQL(query)
        .format(
            here=HERE.format(one=sql.Identifier("one")),
            here_r=HERE.format(one=sql.Identifier("r")),
            passed=TARGET["passed"],
            owed_then=sql.SQL(owed_then),
            then=sql.SQL(then),
            order=sql.SQL("one.report, one.key_order, one.key, one.addressee"),
        )
        .as_bytes()
    )
