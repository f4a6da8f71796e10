"""A log is served, followed and sealed under its own name: under another nothing starts."""

import json
import os

import pytest
from click.testing import CliRunner

from api.app import flask_app
from api.cli import main
from ledger.acts.decision import Notice
from ledger.acts.key import add_key
from ledger.acts.service import begin_synthetic
from ledger.application import Ledger
from ledger.events import KeyAdded
from ledger.postgres.connections import pool
from ledger.settings import Settings, SettingsError
from ledger.states.service import SETUP
from ledger.verify import note
from tests.api.site import an_app
from tests.e2e.service import clean_environment, free_port
from tests.processes import Python

pytestmark = pytest.mark.long

SAYS = (
    "ANSWERABLE_ORIGIN is other.example/log, and the log of this database is log.example/one: set "
    "ANSWERABLE_ORIGIN=log.example/one, or give other.example/log a database of its own."
)


@pytest.fixture
def log(begun_url):
    """A log that has a name: its address in the database."""
    with pool(begun_url, max_size=2) as connections:
        ledger = Ledger(connections, begun_url)
        ledger.record(
            SETUP, add_key, KeyAdded(vkey=note.generate("log.example/one").vkey), Notice()
        )
        ledger.record(
            SETUP, add_key, KeyAdded(vkey=note.generate("log.example/later").vkey), Notice()
        )
    return begun_url


def under_another_name(log, data):
    return {
        "ANSWERABLE_DATABASE_URL": log,
        "ANSWERABLE_ORIGIN": "other.example/log",
        "ANSWERABLE_DATA": str(data),
        "ANSWERABLE_WEB_PROCESSES": "1",
    }


@pytest.mark.parametrize(
    "command",
    [
        ["worker", "--only", "projector"],
        ["worker", "--only", "sealer"],
        ["run", "--port", f"{free_port()}"],
        ["key", "rotate"],
    ],
    ids=["projector", "sealer", "run", "key"],
)
def test_under_another_name_no_command_starts(log, tmp_path, command):
    done = CliRunner().invoke(main, command, env=under_another_name(log, tmp_path))

    assert done.exit_code == 1, done.output
    assert SAYS in done.stderr
    assert os.listdir(tmp_path) == []


def test_under_another_name_no_web_server_starts(log, tmp_path):
    server = ("gunicorn", "api.app:create_app()", "--config", "python:api.web")
    bound = ("--bind", f"127.0.0.1:{free_port()}", "--no-control-socket")
    given = clean_environment() | under_another_name(log, tmp_path)

    process = Python("-m", *server, *bound, env=given)
    said = process.says()

    assert process.returncode != 0
    assert SAYS in said
    assert os.listdir(tmp_path) == []


def test_under_its_own_name_or_before_it_has_one_the_site_is_served(log):
    settings = Settings(database_url=log, origin="log.example/one")

    with an_app(settings) as app:
        readiness = json.loads(app.test_client().get("/readyz").text)

    assert readiness["origin"] == {"set": "log.example/one", "log": "log.example/one"}
    settings.must_name(None)


def test_a_site_that_started_before_its_database_is_not_ready_under_another_name(log):
    with an_app(Settings(database_url=log, origin="log.example/one")) as app:
        served = app.extensions["answerable"]
        served["settings"] = Settings(database_url=log, origin="other.example/log")

        assert app.test_client().get("/readyz").status_code == 503


def test_a_name_that_is_set_is_refused_in_a_sentence():
    with pytest.raises(SettingsError, match=r"other\.example/log a database of its own"):
        Settings(origin="other.example/log").must_name("log.example/one")


@pytest.mark.parametrize(
    ("given", "address"),
    [
        ({}, "http://127.0.0.1:8000"),
        ({"port": 9000}, "http://127.0.0.1:9000"),
        ({"host": "0.0.0.0"}, "http://127.0.0.1:8000"),
        ({"host": "::1"}, "http://[::1]:8000"),
        ({"public_url": "https://answerable.example/"}, "https://answerable.example"),
    ],
)
def test_citations_have_the_address_that_is_set_or_else_listened_on(given, address):
    assert Settings(**given).address == address


@pytest.mark.parametrize("made_up", [True, False])
def test_every_answer_of_a_log_that_is_made_up_says_so_and_of_another_none_does(begun_url, made_up):
    with pool(begun_url, max_size=2) as connections:
        ledger = Ledger(connections, begun_url)
        if made_up:
            ledger.record(SETUP, begin_synthetic)
    settings = Settings(database_url=begun_url, origin="log.example/one")
    client = flask_app(settings).test_client()

    for address in ("/api/bodies", "/api/reports/none", "/readyz", "/help"):
        said = client.get(address).headers.get("Answerable-Synthetic")
        assert said == ("true" if made_up else None), address
