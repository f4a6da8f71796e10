"""Connections to PostgreSQL: as the app role for all that runs, but for the sealer, which has a
role of its own; as the owner to migrate; and how many of them the settings come to."""

import re
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, TypeVar
from urllib.parse import unquote

import psycopg
from psycopg import Connection, conninfo
from psycopg.rows import TupleRow
from psycopg_pool import ConnectionPool, PoolTimeout

from ledger.errors import LogUnreachable, Unreadable
from ledger.settings import PREFIX, Settings, SettingsError

APP_ROLE = "answerable_app"
OWNER_ROLE = "answerable_owner"
SEALER_ROLE = "answerable_sealer"
OLDEST_VERSION = 170000  # as server_version_num says it
CONNECT_SECONDS = 5
ATTEMPTS = 3
POOL_SECONDS = 10  # to open a pool
TURN_SECONDS = 3  # to wait for a connection of it: while there is no database, threads do that

LISTENING = 1
"""Connections of a web process beside its pool: one listens for seals."""
FOLLOWERS = 10
"""Of the projector, the sealer and the webhooks: one each to listen, and one each to work; and four
with which the last read and write down what they send."""
RELAY = 4
"""Of the relay, where there is one."""
COMMANDS = 5
"""Of a command that somebody runs meanwhile, such as an import."""

_URL_OF = {
    APP_ROLE: f"{PREFIX}DATABASE_URL",
    SEALER_ROLE: f"{PREFIX}SEALER_DATABASE_URL",
}
"""The setting whose login acts as a role."""

_T = TypeVar("_T")


class DatabaseUnreachable(LogUnreachable):
    """PostgreSQL can't be connected to in the way asked; the sentence says what to do."""


class DatabaseTooOld(DatabaseUnreachable):
    """The server is older than we support."""


_SESSION = "-c timezone=UTC -c search_path=pg_catalog,pg_temp -c datestyle=ISO,MDY"
"""A function that somebody makes in another schema, by the name of one that we call, is not ours;
every name of ours is written with its schema."""


class Pool(ConnectionPool[Connection[TupleRow]]):
    """Connections that threads take turns with.

    A thread that has one may take a second one meanwhile. So as many threads may begin as leave two
    over: else each could have one and wait for another, all of them in vain.
    """

    def __init__(self, conninfo: str, *, max_size: int, **named: Any) -> None:
        super().__init__(conninfo, max_size=max_size, **named)
        self._turns = threading.BoundedSemaphore(max(1, max_size - 2))
        self._mine = threading.local()

    @contextmanager
    def connection(self, timeout: float | None = None) -> Iterator[Connection[TupleRow]]:
        """One for a `with`. PoolTimeout where none is free in time."""
        if getattr(self._mine, "first", False):
            with super().connection(timeout) as conn:
                yield conn
            return
        if not self._turns.acquire(timeout=self.timeout if timeout is None else timeout):
            raise PoolTimeout("other requests have all connections")
        self._mine.first = True
        try:
            with super().connection(timeout) as conn:
                yield conn
        finally:
            self._mine.first = False
            self._turns.release()


def connect(
    url: str,
    *,
    application_name: str = "answerable",
    autocommit: bool = False,
    role: str = APP_ROLE,
) -> Connection[TupleRow]:
    """One connection as the app role or another, in UTC. Raises DatabaseUnreachable."""
    return _connected(_as_role(url, application_name, role), autocommit)


def connect_owner(
    url: str, *, application_name: str = "answerable migrate", autocommit: bool = True
) -> Connection[TupleRow]:
    """One connection as the user of the URL itself, who may migrate. Raises DatabaseUnreachable."""
    return _connected(_settings(url, application_name, ""), autocommit)


