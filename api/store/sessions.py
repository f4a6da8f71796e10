"""Sessions of browsers, kept in the database by the SHA-256 of their id.

A session begins when something is first stored in it: a sign-in that is under way. After the
sign-in it begins anew with another id, so that an id from before is worthless. It ends when it was
idle for some time, some hours after the sign-in in any case, and by signing out.

The data of a sign-in under way (its nonce, the verifier of its code) is encrypted by a key that is
derived from the session's id. So a reader of the table cannot finish anybody's sign-in.
"""

import base64
import hashlib
import json
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

import psycopg
from cryptography.fernet import Fernet
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from psycopg.errors import ReadOnlySqlTransaction
from psycopg.rows import class_row
from psycopg.types.json import Jsonb

TO_SIGN_IN = timedelta(minutes=15)
"""The time that a sign-in may take at the provider."""
SEEN_EVERY = timedelta(minutes=1)
"""A session in use stores at most so often that it was seen."""
UNDER_WAY = "_state_"
"""The prefix of the names under which a sign-in under way is stored."""


@dataclass(frozen=True)
class StoredSession:
    """A session as stored."""

    person: str | None
    said: dict[str, Any]
    begun_at: datetime
    seen_at: datetime
    ends_at: datetime


def good(
    conn: psycopg.Connection, secret: str, now: datetime, idle: timedelta
) -> StoredSession | None:
    """Return a session by its id, or None if it is unknown or has ended."""
    row = conn.execute(
        "SELECT person, said, begun_at, seen_at, ends_at FROM api.sessions WHERE sha256 = %s",
        [_digest(secret)],
    ).fetchone()
    if row is None:
        return None
    found = replace(kept := StoredSession(*row), said=_opened(kept.said, secret))
    if now >= found.ends_at or now >= found.seen_at + idle:
        return None
    if now - found.seen_at >= SEEN_EVERY:
        with suppress(ReadOnlySqlTransaction), conn.transaction():  # not on a standby
            conn.execute(
                "UPDATE api.sessions SET seen_at = %s WHERE sha256 = %s", [now, _digest(secret)]
            )
    return found


def begin(
    conn: psycopg.Connection,
    secret: str,
    person: str | None,
    said: dict[str, Any],
    now: datetime,
    ends_at: datetime,
) -> None:
    """Store a new session, and delete those that have ended."""
    conn.execute("DELETE FROM api.sessions WHERE ends_at <= %s", [now])
    conn.execute(
        """
        INSERT INTO api.sessions (sha256, person, said, begun_at, seen_at, ends_at)
        VALUES (%(sha256)s, %(person)s, %(said)s, %(now)s, %(now)s, %(ends_at)s)
        """,
        {
            "sha256": _digest(secret),
            "person": person,
            "said": Jsonb(_closed(said, secret)),
            "now": now,
            "ends_at": ends_at,
        },
    )


def keep(conn: psycopg.Connection, secret: str, said: dict[str, Any], now: datetime) -> None:
    """Store a session's data. A session that ended meanwhile stays ended. One without a person gets
    the time for a sign-in from now on."""
    conn.execute(
        """
        UPDATE api.sessions
           SET said = %s, seen_at = %s, ends_at = CASE WHEN person IS NULL THEN %s ELSE ends_at END
         WHERE sha256 = %s
        """,
        [Jsonb(_closed(said, secret)), now, now + TO_SIGN_IN, _digest(secret)],
    )


def end(conn: psycopg.Connection, secret: str) -> None:
    """End a session."""
    conn.execute("DELETE FROM api.sessions WHERE sha256 = %s", [_digest(secret)])


@dataclass(frozen=True)
class Open:
    """A session's person and account, when it began and when it was last seen."""

    person: str
    account: str
    begun_at: datetime
    seen_at: datetime


def of_people(conn: psycopg.Connection, now: datetime) -> list[Open]:
    """Return the sessions of people who signed in, except those that have ended, the newest
    last."""
    with conn.cursor(row_factory=class_row(Open)) as cursor:
        return cursor.execute(
            """
            SELECT person, said ->> 'account' AS account, begun_at, seen_at FROM api.sessions
             WHERE person IS NOT NULL AND ends_at > %s ORDER BY begun_at, person
            """,
            [now],
        ).fetchall()


def end_all(
    conn: psycopg.Connection, *, person: str | None = None, account: str | None = None
) -> int:
    """End every session of a person or of an account, or, if neither is given, every session of
    anybody. Return how many there were."""
    return conn.execute(
        """
        DELETE FROM api.sessions
         WHERE (%(person)s::text IS NULL OR person = %(person)s)
           AND (%(account)s::text IS NULL OR said ->> 'account' = %(account)s)
        """,
        {"person": person, "account": account},
    ).rowcount


def _digest(secret: str) -> bytes:
    return hashlib.sha256(secret.encode()).digest()


def _closed(said: dict[str, Any], secret: str) -> dict[str, Any]:
    """Return a session's data for its row: each sign-in under way is encrypted."""
    if not any(name.startswith(UNDER_WAY) for name in said):
        return said
    box = _box(secret)
    return {
        name: box.encrypt_at_time(json.dumps(value).encode(), 0).decode()
        if name.startswith(UNDER_WAY)
        else value
        for name, value in said.items()
    }


def _opened(said: dict[str, Any], secret: str) -> dict[str, Any]:
    """Return a session's data from its row. A sign-in that a former version stored is dropped and
    begins again."""
    if not any(name.startswith(UNDER_WAY) for name in said):
        return said
    box = _box(secret)
    return {
        name: json.loads(box.decrypt(value)) if name.startswith(UNDER_WAY) else value
        for name, value in said.items()
        if isinstance(value, str) or not name.startswith(UNDER_WAY)
    }


def _box(secret: str) -> Fernet:
    kdf = HKDF(hashes.SHA256(), 32, salt=None, info=b"a sign-in that is under way")
    return Fernet(base64.urlsafe_b64encode(kdf.derive(secret.encode())))
