"""PostgreSQL clusters that tests start, stop, copy and promote by PostgreSQL's own programs."""

import os
import shutil
import signal
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

import psycopg

from ledger.postgres.binaries import Binaries, candidates, find, read
from ledger.postgres.embedded import SystemUser, unprivileged, usable
from tests.processes import children, pause, runs, until
from tests.servers import new_folder

SETTINGS = ("listen_addresses=''", "fsync=off", "timezone=UTC", "max_connections=60")


@dataclass(frozen=True)
class Cluster:
    """A data directory, the folder of its socket, and whose they are."""

    folder: Path
    binaries: Binaries
    user: SystemUser
    port: int = 5432
    """It names the socket. A server that is started with `listen_addresses` listens on it too."""

    @property
    def data(self) -> Path:
        return self.folder / "data"

    @property
    def socket(self) -> Path:
        return self.folder / f".s.PGSQL.{self.port}"

    def url(self, database: str = "answerable") -> str:
        """The superuser's URL of a database."""
        port = "" if self.port == 5432 else f"&port={self.port}"
        return f"postgresql://postgres@/{database}?host={quote(str(self.folder), safe='')}{port}"

    def start(self, *more: str, environment: Mapping[str, str] | None = None) -> None:
        """Start its server, with more settings, and wait until it lets somebody connect."""
        options = " ".join(f"-c {one}" for one in (*SETTINGS, *more))
        options += f" -c unix_socket_directories={self.folder} -c port={self.port}"
        command = ["start", "-w", "-D", self.data, "-o", options, "-l", self.folder / "log"]
        try:
            self.run("pg_ctl", *command, environment=environment)
        except AssertionError as error:
            error.add_note((self.folder / "log").read_text()[-2000:])
            raise

    def stop(self, mode: str = "fast") -> None:
        """Stop its server; `immediate` is as if it were killed."""
        if (self.data / "postmaster.pid").exists():
            self.run("pg_ctl", "stop", "-w", "-D", self.data, "-m", mode)

    def processes(self) -> list[int]:
        """The processes of its server, the first one first."""
        server = int((self.data / "postmaster.pid").read_text().split()[0])
        return [server, *children(server)]

    def kill(self) -> None:
        """Kill its server with all its processes at once, so that nothing more is written."""
        killed = self.processes()
        for process in killed:
            with suppress(ProcessLookupError):
                os.kill(process, signal.SIGKILL)
        until(lambda: not any(map(runs, killed)))
        # A server that ended, and that its parent has not asked for yet, would count as running.
        for lock in (self.data / "postmaster.pid", *self.folder.glob(".s.PGSQL.*.lock")):
            lock.unlink()

    def restart(self) -> None:
        """Stop its server and start it again."""
        self.stop()
        self.start()

    def promote(self) -> None:
        """Make a replica the primary."""
        self.run("pg_ctl", "promote", "-w", "-D", self.data)

    def run(
        self, program: str, *arguments: object, environment: Mapping[str, str] | None = None
    ) -> str:
        """Run one of PostgreSQL's programs, as whose the cluster is: what it printed."""
        command = [self.binaries.program(program), *map(str, arguments)]
        code, said = self.user.run(command, self.folder, environment)
        assert code == 0, said
        return said

    def value(self, query: str) -> Any:
        """The one value that a query answers with."""
        with psycopg.connect(self.url(), autocommit=True) as connection:
            row = connection.execute(query.encode()).fetchone()
        assert row is not None
        return row[0]

    def do(self, statement: str) -> None:
        with psycopg.connect(self.url(), autocommit=True) as connection:
            connection.execute(statement.encode())

    def until(self, condition: str) -> None:
        """Wait until a condition of SQL holds."""
        asked = f"SELECT {condition}".encode()
        with psycopg.connect(self.url(), autocommit=True) as connection:
            until(lambda: connection.execute(asked).fetchone() == (True,))


OTHERS = "TEST_PG_BIN"
"""A variable with more directories of PostgreSQL's programs, with colons between."""


def of_version(major: int) -> Binaries | None:
    """The programs of a version of PostgreSQL, if they are on this machine."""
    more = map(Path, filter(None, os.environ.get(OTHERS, "").split(":")))
    found = (read(place) for place in (*more, *candidates()))
    return next((one for one in found if one is not None and one.major == major), None)


@contextmanager
def _folder(binaries: Binaries | None = None, port: int = 5432) -> Iterator[Cluster]:
    """A cluster's place, which is removed afterwards, with its server stopped."""
    folder = new_folder(Path("/tmp"))
    user = unprivileged() if os.geteuid() == 0 else SystemUser()
    user.own(folder)
    folder.chmod(0o700)
    cluster = Cluster(folder, usable(binaries or find(None, None), user, folder), user, port)
    try:
        yield cluster
    finally:
        cluster.stop("immediate")
        shutil.rmtree(folder)


@contextmanager
def primary(binaries: Binaries | None = None, port: int = 5432) -> Iterator[Cluster]:
    """A new cluster whose server runs, with an empty database."""
    with _folder(binaries, port) as cluster:
        cluster.run("initdb", "-D", cluster.data, "-U", "postgres", "-A", "trust", "-E", "UTF8")
        cluster.start()
        with psycopg.connect(cluster.url("postgres"), autocommit=True) as connection:
            connection.execute("CREATE DATABASE answerable")
        yield cluster


@contextmanager
def copied(of: Cluster) -> Iterator[Cluster]:
    """Yield a cluster whose server runs, with the data of one whose server is stopped: initdb and
    the migrations take ten times as long as a copy."""
    with _folder(of.binaries) as cluster:
        subprocess.run(["cp", "-a", of.data, cluster.data], check=True)
        cluster.start()
        yield cluster


@contextmanager
def replica(of: Cluster, *more: str, port: int = 5432) -> Iterator[Cluster]:
    """A streaming replica that has caught up, whose server has more settings."""
    with backup(of, "-R", port=port) as cluster:
        cluster.start(*more)
        follow(of, cluster)
        yield cluster


@contextmanager
def backup(of: Cluster, *more: str, port: int = 5432) -> Iterator[Cluster]:
    """A copy of a cluster whose server runs, made by `pg_basebackup`; nothing runs on it yet."""
    with _folder(of.binaries, port) as cluster:
        source = ["-h", of.folder, "-p", of.port, "-U", "postgres"]
        cluster.run("pg_basebackup", "-D", cluster.data, *source, "-c", "fast", *more)
        yield cluster


def follow(of: Cluster, cluster: Cluster) -> None:
    """Wait until a replica has all that its primary has written."""
    at = of.value("SELECT pg_current_wal_flush_lsn()")
    cluster.until(f"pg_last_wal_replay_lsn() >= '{at}'")


def detach(cluster: Cluster) -> None:
    """Let a replica fall behind: nothing reaches it any more."""
    cluster.do("ALTER SYSTEM SET primary_conninfo = ''")
    cluster.do("SELECT pg_reload_conf()")
    cluster.until("NOT EXISTS (SELECT FROM pg_stat_wal_receiver)")


@contextmanager
def frozen(cluster: Cluster) -> Iterator[None]:
    """No process of the server does anything meanwhile."""
    with frozen_server(cluster.processes()[0]):
        yield


@contextmanager
def frozen_server(server: int) -> Iterator[None]:
    """Pause a server meanwhile, by its process."""
    stopped = [server]
    try:
        pause(server)
        stopped += children(server)  # no more processes are added
        pause(*stopped)
        yield
    finally:
        for one in stopped:
            with suppress(ProcessLookupError):  # it had ended before
                os.kill(one, signal.SIGCONT)
