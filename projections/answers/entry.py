"""An entry of the log as an answer: as it is recorded, and as it is stored. Its event
stays as it is, so that pages and rules read its fields by name; `EventData` makes JSON of it."""

from collections.abc import Mapping
from typing import Annotated, Literal

from msgspec import UNSET, Meta, UnsetType
from msgspec.structs import asdict

from ledger.dates import rfc3339
from ledger.events import AnyEvent, Batch, Source
from ledger.events import entry as log
from ledger.events.entry import Provenance, texts
from ledger.events.texts import Audience, Language, Text
from projections.answers.parts import Links
from projections.fields import (
    Answer,
    BodyId,
    Day,
    EntryId,
    EventData,
    Href,
    Json,
    Moment,
    PartialDay,
    Position,
    Reference,
    Sha256,
    Version,
)


class Commitment(Answer, frozen=True, kw_only=True):
    """A text as an entry holds it: the SHA-256 of it with its salt, its audience and its
    language."""

    sha256: Sha256
    audience: Audience
    lang: Language


class SourceCited(Answer, frozen=True, kw_only=True):
    """The source that an act is reported from."""

    url: str | UnsetType = UNSET
    capture: str | UnsetType = UNSET
    note: Commitment | UnsetType = UNSET


class BatchStep(Answer, frozen=True, kw_only=True):
    """The work step that recorded an entry together with others."""

    id: str
    kind: Literal["entered", "imported", "backfill"]


class Envelope(Answer, frozen=True, kw_only=True):
    """The fields that every entry has, beside its texts."""

    id: EntryId
    position: Position
    type: str
    stream: str
    version: Version
    occurred_on: Annotated[PartialDay | None, Meta(description="Null: the day is not known.")]
    by: Annotated[BodyId | None, Meta(description="The body whose act it is.")]
    provenance: Provenance
    recorded_at: Moment
    recorded_by: str
    data: Annotated[EventData, Meta(extra_json_schema={"type": "object"})]
    source: SourceCited | None
    batch: BatchStep | None

    @property
    def event(self) -> AnyEvent:
        """Return what the entry says."""
        return self.data.event


class Entry(Envelope, frozen=True, kw_only=True):
    """An entry as it is recorded: with the commitments of its texts, none of them opened."""

    texts: Annotated[Mapping[str, Commitment], Meta(description="By their path in `data`.")]


class LateEntry(Answer, frozen=True, kw_only=True):
    """An entry that was recorded late, in short, with what it is about."""

    position: Position
    entry: EntryId
    type: str
    occurred_on: PartialDay | None
    recorded_on: Day
    days_late: Annotated[int, Meta(description="After the last day on which it can have happened.")]
    office: Annotated[BodyId, Meta(description="The body whose account recorded it.")]
    office_name: str
    recorded_by: str
    recorded_at: Moment
    by: BodyId | None
    by_name: str | None
    provenance: Provenance
    about: Annotated[str, Meta(description="`recommendation`, `response`, `report`, `meeting`…")]
    report: Reference | None
    report_title: str | None
    number: str | None
    body: Annotated[BodyId | None, Meta(description="Whose recommendation, response or meeting.")]
    body_name: str | None
    links: Links


class Pending(Answer, frozen=True, kw_only=True):
    """The address at which a receipt will be once the entry is sealed."""

    status: Literal["pending"]
    href: Href


class Written(Answer, frozen=True, kw_only=True):
    """The entries that an act recorded: its own, and all that came with it."""

    event: Entry
    events: Annotated[list[Entry], Meta(description="All that it recorded.")]
    position: Annotated[int, Meta(ge=1, description="The last position written.")]
    origin: Annotated[str, Meta(description="The log's name.")]
    receipt: Annotated[
        str | Pending,
        Meta(
            description="The proof that the act's own entry is in the log: a c2sp.org/tlog-proof "
            "text, or its address if the seal takes longer."
        ),
    ]
    not_looked_into: (
        Annotated[
            tuple[EntryId, ...],
            Meta(
                description="Only in the first answer to a redaction: the entries of captures that "
                "could not be searched, because they are damaged or packed in an unknown way. They "
                "may repeat the text; redact each by itself."
            ),
        ]
        | UnsetType
    ) = UNSET


class HundredWritten(Answer, frozen=True, kw_only=True):
    """Acts of one request that were recorded together, and where they are in the log."""

    first_act: Annotated[int, Meta(ge=0, description="Its index in the request's `acts`.")]
    last_act: Annotated[int, Meta(ge=0, description="Its index in the request's `acts`.")]
    first_position: Position
    last_position: Position


class ActsWritten(Answer, frozen=True, kw_only=True):
    """Many acts, all of them recorded."""

    recorded: Annotated[list[HundredWritten], Meta(description="In the order of the acts.")]
    position: Annotated[int, Meta(ge=1, description="The last position written.")]
    origin: Annotated[str, Meta(description="The log's name.")]


class StoredEvent(Answer, frozen=True, kw_only=True):
    """An event with its envelope, in the form and the words in which it was stored."""

    id: EntryId
    stream: str
    version: int
    type: str
    schema: Annotated[int, Meta(ge=1, description="The version of the form of `data`.")]
    occurred_on: PartialDay | None
    by: str | None
    recorded_by: str
    provenance: Provenance
    source: SourceCited | None
    batch: BatchStep | None
    data: Annotated[Json, Meta(description="In the form of its own version.")]


class StoredEntry(Answer, frozen=True, kw_only=True):
    """The canonical line of an entry (RFC 8785), byte for byte as it is hashed."""

    event: StoredEvent
    position: Position
    recorded_at: Moment


def entry(one: log.Entry) -> Entry:
    """Return an entry of the log without opened texts, as feeds and answers to writes carry it."""
    said = {path: commitment(text) for path, text in texts(one)}
    return Entry(**asdict(envelope(one)), texts=said)


def envelope(one: log.Entry) -> Envelope:
    """Return what every entry of the log has, beside its texts."""
    return Envelope(
        id=one.id,
        position=one.position,
        type=one.data.TOPIC,
        stream=one.stream,
        version=one.version,
        occurred_on=one.occurred_on,
        by=one.by,
        provenance=one.provenance,
        recorded_at=rfc3339(one.instant),
        recorded_by=one.recorded_by,
        data=EventData(one.data),
        source=source_cited(one.source),
        batch=batch_step(one.batch),
    )


def commitment(text: Text) -> Commitment:
    """Return a text as its entry holds it."""
    return Commitment(sha256=text.sha256, audience=text.audience, lang=text.lang)


def source_cited(source: Source | None) -> SourceCited | None:
    """Return where word of an act came from, if that is said."""
    if source is None:
        return None
    return SourceCited(
        url=UNSET if source.url is None else source.url,
        capture=UNSET if source.capture is None else source.capture,
        note=UNSET if source.note is None else commitment(source.note),
    )


def batch_step(batch: Batch | None) -> BatchStep | None:
    """Return the work step that recorded an entry with others, if one did."""
    return None if batch is None else BatchStep(id=batch.id, kind=batch.kind)
