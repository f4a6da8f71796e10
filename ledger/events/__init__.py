"""Every event of the ledger, one file a stream; `EVENTS` is the closed list of them."""

from eventsourcing.utils import register_topic

from ledger.events.capture import CaptureKept
from ledger.events.comparison import ListCompared, ListedReport
from ledger.events.declare import Batch, Doc, Event, Source
from ledger.events.key import KeyCompromised, KeyRetired, SealingResumed
from ledger.events.knowledge import (
    EntryCorrected,
    EntryDisputed,
    EntryRetracted,
    RedactionSought,
    TextRedacted,
    TextReleased,
)
from ledger.events.meeting import (
    MeetingHeld,
    PaperIssued,
    RecommendationReviewed,
)
from ledger.events.recommendation import (
    AssuranceSought,
    ClosureConfirmed,
    ClosureProposed,
    ClosureRefused,
    CommissionerStatementIssued,
    RecommendationRaised,
    Reopened,
    Superseded,
    TargetDateSet,
    UpdateReceived,
    Withdrawn,
)
from ledger.events.report import (
    ReportPublished,
    ReportRevised,
    ReportTakenOver,
)
from ledger.events.response import (
    ChiefOfficerCommentsInvited,
    ChiefOfficerCommentsReceived,
    CopySent,
    DutyDisapplied,
    ExtensionGranted,
    ResponseDutyArose,
    ResponsePublished,
    StatementRevised,
)
from ledger.events.service import (
    AccountClosed,
    AccountOpened,
    BodyChanged,
    BodyRegistered,
    BodySucceeded,
    KeyAdded,
    RuleAdopted,
    ScopeGranted,
    ScopeRevoked,
)

ReportEvent = ReportPublished | ReportRevised | ReportTakenOver
ResponseEvent = (
    ResponseDutyArose
    | ChiefOfficerCommentsInvited
    | ChiefOfficerCommentsReceived
    | ResponsePublished
    | CopySent
    | DutyDisapplied
    | ExtensionGranted
    | StatementRevised
)
RecommendationEvent = (
    RecommendationRaised
    | AssuranceSought
    | UpdateReceived
    | CommissionerStatementIssued
    | TargetDateSet
    | ClosureProposed
    | ClosureConfirmed
    | ClosureRefused
    | Reopened
    | Withdrawn
    | Superseded
)
ServiceEvent = (
    AccountOpened
    | ScopeGranted
    | ScopeRevoked
    | AccountClosed
    | BodyRegistered
    | BodyChanged
    | BodySucceeded
    | RuleAdopted
    | KeyAdded
    | KeyRetired
    | KeyCompromised
    | SealingResumed
    | ListCompared
)
MeetingEvent = PaperIssued | MeetingHeld | RecommendationReviewed
KnowledgeEvent = (
    EntryCorrected | EntryRetracted | EntryDisputed | TextReleased | RedactionSought | TextRedacted
)
AnyEvent = (
    ReportEvent
    | ResponseEvent
    | RecommendationEvent
    | MeetingEvent
    | CaptureKept
    | ServiceEvent
    | KnowledgeEvent
)

EVENTS: tuple[type[AnyEvent], ...] = (
    ReportPublished,
    ReportRevised,
    ReportTakenOver,
    ResponseDutyArose,
    DutyDisapplied,
    ExtensionGranted,
    ChiefOfficerCommentsInvited,
    ChiefOfficerCommentsReceived,
    ResponsePublished,
    StatementRevised,
    CopySent,
    RecommendationRaised,
    AssuranceSought,
    UpdateReceived,
    CommissionerStatementIssued,
    TargetDateSet,
    ClosureProposed,
    ClosureConfirmed,
    ClosureRefused,
    Reopened,
    Withdrawn,
    Superseded,
    PaperIssued,
    MeetingHeld,
    RecommendationReviewed,
    CaptureKept,
    AccountOpened,
    ScopeGranted,
    ScopeRevoked,
    AccountClosed,
    KeyAdded,
    KeyRetired,
    KeyCompromised,
    SealingResumed,
    BodyRegistered,
    BodyChanged,
    BodySucceeded,
    RuleAdopted,
    ListCompared,
    EntryCorrected,
    EntryRetracted,
    EntryDisputed,
    TextReleased,
    RedactionSought,
    TextRedacted,
)
BY_TOPIC: dict[str, type[AnyEvent]] = {event.TOPIC: event for event in EVENTS}
for _topic, _event in BY_TOPIC.items():
    register_topic(_topic, _event)

__all__ = [
    "BY_TOPIC",
    "EVENTS",
    "AccountClosed",
    "AccountOpened",
    "AnyEvent",
    "AssuranceSought",
    "Batch",
    "BodyChanged",
    "BodyRegistered",
    "BodySucceeded",
    "CaptureKept",
    "ChiefOfficerCommentsInvited",
    "ChiefOfficerCommentsReceived",
    "ClosureConfirmed",
    "ClosureProposed",
    "ClosureRefused",
    "CommissionerStatementIssued",
    "CopySent",
    "Doc",
    "DutyDisapplied",
    "EntryCorrected",
    "EntryDisputed",
    "EntryRetracted",
    "Event",
    "ExtensionGranted",
    "KeyAdded",
    "KeyCompromised",
    "KeyRetired",
    "KnowledgeEvent",
    "ListCompared",
    "ListedReport",
    "MeetingEvent",
    "MeetingHeld",
    "PaperIssued",
    "RecommendationEvent",
    "RecommendationRaised",
    "RecommendationReviewed",
    "RedactionSought",
    "Reopened",
    "ReportEvent",
    "ReportPublished",
    "ReportRevised",
    "ReportTakenOver",
    "ResponseDutyArose",
    "ResponseEvent",
    "ResponsePublished",
    "RuleAdopted",
    "ScopeGranted",
    "ScopeRevoked",
    "SealingResumed",
    "ServiceEvent",
    "Source",
    "StatementRevised",
    "Superseded",
    "TargetDateSet",
    "TextRedacted",
    "TextReleased",
    "UpdateReceived",
    "Withdrawn",
]
