"""A site to test in: a log that is set up, accounts with tokens, the app, a clock that can be set.

The clock is the one thing set from outside: PostgreSQL's function that reads it, in the site's own
database, and our own. A day such as 24 November 2025 is today.
"""

import asyncio
import json
from collections.abc import Collection, Coroutine, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from functools import cache, cached_property
from importlib import import_module
from io import BytesIO
from itertools import count
from pathlib import Path
from threading import Lock
from typing import Any, TypeVar
from urllib.parse import parse_qs, urlencode, urlsplit

import psycopg
import pytest
from flask import Flask, Response, request
from flask.testing import FlaskClient
from jinja2 import FileSystemBytecodeCache
from werkzeug.datastructures import FileStorage
from werkzeug.test import TestResponse, encode_multipart

from api.app import attach, flask_app
from api.asgi import Message, Served
from api.description.openapi import Documented, path_of
from api.requests import current
from api.store import tokens
from ledger import clock
from ledger.acts.capture import keep_capture, received
from ledger.acts.decision import Notice
from ledger.acts.keeping import keep_record_here
from ledger.acts.service import grant_scope, open_account, set_up
from ledger.application import Ledger
from ledger.events import AccountOpened, ScopeGranted
from ledger.events.service import Scope
from ledger.log.follower import Follower
from ledger.postgres.connections import connect, pool
from ledger.register import shipped_bodies, shipped_rules, shipped_successions
from ledger.settings import Settings
from ledger.states.service import SETUP, Account
from ledger.verify.tree import WIDTH
from projections.read_models import projector, schemas
from projections.waiting import Wait, Waits

Said = TypeVar("Said")
SET_UP = "2017-01-02"
TODAY = "2025-11-24"
PAGE = {"url": "https://hmicfrs.example/report"}
NOTE = {"note": "e-mail of 3 March"}
PFCC, FORCE = "cumbria-pfcc", "cumbria-constabulary"
ACCOUNTS: dict[str, tuple[str, str | None, tuple[Scope, ...]]] = {
    "clerk": ("cumbria-pfcc/clerk", PFCC, ("record",)),
    "clerk_2": ("cumbria-pfcc/clerk-2", PFCC, ("record",)),
    "hmicfrs": ("hmicfrs/editor", "hmicfrs", ("record",)),
    "prisons": ("hmi-prisons/editor", "hmi-prisons", ("record",)),
    "force": ("cumbria-constabulary/audit", FORCE, ("record",)),
    "dorset": ("dorset-pcc/clerk", "dorset-pcc", ("record",)),
    "panel": (
        "cumbria-police-fire-and-crime-panel/officer",
        "cumbria-police-fire-and-crime-panel",
        ("record",),
    ),
    "admin": ("service/keeper", None, ("admin",)),
    "auditor": ("service/auditor", None, ("office",)),
    "reader": ("cumbria-pfcc/reader", PFCC, ("office",)),
    "integrator": ("service/integrator", None, ("subscribe",)),
}
"""The accounts by who acts: the account's name, its body, its scopes."""

validator_for: Any = import_module("jsonschema_rs").validator_for
_kept = Path(__file__).parents[2] / ".pytest_cache" / "templates"
_kept.mkdir(parents=True, exist_ok=True)
COMPILED = FileSystemBytecodeCache(str(_kept))
"""The compiled templates, for all processes of a test run: each would take two seconds."""
_real_now = clock.now
_free: list[Flask] = []
"""Applications of sites that are closed, for the next ones."""


