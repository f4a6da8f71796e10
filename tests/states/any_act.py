"""Tries that belong to many machines: acts on any entry, and what else a stream declares."""

from collections.abc import Mapping, Sequence
from typing import Any

from ledger.acts.table import ACTS, BROUGHT, ENTRY
from ledger.events import (
    EVENTS,
    AnyEvent,
    EntryCorrected,
)
from tests.api.site import FORCE, NOTE, Site, recommendation
from tests.states.trying import Try, confirmation_of

PANEL = "cumbria-police-fire-and-crime-panel"
PUBLISHED = "2025-05-16"
OTHER = {"report": "states", "number": "1", "addressee": FORCE}
"""A recommendation that is there: for what takes another's place, or is reviewed."""
EARLIER = {"report": "before-states", "number": "1", "addressee": FORCE}
"""One of an earlier report: for what is repeated."""
_BY_ANOTHER_ACT = {topic for topic, how in BROUGHT.items() if not how.startswith("answerable ")}

ON_THE_LAST: Mapping[type[AnyEvent], Mapping[str, Any]] = {
    EntryCorrected: {"field": "occurred_on", "now": "2025-08-31", "source": NOTE},
}
"""The fields of an act on an entry that its schema cannot give."""


def on_the_last_act(drawn: Sequence[type[AnyEvent]] = ()) -> tuple[Try, ...]:
    """Return every act on an entry, tried on the subject's last act. A redaction that one account
    seeks and another confirms is also tried as sought by a clerk and confirmed by an administrator.
    """

    def on_the_last(event: type[AnyEvent], who: str, note: str, first: Try | None = None) -> Try:
        says, to = ON_THE_LAST.get(event, {}), lambda subject: subject.last
        return Try(event, who, says, note, to, first=first, drawn=event in drawn)

    acts = [act for act in ACTS if act.path.startswith(ENTRY)]
    return (
        *(on_the_last(act.event, "admin", "of the last act") for act in acts),
        *(
            on_the_last(
                confirming.event,
                "admin",
                "of what a clerk sought",
                on_the_last(act.event, "clerk", "of the last act"),
            )
            for act in acts
            if (confirming := confirmation_of(act)) is not None
        ),
    )


def and_the_rest(stream: str, listed: Sequence[Try]) -> tuple[Try, ...]:
    """Return the tries listed, a try of each other event of a stream, and those of acts on any
    entry."""
    named = {one.event for one in listed}
    return (
        *listed,
        *(
            Try(event)
            for event in EVENTS
            if stream == event.STREAM and event not in named and event.TOPIC not in _BY_ANOTHER_ACT
        ),
        *on_the_last_act(),
    )


def one_that_is_there(site: Site) -> None:
    if not site.ledger.read_stream("report/states"):
        site.publish(
            reference="states",
            title="States",
            published_on="2017-06-01",  # before the meetings that review it
            recommendations=[recommendation("1")],
        )
        site.publish(
            reference="before-states",
            title="Before states",
            published_on="2017-05-01",
            recommendations=[recommendation("1")],
        )
