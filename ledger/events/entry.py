"""An entry: one event in its envelope, and its canonical bytes, there and back.

The stored `state` is RFC 8785 canonical JSON of the envelope and the event's data. The entry
of the log is `{"event":STATE,"position":N,"recorded_at":"T"}`: STATE byte for byte as stored,
put together by concatenation, never by serialising again. Hash what is stored, publish what
is hashed.
"""

import dataclasses
import re
import secrets
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from typing import Any, Literal
from uuid import UUID

import msgspec
import rfc8785

from ledger import clock
from ledger.dates import last_day, london_date, rfc3339
from ledger.errors import Unfit, Unreadable
from ledger.events import BY_TOPIC, AnyEvent, Batch, Source
from ledger.events.streams import capture_stream
from ledger.events.texts import Opening, Text

Provenance = Literal["first_hand", "reported"]

MAX_ENTRY_BYTES = 65_535
"""The most that one entry may have: the limit of C2SP tlog-tiles."""
_NUL = re.compile(rb"(?<!\\)(?:\\\\)*\\u0000")
_AROUND_STATE = len('{"event":,"position":9007199254740991,"recorded_at":""}') + 27


@dataclass(frozen=True, kw_only=True, slots=True)
class Entry:
    """One act: what was said (`data`), by whom, recorded by whom, and where word came from.

    `position` (from 1) and `recorded_at` come from the log: 0 and None before it is recorded.
    `counted_at` is the moment at which it counts as recorded, where a clock was wrong then.
    """

    id: str
    stream: str
    version: int
    occurred_on: str | None
    by: str | None
    recorded_by: str
    provenance: Provenance
    source: Source | None = None
    batch: Batch | None = None
    data: AnyEvent
    position: int = field(default=0, compare=False)
    recorded_at: datetime | None = field(default=None, compare=False)
    counted_at: datetime | None = field(default=None, compare=False)

    @property
    def originator_id(self) -> str:
        """The stream, under the name that the event sourcing library uses."""
        return self.stream

    @property
    def originator_version(self) -> int:
        """The version in its stream, under the name that the event sourcing library uses."""
        return self.version

    @property
    def instant(self) -> datetime:
        """When it counts as recorded. Only an entry read back from the log has it."""
        assert self.recorded_at is not None, "not read from the log"
        return self.counted_at or self.recorded_at


def new_id() -> str:
    """Return a fresh UUIDv7 (RFC 9562): ids made one after the other lie side by side in an
    index."""
    milliseconds = int(clock.now().timestamp() * 1000)
    number = (milliseconds << 80) | secrets.randbits(80)
    number = (number & ~(0xF << 76)) | (0x7 << 76)
    number = (number & ~(0x3 << 62)) | (0x2 << 62)
    return str(UUID(int=number))


def plain(entry: Entry) -> dict[str, Any]:
    """Return an entry's event, JSON-ready: envelope and data."""
    return {
        "id": entry.id,
        "stream": entry.stream,
        "version": entry.version,
        "type": entry.data.TOPIC,
        "schema": entry.data.SCHEMA,
        "occurred_on": entry.occurred_on,
        "by": entry.by,
        "recorded_by": entry.recorded_by,
        "provenance": entry.provenance,
        "source": to_plain(entry.source),
        "batch": to_plain(entry.batch),
        "data": to_plain(entry.data),
    }


def encode(entry: Entry) -> bytes:
    """Return the canonical bytes of an entry's event: what is stored as `state`.

    Raises Unfit where they would not be readable afterwards, or are over the limit.
    """
    try:
        state = _canonical(plain(entry))
    except rfc8785.CanonicalizationError as error:
        raise Unfit(f"This cannot be stored so that it reads back the same: {error}.") from error
    if b"u0000" in state and _NUL.search(state):  # the first alone takes a fortieth of the time
        raise Unfit("The character U+0000 cannot be stored.")
    if len(state) + _AROUND_STATE > MAX_ENTRY_BYTES:
        raise Unfit(
            f"This entry would have {len(state) + _AROUND_STATE:,} bytes; "
            f"{MAX_ENTRY_BYTES:,} is the most. Shorten its titles, addresses or lists."
        )
    return state


def _canonical(value: dict[str, Any]) -> bytes:
    """Return the canonical bytes of JSON values (RFC 8785): those of msgspec, which are the same
    but for rare values and come many times as fast."""
    try:
        said = _sorted.encode(value)
    except UnicodeEncodeError:  # half of a surrogate pair
        return rfc8785.dumps(value)
    return rfc8785.dumps(value) if _RARE.search(said) else said


class _Envelope(msgspec.Struct, frozen=True):
    id: str
    stream: str
    version: int
    type: str
    schema: int
    occurred_on: str | None
    by: str | None
    recorded_by: str
    provenance: Provenance
    source: Source | None
    batch: Batch | None
    data: msgspec.Raw


_envelope = msgspec.json.Decoder(_Envelope)
_data: dict[str, msgspec.json.Decoder[Any]] = {
    topic: msgspec.json.Decoder(event) for topic, event in BY_TOPIC.items()
}
_said = msgspec.json.Decoder(dict[str, Any])


