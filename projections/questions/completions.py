"""How many recommendations forces call complete, by what became of the claim. The list of
recommendations with the same filters has those that each number counts."""

from psycopg import sql

from projections import keeping
from projections.answers.completion import OUTCOMES, Completions, Outcome, year_before
from projections.questions import filters
from projections.questions.filters import OfRecommendations
from projections.questions.question import Question
from projections.read_models.tables import HERE

_COUNTED = sql.SQL(
    """
    SELECT CASE WHEN one.completion = 'waiting' AND kept.addressee IS NULL THEN 'not_kept_here'
                ELSE one.completion END,
           count(*), count(*) FILTER (WHERE one.called_on < %(year_before)s)
      FROM projections.recommendations AS one LEFT JOIN {kept} ON {is_kept}
     WHERE one.completion IS NOT NULL AND {here} {wanted} GROUP BY 1
    """
)


def completions(question: Question, asked: OfRecommendations) -> Completions:
    """Return how many of the recommendations that these filters keep are called complete, by what
    became of the claim. A search by words is not counted."""
    lists = question.listed
    wanted = filters.recommendations(lists, asked)
    query = _COUNTED.format(
        kept=keeping.KEPT,
        is_kept=keeping.IS_KEPT,
        here=HERE.format(one=sql.Identifier("one")),
        wanted=wanted.whole,
    )
    given = {
        **wanted.values,
        **keeping.parameters(lists.register),
        **lists.dates,
        "year_before": year_before(lists.when.effective_on),
    }
    rows = lists.conn.execute(query, given).fetchall()
    counts: dict[Outcome, int] = {outcome: many for outcome, many, _ in rows}
    old = {outcome: many for outcome, _, many in rows}
    return Completions(
        called=sum(counts.values()),
        waiting_over_a_year=old.get("waiting", 0),
        **{outcome: counts.get(outcome, 0) for outcome in OUTCOMES},
    )
