"""docker-compose.yml is started as it is shipped, since whatever no test starts does not work.

A test that a machine cannot run is skipped with the words "not run", and never counts as passed.
"""

import json
import os
import socket
import time
from collections.abc import Iterator
from contextlib import suppress
from itertools import count
from typing import Any
from urllib.parse import urlsplit

import psycopg
import pytest
import requests
from nats.errors import NoServersError

from ledger.settings import PREFIX
from tests.api.brokers import last_of, relayed
from tests.e2e import deployed
from tests.e2e.deployed import Deployed, told
from tests.processes import until

pytestmark = pytest.mark.long

RECEIPT_SECONDS = 2
RED_SECONDS = 15
HEADERS = {"Content-Type": "application/json"}


@pytest.fixture(scope="module")
def before(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Deployed]:
    """Nothing but the database, and what is tried before `migrate`."""
    folder = tmp_path_factory.mktemp("deployed")
    with deployed.deployment(folder) as one:
        yield one


@pytest.fixture(scope="module")
def checked(before: Deployed) -> "dict[str, Any]":
    """Return the output of `answerable config check` by service, before anything was migrated."""
    return {name: before.run(name, "answerable", "config", "check") for name in ("web", "sealer")}


@pytest.fixture(scope="module")
def up(before: Deployed, checked: "dict[str, Any]") -> Deployed:
    """Return all services but the proxy, as compose starts them."""
    done = before.run("migrate")
    assert done.returncode == 0, done.stderr
    assert "The sealer's login is made." in done.stdout
    for name in ("web", "stream", "worker", "webhooks", "sealer"):
        before.start(name)
    for name in ("web", "stream"):
        until(lambda name=name: ready(f"http://127.0.0.1:{before.ports[name]}")[0])  # type: ignore[misc]
        assert before.answers_to_compose(name)
    return before


@pytest.fixture(scope="module")
def site(up: Deployed) -> str:
    """Return the address of the proxy."""
    if not deployed.nginx_is_here():
        pytest.skip("not run: nginx is not installed (sh tests/tools.sh)")
    address = up.start_proxy()
    until(lambda: ready(address)[0] == 200)
    assert all(map(up.answers_to_compose, ("worker", "webhooks", "sealer")))
    return address


@pytest.fixture(scope="module")
def token(up: Deployed) -> dict[str, str]:
    """Return the header that speaks for an account that may do everything."""
    made = up.run("web", "answerable", "token", "create", "--name", "clerk", "--scope", "admin")
    assert made.returncode == 0, made.stderr
    return {"Authorization": f"Bearer {made.stdout.split()[-1]}", **HEADERS}


def ready(address: str) -> tuple[int, Any]:
    try:
        answer = requests.get(f"{address}/readyz", timeout=10)
    except requests.ConnectionError:
        return 0, {}
    return answer.status_code, answer.json()


_numbers = count(1)


def record(address: str, token: dict[str, str]) -> requests.Response:
    """Record one more body."""
    number = next(_numbers)
    body = {"id": f"body-{number}", "name": f"Body {number}", "kind": "national_body"}
    return requests.post(f"{address}/api/bodies", json=body, headers=token, timeout=30)


def test_config_check_fails_before_the_schema_is_there(checked):
    assert {name: done.returncode for name, done in checked.items()} == {"web": 1, "sealer": 1}
    assert "answerable migrate" in checked["web"].stderr
    assert "answerable migrate" in checked["sealer"].stderr


def test_config_check_passes_when_it_is(up):
    for name in ("web", "sealer", "keeper"):
        done = up.run(name, "answerable", "config", "check")
        assert done.returncode == 0, done.stderr


def test_an_act_over_http_is_answered_with_its_receipt_in_two_seconds(site, token):
    """One of five: other tests run beside, and the first act finds nothing warm."""
    answered = []
    for _ in range(5):
        since = time.monotonic()
        answer = record(site, token)
        took = time.monotonic() - since
        assert answer.status_code == 201, answer.text
        answered.append((took, str(answer.json()["receipt"])))
        if took < RECEIPT_SECONDS and answered[-1][1].startswith("c2sp.org/tlog-proof@v1\n"):
            return
    raise AssertionError(answered)


