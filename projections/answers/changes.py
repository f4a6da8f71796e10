"""The changes between two moments, as an answer."""

from typing import Annotated, Literal

from msgspec import UNSET, Meta, UnsetType, field

from ledger.events.entry import Provenance
from ledger.events.recommendation import Kind, Means
from ledger.states.recommendation import Status
from projections.answers.parts import Links, Paged
from projections.answers.recommendation import (
    DecisionTold,
    TargetStanding,
    TargetToConfirm,
    UndatedAct,
)
from projections.answers.trail import TrailEntry
from projections.as_of import AsOf
from projections.fields import (
    Answer,
    BodyId,
    Day,
    EntryId,
    Href,
    Moment,
    PartialDay,
    Position,
    Reference,
)
from projections.states.recommendation import Standing
from projections.verdict.compliance import Basis, VerdictWord

ChangeWord = Literal[
    "new",
    "removed",
    "verdict_changed",
    "due_moved",
    "status_changed",
    "claim_changed",
    "target_moved",
    "target_passed",
    "entered_late",
    "revised",
    "corrected",
    "set_aside",
    "disputed",
    "redacted",
]


class LinkToEntry(Answer, frozen=True, kw_only=True):
    """The address of an entry."""

    self: Href


class EntrySummary(Answer, frozen=True, kw_only=True):
    """An entry that brought a change about."""

    id: EntryId
    position: Position
    type: str
    stream: str
    occurred_on: PartialDay | None
    by: BodyId | None
    provenance: Provenance
    recorded_by: str
    recorded_at: Moment
    links: LinkToEntry


class Subject(Answer, frozen=True, kw_only=True):
    """The subject of a change: a `report`, `response`, `recommendation` or `meeting`, with the
    fields that identify it."""

    type: Literal["report", "response", "recommendation", "meeting"]
    links: Links
    report: Reference | UnsetType = UNSET
    report_title: str | UnsetType | None = UNSET
    body: BodyId | UnsetType = UNSET
    body_name: str | UnsetType = UNSET
    name: str | UnsetType = UNSET
    number: str | UnsetType = UNSET
    key: str | UnsetType = UNSET
    kind: Kind | UnsetType = UNSET
    addressee: BodyId | UnsetType = UNSET
    addressee_name: str | UnsetType = UNSET
    panel: BodyId | UnsetType = UNSET
    panel_name: str | UnsetType = UNSET
    date: Day | UnsetType = UNSET


class Watched(Answer, frozen=True, kw_only=True):
    """The state of a subject before or after a change: only the fields that the change is about."""

    published_on: PartialDay | UnsetType | None = UNSET
    verdict: VerdictWord | UnsetType = UNSET
    days: int | UnsetType | None = UNSET
    at_least: bool | UnsetType = UNSET
    basis: Basis | UnsetType = UNSET
    due_on: Day | UnsetType | None = UNSET
    status: Status | UnsetType = UNSET
    decided: DecisionTold | UnsetType = UNSET
    means: Means | UnsetType | None = UNSET
    raised_on: PartialDay | UnsetType | None = UNSET
    target: TargetStanding | UnsetType = UNSET
    standing: Standing | UnsetType = UNSET
    on: PartialDay | UnsetType | None = UNSET
    original_on: PartialDay | UnsetType | None = UNSET
    moves: int | UnsetType = UNSET
    worked_out: bool | UnsetType = UNSET
    to_confirm: TargetToConfirm | UnsetType = UNSET
    undated: list[UndatedAct] | UnsetType = UNSET
    occurred_on: PartialDay | UnsetType | None = UNSET


class Changed(Answer, frozen=True, kw_only=True):
    """One thing that changed."""

    change: ChangeWord
    about: Subject
    from_: Watched | None = field(name="from")
    to: Watched | None
    because: Literal["entries", "time passed"]
    entries: list[EntrySummary]
    entry: Annotated[
        TrailEntry | None,
        Meta(
            description="Where the change is that an entry was made, late, or about another: the "
            "entry as a trail shows it."
        ),
    ]
    target: Annotated[EntrySummary | None, Meta(description="The entry that it is about.")]


class PaperOfMeeting(Answer, frozen=True, kw_only=True):
    """A paper of a meeting, with the two dates that it was made for."""

    entry: EntryId
    known_at: Position | None
    effective_on: Day | None


class SinceMeeting(Answer, frozen=True, kw_only=True):
    """The meeting from which the changes are counted."""

    panel: BodyId
    date: Day
    papers: list[PaperOfMeeting]
    links: Links


class ChangesPage(Paged, frozen=True, kw_only=True):
    """A page of changes, by report."""

    from_: AsOf = field(name="from")
    to: AsOf
    since_meeting: SinceMeeting | None
    late_by: int
    items: list[Changed]
    backfill_left_out: int
