"""A whole service that seals: receipts in answers, a mirror over HTTP, kills, an older backup."""

import json
import os
import signal
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import LiteralString

import psycopg
import pytest
import requests

from ledger.verify import checkpoint, note, tree
from ledger.verify.checkpoint import Checkpoint, parse_proof, verify_proof
from tests.e2e.service import Service, ending
from tests.processes import SECONDS, children, pause, until

pytestmark = pytest.mark.long


def vkey(service: Service) -> note.VerifierKey:
    """Return the key by the command, not by the service that it is to check."""
    return note.parse_vkey(service.command("key", "show").stdout.strip().splitlines()[-1])


def text(service: Service, path: str) -> str:
    answer = service.session.get(service.url + path, timeout=30)
    assert answer.status_code == 200, answer.text
    return answer.text


def newest(service: Service) -> Checkpoint:
    return checkpoint.open(text(service, "/log/checkpoint"), [vkey(service)]).checkpoint


def child(service: Service, name: str) -> int:
    """Return the process id of a part of the service. Gunicorn renames itself where setproctitle is
    installed, as it is beside mutmut."""
    names = {name, "gunicorn: maste"} if name == "web" else {name}
    for pid in children(service.process.pid):
        if Path(f"/proc/{pid}/comm").read_text().strip() in names:
            return pid
    raise AssertionError(f"{name} does not run")


def write(service: Service, headers: dict[str, str], key: str | None = None) -> requests.Response:
    """Record one more assurance."""
    found = service.get("/api/recommendations", limit=1)["items"][0]
    body = {
        "of": found["addressee"],
        "question": "Is it done?",
        "occurred_on": None,
        "by": "cumbria-pfcc",
        "source": {"note": "a letter"},
    }
    return service.session.post(
        f"{service.url}{found['links']['self']}/assurances",
        json=body,
        headers=headers | ({"Idempotency-Key": key} if key else {}),
        timeout=30,
    )


def verify(service: Service, receipt: str, entry: str) -> Checkpoint:
    raw = service.session.get(f"{service.url}/api/entries/{entry}/raw", timeout=30).content
    parsed = parse_proof(receipt)
    return verify_proof(parsed, tree.leaf_hash(raw), [vkey(service)]).checkpoint


@pytest.fixture(scope="module")
def headers(service: Service) -> dict[str, str]:
    return service.token("writer", "admin")


def test_a_write_answers_with_a_receipt_that_verifies(service, headers):
    answer = write(service, headers).json()

    found = verify(service, answer["receipt"], answer["event"]["id"])
    assert found.size >= answer["position"]
    assert text(service, f"/api/entries/{answer['event']['id']}/receipt") == answer["receipt"]


def test_a_client_of_tiles_mirrors_the_log_and_finds_its_root(service):
    target = newest(service)
    grown = tree.Frontier()
    while grown.size < target.size:
        tile = tree.tile_at(None, grown.size // tree.WIDTH, target.size)
        assert tile is not None
        raw = service.session.get(f"{service.url}/log/{tile.path}", timeout=30).content
        for entry in tree.parse_entry_bundle(raw, tile.width):
            assert json.loads(entry)["position"] == grown.size + 1
            grown.append(tree.leaf_hash(entry))

    assert grown.root() == target.root
    assert tree.root(target.size, tree.hash_at(target.size, lambda path: _tile(service, path))) == (
        target.root
    )


def _tile(service: Service, path: str) -> bytes:
    answer = service.session.get(f"{service.url}/log/{path}", timeout=30)
    assert answer.status_code == 200, answer.text
    return answer.content


def test_status_tells_the_last_checkpoint(service):
    said = service.status()["checkpoint"]

    found = newest(service)
    assert (said["size"], said["root"]) == (found.size, note.to_base64(found.root))


def test_with_the_sealer_stopped_writes_are_pending_and_go_on(service, headers):
    sealer = child(service, "sealer")
    pause(sealer)
    try:
        pending = [write(service, headers).json() for _ in range(4)]
        listed = service.get("/api/entries", after=pending[0]["position"] - 1)["items"]
        assert listed == []
        one = service.get(f"/api/entries/{pending[0]['event']['id']}")
        assert one["sealed"] is False
    finally:
        os.kill(sealer, signal.SIGCONT)

    assert [one["receipt"]["status"] for one in pending] == ["pending"] * len(pending)
    until(lambda: newest(service).size >= pending[-1]["position"])
    for one in pending:
        verify(service, text(service, one["receipt"]["href"]), one["event"]["id"])


@pytest.mark.soak
def test_killed_between_commit_and_seal_and_between_seal_and_answer_nothing_is_lost(
    service, headers
):
    before = newest(service)
    with ending(service):
        sealer = child(service, "sealer")
        pause(sealer)  # recorded, and never sealed by this one
        recorded = write(service, headers, "lost").json()
        assert recorded["receipt"]["status"] == "pending"
        os.kill(sealer, signal.SIGKILL)
        os.kill(service.process.pid, signal.SIGKILL)
        service.process.wait(10)

    answer = write(service, headers, "lost").json()  # the answer had not come: sent again
    assert answer["event"] == recorded["event"]
    verify(service, answer["receipt"], answer["event"]["id"])
    after = newest(service)
    shown = service.get("/log/consistency", **{"from": before.size, "to": after.size})
    hashes = [note.from_base64(one) for one in shown["proof"]]
    tree.verify_consistency(before.size, after.size, before.root, after.root, hashes)


def test_killed_between_seal_and_answer_the_same_request_gets_the_sealed_entry_and_no_other(
    service, headers
):
    web, sealer = child(service, "web"), child(service, "sealer")
    with (
        ending(service),
        psycopg.connect(service.status()["database"], autocommit=True) as database,
        ThreadPoolExecutor(1) as client,
    ):
        before = number(database, "SELECT max(position) FROM ledger.entries")
        pause(sealer)  # the answer then waits for its seal
        sent = client.submit(write, service, headers, "unanswered")
        until(lambda: number(database, "SELECT max(position) FROM ledger.entries") > before)
        pause(web, *children(web))  # nothing is answered from here on
        os.kill(sealer, signal.SIGCONT)
        until(lambda: number(database, "SELECT max(size) FROM ledger.checkpoints") > before)
        os.killpg(web, signal.SIGKILL)
        with pytest.raises(requests.ConnectionError):
            sent.result(SECONDS)
        # A part of it is gone, so it ends and says so.
        assert service.process.wait(SECONDS) == 1

    answer = write(service, headers, "unanswered").json()
    assert answer["position"] == answer["event"]["position"] == before + 1
    assert verify(service, answer["receipt"], answer["event"]["id"]).size == before + 1
    with psycopg.connect(service.status()["database"]) as database:
        assert number(database, "SELECT max(position) FROM ledger.entries") == before + 1


def number(database: psycopg.Connection, query: LiteralString) -> int:
    row = database.execute(query).fetchone()
    assert row is not None
    found: int = row[0]
    return found