class Clock:
    """The clock of a site, which goes on from whatever it was set to."""

    def __init__(self, owner: psycopg.Connection) -> None:
        """It is set over this connection of the owner, which is open while it is."""
        self._owner = owner
        self._can_be_set = False
        self.ahead = timedelta()

    def set(self, moment: str) -> None:
        """Set it to a moment, or to noon of a day (UTC)."""
        instant = datetime.fromisoformat(moment if "T" in moment else f"{moment}T12:00:00+00:00")
        self.ahead = instant - _real_now()
        seconds = self.ahead.total_seconds()
        if not self._can_be_set:
            self._begin()
        self._owner.execute(
            "CREATE OR REPLACE FUNCTION pg_catalog.clock_timestamp() RETURNS timestamptz"
            " VOLATILE LANGUAGE sql"
            f" AS $$ SELECT real_clock() + interval '{seconds:.6f} seconds' $$".encode()
        )

    @contextmanager
    def set_back(self, by: timedelta) -> Iterator[None]:
        """Meanwhile it is so far behind the last entry; not at all where that is no time."""
        if not by:
            yield
            return
        last = self._owner.execute(
            "SELECT recorded_at FROM ledger.entries ORDER BY position DESC LIMIT 1"
        ).fetchone()
        assert last is not None
        before = self.ahead
        self.set((last[0] - by).isoformat())
        try:
            yield
        finally:
            self.set((_real_now() + before).isoformat())

    def _begin(self) -> None:
        """Put PostgreSQL's own function aside, unless this was done in the database before."""
        self._owner.execute("SET allow_system_table_mods = on")
        there = self._owner.execute("SELECT to_regproc('pg_catalog.real_clock')").fetchone()
        if there == (None,):
            self._owner.execute("ALTER FUNCTION pg_catalog.clock_timestamp() RENAME TO real_clock")
        self._can_be_set = True

    def now(self) -> datetime:
        return (_real_now() + self.ahead).astimezone(UTC)


def as_owner(url: str) -> psycopg.Connection:
    """A connection of the database's owner, each statement by itself."""
    return psycopg.connect(url, autocommit=True)


class NobodyWaits(Waits):
    """In the place of the waits of an application: who would wait for anything gets a fault."""

    def __init__(self) -> None:
        super().__init__(None)

    def wait(self, until: Wait, seconds: float) -> bool:
        assert until(0), f"it waits {seconds} s"
        return True


@dataclass
class Caller:
    """Somebody who asks and records over HTTP."""

    client: FlaskClient
    token: str | None = None

    def _headers(self, more: dict[str, str] | None) -> dict[str, str]:
        """Each request has the same id, so that refusals can be compared."""
        mine = {"Authorization": f"Bearer {self.token}"} if self.token else {}
        return mine | {"X-Request-Id": "of-the-site"} | (more or {})

    def get(self, path: str, headers: dict[str, str] | None = None, **asked: Any) -> TestResponse:
        if asked and "?" in path:
            path, _, given = path.partition("?")
            asked = parse_qs(given, keep_blank_values=True) | asked
        return self.client.get(path, query_string=asked or None, headers=self._headers(headers))

    def post(self, path: str, body: Any, headers: dict[str, str] | None = None) -> TestResponse:
        return self.client.post(path, json=body, headers=self._headers(headers))

    def send(self, path: str, data: bytes, content_type: str = "application/json") -> TestResponse:
        """Post bytes as they are."""
        headers = self._headers({"Content-Type": content_type})
        return self.client.post(path, data=data, headers=headers)

    def upload(
        self,
        body: bytes,
        name: str = "page.html",
        headers: dict[str, str] | None = None,
        **fields: str,
    ) -> TestResponse:
        """Send bytes to keep, as a form in a browser does."""
        file = FileStorage(BytesIO(body), name)
        boundary, form = encode_multipart({**fields, "file": file})
        more = {"Content-Type": f"multipart/form-data; boundary={boundary}"} | (headers or {})
        return self.client.post("/api/captures", data=form, headers=self._headers(more))

    def records(
        self, path: str, body: Any, headers: dict[str, str] | None = None
    ) -> dict[str, Any]:
        """The answer to a write that succeeds."""
        answer = self.post(path, body, headers)
        assert answer.status_code == 201, answer.text
        return json_of(answer)

    def act(self, path: str, body: Any) -> str:
        """Record an act: the id of its entry."""
        recorded: str = self.records(path, body)["event"]["id"]
        return recorded

    def reads(self, path: str, **asked: Any) -> dict[str, Any]:
        """The answer to a question that succeeds."""
        answer = self.get(path, **asked)
        assert answer.status_code == 200, answer.text
        return json_of(answer)


