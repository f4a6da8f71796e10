"""What a request has at hand: the ledger, the questions, the account that asks."""

from typing import cast

from flask import current_app, g, request
from werkzeug.datastructures import WWWAuthenticate
from werkzeug.exceptions import Unauthorized

from api.store import tokens
from ledger.application import Ledger
from ledger.clock import london_date
from ledger.errors import NotRecorded
from ledger.seal_bell import SealBell
from ledger.sealed import Sealed
from ledger.service import Account
from ledger.settings import Settings
from projections.moment import At
from projections.register import Register

EXTENSION = "answerable"


def settings() -> Settings:
    """The settings that the application was made with."""
    return cast(Settings, current_app.extensions[EXTENSION]["settings"])


def ledger() -> Ledger:
    """The ledger of this process."""
    return cast(Ledger, current_app.extensions[EXTENSION]["ledger"])


def sealed() -> Sealed:
    """What is sealed of the log."""
    return cast(Sealed, current_app.extensions[EXTENSION]["sealed"])


def is_sealed(position: int) -> bool:
    """Whether the entry at a position is sealed, after waiting for that as long as is set.

    Nobody waits while the sealer is stuck, or where there is none.
    """
    bell = cast(SealBell, current_app.extensions[EXTENSION]["seal_bell"])
    return bell.wait_for(position, settings().receipt_wait)


def account() -> Account | None:
    """The account whose bearer token came with the request; None for anybody.

    Raises Unauthorized where a token came that is not good.
    """
    if "account" not in g:
        g.account = _account_of_request()
    return cast(Account | None, g.account)


def account_needed() -> Account:
    """The account that asks. Unauthorized where none does."""
    if (found := account()) is None:
        raise Unauthorized(
            "Recording needs a bearer token: make one with `answerable token create`.",
            www_authenticate=WWWAuthenticate("bearer", {"realm": "answerable"}),
        )
    return found


def register() -> Register:
    """The questions, as this request's reader may ask them."""
    return Register(ledger(), account())


def when() -> At:
    """The two dates of the request, after waiting for its `min_position`."""
    least = request.args.get("min_position", "0")
    return register().at(
        request.args.get("known_at") or None,
        request.args.get("effective_on") or None,
        int(least) if least.isdecimal() and len(least) < 16 else 0,
    )


def _account_of_request() -> Account | None:
    given = request.authorization
    if given is None or given.type != "bearer" or not given.token:
        return None
    here = ledger()
    today = london_date(here.now())  # before a connection is taken: nobody waits holding one
    with here.log.pool.connection() as conn:
        name = tokens.account_of(conn, given.token, today)
    try:
        found = here.account(name) if name else None
    except NotRecorded:
        found = None
    if found is None:
        raise Unauthorized(
            "This token is not known here, has expired, or was revoked.",
            www_authenticate=WWWAuthenticate(
                "bearer", {"realm": "answerable", "error": "invalid_token"}
            ),
        )
    return found
