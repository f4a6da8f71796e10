"""Sessions of browsers, which the API keeps itself: in the database, by the SHA-256 of their id.

A session is begun when something is first kept in it (a sign-in that is under way), and begun anew,
with another id, when somebody signs in: an id from before is worth nothing after. It ends when
nothing was asked for a while, some hours after the sign-in in any case, and by signing out.
"""

import hashlib
import json
import secrets
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import psycopg
from flask import Flask, Request, Response
from flask.sessions import SessionInterface, SessionMixin
from psycopg.errors import ReadOnlySqlTransaction
from psycopg.rows import class_row
from psycopg.types.json import Jsonb
from psycopg_pool import ConnectionPool

from ledger import clock
from ledger.settings import Settings

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


def keep(
    conn: psycopg.Connection,
    secret: str,
    person: str | None,
    said: dict[str, Any],
    now: datetime,
    ends_at: datetime,
) -> None:
    """Keep what a session holds; a new one is begun, and those that have ended are gone."""
    conn.execute("DELETE FROM api.sessions WHERE ends_at <= %s", [now])
    conn.execute(
        """
        INSERT INTO api.sessions (sha256, person, said, begun_at, seen_at, ends_at)
        VALUES (%(sha256)s, %(person)s, %(said)s, %(now)s, %(now)s, %(ends_at)s)
        ON CONFLICT (sha256) DO UPDATE SET said = EXCLUDED.said, seen_at = EXCLUDED.seen_at
        """,
        {
            "sha256": _digest(secret),
            "person": person,
            "said": Jsonb(said),
            "now": now,
            "ends_at": ends_at,
        },
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


class Session(SessionMixin):
    """The session of a request. It is looked up when something is first asked of it, so that what
    asks nothing needs no database."""

    def __init__(self, secret: str | None, find: Callable[[str], Kept | None]) -> None:
        self.sent = secret
        self.secret = secret
        self.modified = False
        self._person: str | None = None
        self.ends_at: datetime | None = None
        self._find = find
        self._said: dict[str, Any] | None = None

    @property
    def person(self) -> str | None:
        """Who has signed in by it; None: nobody."""
        return self._person if self.said else None

    @property
    def said(self) -> dict[str, Any]:
        """What it holds; nothing where it is unknown, or has ended."""
        if self._said is None:
            kept = self._find(self.secret) if self.secret else None
            self._said = dict(kept.said) if kept else {}
            if kept:
                self._person, self.ends_at = kept.person, kept.ends_at
            else:
                self.secret = None
        return self._said

    def begin_for(self, person: str, **said: Any) -> None:
        """Somebody has signed in: another session than any that the browser had before."""
        self.secret, self._person, self.ends_at = None, person, None
        self._said, self.modified = said, True

    def end(self) -> None:
        """Nobody is signed in by this browser any more."""
        self.secret, self._person, self.ends_at = None, None, None
        self._said, self.modified = {}, True

    def __getitem__(self, name: str) -> Any:
        return self.said[name]

    def __setitem__(self, name: str, value: Any) -> None:
        self.said[name] = value
        self.modified = True

    def __delitem__(self, name: str) -> None:
        del self.said[name]
        self.modified = True

    def __iter__(self) -> Iterator[str]:
        return iter(self.said)

    def __len__(self) -> int:
        return len(self.said)


class Sessions(SessionInterface):
    """Flask's sessions, kept in the database. The cookie has the id alone."""

    def __init__(
        self, pool: Callable[[], ConnectionPool], settings: Callable[[], Settings]
    ) -> None:
        self._pool, self._settings = pool, settings

    def _https(self) -> bool:
        return self._settings().address.startswith("https://")

    def cookie(self) -> str:
        """The cookie's name; by its prefix no other host, and no http, can set it."""
        return "__Host-answerable" if self._https() else "answerable"

    def open_session(self, app: Flask, request: Request) -> Session:
        """The session of a request, known by its cookie."""
        return Session(request.cookies.get(self.cookie()) or None, self._kept)

    def save_session(self, app: Flask, session: SessionMixin, response: Response) -> None:
        """Keep what a request changed; a browser gets the id of a session that was begun."""
        assert isinstance(session, Session)
        if not session.modified:
            return
        now = clock.now()
        with self._pool().connection() as conn:
            if session.sent and session.sent != session.secret:
                end(conn, session.sent)
            if not session.said:
                response.delete_cookie(self.cookie(), path="/", secure=self._https())
                return
            begun = session.secret is None
            session.secret = session.secret or secrets.token_urlsafe(32)
            whole = timedelta(hours=self._settings().session_hours)
            lasts = whole if session.person else TO_SIGN_IN
            said: dict[str, Any] = json.loads(json.dumps(session.said))
            ends_at = session.ends_at or now + lasts
            keep(conn, session.secret, session.person, said, now, ends_at)
        if begun:
            response.set_cookie(
                self.cookie(),
                session.secret,
                path="/",
                secure=self._https(),
                httponly=True,
                samesite="Lax",  # the way back from the provider is a link of another site
            )

    def _kept(self, secret: str) -> Kept | None:
        with self._pool().connection() as conn:
            idle = timedelta(minutes=self._settings().session_idle)
            return good(conn, secret, clock.now(), idle)