def pool(
    url: str,
    *,
    min_size: int = 1,
    max_size: int = 10,
    application_name: str = "answerable",
    role: str = APP_ROLE,
) -> ConnectionPool[Connection[TupleRow]]:
    """An open pool of autocommit connections as the app role or another; close it, or use `with`.

    Opens within ten seconds or raises DatabaseUnreachable; `retried` replaces connections that
    broke. Make it after forking, never before. Each question is answered by one process of the
    database: others take longer to begin than most answers, and the processors are shared. What is
    asked for lies in memory as a rule: to the planner a page anywhere costs about as much as the
    next one.
    """
    settings = _settings(
        _as_role(url, application_name, role),
        application_name,
        "-c max_parallel_workers_per_gather=0 -c random_page_cost=1.1",
    )
    first = _connected(settings, autocommit=True)  # for its clear sentence
    opened = Pool(
        settings,
        connection_class=_OfAPool,
        kwargs={"autocommit": True, "first": [first]},
        min_size=min_size,
        max_size=max_size,
        name=application_name,
        timeout=TURN_SECONDS,
        open=False,
    )
    try:
        opened.open(wait=True, timeout=POOL_SECONDS)
    except PoolTimeout as error:
        opened.close()
        raise DatabaseUnreachable(
            f"{_place(settings)} gave fewer than {min_size} connections within {POOL_SECONDS} s: "
            "raise its max_connections, or stop what holds them."
        ) from error
    return opened


class _OfAPool(Connection[TupleRow]):
    """A connection of a pool, whose first one was made before it."""

    @classmethod
    def connect(  # type: ignore[override]
        cls, conninfo: str, *, first: list[Connection[TupleRow]], **named: Any
    ) -> Connection[TupleRow]:
        try:
            return first.pop()
        except IndexError:
            return super().connect(conninfo, **named)


def retried(
    connections: ConnectionPool[Connection[TupleRow]], work: Callable[[Connection[TupleRow]], _T]
) -> _T:
    """Do work that may safely be done again on a connection of the pool.

    Where the connection breaks, all of the pool's are checked, and it is tried again, three times
    in all; then LogUnreachable, as where the database takes no writes. (Checking each connection
    whenever it is taken would cost a round trip each time: half the time of recording an act.)
    """
    for attempt in range(1, ATTEMPTS + 1):
        try:
            with connections.connection() as conn:
                return work(conn)
        except psycopg.errors.ReadOnlySqlTransaction as error:
            raise LogUnreachable(
                "The database takes no writes just now: it is a standby, or was set read-only. "
                "Nothing was recorded. Send the same request again when that is over."
            ) from error
        except psycopg.OperationalError as error:
            if attempt == ATTEMPTS or isinstance(error, PoolTimeout):
                raise LogUnreachable(
                    "The database did not answer. Send the same request again."
                ) from error
            connections.check()
    raise AssertionError("unreachable")


def unreadable(error: psycopg.DataError) -> Unreadable:
    """What to say of a value in the database that Python has no form for: an infinite moment."""
    return Unreadable(
        f"The database holds what no program of ours wrote, and cannot be read ({error}): "
        "`answerable audit` says where."
    )


def without_password(url: str) -> str:
    """A database's URL as it may be shown; it is taken apart as libpq does it."""
    scheme, _, rest = url.partition("://")
    before, at, after = rest.partition("@")
    if at and "/" not in before:
        rest = before.partition(":")[0] + at + after
    place, mark, query = rest.partition("?")
    kept = [
        one
        for one in query.split("&")
        if not unquote(one.partition("=")[0]).strip().endswith("password")
    ]
    return f"{scheme}://{place}" + (mark + "&".join(kept) if any(kept) else "")


@dataclass(frozen=True)
class Capacity:
    """How many connections are needed, at most, and how many may be had."""

    needed: int
    had: int


