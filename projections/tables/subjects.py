"""Which subjects an entry touches: those whose rows it can change."""

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
    ClosureConfirmed,
    ClosureProposed,
    ClosureRefused,
    CommissionerStatementIssued,
    CopySent,
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
    RedactionSought,
    Reopened,
    ReportPublished,
    ReportRevised,
    ReportTakenOver,
    ResponseDutyArose,
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
from projections.states.revisions import passages_revised_in
from projections.streams import Streams
from projections.tables.tables import RECOMMENDATIONS, REPORTS, RESPONSES, Subject


def touched(entry: Entry, reader: Streams) -> list[Subject]:
    """The subjects whose rows an entry can change."""
    reference = report_of(entry.stream)
    match entry.data:
        case ReportPublished():
            assert reference is not None
            return [(REPORTS, (reference,))]
        case ReportRevised():
            assert reference is not None
            return [(REPORTS, (reference,))]
        case ReportTakenOver():
            # Whose a report is, is read from the log itself; but its publisher may show its day.
            return _touched_by_knowledge(entry, reader) if entry.source else []
        case EntryDisputed():
            return []  # disputes are read from the log itself
        case TextReleased():
            return []  # what is released is looked up when texts are opened
        case RedactionSought() | TextRedacted():
            return []  # rows hold no text; why one is gone is read from the log itself
        case EntryCorrected() | EntryRetracted():
            return _touched_by_knowledge(entry, reader)
        case RecommendationRaised() | CommissionerStatementIssued():
            return [_recommendation(entry.stream), *_responses_of(entry, reader)]
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
        ):
            return [_recommendation(entry.stream)]
        case (
            ResponseDutyArose()
            | ResponsePublished()
            | ChiefOfficerCommentsInvited()
            | ChiefOfficerCommentsReceived()
            | CopySent()
            | ExtensionGranted()
            | DutyDisapplied()
        ):
            return [_response(entry.stream)]
        case StatementRevised():
            return [_response(entry.stream), *map(subject_of, passages_revised_in([entry]))]
        case CaptureKept():
            return []  # what rests on a capture cites it, and comes later
        case PaperIssued() | MeetingHeld() | RecommendationReviewed():
            return []  # meetings are read from the log itself
        case (
            AccountOpened()
            | ScopeGranted()
            | ScopeRevoked()
            | AccountClosed()
            | BodyRegistered()
            | BodyChanged()
            | BodySucceeded()
            | RuleAdopted()
            | KeyAdded()
            | KeyRetired()
            | KeyCompromised()
            | SealingResumed()
        ):
            return []  # accounts, register, rules and keys are read from the log itself
        case ListCompared():
            return []  # so are comparisons
        case _:
            assert_never(entry.data)


def _touched_by_knowledge(entry: Entry, reader: Streams) -> list[Subject]:
    reference = report_of(entry.stream)
    match kind(entry.stream):
        case "report":
            assert reference is not None
            below = reader.subjects_of(reference, entry.position)
            return [(REPORTS, (reference,)), *map(subject_of, below)]
        case "recommendation":
            return [_recommendation(entry.stream), *_responses_of(entry, reader)]
        case "response":
            stream = reader.stream(entry.stream, entry.position)
            return [_response(entry.stream), *map(subject_of, passages_revised_in(stream))]
        case _:
            return []


def subject_of(stream: str) -> Subject:
    """The subject of a stream below a report."""
    return _recommendation(stream) if kind(stream) == "recommendation" else _response(stream)


def _recommendation(stream: str) -> Subject:
    name = recommendation_of(stream)
    return RECOMMENDATIONS, (name.addressee, name.report, name.key)


def _response(stream: str) -> Subject:
    _, reference, body = stream.split("/")
    return RESPONSES, (body, reference)


def _responses_of(entry: Entry, reader: Streams) -> list[Subject]:
    """The responses that have to explain the recommendation of an entry's stream."""
    name = recommendation_of(entry.stream)
    found = reader.responses_about(name.report, name.addressee, entry.position)
    return [_response(entries[0].stream) for entries in found]
