"""The context of a request: the ledger, the questions, the account that asks."""

import json
import re
import secrets
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from datetime import date, datetime, timedelta
from ipaddress import ip_address, ip_network
from typing import Any, cast

import psycopg
from flask import Flask, Request, Response, current_app, g, request
from flask import session as flask_session
from flask.sessions import SessionInterface, SessionMixin
from flask_wtf.csrf import validate_csrf
from psycopg.errors import ReadOnlySqlTransaction
from werkzeug.datastructures import MultiDict, WWWAuthenticate
from werkzeug.exceptions import Unauthorized, UnsupportedMediaType
from wtforms import ValidationError

from api.oidc import Provider
from api.requests.parsing import READS, by_a_machine
from api.store import sessions, tokens
from ledger import clock
from ledger.application import Ledger
from ledger.dates import london_date
from ledger.errors import AnswerableError, Fault, NotAllowed, Refused, Unfit
from ledger.postgres.connections import retried
from ledger.seal.checkpoints import SealBell, Sealed
from ledger.seal.witnesses import Witnessed
from ledger.settings import Settings
from ledger.states.service import Account
from projections.as_of import as_far_as
from projections.head import head
from projections.questions.filters import check_names
from projections.questions.question import Question, asking
from projections.questions.span import Between, between
from projections.tables import schemas
from projections.waiting import NotThereYet, Waits

EXTENSION = "answerable"


def settings() -> Settings:
    """Return the settings that the application was made with."""
    return cast(Settings, current_app.extensions[EXTENSION]["settings"])


def ledger() -> Ledger:
    """Return the ledger of this process."""
    return cast(Ledger, current_app.extensions[EXTENSION]["ledger"])


def synthetic() -> bool:
    """Return whether the log is made up. The answer never changes, so the process remembers it,
    even while the log can't be reached."""
    kept = current_app.extensions[EXTENSION]
    if not kept.get("synthetic"):
        with suppress(AnswerableError, psycopg.Error):
            begun = cast(Question | None, g.get("question", g.get("now")))
            service = ledger().service() if begun is None else begun.log.latest_service()
            kept["synthetic"] = service.synthetic
    return bool(kept.get("synthetic"))


def sealed() -> Sealed:
    """Return the sealed part of the log."""
    return cast(Sealed, current_app.extensions[EXTENSION]["sealed"])


def witnessed() -> Witnessed:
    """Return the witnesses' cosignatures and time stamps."""
    return cast(Witnessed, current_app.extensions[EXTENSION]["witnessed"])


def waits() -> Waits:
    """Return the places for requests of this process that wait."""
    return cast(Waits, current_app.extensions[EXTENSION]["waits"])


def is_sealed(position: int) -> bool:
    """Wait until the entry at a position is sealed, for as long as the settings say. Return whether
    it is.

    No request waits while the sealer is stuck or absent. Only a few requests wait longer than a
    moment.
    """
    bell = cast(SealBell, current_app.extensions[EXTENSION]["seal_bell"])
    return waits().wait(lambda seconds: bell.wait_for(position, seconds), settings().receipt_wait)


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


def provider() -> Provider | None:
    """Return the provider of sign-in, or None."""
    return cast(Provider | None, current_app.extensions[EXTENSION].get("provider"))


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


ANEW = timedelta(minutes=10)
"""How old a proof of identity may be for an act that cannot be undone or lets others in."""


def proven() -> bool:
    """Return whether the requester has recently proved who they are. A token is its own proof."""
    return not by_session() or proven_in_session()


def proven_in_session() -> bool:
    """Return whether the person who signed in has recently proved who they are."""
    at = session().get("proven_at")
    return at is not None and clock.now() - datetime.fromisoformat(at) <= ANEW


def needs_proof() -> None:
    """Raise SignInAnew if the requester's last proof of identity is too old."""
    if not proven():
        raise SignInAnew(
            "To redact a text, and to change accounts, scopes, keys, the register or rules, sign "
            "in again: it was more than ten minutes ago that you proved who you are."
        )


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


