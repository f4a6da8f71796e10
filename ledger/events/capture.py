"""Events of the stream `capture/{id}`: bytes kept as evidence."""

from dataclasses import dataclass
from typing import Annotated, ClassVar, Literal

from ledger.events.declare import Doc, Event, Stream
from ledger.events.texts import Audience

How = Literal["fetched", "uploaded"]


@dataclass(frozen=True, kw_only=True, slots=True)
class CaptureKept(Event):
    """Bytes were received and kept; the day of this entry is the day of their reception."""

    TOPIC: ClassVar[str] = "capture-kept"
    STREAM: ClassVar[Stream] = "capture"
    DATED: ClassVar[bool] = False

    media_type: Annotated[str, Doc("What the bytes are, such as `text/html`.")]
    length: Annotated[int, Doc("How many bytes.")]
    sha256: Annotated[
        str,
        Doc(
            "SHA-256 of the bytes, lower-case hex; where `salted`, of `answerable/capture/v1`, "
            "a zero byte, the salt (32 bytes) and the bytes."
        ),
    ]
    salted: Annotated[bool, Doc("Whether the hash has a salt, so that it tells nothing.")] = False
    audience: Annotated[Audience, Doc("Who may fetch the bytes.")] = "public"
    url: Annotated[
        str | None,
        Doc(
            "Where they were published: as the account says that sent them, or the address that "
            "they were fetched from in the end.",
            form="url",
        ),
    ] = None
    how: Annotated[
        How | None,
        Doc(
            "`fetched`: this service asked the address; `uploaded`: the account sent the bytes. "
            "An entry from before this was told counts as uploaded."
        ),
    ] = None
    host: Annotated[
        str | None,
        Doc(
            "Where fetched: the host that answered, after all redirects. It has its port where "
            "that is not the usual one, and is an IP address where that lies inside a network."
        ),
    ] = None
