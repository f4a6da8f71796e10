"""A service as docker-compose.yml starts it, with a broker, whose parts are killed and started
again as a container engine would."""

import os
import signal
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psycopg
import requests

from bench.faults.disk import Disk, NoDisk, disk
from tests.clusters import Cluster
from tests.e2e.deployed import (
    OUTSIDERS,
    Deployed,
    PlainDatabase,
    apart,
    compose_file,
    plain_database,
)
from tests.processes import until

PARTS = ("web", "stream", "worker", "sealer", "relay")
_READY_SECONDS = 60
SETTINGS = ("fsync=on", "max_connections=80", "listen_addresses=127.0.0.1")
"""The settings of PostgreSQL: each commit waits for the disk."""


@dataclass
class Site:
    """A running service, and the handles by which it is hurt."""

    deployed: Deployed
    cluster: Cluster
    disk: Disk | NoDisk
    """What PostgreSQL's data and the sealer's notebook lie on, if it is one of their own."""
    token: str = ""
    _ended: threading.Event = field(default_factory=threading.Event)
    _guard: threading.Lock = field(default_factory=threading.Lock)
    _held: set[str] = field(default_factory=set)

    @property
    def web(self) -> str:
        return f"http://127.0.0.1:{self.deployed.ports['web']}"

    @property
    def stream(self) -> str:
        return f"http://127.0.0.1:{self.deployed.ports['stream']}"

    @property
    def broker(self) -> str:
        return f"nats://127.0.0.1:{self.deployed.ports['broker']}"

    @property
    def headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.token}"}

    @property
    def superuser(self) -> str:
        """Return the superuser's URL of the database."""
        return f"{self.cluster.url()}&port={self.deployed.database.port}"

    def do(self, statement: str) -> None:
        """Run a statement as the superuser."""
        with psycopg.connect(self.superuser, autocommit=True) as connection:
            connection.execute(statement.encode())

    def kill(self, part: str, number: signal.Signals = signal.SIGKILL) -> None:
        """Send a signal to every process of a part; the part is started again when it has ended."""
        process = self.deployed.running[part]
        with suppress(ProcessLookupError):
            os.killpg(process.pid, number)

    def hold(self, part: str) -> None:
        """Kill a part, and leave it so until `let_go`."""
        self._held.add(part)
        self.kill(part)

    def let_go(self, part: str) -> None:
        """Let a part be started again."""
        self._held.discard(part)

    def own_disk(self) -> Disk:
        """Return the disk of the database and the sealer. Raises NoDisk."""
        if isinstance(self.disk, NoDisk):
            raise self.disk
        return self.disk

    def cut_power(self) -> None:
        """Cut the power of everything while it writes, and start it again.

        What stands between PostgreSQL and everybody else is stopped a moment before, so that
        nothing is told to anybody after the cut.
        """
        parts, disk = (*PARTS, "broker"), self.own_disk()
        for part in PARTS:
            self.kill(part, signal.SIGSTOP)
        left = disk.cut()
        for part in parts:
            self.hold(part)
        self.cluster.kill()
        until(lambda: all(self.deployed.running[part].poll() is not None for part in parts))
        disk.become(left)
        # After a real cut its number is that of no process; here the parent may not have asked yet.
        (self.cluster.data / "postmaster.pid").unlink()
        self.start_database()
        for part in parts:
            self.let_go(part)

    def kill_database(self) -> None:
        """Kill PostgreSQL and all its processes at once, and start it again."""
        self.cluster.kill()
        self.start_database()

    def start_database(self) -> None:
        """Start PostgreSQL again where it was."""
        self.cluster.start(*SETTINGS, f"port={self.deployed.database.port}")

    def database_again(self) -> None:
        """Wait until PostgreSQL answers, and start it if it has ended by itself."""
        until(self._answers_or_ended)
        if not self._answers():
            for lock in self.cluster.folder.glob(".s.PGSQL.*.lock"):
                lock.unlink()
            self.start_database()

    def _answers(self) -> bool:
        with suppress(psycopg.OperationalError):
            self.do("SELECT 1")
            return True
        return False

    def _answers_or_ended(self) -> bool:
        return self._answers() or not (self.cluster.data / "postmaster.pid").exists()

    @contextmanager
    def frozen_database(self) -> Iterator[None]:
        """Let PostgreSQL stand still, with all its processes."""
        all_of_it = self.cluster.processes()
        try:
            for process in all_of_it:
                with suppress(ProcessLookupError):
                    os.kill(process, signal.SIGSTOP)
            yield
        finally:
            for process in all_of_it:
                with suppress(ProcessLookupError):
                    os.kill(process, signal.SIGCONT)

    def is_ready(self) -> bool:
        """Return whether everything that is asked of the service can be done."""
        with suppress(requests.RequestException):
            return requests.get(f"{self.web}/readyz", timeout=10).status_code == 200
        return False

    def ask(self, path: str) -> Any:
        """Return an answer of the API, once it can be had."""
        deadline = time.monotonic() + _READY_SECONDS
        while True:
            with suppress(requests.RequestException):
                answer = requests.get(f"{self.web}{path}", headers=self.headers, timeout=10)
                if answer.status_code == 200:
                    return answer.json()
            assert time.monotonic() < deadline, f"{path} was not answered"
            time.sleep(0.2)

    def tend(self) -> None:
        """Start again what ended, as a container engine does, until `end`."""
        while not self._ended.wait(0.2):
            with self._guard:
                for part in (*PARTS, "broker"):
                    process = self.deployed.running.get(part)
                    ended = process is not None and process.poll() is not None
                    if ended and part not in self._held and not self._ended.is_set():
                        self._start(part)

    def _start(self, part: str) -> None:
        if part == "broker":
            self.deployed.start_broker()
        else:
            self.deployed.start(part)

    def end(self) -> None:
        """End the tending."""
        self._ended.set()
        with self._guard:
            return


