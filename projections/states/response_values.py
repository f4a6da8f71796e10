"""What is shown of a response, as known at a position: dates, never verdicts. Pure values."""

from typing import Literal

from ledger.events.recommendation import How, Kind
from ledger.events.response import Part
from projections.states.values import Kept, RevisionLine, Said
from projections.verdict.evidence import Basis


class PublicationLine(Kept, frozen=True, gc=False):
    """A publication of a response, with what bounds its day."""

    entry: str
    position: int
    statement: str
    parts: tuple[Part, ...]
    url: str | None
    text: Said
    occurred_on: str | None
    recorded_on: str
    recorded_at: str
    captured_on: str | None
    revisions: tuple[RevisionLine, ...] = ()


class ReceivedLine(Kept, frozen=True, gc=False):
    """The chief officer's comments as received; `hi`: by then."""

    entry: str
    hi: str


class ListedLine(Kept, frozen=True, gc=False):
    """A recommendation that the response has to explain, and what it says of it."""

    number: str
    key: str
    addressee: str
    kind: Kind
    hi: str
    explained: tuple["ExplainedLine", ...]
    parent: str | None = None
    """The key of the cause of concern that it belongs to."""


class ExplainedLine(Kept, frozen=True, gc=False):
    """What a statement of the body says of a recommendation, with what bounds its day.

    `until`: the first day on which it was seen to be revised; from then on another line holds.
    """

    entry: str
    how: How
    lo: str | None
    hi: str
    until: str | None = None


class DisappliedLine(Kept, frozen=True, gc=False):
    """That the duty does not apply, by whose decision, with what bounds its day."""

    entry: str
    basis: str
    decided_by: Said
    same_as_report: str | None
    decided_on: str | None
    """The day of the decision, as far as it is known."""
    hi: str
    recorded_on: str


class ExtendedLine(Kept, frozen=True, gc=False):
    """More time that was granted, there from the last day on which it can have been granted, and
    perhaps from `lo` on."""

    entry: str
    due_on: str
    lo: str | None
    hi: str
    granted_by: Said


class ResponseState(Kept, frozen=True, gc=False):
    """What a body owes and what it published, as known at a position: dates, never verdicts."""

    report: str
    body: str
    duty: str
    rule_id: str
    rule_version: int
    citation: str
    has_period: bool
    trigger: str
    trigger_on: str | None
    trigger_basis: Basis
    """What the report's day rests on (`ledger.states.publisher`)."""
    due_on: str | None
    counting: str
    not_before: str | None
    """The report's day, which no publication precedes."""
    listed_by: Literal["report", "response"]
    publications: tuple[PublicationLine, ...]
    listed: tuple[ListedLine, ...]
    disapplied: tuple[DisappliedLine, ...]
    extended: tuple["ExtendedLine", ...]
    comments_received: tuple[ReceivedLine, ...]
    report_kind: str
    report_year: int | None
    """The year in which the report was published, where that is known."""
    duty_at: int
    """The position of the entry by which the duty stands as it does."""
    because_at: int | None
    """The position of the correction that made it be worked out anew, if one did."""
