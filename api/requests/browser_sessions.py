"""The session of a browser: its cookie, and forms that come from its pages."""

import json
import secrets
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any, cast

from flask import Flask, Request, Response, request
from flask import session as flask_session
from flask.sessions import SessionInterface, SessionMixin
from flask_wtf.csrf import validate_csrf
from werkzeug.datastructures import MultiDict
from werkzeug.exceptions import UnsupportedMediaType
from wtforms import ValidationError

from api.requests.current import ledger, settings
from api.store import sessions
from ledger import clock
from ledger.errors import AnswerableError

ANEW = timedelta(minutes=10)
"""How old a proof of identity may be for an act that cannot be undone or lets others in."""


class Session(SessionMixin):
    """The session of a request. It is read from the database on first use, so that other requests
    need no database."""

    def __init__(self, secret: str | None = None) -> None:
        self.sent = secret
        self.secret = secret
        self.modified = False
        self._person: str | None = None
        self.ends_at: datetime | None = None
        self._said: dict[str, Any] | None = None if secret else {}

    @property
    def person(self) -> str | None:
        """The person who signed in by it, or None."""
        return self._person if self.said else None

    @property
    def said(self) -> dict[str, Any]:
        """The session's contents; empty if it is unknown or has ended."""
        if self._said is None:
            kept = _kept_session(self.secret) if self.secret else None
            self._said = dict(kept.said) if kept else {}
            if kept:
                self._person, self.ends_at = kept.person, kept.ends_at
            else:
                self.secret = None
        return self._said

    def begin_for(self, person: str, **said: Any) -> None:
        """Begin a new session for a person who has signed in, with another id than any before."""
        self.secret, self._person, self.ends_at = None, person, None
        self._said, self.modified = said, True

    def end(self) -> None:
        """Sign this browser out."""
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

    def open_session(self, app: Flask, request: Request) -> Session:
        """Return the session of a request, by its cookie."""
        return Session(request.cookies.get(_cookie()) or None) if request.cookies else Session()

    def save_session(self, app: Flask, session: SessionMixin, response: Response) -> None:
        """Store a request's changes. A browser whose session was begun gets its id."""
        assert isinstance(session, Session)
        if not session.modified:
            return
        now, cookie = clock.now(), _cookie()
        secure = cookie.startswith("__Host-")
        with ledger().pool.connection() as conn:
            if session.sent and session.sent != session.secret:
                sessions.end(conn, session.sent)
            if not session.said:
                response.delete_cookie(cookie, path="/", secure=secure)
                return
            said: dict[str, Any] = json.loads(json.dumps(session.said))
            if session.secret is not None:
                sessions.keep(conn, session.secret, said, now)
                return
            session.secret = secrets.token_urlsafe(32)
            lasts = timedelta(hours=settings().session_hours)
            ends_at = now + (lasts if session.person else sessions.TO_SIGN_IN)
            sessions.begin(conn, session.secret, session.person, said, now, ends_at)
        response.set_cookie(
            cookie,
            session.secret,
            path="/",
            secure=secure,
            httponly=True,
            samesite="Lax",  # the provider's link back comes from another site
        )


def _cookie() -> str:
    """Return the cookie's name. With its prefix no other host, and no page by http, can set it."""
    return "__Host-answerable" if settings().address.startswith("https://") else "answerable"


def _kept_session(secret: str) -> sessions.StoredSession | None:
    with ledger().pool.connection() as conn:
        idle = timedelta(minutes=settings().session_idle)
        return sessions.good(conn, secret, clock.now(), idle)


def session() -> Session:
    """Return the session of the browser that asks."""
    return cast(Session, flask_session)


def proven_in_session() -> bool:
    """Return whether the person who signed in has recently proved who they are."""
    at = session().get("proven_at")
    return at is not None and clock.now() - datetime.fromisoformat(at) <= ANEW


class FormOfAnother(AnswerableError):
    """A form that did not come from a page of this session."""


def form() -> MultiDict[str, str]:
    """Return the sent form. Raise FormOfAnother if it does not come from a page shown to this
    session. A page of another site could otherwise send one through the browser of a person who is
    signed in."""
    sent = form_sent()
    of_this_session(sent.get("csrf_token"))
    return sent


def form_sent() -> MultiDict[str, str]:
    """Return the sent form, without checking where it comes from."""
    if request.mimetype != "application/x-www-form-urlencoded":
        raise UnsupportedMediaType("This takes the form of its page, and nothing else.")
    return request.form


def of_this_session(token: str | None) -> None:
    """Raise FormOfAnother if a token does not show that a form comes from a page of this
    session."""
    try:
        validate_csrf(token)
    except ValidationError:
        sentence = (
            "A write by a session has the header X-CSRF-Token, with what GET /api/me gives as "
            "`csrf`; nothing was done. Programs use a bearer token."
            if request.path.startswith("/api/")
            else "This was not sent from a page of this session, so nothing was done. Open the "
            "page again, and send it from there."
        )
        raise FormOfAnother(sentence) from None
