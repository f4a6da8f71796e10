"""The types of fields in answers (days, moments, positions, ids), and `Answer` itself."""

from typing import Annotated, Any

import msgspec
from msgspec import Meta

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
