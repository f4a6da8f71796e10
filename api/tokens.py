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


def create(
    conn: psycopg.Connection, account: str, scopes: Iterable[str], expires_on: date | None
) -> tuple[str, str]:
    """Make a token for an account: (its id, the token itself, shown this once)."""
    token = PREFIX + secrets.token_urlsafe(32)
    name = secrets.token_hex(4)
    conn.execute(
        """
        INSERT INTO api.tokens (id, sha256, account, scopes, expires_on) VALUES (%s, %s, %s, %s, %s)
        """,
        [name, _digest(token), account, sorted(set(scopes)), expires_on],
    )
    return name, token


def good(conn: psycopg.Connection, token: str) -> Token | None:
    """A token as it is kept; None where it is unknown or was revoked. It may have expired."""
    with conn.cursor(row_factory=class_row(Token)) as cursor:
        return cursor.execute(
            """
            SELECT id, account, scopes, created_at, expires_on, revoked_at FROM api.tokens
             WHERE sha256 = %s AND revoked_at IS NULL
            """,
            [_digest(token)],
        ).fetchone()


def all_of_them(conn: psycopg.Connection) -> list[Token]:
    """Every token, the newest last."""
    with conn.cursor(row_factory=class_row(Token)) as cursor:
        return cursor.execute(
            """
            SELECT id, account, scopes, created_at, expires_on, revoked_at FROM api.tokens
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
