"""Subscriptions by webhook: made, listed, ended, replayed; their deliveries, tests and secrets.
Each belongs to the account that made it."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import marshmallow as ma
from flask import Response, request
from msgspec import UNSET

from api.feeds import receivers
from api.feeds.webhooks import previous_to
from api.requests import callers, current, questions
from api.requests.accounts import moment, own_subscription, own_subscriptions
from api.requests.answers import idempotent, json_answer, unkept
from api.requests.parsing import Blueprint
from api.schemas import subscriptions as answers
from api.schemas.reads import (
    MOST_POSITION,
    Filters,
    FiltersButType,
    Limit,
    TypeOrTypes,
    string,
    whole,
)
from api.store import subscriptions
from api.store.subscriptions import Delivery, Previous, Subscription
from ledger.dates import rfc3339
from ledger.errors import Fault, KeyReused, Refused, Unfit
from ledger.states.service import Account
from projections.questions.log_entries import Wanted
from projections.waiting import wait_for

blueprint = Blueprint("subscriptions", __name__, description="Webhooks: entries, sent to you.")

PATH = "/api/subscriptions"
MOST_OF_ONE = 20
"""The most subscriptions of an account."""
OVERLAP = timedelta(hours=24)
"""For so long the former secret signs beside a new one."""
_ONCE: dict[str, Any] = {
    "in": "header",
    "name": "Idempotency-Key",
    "schema": {"type": "string", "minLength": 1, "maxLength": 200},
    "description": "The same key gives the same secret, until another one is made.",
}
_POSITION = ma.validate.Range(min=0, max=MOST_POSITION)


class Asked(FiltersButType):
    """The fields of a request for a subscription."""

    type = TypeOrTypes("Only these events: one, such as update-received, or a list.")
    url = ma.fields.String(
        required=True,
        metadata={
            "format": "uri",
            "maxLength": receivers.MOST_LETTERS,
            "description": "The address that entries are sent to: https, port 443, a host in the "
            "open internet.",
        },
    )
    after = ma.fields.Integer(
        strict=True,
        validate=_POSITION,
        metadata={
            "description": "The position after which it begins; 0 begins with the whole log. "
            "Default: the last sealed position."
        },
    )
    origin = string("The log that `after` is of: 409 if this is another one.")


class AskedReplay(ma.Schema):
    """The position from which a subscription goes on."""

    after = ma.fields.Integer(
        strict=True,
        validate=_POSITION,
        metadata={
            "description": "The position after which entries are sent again; default: the one at "
            "which it stopped."
        },
    )
    origin = string("The log that `after` is of: 409 if this is another one.")


class Nothing(ma.Schema):
    """An empty object: `{}`."""


class AskedDeliveries(ma.Schema):
    """The parameters of the list of deliveries."""

    class Meta:
        unknown = ma.EXCLUDE

    after = whole("The cursor that the last page gave.")
    limit = Limit()


@blueprint.post(PATH)
@blueprint.arguments(Asked)
@blueprint.response(201, answers.SubscriptionMade)
def subscribe(asked: dict[str, Any]) -> Response:
    """Have entries sent to an address as they are sealed, each signed, one after the other."""
    account = callers.account_needed()
    asked_under = idempotent(account)
    request_ = (asked_under.key, asked_under.fingerprint) if asked_under else None
    if request_ is not None and (made := _made_before(account, request_)) is not None:
        return _made(made)
    receivers.check(asked["url"], current.settings().inside)
    questions.of_this_log(asked)
    asked = questions.with_ids(asked)
    wanted = {name: asked[name] for name in Filters().fields if asked.get(name) is not None}
    name = subscriptions.new_id()
    given = _secret(name, 1)
    position, previous = _from(asked.get("after"), wanted)
    with current.ledger().pool.connection() as conn:
        if subscriptions.count(conn, account.name) >= MOST_OF_ONE:
            raise Refused(
                "too-many-subscriptions",
                f"{account.name} has {MOST_OF_ONE} subscriptions, which is as many as an account "
                "has: end one first (DELETE).",
            )
        there = subscriptions.create(
            conn,
            name,
            account.name,
            asked["url"],
            wanted,
            secret_sha256=receivers.sha256(given),
            position=position,
            previous=previous,
            now=current.ledger().now(),
            request=request_,
        )
    if not there and request_ is not None:  # the same request came twice at once
        return _made(_made_before(account, request_) or own_subscription(name))
    return _made(own_subscription(name))


@blueprint.get(PATH)
@blueprint.response(200, answers.SubscriptionsList)
def list_subscriptions() -> Response:
    """Return the subscriptions of the account that asks; for `admin`, all."""
    return json_answer(answers.SubscriptionsList(items=[shown(one) for one in own_subscriptions()]))


@blueprint.get(f"{PATH}/<subscription_id>")
@blueprint.response(200, answers.Subscription)
def subscription(subscription_id: str) -> Response:
    """Return one subscription: its position, and why it does not go on, if it doesn't."""
    return json_answer(shown(own_subscription(subscription_id)))


