"""What entries of the log are asked for by, wherever they are listed, streamed or sent: a list, the
stream of events, the Atom feed, a webhook."""

import re
from typing import Any

import marshmallow as ma

from api.schemas.answers import Asked, Limit, WholeNumber
from ledger.events import BY_TOPIC
from ledger.register import suggestions
from projections.questions.changes import DEFAULT_LATE_BY


class EventType(ma.fields.String):
    """The type of an event: `update-received`, or as CloudEvents and the code have it
    (`answerable.update-received.v1`, `UpdateReceived`). One that there is not is refused."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> Any:
        said: str = super()._deserialize(value, attr, data, **kwargs)
        if not said:
            return None
        topic = re.sub(r"^answerable\.|\.v[0-9]+$", "", said)
        topic = re.sub(r"(?<=[a-z])(?=[A-Z])", "-", topic).lower()
        if topic not in BY_TOPIC:
            raise ma.ValidationError(
                suggestions.unknown_type(said[:80], topic[:80], list(BY_TOPIC))
            )
        return topic


class EventTypes(ma.fields.List[str]):
    """Some of them: each by the same name, said again (`type=update-received&type=reopened`)."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> Any:
        said = [value] if isinstance(value, str) else value
        return list(filter(None, map(self.inner.deserialize, said)))


class _OfAnyType(ma.Schema):
    """Which entries are wanted, whatever their type."""

    body = ma.fields.String(
        metadata={
            "description": "Only those that concern this body: its own doings, what is about its "
            "duties, its recommendations, its meetings or its place in the register, what names "
            "it, and entries of reports with a duty or recommendation of it; so too of its force, "
            "of those that answer for it, and of those that it follows."
        }
    )
    by = ma.fields.String(
        metadata={
            "description": "Only those of this body's own doing: its act, or recorded by an "
            "account of it."
        }
    )
    report = ma.fields.String(metadata={"description": "Only those about this report."})
    late_by = WholeNumber(
        validate=ma.validate.Range(min=0, max=99_999),
        metadata={
            "description": "Only acts recorded more than so many days after the last day on "
            "which they can have happened (0: after that day; 14: on the 15th day after it or "
            "later); backfill is left out, and counted."
        },
    )


class Filters(_OfAnyType):
    """Which entries are wanted."""

    type = EventType(metadata={"description": "Only this event, such as update-received."})


class AskedStream(_OfAnyType):
    """What a stream of entries takes, as their list does."""

    class Meta(Asked.Meta):
        pass

    type = EventTypes(
        EventType(),
        metadata={
            "description": "Only these events, such as update-received: give the name once for "
            "each.",
        },
    )
    after = WholeNumber(
        load_default=0,
        validate=ma.validate.Range(min=0, max=2**53 - 1),
        metadata={"description": "The position after which to start."},
    )
    origin = ma.fields.String(
        metadata={
            "description": "The log that the position is of (`source` of its entries): 409 if "
            "this is another one."
        }
    )


class AskedEntries(AskedStream, Asked):
    """What the list of entries takes. The log itself ignores `effective_on`."""

    limit = Limit()
    since = ma.fields.String(
        metadata={
            "description": "Only those recorded after a position, a moment (RFC 3339) or the end "
            "of a past day."
        }
    )


class AskedLateEntries(AskedEntries):
    """The same of those recorded late alone: what the page of them takes."""

    late_by = WholeNumber(
        load_default=DEFAULT_LATE_BY, validate=ma.validate.Range(min=0, max=99_999)
    )
