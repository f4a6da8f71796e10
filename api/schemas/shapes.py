"""What the API answers: the fields of each answer, from which the OpenAPI text has its schemas.

A field that is not always there is `NotRequired`; whoever reads takes fields that it does not know
(docs/compatibility.md). Tests hold every answer that they get to these shapes, fields that are not
named here included.
"""

from typing import Annotated, Any, Literal, NotRequired, TypedDict

from msgspec import Meta

from ledger.events.entry import Provenance
from ledger.events.recommendation import Ground, How, Kind, Means, Origin, Stance
from ledger.events.report import ReportKind
from ledger.events.response import Disapplied, Part
from ledger.events.service import BodyKind
from ledger.events.texts import Audience, Language
from ledger.states.recommendation import Status
from projections.answers.parts import Links, NamedBody, Office, Redaction, Revision, Withheld
from projections.answers.register import BodyListed, KeptHere, Tie
from projections.as_of import AsOf
from projections.fields import (
    Base64,
    BodyId,
    Count,
    Cursor,
    Day,
    EntryId,
    Href,
    Moment,
    PartialDay,
    Position,
    Reference,
    Sha256,
    Version,
)
from projections.questions.differences import ChangeWord
from projections.questions.totals import GroupBy
from projections.states.recommendation import Standing
from projections.verdict.compliance import Basis, ListedBy, VerdictWord
from projections.verdict.working import Working


class LinkToEntry(TypedDict):
    """Where an entry is read."""

    self: Href


class AboutReport(TypedDict):
    """What is said of a report beside what is about it; null where it is not there."""

    report_title: str | None
    publisher: BodyId | None
    publisher_name: str | None


class ReportCited(TypedDict):
    """A report as it names itself."""

    report: Reference
    title: str
    kind: ReportKind
    publisher: BodyId
    publisher_name: str
    publishers: list[NamedBody]
    published_on: PartialDay | None
    basis: Annotated[Basis, Meta(description="What its day rests on.")]
    links: Links


class ReportListed(ReportCited):
    """A report as lists show it, with how much is recorded about it."""

    recommendations: Count
    responses: Count


class ProposedTarget(TypedDict):
    """The day that the words of a target give, which nobody has confirmed; `on` is null where they
    give none."""

    on: Day | None
    words: str
    why: str
    entry: EntryId


class TargetToConfirm(TypedDict):
    """The day that the words of a target gave before the report's day was corrected: it counts
    again once somebody confirms the day that they give now."""

    on: PartialDay
    entry: EntryId


class UndatedAct(TypedDict):
    """An act without an exact day that may have ended a recommendation, or moved its target."""

    entry: EntryId
    type: str
    occurred_on: PartialDay | None


class TargetStanding(TypedDict):
    """Where a recommendation stands against the day by which it shall be done."""

    standing: Standing
    on: PartialDay | None
    original_on: PartialDay | None
    moves: Count
    days: Annotated[int | None, Meta(description="Days left, or since it passed.")]
    worked_out: NotRequired[bool]
    to_confirm: NotRequired[TargetToConfirm]
    undated: NotRequired[list[UndatedAct]]
    proposed: NotRequired[ProposedTarget]


class TargetSet(TypedDict):
    """A day by which it shall be done, with its words, whose it is, and what set it."""

    on: PartialDay | None
    phrase: str | None
    origin: Origin
    entry: EntryId
    set_on: PartialDay | None
    worked_out: NotRequired[bool]
    to_confirm: NotRequired[bool]


class AssuranceAsked(TypedDict):
    """An assurance that was sought, and the update that answers it, if one does."""

    entry: EntryId
    of: BodyId
    of_name: str
    question: str | None
    reply_by: PartialDay | None
    days_overdue: Annotated[int | None, Meta(description="Since the day asked for, unanswered.")]
    occurred_on: PartialDay | None
    answered_by: EntryId | None


class Assurances(TypedDict):
    """Assurances sought, with and without a reply on record."""

    open: Count
    answered: Count
    items: list[AssuranceAsked]


class ClaimMade(TypedDict):
    """The force's latest claim about progress: never a fact."""

    entry: EntryId
    as_stated: str | None
    means: Means
    expected_on: PartialDay | None
    occurred_on: PartialDay | None
    since: PartialDay | None
    days_after_target: int | None