@dataclass(frozen=True)
class Published:
    """A report that was published for a test, with its first recommendation to the force."""

    reference: str
    answer: dict[str, Any]

    @property
    def path(self) -> str:
        return f"/api/reports/{self.reference}"

    @property
    def recommendation(self) -> str:
        return f"/api/recommendations/{self.reference}/02/{FORCE}"

    @property
    def response(self) -> str:
        return f"/api/responses/{self.reference}/{PFCC}"

    def entry(self, topic: str) -> str:
        """The id of the first entry of a type that publishing it made."""
        found: str = next(one["id"] for one in self.answer["events"] if one["type"] == topic)
        return found


@dataclass
class Site:
    """One log, its app and the tokens of its accounts."""

    url: str
    app: Flask
    follower: Follower
    clock: Clock
    tokens: dict[str, str]
    owner: psycopg.Connection
    """The owner's connection, which looks into the database and sets its clock."""
    follows: bool = True
    """Read models catch up before anybody asks, as those of a service do, unless this is False."""
    fuzzed: "Published | None" = None
    """The report that everything is thrown at."""
    _numbers: Iterator[int] = field(default_factory=lambda: count(1))
    _days: Iterator[int] = field(default_factory=count)

    def caller(self, who: str | None = None) -> Caller:
        return Caller(self.app.test_client(), self.tokens[who] if who else None)

    def account(self, name: str, body: str | None, *scopes: Scope) -> Caller:
        """Open an account with a token; return its caller."""
        self.ledger.record(SETUP, open_account, AccountOpened(account=name, body=body), Notice())
        for scope in scopes:
            self.ledger.record(
                SETUP, grant_scope, ScopeGranted(account=name, scope=scope), Notice()
            )
        with self.ledger.pool.connection() as conn:
            self.tokens[name] = tokens.create(conn, name, scopes, None)[1]
        return self.caller(name)

    def __post_init__(self) -> None:
        self._catching_up = Lock()
        self.app.test_client_class = _following(self)

    @contextmanager
    def behind(self) -> Iterator[None]:
        """The read models stay where they are, unless a test catches up."""
        self.follows = False
        try:
            yield
        finally:
            self.follows = True

    @cached_property
    def clerk(self) -> Caller:
        return self.caller("clerk")

    @cached_property
    def hmicfrs(self) -> Caller:
        return self.caller("hmicfrs")

    @cached_property
    def force(self) -> Caller:
        return self.caller("force")

    @cached_property
    def dorset(self) -> Caller:
        return self.caller("dorset")

    @cached_property
    def panel(self) -> Caller:
        return self.caller("panel")

    @cached_property
    def admin(self) -> Caller:
        return self.caller("admin")

    @cached_property
    def auditor(self) -> Caller:
        return self.caller("auditor")

    @cached_property
    def anybody(self) -> Caller:
        return self.caller()

    @property
    def ledger(self) -> Ledger:
        found = self.app.extensions[current.EXTENSION]["ledger"]
        assert isinstance(found, Ledger)
        return found

    @property
    def position(self) -> int:
        """The position of the last entry."""
        return self.ledger.log.max_notification_id() or 0

    def title(self) -> str:
        """A title that no report has yet."""
        return f"An inspection of custody {next(self._numbers)}"

    def meeting(self) -> str:
        """A day on which nobody else has the panel meet, before every day that a test names."""
        return f"{date(2024, 1, 1) + timedelta(next(self._days))}"

    def report(self, **changed: Any) -> dict[str, Any]:
        """Return a request to publish a report."""
        return {
            "title": self.title(),
            "kind": "national_thematic",
            "publisher": "hmicfrs",
            "published_on": "2025-05-16",
            "bodies": [PFCC],
            "source": PAGE,
            "recommendations": [recommendation()],
        } | changed

    def publish(self, by: Caller | None = None, **changed: Any) -> Published:
        """A report that is published, by the clerk unless it is said who else does."""
        answer = (by or self.clerk).records("/api/reports", self.report(**changed))
        return Published(answer["event"]["stream"].removeprefix("report/"), answer)

    def publish_many(self) -> Published:
        """One with 200 recommendations: a log that began with few bodies has two tiles then."""
        many = [recommendation(str(number)) for number in range(2, 202)]
        published = self.publish(recommendations=many)
        assert self.position > WIDTH
        return published

    def capture(
        self,
        body: bytes = b"<p>The page</p>",
        url: str = PAGE["url"],
        by: Caller | None = None,
    ) -> str:
        """The id of a capture of bytes that somebody sent now: the clerk, unless it is said who."""
        answer = (by or self.clerk).upload(body, url=url)
        assert answer.status_code == 201, answer.text
        return answer.headers["Location"].rpartition("/")[2]

    def own_page(self) -> dict[str, str]:
        """A source that is the publisher's own word: a page that its account sent."""
        return {"capture": self.capture(by=self.hmicfrs)}

    def fetched(self, url: str, body: bytes = b"<p>The page</p>", host: str | None = None) -> str:
        """The id of a capture of a page that this service asked for, as `answerable capture` keeps
        it: of the host in its address, unless another answered."""
        name, body_, scopes = ACCOUNTS["clerk"]
        came = received(body, url, host=host or urlsplit(url).netloc)
        kept = self.ledger.record(
            Account(name, body_, frozenset(scopes)), keep_capture, came, Notice()
        )
        return kept.entries[0].stream.removeprefix("capture/")

    def refuses(
        self,
        by: Caller,
        path: str,
        body: Any,
        kind: str,
        says: str,
        *,
        status: int = 409,
        headers: dict[str, str] | None = None,
    ) -> dict[str, Any]:
        """Post what is refused, by a rule (409) or else: the problem. Nothing is recorded."""
        before = self.position
        answer = by.post(path, body, headers)
        problem = problem_of(answer, status, f"refused:{kind}" if status == 409 else kind)
        assert says in problem["detail"], problem["detail"]
        assert self.position == before, "something was recorded"
        return problem

    def catch_up(self) -> None:
        """Bring the read models to the end of the log, for one thread at a time."""
        with self._catching_up:
            self.follower.catch_up()

    def rows(self, query: str, *parameters: Any) -> list[Any]:
        return self.owner.execute(query.encode(), parameters).fetchall()


