"""The states of a report, a recommendation and a response, as known at a position. Pure values.

They hold where a text lies, in the log and beside it, and never the text itself. So a redaction
reaches everything at once, and rows can be kept for ever. They are msgspec structs, which are made,
compared and turned into JSON several times as fast as dataclasses: a rebuild and a long list do
little else.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Literal

import msgspec

from ledger.dates import first_day, last_day, london_date
from ledger.events import RuleAdopted
from ledger.events.entry import Entry
from ledger.events.recommendation import Ground, How, Kind, Means, Stance, Words
from ledger.events.report import ReportKind
from ledger.events.response import Disapplied, Part
from ledger.events.service import Trigger
from ledger.events.streams import key_of, key_order, recommendation_stream
from ledger.events.texts import Audience, Language, Text
from ledger.states.effect import Known, text_lies_at
from ledger.states.recommendation import Completion, Status
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
    """The parts of other streams that states need, as known at the same position."""

    capture: Callable[[str], Entry | None]
    """The CaptureKept entry of a capture."""
    rules: Callable[[str, int], RuleAdopted]
    service: Callable[[int], Service]
    """The register and the rules as they stood at a position."""

    def captured_on(self, name: str) -> date | None:
        """Return the London date on which a capture was received, or None if it isn't known."""
        kept = self.capture(name)
        return london_date(kept.instant) if kept else None


class RowValue(msgspec.Struct, frozen=True, gc=False, array_like=True):
    """A value stored in a row, as a JSON array of its fields in order: half as long as with their
    names. It has no cycles, so the garbage collector need not track it."""


class TextRef(RowValue, frozen=True, gc=False):
    """A reference to a text: who may read it, and where its commitment and its opening lie."""

    audience: Audience
    lang: Language
    position: int
    field: str
    by: str | None
    recorded_by: str


def said(one: Known, path: str, text: Text | None) -> TextRef | None:
    """Return a reference to the text of an entry at a path, as known; None without a text."""
    if text is None:
        return None
    position, field = text_lies_at(one, path)
    entry = one.original
    return TextRef(text.audience, text.lang, position, field, entry.by, entry.recorded_by)


def said_surely(one: Known, path: str, text: Text) -> TextRef:
    """Return the same for a field that always has a text."""
    found = said(one, path, text)
    assert found is not None
    return found


class SourceLine(RowValue, frozen=True, gc=False):
    """How something is known: by which account, on whose word, and from what source."""

    provenance: Literal["first_hand", "reported"]
    recorded_by: str
    note: TextRef | None
    url: str | None


def source_of(one: Known) -> SourceLine:
    """Return how an act is known."""
    source = one.entry.source
    return SourceLine(
        one.entry.provenance,
        one.entry.recorded_by,
        said(one, "source.note", source.note) if source else None,
        source.url if source else None,
    )


class TargetLine(RowValue, frozen=True, gc=False):
    """A date by which it shall be done, with its words, who set it, and when."""

    entry: str
    on: str | None
    phrase: TextRef | None
    origin: Literal["report", "force", "internal"]
    set_on: str | None
    worked_out: bool = False
    """True if a person confirmed the day as the one that the words give."""
    to_confirm: bool = False
    """True if the day from which the words count was corrected since."""


class PartnerLine(RowValue, frozen=True, gc=False):
    """A partner in the work: a body of the register, or a name."""

    body: str | None
    name: TextRef | None


class StatementLine(RowValue, frozen=True, gc=False):
    """A published statement's passage about a recommendation."""

    entry: str
    statement: str
    by: str | None
    how: How
    stance: Stance
    text: TextRef | None
    reason: TextRef | None
    occurred_on: str | None
    recorded_at: str
    source: SourceLine
    revisions: tuple["RevisionLine", ...] = ()
    """The later wordings of the passage; `text` and `how` are as first published."""
    added: bool = False
    """True if the statement as first published did not mention the recommendation: `entry` is a
    revision."""

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


class EvidenceLine(RowValue, frozen=True, gc=False):
    """Something that is said to show a claim."""

    what: TextRef
    whose: str | None
    """A body of the register; None if `name` has it."""
    name: TextRef | None
    on: str | None


class ClaimLine(RowValue, frozen=True, gc=False):
    """The latest claim about progress."""

    entry: str
    as_stated: TextRef
    means: Means
    expected_on: str | None
    occurred_on: str | None
    since: str | None
    """The day of the first claim of the unbroken run of claims with this meaning that ends with
    this one."""
    source: SourceLine
    evidence: tuple[EvidenceLine, ...] = ()


class UndatedLine(RowValue, frozen=True, gc=False):
    """An act without an exact day that may have ended a recommendation, or moved its target."""

    entry: str
    type: str
    occurred_on: str | None