def models_are_there() -> bool:
    """Return whether the read models exist in the shape that this version reads."""
    with ledger().pool.connection() as conn:
        return schemas.are_ours(conn)


_MOMENTS = {"known_at", "effective_on", "min_position", "from", "to", "since_meeting"}


def filters(asked: Mapping[str, Any]) -> dict[str, Any]:
    """Return the filters of a list's request: all fields but its moments and empty ones. Raise
    Unfit if it names a body or a report that does not exist."""
    names_are_known(asked)
    return {name: value for name, value in asked.items() if name not in _MOMENTS and value != ""}


def names_are_known(asked: Mapping[str, Any]) -> None:
    """Raise Unfit if a request names a body or a report that does not exist."""
    check_names(ledger(), asked)


def of_this_log(asked: Mapping[str, Any]) -> None:
    """Raise Refused for a position of another log, since positions of two logs cannot be
    compared."""
    ours, theirs = settings().origin, asked.get("origin")
    if theirs and theirs != ours:
        raise Refused(
            "another-log",
            f"This log is {ours}, not {theirs[:200]}: your position is of that one. Read this one "
            "from its beginning (after=0).",
        )


def question() -> Question:
    """Return the request's question at its two dates, after waiting for its `min_position`. There
    is one for each request; its connection is released when the request ends."""
    if "question" not in g:
        g.question = _begin(asked("known_at"), asked("effective_on"))
    return cast(Question, g.question)


def _begin(known_at: str | None = None, effective_on: str | None = None) -> Question:
    g.asking = asking(
        ledger(),
        account(),
        known_at,
        effective_on,
        min_position=_min_position(),
        patience=settings().follow_wait,
        waits=waits(),
    )
    return cast(Question, g.asking.__enter__())


def let_go(_: BaseException | None) -> None:
    """Give back the connection of the request's question, if it asked one."""
    if (begun := g.pop("asking", None)) is not None:
        begun.__exit__(None, None, None)


def question_sealed() -> Question:
    """Return a question about what is sealed, which alone leaves as entries.

    A question about a position or moment waits for its seal. Where no sealer ever signed, the
    horizon is the log's end.
    """
    wanted, horizon = question(), sealed().size()
    asked_for = wanted.when
    if horizon == 0 or asked_for.position <= horizon:
        return wanted
    least = asked_for.position if asked_for.known_at is not None else _min_position()
    if least > horizon:
        if not is_sealed(least):
            raise NotThereYet(f"The log is sealed up to {horizon}, not yet to {least}. Try again.")
        horizon = sealed().size()
    if horizon < asked_for.position:
        return wanted.at(as_far_as(wanted.conn, asked_for, horizon))
    return wanted


def asked(name: str) -> str | None:
    """Return the value of a name in the address; None for an empty field of a form."""
    return request.args.get(name) or None


def present() -> Question:
    """Return the question as known now, for a request about two moments."""
    if "now" not in g:
        g.now = _begin()
    return cast(Question, g.now)


def compared(since: str | None = None) -> tuple[Question, Between]:
    """Return the question at the second of the request's two moments, and the span, after waiting
    for its `min_position`. `since` stands for the first moment if the request gives none.
    `known_at` is another name of `to`."""
    until, known_at = asked("to"), asked("known_at")
    if until is not None and known_at is not None and until != known_at:
        sentence = "to and known_at are one thing here: give one of them."
        raise Unfit(sentence, Fault("to", sentence))
    now = present()
    found = between(
        now.conn,
        now.now or head(now.conn),
        since=asked("from") or since,
        until=until or known_at,
        effective_on=asked("effective_on"),
        since_meeting=asked("since_meeting"),
        patience=now.patience,
        waits=now.waits,
    )
    return now.at(found.second), found


def _min_position() -> int:
    given = asked("min_position")
    if given is None:
        return 0
    if not re.fullmatch(r"[0-9]{1,16}", given):
        sentence = f"“{given[:80]}” is no position: give min_position as a whole number."
        raise Unfit(sentence, Fault("min_position", sentence))
    return int(given)


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
