"""What is shown of a report, a recommendation and a response, as known at a position. Pure values.

They hold where texts lie, in the log and beside it, never the texts: so a redaction reaches
everything at once, and rows can be kept for ever. They are structs of msgspec, which are made,
compared, written as JSON and read from it several times as fast as dataclasses: a rebuild and a
long list do little else.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Literal

import msgspec

from ledger.dates import first_day, last_day, london_date
from ledger.events import RuleAdopted
from ledger.events.entry import Entry
from ledger.events.recommendation import Ground, How, Kind, Means, Stance
from ledger.events.report import ReportKind
from ledger.events.response import Disapplied, Part
from ledger.events.service import Trigger
from ledger.events.streams import key_of, key_order
from ledger.events.texts import Audience, Language, Text
from ledger.states.effect import Known, text_lies_at
from ledger.states.recommendation import Status
from ledger.states.service import Service
from projections.verdict.compliance import (
    Basis,
    Coverage,
    Invitation,
    Listed,
    Receipt,
    Verdict,
)
from projections.verdict.silence import Entered, Holder, LookUp


@dataclass(frozen=True, slots=True)
class Context:
    """What states need from other streams, as known at the same position."""

    capture: Callable[[str], Entry | None]
    """The CaptureKept entry of a capture."""
    rules: Callable[[str, int], RuleAdopted]
    service: Callable[[int], Service]
    """Register and rules as they stood at a position."""

    def captured_on(self, name: str) -> date | None:
        """The London date on which a capture was received."""
        kept = self.capture(name)
        return london_date(kept.instant) if kept else None


class RowValue(msgspec.Struct, frozen=True, gc=False, array_like=True):
    """What is kept in a row, as a JSON array of its values in their order: half as long as with
    their names. Nothing in it leads back to it: nobody need look for cycles."""


class TextRef(RowValue, frozen=True, gc=False):
    """A text: who may read it, and where its commitment and its opening lie."""

    audience: Audience
    lang: Language
    position: int
    field: str
    by: str | None
    recorded_by: str


def said(one: Known, path: str, text: Text | None) -> TextRef | None:
    """The text of an entry at a path, as known; None where there is none."""
    if text is None:
        return None
    position, field = text_lies_at(one, path)
    entry = one.original
    return TextRef(text.audience, text.lang, position, field, entry.by, entry.recorded_by)


def said_surely(one: Known, path: str, text: Text) -> TextRef:
    """The same, of a field that is always there."""
    found = said(one, path, text)
    assert found is not None
    return found


class TargetLine(RowValue, frozen=True, gc=False):
    """A date by which it shall be done, with its words, whose it is and what set it."""

    entry: str
    on: str | None
    phrase: TextRef | None
    origin: Literal["report", "force", "internal"]
    set_on: str | None
    worked_out: bool = False
    """Whether a person confirmed the day as the one that the words give."""
    to_confirm: bool = False
    """Whether the day from which the words count was corrected since."""


class PartnerLine(RowValue, frozen=True, gc=False):
    """Somebody to work with: a body of the register, or a name."""

    body: str | None
    name: TextRef | None


class StatementLine(RowValue, frozen=True, gc=False):
    """What a published statement says about a recommendation."""

    entry: str
    statement: str
    by: str | None
    how: How
    stance: Stance
    text: TextRef | None
    reason: TextRef | None
    occurred_on: str | None
    recorded_at: str
    revisions: tuple["RevisionLine", ...] = ()
    """What the passage came to be; `text` and `how` are as first published."""
    added: bool = False
    """Whether the statement as first published had no word on it: `entry` is a revision."""

    @property
    def how_now(self) -> How:
        """How the statement covers the recommendation since its last revision."""
        return (self.revisions[-1].how if self.revisions else None) or self.how

    @property
    def text_now(self) -> TextRef | None:
        """The passage as it stands since its last revision."""
        return self.revisions[-1].text if self.revisions else self.text


class AssuranceLine(RowValue, frozen=True, gc=False):
    """An assurance sought, and the update that answers it, if one does."""

    entry: str
    of: str
    question: TextRef
    reply_by: str | None
    occurred_on: str | None
    answered_by: str | None


class ClaimLine(RowValue, frozen=True, gc=False):
    """The latest claim about progress."""

    entry: str
    as_stated: TextRef
    means: Means
    expected_on: str | None
    occurred_on: str | None
    since: str | None
    """The day of the first of the claims that mean the same, one after the other, of which it is
    the last."""


class UndatedLine(RowValue, frozen=True, gc=False):
    """An act without an exact day that may have ended a recommendation, or moved its target."""

    entry: str
    type: str
    occurred_on: str | None


class DecisionLine(RowValue, frozen=True, gc=False):
    """By whose decision it is closed, was refused closure or reopened, and how word of it came."""

    entry: str
    by: str | None
    provenance: Literal["first_hand", "reported"]
    on: str | None
    recorded_by: str
    note: TextRef | None
    url: str | None
    reason: TextRef
    undoes: str | None = None
    """The entry of the closure that a reopening undoes, if one is recorded."""
    ground: Ground | None = None
    """On what ground it was closed, where the publisher said it."""


class RecommendationState(RowValue, frozen=True, gc=False):
    """A recommendation to one body, as known at a position and effective on a day."""

    report: str
    key: str
    addressee: str
    number: str
    kind: Kind
    parent: str | None
    text: TextRef
    partners: tuple[PartnerLine, ...]
    raised_on: str | None
    status: Status
    targets: tuple[TargetLine, ...]
    assurances: tuple[AssuranceLine, ...]
    claim: ClaimLine | None
    last_update_on: str | None
    statements: tuple[StatementLine, ...]
    closed: DecisionLine | None
    passes_after: str | None
    """The last day of the target, after which it has passed; None where there is none, or where
    the recommendation is done with, or may be (`undated`)."""
    refused: DecisionLine | None
    """The last refusal to close it, where nothing closed or ended it since."""
    reopened: DecisionLine | None
    """The last reopening, where nothing closed or ended it since."""
    ended_on: str | None = None
    """The day since which it is closed, withdrawn or superseded, if it is."""
    undated: tuple[UndatedLine, ...] = ()
    """The acts without an exact day that may have ended it, or moved its target, where no other
    did."""

    @property
    def dated_targets(self) -> tuple[TargetLine, ...]:
        """The targets with a day that counts; the last of them is the current one. None counts
        where the last one set is to be confirmed again."""
        dated = [line for line in self.targets if line.on]
        confirmed = [line for line in dated if not line.to_confirm]
        again = any(line.worked_out for line in confirmed)
        if dated and dated[-1].to_confirm and not again:
            return ()
        return tuple(confirmed)

    @property
    def target_to_confirm(self) -> TargetLine | None:
        """The target whose day is to be confirmed again, if no other counts."""
        dated = [line for line in self.targets if line.on]
        return dated[-1] if dated and not self.dated_targets else None

    @property
    def target_last(self) -> date | None:
        """The last day that the current target can mean: after it, it has passed."""
        dated = self.dated_targets
        return last_day(str(dated[-1].on)) if dated else None

    @property
    def decision(self) -> DecisionLine | None:
        """The decision by which it is closed, refused or reopened now."""
        match self.status:
            case "closed":
                return self.closed
            case "refused":
                return self.refused
            case "reopened":
                return self.reopened
            case _:
                return None

    @property
    def days_after_target(self) -> int | None:
        """By how many days at least completion was claimed after the current target; None: it was
        not, or the days do not tell."""
        claim, target = self.claim, self.target_last
        if claim is None or claim.means != "complete" or claim.since is None or target is None:
            return None
        days = (first_day(claim.since) - target).days
        return days if days > 0 else None

    @property
    def claimed_late(self) -> bool:
        """Whether completion was claimed after the current target."""
        return self.days_after_target is not None

    @property
    def unanswered(self) -> int:
        """How many assurances were sought without a reply."""
        return sum(line.answered_by is None for line in self.assurances)

    @property
    def key_order(self) -> str:
        """What lists sort its key by."""
        return key_order(self.key)

    @property
    def parent_key(self) -> str | None:
        """The key of the cause of concern that it belongs to."""
        return key_of(self.parent) if self.parent is not None else None


class ReportState(RowValue, frozen=True, gc=False):
    """A report, as known at a position."""

    report: str
    entry: str
    title: str
    kind: ReportKind
    publisher: str
    published_on: str | None
    basis: Basis
    same_as: tuple[str, ...]
    cites: TextRef | None
    key_findings: TextRef | None
    hi: str
    """The last day on which it can have been published; it is there from that day on."""
    revisions: tuple["RevisionLine", ...] = ()
    publishers: tuple[str, ...] = ()
    """All who published it, the one that leads first."""

    @property
    def published_text(self) -> str:
        """The day as far as it is known, to sort by: what is not known comes before all."""
        return self.published_on or ""

    @property
    def titles(self) -> str:
        """Its title, and those that its page came to have: to search in."""
        later = [line.value for line in self.revisions if line.field == "title"]
        return "\n".join(filter(None, [self.title, *later]))


class RevisionLine(RowValue, frozen=True, gc=False):
    """What a field came to say, seen on a day; a passage is that of a recommendation.

    A text that it is or was stands in `text` and `was_text`, another value in the other two.
    """

    entry: str
    field: str
    text: TextRef | None
    value: str | None
    seen_on: str | None
    hi: str
    was_text: TextRef | None = None
    was_value: str | None = None
    number: str | None = None
    key: str | None = None
    addressee: str | None = None
    how: How | None = None

    @property
    def subject(self) -> tuple[str, str | None, str | None]:
        """What is revised: the field, and whose passage."""
        return self.field, self.key, self.addressee


class PublicationLine(RowValue, frozen=True, gc=False):
    """A publication of a response, with what bounds its day."""

    entry: str
    position: int
    statement: str
    parts: tuple[Part, ...]
    url: str | None
    text: TextRef | None
    occurred_on: str | None
    recorded_on: date
    recorded_at: str
    captured_on: date | None
    own_word: bool
    """Whether the body whose act it is recorded it: one that followed the one that owed it, too."""
    revisions: tuple[RevisionLine, ...] = ()

    @property
    def has_comments(self) -> bool:
        """Whether it counts as a publication of the body's own comments: where its parts are not
        known, it does."""
        return not self.parts or "comments" in self.parts


class AddedLine(RowValue, frozen=True, gc=False):
    """The chief officer's comments as seen added to a publication that had none."""

    entry: str
    position: int
    publication: str
    """The entry of the publication."""
    seen_on: str | None
    recorded_on: date
    captured_on: date | None