class DecisionLine(RowValue, frozen=True, gc=False):
    """A decision to close, not to close or to reopen, with who took it and the source for it."""

    entry: str
    by: str | None
    on: str | None
    reason: TextRef
    source: SourceLine
    undoes: str | None = None
    """The entry of the closure that a reopening undoes, if one is recorded."""
    ground: Ground | None = None
    """The ground on which it was closed, if the publisher stated one."""


class RepeatLine(RowValue, frozen=True, gc=False):
    """An earlier recommendation that is repeated, with whose words say so."""

    entry: str
    report: str
    number: str
    key: str
    addressee: str
    words: Words
    by: str | None
    provenance: Literal["first_hand", "reported"]
    on: str | None
    recorded_by: str


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
    """The last day of the target, after which it has passed. None if there is no target, or if the
    recommendation is done, or may be (`undated`)."""
    refused: DecisionLine | None
    """The last refusal to close it, unless something closed or ended it since."""
    reopened: DecisionLine | None
    """The last reopening, unless something closed or ended it since."""
    ended_on: str | None = None
    """The day since which it is closed, withdrawn or superseded, if it is."""
    undated: tuple[UndatedLine, ...] = ()
    """The acts without an exact day that may have ended it or moved its target, if no dated act
    ended it."""
    repeats: tuple[RepeatLine, ...] = ()
    """The earlier recommendations that it repeats."""
    completion: Completion | None = None
    """What became of the force's claim of completion, if one is in force."""
    called_on: str | None = None
    """The last day on which that claim can have been made."""
    publisher_number: str | None = None
    """Its number in the publisher's own register."""
    theme: str | None = None
    level: str | None = None
    updates: int = 0
    """The number of updates that were received."""

    @property
    def stream(self) -> str:
        """The stream of its entries."""
        return recommendation_stream(self.report, self.key, self.addressee)

    @property
    def repeats_of(self) -> tuple[str, ...]:
        """The streams of the earlier recommendations that it repeats."""
        return tuple(
            recommendation_stream(one.report, one.key, one.addressee) for one in self.repeats
        )

    @property
    def dated_targets(self) -> tuple[TargetLine, ...]:
        """The targets with a day that counts, the current one last. None counts if the day of the
        last one set has to be confirmed again."""
        dated = [line for line in self.targets if line.on]
        confirmed = [line for line in dated if not line.to_confirm]
        again = any(line.worked_out for line in confirmed)
        if dated and dated[-1].to_confirm and not again:
            return ()
        return tuple(confirmed)

    @property
    def target_to_confirm(self) -> TargetLine | None:
        """The target whose day has to be confirmed again, if no other counts."""
        dated = [line for line in self.targets if line.on]
        return dated[-1] if dated and not self.dated_targets else None

    @property
    def target_last(self) -> date | None:
        """The last day that the current target can mean. The target has passed after it."""
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
        """The least number of days by which a claim of completion came after the current target.
        None if there is no such claim, or it came in time, or the days are not known."""
        claim, target = self.claim, self.target_last
        if claim is None or claim.means != "complete" or claim.since is None or target is None:
            return None
        days = (first_day(claim.since) - target).days
        return days if days > 0 else None

    @property
    def claimed_late(self) -> bool:
        """True if completion was claimed after the current target."""
        return self.days_after_target is not None

    @property
    def unanswered(self) -> int:
        """The number of assurances sought without a reply."""
        return sum(line.answered_by is None for line in self.assurances)

    @property
    def asked_since(self) -> date | None:
        """The day by which the longest waiting of them had been sought; None if no day is known."""
        waiting = (one.occurred_on for one in self.assurances if one.answered_by is None)
        return min((last_day(on) for on in waiting if on is not None), default=None)

    @property
    def key_order(self) -> str:
        """The text by which lists sort its key."""
        return key_order(self.key)

    @property
    def parent_key(self) -> str | None:
        """The key of the cause of concern that it belongs to."""
        return key_of(self.parent) if self.parent is not None else None


class GradeLine(RowValue, frozen=True, gc=False):
    """A grade that a report gave a body, with its source."""

    entry: str
    question: str
    grade: str
    body: str
    by: str | None
    provenance: Literal["first_hand", "reported"]
    on: str | None
    hi: str
    recorded_by: str
    note: TextRef | None
    url: str | None


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
    """The last day on which it can have been published. It counts as published from that day on."""
    revisions: tuple["RevisionLine", ...] = ()
    publishers: tuple[str, ...] = ()
    """All its publishers, the leading one first."""
    grades: tuple[GradeLine, ...] = ()
    """In the order in which they were recorded."""

    @property
    def published_text(self) -> str:
        """The day as far as it is known, for sorting: a day that is not known comes first."""
        return self.published_on or ""

    @property
    def graded(self) -> tuple[str, ...]:
        """The bodies that it graded."""
        return tuple(sorted({one.body for one in self.grades}))

    @property
    def titles(self) -> str:
        """Its title and all later titles of its page, for searching."""
        later = [line.value for line in self.revisions if line.field == "title"]
        return "\n".join(filter(None, [self.title, *later]))


