"""The web application: JSON and pages over one ledger."""

import os
import secrets
from functools import partial
from importlib.metadata import version
from typing import TYPE_CHECKING, Any

import psycopg
from flask import Flask
from psycopg import Cursor

from api import reading, recording, telemetry
from api.asgi import Served
from api.description import asyncapi
from api.description.openapi import Documented
from api.feeds import atom, calendar
from api.feeds.hub import Hub
from api.oidc.provider import Provider
from api.requests import answers, browser_sessions, callers, current, limits, parsing, questions
from api.requests.errors import handle
from api.requests.parsing import StrictJSON
from api.routes import (
    accounts,
    bodies,
    captures,
    changes,
    entries,
    exports,
    health,
    log,
    many_acts,
    meetings,
    recommendations,
    reports,
    responses,
    stream,
    subscriptions,
)
from ledger import diagnostics
from ledger import settings as given
from ledger.application import Ledger
from ledger.errors import LogUnreachable, Unreadable
from ledger.postgres.connections import WEB, pool
from ledger.seal.checkpoints import SealBell, Sealed
from ledger.seal.witnesses import Witnessed
from ledger.settings import Settings
from projections.waiting import Waits

if TYPE_CHECKING:
    from opentelemetry.sdk.trace import TracerProvider


def create_app() -> Served:
    """Make the application that gunicorn's `asgi` worker serves, from the environment: one for each
    process, after forking."""
    settings = given.load(os.environ)
    app = flask_app(settings, telemetry.provider(os.environ))
    hub: Hub = app.extensions[current.EXTENSION]["hub"]
    return Served(app, hub, settings.web_threads)


def flask_app(settings: Settings, spans: "TracerProvider | None" = None) -> Flask:
    """Make the application over the ledger of a database. Traces go to `spans`."""
    if settings.database_url is None:
        raise given.SettingsError(
            ["ANSWERABLE_DATABASE_URL is needed here; `answerable run` brings its own database."]
        )
    if settings.oidc_issuer is not None and settings.secret_key is None:
        raise given.SettingsError(
            ["ANSWERABLE_OIDC_ISSUER needs ANSWERABLE_SECRET_KEY beside it: it signs forms."]
        )
    app = prepared.pop() if prepared else _made()
    app.config["SECRET_KEY"] = settings.secret_key or secrets.token_hex(32)
    attach(app, settings, telemetry.cursors(spans))
    if spans is not None:
        app.wsgi_app = telemetry.requests(app.wsgi_app, spans)  # type: ignore[assignment,method-assign]
    _names_its_log(app, settings)
    limits.bound(app, settings)
    return app


prepared: list[Flask] = []
"""Applications without a ledger, kept for the next `flask_app`."""


def prepare() -> None:
    """Make an application without a ledger: its routes and their description. A server that calls
    this before forking makes it once, in memory shared by all processes."""
    if not prepared:
        prepared.append(_made())


def _made() -> Flask:
    """Return an application without a ledger."""
    app = Flask("api", static_folder=None)
    app.session_interface = browser_sessions.Sessions()
    app.json = StrictJSON(app)
    app.config.update(
        MAX_CONTENT_LENGTH=parsing.MOST_BYTES,
        MAX_FORM_MEMORY_SIZE=parsing.MOST_BYTES,
        WTF_CSRF_TIME_LIMIT=None,  # as long as the session
        API_TITLE="Answerable",
        API_VERSION=version("answerable"),
        OPENAPI_VERSION="3.1.0",
        OPENAPI_URL_PREFIX="/",
        OPENAPI_JSON_PATH="openapi.json",
    )
    app.url_map.merge_slashes = False  # else it would redirect to the host that a request names
    app.after_request(answers.finished)  # called last: these run in reverse order
    app.before_request(limits.count)
    app.after_request(limits.tell)
    app.before_request(parsing.received)
    app.before_request(parsing.read_address)
    app.before_request(callers.writes_need_an_account)
    app.before_request(parsing.read_body)
    app.before_request(current.read_names_of_bodies)
    app.teardown_request(questions.let_go)
    app.teardown_request(current.forget_names_of_bodies)
    app.wsgi_app = parsing.served(app.wsgi_app)  # type: ignore[assignment,method-assign]
    api = Documented(app, spec_kwargs=_SPEC)
    for blueprint in (
        reports.blueprint,
        recommendations.blueprint,
        exports.blueprint,
        responses.blueprint,
        responses.in_numbers,
        changes.blueprint,
        meetings.blueprint,
        entries.blueprint,
        many_acts.blueprint,
        reports.searches,
        stream.blueprint,
        atom.blueprint,
        calendar.blueprint,
        subscriptions.blueprint,
        captures.blueprint,
        accounts.blueprint,
        bodies.blueprint,
        reports.comparisons,
        log.blueprint,
    ):
        api.register_blueprint(blueprint)
    parsing.learn_names(app, api.spec.to_dict())
    app.register_blueprint(health.blueprint)
    app.register_blueprint(health.metrics_blueprint)
    app.register_blueprint(asyncapi.blueprint)
    app.register_blueprint(entries.schemas)
    reading.add(app)
    recording.add(app)
    api.finish(app)
    handle(app, reading.error_page)
    return app


def _names_its_log(app: Flask, settings: Settings) -> None:
    """Raise SettingsError if the log has another name than the settings. If the database does not
    answer yet, or has no readable log, /readyz asks it again."""
    ledger: Ledger = app.extensions[current.EXTENSION]["ledger"]
    try:
        service = ledger.service()
        origin = service.keys.origin
    except (psycopg.Error, LogUnreachable, Unreadable) as error:
        diagnostics.warning("the log's name is not known yet", why=str(error))
        return
    app.extensions[current.EXTENSION]["synthetic"] = service.synthetic
    settings.must_name(origin)


def attach(app: Flask, settings: Settings, cursors: type[Cursor[Any]] = Cursor) -> None:
    """Connect the application to the ledger of a database. The connections are opened here."""
    assert settings.database_url is not None
    of_a_pool = partial(pool, max_size=settings.connections, limits=WEB, cursors=cursors)
    connections = of_a_pool(settings.database_url)
    log = Ledger(connections, settings.database_url)
    if settings.read_database_url is not None:
        log.readers = of_a_pool(settings.read_database_url)
    sealed = Sealed(connections)
    bell = SealBell(sealed, settings.database_url)
    app.extensions[current.EXTENSION] = {
        "settings": settings,
        "ledger": log,
        "provider": Provider(settings) if settings.oidc_issuer is not None else None,
        "sealed": sealed,
        "witnessed": Witnessed(connections),
        "seal_bell": bell,
        "waits": Waits(settings.waits),
        "hub": Hub(
            bell, settings.web_streams, settings.streams_of_a_client, settings.stream_heartbeat
        ),
    }


_SPEC = {
    "info": {
        "description": "An event-sourced audit ledger for the recommendations that "
        "inspectorates make and the answers that public bodies owe. A read refuses a query "
        "parameter that it does not take (422, `unfit`).",
        "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
    },
}
