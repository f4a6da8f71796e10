"""How things would read after entries that are decided and not recorded: by the states and verdicts
that the projector itself would work out from the log with these entries."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from ledger.events.entry import Entry
from ledger.events.streams import report_of
from projections.answers.context import AnswerContext
from projections.answers.recommendation import TargetStanding, target
from projections.answers.response import ResponseLine, line
from projections.questions.question import Question
from projections.read_models.segments import state_on
from projections.read_models.subjects import subjects_of, touched
from projections.read_models.tables import REPORTS, State, Subject
from projections.states.values import JudgedResponse, RecommendationState
from projections.streams import Streams
from projections.verdict.working import headline

MOST = 60
"""At most so many subjects are worked out: a report for everybody would have hundreds."""


@dataclass(frozen=True)
class Stands:
    """Where a recommendation stands."""

    number: str
    kind: str
    addressee_name: str
    status: str
    target: TargetStanding
    text: str | None
    """The words of the recommendation, as far as the reader may read them."""


@dataclass(frozen=True)
class Judged:
    """A response with its verdict, and the sentence that says it."""

    line: ResponseLine
    headline: str


Reading = Stands | Judged


@dataclass(frozen=True)
class Supposed:
    """How a subject reads today, and how it would read with the entries; None: it doesn't exist."""

    report: str
    title: str
    before: Reading | None
    after: Reading | None


def supposed(question: Question, entries: Sequence[Entry]) -> list[Supposed]:
    """Return the recommendations and responses that entries would touch, as each reads today and
    would read with them. Return none for entries of no report: they change no verdict here."""
    if not entries or not all(report_of(one.stream) for one in entries):
        return []
    position = question.when.position
    placed = [replace(one, position=position + n) for n, one in enumerate(entries, start=1)]
    reader, context = question.log.supposing(placed), question.context()
    subjects = dict.fromkeys(
        subject
        for entry in placed
        for subject in touched(entry, reader)
        if subject[0] is not REPORTS  # a report has no standing
    )
    return [
        _supposed(context, reader, one, (position, position + len(placed)))
        for one in list(subjects)[:MOST]
    ]


def today(question: Question, stream: str) -> list[Reading]:
    """Return how the recommendation of a stream reads today, or each response of one."""
    position, day = question.when.position, question.when.effective_on
    states = [
        state_on(one, question.log, position, day)
        for one in subjects_of(stream, question.log, position)
    ]
    context = question.context([one for one in states if one is not None])
    return [one for one in (_reading(context, state) for state in states) if one is not None]


def _supposed(
    context: AnswerContext, reader: Streams, subject: Subject, positions: tuple[int, int]
) -> Supposed:
    reference = subject[1][1]
    before, after = (
        _reading(context, state_on(subject, reader, one, context.day)) for one in positions
    )
    there = next(filter(None, (reader.report(reference, one) for one in positions[::-1])), None)
    return Supposed(reference, there[0].data.title if there else reference, before, after)


def _reading(context: AnswerContext, state: State | None) -> Reading | None:
    match state:
        case JudgedResponse():
            return Judged(line(context, state), headline(state.found.on(context.day), context.name))
        case RecommendationState():
            return Stands(
                number=state.number,
                kind=state.kind,
                addressee_name=context.name(state.addressee),
                status=state.status,
                target=target(state, context.day),
                text=context.opened.text(state.text),
            )
        case _:
            return None
