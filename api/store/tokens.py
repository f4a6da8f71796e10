"""Bearer tokens of role accounts: opaque, and stored only as their SHA-256. This module decides who
may make, rotate and end one, for the API and the commands alike.

A token that another token made is its child. It lasts no longer than its parent and is revoked with
it. A token that replaces a child is a child too.
"""

import hashlib
import secrets
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import cast

import psycopg
from psycopg.rows import class_row

from ledger.application import Ledger
from ledger.dates import london_date
from ledger.errors import KeyReused, NotAllowed, NotRecorded, Refused
from ledger.log.append import Request
from ledger.states.service import OF_COMMANDS, SETUP, Account, Service

PREFIX = "answerable_"
MOST_OVERLAP = 90
"""The most days for which a token stays valid beside its replacement."""
USUAL_OVERLAP = 7
MOST_OF_ONE = 100
"""The most tokens of an account that are valid at once."""
_SELECT = """
    SELECT id, account, scopes, position, created_at, expires_on, revoked_at, used_on, follows,
           made_by, made_with, revoked_by
      FROM api.tokens
"""


@dataclass(frozen=True)
class Token:
    """A token as stored. It may do what is in its scopes and in its account's."""

    id: str
    account: str
    scopes: list[str]
    position: int
    """The position at which the log ended when it was made."""
    created_at: datetime
    expires_on: date | None
    """The last day on which it is valid, in London; None: until it is ended."""
    revoked_at: datetime | None
    used_on: date | None
    """The last day on which it was used; None if it was never used since this is recorded."""
    follows: str | None
    """The token that it replaces."""
    made_by: str | None
    """The account that made or rotated it; None if it was made before this was recorded."""
    made_with: str | None
    """The token by which that account asked; None for a session or a command."""
    revoked_by: str | None
    """The account that ended it."""

    def good_on(self, day: date) -> bool:
        """Return whether it was not ended, and has not expired by a day."""
        return self.revoked_at is None and (self.expires_on is None or day <= self.expires_on)


@dataclass(frozen=True)
class Asker:
    """The requester of a token: an account with its present permissions, by a token or
    otherwise."""

    account: Account
    token: str | None = None
    request: Request | None = None
    """The request, so that a repetition of it is recognised."""


COMMAND = Asker(SETUP)
"""The person who runs the service's commands."""


def make(
    log: Ledger,
    by: Asker,
    account: str,
    scopes: Collection[str],
    expires_on: date | None,
    most_days: int | None,
) -> tuple[Token, str]:
    """Make a token. Return it as stored, and the token itself, which is shown this once.
    `most_days` is the longest lifetime.

    Raise NotAllowed if it is for another account, or for more than the requester may do. Raise
    Refused if its account lacks a scope or belongs to commands, or if the last day is invalid.
    Raise Refused too if the same request made it before, since the token itself is not stored.
    """
    look = log.look()
    if account in OF_COMMANDS:
        raise Refused(
            "of-commands",
            f"{account} is the account of commands, and nobody has a token for it: open an account "
            "for whoever records, which the log names.",
        )
    _speaks_for(by, account)
    _may_give(by, scopes)
    with log.pool.connection() as conn, conn.transaction():
        _alone(conn, by)
        _made_before(conn, by.request)
        if (whose := look.service.accounts.get(account)) is None:
            raise Refused("unknown-account", f"There is no account “{account[:80]}” that is open.")
        if lacks := [one for one in scopes if not whose.may(one)]:
            raise Refused(
                "beyond-the-account",
                f"{account} has not the scope “{lacks[0]}”, and a token has at most its "
                "account’s: grant it that first.",
            )
        today = london_date(look.now)
        if sum(one.good_on(today) for one in kept(conn, account)) >= MOST_OF_ONE:
            raise Refused(
                "too-many-tokens",
                f"{MOST_OF_ONE} tokens of {account} are good, which is as many as an account has: "
                "end those that nobody uses.",
            )
        last = last_day(expires_on, today, most_days, _bound(conn, by))
        return create(conn, account, scopes, last, by)


def rotate(
    log: Ledger,
    by: Asker,
    name: str,
    overlap_days: int,
    expires_on: date | None,
    most_days: int | None,
) -> tuple[Token, str, date]:
    """Make a token that replaces another, with the same account and the scopes that it still has.
    Return it as stored, the token itself, shown this once, and the last day of the old one. Unless
    another last day is given, it is made for as many days as that one was. Refused as by `make`.
    """
    look = log.look()
    today = london_date(look.now)
    with log.pool.connection() as conn, conn.transaction():
        _alone(conn, by)
        _made_before(conn, by.request)
        before, scopes = _its_to_change(conn, by, name, look.service, today)
        if not scopes:
            raise Refused(
                "nothing-left",
                f"Token {name} may do nothing any more, since its account may not: make another.",
            )
        bound = _bound(conn, by, name)
        if before.expires_on is not None:
            again = today + (before.expires_on - london_date(before.created_at))
            if by.token == name:  # it gives itself no more time than it was given
                bound = min(bound or date.max, again)
            if expires_on is None:
                longest = date.max if most_days is None else today + timedelta(most_days)
                expires_on = min(again, longest, bound or date.max)
        last = last_day(expires_on, today, most_days, bound)
        until = min(today + timedelta(overlap_days), before.expires_on or date.max)
        made = create(conn, before.account, scopes, last, by, follows=name)
        conn.execute("UPDATE api.tokens SET expires_on = %s WHERE id = %s", [until, name])
        conn.execute(_SHORTEN, {"ends": name, "until": until})
        return *made, until