class Decision(TypedDict):
    """By whose decision it is closed, was refused closure or reopened, and how word of it came."""

    entry: EntryId
    by: BodyId | None
    by_name: str | None
    provenance: Provenance
    on: PartialDay | None
    reason: str | None
    recorded_by: str
    reported_by_name: str | None
    source_note: str | None
    source_url: str | None
    undoes: Annotated[
        EntryId | None,
        Meta(description="Of a reopening: the closure that it undoes, if one is recorded."),
    ]
    ground: Annotated[Ground | None, Meta(description="Of a closure, as the publisher states it.")]


class StatementOn(TypedDict):
    """The latest word of a published statement on a recommendation."""

    id: str
    how: How
    text: str | None


class StatementLine(TypedDict):
    """What a published statement says of a recommendation, as it reads now."""

    entry: EntryId
    statement: str
    by: BodyId | None
    by_name: str | None
    how: How
    stance: Stance
    text: str | None
    reason: str | None
    occurred_on: PartialDay | None
    recorded_at: Moment
    added: bool
    as_first_published: str | None
    revisions: list[Revision]


class Child(TypedDict):
    """A recommendation that belongs to a cause of concern."""

    number: str
    kind: Kind
    status: Status
    links: Links


class RecommendationState(TypedDict):
    """Where a recommendation to a body stands."""

    report: Reference
    number: str
    key: str
    addressee: BodyId
    addressee_name: str
    kind: Kind
    parent: str | None
    children: list[Child]
    text: str | None
    partners: list[str | None]
    status: Annotated[Status, Meta(description="A claim is not closure.")]
    raised_on: PartialDay | None
    office: Office | None
    target: TargetStanding
    targets: list[TargetSet]
    assurances: Assurances
    claim: ClaimMade | None
    last_update_on: PartialDay | None
    stance: Stance | None
    statement: StatementOn | None
    statements: list[StatementLine]
    closed: Decision | None
    refused: Decision | None
    reopened: Decision | None
    held: list[Withheld]
    redacted: Annotated[dict[str, Redaction], Meta(description="By the path in this answer.")]
    links: Links


class RecommendationFound(RecommendationState, AboutReport):
    """Where a recommendation stands, with the version of its stream."""

    stream: str
    version: Version
    as_of: AsOf


class RuleRead(TypedDict):
    """The rule that a duty arose under, and whether its wording was read."""

    id: str
    version: int
    citation: str
    read: bool


class Between(TypedDict):
    """Where a day lies that is not exactly known."""

    lo: Day | None
    hi: Day


class Bases(TypedDict):
    """What the two dates of a verdict rest on."""

    trigger: Basis
    published: Basis | None


class CausesOfConcern(TypedDict):
    """Causes of concern, which are no recommendations and counted beside them."""

    addressed: Count
    without_recommendations: Count
    explained_now: Annotated[
        int | None,
        Meta(description="Of those without. Null: not known, a response lacks its text."),
    ]


class ResponseCoverage(TypedDict):
    """Which recommendations a response explains, and whose list that is counted by. A count is null
    where it is not known: a response that is recorded here without its text could change it."""

    listed_by: ListedBy
    addressed: Count
    explained_by_due: Annotated[
        int | None,
        Meta(
            description="By the last day. Null also where the verdict is `not_shown`, or where "
            "there is no last day."
        ),
    ]
    explained_now: int | None
    general: int | None
    not_known: Annotated[
        int,
        Meta(
            description="Of how many it is not known, since a response was recorded without its "
            "text."
        ),
    ]
    causes_of_concern: CausesOfConcern


class Finding(TypedDict):
    """A verdict by itself."""

    verdict: VerdictWord
    days: int | None
    at_least: bool


BetteredFrom = TypedDict("BetteredFrom", {"from": Finding})


class Improvement(BetteredFrom):
    """That an entry made after the last day bettered the verdict, as it was on the day of recording
    before it (`from`) and with it (`to`)."""

    entry: EntryId
    type: Annotated[str, Meta(description="Of the entry.")]
    position: Position
    recorded_at: Moment
    to: Finding


class StatementPublished(TypedDict):
    """A published statement, as it reads now."""

    entry: EntryId
    statement: str
    text: str | None
    url: str | None
    revisions: list[Revision]
    parts: list[Part]
    published_on: PartialDay | None
    recorded_at: Moment


