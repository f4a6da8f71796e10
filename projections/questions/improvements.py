"""Improvements as answers show them: read from the projector's rows, or from the log where the rows
have not come so far."""

from collections.abc import Sequence

from ledger.dates import rfc3339
from projections.answers import Improved, Json
from projections.questions.question import Question
from projections.states.values import ResponseState
from projections.tables import improvements
from projections.tables.improvements import Improvement
from projections.tables.tables import RESPONSES
from projections.verdict.compliance import Finding

_OF_MANY = """
    SELECT i.* FROM projections.improvements AS i
      JOIN unnest((SELECT %(reports)s::text[]), (SELECT %(bodies)s::text[]),
                  (SELECT %(names)s::text[])) AS asked (report, body, name)
           USING (report, body, name)
     WHERE i.position <= %(k)s ORDER BY i.position
"""


def of_rows(question: Question, responses: Sequence[ResponseState]) -> Improved:
    """Return what bettered the verdicts on responses, as known at the question's position."""
    if not responses:
        return {}
    given = {
        "reports": [one.report for one in responses],
        "bodies": [one.body for one in responses],
        "names": [one.name for one in responses],
        "k": question.when.position,
    }
    found: Improved = {}
    rows = question.conn.execute(_OF_MANY, given).fetchall()
    for report, body, name, position, entry, kind, at, *verdicts in rows:
        one = Improvement(position, entry, kind, at, Finding(*verdicts[:3]), Finding(*verdicts[3:]))
        found.setdefault((report, body, name), []).append(_told(one))
    return found


def of_log(question: Question, state: ResponseState) -> list[Json]:
    """Return the same for one response, from the log itself."""
    subject = RESPONSES, (state.body, state.report, state.name)
    return [
        _told(one) for one in improvements.all_of(subject, question.log, question.when.position)
    ]


def _told(one: Improvement) -> Json:
    return {
        "entry": one.entry,
        "type": one.type,
        "position": one.position,
        "recorded_at": rfc3339(one.recorded_at),
        "from": _verdict(one.before),
        "to": _verdict(one.after),
    }


def _verdict(found: Finding) -> Json:
    return {"verdict": found.verdict, "days": found.days, "at_least": found.at_least}
