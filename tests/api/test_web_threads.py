"""gunicorn runs as many processes as the settings say, which share the application; it says why it
does not start."""

import base64

import requests

from tests.e2e.service import clean_environment
from tests.processes import Python, until

STARTS = """
from resource import RLIMIT_NOFILE, getrlimit, setrlimit
import gc
import api.app, api.web
from ledger.settings import SettingsError

setrlimit(RLIMIT_NOFILE, (256, 3000))
try:
    api.web.on_starting(None)
except SettingsError as error:
    print(error)
print(api.web.workers, api.web.worker_class, api.web.asgi_loop)
print(len(api.app.prepared), gc.get_threshold() == api.web.GARBAGE, *getrlimit(RLIMIT_NOFILE))
api.web.on_exit(None)
"""
"""What gunicorn does before there are processes, with the configuration that it is given."""


def test_before_there_are_processes_all_is_made_that_they_share_and_too_many_are_refused(site):
    given = {"ANSWERABLE_DATABASE_URL": site.url, "ANSWERABLE_WEB_PROCESSES": "20"}
    said = Python("-c", STARTS, env=clean_environment() | given).says()

    assert "The database takes 197 connections, and the settings come to 235" in said
    assert "Lower one of the settings, or raise the database's max_connections" in said
    assert said.splitlines()[-2:] == ["20 asgi asyncio", "1 True 3000 3000"]


def test_a_client_writes_no_line_into_the_access_log_or_a_terminal(web):
    name = base64.b64encode(b"a\n127.0.0.1 - forged\x1b[2J\xc2\x9b2J:x").decode()
    asked = {"Authorization": f"Basic {name}", "User-Agent": "b\x9b2J"}
    requests.get(f"{web.url}/healthz?forged", headers=asked, timeout=60)

    until(lambda: "/healthz?forged" in web.said())  # it is written after the answer
    lines = [line for line in web.said().split("\n") if "/healthz?forged" in line]
    assert len(lines) == 1
    assert lines[0].isprintable()
    assert r"a\n127.0.0.1 - forged\x1b[2J\x9b2J" in lines[0]
