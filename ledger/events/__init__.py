"""Every event of the ledger, one file a stream; `EVENTS` is the closed list of them."""

from eventsourcing.utils import register_topic

from ledger.events.capture import CaptureKept
from ledger.events.declare import Batch, Doc, Event, Source
from ledger.events.knowledge import EntryCorrected, EntryRetracted
from ledger.events.recommendation import (
    AssuranceSought,
    ClosureConfirmed,
    ClosureProposed,
    ClosureRefused,
    CommissionerStatementIssued,
    RecommendationRaised,
    Reopened,
    TargetDateSet,
    UpdateReceived,
)
from ledger.events.report import ReportPublished
from ledger.events.response import (
    ChiefOfficerCommentsInvited,
    ChiefOfficerCommentsReceived,
    CopySent,
    ResponseDutyArose,
    ResponsePublished,
)
from ledger.events.service import (
    AccountOpened,
    BodyRegistered,
    KeyAdded,
    RuleAdopted,
    ScopeGranted,
)

ReportEvent = ReportPublished
ResponseEvent = (
    ResponseDutyArose
    | ChiefOfficerCommentsInvited
    | ChiefOfficerCommentsReceived
    | ResponsePublished
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
)
ServiceEvent = AccountOpened | ScopeGranted | BodyRegistered | RuleAdopted | KeyAdded
KnowledgeEvent = EntryCorrected | EntryRetracted
AnyEvent = (
    ReportEvent | ResponseEvent | RecommendationEvent | CaptureKept | ServiceEvent | KnowledgeEvent
)

EVENTS: tuple[type[AnyEvent], ...] = (
    ReportPublished,
    ResponseDutyArose,
    ChiefOfficerCommentsInvited,
    ChiefOfficerCommentsReceived,
    ResponsePublished,
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
    EntryCorrected,
    EntryRetracted,
    CaptureKept,
    AccountOpened,
    ScopeGranted,
    BodyRegistered,
    RuleAdopted,
    KeyAdded,
)
BY_TOPIC: dict[str, type[AnyEvent]] = {event.TOPIC: event for event in EVENTS}
for _topic, _event in BY_TOPIC.items():
    register_topic(_topic, _event)

__all__ = [
    "BY_TOPIC",
    "EVENTS",
    "AccountOpened",
    "AnyEvent",
    "AssuranceSought",
    "Batch",
    "BodyRegistered",
    "CaptureKept",
    "ChiefOfficerCommentsInvited",
    "ChiefOfficerCommentsReceived",
    "ClosureConfirmed",
    "ClosureProposed",
    "ClosureRefused",
    "CommissionerStatementIssued",
    "CopySent",
    "Doc",
    "EntryCorrected",
    "EntryRetracted",
    "Event",
    "KeyAdded",
    "KnowledgeEvent",
    "RecommendationEvent",
    "RecommendationRaised",
    "Reopened",
    "ReportEvent",
    "ReportPublished",
    "ResponseDutyArose",
    "ResponseEvent",
    "ResponsePublished",
    "RuleAdopted",
    "ScopeGranted",
    "ServiceEvent",
    "Source",
    "TargetDateSet",
    "UpdateReceived",
]
