"""Who asks: the account of a token or a session, its scopes, and its proof of identity."""

from collections.abc import Callable
from contextlib import suppress
from datetime import date
from ipaddress import ip_address, ip_network
from typing import cast

from flask import current_app, g, request
from psycopg.errors import ReadOnlySqlTransaction
from werkzeug.datastructures import WWWAuthenticate
from werkzeug.exceptions import Unauthorized

from api.requests.browser_sessions import of_this_session, proven_in_session, session
from api.requests.current import ledger, settings
from api.requests.parsing import READS, by_a_machine
from api.store import tokens
from ledger.dates import london_date
from ledger.errors import NotAllowed
from ledger.postgres.connections import retried
from ledger.states.service import Account


def account() -> Account | None:
    """Return the account that asks: by the request's bearer token, else by the session of its
    browser; None for anybody.

    Raise Unauthorized if the token is not valid.
    """
    if "account" not in g:
        g.account = _account_of_request()
    return cast(Account | None, g.account)


def account_needed() -> Account:
    """Return the account that asks. Raise Unauthorized without one."""
    if (found := account()) is None:
        raise Unauthorized(
            "This needs a bearer token: make one with `answerable token create`."
            if by_a_machine()
            else "This is for those who signed in.",
            www_authenticate=WWWAuthenticate("bearer", {"realm": "answerable"}),
        )
    return found


def by_session() -> bool:
    """Return whether the account is known by a session, which a page of another site could use
    too."""
    return account() is not None and "by_session" in g


def client() -> str:
    """Return the client for limits: the token, else the session's account, else the address. Raise
    Unauthorized as `account` does."""
    who = account()
    if who is None:
        return address()
    return f"token {g.token}" if "token" in g else f"account {who.name}"


def address() -> str:
    """Return the requester's address, as the proxies before the service say it. For IPv6, return
    its /64 network, that of a household or an office."""
    address = request.environ.get("REMOTE_ADDR", "")
    if proxies := settings().proxies:
        via = request.headers.get("X-Forwarded-For", "").split(",")
        address = via[-min(proxies, len(via))].strip() or address
    with suppress(ValueError):
        found = ip_address(address)
        found = getattr(found, "ipv4_mapped", None) or found
        address = str(ip_network((found, 64), strict=False)) if found.version == 6 else str(found)
    return f"address {address}"


class SignInAnew(NotAllowed):
    """The act needs a fresh proof of identity, and the session's is some minutes old."""


def proven() -> bool:
    """Return whether the requester has recently proved who they are. A token is its own proof."""
    return not by_session() or proven_in_session()


def needs_proof() -> None:
    """Raise SignInAnew if the requester's last proof of identity is too old."""
    if not proven():
        raise SignInAnew(
            "To redact a text, and to change accounts, scopes, keys, the register or rules, sign "
            "in again: it was more than ten minutes ago that you proved who you are."
        )


def writes_need_an_account() -> None:
    """Check the permission to write, before the body is read. A client without it is told so,
    whatever its body is."""
    if request.method in READS or not request.url_rule or not request.path.startswith("/api/"):
        return
    who = account_needed()
    if by_session():
        of_this_session(request.headers.get("X-CSRF-Token"))
    if request.path.startswith("/api/subscriptions"):  # it records nothing
        needs(who, "subscribe", "a subscription")
    elif not request.path.startswith("/api/tokens"):  # its scopes limit what it may give
        needs(who, "record", "recording")


def needs(account: Account, scope: str, what: str = "this") -> None:
    """Raise NotAllowed if the account lacks the scope by its token or session."""
    if not account.may(scope):
        by = account.name if by_session() else f"This token of {account.name}"
        raise NotAllowed(f"{by} lacks the scope “{scope}”, which {what} needs.")


def _account_of_request() -> Account | None:
    # Parsed by hand: the library fails on characters outside ASCII.
    scheme, _, secret = request.headers.get("Authorization", "").partition(" ")
    secret = secret.strip()
    if scheme.lower() != "bearer" or not secret:
        return _account_of_session()
    here = ledger()
    token = retried(here.pool, lambda conn: tokens.by_secret(conn, secret))
    if token is not None:
        g.look = here.look(_wanted())
        today = london_date(g.look.now)
        found = g.look.service.caller(token.account)
        if found is not None and token.good_on(today):
            _used(token, today)
            g.token = token.id
            return cast(Account, found.by_token(token.scopes, token.position))
    raise Unauthorized(
        "This token is not known here, has expired, or was revoked.",
        www_authenticate=WWWAuthenticate(
            "bearer", {"realm": "answerable", "error": "invalid_token"}
        ),
    )


def _wanted() -> list[str]:
    """Return the streams that the route's act will read, if it records one. They are read together
    with the account."""
    view = current_app.view_functions.get(request.endpoint or "")
    of: Callable[..., list[str]] | None = getattr(view, "wants", None)
    return of(request.view_args or {}) if of else []


def _used(token: tokens.Token, today: date) -> None:
    """Store that a token is in use: once a day, and not on a read-only database."""
    if token.used_on is None or token.used_on < today:
        with suppress(ReadOnlySqlTransaction), ledger().pool.connection() as conn:
            tokens.used(conn, token.id, today)


def _account_of_session() -> Account | None:
    """Return the account that the signed-in person acts for, with its present scopes in the log."""
    if (name := session().get("account")) is None:
        return None
    g.look = ledger().look(_wanted())
    found = cast(Account | None, g.look.service.caller(name))
    if found is not None:
        g.by_session = True
    return found
