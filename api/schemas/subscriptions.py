"""Subscriptions by webhook and their deliveries, as answers."""

from typing import Annotated, Literal

from msgspec import UNSET, Meta, UnsetType

from projections.fields import Answer, Count, EntryId, Href, Moment, Position


class EntryNamed(Answer, frozen=True, kw_only=True):
    """An entry by its position and id."""

    position: Position
    id: EntryId


class Disabled(Answer, frozen=True, kw_only=True):
    """The moment from which nothing is sent to a subscription, and the reason."""

    at: Moment
    why: str


class Wanted(Answer, frozen=True, kw_only=True):
    """The filters of a subscription. `type` is there if `types` has one."""

    type: str | UnsetType = UNSET
    types: list[str] | UnsetType = UNSET
    body: str | UnsetType = UNSET
    by: str | UnsetType = UNSET
    report: str | UnsetType = UNSET
    late_by: int | UnsetType = UNSET


class SubscriptionLinks(Answer, frozen=True, kw_only=True):
    """The addresses of a subscription and of its deliveries."""

    self: Href
    deliveries: Href
    page: Href


class Subscription(Answer, frozen=True, kw_only=True):
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


class SubscriptionMade(Answer, frozen=True, kw_only=True):
    """A subscription, with the secret that signs what is sent. The secret is shown only here."""

    subscription: Subscription
    secret: Annotated[str, Meta(description="`whsec_…`, as Standard Webhooks has it.")]


class SubscriptionsList(Answer, frozen=True, kw_only=True):
    """The subscriptions of an account."""

    items: list[Subscription]


class Delivery(Answer, frozen=True, kw_only=True):
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


class DeliveriesPage(Answer, frozen=True, kw_only=True):
    """A page of deliveries, the newest first; the header `Link` leads to older ones."""

    items: list[Delivery]
    next: int | None
