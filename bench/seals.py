"""Measure what sealing costs: appends with and without a sealer, and how soon a write has its
receipt."""

import json
import os
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from http.client import HTTPConnection
from pathlib import Path
from types import MappingProxyType

import psycopg
import requests

from bench.figures import Aim, Figure, compared
from bench.systems import appender, make
from bench.writers import Run, Writers, with_and_without
from ledger.acts.decision import Notice
from ledger.acts.key import add_key
from ledger.acts.service import set_up
from ledger.application import Ledger
from ledger.events import KeyAdded
from ledger.postgres.connections import connect, pool
from ledger.postgres.embedded import Running
from ledger.register import shipped_bodies, shipped_rules, shipped_successions
from ledger.seal.sealer import NAME
from ledger.states.service import SETUP
from ledger.verify import note
from projections.read_models import schemas, tables

ORIGIN = "log.example/bench"
RECOMMENDATIONS = 100
"""At least so many are written about by turns: of one there are a few dozen entries in its life."""
PENDING = "answers whose receipt was pending"
_ME = [sys.executable, "-m", "api"]


def measure(server: Running, writers: int, pairs: int, seconds: float) -> list[Figure]:
    """Measure appends to a log that is sealed and to one that is not, by turns, in one run.

    The sealer of the one, once it has caught up, is stopped (SIGSTOP) while the other has its turn.
    """
    runs: dict[str, list[Run]] = {"with": [], "without": []}
    sealed = make(server, "ours", "seals_with")
    bare = make(server, "ours", "seals_without")
    with (
        tempfile.TemporaryDirectory(prefix="answerable-seals-") as folder,
        sealer(sealed, Path(folder)) as process,
        Writers(appender("ours"), sealed, writers) as with_it,
        Writers(appender("ours"), bare, writers) as without,
    ):
        for pair in range(pairs):
            both = [("with", with_it), ("without", without)]
            for name, system in both if pair % 2 else reversed(both):
                if name == "with":
                    os.kill(process.pid, signal.SIGCONT)
                runs[name].append(system.run(seconds))
                if name == "with":
                    caught_up(sealed)
                    os.kill(process.pid, signal.SIGSTOP)
        os.kill(process.pid, signal.SIGCONT)
    return with_and_without(runs)


def receipts(server: Running, writers: int, rounds: int, each: int) -> list[Figure]:
    """Measure writes over real HTTP, in ms, by turns to a service with a sealer and to one without.

    Without a sealer nobody waits for a receipt, so the difference is what the receipt costs.
    """
    took: dict[str, list[float]] = {"with": [], "without": []}
    pending = 0
    with (
        service(server, "receipts_with", True) as sealed,
        service(server, "receipts_without", False) as bare,
    ):
        for turn in range(rounds + 1):
            for name, where in (("with", sealed), ("without", bare)):
                latencies, waiting = _write(where, writers, each)
                if turn:  # the first one warms up
                    took[name].append(statistics.median(latencies) * 1000)
                    pending += waiting if name == "with" else 0
    aim = Aim("≤", 10 if writers == 1 else 50, "ours")
    many = float(pending)
    return [
        compared("half of the answers within, ms", took["with"], took["without"], aim),
        Figure(PENDING, many, 0.0, many, (many, many), Aim("≤", 0, "ours")),
    ]


@contextmanager
def sealer(url: str, folder: Path) -> Iterator["subprocess.Popen[bytes]"]:
    """Run a sealer of a log, which gets a key, in a process of its own. Yield once it has sealed
    all that is there."""
    key = note.generate(ORIGIN)
    path = folder / "signing.key"
    path.write_text(key.text + "\n", encoding="utf-8")
    with pool(url, max_size=2) as connections:
        log = Ledger(connections, url)
        log.record(SETUP, set_up, shipped_bodies(), shipped_rules(), shipped_successions())
        log.record(SETUP, add_key, KeyAdded(vkey=key.vkey), Notice())
    process = subprocess.Popen(
        [*_ME, "worker", "--only", NAME],
        env=_environment(url, folder),
        stderr=subprocess.DEVNULL,
    )
    try:
        caught_up(url)
        yield process
    finally:
        process.terminate()
        process.wait(20)