class DutyDisapplication(TypedDict):
    """That somebody decided that a duty does not apply."""

    entry: EntryId
    basis: Disapplied
    decided_by: str | None
    same_as_report: Reference | None
    decided_on: PartialDay | None
    recorded_on: Day


class LookedFor(TypedDict):
    """That somebody looked for a response and did not find it."""

    entry: EntryId
    looked_on: PartialDay | None
    by: BodyId | None
    by_name: str | None
    recorded_by: str
    where: str | Redaction | None
    url: str | None


class ResponseState(TypedDict):
    """What a body owes and published about a report, with the verdict."""

    report: Reference
    body: BodyId
    body_name: str
    name: Annotated[str, Meta(description="Which of the body's duties: `response`, …")]
    rule: RuleRead
    office: Office | None
    office_ended_on: Day | None
    trigger_on: PartialDay | None
    due_on: Day | None
    original_due_on: Day | None
    published_on: PartialDay | None
    between: Between | None
    verdict: Annotated[
        VerdictWord | None, Meta(description="Null: the duty was retracted (`retracted`).")
    ]
    days: Annotated[int | None, Meta(description="Days left, overdue or late.")]
    at_least: bool
    basis: Annotated[Basis | None, Meta(description="The weaker of `bases`.")]
    bases: Bases | None
    coverage: ResponseCoverage | None
    parts: list[Part]
    comments_received_not_published: bool
    improved_later: list[Improvement]
    headline: str
    statements: list[StatementPublished]
    disapplied: list[DutyDisapplication]
    lookups: list[LookedFor]
    record_kept_here: KeptHere | None
    duty_entry: EntryId
    held: list[Withheld]
    redacted: Annotated[dict[str, Redaction], Meta(description="By the path in this answer.")]
    links: Links


class DutyInShort(TypedDict):
    """One of a body's duties about a report, in short."""

    name: str
    rule: RuleRead
    due_on: Day | None
    published_on: PartialDay | None
    verdict: VerdictWord
    days: int | None
    at_least: bool
    headline: str
    links: Links


class DutyRetracted(TypedDict):
    """That a duty was retracted: by which entry, when and by which account."""

    entry: EntryId
    on: Day
    by: str


class ResponseFound(ResponseState, AboutReport):
    """What a body owes and published about a report, with the version of its stream."""

    duties: list[DutyInShort]
    retracted: NotRequired[DutyRetracted]
    recommendations: list[RecommendationState]
    stream: str
    version: Version
    as_of: AsOf


class ResponseWorking(Working):
    """How a verdict was reached."""

    report: Reference
    body: BodyId
    name: str
    as_of: AsOf


class ReportFound(ReportCited):
    """A report with its recommendations and the responses owed to it."""

    same_as: list[str]
    cites: str | None
    key_findings: str | None
    revisions: list[Revision]
    held: list[Withheld]
    redacted: Annotated[dict[str, Redaction], Meta(description="By the path in this answer.")]
    recommendations: list[RecommendationState]
    responses: list[ResponseState]
    version: Version
    as_of: AsOf


class Paged(TypedDict):
    """A page of a list; the header `Link` leads to the next one."""

    next: Cursor
    as_of: AsOf


class ReportsPage(Paged):
    """Reports, the newest first."""

    items: list[ReportListed]


class RecommendationsPage(Paged):
    """Recommendations by report and number."""

    items: list[RecommendationState]


class ResponsesPage(Paged):
    """Responses owed, by report and body."""

    items: list[ResponseState]


class MeetingNamed(TypedDict):
    """A meeting of a panel."""

    panel: BodyId
    panel_name: str
    date: Day
    links: Links


class MeetingListed(MeetingNamed):
    """A meeting as lists show it; `still_open` of the recommendations that it reviewed."""

    held: bool
    papers: Count
    reviewed: Count
    still_open: Count


class MeetingsPage(Paged):
    """Meetings, the latest first."""

    items: list[MeetingListed]


class ResponseWanting(TypedDict):
    """A response that wants attention before a meeting."""

    report: Reference
    report_title: str
    publisher: NotRequired[BodyId]
    publisher_name: NotRequired[str]
    body: BodyId
    body_name: str
    name: str
    verdict: VerdictWord
    days: int | None
    at_least: bool
    due_on: Day | None
    published_on: PartialDay | None
    basis: Basis
    bases: Bases
    headline: str
    disapplied: list[DutyDisapplication]
    improved_later: list[Improvement]
    office: Office | None
    links: Links


