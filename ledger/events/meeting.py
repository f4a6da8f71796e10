"""Events of the stream `meeting/{panel}/{date}`: what a panel had before it, and what it did."""

from dataclasses import dataclass
from typing import Annotated, ClassVar

from ledger.events.declare import Doc, Event, Stream, Upcast
from ledger.events.recommendation import RecommendationRef, addressee_was_body
from ledger.events.texts import Audience, Text


@dataclass(frozen=True, kw_only=True, slots=True)
class PaperIssued(Event):
    """A paper was issued for a meeting, made from what was known at a position of this log."""

    TOPIC: ClassVar[str] = "paper-issued"
    STREAM: ClassVar[Stream] = "meeting"
    NOTE: ClassVar[Audience] = "public"

    title: Annotated[Text, Doc("The paper's title.")]
    known_at: Annotated[int, Doc("The position of the log that it was made from.")]
    effective_on: Annotated[str, Doc("The day that it was effective on.", form="day")]
    capture: Annotated[str | None, Doc("The paper itself, if kept here: its capture.")] = None


@dataclass(frozen=True, kw_only=True, slots=True)
class MeetingHeld(Event):
    """The meeting was held, on its day."""

    TOPIC: ClassVar[str] = "meeting-held"
    STREAM: ClassVar[Stream] = "meeting"
    NOTE: ClassVar[Audience] = "public"


@dataclass(frozen=True, kw_only=True, slots=True)
class RecommendationReviewed(Event):
    """The panel reviewed a recommendation."""

    TOPIC: ClassVar[str] = "recommendation-reviewed"
    STREAM: ClassVar[Stream] = "meeting"
    NOTE: ClassVar[Audience] = "public"
    SCHEMA: ClassVar[int] = 2
    UPCASTS: ClassVar[tuple[Upcast, ...]] = (addressee_was_body("recommendation"),)

    recommendation: Annotated[
        RecommendationRef, Doc("The recommendation.", fixed="it is a link to what was reviewed")
    ]
    question: Annotated[Text | None, Doc("What the panel asked.")] = None
    outcome: Annotated[Text, Doc("What came of it.")]
    paper: Annotated[
        str | None,
        Doc(
            "The paper that it had before it: its entry.",
            form="entry",
            fixed="it is a link to another entry",
        ),
    ] = None


MeetingEvent = PaperIssued | MeetingHeld | RecommendationReviewed
