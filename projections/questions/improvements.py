"""Improvements as answers, read from the projector's rows."""

from collections.abc import Sequence

from ledger.dates import rfc3339
from projections.answers import response as answer
from projections.questions.question import Question
from projections.read_models.improvements import Improvement
from projections.states.values import ResponseState
from projections.verdict.compliance import Finding

_OF_MANY = """
    SELECT i.* FROM projections.improvements AS i
      JOIN unnest((SELECT %(reports)s::text[]), (SELECT %(bodies)s::text[]),
                  (SELECT %(names)s::text[])) AS asked (report, body, name)
           USING (report, body, name)
     WHERE i.position <= %(k)s ORDER BY i.position
"""


def of_rows(question: Question, responses: Sequence[ResponseState]) -> answer.Improved:
    """Return the improvements of the verdicts on responses, as known at the question's position."""
    if not responses:
        return {}
    given = {
        "reports": [one.report for one in responses],
        "bodies": [one.body for one in responses],
        "names": [one.name for one in responses],
        "k": question.when.position,
    }
    found: dict[tuple[str, str, str], list[answer.Improvement]] = {}
    rows = question.conn.execute(_OF_MANY, given).fetchall()
    for report, body, name, position, entry, kind, at, *verdicts in rows:
        one = Improvement(position, entry, kind, at, Finding(*verdicts[:3]), Finding(*verdicts[3:]))
        found.setdefault((report, body, name), []).append(_answer(one))
    return found


def _answer(one: Improvement) -> answer.Improvement:
    return answer.Improvement(
        entry=one.entry,
        type=one.type,
        position=one.position,
        recorded_at=rfc3339(one.recorded_at),
        from_=_finding(one.before),
        to=_finding(one.after),
    )


def _finding(found: Finding) -> answer.Finding:
    return answer.Finding(verdict=found.verdict, days=found.days, at_least=found.at_least)
