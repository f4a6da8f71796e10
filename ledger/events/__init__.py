"""Every event of the ledger, one file a stream, which ends with the union of its events; `AnyEvent`
is the closed union of them all."""

from typing import get_args

from eventsourcing.utils import register_topic

from ledger.events.capture import *
from ledger.events.declare import *
from ledger.events.knowledge import *
from ledger.events.meeting import *
from ledger.events.recommendation import *
from ledger.events.report import *
from ledger.events.response import *
from ledger.events.service import *

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
