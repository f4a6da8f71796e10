"""What whoever runs the service, or a proxy before it, expects of HTTP: from a real gunicorn."""

import json
import re
import socket
from collections.abc import Iterator
from urllib.parse import urlsplit

import psycopg
import pytest
import requests

from ledger import clock
from tests.api.conftest import TEMPLATE
from tests.api.reading import SECONDS, Web, serving
from tests.api.town import Clock, problem_of
from tests.conftest import new_database

ORIGIN = "log.example/town"
TRACE = "0af7651916cd43dd8448eb211c80319c"


@pytest.fixture(scope="module")
def web(postgres, people: dict[str, str]) -> Iterator[Web]:
    with new_database(postgres, TEMPLATE) as url:
        Clock(url).set(clock.now().isoformat())
        with serving(url, ORIGIN) as web:
            yield web


def raw(web: Web, sent: bytes) -> tuple[int, dict[str, str], bytes]:
    """What is answered to these bytes: status, headers in small letters, body."""
    place = urlsplit(web.url)
    with socket.create_connection((place.hostname, place.port), timeout=SECONDS) as line:
        line.sendall(sent)
        came = b""
        while more := line.recv(65536):
            came += more
    head, _, body = came.partition(b"\r\n\r\n")
    first, *lines = head.decode("latin-1").split("\r\n")
    return int(first.split()[1]), {k.lower(): v for k, v in (x.split(": ", 1) for x in lines)}, body


# The request's id


@pytest.mark.parametrize("path", ["/", "/api/reports", "/api/nothing", "/healthz", "/log/key"])
def test_every_answer_says_the_id_that_came_or_a_new_one(web, path):
    given = requests.get(web.url + path, headers={"X-Request-Id": "a-1.b:2"}, timeout=SECONDS)
    new = [web.get(path).headers["X-Request-Id"] for _ in range(2)]

    assert given.headers["X-Request-Id"] == "a-1.b:2"
    assert all(re.fullmatch("[0-9a-f]{32}", one) for one in new)
    assert new[0] != new[1]


@pytest.mark.parametrize("name", ["", "x" * 129, "a b", 'a"b', "é"])
def test_an_id_that_is_none_is_not_taken(web, name):
    sent = {"X-Request-Id": name.encode()}
    answer = requests.get(f"{web.url}/healthz", headers=sent, timeout=SECONDS)

    assert re.fullmatch("[0-9a-f]{32}", answer.headers["X-Request-Id"])


def test_a_problem_says_it_in_its_body(web):
    answer = requests.get(f"{web.url}/api/x", headers={"X-Request-Id": "mine"}, timeout=SECONDS)

    assert answer.status_code == 404
    assert answer.json()["request_id"] == "mine"


def test_lines_of_the_log_say_it_with_the_trace_of_the_caller(town, capsys):
    headers = {"X-Request-Id": "mine", "traceparent": f"00-{TRACE}-b7ad6b7169203331-01"}
    with psycopg.connect(town.url, autocommit=True) as owner:
        owner.execute("ALTER TABLE projections.reports RENAME TO elsewhere")
        try:
            problem_of(town.anybody.get("/api/reports", headers), 500, "unexpected")
        finally:
            owner.execute("ALTER TABLE projections.elsewhere RENAME TO reports")

    lines = [json.loads(one) for one in capsys.readouterr().err.splitlines() if one[0] == "{"]
    assert lines
    assert {(one["request"], one["trace"]) for one in lines} == {("mine", TRACE)}


# What is no request is refused as one


@pytest.mark.parametrize(
    ("sent", "status"),
    [
        (b"GET /api/reports?q=" + b"x" * 9000 + b" HTTP/1.1\r\nHost: x\r\n\r\n", 414),
        (b"GET /api/reports HTTP/1.1\r\nHost: x\r\nX: " + b"x" * 9000 + b"\r\n\r\n", 431),
        (b"GET /api/reports HTTP/1.1\r\nX: " + b"x" * 70_000 + b"\r\n\r\n", 431),
        (b"nonsense\r\n\r\n", 400),
        (b"GET /api/reports HTTP/9.1\r\nHost: x\r\n\r\n", 400),
        (b"GET /api/reports HTTP/1.1\r\nHo st: x\r\n\r\n", 400),
        (b"GET /api HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", 404),
        (b"GET /api/no/such HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", 404),
        (b"PATCH /api/reports HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", 405),
        (b"POST /api/x HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: gzip\r\n\r\n", 400),
    ],
    ids=str,
)
def test_whatever_is_refused_is_a_problem(web, sent, status):
    told, headers, body = raw(web, sent)

    problem = json.loads(body)
    assert told == problem["status"] == status
    assert headers["content-type"] == "application/problem+json"
    assert problem["type"].startswith("urn:answerable:problem:")
    assert problem["detail"].endswith(".")
    assert problem["request_id"] == headers["x-request-id"]