def decode(
    state: bytes,
    position: int = 0,
    recorded_at: datetime | None = None,
    counted_at: datetime | None = None,
) -> Entry:
    """Return the entry whose canonical bytes these are. Raise Unreadable if they are no entry of
    ours."""
    try:
        read = _envelope.decode(state)
        if (decoder := _data.get(read.type)) is None:
            name = read.type[:80].encode("unicode_escape").decode()
            raise ValueError(f"“{name}” is no event that this version knows; upgrade it.")
        event = BY_TOPIC[read.type]
        data = (
            decoder.decode(read.data)
            if read.schema == event.SCHEMA
            else msgspec.convert(latest_form(event, read.schema, _said.decode(read.data)), event)
        )
    except (ValueError, RecursionError) as error:
        where = f"Entry {position} of the log" if position else "An entry of the log"
        raise Unreadable(f"{where} cannot be read: {error}") from error
    return Entry(
        id=read.id,
        stream=read.stream,
        version=read.version,
        occurred_on=read.occurred_on,
        by=read.by,
        recorded_by=read.recorded_by,
        provenance=read.provenance,
        source=read.source,
        batch=read.batch,
        data=data,
        position=position,
        recorded_at=recorded_at,
        counted_at=counted_at,
    )


def latest_form(event: type[AnyEvent], schema: int, data: dict[str, Any]) -> dict[str, Any]:
    """Return the data of an event in the latest version of its form, from the version in which it
    was stored.

    Raise ValueError if no such version is known here.
    """
    if not 1 <= schema <= event.SCHEMA:
        raise ValueError(
            f"version {schema} of the form of {event.TOPIC} is none that this version knows, "
            f"which are 1 to {event.SCHEMA}; upgrade it."
        )
    try:
        for upcast in event.UPCASTS[schema - 1 :]:
            data = upcast(data)
    except (KeyError, TypeError) as error:
        raise ValueError(f"it has not version {schema} of the form of {event.TOPIC}.") from error
    return data


def decode_strictly(state: bytes, position: int) -> Entry:
    """Return the entry whose bytes these are, in the one form in which they may be signed:
    canonical, of whole numbers that every reader reads alike. Raise Unreadable if they are not."""
    entry = decode(state, position)
    try:
        # msgspec's sorted output is RFC 8785 but for rare values, and is written many times as
        # fast.
        rare = _RARE.search(state) or _sorted.encode(_whole.decode(state)) != state
        if rare and (_NUL.search(state) or rfc8785.dumps(_whole.decode(state)) != state):
            raise ValueError("it is not in its canonical form (RFC 8785).")
    except (ValueError, RecursionError) as error:
        raise Unreadable(f"Entry {position} of the log cannot be signed: {error}") from error
    return entry


def _no_fraction(text: str) -> None:
    raise ValueError(f"{text} is no whole number.")


_RARE = re.compile(rb"u0000|[:,\[-][0-9]{16}")
_sorted = msgspec.json.Encoder(order="sorted")
_whole = msgspec.json.Decoder(float_hook=_no_fraction)


def line(state: bytes, position: int, recorded_at: datetime) -> bytes:
    """Return the entry of the log, byte for byte, from what is stored (no newline)."""
    return b'{"event":%b,"position":%d,"recorded_at":"%b"}' % (
        state,
        position,
        rfc3339(recorded_at).encode(),
    )


def to_plain(value: Any) -> Any:
    """Return the JSON-ready values of a dataclass, without absent optional fields and without
    openings."""
    if isinstance(value, Text):
        return {"sha256": value.sha256, "audience": value.audience, "lang": value.lang}
    if isinstance(value, tuple | list):
        return [to_plain(item) for item in value]
    if (names := _fields(value.__class__)) is not None:
        pairs = ((name, getattr(value, name)) for name in names)
        return {name: to_plain(item) for name, item in pairs if item is not None}
    return value


@cache
def _fields(kind: type) -> tuple[str, ...] | None:
    """Return the names of the fields of a dataclass; None of what is no dataclass."""
    if not dataclasses.is_dataclass(kind):
        return None
    return tuple(one.name for one in dataclasses.fields(kind))


def texts(value: Any, path: str = "") -> list[tuple[str, Text]]:
    """Return every text in an event or a source, with its path (`claim.as_stated`,
    `partners.0.name`)."""
    if isinstance(value, Text):
        return [(path, value)]
    if isinstance(value, Entry):
        found = texts(value.data)
        return found + (texts(value.source, "source") if value.source else [])
    dot = f"{path}." if path else ""
    if isinstance(value, tuple | list):
        return [found for n, item in enumerate(value) for found in texts(item, f"{dot}{n}")]
    return [
        found
        for name in _fields(value.__class__) or ()
        for found in texts(getattr(value, name), dot + name)
    ]


def openings(entry: Entry) -> list[tuple[str, bytes, Opening]]:
    """Return the path, commitment and opening of each text that is said but not yet recorded."""
    return [
        (path, bytes.fromhex(text.sha256), text.opening)
        for path, text in texts(entry)
        if text.opening is not None
    ]


def captures_cited(entries: Iterable[Entry]) -> set[str]:
    """Return the streams of the captures that entries cite as their source."""
    sources = (one.source for one in entries if one.source is not None)
    return {capture_stream(one.capture) for one in sources if one.capture is not None}


def recorded_late(entry: Entry, by: int) -> bool:
    """Return whether an act was recorded more than so many days after the last day on which it can
    have happened, by what the entry itself says. If the day is not known, the answer is no."""
    days = days_late(entry)
    return days is not None and days > by


def days_late(entry: Entry) -> int | None:
    """Return how many days after the last day on which it can have happened an act was recorded,
    by what the entry itself says; None of a day not known."""
    if entry.occurred_on is None:
        return None
    return (london_date(entry.instant) - last_day(entry.occurred_on)).days


def is_backfill(entry: Entry) -> bool:
    """Return whether it was entered long afterwards on purpose."""
    return entry.batch is not None and entry.batch.kind == "backfill"