def check_capacity(conn: Connection[TupleRow], settings: Settings) -> Capacity:
    """What the settings come to, beside what this user may have of this database: by the server's
    `max_connections` without what is kept for superusers, and by limits of database and role.
    SettingsError where the database takes fewer than are needed."""
    row = conn.execute(
        """
        SELECT least(
            current_setting('max_connections')::int
              - current_setting('superuser_reserved_connections')::int
              - current_setting('reserved_connections')::int,
            (SELECT nullif(datconnlimit, -1) FROM pg_database WHERE datname = current_database()),
            (SELECT nullif(rolconnlimit, -1) FROM pg_roles WHERE rolname = session_user))
        """
    ).fetchone()
    assert row is not None
    web = settings.web_processes * (settings.connections + LISTENING)
    followers = FOLLOWERS + (RELAY if settings.nats_url is not None else 0)
    found = Capacity(web + followers + COMMANDS, row[0])
    if found.needed > found.had:
        sentence = (
            f"The database takes {found.had} connections, and the settings come to {found.needed}: "
            f"{settings.web_processes} web processes ({PREFIX}WEB_PROCESSES) with "
            f"{settings.connections} each ({PREFIX}WEB_CONNECTIONS) and {LISTENING} that listens, "
            f"{followers} of the followers, {COMMANDS} of a command. Lower one of the settings, or "
            "raise the database's max_connections."
        )
        raise SettingsError([sentence])
    return found


def _as_role(url: str, application_name: str, role: str) -> str:
    return _settings(url, application_name, f"-c role={role}")


def _settings(url: str, application_name: str, options: str) -> str:
    """The URL with what every connection has, whatever the database, a role or the URL sets."""
    try:
        given = conninfo.conninfo_to_dict(url)
    except psycopg.ProgrammingError as error:
        raise DatabaseUnreachable(
            "The database's URL isn't one that PostgreSQL understands; it has the form "
            "postgresql://user:password@host:5432/database."
        ) from error
    return conninfo.make_conninfo(
        url,
        options=f"{given.get('options') or ''} {options} {_SESSION}".strip(),
        client_encoding="utf8",
        application_name=application_name,
        connect_timeout=given.get("connect_timeout") or CONNECT_SECONDS,
    )


def _connected(settings: str, autocommit: bool) -> Connection[TupleRow]:
    try:
        connection = psycopg.connect(settings, autocommit=autocommit)
    except psycopg.OperationalError as error:
        said = str(error)
        for role in (APP_ROLE, SEALER_ROLE):
            if role in said:
                raise DatabaseUnreachable(
                    f"{_place(settings)} doesn't let this user act as {role}: run `answerable "
                    f"migrate` with {_URL_OF[role]} set, which makes the login, or GRANT {role} to "
                    "the user yourself."
                ) from error
        reason = said.splitlines()[-1] if said else "no reason given"
        raise DatabaseUnreachable(
            f"{_place(settings)} can't be reached ({reason}): {_remedy(settings, reason)}"
        ) from error
    if (version := connection.info.server_version) < OLDEST_VERSION:
        connection.close()
        raise DatabaseTooOld(
            f"{_place(settings)} is PostgreSQL {version // 10000}; Answerable needs "
            f"{OLDEST_VERSION // 10000} or newer: upgrade it, or name another server."
        )
    return connection


def _remedy(settings: str, reason: str) -> str:
    """What to do where a connection is refused: by whose URL it was tried, and why it failed."""
    options = conninfo.conninfo_to_dict(settings).get("options") or ""
    url = next(
        (name for role, name in _URL_OF.items() if f"role={role} " in str(options)),
        f"{PREFIX}MIGRATE_DATABASE_URL",
    )
    if "authentication failed" in reason or re.search('role ".*" does not exist', reason):
        return f"run `answerable migrate`, which makes the logins, or correct {url}."
    return f"start it, or correct {url}."


def _place(settings: str) -> str:
    """Which database, in words that hold no password."""
    given = conninfo.conninfo_to_dict(settings)
    host = given.get("host") or given.get("hostaddr") or "localhost"
    return f"The database {given.get('dbname') or given.get('user') or ''} at {host}"