class RecommendationWanting(TypedDict):
    """A recommendation that wants attention before a meeting."""

    report: Reference
    report_title: str
    publisher: NotRequired[BodyId]
    publisher_name: NotRequired[str]
    number: str
    key: str
    kind: Kind
    addressee: BodyId
    addressee_name: str
    status: Status
    target: TargetStanding
    text: str | None
    claim: ClaimMade | None
    last_update_on: PartialDay | None
    assurances: Assurances
    refused: Decision | None
    reopened: Decision | None
    closed: Decision | None
    office: Office | None
    links: Links


class Unanswered(RecommendationWanting):
    """A recommendation of which an assurance has no reply on record, and that assurance."""

    assurance: AssuranceAsked


class TakenOver(TypedDict):
    """What those whom a body follows left behind."""

    responses: list[ResponseWanting]
    recommendations: list[RecommendationWanting]


class PackCounts(TypedDict):
    """How much wants attention, of which no more than the first hundred is listed."""

    attention: Count
    passed: Count
    unanswered: Count
    refused: Count
    reopened: Count
    claimed: Count
    claimed_after_target: Count
    entries_since: Annotated[int | None, Meta(description="Since the last meeting.")]


class BodyFound(BodyListed, frozen=True, kw_only=True):
    """A body, and of what concerns it, what wants attention before its panel meets."""

    reports: Count
    published: Annotated[int, Meta(description="Reports that it published itself.")]
    responses: Annotated[dict[VerdictWord, int], Meta(description="How many, by verdict.")]
    recommendations: Annotated[dict[Status, int], Meta(description="How many, by status.")]
    counts: PackCounts
    taken_over: TakenOver
    attention: list[ResponseWanting]
    passed: list[RecommendationWanting]
    claimed: list[RecommendationWanting]
    decided: list[RecommendationWanting]
    unanswered: list[Unanswered]
    last_meeting: MeetingNamed | None
    as_of: AsOf
    links: Links


class PaperAct(TypedDict):
    """What the act says that records a pack as the paper of a meeting."""

    title: str
    known_at: Position
    effective_on: Day
    occurred_on: Day | None


class Paper(TypedDict):
    """A pack as the paper of a meeting: where it is sent (`{date}` left open), and what it says."""

    to: str | None
    act: PaperAct


class Pack(BodyFound, frozen=True, kw_only=True):
    """The pack of a body for a meeting."""

    paper: Paper


class SourceListed(TypedDict):
    """Where a list was read."""

    url: str | None
    capture: str | None


class ReportMissing(TypedDict):
    """A report that a publisher's list has and this log has not."""

    title: str
    published_on: NotRequired[str]
    url: NotRequired[str]
    kind: NotRequired[str]


class Comparison(TypedDict):
    """How a publisher's own list of its reports compares with the log."""

    publisher: BodyId
    entry: EntryId
    compared_on: Day
    recorded_at: Moment
    recorded_by: str
    source: SourceListed | None
    count: Count
    matched: Count
    missing_count: Count
    missing: list[ReportMissing]
    unlisted: Count


class ListCompared(TypedDict):
    """Of a publisher, the list that its reports were last compared with; null: not known."""

    publisher: BodyId
    publisher_name: str
    compared: Comparison | None


class ListsCompared(TypedDict):
    """For each publisher the last comparison."""

    items: list[ListCompared]
    as_of: AsOf


class BodyByWords(TypedDict):
    """A body that has some words in its name."""

    id: BodyId
    name: str
    kind: BodyKind
    area: str | None
    links: Links


class More(TypedDict):
    """Of which there are more: the lists have them, by the same `q`."""

    bodies: bool
    reports: bool
    recommendations: bool


class Found(TypedDict):
    """The first of each that has some words."""

    q: str
    bodies: list[BodyByWords]
    reports: list[ReportListed]
    recommendations: list[RecommendationState]
    more: More
    as_of: AsOf


class Days(TypedDict):
    """Days of the responses that are overdue."""

    count: Count
    median_days: Annotated[
        int | None, Meta(description="Of an even number, the lower of the two in the middle.")
    ]
    worst_days: int | None


