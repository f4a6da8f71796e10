"""An operator, or a proxy before the service, expects this of HTTP: from a real gunicorn."""

import gzip
import json
import re
import socket
from collections.abc import Iterator
from dataclasses import replace
from importlib.metadata import version
from typing import Any
from urllib.parse import urlsplit

import psycopg
import pytest
import requests
import zstandard
from hypothesis import given
from hypothesis import strategies as st

from api.app import flask_app, prepare
from api.requests.current import EXTENSION
from api.requests.limits import Budget
from tests.api.conftest import MONITOR
from tests.api.reading import SECONDS, Web
from tests.api.site import FORCE, problem_of

ASSURANCE = {"of": FORCE, "question": "Is it done?", "occurred_on": None}
TRACE = "0af7651916cd43dd8448eb211c80319c"


def raw(web: Web, sent: bytes) -> tuple[int, dict[str, str], bytes]:
    """Return the answer to these bytes: status, headers in small letters, body."""
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


def test_lines_of_the_log_say_it_with_the_trace_of_the_caller(site, capsys):
    headers = {"X-Request-Id": "mine", "traceparent": f"00-{TRACE}-b7ad6b7169203331-01"}
    with psycopg.connect(site.url, autocommit=True) as owner:
        owner.execute("ALTER TABLE projections.reports RENAME TO elsewhere")
        try:
            problem_of(site.anybody.get("/api/reports", headers), 500, "unexpected")
        finally:
            owner.execute("ALTER TABLE projections.elsewhere RENAME TO reports")

    lines = [json.loads(one) for one in capsys.readouterr().err.splitlines() if one[0] == "{"]
    assert lines
    assert {(one["request"], one["trace"]) for one in lines} == {("mine", TRACE)}


# Bytes that are no request are refused as one


