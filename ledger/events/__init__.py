"""Every event of the ledger, one file a stream; `AnyEvent` is the closed union of them."""

from typing import get_args

from eventsourcing.utils import register_topic

from ledger.events.capture import CaptureKept
from ledger.events.declare import Batch, Doc, Event, Source
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
    KeyCompromised,
    KeyRetired,
    ListCompared,
    ListedReport,
    RuleAdopted,
    ScopeGranted,
    ScopeRevoked,
    SealingResumed,
)

ReportEvent = ReportPublished | ReportRevised | ReportTakenOver
ResponseEvent = (
    ResponseDutyArose
    | DutyDisapplied
    | ExtensionGranted
    | ChiefOfficerCommentsInvited
    | ChiefOfficerCommentsReceived
    | ResponsePublished
    | StatementRevised
    | CopySent
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
MeetingEvent = PaperIssued | MeetingHeld | RecommendationReviewed
ServiceEvent = (
    AccountOpened
    | ScopeGranted
    | ScopeRevoked
    | AccountClosed
    | KeyAdded
    | KeyRetired
    | KeyCompromised
    | SealingResumed
    | BodyRegistered
    | BodyChanged
    | BodySucceeded
    | RuleAdopted
    | ListCompared
)
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

EVENTS: tuple[type[AnyEvent], ...] = get_args(AnyEvent)
"""All of them, in the order in which the documents explain them."""
BY_TOPIC: dict[str, type[AnyEvent]] = {event.TOPIC: event for event in EVENTS}
for _topic, _event in BY_TOPIC.items():
    register_topic(_topic, _event)
