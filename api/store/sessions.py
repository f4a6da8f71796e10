"""Sessions of browsers, which the API keeps itself: in the database, by the SHA-256 of their id.

A session is begun when something is first kept in it (a sign-in that is under way), and begun anew,
with another id, when somebody signs in: an id from before is worth nothing after. It ends when
nothing was asked for a while, some hours after the sign-in in any case, and by signing out.
"""

import hashlib
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import psycopg
from psycopg.errors import ReadOnlySqlTransaction
from psycopg.rows import class_row
from psycopg.types.json import Jsonb

TO_SIGN_IN = timedelta(minutes=15)
"""How long a sign-in may take at the provider."""
SEEN_EVERY = timedelta(minutes=1)
"""How often a session that goes on says that it does."""


@dataclass(frozen=True)
class Kept:
    """A session as it is kept."""

    person: str | None
    said: dict[str, Any]
    begun_at: datetime
    seen_at: datetime
    ends_at: datetime


def good(conn: psycopg.Connection, secret: str, now: datetime, idle: timedelta) -> Kept | None:
    """A session by its id; None where there is none, or it has ended."""
    row = conn.execute(
        "SELECT person, said, begun_at, seen_at, ends_at FROM api.sessions WHERE sha256 = %s",
        [_digest(secret)],
    ).fetchone()
    if row is None:
        return None
    found = Kept(*row)
    if now >= found.ends_at or now >= found.seen_at + idle:
        return None
    if now - found.seen_at >= SEEN_EVERY:
        with suppress(ReadOnlySqlTransaction), conn.transaction():  # of a standby, who reads on
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
    """Keep a new session; those that have ended are gone."""
    conn.execute("DELETE FROM api.sessions WHERE ends_at <= %s", [now])
    conn.execute(
        """
        INSERT INTO api.sessions (sha256, person, said, begun_at, seen_at, ends_at)
        VALUES (%(sha256)s, %(person)s, %(said)s, %(now)s, %(now)s, %(ends_at)s)
        """,
        {
            "sha256": _digest(secret),
            "person": person,
            "said": Jsonb(said),
            "now": now,
            "ends_at": ends_at,
        },
    )


def keep(conn: psycopg.Connection, secret: str, said: dict[str, Any], now: datetime) -> None:
    """Keep what a session holds. One that was ended since it was looked up stays ended; one by
    which nobody has signed in yet has the time for a sign-in from now on."""
    conn.execute(
        """
        UPDATE api.sessions
           SET said = %s, seen_at = %s, ends_at = CASE WHEN person IS NULL THEN %s ELSE ends_at END
         WHERE sha256 = %s
        """,
        [Jsonb(said), now, now + TO_SIGN_IN, _digest(secret)],
    )


def end(conn: psycopg.Connection, secret: str) -> None:
    """End a session."""
    conn.execute("DELETE FROM api.sessions WHERE sha256 = %s", [_digest(secret)])


@dataclass(frozen=True)
class Open:
    """Whose a session is, and how long it has been."""

    person: str
    account: str
    begun_at: datetime
    seen_at: datetime


def of_people(conn: psycopg.Connection, now: datetime) -> list[Open]:
    """The sessions of those who signed in, but those that have ended; the newest last."""
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
    """End every session of a person, or of an account, or, given neither, of everybody: how many
    there were."""
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