@pytest.mark.parametrize(
    ("sent", "status"),
    [
        (b"GET /api HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", 404),
        (b"GET /api/no/such HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", 404),
        (b"PATCH /api/reports HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", 405),
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


@pytest.mark.parametrize(
    ("sent", "status"),
    [
        (b"GET /api/reports?q=" + b"x" * 9000 + b" HTTP/1.1\r\nHost: x\r\n\r\n", 414),
        (b"GET /api/reports HTTP/1.1\r\nHost: x\r\nX: " + b"x" * 9000 + b"\r\n\r\n", 431),
        (b"nonsense\r\n\r\n", 400),
        (b"GET /api/reports HTTP/9.1\r\nHost: x\r\n\r\n", 400),
        (b"GET /api/reports HTTP/1.1\r\nHo st: x\r\n\r\n", 400),
        (b"POST /api/x HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: gzip\r\n\r\n", 400),
    ],
    ids=["long address", "long field", "nonsense", "version", "name", "coding"],
)
def test_bytes_that_are_no_request_are_refused_in_words_and_end_the_connection(web, sent, status):
    told, headers, body = raw(web, sent)

    assert told == status
    assert headers["connection"] == "close"
    assert headers["content-type"] == "text/plain"
    assert body


# Fewer bytes


def coded(web: Web, path: str, coding: str, **headers: str) -> requests.Response:
    asked = {"Accept-Encoding": coding, **headers}
    return requests.get(web.url + path, headers=asked, timeout=SECONDS, stream=True)


@pytest.mark.parametrize("path", ["/api/rules", "/", "/openapi.json", "/feeds/entries.atom"])
def test_texts_come_packed_to_who_takes_that_and_say_the_same(web, path):
    plain = coded(web, path, "identity")
    said = plain.raw.read()
    for coding, unpacked in (("gzip", gzip.decompress), ("zstd", unzstd)):
        answer = coded(web, path, f"{coding}, identity;q=0.5")
        came = answer.raw.read(decode_content=False)

        assert answer.headers["Content-Encoding"] == coding
        assert answer.headers.get("ETag") == plain.headers.get("ETag")
        assert len(came) == int(answer.headers["Content-Length"]) < len(said) / 2
        assert unpacked(came) == said
    assert "Content-Encoding" not in plain.headers
    assert "Accept-Encoding" in plain.headers["Vary"]


def unzstd(data: bytes) -> bytes:
    return zstandard.ZstdDecompressor().decompressobj().decompress(data)


def test_a_list_of_fifty_has_less_than_5_kb(site):
    for _ in range(17):
        site.publish()
    site.catch_up()
    answer = site.anybody.get("/api/recommendations", {"Accept-Encoding": "zstd"}, limit=50)

    assert len(json.loads(unzstd(answer.data))["items"]) >= 17
    assert len(answer.data) < 5000


def test_a_stream_of_events_is_never_packed(site):
    head = site.anybody.client.head("/api/entries/stream", headers={"Accept-Encoding": "gzip"})

    assert "Content-Encoding" not in head.headers


def test_answers_to_a_browser_with_a_cookie_are_not_packed(web):
    answer = coded(web, "/", "gzip, zstd", Cookie="session=x")

    assert "Content-Encoding" not in answer.headers
    assert len(answer.raw.read()) == int(answer.headers["Content-Length"])


def test_a_packed_answer_is_matched_by_its_version(site, report):
    path, packed = report.recommendation, {"Accept-Encoding": "gzip"}
    read = site.clerk.get(path, packed)
    sent = {**packed, "If-Match": read.headers["ETag"]}

    first = site.clerk.post(f"{path}/assurances", ASSURANCE, sent)
    second = site.clerk.post(f"{path}/assurances", ASSURANCE, sent)

    assert (first.status_code, second.status_code) == (201, 412)


# Scripts of other sites


def test_a_page_of_another_site_reads_what_anybody_may_read_and_nothing_else(site):
    read = site.anybody.get("/api/reports")
    asks = {"Origin": "https://other.example", "Access-Control-Request-Method": "GET"}
    before = site.anybody.client.options("/api/reports", headers=asks)
    page = site.anybody.get("/reports")
    written = site.clerk.post("/api/reports", {})

    assert read.headers["Access-Control-Allow-Origin"] == "*"
    assert "Link" in read.headers["Access-Control-Expose-Headers"]
    assert before.headers["Access-Control-Allow-Methods"] == "GET, HEAD"
    assert "Authorization" not in before.headers["Access-Control-Allow-Headers"]
    for answer in (page, written):
        assert "Access-Control-Allow-Origin" not in answer.headers
    for answer in (read, before):
        assert "Access-Control-Allow-Credentials" not in answer.headers


def test_an_application_that_was_made_before_is_taken_once(site, monkeypatch):
    made: list[Any] = []
    monkeypatch.setattr("api.app.prepared", made)
    for _ in range(2):
        prepare()
    (before,) = made
    settings = site.app.extensions[EXTENSION]["settings"]
    apps = [flask_app(settings) for _ in range(2)]
    for app in apps:
        app.extensions[EXTENSION]["ledger"].pool.close()

    assert apps[0] is before
    assert apps[1] is not before
    assert apps[0].secret_key != apps[1].secret_key
    assert apps[0].test_client().get("/openapi.json").data == (
        apps[1].test_client().get("/openapi.json").data
    )


# As many as may be


@pytest.fixture
def bounded(site) -> Iterator[Any]:
    """The site's clients, of a service that answers six requests a minute of each."""
    named = {"requests_of_an_address": 6, "requests_of_a_token": 6, "proxies": 1}
    app = flask_app(replace(site.app.extensions[EXTENSION]["settings"], **named))
    yield app.test_client()
    app.extensions[EXTENSION]["ledger"].pool.close()


def test_a_client_that_asks_too_often_hears_when_to_ask_again(bounded, site, founding):
    def asks(address: str, path: str = "/api/rules", **headers: str) -> Any:
        return bounded.get(path, headers={"X-Forwarded-For": f"9.9.9.9, {address}", **headers})

    def by(name: str) -> dict[str, str]:
        return {"Authorization": f"Bearer {founding.get(name, name)}"}

    answers = [asks("1.2.3.4") for _ in range(6)]
    assert [each.status_code for each in answers] == [200] * 6
    refused = asks("1.2.3.4")
    for n, each in enumerate([*answers, refused]):
        assert each.headers["RateLimit-Policy"] == '"address";q=6;w=60'
        left, seconds = re.findall("[0-9]+", each.headers["RateLimit"])
        assert (int(left), int(seconds)) == (max(5 - n, 0), min(10 * (n + 1), 60))
    problem = problem_of(refused, 429, "too-many-requests")
    assert "6 requests a minute" in problem["detail"]
    assert 1 <= int(refused.headers["Retry-After"]) <= 10
    assert asks("1.2.3.4", "/reports").headers["Retry-After"], "a page says it too"
    assert "RateLimit" not in asks("1.2.3.4", "/healthz").headers
    assert asks("1.2.3.5").status_code == 200
    assert [asks("1.2.3.4", **by("clerk")).status_code for _ in range(6)] == [200] * 6
    assert asks("1.2.3.6", **by("clerk")).status_code == 429, "wherever it asks from"
    assert [asks("2001:db8::1", **by(f"no-{n}")).status_code for n in range(6)] == [401] * 6
    assert asks("2001:db8::2", **by("no")).status_code == 429, "whoever tries tokens"


@given(st.integers(1, 50), st.lists(st.floats(0, 30), max_size=200))
def test_no_client_has_more_than_twice_its_requests_in_any_minute(most, pauses):
    budget, now, answered = Budget(most), 0.0, []
    for pause in pauses:
        now += pause
        wait = budget.wait("somebody", now)
        if wait == 0.0:
            answered.append(now)
        else:
            assert Budget.wait(budget, "somebody", now + wait + 1e-6) == 0.0
            now += wait + 1e-6
            answered.append(now)
    for begin in answered:
        assert sum(begin <= at < begin + 60 for at in answered) <= 2 * most


# A monitor's figures


def figures(text: str) -> dict[str, float]:
    """Return the figures that are told, by name and labels."""
    lines = [line.rpartition(" ") for line in text.splitlines() if line[:1] != "#"]
    return {name: float(value) for name, _, value in lines}


def scraped(web: Web) -> dict[str, float]:
    answer = requests.get(f"{web.url}/metrics", headers=MONITOR, timeout=SECONDS)
    assert answer.status_code == 200, answer.text
    assert answer.headers["Content-Type"].startswith("text/plain; version=")
    return figures(answer.text)


def test_a_monitor_is_told_what_is_asked_of_all_processes_and_how_the_log_stands(web, site):
    begins = scraped(web)
    for _ in range(3):
        assert web.get("/api/rules").ok
    with web.follow():
        told = scraped(web)

        assert told["answerable_streams"] == 1
    name = 'answerable_request_seconds_count{method="GET",route="/api/rules",status="200"}'
    assert told[name] - begins.get(name, 0) == 3
    assert told["answerable_database_up"] == 1
    assert told["answerable_log_position"] >= 0
    assert 'answerable_pool{state="free"}' in told


def test_a_monitor_is_told_how_followers_are_and_what_responses_come_to(site):
    site.catch_up()
    told = figures(site.caller("admin").get("/metrics").text)
    total = site.anybody.reads("/api/compliance")["total"]["verdicts"]

    assert told[f'answerable_build_info{{version="{version("answerable")}"}}'] == 1
    assert told["answerable_log_position"] == site.position
    assert told['answerable_follower_lag{follower="projector"}'] == 0
    assert told['answerable_follower_held{follower="projector"}'] == 0
    for verdict, many in total.items():
        assert told[f'answerable_verdicts{{verdict="{verdict}"}}'] == many
    assert told['answerable_subscriptions{state="failing"}'] == 0


def test_figures_are_for_the_monitor_and_for_admin(web, site):
    problem_of(site.anybody.get("/metrics"), 401, "unauthorized")
    problem_of(site.clerk.get("/metrics"), 403, "not-allowed")
    wrong = requests.get(
        f"{web.url}/metrics", headers={"Authorization": "Bearer é".encode()}, timeout=SECONDS
    )
    assert wrong.status_code == 401
