"""A service as docker-compose.yml starts it, with a broker, whose parts are killed and started
again as a container engine would."""

import os
import signal
import threading
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psycopg
import requests

from bench.faults.disk import Disk, NotRun, disk
from tests.clusters import Cluster, replica
from tests.e2e.deployed import (
    OUTSIDERS,
    Deployed,
    PlainDatabase,
    apart,
    compose_file,
    plain_database,
)
from tests.e2e.service import free_port
from tests.processes import until

PARTS = ("web", "stream", "worker", "webhooks", "sealer", "relay")
_READY_SECONDS = 300
SETTINGS = ("fsync=on", "max_connections=80", "listen_addresses=127.0.0.1")
"""The settings of PostgreSQL: each commit waits for the disk."""


@dataclass
class Site:
    """A running service, and the handles by which it is hurt."""

    deployed: Deployed
    cluster: Cluster
    disk: Disk | NotRun
    """What PostgreSQL's data and the sealer's notebook lie on, if it is one of their own."""
    more: ExitStack
    """What lives until the service ends: standbys, and hosts that can vanish."""
    token: str = ""
    texts_gone: bool = False
    """True once a database took over that lacked acknowledged acts: their texts don't come back."""
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

    def vkey(self) -> str:
        """Return the log's key, by which its checkpoints are verified."""
        done = self.deployed.run("keeper", "answerable", "key", "show")
        assert done.returncode == 0, done.stderr
        return done.stdout.split()[-1]

    def do(self, statement: str) -> None:
        """Run a statement as the superuser."""
        self.cluster.do(statement)

    def head(self) -> int:
        """Return the position of the log's last entry, as the database has it."""
        return int(self.cluster.value("SELECT coalesce(max(position), 0) FROM ledger.entries"))

    def version(self, stream: str) -> int:
        """Return the version of a stream, as the database has it."""
        quoted = stream.replace("'", "''")
        query = f"SELECT max(version) FROM ledger.entries WHERE stream = '{quoted}'"
        return int(self.cluster.value(query))

    def kill(self, part: str, number: signal.Signals = signal.SIGKILL) -> None:
        """Send a signal to every process of a part; the part is started again when it has ended."""
        process = self.deployed.running[part]
        with suppress(ProcessLookupError):
            os.killpg(process.pid, number)

    @contextmanager
    def without(self, *parts: str) -> Iterator[None]:
        """Kill parts, and start them again afterwards."""
        self._held.update(parts)
        for part in parts:
            self.kill(part)
        running = self.deployed.running
        until(lambda: all(running[part].poll() is not None for part in parts))
        try:
            yield
        finally:
            self._held.difference_update(parts)

    def own_disk(self) -> Disk:
        """Return the disk of the database and the sealer. Raises NotRun."""
        if isinstance(self.disk, NotRun):
            raise self.disk
        return self.disk

    def cut_power(self) -> None:
        """Cut the power of everything while it writes, and start it again.

        What stands between PostgreSQL and everybody else is stopped a moment before, so that
        nothing is told to anybody after the cut.
        """
        disk = self.own_disk()
        for part in PARTS:
            self.kill(part, signal.SIGSTOP)
        left = disk.cut()
        with self.without(*PARTS, "broker"):
            self.cluster.kill()
            disk.become(left)
            # After a real cut its number is no process's; here the parent may not have asked yet.
            (self.cluster.data / "postmaster.pid").unlink()
            self.start_database()

    def kill_database(self) -> None:
        """Kill PostgreSQL and all its processes at once, and start it again."""
        self.cluster.kill()
        self.start_database()

    def start_database(self, environment: Mapping[str, str] | None = None) -> None:
        """Start PostgreSQL again where it was."""
        self.cluster.start(*SETTINGS, environment=environment)

    def standby(self, *, synchronous: bool) -> Cluster:
        """Add a replica that has caught up, on a port of its own."""
        made = self.more.enter_context(replica(self.cluster, *SETTINGS, port=free_port()))
        if synchronous:
            self.do("ALTER SYSTEM SET synchronous_standby_names = '*'")
            self.do("SELECT pg_reload_conf()")
            self.cluster.until("EXISTS (SELECT FROM pg_stat_replication WHERE sync_state = 'sync')")
        return made

    def look_at(self, *hosts: str) -> None:
        """Let every part look for the primary at these hosts, and wait until the service is
        ready."""
        folders = [
            self.deployed.database.credentials,
            *self.deployed.folder.glob("secrets-*"),
        ]
        for file in (one for folder in folders for one in folder.glob("*-url")):
            login = file.read_text().split("@")[0]
            choice = "target_session_attrs=read-write"
            file.write_text(f"{login}@{','.join(hosts)}/answerable?{choice}\n")
        with self.without(*PARTS):
            pass
        until(self._all_run)
        until(self.is_ready)

    def _all_run(self) -> bool:
        return all(self.deployed.running[part].poll() is None for part in PARTS)

    def is_held(self) -> bool:
        """Return whether the sealer refuses to sign on, in the database that is there now."""
        held = "SELECT EXISTS (SELECT FROM follow.positions WHERE name = 'sealer' AND {})"
        return bool(self.cluster.value(held.format("held_why IS NOT NULL")))

    def promote(self, standby: Cluster) -> None:
        """Let a standby be the primary from now on."""
        standby.promote()
        self.cluster = standby

    def memory(self) -> dict[str, float]:
        """Return the memory of each part's processes, in MB; what several share counts once."""
        held: Counter[str] = Counter()
        groups = {self.deployed.running[part].pid: part for part in PARTS}
        for process in Path("/proc").glob("[0-9]*"):
            with suppress(OSError):
                part = groups.get(os.getpgid(int(process.name)))
                if part is not None:
                    said = (process / "smaps_rollup").read_text()
                    held[part] += int(said.partition("\nPss:")[2].split()[0])
        return {part: kb / 1024 for part, kb in held.items()}

    @property
    def sealer_folder(self) -> Path:
        """Return where the sealer's notebook lies."""
        return (self.deployed.folder / "sealer").resolve()

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