def revoke(log: Ledger, by: Asker, name: str) -> Token:
    """End a token at once, with all tokens that descend from it. Raise NotRecorded if no valid
    token has this id, and NotAllowed if the requester may not end it."""
    look = log.look()
    with log.pool.connection() as conn, conn.transaction():
        _alone(conn, by)
        before, _ = _its_to_change(conn, by, name, look.service, london_date(look.now))
        conn.execute(_REVOKE, {"ends": name, "at": look.now, "by": by.account.name})
        return before


def kept(conn: psycopg.Connection, account: str | None = None) -> list[Token]:
    """Return every token, or those of an account, the newest last."""
    with conn.cursor(row_factory=class_row(Token)) as cursor:
        return cursor.execute(
            _SELECT
            + "WHERE %(account)s::text IS NULL OR account = %(account)s ORDER BY created_at, id",
            {"account": account},
        ).fetchall()


def one(conn: psycopg.Connection, by: Account, name: str) -> Token:
    """Return a token of the account that asks; with `admin`, anybody's. Raise NotRecorded if it is
    unknown or another's."""
    whose = None if by.may("admin") else by.name
    if (found := next((each for each in kept(conn, whose) if each.id == name), None)) is None:
        raise NotRecorded(f"There is no token “{name[:80]}” of yours: look at the list of them.")
    return found


def by_secret(conn: psycopg.Connection, token: str) -> Token | None:
    """Return a token as stored; None if it is unknown or was revoked. It may have expired."""
    with conn.cursor(row_factory=class_row(Token)) as cursor:
        return cursor.execute(
            _SELECT + "WHERE sha256 = %s AND revoked_at IS NULL", [_digest(token)]
        ).fetchone()


def used(conn: psycopg.Connection, name: str, today: date) -> None:
    """Store that a token was used today."""
    conn.execute(
        "UPDATE api.tokens SET used_on = %(today)s"
        " WHERE id = %(name)s AND (used_on IS NULL OR used_on < %(today)s)",
        {"name": name, "today": today},
    )


def may_now(service: Service, token: Token) -> list[str]:
    """Return the present scopes of a token; none if nobody can speak for its account."""
    account = service.caller(token.account)
    return sorted(account.by_token(token.scopes, token.position).scopes) if account else []


def create(
    conn: psycopg.Connection,
    account: str,
    scopes: Collection[str],
    expires_on: date | None,
    by: Asker = COMMAND,
    follows: str | None = None,
) -> tuple[Token, str]:
    """Store a new token without any check. Return it as stored, and the token itself."""
    token = PREFIX + secrets.token_urlsafe(32)
    done = conn.execute(
        """
            INSERT INTO api.tokens (
                id, sha256, account, scopes, position, created_at, expires_on, follows, made_by,
                made_with, request_key, request_sha256
            ) VALUES (
                %(id)s, %(sha256)s, %(account)s, %(scopes)s,
                (SELECT coalesce(max(position), 0) FROM ledger.entries), clock_timestamp(),
                %(expires_on)s, %(follows)s, %(by)s, %(with)s, %(key)s, %(fingerprint)s
            )
            ON CONFLICT ON CONSTRAINT tokens_request DO NOTHING
            """,
        {
            "id": secrets.token_hex(4),
            "sha256": _digest(token),
            "account": account,
            "scopes": sorted(set(scopes)),
            "expires_on": expires_on,
            "follows": follows,
            "by": by.account.name,
            "with": by.token,
            "key": by.request and by.request.key,
            "fingerprint": by.request and by.request.fingerprint,
        },
    )
    if not done.rowcount:  # the same request came at the same moment
        _made_before(conn, by.request)
    made = by_secret(conn, token)
    assert made is not None
    return made, token


def _its_to_change(
    conn: psycopg.Connection, by: Asker, name: str, service: Service, today: date
) -> tuple[Token, list[str]]:
    """Return a valid token with its present scopes. An account with fewer scopes can neither
    rotate nor revoke it."""
    found = one(conn, by.account, name)
    if not found.good_on(today):
        raise NotRecorded(f"Token {name} is good no more: it has expired, or was ended.")
    scopes = may_now(service, found)
    if by.token != name:
        _may_give(by, scopes)
    return found, scopes


_REVOKE = """
    WITH RECURSIVE line AS (
        SELECT id FROM api.tokens WHERE id = %(ends)s
        UNION
        SELECT t.id
          FROM line JOIN api.tokens t
            ON t.made_with = line.id OR t.follows = line.id AND line.id <> %(ends)s
    )
    UPDATE api.tokens t SET revoked_at = %(at)s, revoked_by = %(by)s
      FROM line WHERE t.id = line.id AND t.revoked_at IS NULL
    """
