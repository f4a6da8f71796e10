"""Whose subscriptions a request may see: its account's own; of `admin`, all."""

from api import subscriptions
from api.requests import current
from api.subscriptions import SCOPE, Subscription
from ledger.errors import NotRecorded
from ledger.states.service import Account


def subscriber() -> Account:
    """The account that asks. Unauthorized where none does, NotAllowed where it lacks the scope."""
    account = current.account_needed()
    current.needs(account, SCOPE, "a subscription")
    return account


def own() -> list[Subscription]:
    """The subscriptions of the account that asks."""
    account = subscriber()
    with current.ledger().pool.connection() as conn:
        return subscriptions.every(conn, None if account.may("admin") else account.name)


def own_one(name: str) -> Subscription:
    """A subscription of the account that asks. NotRecorded, also where it is another's."""
    account = subscriber()
    with current.ledger().pool.connection() as conn:
        found = subscriptions.one(conn, name)
    if found is None or (found.account != account.name and not account.may("admin")):
        raise NotRecorded(f"{account.name} has no subscription “{name[:80]}”.")
    return found