class DisappliedLine(RowValue, frozen=True, gc=False):
    """That the duty does not apply, by whose decision, with what bounds its day."""

    entry: str
    basis: Disapplied
    decided_by: TextRef
    same_as_report: str | None
    decided_on: str | None
    """The day of the decision, as far as it is known."""
    hi: str
    recorded_on: str
    with_duty: bool = False
    """Whether it was recorded in the transaction that recorded the duty."""


class ExtendedLine(RowValue, frozen=True, gc=False):
    """More time that was granted, there from the last day on which it can have been granted, and
    perhaps from `lo` on."""

    entry: str
    due_on: str
    lo: str | None
    hi: str
    granted_by: TextRef


class OfficeOver(RowValue, frozen=True, gc=False):
    """A stretch of days on which the office of a body is over and nobody follows it."""

    since: date
    until: date
    """The first day after the stretch."""
    last_day: date
    """The last day of the office."""


class LookUpLine(RowValue, frozen=True, gc=False):
    """That somebody looked for the response and did not find it: when, where, who."""

    looked: LookUp
    looked_on: str | None
    """The day as it is said."""
    recorded_by: str
    where: TextRef
    url: str | None


class ResponseState(RowValue, frozen=True, gc=False):
    """What a body owes and what it published, as known at a position: dates, never verdicts."""

    report: str
    body: str
    duty: str
    rule_id: str
    rule_version: int
    citation: str
    read: bool
    """Whether the wording was read by which the rule counts."""
    has_period: bool
    trigger: str
    counts_from: Trigger
    """Which day starts the period: the report's, or another that is given with the duty."""
    trigger_on: str | None
    trigger_basis: Basis
    """What the report's day rests on (`ledger.states.report.is_own_word`)."""
    due_on: str | None
    counting: str
    not_before: date | None
    """The report's day, which no publication precedes."""
    listed_by: Literal["report", "response"]
    publications: tuple[PublicationLine, ...]
    listed: tuple[Listed, ...]
    disapplied: tuple[DisappliedLine, ...]
    denied: bool
    """Whether the body that it names says that another recorded the duty in error, and nobody has
    confirmed it since."""
    extended: tuple["ExtendedLine", ...]
    comments_received: tuple[Receipt, ...]
    comments_invited: tuple[Invitation, ...]
    """Those that set a date."""
    comments_added: tuple[AddedLine, ...]
    lookups: tuple[LookUpLine, ...]
    entered: tuple[Entered, ...]
    """The forms of the duty that a person entered, neither imported nor long afterwards."""
    holders: tuple[Holder, ...]
    """Who holds the office, one after the other, and what each said of keeping its record here."""
    parts: tuple[Part, ...] | None
    """What the rule wants published in time; None: it names nothing."""
    report_kind: str
    report_year: int | None
    """The year in which the report was published, where that is known."""
    duty_at: int
    """The position of the entry by which the duty stands as it does."""
    because_at: int | None
    """The position of the correction that made it be worked out anew, if one did."""
    office_over: tuple[OfficeOver, ...]
    name: str
    """The duty's name among those of the body about the report."""


class JudgedResponse(ResponseState, frozen=True, gc=False):
    """The same for a stretch of days, with the verdict and with what is explained."""

    found: Verdict
    """Without its days, where these depend on the day asked about (`Verdict.on`)."""
    covered: Coverage

    @property
    def line(self) -> tuple[str, ...] | None:
        """Return who holds the office, one after the other; None where the body alone does."""
        return tuple(one.body for one in self.holders) if len(self.holders) > 1 else None

    @property
    def line_since(self) -> tuple[date, ...] | None:
        """Return the first days of these."""
        return tuple(one.since for one in self.holders) if len(self.holders) > 1 else None