def _following(site: Site) -> type[FlaskClient]:
    """Return the clients of a site, whose read models follow. An act is decided by the log alone:
    what a program records waits for nothing."""

    class Following(FlaskClient):
        def open(self, *args: Any, **more: Any) -> TestResponse:
            records = more.get("method") == "POST" and str(args[0]).startswith("/api/")
            if site.follows and not records:
                site.catch_up()
            return super().open(*args, **more)

    return Following


def json_of(answer: TestResponse) -> dict[str, Any]:
    """The object that an answer is."""
    found: Any = answer.json
    assert isinstance(found, dict)
    return found


def said(answer: TestResponse) -> Any:
    """Return what an answer says, without the name that a problem has of its own: the bytes of a
    success, the fields of a problem, the status of a page that says what is wrong."""
    if answer.status_code < 400:
        return answer.data
    return {**json_of(answer), "request_id": None} if answer.is_json else answer.status_code


def streamed(caller: Caller, upto: int, **asked: Any) -> bytes:
    """Return the bytes that a follower is sent of the stream of entries, up to one of them, by the
    application as gunicorn's loop calls it."""
    app = caller.client.application
    served = Served(app, app.extensions[current.EXTENSION]["hub"], 2)
    token = [(b"authorization", f"Bearer {caller.token}".encode())] if caller.token else []
    path = b"/api/entries/stream"
    scope = {
        "type": "http",
        "method": "GET",
        "scheme": "http",
        "http_version": "1.1",
        "path": path.decode(),
        "raw_path": path,
        "headers": token,
        "query_string": urlencode(asked, doseq=True).encode(),
        "client": ("127.0.0.1", 1),
    }
    return in_a_loop(_streamed(served, scope, f"id: {upto}\n".encode()))


def in_a_loop(what: Coroutine[Any, Any, Said]) -> Said:
    """Run a coroutine to its end in a thread of its own: that of a test may have a loop already,
    which drives a browser."""
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(asyncio.run, what).result()


