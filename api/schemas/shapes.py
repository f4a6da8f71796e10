"""The fields of each answer of the API, from which the OpenAPI text has its schemas.

A field that is not always there is `NotRequired`. A client has to accept fields that it does not
know (docs/compatibility.md). Tests hold every answer that they get to these shapes, and refuse
fields that are not named here.
"""

from typing import Annotated, Any, Literal, NotRequired, TypedDict

from msgspec import Meta

from ledger.events.entry import Provenance
from ledger.events.texts import Audience, Language
from projections.answers.parts import Redaction
from projections.as_of import AsOf
from projections.fields import (
    Base64,
    BodyId,
    Count,
    Day,
    EntryId,
    Href,
    Moment,
    PartialDay,
    Position,
    Sha256,
    Version,
)


class Copy(TypedDict):
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


class Commitment(TypedDict):
    """A text as an entry holds it: the SHA-256 of it with its salt, its audience and its
    language."""

    sha256: Sha256
    audience: Audience
    lang: Language


class Opening(Commitment):
    """A text, opened as far as this reader may read it: it has `text` and `salt`, or `held`, or
    `redacted`."""

    salt: NotRequired[Sha256]
    text: NotRequired[str]
    held: NotRequired[Literal[True]]
    redacted: NotRequired[Redaction]


class SourceCited(TypedDict, total=False):
    """The source that an act is reported from."""

    url: str
    capture: str
    note: Commitment


class BatchStep(TypedDict):
    """The work step that recorded an entry together with others."""

    id: str
    kind: Literal["entered", "imported", "backfill"]


class Envelope(TypedDict):
    """The fields that every entry has beside its `type` and its `data`."""

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
    """An entry of a trail, with its texts opened and with what was said of it since."""

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
    """An entry as it is recorded: with the commitments of its texts, none of them opened."""

    texts: Annotated[dict[str, Commitment], Meta(description="By their path in `data`.")]


class Pending(TypedDict):
    """The address at which a receipt will be once the entry is sealed."""

    status: Literal["pending"]
    href: Href


class Consistency(TypedDict("ConsistencyFrom", {"from": Position})):
    """A proof that the log at one size begins with the log at another (RFC 9162, section 2.1.4)."""

    to: Position
    from_root: Base64
    to_root: Base64
    proof: list[Base64]


class Me(TypedDict):
    """The account that asks."""

    account: str
    body: BodyId | None
    scopes: list[str]
    by: Literal["token", "session"]
    csrf: Annotated[
        str | None, Meta(description="What a write by a session sends as `X-CSRF-Token`.")
    ]


class Fault(TypedDict):
    """A fault in one field of a request."""

    field: str
    message: str


class Problem(TypedDict):
    """An error (RFC 9457). Programs go by `type`; `detail` tells people what to do."""

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
    """The moment from which nothing is sent to a subscription, and the reason."""

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
    """The addresses of a subscription and of its deliveries."""

    self: Href
    deliveries: Href
    page: Href


class Subscription(TypedDict):
    """A subscription by webhook. `failing`: the next entry was not accepted yet, and is tried again
    at `next_at`; `disabled`: nothing is sent until it is replayed."""

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
    """A subscription, with the secret that signs what is sent. The secret is shown only here."""

    subscription: Subscription
    secret: Annotated[str, Meta(description="`whsec_…`, as Standard Webhooks has it.")]


class SubscriptionsList(TypedDict):
    """The subscriptions of an account."""

    items: list[Subscription]


class Delivery(TypedDict):
    """An entry or a test that was sent, and the result."""

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
    """A token. The secret that is sent is not kept, and so is never shown again."""

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
    """A token with the secret to send (`Authorization: Bearer …`), which is shown only here."""

    token: str


class TokenRotated(TokenMade):
    """A token that replaces another one, which stays good until a last day."""

    until: Annotated[Day, Meta(description="The last day of the one before it.")]


class TokensList(TypedDict):
    """The tokens of an account, or of all."""

    items: list[Token]


class Account(TypedDict):
    """An account, as the log records it."""

    account: str
    body: BodyId | None
    scopes: list[str]
    tokens: Annotated[int, Meta(description="How many tokens of it are good.")]
    used_on: Annotated[Day | None, Meta(description="The last day on which any of them was used.")]


class ActOnAccount(TypedDict):
    """An entry that opened or closed an account, granted it a scope or revoked one."""

    id: EntryId
    position: Position
    recorded_at: Moment
    recorded_by: str
    type: str
    scope: str | None


class AccountFound(Account):
    """An account with the entries that made it what it is, and with its tokens."""

    open: bool
    history: list[ActOnAccount]
    all_tokens: list[Token]


class AccountsList(TypedDict):
    """The accounts that are open."""

    items: list[Account]
