"""The subjects of entries, of which each has its rows: a report, a recommendation, or a duty to
respond. `touched` names those whose rows an entry can change."""

from datetime import date
from typing import assert_never

from ledger.events import (
    AccountClosed,
    AccountOpened,
    AssuranceSought,
    BodyChanged,
    BodyRegistered,
    BodySucceeded,
    CaptureKept,
    ChiefOfficerCommentsInvited,
    ChiefOfficerCommentsReceived,
    ClockWasWrong,
    ClosureConfirmed,
    ClosureProposed,
    ClosureRefused,
    CommissionerStatementIssued,
    CopySent,
    DutyConfirmed,
    DutyDisapplied,
    EntryCorrected,
    EntryDisputed,
    EntryRetracted,
    ExtensionGranted,
    KeyAdded,
    KeyCompromised,
    KeyRetired,
    ListCompared,
    MeetingHeld,
    PaperIssued,
    RecommendationRaised,
    RecommendationReviewed,
    RecordKeptHere,
    RedactionSought,
    Reopened,
    RepeatNoted,
    ReportGraded,
    ReportPublished,
    ReportRevised,
    ReportTakenOver,
    ResponseDutyArose,
    ResponseLookedFor,
    ResponsePublished,
    RuleAdopted,
    ScopeGranted,
    ScopeRevoked,
    SealingResumed,
    StatementRevised,
    Superseded,
    TargetDateSet,
    TextRedacted,
    TextReleased,
    UpdateReceived,
    Withdrawn,
)
from ledger.events.entry import Entry
from ledger.events.streams import kind, recommendation_of, report_of
from ledger.states.effect import KNOWLEDGE, Known
from ledger.states.response import duty_names
from projections.read_models.tables import RECOMMENDATIONS, REPORTS, RESPONSES, Subject
from projections.states.report import passages_revised_in
from projections.streams import Streams


def subject_of(stream: str) -> Subject:
    """Return the subject of a recommendation's stream."""
    name = recommendation_of(stream)
    return RECOMMENDATIONS, (name.addressee, name.report, name.key)


def subjects_of(stream: str, reader: Streams, position: int) -> list[Subject]:
    """Return the subjects of a stream below a report. A response has one for each duty that ever
    arose by the position."""
    if kind(stream) == "recommendation":
        return [subject_of(stream)]
    _, reference, body = stream.split("/")
    names = duty_names(reader.stream(stream, position))
    return [(RESPONSES, (body, reference, name)) for name in names]


def touched(entry: Entry, reader: Streams) -> list[Subject]:
    """Return the subjects whose rows an entry can change."""
    reference = report_of(entry.stream)
    match entry.data:
        case ReportPublished() | ReportRevised() | ReportGraded():
            assert reference is not None
            return [(REPORTS, (reference,))]
        case ReportTakenOver():
            # The log tells who publishes a report; but a takeover's source may show its day.
            return _touched_by_knowledge(entry, reader) if entry.source else []
        case EntryDisputed():
            # Disputes are read from the log itself. But a dispute can take a receipt's effect away.
            of_response = kind(entry.stream) == "response"
            return subjects_of(entry.stream, reader, entry.position) if of_response else []
        case TextReleased() | RedactionSought() | TextRedacted():
            return []  # rows hold no text; the log says who may read it, and why it is gone
        case EntryCorrected() | EntryRetracted():
            return _touched_by_knowledge(entry, reader)
        case RecommendationRaised() | CommissionerStatementIssued():
            return [subject_of(entry.stream), *_responses_of(entry, reader)]
        case (
            AssuranceSought()
            | UpdateReceived()
            | TargetDateSet()
            | ClosureProposed()
            | ClosureConfirmed()
            | ClosureRefused()
            | Reopened()
            | Withdrawn()
            | Superseded()
            | RepeatNoted()
        ):
            return [subject_of(entry.stream)]
        case (
            ResponseDutyArose()
            | ResponsePublished()
            | ChiefOfficerCommentsInvited()
            | ChiefOfficerCommentsReceived()
            | ResponseLookedFor()
            | CopySent()
            | ExtensionGranted()
            | DutyDisapplied()
            | DutyConfirmed()
        ):
            return subjects_of(entry.stream, reader, entry.position)
        case StatementRevised():
            owed = subjects_of(entry.stream, reader, entry.position)
            return [*owed, *map(subject_of, passages_revised_in([entry]))]
        case CaptureKept() | PaperIssued() | MeetingHeld() | RecommendationReviewed():
            return []  # read from the log itself; an entry that rests on a capture comes later
        case (
            AccountOpened()
            | ScopeGranted()
            | ScopeRevoked()
            | AccountClosed()
            | BodyRegistered()
            | BodyChanged()
            | BodySucceeded()
            | RecordKeptHere()
            | RuleAdopted()
            | KeyAdded()
            | KeyRetired()
            | KeyCompromised()
            | SealingResumed()
            | ClockWasWrong()
            | ListCompared()
        ):
            return []  # read from the log itself; the end of an office is in `judged_anew`
        case _:
            assert_never(entry.data)


def changes_from(entry: Entry, subject: Subject, reader: Streams) -> date:
    """Return a day before which an entry changes nothing in the states of a subject that it
    touches. An act on a recommendation changes nothing before the first day on which it can have
    happened."""
    if isinstance(entry.data, KNOWLEDGE) or kind(entry.stream) != "recommendation":
        return date.min
    found = reader.report_about(entry.stream, entry.position)
    if found is None or subject != subject_of(entry.stream):
        return date.min
    captured_on = reader.context(entry.position).captured_on
    return found.happened(Known(entry, entry), captured_on).lo or date.min


def _touched_by_knowledge(entry: Entry, reader: Streams) -> list[Subject]:
    reference = report_of(entry.stream)
    match kind(entry.stream):
        case "report":
            assert reference is not None
            below = reader.subjects_of(reference, entry.position)
            reader.read_ahead(below)
            each = (one for name in below for one in subjects_of(name, reader, entry.position))
            return [(REPORTS, (reference,)), *each]
        case "recommendation":
            return [subject_of(entry.stream), *_responses_of(entry, reader)]
        case "response":
            stream = reader.stream(entry.stream, entry.position)
            owed = subjects_of(entry.stream, reader, entry.position)
            return [*owed, *map(subject_of, passages_revised_in(stream))]
        case _:
            return []


def _responses_of(entry: Entry, reader: Streams) -> list[Subject]:
    """Return the responses that have to explain the recommendation of an entry's stream."""
    name = recommendation_of(entry.stream)
    found = reader.responses_about(name.report, name.addressee, entry.position)
    return [
        one for entries in found for one in subjects_of(entries[0].stream, reader, entry.position)
    ]
