"""The later recommendations that repeat one, and the whole chain of repeats."""

from collections.abc import Iterable, Sequence

from psycopg import sql

from projections.answers.recommendation import Repeating
from projections.questions.question import Question
from projections.read_models import tables
from projections.read_models.tables import HERE, RECOMMENDATIONS, REPORTS
from projections.states.values import RecommendationState, ReportState

MOST = 50
"""At most so many recommendations are in a chain."""
_REPEATING = sql.SQL(
    "SELECT one.state FROM projections.recommendations AS one"
    " WHERE one.repeats_of <> '{{}}' AND one.repeats_of && (SELECT %(streams)s::text[])"
    "   AND {here}"
    " ORDER BY one.report, one.key_order, one.key, one.addressee"
).format(here=HERE.format(one=sql.Identifier("one")))
_NAMED = sql.SQL(
    "SELECT one.state FROM projections.recommendations AS one"
    " WHERE (one.report, one.key, one.addressee) IN (SELECT * FROM unnest("
    "           %(reports)s::text[], %(keys)s::text[], %(bodies)s::text[])) AND {here}"
).format(here=HERE.format(one=sql.Identifier("one")))
_REPORTS = sql.SQL(
    "SELECT one.state FROM projections.reports AS one"
    " WHERE one.report = ANY (%(reports)s) AND {here}"
).format(here=HERE.format(one=sql.Identifier("one")))


def repeating(question: Question, states: Sequence[RecommendationState]) -> Repeating:
    """Return the later recommendations that repeat one of these, by the stream of that one."""
    if not states:
        return {}
    found: dict[str, list[RecommendationState]] = {}
    for later in _repeating(question, (one.stream for one in states)):
        for stream in later.repeats_of:
            found.setdefault(stream, []).append(later)
    return found


def chain(
    question: Question, state: RecommendationState, later: Sequence[RecommendationState]
) -> list[tuple[RecommendationState, ReportState]]:
    """Return the recommendations that repeat each other with this one, itself included, each with
    its report, the oldest report first. `later` are those that repeat it. Return none if it neither
    repeats another nor is repeated."""
    if not state.repeats and not later:
        return []
    found = {state.stream: state}
    new = [state]
    while new and len(found) < MOST:
        near = [*_named(question, new), *_repeating(question, (one.stream for one in new))]
        new = [one for at, one in {one.stream: one for one in near}.items() if at not in found]
        found |= {one.stream: one for one in new[: MOST - len(found)]}
    rows = question.conn.execute(
        _REPORTS,
        {"reports": sorted({one.report for one in found.values()}), **question.dates},
    ).fetchall()
    reports = {one.report: one for one in tables.states(REPORTS, rows)}
    pairs = [(one, reports[one.report]) for one in found.values() if one.report in reports]
    return sorted(pairs, key=lambda pair: (pair[1].published_text, pair[0].report, pair[0].key))


def _named(question: Question, states: Iterable[RecommendationState]) -> list[RecommendationState]:
    """Return the earlier recommendations that these repeat."""
    lines = [line for one in states for line in one.repeats]
    if not lines:
        return []
    given = {
        "reports": [line.report for line in lines],
        "keys": [line.key for line in lines],
        "bodies": [line.addressee for line in lines],
    }
    rows = question.conn.execute(_NAMED, {**given, **question.dates}).fetchall()
    return tables.states(RECOMMENDATIONS, rows)


def _repeating(question: Question, streams: Iterable[str]) -> list[RecommendationState]:
    given = {"streams": list(streams), **question.dates}
    rows = question.conn.execute(_REPEATING, given, prepare=True).fetchall()
    return tables.states(RECOMMENDATIONS, rows)