@blueprint.delete(f"{PATH}/<subscription_id>")
@blueprint.response(204)
def unsubscribe(subscription_id: str) -> Response:
    """End a subscription, and delete its deliveries."""
    found = own_subscription(subscription_id)
    with current.ledger().pool.connection() as conn:
        subscriptions.delete(conn, found.id)
    return unkept(Response(status=204))


@blueprint.get(f"{PATH}/<subscription_id>/deliveries")
@blueprint.arguments(AskedDeliveries, location="query")
@blueprint.response(200, answers.DeliveriesPage)
def list_deliveries(asked: dict[str, Any], subscription_id: str) -> Response:
    """Return the deliveries to a subscription, the newest first, with their outcomes. The last
    thousand are kept."""
    found = own_subscription(subscription_id)
    with current.ledger().pool.connection() as conn:
        there = subscriptions.deliveries(conn, found.id, asked.get("after"), asked["limit"] + 1)
    here = there[: asked["limit"]]
    following = here[-1].id if len(there) > len(here) else None
    items = [shown_delivery(one) for one in here]
    answer = json_answer(answers.DeliveriesPage(items=items, next=following))
    if following is not None:
        query = f"after={following}&limit={asked['limit']}"
        answer.headers["Link"] = f'<{request.path}?{query}>; rel="next"'
    return answer


@blueprint.post(f"{PATH}/<subscription_id>/replay")
@blueprint.arguments(AskedReplay)
@blueprint.response(201, answers.Subscription)
def replay_subscription(asked: dict[str, Any], subscription_id: str) -> Response:
    """Send entries again from a position on, or go on where it stopped, even if the subscription
    was disabled. An entry that is sent again keeps its `webhook-id`."""
    found = own_subscription(subscription_id)
    questions.of_this_log(asked)
    position, previous = found.position, _previous(found)
    if "after" in asked:
        position, previous = _from(asked["after"], found.wanted)
    with current.ledger().pool.connection() as conn:
        subscriptions.go_on(conn, found.id, position, previous, current.ledger().now())
    return json_answer(shown(own_subscription(subscription_id)), 201)


@blueprint.post(f"{PATH}/<subscription_id>/test")
@blueprint.arguments(Nothing)
@blueprint.response(201, answers.Delivery)
def send_test(_: dict[str, Any], subscription_id: str) -> Response:
    """Send a test at once, signed like an entry: an event of the type `answerable.test.v1`. The
    list of deliveries shows the outcome."""
    found = own_subscription(subscription_id)
    with current.ledger().pool.connection() as conn:
        made = subscriptions.ask_for_test(conn, found.id)
    answer = json_answer(shown_delivery(made), 201)
    answer.headers["Location"] = f"{PATH}/{found.id}/deliveries"
    return answer


@blueprint.post(f"{PATH}/<subscription_id>/secret")
@blueprint.arguments(Nothing)
@blueprint.response(201, answers.SubscriptionMade)
@blueprint.doc(parameters=[_ONCE])
def rotate_secret(_: dict[str, Any], subscription_id: str) -> Response:
    """Make a new secret, which is shown only here. The former one signs beside it for a day."""
    asked = idempotent(callers.account_needed())
    by = f"{asked.account} {asked.key}" if asked else None
    found = own_subscription(subscription_id)
    if by is not None and found.rotation == by:
        return _made(found)
    given = _secret(found.id, found.secret + 1)
    until = current.ledger().now() + OVERLAP
    with current.ledger().pool.connection() as conn:
        done = subscriptions.rotate(
            conn, found.id, found.secret + 1, receivers.sha256(given), until, by
        )
    now = own_subscription(subscription_id)
    if not done and (by is None or now.rotation != by):  # else the same came at the same moment
        raise Refused("rotated", "Another request made a new secret just now: use that one.")
    return _made(now)


