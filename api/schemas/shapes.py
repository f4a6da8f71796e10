"""What the API answers: the fields of each answer, from which the OpenAPI text has its schemas.

A field that is not always there is `NotRequired`; whoever reads takes fields that it does not know
(docs/compatibility.md). Tests hold every answer that they get to these shapes, fields that are not
named here included.
"""

from typing import Annotated, Any, Literal, NotRequired, TypedDict

from msgspec import Meta

from ledger.events.entry import Provenance
from ledger.events.recommendation import Kind, Means
from ledger.events.report import ReportKind
from ledger.events.service import BodyKind
from ledger.events.texts import Audience, Language
from ledger.states.recommendation import Status
from projections.answers.meeting import MeetingNamed
from projections.answers.parts import Links, Redaction
from projections.answers.recommendation import (
    DecisionTold,
    RecommendationState,
    TargetStanding,
    TargetToConfirm,
    UndatedAct,
)
from projections.answers.register import KeptHere, Tie
from projections.answers.report import ReportListed
from projections.answers.response import CausesOfConcern, ResponseState
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
from projections.verdict.compliance import Basis, VerdictWord


class LinkToEntry(TypedDict):
    """Where an entry is read."""

    self: Href


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


class MeetingListed(MeetingNamed, frozen=True, kw_only=True):
    """A meeting as lists show it; `still_open` of the recommendations that it reviewed."""

    held: bool
    papers: Count
    reviewed: Count
    still_open: Count


class MeetingsPage(Paged):
    """Meetings, the latest first."""

    items: list[MeetingListed]


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