def caught_up(url: str) -> None:
    """Wait until all of a log is sealed."""
    deadline = time.monotonic() + 60
    with connect(url, autocommit=True) as conn:
        while True:
            row = conn.execute(
                "SELECT (SELECT max(position) FROM ledger.entries)"
                " = (SELECT max(size) FROM ledger.checkpoints)"
            ).fetchone()
            if row is not None and row[0]:
                return
            if time.monotonic() > deadline:
                raise RuntimeError("The sealer has not caught up within a minute.")
            time.sleep(0.005)


@contextmanager
def service(
    server: Running, name: str, with_sealer: bool, more: Mapping[str, str] = MappingProxyType({})
) -> Iterator[tuple[str, str, list[str]]]:
    """Yield the address, a token and the recommendations of a web server over a fresh log; `more`
    are settings."""
    url = server.url(name)
    with psycopg.connect(server.url("postgres"), autocommit=True) as connection:
        connection.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)".encode())
        connection.execute(f"CREATE DATABASE {name}".encode())
    with tempfile.TemporaryDirectory(prefix="answerable-seals-") as made:
        folder = Path(made)
        environment = _environment(url, folder) | dict(more)
        for words in (["migrate"], ["seed", "--events", "400"]):
            done = [*_ME, *words]
            subprocess.run(done, env=environment, check=True, capture_output=True)
        with connect(url, autocommit=True) as conn:
            schemas.prepare(conn)  # before anybody asks
        token = _said(["token", "create", "--name", "bench", "--scope", "admin"], environment)
        port = _free_port()
        web = [
            *(sys.executable, "-m", "gunicorn", "api.app:create_app()"),
            *("--bind", f"127.0.0.1:{port}", "--config", "python:api.web"),
            *("--log-level", "warning", "--no-control-socket"),
        ]
        followers = [tables.PROJECTOR, NAME] if with_sealer else [tables.PROJECTOR]
        commands = [web, *([*_ME, "worker", "--only", one] for one in followers)]
        children = [subprocess.Popen(one, env=environment) for one in commands]
        try:
            yield _up(f"127.0.0.1:{port}", token)
        finally:
            for child in children:
                child.terminate()
            for child in children:
                child.wait(20)


def _write(where: tuple[str, str, list[str]], writers: int, each: int) -> tuple[list[float], int]:
    """Return the seconds that each write took, and how many receipts were pending."""
    address, token, paths = where
    took: list[float] = []
    pending = []

    def work(number: int) -> None:
        mine = paths[number::writers]
        headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
        # As little as a client can do: what it does itself is measured with the service.
        with closing(HTTPConnection(address, timeout=30)) as connection:
            connection.connect()
            connection.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            for turn in range(each):
                path = mine[turn % len(mine)]
                body = {
                    "of": path.rpartition("/")[2],
                    "question": "Is it done?",
                    "occurred_on": None,
                    "by": "cumbria-pfcc",
                    "source": {"note": "a letter"},
                }
                sent = json.dumps(body).encode()
                before = time.perf_counter()
                connection.request("POST", f"{path}/assurances", sent, headers)
                answer = connection.getresponse()
                received = answer.read()
                took.append(time.perf_counter() - before)
                if answer.status != 201:
                    raise RuntimeError(f"{answer.status}: {received.decode()}")
                if not isinstance(json.loads(received)["receipt"], str):
                    pending.append(number)

    threads = [threading.Thread(target=work, args=[number]) for number in range(writers)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return took, len(pending)


def _up(address: str, token: str) -> tuple[str, str, list[str]]:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        try:
            answer = requests.get(f"http://{address}/api/recommendations?limit=500", timeout=5)
            found = answer.json()["items"]
        except (requests.RequestException, KeyError):
            found = []
        if len(found) >= RECOMMENDATIONS:
            return address, token, [one["links"]["self"] for one in found]
        time.sleep(0.1)
    raise RuntimeError(f"The service did not answer at {address} within a minute.")


def _said(words: list[str], environment: dict[str, str]) -> str:
    done = subprocess.run([*_ME, *words], env=environment, check=True, capture_output=True)
    return done.stdout.decode().strip().splitlines()[-1]


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _environment(url: str, folder: Path) -> dict[str, str]:
    others = {name: value for name, value in os.environ.items() if "ANSWERABLE" not in name}
    return others | {
        "ANSWERABLE_DATABASE_URL": url,
        "ANSWERABLE_DATA": str(folder),
        "ANSWERABLE_ORIGIN": ORIGIN,
    }