async def _streamed(served: Served, scope: dict[str, Any], last: bytes) -> bytes:
    said, came = bytearray(), asyncio.Event()

    async def send(message: Message) -> None:
        assert message.get("status", 200) == 200, message
        said.extend(message.get("body", b""))
        if last in said or not message.get("more_body", True):
            came.set()

    async def receive() -> Message:
        raise AssertionError("it has no body")

    task = asyncio.create_task(served(scope, receive, send))
    await came.wait()
    task.cancel()
    await asyncio.wait([task])
    return bytes(said)


def problem_of(answer: TestResponse, status: int, kind: str) -> dict[str, Any]:
    """The problem (RFC 9457) that an answer is."""
    assert answer.status_code == status, answer.text
    assert answer.mimetype == "application/problem+json"
    problem = json_of(answer)
    assert problem["type"] == f"urn:answerable:problem:{kind}", problem
    assert problem["status"] == status
    assert problem["title"]
    assert problem["detail"]
    return problem


def recommendation(number: str = "02", **changed: Any) -> dict[str, Any]:
    """A recommendation to the force, as a request to publish a report lists it."""
    return {
        "number": number,
        "text": f"By the spring, do what recommendation {number} says.",
        "addressees": [FORCE],
    } | changed


def explanation(number: str = "2", **changed: Any) -> dict[str, Any]:
    """Return what a statement says of a recommendation."""
    return {
        "number": number,
        "addressee": FORCE,
        "how": "named",
        "stance": "proposed",
        "text": f"On recommendation {number} I will seek assurance.",
    } | changed


def statement(published_on: str | None = "2025-07-10", **changed: Any) -> dict[str, Any]:
    """Return a request to publish a statement."""
    return {
        "published_on": published_on,
        "text": "I welcome this report.",
        "explanations": [explanation()],
    } | changed


def found(url: str, areas: Collection[str] = (), *, keeps: bool = False) -> dict[str, str]:
    """Set a migrated database up as a site, with the bodies of the whole country, or those of some
    areas and the inspectorates; return the tokens of its accounts. `keeps`: whether its office
    says that it keeps its record here, so that silence is a breach."""
    bodies, successions = shipped_bodies(), shipped_successions()
    if areas:
        bodies = tuple(x for x in bodies if x.area in areas or x.kind == "inspectorate")
        successions = tuple(x for x in successions if x.event.id in {one.id for one in bodies})
    given = {}
    with pool(url) as connections:
        ledger = Ledger(connections, url)
        ledger.record(SETUP, set_up, bodies, shipped_rules(), successions)
        for who, (name, body, scopes) in ACCOUNTS.items():
            ledger.record(SETUP, open_account, AccountOpened(account=name, body=body), Notice())
            for scope in scopes:
                event = ScopeGranted(account=name, scope=scope)
                ledger.record(SETUP, grant_scope, event, Notice())
            with connections.connection() as conn:
                given[who] = tokens.create(conn, name, scopes, None)[1]
        if keeps:
            clerk = ledger.account(ACCOUNTS["clerk"][0])
            ledger.record(clerk, keep_record_here, PFCC, Notice(), since="2005-01-01")
    with connect(url, autocommit=True) as conn:
        schemas.prepare(conn)
    follower = projector.follower(url)
    follower.catch_up()
    follower.close()
    return given


@contextmanager
def founding(
    url: str, areas: Collection[str] = (), *, keeps: bool = False
) -> Iterator[dict[str, str]]:
    """The same, by the clock of the site."""
    with pytest.MonkeyPatch.context() as patch, as_owner(url) as owner:
        site_clock = Clock(owner)
        site_clock.set(SET_UP)
        patch.setattr(clock, "now", site_clock.now)
        patch.setattr(clock, "latest", site_clock.now)
        yield found(url, areas, keeps=keeps)


@contextmanager
def opened(url: str, given: dict[str, str]) -> Iterator[Site]:
    """The site of a database that was set up as one."""
    with an_app(settings_of(url)) as app, as_owner(url) as owner:
        app.testing = False  # errors answer as they do in service
        follower = projector.follower(url)
        site = Site(url, app, follower, Clock(owner), given, owner)
        site.clock.set(TODAY)
        try:
            yield site
        finally:
            follower.close()


def settings_of(url: str) -> Settings:
    """Return settings by which no request waits: a test itself follows or seals."""
    return Settings(database_url=url, origin="log.example/town", follow_wait=0, receipt_wait=0)