def _disk(stack: ExitStack, folder: Path, database: PlainDatabase) -> Disk | NoDisk:
    """Move the database and the sealer's folder to a disk of their own, if there can be one."""
    try:
        made = stack.enter_context(disk())
    except NoDisk as error:
        return error
    sealer = folder / "sealer"
    sealer.mkdir(mode=0o700)
    if apart():
        os.chown(sealer, OUTSIDERS["sealer"], OUTSIDERS["sealer"])
    made.take(sealer)
    made.take(database.cluster.data)
    stack.callback(database.cluster.stop, "immediate")
    return made


@contextmanager
def site(folder: Path) -> Iterator[Site]:
    """Yield a service that is ready, with its token."""
    compose = compose_file()
    for name in ("web", "stream", "worker"):
        environment = compose["services"][name]["environment"]
        environment["ANSWERABLE_WEBHOOK_HOSTS"] = "127.0.0.1"
        environment.pop("ANSWERABLE_REQUESTS_OF_A_TOKEN", None)
    folder.chmod(0o755)
    with ExitStack() as stack:
        database = stack.enter_context(plain_database())
        database.cluster.stop()
        deployed = Deployed(folder, database, compose, apart())
        here = Site(deployed, database.cluster, _disk(stack, folder, database))
        stack.callback(deployed.end)
        here.start_database()
        done = deployed.run("migrate")
        assert done.returncode == 0, done.stderr
        words = ("answerable", "token", "create", "--name", "writer", "--scope", "admin")
        made = deployed.run("web", *words)
        assert made.returncode == 0, made.stderr
        here.token = made.stdout.split()[-1]
        deployed.start_broker()
        for part in PARTS:
            deployed.start(part)
        tending = threading.Thread(target=here.tend, daemon=True)
        tending.start()
        stack.callback(tending.join)
        stack.callback(here.end)
        until(here.is_ready)
        yield here
