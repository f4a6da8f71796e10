"""Bearer tokens of role accounts, which the API keeps itself: opaque, only as their SHA-256."""

import hashlib
import secrets
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime

import psycopg
from psycopg.rows import class_row

PREFIX = "answerable_"


@dataclass(frozen=True)
class Token:
    """A token as it is kept; it may do what is both in its scopes and in its account's."""

    id: str
    account: str
    scopes: list[str]
    created_at: datetime
    expires_on: date | None
    revoked_at: datetime | None
    used_on: date | None
    """The last day on which it was used; None: never, since this is kept."""
    follows: str | None
    """The token whose place it took."""


def create(
    conn: psycopg.Connection,
    account: str,
    scopes: Iterable[str],
    expires_on: date | None,
    follows: str | None = None,
) -> tuple[str, str]:
    """Make a token for an account: (its id, the token itself, shown this once)."""
    token = PREFIX + secrets.token_urlsafe(32)
    name = secrets.token_hex(4)
    conn.execute(
        """
        INSERT INTO api.tokens (id, sha256, account, scopes, expires_on, follows)
        VALUES (%s, %s, %s, %s, %s, %s)
        """,
        [name, _digest(token), account, sorted(set(scopes)), expires_on, follows],
    )
    return name, token


def good(conn: psycopg.Connection, token: str) -> Token | None:
    """A token as it is kept; None where it is unknown or was revoked. It may have expired."""
    with conn.cursor(row_factory=class_row(Token)) as cursor:
        return cursor.execute(
            """
            SELECT id, account, scopes, created_at, expires_on, revoked_at, used_on, follows
              FROM api.tokens
             WHERE sha256 = %s AND revoked_at IS NULL
            """,
            [_digest(token)],
        ).fetchone()


def one(conn: psycopg.Connection, name: str) -> Token | None:
    """A token by its id; None where there is none, or it was revoked."""
    return next(
        (each for each in all_of_them(conn) if each.id == name and not each.revoked_at), None
    )


def used(conn: psycopg.Connection, name: str, today: date) -> None:
    """Say that a token was used today."""
    conn.execute(
        "UPDATE api.tokens SET used_on = %(today)s"
        " WHERE id = %(name)s AND (used_on IS NULL OR used_on < %(today)s)",
        {"name": name, "today": today},
    )


def rotate(
    conn: psycopg.Connection, before: Token, last_of_it: date, expires_on: date | None
) -> tuple[str, str]:
    """Make the token that takes another's place, with its account and scopes; that one is good
    until a last day: (the new one's id, the token itself, shown this once)."""
    conn.execute(
        "UPDATE api.tokens SET expires_on = least(expires_on, %s) WHERE id = %s",
        [last_of_it, before.id],
    )
    return create(conn, before.account, before.scopes, expires_on, before.id)


def all_of_them(conn: psycopg.Connection) -> list[Token]:
    """Every token, the newest last."""
    with conn.cursor(row_factory=class_row(Token)) as cursor:
        return cursor.execute(
            """
            SELECT id, account, scopes, created_at, expires_on, revoked_at, used_on, follows
              FROM api.tokens
             ORDER BY created_at, id
            """
        ).fetchall()


def revoke(conn: psycopg.Connection, name: str) -> bool:
    """End a token by its id: whether there was one to end."""
    done = conn.execute(
        "UPDATE api.tokens SET revoked_at = now() WHERE id = %s AND revoked_at IS NULL", [name]
    )
    return done.rowcount == 1


def lose(conn: psycopg.Connection, account: str, scopes: Sequence[str]) -> None:
    """Take scopes from every token of an account, for good."""
    conn.execute(
        """
        UPDATE api.tokens SET scopes = ARRAY(SELECT unnest(scopes) EXCEPT SELECT unnest(%(lost)s))
         WHERE account = %(account)s AND scopes && %(lost)s
        """,
        {"lost": list(scopes), "account": account},
    )


def _digest(token: str) -> bytes:
    return hashlib.sha256(token.encode()).digest()
