"""Captures for a reader: what is held of which bytes, since when, and who may fetch them."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from ledger.clock import london_date, rfc3339
from ledger.events import CaptureKept
from ledger.events.entry import Entry
from ledger.events.texts import Audience
from projections.answers.texts import Reader


@dataclass(frozen=True, slots=True)
class _Bytes:
    """For whom bytes are, and whose they are: what a text says of itself."""

    audience: Audience
    by: str | None
    recorded_by: str


def may_fetch(reader: Reader, entry: Entry) -> bool:
    """Whether a reader may fetch the bytes of a CaptureKept entry: by the rule of texts."""
    assert isinstance(entry.data, CaptureKept)
    return reader.may_read(_Bytes(entry.data.audience, entry.by, entry.recorded_by))


def copy_held(entry: Entry, reader: Reader, there: Collection[int]) -> dict[str, Any]:
    """What an entry's trail says of a capture. `there` are the positions whose bytes are there."""
    assert isinstance(entry.data, CaptureKept)
    said = entry.data
    name = entry.stream.removeprefix("capture/")
    redacted = entry.position not in there
    readable = not redacted and may_fetch(reader, entry)
    return {
        "id": name,
        "entry": entry.id,
        "received_on": london_date(entry.instant).isoformat(),
        "received_at": rfc3339(entry.instant),
        "sha256": said.sha256,
        "salted": said.salted,
        "media_type": said.media_type,
        "length": said.length,
        "audience": said.audience,
        "url": said.url,
        "how": said.how or "uploaded",
        "host": said.host,
        "held_by": entry.recorded_by.partition("/")[0],
        "readable": readable,
        "redacted": redacted,
        "href": f"/api/captures/{name}",
    }