def test_the_stream_brings_it_through_the_proxy(site, token):
    recorded = record(site, token).json()
    path = f"{site}/api/entries/stream?after={recorded['position'] - 1}"
    with requests.get(path, stream=True, timeout=30) as answer:
        lines = (line for line in answer.iter_lines(decode_unicode=True) if "data:" in line)
        first = json.loads(next(lines).removeprefix("data:"))

    assert first["id"] == recorded["event"]["id"]


def test_the_relay_brings_each_sealed_entry_to_the_broker_and_ends_in_time(site, up, token):
    """By the profile `relay` of compose: its own commands and environment."""
    assert {up.services[name]["profiles"][0] for name in ("relay", "broker")} == {"relay"}
    address = up.start_broker()
    up.start("relay")
    recorded = record(site, token).json()

    until(lambda: _last_of(address) >= recorded["position"])

    messages = relayed([address])
    assert [one.metadata.sequence.stream for one in messages] == list(range(1, len(messages) + 1))
    mine = messages[recorded["position"] - 1]
    assert json.loads(mine.data)["id"] == recorded["event"]["id"]
    status = told(up.run("web", "answerable", "status", "--json"))
    assert status["ready"]
    assert "password" not in up.said("relay").lower()
    assert up.stop("relay") < 5
    up.stop("broker")
    assert ready(site)[0] == 200  # the relay never makes it red


def _last_of(address: str) -> int:
    """Return the last sequence at the broker; 0 while nobody answers there."""
    with suppress(NoServersError, OSError):
        return last_of([address])
    return 0


def test_the_sealer_has_no_other_url_and_reads_no_text(up):
    given = [name for name in up.services["sealer"]["environment"] if name.startswith(PREFIX)]
    assert given == [f"{PREFIX}SEALER_DATABASE_URL_FILE", f"{PREFIX}ORIGIN"]
    mine = up.database.url("sealer")
    for role in ("", "SET ROLE answerable_sealer;"):
        for table in ("ledger.texts", "ledger.captures", "ledger.shown_texts", "api.tokens"):
            with psycopg.connect(mine) as conn, pytest.raises(psycopg.Error, match="permission"):
                conn.execute(f"{role}SELECT FROM {table}".encode())
    for role in ("answerable_app", "answerable_owner", "answerable_service", "answerable"):
        with psycopg.connect(mine) as conn, pytest.raises(psycopg.Error, match="permission"):
            conn.execute(f"SET ROLE {role}".encode())


def test_the_service_may_not_act_as_the_sealer_nor_as_the_owner(up):
    mine = up.database.url("service")
    for role in ("answerable_sealer", "answerable_owner", "answerable_seals", "answerable"):
        with psycopg.connect(mine) as conn, pytest.raises(psycopg.Error, match="permission"):
            conn.execute(f"SET ROLE {role}".encode())


def test_nobody_but_the_sealer_reads_the_key(up):
    if not up.apart:
        pytest.skip("not run: this needs root, and mount namespaces")
    key = up.folder / "sealer" / "signing.key"
    assert (key.stat().st_uid, key.stat().st_mode & 0o777) == (10002, 0o600)
    assert os.stat(f"/proc/{up.running['sealer'].pid}").st_uid == 10002
    assert os.stat(f"/proc/{up.running['web'].pid}").st_uid == 10001
    wrote = up.run("web", "touch", "/usr/written")
    assert "Read-only file system" in wrote.stderr


@pytest.mark.soak
def test_commands_about_keys_run_where_the_key_is(up):
    here = up.run("keeper", "answerable", "key", "list", "--json")
    elsewhere = up.run("sealer", "answerable", "key", "list")

    assert [one["in_use"] for one in told(here)["keys"]] == [True]
    assert elsewhere.returncode == 1
    assert "needs ANSWERABLE_DATABASE_URL" in elsewhere.stderr


@pytest.mark.soak
def test_the_owner_who_is_no_superuser_erases_and_audits(up, site):
    erased = up.run("keeper", "answerable", "erase", "--json")
    audited = up.run("keeper", "answerable", "audit", "--json")

    assert erased.returncode == 0, erased.stderr + erased.stdout
    assert audited.returncode == 0, audited.stdout