class RevisionLine(RowValue, frozen=True, gc=False):
    """A new wording or value of a field, seen on a day. A passage is that of a recommendation.

    A text stands in `text` and `was_text`, any other value in `value` and `was_value`.
    """

    entry: str
    field: str
    text: TextRef | None
    value: str | None
    seen_on: str | None
    hi: str
    was_text: TextRef | None = None
    was_value: str | None = None
    url: str | None = None
    """The address of a translation."""
    number: str | None = None
    key: str | None = None
    addressee: str | None = None
    how: How | None = None

    @property
    def subject(self) -> tuple[str, str | None, str | None]:
        """The field that is revised; of a passage, also whose it is."""
        return self.field, self.key, self.addressee


class TranslationLine(RowValue, frozen=True, gc=False):
    """A response's text in another language, and its address."""

    text: TextRef
    url: str | None


class PublicationLine(RowValue, frozen=True, gc=False):
    """A publication of a response, with the bounds of its day."""

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
    """True if the body whose act it is recorded it, be that the body that owed it or a later holder
    of the office."""
    revisions: tuple[RevisionLine, ...] = ()
    translation: TranslationLine | None = None

    @property
    def has_comments(self) -> bool:
        """True if it counts as a publication of the body's own comments. It does if its parts are
        not known."""
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
    """A decision that the duty does not apply: who took it, and the bounds of its day."""

    entry: str
    basis: Disapplied
    decided_by: TextRef
    same_as_report: str | None
    decided_on: str | None
    """The day of the decision, as far as it is known."""
    hi: str
    recorded_on: str
    with_duty: bool = False
    """True if it was recorded in the transaction that recorded the duty."""


class ExtendedLine(RowValue, frozen=True, gc=False):
    """An extension of the period. It counts from `hi`, the last day on which it can have been
    granted, and perhaps from `lo` on."""

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
    """A search for the response that did not find it: when, where, and by whom."""

    looked: LookUp
    looked_on: str | None
    """The day as recorded."""
    recorded_by: str
    where: TextRef
    url: str | None


class ResponseState(RowValue, frozen=True, gc=False):
    """A body's duty and its publications, as known at a position: dates, never verdicts."""

    report: str
    body: str
    duty: str
    rule_id: str
    rule_version: int
    citation: str
    read: bool
    """True if somebody read the wording by which the rule counts."""
    has_period: bool
    trigger: str
    counts_from: Trigger
    """Which day starts the period: the report's, or another that is given with the duty."""
    trigger_on: str | None
    trigger_basis: Basis
    """The basis of the report's day (`ledger.states.report.is_own_word`)."""
    due_on: str | None
    counting: str
    not_before: date | None
    """The report's day, which no publication precedes."""
    listed_by: Literal["report", "response"]
    publications: tuple[PublicationLine, ...]
    listed: tuple[Listed, ...]
    disapplied: tuple[DisappliedLine, ...]
    denied: bool
    """True if the body that it names says that another recorded the duty in error, and nobody has
    confirmed it since."""
    extended: tuple["ExtendedLine", ...]
    comments_received: tuple[Receipt, ...]
    comments_invited: tuple[Invitation, ...]
    """The invitations that set a date."""
    comments_added: tuple[AddedLine, ...]
    lookups: tuple[LookUpLine, ...]
    entered: tuple[Entered, ...]
    """The forms of the duty that a person entered, neither imported nor entered long afterwards."""
    holders: tuple[Holder, ...]
    """The holders of the office, one after the other, each with its statements on keeping its
    record here."""
    parts: tuple[Part, ...] | None
    """The parts that the rule wants published in time; None if it names none."""
    report_kind: str
    report_year: int | None
    """The year in which the report was published, if that is known."""
    duty_at: int
    """The position of the entry that gives the duty its present form."""
    because_at: int | None
    """The position of the correction because of which it was worked out anew, if one was."""
    office_over: tuple[OfficeOver, ...]
    name: str
    """The duty's name among those of the body about the report."""


class JudgedResponse(ResponseState, frozen=True, gc=False):
    """A response's state for a stretch of days, with its verdict and its coverage."""

    found: Verdict
    """The verdict, without its days if these depend on the day asked about (`Verdict.on`)."""
    covered: Coverage

    @property
    def line(self) -> tuple[str, ...] | None:
        """The holders of the office, one after the other; None if the body alone holds it."""
        return tuple(one.body for one in self.holders) if len(self.holders) > 1 else None

    @property
    def line_since(self) -> tuple[date, ...] | None:
        """The first days of these holders."""
        return tuple(one.since for one in self.holders) if len(self.holders) > 1 else None