class LateDays(Days):
    """The same of those that are late; `at_least`: of how many the days are at least so many."""

    at_least: Count


class ExplainedByDue(TypedDict):
    """Of the responses whose last day is over on the day asked, and of which it can be told what
    they explained by then."""

    addressed: Count
    explained: Count


class CoverageTotals(TypedDict):
    """Recommendations addressed and explained, where the report's own list is recorded. Not counted
    are the responses of which only their own list is known (`left_out`), and those of which one was
    recorded without its text, so that what it explains is not known (`not_known`)."""

    responses: Count
    left_out: Count
    not_known: Count
    addressed: Count
    explained_now: Count
    general: Count
    by_due: ExplainedByDue
    causes_of_concern: CausesOfConcern


class Counts(TypedDict):
    """How some responses stand, in numbers."""

    responses: Count
    verdicts: dict[VerdictWord, int]
    bases: dict[Basis, int]
    verdicts_by_basis: dict[VerdictWord, dict[Basis, int]]
    late: LateDays
    overdue: Days
    coverage: CoverageTotals
    improved_later: Annotated[
        int, Meta(description="Bettered by an entry made after the last day.")
    ]
    redactions: Annotated[int, Meta(description="Texts redacted in what these are about.")]


class Group(Counts):
    """One body, one kind of report or one year: it has the fields of what it is grouped by."""

    body: NotRequired[BodyId]
    body_name: NotRequired[str]
    follows: NotRequired[list[Tie]]
    followed_by: NotRequired[Tie | None]
    successors: NotRequired[list[Tie]]
    record_kept_here: NotRequired[KeptHere | None]
    office_ended_on: NotRequired[Day | None]
    kind: NotRequired[ReportKind]
    year: NotRequired[int | None]


class Compliance(TypedDict):
    """Compliance in numbers, by group and altogether."""

    group_by: GroupBy
    items: list[Group]
    total: Counts
    as_of: AsOf


class EntrySummary(TypedDict):
    """An entry by which something changed."""

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


class Subject(TypedDict):
    """What a change is about: a `report`, `response`, `recommendation` or `meeting`, by the fields
    that name one."""

    type: Literal["report", "response", "recommendation", "meeting"]
    links: Links
    report: NotRequired[Reference]
    report_title: NotRequired[str | None]
    body: NotRequired[BodyId]
    body_name: NotRequired[str]
    name: NotRequired[str]
    number: NotRequired[str]
    key: NotRequired[str]
    kind: NotRequired[Kind]
    addressee: NotRequired[BodyId]
    addressee_name: NotRequired[str]
    panel: NotRequired[BodyId]
    panel_name: NotRequired[str]
    date: NotRequired[Day]


class DecisionTold(TypedDict):
    """By whose decision a recommendation was closed, refused or reopened, and who reported it."""

    entry: EntryId
    by: BodyId | None
    by_name: str | None
    provenance: Provenance
    on: PartialDay | None
    recorded_by: str
    reported_by_name: str | None


class Watched(TypedDict):
    """What is told of a subject before and after a change: the fields that the change is of."""

    published_on: NotRequired[PartialDay | None]
    verdict: NotRequired[VerdictWord]
    days: NotRequired[int | None]
    at_least: NotRequired[bool]
    basis: NotRequired[Basis]
    due_on: NotRequired[Day | None]
    status: NotRequired[Status]
    decided: NotRequired[DecisionTold]
    means: NotRequired[Means | None]
    raised_on: NotRequired[PartialDay | None]
    target: NotRequired[TargetStanding]
    standing: NotRequired[Standing]
    on: NotRequired[PartialDay | None]
    original_on: NotRequired[PartialDay | None]
    moves: NotRequired[int]
    worked_out: NotRequired[bool]
    to_confirm: NotRequired[TargetToConfirm]
    undated: NotRequired[list[UndatedAct]]
    occurred_on: NotRequired[PartialDay | None]


ChangedFrom = TypedDict("ChangedFrom", {"from": Watched | None})


class ChangedBy(ChangedFrom):
    """One thing that changed, but for the entry that the change is."""

    change: ChangeWord
    about: Subject
    to: Watched | None
    because: Literal["entries", "time passed"]
    entries: list[EntrySummary]
    target: Annotated[EntrySummary | None, Meta(description="The entry that it is about.")]