"""Revoke a token and those that descend from it. A token that somebody else made in its place
stays."""
_SHORTEN = """
    WITH RECURSIVE line AS (
        SELECT id FROM api.tokens WHERE made_with = %(ends)s AND follows IS DISTINCT FROM %(ends)s
        UNION
        SELECT t.id FROM line JOIN api.tokens t ON t.made_with = line.id OR t.follows = line.id
    )
    UPDATE api.tokens t SET expires_on = %(until)s
      FROM line WHERE t.id = line.id AND (t.expires_on IS NULL OR t.expires_on > %(until)s)
    """
"""End the tokens that descend from a token when that token ends."""
_BOUND = """
    WITH RECURSIVE over AS (
        SELECT id, made_with, follows, NULL::date AS bound FROM api.tokens WHERE id = %(name)s
        UNION
        SELECT t.id, t.made_with, t.follows,
               CASE WHEN t.id IS DISTINCT FROM over.follows THEN t.expires_on END
          FROM over JOIN api.tokens t ON t.id IN (over.made_with, over.follows)
    )
    SELECT min(bound) FROM (
        SELECT bound FROM over UNION ALL
        SELECT expires_on FROM api.tokens WHERE id = %(asks)s AND id IS DISTINCT FROM %(name)s
    ) AS all_of_them
    """
"""The latest last day for a token that replaces another, or that a token makes: that of the token
that asks, and of those that made its predecessors. A predecessor itself is no bound, since it ends
before its replacement."""


def _bound(conn: psycopg.Connection, by: Asker, follows: str | None = None) -> date | None:
    """Return the latest last day that the tokens above a new one allow; None without a limit.
    `follows` is the token that it replaces."""
    row = conn.execute(_BOUND, {"asks": by.token, "name": follows}).fetchone()
    assert row is not None
    return cast("date | None", row[0])


def _alone(conn: psycopg.Connection, by: Asker) -> None:
    """Lock tokens until this transaction ends, so that a token is revoked with all its descendants.
    Raise NotAllowed if the token that asks was ended just now."""
    conn.execute("SELECT pg_advisory_xact_lock('api.tokens'::regclass::oid::int, 0)")
    good = "SELECT EXISTS (SELECT FROM api.tokens WHERE id = %s AND revoked_at IS NULL)"
    if by.token is not None and conn.execute(good, [by.token]).fetchone() != (True,):
        raise NotAllowed("The token that asks for this was ended just now.")


def _speaks_for(by: Asker, account: str) -> None:
    if account != by.account.name and not by.account.may("admin"):
        raise NotAllowed(
            f"{by.account.name} has tokens of its own alone: those of other accounts need the "
            "scope “admin”."
        )


def _may_give(by: Asker, scopes: Collection[str]) -> None:
    if more := [one for one in scopes if not by.account.may(one)]:
        asks = f"This token of {by.account.name}" if by.token else by.account.name
        raise NotAllowed(
            f"{asks} lacks the scope “{more[0]}”, so it neither gives nor ends a token that has it."
        )


def _made_before(conn: psycopg.Connection, request: Request | None) -> None:
    """Raise Refused if the same request made a token before, which was shown then. Raise KeyReused
    if another request used its key."""
    if request is None:
        return
    made = conn.execute(
        "SELECT id, request_sha256 FROM api.tokens WHERE made_by = %s AND request_key = %s",
        [request.account, request.key],
    ).fetchone()
    if made is None:
        return
    if made[1] != request.fingerprint:
        raise KeyReused("This idempotency key came with another request before; use a new key.")
    raise Refused(
        "shown-once",
        f"This request made the token {made[0]} before. It was shown then, and is kept nowhere: "
        f"where it did not arrive, end {made[0]}, and ask for another.",
    )


def last_day(
    asked: date | None, today: date, most_days: int | None, bound: date | None = None
) -> date | None:
    """Return the last day of a new token. Raise Refused if the day asked for is over, beyond the
    longest lifetime, or beyond `bound`, the last day of the token that makes it."""
    if asked is not None and asked < today:
        raise Refused("token-lifetime", f"{asked} is over: give another, or none.")
    if asked is not None and bound is not None and asked > bound:
        raise Refused(
            "token-lifetime",
            f"{asked} is too far: what a token makes ends with it, and it gives itself no more "
            f"time than it was given. So {bound} is the latest day: give an earlier one, or none.",
        )
    longest = date.max if most_days is None else today + timedelta(most_days)
    if asked is not None and asked > longest:
        raise Refused(
            "token-lifetime",
            f"{asked} is too far: a token lasts {most_days} days at most here "
            f"(ANSWERABLE_TOKEN_DAYS), so until {longest}.",
        )
    last = asked or min(longest, bound or date.max)
    return None if last == date.max else last


def _digest(token: str) -> bytes:
    return hashlib.sha256(token.encode()).digest()