# Answers of the proxy itself


def test_a_refusal_of_the_proxy_is_a_problem_with_the_id_of_the_request(site):
    place = urlsplit(site)

    def raw(sent: bytes) -> tuple[int, dict[str, str], Any]:
        with socket.create_connection((place.hostname, place.port), timeout=30) as line:
            line.sendall(sent)
            came = b""
            with suppress(ConnectionResetError):  # the proxy throws back the rest
                while more := line.recv(65536):
                    came += more
        head, _, body = came.partition(b"\r\n\r\n")
        first, *lines = head.decode().split("\r\n")
        headers = {k.lower(): v for k, v in (one.split(": ", 1) for one in lines)}
        return int(first.split()[1]), headers, json.loads(body)

    long = b"GET /api/" + b"x" * 20_000 + b" HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
    for sent, expected in (
        (long, 414),
        (b"GET /api HTTP/1.1\r\nHost: x\r\nX: " + b"x" * 20_000 + b"\r\n\r\n", 431),
        (b"GET /api HTTP/1.1\r\n\r\n", 400),
        (b"POST /api HTTP/1.1\r\nHost: x\r\nContent-Length: 99999999\r\n\r\n", 413),
    ):
        status, headers, problem = raw(sent)

        assert (status, problem["status"]) == (expected, expected)
        assert headers["content-type"] == "application/problem+json"
        assert problem["type"].startswith("urn:answerable:problem:")
        assert problem["detail"].endswith(".")
        assert problem["request_id"] == headers["x-request-id"]


def test_a_client_that_asks_too_often_hears_when_to_ask_again_and_a_token_has_its_own_measure(
    site, token
):
    def asks(headers: dict[str, str]) -> requests.Response:
        return requests.get(f"{site}/healthz", headers=headers, timeout=30)

    refused = next(one for one in iter(lambda: asks({}), None) if one.status_code != 200)
    allowed = asks(token)

    assert refused.status_code == 429
    assert refused.headers["Retry-After"] == "1"
    assert refused.json()["type"] == "urn:answerable:problem:too-many-requests"
    assert allowed.status_code == 200


def test_the_proxy_hands_on_the_id_of_a_request(site, token):
    def asked(given: str) -> str:
        headers = {"X-Request-Id": given, **token}
        answer = requests.get(f"{site}/api/none", headers=headers, timeout=30)
        return str(answer.json()["request_id"])

    assert asked("mine-1") == "mine-1"
    assert asked('not "one"') != 'not "one"'


# Answers of `/readyz` when a part is gone. These come last: each stops one.


def test_while_the_streams_restart_the_proxy_says_when_to_ask_again(site, up, token):
    up.stop("stream")
    answer = requests.get(f"{site}/api/entries/stream", headers=token, timeout=30)
    up.start("stream")

    assert answer.status_code == 502
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert int(answer.headers["Retry-After"]) >= 1
    assert answer.json()["request_id"] == answer.headers["X-Request-Id"]


@pytest.mark.soak
def test_without_followers_readiness_is_red_in_fifteen_seconds_and_status_fails(site, up, token):
    assert up.stop("sealer") < RED_SECONDS
    up.stop("worker")
    recorded = record(site, token)
    assert recorded.json()["receipt"]["status"] == "pending"
    reasons: set[str] = set()
    wanted = {"sealer-not-led", "not-sealed", "projector-not-led"}

    def all_of_them() -> bool:
        status, body = ready(site)
        reasons.update(one["name"] for one in body.get("reasons", ()))
        return status == 503 and wanted <= reasons

    until(all_of_them, RED_SECONDS)
    status = up.run("web", "answerable", "status", "--json")
    assert (status.returncode, told(status)["ready"]) == (1, False)

    up.start("worker")
    until(lambda: up.answers_to_compose("worker"))
    assert not up.answers_to_compose("sealer")
    up.start("sealer")
    until(lambda: ready(site)[0] == 200)
    assert up.database.users_that_lead() == {"answerable_service", "answerable_seals"}
