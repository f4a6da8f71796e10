"""A PostgreSQL of one's own in a data directory, for trying out and tests, not for production.

Whoever uses it holds a shared lock on a file in the data directory, and an exclusive one while
starting or stopping the server. Who leaves last gets the exclusive lock at once, and stops it; a
server whose users were killed is found by the next one.
"""

import fcntl
import os
import random
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

import psycopg
from psycopg import errors

from ledger.postgres.binaries import EmbeddedError
from ledger.postgres.process import PORT, alive, postmaster, stop
from ledger.postgres.server import START_SECONDS, SUPERUSER, home, start

__all__ = ["EmbeddedError", "Running", "embedded", "running"]

DATABASE = "answerable"
LOCK = "in-use.lock"
WAIT_SECONDS = START_SECONDS  # for another process that starts or stops it
SILENT_SECONDS = 5  # for a server that is there, but doesn't answer


@dataclass(frozen=True)
class Running:
    """A server that runs: the data directory, and the directory of its Unix socket."""

    data: Path
    socket_dir: Path

    @property
    def owner_url(self) -> str:
        """The URL of the database `answerable` for its owner, a superuser."""
        return self.url(DATABASE)

    def url(self, database: str) -> str:
        """The owner's URL of any database of this server."""
        where = f"host={quote(str(self.socket_dir), safe='')}&port={PORT}"
        return f"postgresql://{SUPERUSER}@/{quote(database, safe='')}?{where}"


@contextmanager
def embedded(
    data: Path, *, bin_dir: Path | None = None, environment: Mapping[str, str] | None = None
) -> Iterator[Running]:
    """Use the server of a data directory: join the one that runs, or start it.

    `environment` is added to that of a server that this call starts. Raises EmbeddedError. Signals
    are the caller's: turn SIGTERM into an exception, so that the server is stopped.
    """
    data = data.resolve()
    lock = _lock_file(data)
    try:
        yield _join(lock, data, bin_dir, environment or {})
    finally:
        try:
            if _locked(lock, fcntl.LOCK_EX):
                stop(home(data) / "postgres")
        finally:
            os.close(lock)


def running(data: Path) -> Running | None:
    """The server of a data directory, if one runs; starts nothing. Raises EmbeddedError."""
    try:
        found = postmaster(home(data) / "postgres")
    except PermissionError as error:
        raise _forbidden(data, error) from error
    if found and found.socket_dir and found.answers():
        return Running(data.resolve(), found.socket_dir)
    return None


def begun(data: Path) -> bool:
    """Whether a data directory has a database, running or not. One that is closed to us may."""
    try:
        os.stat(home(data.resolve()) / "postgres" / "PG_VERSION")
    except PermissionError:
        return True
    except OSError:
        return False
    return True


def _join(lock: int, data: Path, bin_dir: Path | None, environment: Mapping[str, str]) -> Running:
    """Hold the shared lock on a server that answers."""
    deadline = time.monotonic() + WAIT_SECONDS
    silent_since = None
    while time.monotonic() < deadline:
        if _locked(lock, fcntl.LOCK_EX):
            try:
                _ensure_started(data, bin_dir, environment)
            except OSError as error:
                raise _forbidden(data, error) from error
        if _locked(lock, fcntl.LOCK_SH):
            if found := running(data):
                return found
            fcntl.flock(lock, fcntl.LOCK_UN)  # it has just been stopped, or it broke down
            silent_since = silent_since or time.monotonic()
            if time.monotonic() > silent_since + SILENT_SECONDS:
                break
        time.sleep(random.uniform(0.01, 0.05))  # noqa: S311 (so that two don't keep in step)
    raise EmbeddedError(
        f"Other processes use the database of {data}, but it doesn't answer: stop them, and try "
        f"again; {data / 'postgres.log'} says what happened to it."
    )


def _ensure_started(data: Path, bin_dir: Path | None, environment: Mapping[str, str]) -> None:
    """With the exclusive lock: adopt a server whose users were killed, or start one."""
    deadline = time.monotonic() + SILENT_SECONDS
    while True:
        if not _adopted(data):
            try:
                start(data, bin_dir, environment)
            except EmbeddedError:
                if not _adopted(data):  # one that a killed process was just starting came first
                    raise
        try:
            if here := running(data):
                _make_database(here)
            return
        except psycopg.Error as error:  # it was just being killed, perhaps: then start another
            if time.monotonic() > deadline:
                raise EmbeddedError(
                    f"The database server of {data} has started, but can't be used: mend what it "
                    f"says: {error}"
                ) from error
            time.sleep(0.05)


def _adopted(data: Path) -> bool:
    """Whether a server is there already, once it has come up, or gone away."""
    cluster = home(data) / "postgres"
    since = time.monotonic()
    while (found := postmaster(cluster)) and alive(found.pid, cluster):
        if found.answers():
            return True
        if time.monotonic() > since + (SILENT_SECONDS if found.ready else START_SECONDS):
            stop(cluster)  # nobody uses it, and its socket has gone
        time.sleep(0.02)
    return False


def _make_database(here: Running) -> None:
    with psycopg.connect(here.url(SUPERUSER), autocommit=True) as connection:
        known = "SELECT 1 FROM pg_catalog.pg_database WHERE datname = %s"
        if not connection.execute(known, (DATABASE,)).fetchone():
            # For a starter that was killed meanwhile the server may be making it already.
            with suppress(errors.DuplicateDatabase, errors.UniqueViolation):
                connection.execute(f"CREATE DATABASE {DATABASE}".encode())


def _lock_file(data: Path) -> int:
    try:
        data.mkdir(parents=True, exist_ok=True)
        lock = os.open(data / LOCK, os.O_RDWR | os.O_CREAT, 0o600)
    except OSError as error:
        raise _forbidden(data, error) from error
    owner = data.stat()
    if os.geteuid() == os.fstat(lock).st_uid == 0 != owner.st_uid:
        os.fchown(lock, owner.st_uid, owner.st_gid)  # root must not shut the owner out
    return lock


def _locked(lock: int, kind: int) -> bool:
    """Take the lock, or change to it, if that is possible at once."""
    try:
        fcntl.flock(lock, kind | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _forbidden(data: Path, error: OSError) -> EmbeddedError:
    return EmbeddedError(
        f"The data directory {data} can't be used ({error.strerror}: {error.filename}): run as "
        "its owner, make room on its disk, or name another directory in ANSWERABLE_DATA."
    )
