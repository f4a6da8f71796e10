"""Entries of a stream as its trail shows them: their texts, the entries that set them aside or
dispute them, and the captures that they cite."""

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from typing import Annotated, Literal, get_args

from msgspec import UNSET, Meta, UnsetType
from msgspec.structs import asdict, replace

from ledger.events import (
    CaptureKept,
    EntryCorrected,
    EntryDisputed,
    RecommendationRaised,
    ResponseDutyArose,
)
from ledger.events.entry import Entry, texts
from ledger.events.texts import Text
from ledger.states.effect import CapturedOn, Known, happened, known
from ledger.states.report import Report
from ledger.states.service import Service
from projections.answers.capture import Copy
from projections.answers.entry import Commitment, Envelope, envelope
from projections.answers.parts import Redaction
from projections.answers.readers import Opened
from projections.as_of import AsOf
from projections.fields import Answer, EntryId, PartialDay, Position, Sha256
from projections.states.values import TextRef

Order = Literal["recorded", "happened"]
"""The order of a trail: as recorded, or as it happened."""
ORDERS: tuple[Order, ...] = get_args(Order)
About = Callable[[str], Report | None]
"""Returns the report that a stream is about, as known then, if that is in effect."""


class Opening(Commitment, frozen=True, kw_only=True):
    """A text, opened as far as this reader may read it: it has `text` and `salt`, or `held`, or
    `redacted`."""

    salt: Sha256 | UnsetType = UNSET
    text: str | UnsetType = UNSET
    held: bool | UnsetType = UNSET
    redacted: Redaction | UnsetType = UNSET


class TrailEntry(Envelope, frozen=True, kw_only=True):
    """An entry of a trail, with its texts opened and with what was said of it since."""

    texts: Annotated[Mapping[str, Opening], Meta(description="By their path in `data`.")]
    by_name: str | None
    in_effect: bool
    set_aside_by: EntryId | None
    disputed_by: list[EntryId]
    corrected_by: Annotated[dict[str, EntryId], Meta(description="By field, the correction.")]
    known_on: Annotated[PartialDay | None, Meta(description="Its day, as corrected since.")]
    capture: Copy | None
    sealed: Annotated[bool, Meta(description="Not where `known_at` was asked for.")] | UnsetType = (
        UNSET
    )
    as_of: Annotated[AsOf, Meta(description="Where the entry alone was asked for.")] | UnsetType = (
        UNSET
    )


class Trail(Answer, frozen=True, kw_only=True):
    """A page of the entries of a stream, in the order of the log or as they happened; the header
    `Link` leads to the next."""

    items: list[TrailEntry]
    next: Annotated[
        int | None,
        Meta(description="The position of the entry after which the next page begins."),
    ]
    stream: str
    order: Order
    as_of: AsOf


class TrailByTheDay(Answer, frozen=True, kw_only=True):
    """The trail of a stream as a page shows it: what had happened by a day, by pages that begin
    with the last."""

    items: list[TrailEntry]
    """The entries of the page, those that change them or are changed by them, and those that the
    other parts of the page speak of."""
    shown: list[EntryId]
    """The entries of this page of the trail, the last first."""
    numbers: dict[EntryId, Position]
    """The positions of all entries of the trail."""
    before: int
    """How many entries of the trail stand before this page."""
    after: Position | None
    """The last entry of this page, if others stand on a next one."""
    later: Annotated[int, Meta(description="How many entries tell of what happened later.")]
    order: Order
    as_of: AsOf


class EntryBeside(Answer, frozen=True, kw_only=True):
    """An entry that was recorded in one act with another."""

    id: EntryId
    position: Position
    type: str


def trail_entries(
    entries: list[Entry],
    shown: Sequence[Entry],
    opened: Opened,
    service: Service,
    copies: Mapping[str, Copy],
    about: About,
    said_before: Sequence[Entry] = (),
) -> list[TrailEntry]:
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
        TrailEntry(
            **asdict(envelope(entry)),
            texts={
                path: _opened(entry, path, text, opened, by_id, formers)
                for path, text in texts(entry)
            },
            by_name=entry.by and service.name(entry.by),
            in_effect=one.in_effect,
            set_aside_by=one.set_aside_by,
            disputed_by=disputes.get(one.id, []),
            corrected_by={path: by.id for path, by in one.corrected_by.items()},
            known_on=_on_its_day(one, about).entry.occurred_on,
            capture=copies.get(_capture_of(one.entry) or ""),
        )
        for one in known(entries)
        if one.id in those
        for entry in [one.original]
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
) -> Opening:
    said = _said(entry, path, text)
    if path == "was":
        said = formers.get(text.sha256, said)
    held = Opening(sha256=text.sha256, audience=said.audience, lang=said.lang)
    if (gone := opened.redaction(said)) is not None:
        return replace(held, redacted=Redaction(on=gone.on, basis=gone.basis, entry=gone.entry))
    if isinstance(entry.data, EntryCorrected) and path == "now" and not opened.may_read(said):
        # A corrected text is for the same readers as the first, no matter who corrects it.
        target = by_id[entry.data.target]
        said = replace(said, by=target.by, recorded_by=target.recorded_by)
    if not opened.may_read(said):
        return replace(held, held=True)
    if (opening := opened.opening(said)) is not None:
        return replace(held, salt=opening.salt.hex(), text=opening.body)
    return held
