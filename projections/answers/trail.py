"""Entries of a stream as its trail shows them: their texts, the entries that set them aside or
dispute them, and the captures that they cite."""

from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import date
from typing import Annotated, Any, Literal, get_args

from msgspec import Meta
from msgspec.structs import replace

from ledger.dates import london_date, rfc3339
from ledger.events import (
    CaptureKept,
    EntryCorrected,
    EntryDisputed,
    RecommendationRaised,
    ResponseDutyArose,
)
from ledger.events.entry import Entry, bare, texts, to_plain
from ledger.events.texts import Text
from ledger.states.effect import CapturedOn, Known, happened, known
from ledger.states.report import Report
from ledger.states.service import Service
from projections.answers.readers import Opened, Reader, may_fetch
from projections.states.values import TextRef

Json = dict[str, Any]
TrailEntry = Annotated[
    dict[str, Any], Meta(extra_json_schema={"$ref": "#/components/schemas/TrailEntry"})
]
"""An entry as a trail shows it. Its schema is made from its event (api/schemas/events.py)."""
Order = Literal["recorded", "happened"]
"""The order of a trail: as recorded, or as it happened."""
ORDERS: tuple[Order, ...] = get_args(Order)
About = Callable[[str], Report | None]
"""Returns the report that a stream is about, as known then, if that is in effect."""


def copy_held(entry: Entry, reader: Reader, there: Collection[int]) -> dict[str, Any]:
    """Return a capture for the trail of an entry. `there` are the positions whose bytes are still
    held."""
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


def trail_entries(
    entries: list[Entry],
    shown: Sequence[Entry],
    opened: Opened,
    service: Service,
    copies: Mapping[str, Json],
    about: About,
    said_before: Sequence[Entry] = (),
) -> list[Json]:
    """Return the shown entries of whole streams as the API gives them, by position. `copies` are
    the captures by their ids. `about` gives the report whose day some entries have.

    The former text (`was`) of a correction or revision is opened where it was recorded, among the
    entries of `said_before`.
    """
    by_id = {entry.id: entry for entry in entries}
    those = {entry.id for entry in shown}
    formers = {
        text.sha256: _said(entry, path, text)
        for entry in said_before
        for path, text in texts(entry)
        if path != "was"
    }
    disputes: dict[str, list[str]] = {}
    for entry in entries:
        if isinstance(entry.data, EntryDisputed):
            disputes.setdefault(entry.data.target, []).append(entry.id)
    return [
        {
            **bare(one.original),
            "by_name": one.original.by and service.name(one.original.by),
            "texts": {
                path: _opened(one.original, path, text, opened, by_id, formers)
                for path, text in texts(one.original)
            },
            "in_effect": one.in_effect,
            "set_aside_by": one.set_aside_by,
            "disputed_by": disputes.get(one.id, []),
            "corrected_by": {path: entry.id for path, entry in one.corrected_by.items()},
            "known_on": _on_its_day(one, about).entry.occurred_on,
            "capture": copies.get(_capture_of(one.entry) or ""),
        }
        for one in known(entries)
        if one.id in those
    ]


def _on_its_day(one: Known, about: About) -> Known:
    if not isinstance(one.data, RecommendationRaised | ResponseDutyArose):
        return one  # most entries have a day of their own, so no report is read
    found = about(one.original.stream)
    return found.on_its_day(one) if found else one


def as_happened(
    entries: Sequence[Entry], found: Report | None, captured_on: CapturedOn
) -> list[str]:
    """Return the ids of a trail's entries in the order in which standings count them: by the last
    day on which each can have happened, then by position. An entry without a day of its own, such
    as a correction, takes the day of its recording. `found` is the report that they are about, if
    there is one."""

    def when(one: Known) -> tuple[date, int]:
        if found is None:
            hi = happened(one, report_day=None, captured_on=captured_on).hi
        else:
            hi = found.happened(one, captured_on).hi
        return hi, one.original.position

    return [one.id for one in sorted(known(entries), key=when)]


def _capture_of(entry: Entry) -> str | None:
    """Return the capture that an entry is, or cites as its source; None if it is or cites no
    capture."""
    if isinstance(entry.data, CaptureKept):
        return entry.stream.removeprefix("capture/")
    return entry.source.capture if entry.source else None


def _said(entry: Entry, path: str, text: Text) -> TextRef:
    return TextRef(text.audience, text.lang, entry.position, path, entry.by, entry.recorded_by)


def _opened(
    entry: Entry,
    path: str,
    text: Text,
    opened: Opened,
    by_id: Mapping[str, Entry],
    formers: Mapping[str, TextRef],
) -> Json:
    said = _said(entry, path, text)
    if path == "was":
        said = formers.get(text.sha256, said)
    found: Json = {"sha256": text.sha256, "audience": said.audience, "lang": said.lang}
    if (redaction := opened.redaction(said)) is not None:
        return {**found, "redacted": to_plain(redaction)}
    if isinstance(entry.data, EntryCorrected) and path == "now" and not opened.may_read(said):
        # A corrected text is for the same readers as the first, no matter who corrects it.
        target = by_id[entry.data.target]
        said = replace(said, by=target.by, recorded_by=target.recorded_by)
    if not opened.may_read(said):
        return {**found, "held": True}
    if (opening := opened.opening(said)) is not None:
        return {**found, "salt": opening.salt.hex(), "text": opening.body}
    return found
