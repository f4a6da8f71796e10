"""The pages of an account’s webhooks: the position of each, and its deliveries."""

from flask import Response, request

from api.reading import addresses
from api.reading.page import blueprint, rendered
from api.requests import accounts, current
from api.store import subscriptions
from ledger.errors import Fault, Unfit

ON_A_PAGE = 50


@blueprint.get("/subscriptions")
def list_subscriptions() -> Response:
    """Show the webhooks of the account that asks."""
    return rendered("subscriptions.html", found=accounts.own_subscriptions())


@blueprint.get("/subscriptions/<subscription_id>")
def subscription(subscription_id: str) -> Response:
    """Show a webhook and its deliveries, the newest first."""
    found = accounts.own_subscription(subscription_id)
    with current.ledger().pool.connection() as conn:
        there = subscriptions.deliveries(conn, found.id, _after(), ON_A_PAGE + 1)
    here = there[:ON_A_PAGE]
    older = None
    if len(there) > len(here):
        older = addresses.link("subscription", subscription_id=found.id, after=here[-1].id)
    return rendered("subscription.html", one=found, deliveries=here, older=older)


def _after() -> int | None:
    given = request.args.get("after") or None
    if given is not None and not (given.isascii() and given.isdecimal() and len(given) < 16):
        sentence = "This is no place in the list: follow the link to older deliveries."
        raise Unfit(sentence, Fault("after", sentence))
    return None if given is None else int(given)