@contextmanager
def an_app(settings: Settings) -> Iterator[Flask]:
    """Put an application over a database, and close its connections afterwards. One that was made
    for another database is used again: its routes and their description are the same."""
    app = _free.pop() if _free else described(flask_app(settings))
    app.jinja_env.bytecode_cache = COMPILED
    if app.extensions[current.EXTENSION]["settings"] is not settings:
        attach(app, settings)
    try:
        yield app
    finally:
        log = app.extensions[current.EXTENSION]["ledger"]
        log.pool.close()
        log.readers.close()
        app.test_client_class = None  # the next one's clients catch up with its own site
        _free.append(app)


def described(app: Flask) -> Flask:
    """The application, which holds each of its answers of JSON to its own OpenAPI text: its fields
    are those that are named there, and no others."""
    api = _described_by(app)
    if not _document:
        _document.update(api.of_all)

    @app.after_request
    def fits(answer: Response) -> Response:
        rule, method, media = request.url_rule, request.method.lower(), answer.mimetype or ""
        method = "get" if method == "head" else method
        if rule is None or not media.endswith("json") or not api.describes(rule, method):
            return answer
        if answer.status_code == 304:  # it has no body
            return answer
        operation = api.operation_id(path_of(rule), method)
        fitting = _validator(operation, str(answer.status_code), media)
        if media != "application/x-ndjson" and fitting is not None and request.method != "HEAD":
            fault = next(fitting.iter_errors(answer.json), None)
            assert fault is None, f"{operation}, {answer.status_code}: {fault}"
        return answer

    return app


_document: dict[str, Any] = {}
"""The OpenAPI text, which is the same for every application of a process."""


def _described_by(app: Flask) -> Documented:
    api: Documented = app.extensions["flask-smorest"]["apis"][""]["ext_obj"]
    return api


@cache
def _validator(operation: str, status: str, media: str) -> Any:
    """Return the validator that holds an answer to its schema; None for a file, which is bytes
    whatever its form is."""
    answers = next(
        one["responses"]
        for item in _document["paths"].values()
        for one in item.values()
        if one["operationId"] == operation
    )
    answer = answers.get(status, answers["default"])
    if "$ref" in answer:
        answer = _document["components"]["responses"][answer["$ref"].rpartition("/")[2]]
    schema = answer["content"][media]["schema"]
    return None if schema.get("type") == "string" else _fitting(json.dumps(schema))


@cache
def _fitting(given: str) -> Any:
    """Return the validator of a schema, which many operations share: each has the same problems."""
    schema: dict[str, Any] = json.loads(given)
    parts: dict[str, Any] = {}
    names = [*_named(schema)]
    while names:
        if (name := names.pop()) not in parts:
            parts[name], more = _part(name)
            names += more
    return validator_for({"components": {"schemas": parts}, **schema}, validate_formats=True)


@cache
def _part(name: str) -> tuple[Any, frozenset[str]]:
    """Return a schema of the components, closed, and the names of those that it refers to. With all
    components, a validator would take twenty times as long to make, and 8 MB."""
    schema = closed(_document["components"]["schemas"][name])
    return schema, frozenset(_named(schema))


def _named(schema: Any) -> Iterator[str]:
    """Yield the names of the components that a schema refers to."""
    if isinstance(schema, dict) and "$ref" in schema:
        yield schema["$ref"].rpartition("/")[2]
    for one in schema.values() if isinstance(schema, dict) else schema:
        if isinstance(one, dict | list):
            yield from _named(one)


def closed(schema: Any) -> Any:
    """A schema of objects that have no other field than is named."""
    if isinstance(schema, list):
        return [closed(one) for one in schema]
    if not isinstance(schema, dict):
        return schema
    found = {name: closed(one) for name, one in schema.items()}
    if isinstance(schema.get("properties"), dict) and schema.get("type") == "object":
        found.setdefault("additionalProperties", False)
    return found


@contextmanager
def by_its_clock(site: Site) -> Iterator[Site]:
    """The site, with our clock going by its own."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(clock, "now", site.clock.now)
        patch.setattr(clock, "latest", site.clock.now)
        yield site
