"""A capture as an answer: what is held of it, and whether its reader may fetch it."""

from collections.abc import Collection
from typing import Literal

from ledger.dates import london_date, rfc3339
from ledger.events import CaptureKept
from ledger.events.entry import Entry
from ledger.events.texts import Audience
from projections.answers.readers import Reader, may_fetch
from projections.fields import Answer, BodyId, Count, Day, EntryId, Href, Moment, Sha256


class Copy(Answer, frozen=True, kw_only=True):
    """A capture that an entry cites, or that it is: what the service holds of it."""

    id: str
    entry: EntryId
    received_on: Day
    received_at: Moment
    sha256: Sha256
    salted: bool
    media_type: str
    length: Count
    audience: Audience
    url: str | None
    how: Literal["fetched", "uploaded"]
    host: str | None
    held_by: BodyId
    readable: bool
    redacted: bool
    href: Href


def copy_held(entry: Entry, reader: Reader, there: Collection[int]) -> Copy:
    """Return what an entry's trail says of a capture. `there` are the positions whose bytes are
    there."""
    assert isinstance(entry.data, CaptureKept)
    said = entry.data
    name = entry.stream.removeprefix("capture/")
    redacted = entry.position not in there
    return Copy(
        id=name,
        entry=entry.id,
        received_on=london_date(entry.instant).isoformat(),
        received_at=rfc3339(entry.instant),
        sha256=said.sha256,
        salted=said.salted,
        media_type=said.media_type,
        length=said.length,
        audience=said.audience,
        url=said.url,
        how=said.how or "uploaded",
        host=said.host,
        held_by=entry.recorded_by.partition("/")[0],
        readable=not redacted and may_fetch(reader, entry),
        redacted=redacted,
        href=f"/api/captures/{name}",
    )
