"""PostgreSQL servers of tests, and the databases in them: copied from those that were made once."""

import os
import shutil
import subprocess
import tempfile
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from itertools import count
from pathlib import Path
from typing import Any

import psycopg
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict

from ledger.acts.service import set_up
from ledger.application import Ledger
from ledger.postgres.connections import connect_owner, pool
from ledger.postgres.embedded import CLUSTER, Running, embedded, home, stop, unprivileged
from ledger.postgres.migrate import migrate
from ledger.register import shipped_bodies, shipped_rules, shipped_successions
from ledger.states.service import SETUP
from tests.kept import Contents, Kept

FOLDER = "answerable-tests-"  # and the number of the process whose it is
MIGRATED, BEGUN = "migrated", "begun"
_numbers = count(1)
_makers: dict[Running, psycopg.Connection] = {}
"""Of each server the connection that databases are made on: to make one costs as much again."""
Place = tuple[Running, str, bool]
"""A server, a template, and whether a clock is set in its copies."""
_free: defaultdict[Place, list[Kept]] = defaultdict(list)
"""The databases that nobody uses just now, as they were copied."""
_contents: dict[Place, Contents] = {}


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
    """Stop and remove what test runs that were killed have left."""
    for left in Path(tempfile.gettempdir()).glob(f"{FOLDER}*"):
        with suppress(OSError):  # another user's
            if not Path("/proc", left.name.removeprefix(FOLDER).split("-")[0]).exists():
                stop(home(left / "data") / CLUSTER)
                remove(left / "data")
                left.rmdir()


@contextmanager
def temporary_server(
    *, like: Path | None = None, inside: Path | None = None, **options: Any
) -> Iterator[Running]:
    """A server of its own in a temporary directory; both are gone afterwards. It begins with the
    cluster of another data directory, whose server does not run, if there is one."""
    with data_directory(inside) as data:
        if like is not None:
            copy(like, data)
        with embedded(data, **options) as running:
            yield running
            for place in [one for one in _free if one[0] == running]:
                for kept in _free.pop(place):
                    kept.close()
            if there := _makers.pop(running, None):
                there.close()


def copy(data: Path, to: Path) -> None:
    """Copy the cluster of a data directory whose server does not run: whose its files are, too."""
    subprocess.run(["cp", "-a", home(data) / CLUSTER, to], check=True)


def hurry(server: Running) -> None:
    """These data needn't outlive the machine; they do outlive a killed server."""
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
def new_database(postgres: Running, template: str) -> Iterator[str]:
    """A database copied from another one; dropped afterwards, whoever is still connected."""
    url = _copied(postgres, template)
    try:
        yield url
    finally:
        _drop(postgres, url)


@contextmanager
def kept_database(
    postgres: Running, template: str, *, has_clock: bool = False, again: bool = True
) -> Iterator[Kept]:
    """The same, but that what was done in it is taken back afterwards, and it is used again; it is
    dropped where that cannot be. Who sets its clock says so. `again` is False where nobody may have
    used it, nor what is connected to it."""
    place = postgres, template, has_clock
    free = _free[place] if again else []
    if free:
        kept = free.pop()
    else:
        url = _copied(postgres, template)
        since = _makers[postgres].execute("SELECT pg_current_xact_id()::text").fetchone()
        assert since is not None
        kept = Kept(url, since[0], _contents.get(place), has_clock=has_clock)
        _contents[place] = kept.copied
    try:
        yield kept
    finally:
        if again and kept.taken_back():
            free.append(kept)
        else:
            kept.close()
            _drop(postgres, kept.url)


def _copied(postgres: Running, origin: str) -> str:
    """The URL of a database copied from another one."""
    name = f"test_{next(_numbers)}"
    if postgres not in _makers or _makers[postgres].broken:
        _makers[postgres] = psycopg.connect(postgres.url("postgres"), autocommit=True)
    # Copying files takes a third of the work of copying block by block through the log.
    made = f"CREATE DATABASE {name} TEMPLATE {origin} STRATEGY FILE_COPY"
    _makers[postgres].execute(made.encode())
    return postgres.url(name)


def _drop(postgres: Running, url: str) -> None:
    name = str(conninfo_to_dict(url)["dbname"])
    _makers[postgres].execute(f"DROP DATABASE {name} WITH (FORCE)".encode())
