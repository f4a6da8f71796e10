"""An app with the pages alone, over a shelf of answers."""

from collections.abc import Iterator
from types import SimpleNamespace

import pytest
from flask import Flask, request
from flask.testing import FlaskClient
from werkzeug.serving import make_server

from api import reading, recording
from api.feeds import atom, calendar
from api.reading import bodies, changes, entry_page, error_pages, home, subjects, template_context
from api.requests import current
from api.requests.current import EXTENSION
from api.requests.errors import handle
from ledger.settings import Settings
from tests.api.town import COMPILED
from tests.conftest import served
from tests.pages.shelf import Asked, Shelf

_PAGES = (bodies, entry_page, error_pages, home, subjects, template_context)
_QUESTIONS = (
    "lists",
    "meetings",
    "overview",
    "pack",
    "recommendation_question",
    "register",
    "report_question",
    "response_question",
    "trail_question",
    "what_changed",
)


@pytest.fixture
def shelf() -> Shelf:
    return Shelf()


@pytest.fixture(scope="session")
def bare() -> Flask:
    """The app, made once: over nothing yet."""
    app = Flask("pages", static_folder=None)
    app.extensions[EXTENSION] = {"settings": Settings(public_url="https://answerable.example/")}
    reading.add(app)
    recording.add(app)
    for feed in (atom, calendar):  # pages lead to them
        app.register_blueprint(feed.blueprint)
    app.jinja_env.bytecode_cache = COMPILED
    handle(app, reading.error_page)
    return app


@pytest.fixture
def app(bare: Flask, shelf: Shelf, monkeypatch: pytest.MonkeyPatch) -> Flask:
    """An app with the pages alone, over the shelf."""

    def question() -> Asked:
        args = request.args
        return shelf.at(args.get("known_at") or None, args.get("effective_on") or None)

    def compared(since: str | None = None) -> tuple[Asked, SimpleNamespace]:
        args = request.args
        first = shelf.at(args.get("from") or since, "2025-10-24")
        second = shelf.at(
            args.get("to") or args.get("known_at") or None, args.get("effective_on") or None
        )
        return second, SimpleNamespace(first=first, second=second)

    for pages in _PAGES:
        monkeypatch.setattr(pages, "question", question)
        for questions in _QUESTIONS:
            if hasattr(pages, questions):
                monkeypatch.setattr(pages, questions, shelf)
    monkeypatch.setattr(changes, "present", question)
    monkeypatch.setattr(changes, "compared", compared)
    for questions in ("lists", "meetings", "what_changed"):
        monkeypatch.setattr(changes, questions, shelf)
    monkeypatch.setattr(current, "names_are_known", lambda asked: None)
    monkeypatch.setattr(home, "newest_seal", lambda: shelf.seal)
    monkeypatch.setattr(template_context, "seal_horizon", shelf.horizon)
    monkeypatch.setattr(current, "synthetic", lambda: shelf.synthetic)
    bare.extensions[EXTENSION] = {"settings": Settings(public_url="https://answerable.example/")}
    return bare


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    return app.test_client()


@pytest.fixture
def site(app: Flask) -> Iterator[str]:
    """The app, served for a browser: its address."""
    with served(make_server("127.0.0.1", 0, app, threaded=True)) as address:
        yield address
