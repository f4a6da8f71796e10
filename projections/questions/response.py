"""The question about a body's duty and its response to one report, and the working of the
verdict."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from msgspec.structs import asdict, replace
from psycopg import sql

from ledger.dates import in_words, london_date
from ledger.errors import NotRecorded
from ledger.events import streams
from ledger.events.entry import Entry
from ledger.events.response import RESPONSE
from ledger.states.response import duty_names, of_duty, retraction_of
from ledger.states.response import responses as standing
from projections.answers.context import AnswerContext, State
from projections.answers.parts import NOT_THERE
from projections.answers.recommendation import by_cause, recommendation
from projections.answers.report import ReportItself, about_report
from projections.answers.report import report as report_itself
from projections.answers.response import (
    DutyRetracted,
    ResponseFound,
    ResponseState,
    ResponseWorking,
    in_short,
)
from projections.answers.response import response as answer
from projections.questions import improvements
from projections.questions.question import Question
from projections.questions.repeats import repeating
from projections.questions.rows import beside_its_report, not_there
from projections.read_models.segments import retracted_on
from projections.read_models.tables import HERE, RECOMMENDATIONS, REPORTS, RESPONSES, decoded
from projections.states.response import (
    chief_officer,
    disapplications,
    duty,
    extensions,
    publications,
    silence,
)
from projections.states.values import JudgedResponse, RecommendationState, ReportState
from projections.verdict import working as workings
from projections.verdict.working import Judged, corrected_days, set_aside

_ROWS = beside_its_report(RESPONSES, sql.SQL("one.body = %(body)s"))
_LISTED = (
    sql.SQL(
        """
    SELECT one.addressee, one.key, one.state FROM projections.recommendations AS one
      JOIN unnest((SELECT %(bodies)s::text[]), (SELECT %(orders)s::text[]),
                  (SELECT %(keys)s::text[])) AS line (addressee, key_order, key)
           USING (addressee, key_order, key)
     WHERE one.report = %(report)s AND {here}
    """
    )
    .format(here=HERE.format(one=sql.Identifier("one")))
    .as_bytes()
)
"""Each connection plans it once (bench/README.md)."""


@dataclass(frozen=True)
class Owed:
    """The duty of a body that is asked about, with all its duties about the report."""

    question: Question
    """The question, up to the position of the read models."""
    stream: str
    state: JudgedResponse
    about: ReportState | None
    version: int
    duties: Sequence[JudgedResponse]
    """Empty if the duty was retracted."""
    retracted: DutyRetracted | None = None

    @cached_property
    def listed(self) -> list[RecommendationState]:
        """The recommendations that it has to explain."""
        return [] if self.retracted else _listed(self.question, self.state)

    @cached_property
    def states(self) -> list[State]:
        """The states whose texts its answers have."""
        about = [] if self.about is None else [self.about]
        return [self.state, *about, *self.listed]

    @cached_property
    def context(self) -> AnswerContext:
        """The context that makes its answers."""
        return self.question.context(self.states)


def owed(question: Question, reference: str, body: str, name: str | None = None) -> Owed:
    """Return the duty with a name; without a name, the duty `response`, or else the first one. If
    there is none, return the one that was retracted. Raise NotRecorded or NotKnownThen if that does
    not exist either."""
    asked, stream = question.listed, streams.response_stream(reference, body)
    given = {"stream": stream, "body": body, "report": reference, **asked.dates}
    rows = asked.conn.execute(_ROWS, given, prepare=True).fetchall()
    duties: list[JudgedResponse] = [decoded(RESPONSES, row[0]) for row in rows]
    if len(duties) > 1:  # in the order in which they arose, by the log
        entries = asked.log.stream(stream, asked.when.position)
        names = list(duty_names(entries))
        duties.sort(key=lambda one: names.index(one.name))
    first = next((one for one in duties if one.name == RESPONSE), duties[0] if duties else None)
    state = next((one for one in duties if one.name == name), None) if name else first
    if state is None:
        return _retracted(asked, stream, reference, body, name)
    _, about, version = rows[0]
    report: ReportState | None = decoded(REPORTS, about) if about else None
    return Owed(asked, stream, state, report, version, duties)


def _retracted(asked: Question, stream: str, reference: str, body: str, name: str | None) -> Owed:
    """Return a retracted duty from the log, since it has no row."""
    when = asked.when
    entries = asked.log.stream(stream, when.position)
    names = [name] if name else list(duty_names(entries))
    wanted = next((one for one in (RESPONSE, *names) if one in names), None)
    retraction = retraction_of(entries, wanted) if wanted else None
    stands = any(one.name in names for one in standing(entries))
    if wanted is not None and retraction is not None and not stands:
        state = retracted_on((body, reference, wanted), asked.log, when.position, when.effective_on)
        if isinstance(state, JudgedResponse):
            recorded = london_date(retraction.original.instant)
            by = retraction.original.recorded_by
            gone = DutyRetracted(entry=retraction.id, on=recorded.isoformat(), by=by)
            about = _report(asked, reference)
            return Owed(asked, stream, state, about, entries[-1].version, (), gone)
    what = f"duty of “{body}” to respond to “{reference}”"
    if name and name != RESPONSE:
        what = f"duty “{name}” of “{body}” about “{reference}”"
    recorded_at_all = duty_names(asked.ledger.read_stream(stream))
    raise not_there(asked, what, recorded=(name or RESPONSE) in recorded_at_all)


_REPORT = sql.SQL(
    "SELECT one.state FROM projections.reports AS one WHERE one.report = %(report)s AND {here}"
).format(here=HERE.format(one=sql.Identifier("one")))


def _report(asked: Question, reference: str) -> ReportState | None:
    row = asked.conn.execute(_REPORT, {"report": reference, **asked.dates}).fetchone()
    if row is None:
        return None
    found: ReportState = decoded(REPORTS, row[0])
    return found


def _listed(question: Question, state: JudgedResponse) -> list[RecommendationState]:
    """Return the recommendations that a response has to explain, in order."""
    if not state.listed:
        return []
    given = {
        "report": state.report,
        "bodies": [one.addressee for one in state.listed],
        "orders": [streams.key_order(one.key) for one in state.listed],
        "keys": [one.key for one in state.listed],
        **question.dates,
    }
    rows = question.conn.execute(_LISTED, given, prepare=True).fetchall()
    found = {(addressee, key): decoded(RECOMMENDATIONS, text) for addressee, key, text in rows}
    named = [(one.addressee, one.key) for one in state.listed]
    return [found[one] for one in named if one in found]


def response(found: Owed) -> ResponseFound:
    """Return a body's duty and its publications about a report, with the verdict, and all its
    duties in short."""
    context, asked = found.context, found.question
    improved = {} if found.retracted else improvements.of_rows(asked, [found.state])
    about = about_report(context, found.about) if found.about else NOT_THERE
    said = answer(context, found.state, improved, about)
    children, later = by_cause(found.listed), repeating(asked, found.listed)
    more = {
        "duties": [in_short(context, one) for one in found.duties],
        "recommendations": [recommendation(context, one, children, later) for one in found.listed],
        "stream": found.stream,
        "version": found.version,
        "as_of": asked.as_of,
    }
    if found.retracted is not None:
        return ResponseFound(
            **asdict(_without_verdict(said, found.retracted)) | more, retracted=found.retracted
        )
    return ResponseFound(**asdict(said) | more)


def _without_verdict(said: ResponseState, gone: DutyRetracted) -> ResponseState:
    """Return the answer for a retracted duty: its publications without a verdict."""
    return replace(
        said,
        verdict=None,
        days=None,
        basis=None,
        bases=None,
        coverage=None,
        between=None,
        due_on=None,
        original_due_on=None,
        at_least=False,
        improved_later=[],
        headline=f"This duty was retracted on {in_words(gone.on)}, by {gone.by}: nothing is owed "
        "under it.",
    )


def inspected(found: Owed) -> ReportItself | None:
    """Return the report of a response, or None if it does not exist."""
    return report_itself(found.context, found.about) if found.about else None


def working(found: Owed) -> ResponseWorking:
    """Return the working of the verdict on a duty. Raise NotRecorded if it was retracted."""
    state, asked = found.state, found.question
    if (gone := found.retracted) is not None:
        raise NotRecorded(
            f"This duty was retracted on {in_words(gone.on)}, by {gone.by}: nothing is owed under "
            "it. No verdict is worked out; what was published is at "
            f"/api/responses/{state.report}/{state.body}."
        )
    opened, day = found.context.opened, asked.when.effective_on
    places = {line.looked.entry: opened.text(line.where) for line in state.lookups}
    of_report, own = _acts(found)
    judged = Judged(
        duty(state, day),
        publications(state),
        disapplications(state, opened.text),
        effective_on=day,
        chief_officer=chief_officer(state),
        extensions=extensions(state, day, opened.text),
        set_aside=set_aside(of_report, own),
        corrected=corrected_days(of_report) | corrected_days(own),
        listed=state.listed,
        listed_by=state.listed_by,
        silence=silence(state),
        places={entry: words for entry, words in places.items() if words},
        name=asked.register.name,
    )
    return ResponseWorking(
        **asdict(workings.working(judged)),
        report=state.report,
        body=state.body,
        name=state.name,
        as_of=asked.as_of,
    )


def _acts(found: Owed) -> tuple[Sequence[Entry], Sequence[Entry]]:
    """Return the entries of the report, and those about the duty."""
    log, position = found.question.log, found.question.when.position
    names = [streams.report_stream(found.state.report), found.stream]
    log.read_ahead(names)
    of_report, stream = (log.stream(one, position) for one in names)
    return of_report, of_duty(stream, found.state.name)