def shown(one: Subscription) -> answers.Subscription:
    """Return a subscription as its account sees it."""
    here = f"{PATH}/{one.id}"
    return answers.Subscription(
        id=one.id,
        account=one.account,
        url=one.url,
        wanted=_wanted(one),
        created_at=rfc3339(one.created_at),
        state=one.state,
        position=one.position,
        previous=_named(_previous(one)),
        failures=one.failures,
        failing_since=moment(one.failing_since),
        next_at=rfc3339(one.next_at) if one.state == "failing" else None,
        disabled=_disabled(one),
        former_secret_until=moment(one.former_until),
        links=answers.SubscriptionLinks(
            self=here, deliveries=f"{here}/deliveries", page=f"/subscriptions/{one.id}"
        ),
    )


def _wanted(one: Subscription) -> answers.Wanted:
    others = {name: value for name, value in one.wanted.items() if name != "type"}
    types = Wanted.of(one.wanted).types
    if not types:
        return answers.Wanted(**others)
    only = types[0] if len(types) == 1 else UNSET
    return answers.Wanted(type=only, types=list(types), **others)


def _disabled(one: Subscription) -> answers.Disabled | None:
    if one.disabled_at is None:
        return None
    return answers.Disabled(at=rfc3339(one.disabled_at), why=one.disabled_why or "")


def shown_delivery(one: Delivery) -> answers.Delivery:
    """Return a delivery as the account of its subscription sees it."""
    entry = None if one.position is None else (one.position, one.event or "")
    previous = None
    if one.previous_position is not None:
        previous = (one.previous_position, one.previous_event or "")
    return answers.Delivery(
        id=one.id,
        message=one.message,
        kind="test" if entry is None else "entry",
        entry=_named(entry),
        previous=_named(previous),
        attempts=one.attempts,
        first_at=moment(one.first_at),
        last_at=moment(one.last_at),
        status=one.status,
        error=one.error,
        delivered_at=moment(one.delivered_at),
    )


def _made_before(account: Account, asked: tuple[str, bytes]) -> Subscription | None:
    """Return the subscription that the same request made before. Raise KeyReused if another request
    had the key."""
    with current.ledger().pool.connection() as conn:
        made = subscriptions.made_by(conn, account.name, asked[0])
    if made is None:
        return None
    if made[1] != asked[1]:
        raise KeyReused("This Idempotency-Key came with another request before: use a new one.")
    return own_subscription(made[0])


def _secret(name: str, number: int) -> str:
    try:
        return receivers.secret(current.settings().secret_key, name, number)
    except receivers.CannotSign as error:
        raise Refused("no-secret-key", error.sentence) from None


def _made(found: Subscription) -> Response:
    secret = _secret(found.id, found.secret)
    answer = json_answer(answers.SubscriptionMade(subscription=shown(found), secret=secret), 201)
    answer.headers["Location"] = f"{PATH}/{found.id}"
    return answer


def _from(after: int | None, wanted: Mapping[str, Any]) -> tuple[int, Previous]:
    """Return the position after which a subscription begins, and the last wanted entry up to it."""
    question = questions.question_sealed()
    end = question.when.position
    if after is not None and after > end:
        sentence = f"The log is sealed up to {end}, before {after}: give a position up to that."
        raise Unfit(sentence, Fault("after", sentence))
    position = end if after is None else after
    if wanted.keys() & {"body", "by", "late_by"}:  # only the read models know it
        wait_for(question.conn, position, current.waits())
    return position, previous_to(question, Wanted.of(wanted), position)


def _previous(one: Subscription) -> Previous:
    if one.previous_position is None or one.previous_event is None:
        return None
    return one.previous_position, one.previous_event


def _named(entry: Previous) -> answers.EntryNamed | None:
    return None if entry is None else answers.EntryNamed(position=entry[0], id=entry[1])
