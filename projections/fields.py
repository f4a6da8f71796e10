"""The types of fields in answers (days, moments, positions, ids, what an event says), and `Answer`
itself, with its JSON."""

from functools import cached_property
from typing import Annotated, Any

import msgspec
from msgspec import Meta

from ledger.events import AnyEvent
from ledger.events.entry import to_plain

Day = Annotated[str, Meta(extra_json_schema={"format": "date"})]
PartialDay = Annotated[
    str,
    Meta(pattern="^[0-9]{4}(-[0-9]{2}){0,2}$", description="A day, a month or a year: YYYY-MM-DD…"),
]
Moment = Annotated[str, Meta(extra_json_schema={"format": "date-time"})]
Position = Annotated[int, Meta(ge=0, le=2**53 - 1)]
Count = Annotated[int, Meta(ge=0)]
Version = Annotated[int, Meta(ge=0, description="The stream's version, which is its ETag.")]
EntryId = Annotated[str, Meta(extra_json_schema={"format": "uuid"})]
BodyId = Annotated[str, Meta(pattern="^[a-z0-9-]{1,80}$")]
Reference = Annotated[str, Meta(pattern="^[a-z0-9-]{1,80}$")]
Sha256 = Annotated[str, Meta(pattern="^[0-9a-f]{64}$")]
Base64 = Annotated[str, Meta(pattern="^[A-Za-z0-9+/]{43}=$", description="32 bytes in Base 64.")]
Href = Annotated[str, Meta(pattern="^/", description="An address below the server's.")]
Cursor = Annotated[
    str | None, Meta(description="What the next page begins after (`after`); null: it is the last.")
]


Json = dict[str, Any]
"""JSON that no struct describes."""


class Answer(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """An answer, or a part of one. Its fields are those of the JSON, of the OpenAPI description and
    of the struct that templates get. A field with the default `UNSET` is left out when it is not
    set."""


class EventData:
    """What an event says. Its JSON leaves out what is not said, and has of each text the
    commitment alone. (The encoder would write a dataclass with every null, and what opens its
    texts.)"""

    def __init__(self, event: AnyEvent) -> None:
        self.event = event

    @cached_property
    def plain(self) -> Json:
        """Return it as JSON has it: worked out once, also where an answer has the entry twice."""
        said: Json = to_plain(self.event)
        return said


def json_of(answer: Answer) -> bytes:
    """Return an answer as JSON."""
    return _encoder.encode(answer)


def plain(answer: Answer) -> Json:
    """Return an answer as JSON has it, to be put together with more fields."""
    found: Json = msgspec.to_builtins(answer, enc_hook=_plain)
    return found


def _plain(value: Any) -> Any:
    if isinstance(value, EventData):
        return value.plain
    raise NotImplementedError(f"No answer has a {type(value).__name__}.")


_encoder = msgspec.json.Encoder(enc_hook=_plain)
