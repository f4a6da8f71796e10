"""A witness that others wrote cosigns our checkpoints, and refuses a fork.

Debian's litewitness (0.4.3-3) would be a second one, but it panics in every add-checkpoint.
"""

import json
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from ledger.seal.witnesses import WitnessError, cosign
from ledger.verify import checkpoint as checkpoints
from ledger.verify import note, verify
from ledger.verify.checkpoint import Checkpoint
from ledger.verify.note import SigningKey
from ledger.verify.tree import leaf_hash
from tests.foreign.conftest import INSTALLED, tool
from tests.keys.keyed_log import ORIGIN
from tests.transparency.sealing import Sealing

pytestmark = pytest.mark.foreign


@dataclass(frozen=True)
class Witness:
    """A witness that runs, and its key."""

    url: str
    vkey: str


def _free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
    return port


@contextmanager
def _serving(port: int, log: Path, *command: str | Path) -> Iterator[None]:
    """Run a server until the test is over; it is ready when its port takes connections."""
    with (
        log.open("wb") as out,
        subprocess.Popen([str(word) for word in command], stdout=out, stderr=out) as server,
    ):
        try:
            deadline = time.monotonic() + 60
            while True:
                assert server.poll() is None, log.read_text()
                try:
                    socket.create_connection(("127.0.0.1", port), timeout=1).close()
                    break
                except OSError:
                    assert time.monotonic() < deadline, log.read_text()
                    time.sleep(0.05)
            yield
        finally:
            server.terminate()


def _said(*command: str | Path) -> str:
    done = subprocess.run(
        [str(word) for word in command],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@contextmanager
def witnessing(folder: Path, origin: str, log: str) -> Iterator[Witness]:
    """PyPI's aics-witness, which knows a log by its origin and verifier key."""
    program, config = tool(INSTALLED / "aics/bin/aics-witness"), folder / "witness.json"
    port = _free_port()
    where = ("--config", config, "--name", "witness.example/aics", "--listen", f"127.0.0.1:{port}")
    vkey = _said(program, "init", *where).splitlines()[-1]
    _said(program, "add-log", "--config", config, "--origin", origin, "--vkey", log)
    with _serving(port, folder / "aics.log", program, "serve", "--config", config):
        yield Witness(f"http://127.0.0.1:{port}", vkey)


@pytest.fixture
def witness(sealing: Sealing, tmp_path: Path) -> Iterator[Witness]:
    """One that knows the log that is sealed."""
    with witnessing(tmp_path, ORIGIN, next(iter(sealing.keys.known))) as running:
        yield running


def test_a_real_witness_cosigns_what_grows_and_it_is_served_exported_and_verified(
    sealing: Sealing, witness: Witness, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    first = sealing.json("witness", witness.url, witness.vkey)
    assert first["witnesses"][0]["detail"] == "cosigned", first
    sealing.run("token", "create", "--name", "another", "--scope", "admin")
    sealing.seal()
    again = sealing.json("witness", witness.url, witness.vkey)
    assert (again["witnesses"][0]["ok"], again["size"] > first["size"]) == (True, True)

    sealing.run("export", "log", str(tmp_path / "out"))
    log, trusted = tmp_path / "out" / "log.jsonl", next(iter(sealing.keys.known))
    who = ["--key", trusted, "--witness", witness.vkey]
    since = ["--since", str(log.with_suffix(".witnessed.jsonl"))]
    assert verify.main([str(log), *who, *since, "--json"]) == 0
    said = json.loads(capsys.readouterr().out)
    says = {one["check"]: one["says"] for one in said["checks"]}
    assert says["witnesses"] == "1 of 1 cosigned it"
    assert "smaller ones" in says["since"]
    assert all(one["by"] for one in said["outside"])


def test_a_real_witness_refuses_a_fork(sealing: Sealing, witness: Witness) -> None:
    """The log's own key signs another log of the same size, and of a larger one."""
    sealing.run("witness", witness.url, witness.vkey)
    size = sealing.sizes[-1]
    key, trusted = _key(sealing), note.parse_vkey(witness.vkey)
    for forked, proof in ((size, []), (size + 1, [leaf_hash(b"a")])):
        other = checkpoints.sign(Checkpoint(ORIGIN, forked, leaf_hash(b"another")), key)
        prove = dict.fromkeys(range(size + 1), proof).__getitem__
        with pytest.raises(WitnessError, match="422"):
            cosign(witness.url, trusted, other, size, prove)


def test_a_log_set_back_is_told_to_recover(sealing: Sealing, witness: Witness) -> None:
    sealing.run("witness", witness.url, witness.vkey)
    key = _key(sealing)
    smaller = checkpoints.sign(Checkpoint(ORIGIN, 1, sealing.root(1)), key)
    with pytest.raises(WitnessError, match="answerable recover"):
        cosign(witness.url, note.parse_vkey(witness.vkey), smaller, 0, lambda old: [])


def test_a_witness_that_does_not_know_the_log_says_what_to_do(
    sealing: Sealing, witness: Witness
) -> None:
    stranger = note.generate("stranger.example/log")
    unknown = checkpoints.sign(Checkpoint(stranger.name, 1, sealing.root(1)), stranger)
    with pytest.raises(WitnessError, match="add its origin and verifier key"):
        cosign(witness.url, note.parse_vkey(witness.vkey), unknown, 0, lambda old: [])


def test_another_key_than_the_witness_s_is_noticed(sealing: Sealing, witness: Witness) -> None:
    other = note.generate("witness.example/other").witness
    with pytest.raises(WitnessError, match="is that its key"):
        cosign(witness.url, other, sealing.notes[-1], 0, lambda old: [])
    assert sealing.database.rows("SELECT size FROM ledger.cosignatures") == []


def _key(sealing: Sealing) -> SigningKey:
    return note.parse(sealing.current.read_text())
