"""gunicorn runs as many processes as the settings say, which share the application; it says why it
does not start."""

import base64
import json
import socket

import pytest
import requests

from ledger import clock
from tests.api.site import as_owner
from tests.e2e.service import clean_environment
from tests.processes import SECONDS, Python, until

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

    assert "The database takes 197 connections, and the settings come to 239" in said
    assert "Lower one of the settings, or raise the database's max_connections" in said
    assert said.splitlines()[-2:] == ["20 asgi asyncio", "1 True 3000 3000"]


@pytest.mark.parametrize(
    "sent",
    [b"\0\1\r\n\r\n", b"GET / HTTP/9.9\r\n\r\n", b"GET / HTTP/1.1\r\nContent-Length: x\r\n\r\n"],
    ids=["no-request", "version", "length"],
)
def test_a_malformed_request_leaves_no_address_in_the_log(web, sent):
    place = web.url.removeprefix("http://").split(":")
    before = len(web.said())
    with socket.create_connection((place[0], int(place[1])), SECONDS) as connection:
        connection.sendall(sent)
        assert connection.recv(100).startswith(b"HTTP/1.1 400 ")
        ours = connection.getsockname()
    asked = {"X-Request-Id": f"after-{ours[1]}"}
    requests.get(f"{web.url}/api/reports", headers=asked, timeout=SECONDS)
    until(lambda: f"after-{ours[1]}" in web.said())

    assert ours[0] not in web.said()[before:]


def test_every_line_of_the_server_is_json_and_names_no_query_header_or_person(web):
    named = base64.b64encode(b"a\nforged\x1b[2J:x").decode()
    asked = {"Authorization": f"Basic {named}", "User-Agent": "b\x9b2J", "X-Request-Id": "asked"}
    answer = requests.get(f"{web.url}/api/reports?q=Jane+Roe", headers=asked, timeout=SECONDS)
    with web.follow():
        pass
    with as_owner(web.database) as owner:
        owner.execute(
            "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
    until(lambda: web.get("/api/reports").ok)

    parts = ("Booting worker", '"asked"', "discarding closed connection", "entries/stream")
    until(lambda: all(part in web.said() for part in parts))
    lines = [json.loads(line) for line in web.said().splitlines()]
    told = next(line for line in lines if line.get("request") == "asked")
    assert told.pop("timestamp") < clock.now().isoformat()
    assert 0 < told.pop("milliseconds") < 1000 * SECONDS
    assert told == {
        "event": "request",
        "level": "info",
        "logger": "gunicorn.access",
        "request": "asked",
        "route": "/api/reports",
        "method": "GET",
        "status": answer.status_code,
        "bytes": len(answer.content),
    }
    assert not [part for part in ("Jane", "forged", "2J", named) if part in web.said()]
