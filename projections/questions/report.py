"""The question about one report, with its recommendations and responses; and reports with similar
references."""

import re
from difflib import get_close_matches

from msgspec.structs import asdict
from psycopg import sql

from ledger.events import streams
from ledger.events.response import RESPONSE
from ledger.states.report import report as report_in
from projections.answers.recommendation import by_cause, recommendation
from projections.answers.report import ReportFound
from projections.answers.report import report as answer
from projections.answers.response import response
from projections.questions import improvements
from projections.questions.question import Question
from projections.questions.repeats import repeating
from projections.questions.rows import not_there
from projections.read_models.tables import HERE, RECOMMENDATIONS, REPORTS, RESPONSES, decoded
from projections.states.values import JudgedResponse, RecommendationState, ReportState

_WHOLE = (
    sql.SQL(
        """
    SELECT one.state, NULL, NULL,
           (SELECT version FROM ledger.entries WHERE stream = %(stream)s AND position <= %(k)s
             ORDER BY version DESC LIMIT 1)
      FROM projections.reports AS one WHERE one.report = %(report)s AND {here}
     UNION ALL
    SELECT NULL, one.state, NULL, NULL FROM projections.recommendations AS one
     WHERE one.report = %(report)s AND {here}
     UNION ALL
    SELECT NULL, NULL, one.state, NULL FROM projections.responses AS one
     WHERE one.report = %(report)s AND {here}
    """
    )
    .format(here=HERE.format(one=sql.Identifier("one")))
    .as_bytes()
)


def report(question: Question, reference: str) -> ReportFound:
    """Return a report with its recommendations and the responses owed to it. Raise NotRecorded or
    NotKnownThen if it does not exist."""
    listed, stream = question.listed, streams.report_stream(reference)
    given = {"report": reference, "stream": stream, **listed.dates}
    rows = listed.conn.execute(_WHOLE, given, prepare=False).fetchall()
    there: list[ReportState] = [decoded(REPORTS, row[0]) for row in rows if row[0]]
    if not there:
        recorded = bool(question.ledger.read_stream(stream))
        raise not_there(listed, f"report “{reference}”", recorded=recorded)
    recommendations: list[RecommendationState] = [
        decoded(RECOMMENDATIONS, row[1]) for row in rows if row[1]
    ]
    recommendations.sort(key=lambda one: (one.key_order, one.key, one.addressee))
    responses: list[JudgedResponse] = [decoded(RESPONSES, row[2]) for row in rows if row[2]]
    responses.sort(key=lambda one: (one.body, one.name != RESPONSE, one.name))
    improved = improvements.of_rows(listed, responses)
    context = listed.context([*there, *recommendations, *responses])
    children, later = by_cause(recommendations), repeating(listed, recommendations)
    return ReportFound(
        **asdict(answer(context, there[0])),
        recommendations=[recommendation(context, one, children, later) for one in recommendations],
        responses=[response(context, one, improved) for one in responses],
        version=next(row[3] for row in rows if row[0]),
        as_of=listed.as_of,
    )


def title(question: Question, reference: str) -> str | None:
    """Return the title of a report, or None if it was not known."""
    entries = question.log.stream(streams.report_stream(reference), question.when.position)
    found = report_in(entries)
    return found.data.title if found else None


_MOST_ALIKE = 500
"""At most so many references are compared with one that is given."""


def reports_near(question: Question, given: str) -> list[tuple[str, str]]:
    """Return the reports whose references are similar to one that is given, with their titles."""
    asked = given.lower()[:80]
    longest = max(re.findall(r"[a-z]{4,}", asked), key=len, default=asked)
    rows = question.conn.execute(
        """
        SELECT DISTINCT report FROM projections.reports
         WHERE starts_with(report, %(begins)s) OR strpos(report, %(word)s) > 0
         LIMIT %(most)s
        """,
        {"begins": asked[:8], "word": longest, "most": _MOST_ALIKE},
    ).fetchall()
    near = get_close_matches(asked, [name for (name,) in rows], 4, 0.6)
    named = [(one, title(question, one)) for one in near]
    return [(one, called) for one, called in named if called is not None]
