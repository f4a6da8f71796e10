"""The question about one recommendation."""

from dataclasses import dataclass

from msgspec.structs import asdict
from psycopg import sql

from ledger.errors import NotRecorded
from ledger.events import streams
from projections.answers.context import State
from projections.answers.parts import NOT_THERE
from projections.answers.recommendation import RecommendationFound, by_cause, repeated
from projections.answers.recommendation import recommendation as answer
from projections.answers.report import about_report, title
from projections.questions.lists import children
from projections.questions.question import Question
from projections.questions.repeats import chain
from projections.questions.rows import beside_its_report, not_there
from projections.read_models.tables import HERE, RECOMMENDATIONS, REPORTS, decoded
from projections.states.values import RecommendationState, ReportState

_REPEATED_BY = sql.SQL(
    """
    ARRAY(SELECT later.state FROM projections.recommendations AS later
           WHERE later.repeats_of <> '{{}}' AND later.repeats_of @> ARRAY[%(stream)s] AND {here}
           ORDER BY later.report, later.key_order, later.key, later.addressee)
    """
).format(here=HERE.format(one=sql.Identifier("later")))
_BODIES = sql.SQL(
    """
    (SELECT count(*) FROM projections.recommendations AS every
      WHERE every.report = %(report)s AND every.key = %(key)s AND {here})
    """
).format(here=HERE.format(one=sql.Identifier("every")))
_ROW = beside_its_report(
    RECOMMENDATIONS,
    sql.SQL("one.addressee = %(addressee)s AND one.key_order = %(order)s AND one.key = %(key)s"),
    _REPEATED_BY,
    _BODIES,
)


@dataclass(frozen=True)
class Raised:
    """The recommendation that is asked about."""

    question: Question
    """The question, up to the position of the read models."""
    stream: str
    state: RecommendationState
    about: ReportState | None
    version: int
    repeated_by: list[RecommendationState]
    """The later recommendations that repeat it, by report and number."""
    bodies: int
    """How many bodies it was made to."""

    @property
    def states(self) -> list[State]:
        """The states whose texts its answer has."""
        return [self.state]


def raised(question: Question, reference: str, number: str, addressee: str) -> Raised:
    """Return a recommendation to a body. Raise NotRecorded or NotKnownThen if it does not exist."""
    try:
        key = streams.key_of(number)
    except ValueError as error:
        raise NotRecorded(str(error)) from None
    stream = streams.recommendation_stream(reference, key, addressee)
    listed = question.listed
    given = {
        "stream": stream,
        "addressee": addressee,
        "report": reference,
        "order": streams.key_order(key),
        "key": key,
    }
    row = listed.conn.execute(_ROW, {**given, **listed.dates}, prepare=True).fetchone()
    if row is None:
        what = f"recommendation {number} of “{reference}” to “{addressee}”"
        raise not_there(listed, what, recorded=bool(question.ledger.read_stream(stream)))
    about = decoded(REPORTS, row[1]) if row[1] else None
    later = [decoded(RECOMMENDATIONS, one) for one in row[3]]
    state = decoded(RECOMMENDATIONS, row[0])
    return Raised(listed, stream, state, about, row[2], later, row[4])


def recommendation(found: Raised) -> RecommendationFound:
    """Return the state of a recommendation to a body."""
    context = found.question.context(found.states)
    about = about_report(context, found.about) if found.about else NOT_THERE
    belong = by_cause(children(found.question, [found.state]))
    return RecommendationFound(
        **asdict(answer(context, found.state, belong, {found.stream: found.repeated_by}, about)),
        bodies=found.bodies,
        chain=[
            repeated(context, one, of, title(context, of))
            for one, of in chain(found.question, found.state, found.repeated_by)
        ],
        stream=found.stream,
        version=found.version,
        as_of=found.question.as_of,
    )
