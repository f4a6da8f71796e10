"""PostgreSQL clusters that tests start, stop, copy and promote by PostgreSQL's own programs."""

import os
import shutil
import signal
import subprocess
from collections.abc import Iterator
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

    @property
    def data(self) -> Path:
        return self.folder / "data"

    def url(self, database: str = "answerable") -> str:
        """The superuser's URL of a database."""
        return f"postgresql://postgres@/{database}?host={quote(str(self.folder), safe='')}"

    def start(self, *more: str) -> None:
        """Start its server, with more settings, and wait until it lets somebody connect."""
        options = " ".join(f"-c {one}" for one in (*SETTINGS, *more))
        options += f" -c unix_socket_directories={self.folder}"
        log = self.folder / "log"
        try:
            self.run("pg_ctl", "start", "-w", "-D", self.data, "-o", options, "-l", log)
        except AssertionError as error:
            error.add_note(log.read_text()[-2000:])
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

    def run(self, program: str, *arguments: object) -> None:
        """Run one of PostgreSQL's programs, as whose the cluster is."""
        command = [self.binaries.program(program), *map(str, arguments)]
        code, said = self.user.run(command, self.folder)
        assert code == 0, said

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
def _folder(binaries: Binaries | None = None) -> Iterator[Cluster]:
    """A cluster's place, which is removed afterwards, with its server stopped."""
    folder = new_folder(Path("/tmp"))
    user = unprivileged() if os.geteuid() == 0 else SystemUser()
    user.own(folder)
    folder.chmod(0o700)
    cluster = Cluster(folder, usable(binaries or find(None, None), user, folder), user)
    try:
        yield cluster
    finally:
        cluster.stop("immediate")
        shutil.rmtree(folder)


@contextmanager
def primary(binaries: Binaries | None = None) -> Iterator[Cluster]:
    """A new cluster whose server runs, with an empty database."""
    with _folder(binaries) as cluster:
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
def replica(of: Cluster) -> Iterator[Cluster]:
    """A streaming replica that has caught up."""
    with _folder() as cluster:
        cluster.run(
            "pg_basebackup",
            "-D",
            cluster.data,
            "-h",
            of.folder,
            "-U",
            "postgres",
            "-R",
            "-c",
            "fast",
        )
        cluster.start()
        follow(of, cluster)
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