class PaperOfMeeting(TypedDict):
    """What a paper of a meeting was made from."""

    entry: EntryId
    known_at: Position | None
    effective_on: Day | None


class SinceMeeting(TypedDict):
    """The meeting since which it is asked."""

    panel: BodyId
    date: Day
    papers: list[PaperOfMeeting]
    links: NotRequired[Links]


class Copy(TypedDict):
    """What is held of a capture that an entry cites, or is."""

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


class Commitment(TypedDict):
    """A text as an entry holds it: SHA-256 of it with its salt, for whom it is, its language."""

    sha256: Sha256
    audience: Audience
    lang: Language


class Opening(Commitment):
    """A text, opened as far as this reader may read it: `text` and `salt`, or `held`, or
    `redacted`."""

    salt: NotRequired[Sha256]
    text: NotRequired[str]
    held: NotRequired[Literal[True]]
    redacted: NotRequired[Redaction]


class SourceCited(TypedDict, total=False):
    """Where word of an act came from."""

    url: str
    capture: str
    note: Commitment


class BatchStep(TypedDict):
    """The work step that recorded an entry together with others."""

    id: str
    kind: Literal["entered", "imported", "backfill"]


class Envelope(TypedDict):
    """What every entry has beside its `type` and its `data`."""

    id: EntryId
    position: Position
    stream: str
    version: Version
    occurred_on: Annotated[PartialDay | None, Meta(description="Null: the day is not known.")]
    by: Annotated[BodyId | None, Meta(description="The body whose act it is.")]
    provenance: Provenance
    recorded_at: Moment
    recorded_by: str
    source: SourceCited | None
    batch: BatchStep | None


class InTrail(Envelope):
    """What an entry of a trail has: its texts opened, and what was said of it since."""

    by_name: str | None
    texts: Annotated[dict[str, Opening], Meta(description="By their path in `data`.")]
    in_effect: bool
    set_aside_by: EntryId | None
    disputed_by: list[EntryId]
    corrected_by: Annotated[dict[str, EntryId], Meta(description="By field, the correction.")]
    known_on: Annotated[PartialDay | None, Meta(description="Its day, as corrected since.")]
    capture: Copy | None
    sealed: NotRequired[Annotated[bool, Meta(description="Not where `known_at` was asked for.")]]
    as_of: NotRequired[Annotated[AsOf, Meta(description="Where the entry alone was asked for.")]]


class Recorded(Envelope):
    """What an entry has as it is recorded: the commitments of its texts, and none opened."""

    texts: Annotated[dict[str, Commitment], Meta(description="By their path in `data`.")]


class Pending(TypedDict):
    """Where a receipt will be, once the entry is sealed."""

    status: Literal["pending"]
    href: Href


class Consistency(TypedDict("ConsistencyFrom", {"from": Position})):
    """That the log at one size begins with the log at another (RFC 9162, section 2.1.4)."""

    to: Position
    from_root: Base64
    to_root: Base64
    proof: list[Base64]


class Me(TypedDict):
    """Who asks."""

    account: str
    body: BodyId | None
    scopes: list[str]
    by: Literal["token", "session"]
    csrf: Annotated[
        str | None, Meta(description="What a write by a session sends as `X-CSRF-Token`.")
    ]


class Fault(TypedDict):
    """What is wrong with one field of a request."""

    field: str
    message: str


class Problem(TypedDict):
    """What went wrong (RFC 9457). Programs go by `type`; `detail` says to people what to do."""

    type: Annotated[str, Meta(pattern="^urn:answerable:problem:[a-z0-9:-]+$")]
    title: str
    status: Annotated[int, Meta(ge=400, le=599)]
    detail: str
    request_id: Annotated[
        str, Meta(description="As in the header `X-Request-Id`, and in the service's log.")
    ]
    errors: NotRequired[list[Fault]]


class StoredEvent(TypedDict):
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
    data: Annotated[dict[str, Any], Meta(description="In the form of its own version.")]


class StoredEntry(TypedDict):
    """The canonical line of an entry (RFC 8785), byte for byte as it is hashed."""

    event: StoredEvent
    position: Position
    recorded_at: Moment


class EntryNamed(TypedDict):
    """An entry by its position and id."""

    position: Position
    id: EntryId


class Disabled(TypedDict):
    """Since when nothing is sent to a subscription, and why."""

    at: Moment
    why: str


