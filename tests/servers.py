"""PostgreSQL servers of tests, and the databases in them: copied from those that were made once."""

import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from functools import cached_property
from itertools import count
from pathlib import Path
from typing import Any

import psycopg
from psycopg import Connection, sql
from psycopg.rows import TupleRow
from psycopg_pool import ConnectionPool

from ledger.acts.service import set_up
from ledger.application import Ledger
from ledger.postgres.connections import connect_owner, pool
from ledger.postgres.embedded import CLUSTER, Running, embedded, home, stop, unprivileged
from ledger.postgres.migrate import migrate
from ledger.register import shipped_bodies, shipped_rules, shipped_successions
from ledger.states.service import SETUP

FOLDER = "answerable-tests-"  # and the number of the process whose it is
LENT = "TEST_SERVER"
"""The variable that names the data directory of a server that many runs of tests use in turn."""
MIGRATED, BEGUN = "migrated", "begun"
_numbers = count(1)
_makers: dict[Running, psycopg.Connection] = {}
"""The connection on which each server makes its databases: opening one takes as long as a copy."""


class Patient(Running):
    """A server of tests. The service gives a connection two seconds, which a machine that tests
    keep busy may need for each."""

    def url(self, database: str) -> str:
        return f"{super().url(database)}&connect_timeout=60"


class FreshDatabase:
    """A database that was copied for one test. Each connection opens when a test first uses it, and
    all of them close with `close`."""

    def __init__(self, url: str) -> None:
        self.url = url
        """The owner's URL."""
        self._open = ExitStack()

    @cached_property
    def owner(self) -> Connection[TupleRow]:
        """A connection of the superuser."""
        return self._open.enter_context(psycopg.connect(self.url, autocommit=True))

    @cached_property
    def untriggered(self) -> Connection[TupleRow]:
        """A connection of the superuser that no trigger stops."""
        options = "-c session_replication_role=replica"
        made = psycopg.connect(self.url, autocommit=True, options=options)
        return self._open.enter_context(made)

    @cached_property
    def pool(self) -> ConnectionPool[Connection[TupleRow]]:
        """Connections as the service has them."""
        return self._open.enter_context(pool(self.url))

    @cached_property
    def ledger(self) -> Ledger:
        """A ledger over the pool."""
        return Ledger(self.pool, self.url)

    def close(self) -> None:
        self._open.close()


def new_folder(inside: Path | None = None) -> Path:
    """A folder for a server; `sweep` removes it where this process is killed."""
    folder = Path(tempfile.mkdtemp(prefix=f"{FOLDER}{os.getpid()}-", dir=inside))
    folder.chmod(0o711)  # for the server, which runs as another user where the tests run as root
    return folder


def given(data: Path) -> Path:
    """Make a data directory. If we are root it belongs to the user whom PostgreSQL runs as, so that
    the cluster lies in it, in memory, and not in /var/lib/answerable."""
    data.mkdir()
    if os.geteuid() == 0:
        unprivileged().own(data)
    return data


@contextmanager
def data_directory(inside: Path | None = None) -> Iterator[Path]:
    """A data directory, with nothing in it, that is removed afterwards."""
    folder = new_folder(inside)
    try:
        yield given(folder / "data")
    finally:
        remove(folder / "data")
        folder.rmdir()


def remove(data: Path) -> None:
    """Remove a data directory, with the cluster that it may point to."""
    for place in {home(data), data}:
        shutil.rmtree(place, ignore_errors=True)


def sweep() -> None:
    """Stop and remove what test runs that were killed have left: servers with a data directory of
    ours, and clusters (tests/clusters.py), which lie in /tmp."""
    places = {Path(tempfile.gettempdir()), Path("/tmp")}
    for left in (one for place in places for one in place.glob(f"{FOLDER}*")):
        with suppress(OSError):  # another user's
            if not Path("/proc", left.name.removeprefix(FOLDER).split("-")[0]).exists():
                for cluster in (home(left / "data") / CLUSTER, left / "data"):
                    stop(cluster)
                remove(left / "data")
                shutil.rmtree(left)


@contextmanager
def temporary_server(*, inside: Path | None = None, **options: Any) -> Iterator[Running]:
    """Run a server of its own in a temporary directory; both are gone afterwards."""
    with data_directory(inside) as data, joined(data, **options) as running:
        yield running


@contextmanager
def joined(data: Path, **options: Any) -> Iterator[Running]:
    """Use the server of a data directory, which is started unless it runs."""
    with embedded(data, **options) as found:
        running = Patient(found.data, found.socket_dir)
        yield running
        if there := _makers.pop(running, None):
            there.close()


def hurry(server: Running) -> None:
    """Let a server write without waiting for the disk. Its data outlive a killed server all the
    same, but not a machine that stops."""
    with psycopg.connect(server.owner_url, autocommit=True) as connection:
        connection.execute("ALTER SYSTEM SET fsync = off")
        connection.execute("ALTER SYSTEM SET full_page_writes = off")
        connection.execute("SELECT pg_reload_conf()")


def template(server: Running, name: str, of: str, make: Callable[[str], str]) -> str:
    """Make a database that others are copied from, itself copied from one, unless the server has it
    already. `make` is given its URL, and returns what is to be known of it, as this does."""
    with psycopg.connect(server.url("postgres"), autocommit=True) as connection:
        found = connection.execute(
            "SELECT coalesce(shobj_description(oid, 'pg_database'), '') FROM pg_database"
            " WHERE datname = %s",
            [name],
        ).fetchone()
        if found is not None:
            return str(found[0])
        connection.execute(f"CREATE DATABASE {name} TEMPLATE {of}".encode())
        known = make(server.url(name))
        said = sql.SQL("COMMENT ON DATABASE {} IS {}")
        connection.execute(said.format(sql.Identifier(name), sql.Literal(known)))
    return known


def migrated(server: Running) -> str:
    """The name of a database that is migrated, and no more."""

    def make(url: str) -> str:
        with connect_owner(url) as owner:
            migrate(owner)
        return ""

    template(server, MIGRATED, "template1", make)
    return MIGRATED


def begun(server: Running) -> str:
    """The name of a database whose log is set up, with all bodies and rules, and no more."""

    def make(url: str) -> str:
        with pool(url, max_size=4) as connections:
            log = Ledger(connections, url)
            log.record(SETUP, set_up, shipped_bodies(), shipped_rules(), shipped_successions())
        return ""

    template(server, BEGUN, migrated(server), make)
    return BEGUN


@contextmanager
def fresh_database(postgres: Running, template: str) -> Iterator[FreshDatabase]:
    """Copy a database for one test. Drop the copy afterwards, whoever is still connected."""
    name = f"test_{os.getpid()}_{next(_numbers)}"
    if postgres not in _makers or _makers[postgres].broken:
        _makers[postgres] = psycopg.connect(postgres.url("postgres"), autocommit=True)
    # Copying files takes a third of the work of copying block by block through the log.
    made = f"CREATE DATABASE {name} TEMPLATE {template} STRATEGY FILE_COPY"
    _makers[postgres].execute(made.encode())
    database = FreshDatabase(postgres.url(name))
    try:
        yield database
    finally:
        database.close()
        _makers[postgres].execute(f"DROP DATABASE {name} WITH (FORCE)".encode())


@contextmanager
def new_database(postgres: Running, template: str) -> Iterator[str]:
    """Yield the owner's URL of a fresh database."""
    with fresh_database(postgres, template) as database:
        yield database.url