def _disk(stack: ExitStack, folder: Path, database: PlainDatabase) -> Disk | NotRun:
    """Move the database and the sealer's folder to a disk of their own, if there can be one."""
    try:
        made = stack.enter_context(disk())
    except NotRun as error:
        return error
    sealer = folder / "sealer"
    sealer.mkdir(mode=0o700)
    if apart():
        os.chown(sealer, OUTSIDERS["sealer"], OUTSIDERS["sealer"])
    made.take(sealer)
    made.take(database.cluster.data)
    stack.callback(database.cluster.stop, "immediate")
    return made


def address(of: Cluster) -> str:
    """Return where a cluster listens."""
    return f"127.0.0.1:{of.port}"


@contextmanager
def site(folder: Path, *, own_disk: bool = True, limits: bool = False) -> Iterator[Site]:
    """Yield a service that is ready, with its token: on a disk of its own if it can be, and without
    limits of a token's requests unless they are asked for."""
    compose = compose_file()
    for name in ("web", "stream", "worker", "webhooks"):
        environment = compose["services"][name]["environment"]
        environment["ANSWERABLE_WEBHOOK_HOSTS"] = "127.0.0.1"
        if not limits:
            environment.pop("ANSWERABLE_REQUESTS_OF_A_TOKEN", None)
    folder.chmod(0o755)
    with ExitStack() as stack:
        database = stack.enter_context(plain_database())
        database.cluster.stop()
        deployed = Deployed(folder, database, compose, apart())
        none = NotRun("it lies on the machine's own disk")
        own = _disk(stack, folder, database) if own_disk else none
        here = Site(deployed, database.cluster, own, stack.enter_context(ExitStack()))
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