class Wanted(TypedDict, total=False):
    """The filters of a subscription, as they were given."""

    type: str
    body: str
    by: str
    report: str
    late_by: int


class SubscriptionLinks(TypedDict):
    """Where a subscription and its deliveries are read."""

    self: Href
    deliveries: Href
    page: Href


class Subscription(TypedDict):
    """A subscription by webhook. `failing`: the next entry was not taken yet, and is tried again at
    `next_at`; `disabled`: nothing is sent until it is replayed."""

    id: str
    account: Annotated[str, Meta(description="Whose it is.")]
    url: str
    wanted: Wanted
    created_at: Moment
    state: Literal["active", "failing", "disabled"]
    position: Annotated[
        Position, Meta(description="All that is wanted up to this position was delivered.")
    ]
    previous: Annotated[
        EntryNamed | None,
        Meta(description="The last entry up to it that is wanted, if there is one."),
    ]
    failures: Annotated[int, Meta(description="Attempts at the next entry so far.")]
    failing_since: Moment | None
    next_at: Moment | None
    disabled: Disabled | None
    former_secret_until: Annotated[
        Moment | None, Meta(description="Until when the secret before the last one signs as well.")
    ]
    links: SubscriptionLinks


class SubscriptionMade(TypedDict):
    """A subscription, with the secret that signs what is sent: it is shown here alone."""

    subscription: Subscription
    secret: Annotated[str, Meta(description="`whsec_…`, as Standard Webhooks has it.")]


class SubscriptionsList(TypedDict):
    """The subscriptions of an account."""

    items: list[Subscription]


class Delivery(TypedDict):
    """An entry that was sent, or a test, and what became of it."""

    id: int
    message: Annotated[str, Meta(description="Its `webhook-id`.")]
    kind: Literal["entry", "test"]
    entry: EntryNamed | None
    previous: EntryNamed | None
    attempts: Count
    first_at: Moment | None
    last_at: Moment | None
    status: Annotated[int | None, Meta(description="What the receiver answered last.")]
    error: Annotated[str | None, Meta(description="Why the last attempt failed; null: it did not.")]
    delivered_at: Moment | None


class DeliveriesPage(TypedDict):
    """A page of deliveries, the newest first; the header `Link` leads to older ones."""

    items: list[Delivery]
    next: int | None


class Token(TypedDict):
    """A token. What it is sent as is not kept, and so never shown again."""

    id: str
    account: str
    scopes: Annotated[
        list[str], Meta(description="What it may do now: of what its account may as well.")
    ]
    created_at: Moment
    made_by: Annotated[
        str | None,
        Meta(description="The account that made it; null: from before this was kept."),
    ]
    made_with: Annotated[
        str | None,
        Meta(description="The token that asked for it; null: a session or a command."),
    ]
    follows: Annotated[str | None, Meta(description="The token whose place it took, by rotation.")]
    expires_on: Day | None
    used_on: Annotated[Day | None, Meta(description="The last day on which it was used.")]
    revoked_at: Moment | None
    revoked_by: str | None
    good: Annotated[bool, Meta(description="Whether it was not ended, and has not expired.")]


class TokenMade(Token):
    """A token, and what it is sent as (`Authorization: Bearer …`): it is shown here alone."""

    token: str


class TokenRotated(TokenMade):
    """The token that takes another's place, which is good until a last day beside it."""

    until: Annotated[Day, Meta(description="The last day of the one before it.")]


class TokensList(TypedDict):
    """The tokens of an account, or of all."""

    items: list[Token]


class Account(TypedDict):
    """An account, as the log has it."""

    account: str
    body: BodyId | None
    scopes: list[str]
    tokens: Annotated[int, Meta(description="How many tokens of it are good.")]
    used_on: Annotated[Day | None, Meta(description="The last day on which any of them was used.")]


class ActOnAccount(TypedDict):
    """An entry that opened or closed an account, or gave it a scope or took one."""

    id: EntryId
    position: Position
    recorded_at: Moment
    recorded_by: str
    type: str
    scope: str | None


class AccountFound(Account):
    """An account with all that made it what it is, and its tokens."""

    open: bool
    history: list[ActOnAccount]
    all_tokens: list[Token]


class AccountsList(TypedDict):
    """The accounts that are open."""

    items: list[Account]
