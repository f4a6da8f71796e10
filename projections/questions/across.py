"""The question about the same recommendation across the bodies that it was made to."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

from psycopg import sql

from ledger.errors import NotRecorded
from ledger.events import streams
from ledger.events.response import RESPONSE
from projections.answers.across import Across, BodyAcross, Word, body_across
from projections.answers.context import AnswerContext
from projections.answers.parts import NOT_THERE, Links
from projections.answers.report import about_report
from projections.questions.question import Question
from projections.questions.rows import not_there
from projections.read_models.tables import HERE, RECOMMENDATIONS, REPORTS, RESPONSES, decoded
from projections.states.values import JudgedResponse, RecommendationState, ReportState

_ROWS = (
    sql.SQL(
        """
    SELECT one.state, NULL, NULL FROM projections.recommendations AS one
     WHERE one.report = %(report)s AND one.key = %(key)s AND {here}
     UNION ALL
    SELECT NULL, one.state, NULL FROM projections.responses AS one
     WHERE one.report = %(report)s AND {here}
     UNION ALL
    SELECT NULL, NULL, one.state FROM projections.reports AS one
     WHERE one.report = %(report)s AND {here}
    """
    )
    .format(here=HERE.format(one=sql.Identifier("one")))
    .as_bytes()
)
_EVER = (
    "SELECT EXISTS (SELECT FROM projections.recommendations WHERE report = %(report)s"
    " AND key = %(key)s)"
)
_WORDS = """
    SELECT event_id::text, entry ->> 'provenance', entry ->> 'recorded_by'
      FROM ledger.entries, LATERAL (SELECT convert_from(state, 'UTF8')::jsonb AS entry) AS said
     WHERE event_id = ANY (%s::uuid[])
"""


@dataclass(frozen=True)
class Asked:
    """The recommendation that is asked about: its rows, those of the responses, and its report."""

    question: Question
    """The question, up to the position of the read models."""
    states: Sequence[RecommendationState]
    responses: Sequence[JudgedResponse]
    about: ReportState | None
    context: AnswerContext

    def bodies(self) -> Iterator[BodyAcross]:
        """Yield the recommendation to each of its bodies, by name."""
        name = self.context.name
        for one in sorted(self.states, key=lambda one: (name(one.addressee), one.addressee)):
            yield body_across(self.context, one, self.responses, self.words)

    @cached_property
    def words(self) -> dict[str, Word]:
        """On whose word the report is, and each publication that decides, by entry."""
        deciding = (one.found.deciding for one in self.responses)
        entries = [one.entry for one in (self.about, *deciding) if one]
        rows = self.question.conn.execute(_WORDS, [entries]).fetchall()
        return {
            entry: Word(
                provenance=provenance,
                recorded_by=account,
                name=self.context.name(account.partition("/")[0]),
            )
            for entry, provenance, account in rows
        }


def asked(question: Question, reference: str, number: str) -> Asked:
    """Return a recommendation of a report to all its bodies. Raise NotRecorded or NotKnownThen if
    it does not exist."""
    try:
        key = streams.key_of(number)
    except ValueError as error:
        raise NotRecorded(str(error)) from None
    listed = question.listed
    given = {"report": reference, "key": key, **listed.dates}
    rows = listed.conn.execute(_ROWS, given).fetchall()
    states = [decoded(RECOMMENDATIONS, row[0]) for row in rows if row[0]]
    if not states:
        ever = listed.conn.execute(_EVER, given).fetchone()
        what = f"recommendation {number} of “{reference}”"
        raise not_there(listed, what, recorded=ever == (True,))
    responses = [decoded(RESPONSES, row[1]) for row in rows if row[1]]
    responses.sort(key=lambda one: (one.name != RESPONSE, one.body, one.name))
    about = next((decoded(REPORTS, row[2]) for row in rows if row[2]), None)
    return Asked(listed, states, responses, about, listed.context(states))


def across(question: Question, reference: str, number: str) -> Across:
    """Return the same recommendation across the bodies that it was made to, by name."""
    found = asked(question, reference, number)
    items = list(found.bodies())
    words = {one.text for one in items}
    about = about_report(found.context, found.about) if found.about else NOT_THERE
    first = found.states[0]
    address = f"across?report={first.report}&number={first.key}"
    return Across(
        report=first.report,
        report_title=about.report_title,
        publisher=about.publisher,
        publisher_name=about.publisher_name,
        published_on=found.about.published_on if found.about else None,
        basis=found.about.basis if found.about else None,
        word=found.words[found.about.entry] if found.about else None,
        number=items[0].number,
        kind=items[0].kind,
        text=items[0].text if len(words) == 1 else None,
        items=items,
        as_of=found.question.as_of,
        links=Links(
            self=f"/api/recommendations/{address}", page=f"/across/{first.report}/{first.key}"
        ),
    )
