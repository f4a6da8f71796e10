"""Connections to PostgreSQL.

Everything runs as the app role, except the sealer, which has its own role, and migrations, which
run as the owner. The settings also give the number of connections that are needed.

No wait is without end. The kernel ends a connection whose other host is gone, on both sides. The
server ends statements and waits for locks that last too long (`Limits`). This side gives up a
connection if the server stands still and does not answer.
"""

import re
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Self, TypeVar
from urllib.parse import unquote

import psycopg
from psycopg import Connection, Cursor, conninfo
from psycopg.abc import PQGen
from psycopg.rows import TupleRow
from psycopg_pool import ConnectionPool, PoolTimeout

from ledger.errors import LogUnreachable, OutcomeUnknown, Unreadable
from ledger.settings import PREFIX, Settings, SettingsError

APP_ROLE = "answerable_app"
OWNER_ROLE = "answerable_owner"
SEALER_ROLE = "answerable_sealer"
OLDEST_VERSION = 170000  # as server_version_num says it
ATTEMPTS = 3
POOL_SECONDS = 10  # to open a pool
TURN_SECONDS = 3  # to wait for a connection of it: while there is no database, threads do that

LISTENING = 1
"""Connections of a web process beside its pool: one listens for seals."""
STREAMS = 4
"""Connections of a process for streams alone, as docs/follow.md and compose start it."""
FOLLOWERS = 10
"""Connections of the projector, the sealer and the webhooks: one each to listen, and one each to
work. The webhooks have four more to read and write down what they send."""
RELAY = 4
"""Connections of the relay."""
COMMANDS = 5
"""Connections of a command that somebody runs meanwhile, such as an import."""

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


@dataclass(frozen=True)
class Limits:
    """The time that a session may take, in seconds; 0: without end. The URL's own limits come
    first."""

    lock: int
    """To wait for a lock."""
    statement: int
    idle: int
    """To do nothing within a transaction."""
    answer: int
    """To wait for the server's answer to a statement, whatever the server itself says."""

    @property
    def options(self) -> str:
        """Return the limits, as the server is told them."""
        return (
            f"-c lock_timeout={self.lock}s -c statement_timeout={self.statement}s "
            f"-c idle_in_transaction_session_timeout={self.idle}s"
        )


WEB = Limits(lock=5, statement=30, idle=60, answer=35)
"""Somebody waits for the answer."""
FOLLOWER = Limits(lock=30, statement=600, idle=600, answer=660)
"""Their work is tried again."""
COMMAND = Limits(lock=600, statement=0, idle=0, answer=0)
"""A rebuild or an audit works for hours, and holds a snapshot meanwhile."""
OWNER = Limits(lock=0, statement=0, idle=0, answer=0)
"""A migration waits as long as it takes."""
_AT_ONCE = 2.0
"""Seconds that a server which did not answer a moment ago is given before each statement."""

_NETWORK = {
    "connect_timeout": 2,  # for each host that the URL names
    "keepalives": 1,
    "keepalives_idle": 1,
    "keepalives_interval": 1,
    "keepalives_count": 2,
    "tcp_user_timeout": 3000,
}
"""Parameters of libpq by which a host that vanished is found out within three seconds."""
_NETWORK_OF_SERVER = (
    "-c tcp_keepalives_idle=1 -c tcp_keepalives_interval=1 -c tcp_keepalives_count=2 "
    "-c tcp_user_timeout=3000"
)
"""The same for the server: what a vanished client leads or has locked is free as soon."""
_SESSION = "-c timezone=UTC -c search_path=pg_catalog,pg_temp -c datestyle=ISO,MDY"
"""A function that somebody makes in another schema, by the name of one that we call, is not ours;
every name of ours is written with its schema."""
_thread = threading.local()


class NoAnswer(psycopg.OperationalError):
    """The server did not answer in time, and the connection was given up. The server may still do
    what was asked."""


@contextmanager
def patience(seconds: float) -> Iterator[None]:
    """Let this thread wait no longer for any answer of the database: then NoAnswer."""
    before = getattr(_thread, "patience", 0.0)
    _thread.patience = min(before or seconds, seconds)
    try:
        yield
    finally:
        _thread.patience = before


_served: dict[str, tuple[str, str]] = {}
"""The host and port that served last, by what they were asked for."""
_lost: dict[str, tuple[str, str]] = {}
"""Those to which a connection broke last, likewise, until one is made to them again."""
_WRITES = ("read-write", "primary")


def _last_first(settings: str) -> str:
    """Return where to connect, with the host first that served last, if there are several. One to
    which a connection broke comes last, if the URL asks for the host that takes writes: else a
    standby would be taken for it."""
    given = conninfo.conninfo_to_dict(settings)
    hosts = str(given.get("host") or "").split(",")
    if len(hosts) == 1 or settings not in _served or given.get("hostaddr"):
        return settings
    ports = str(given.get("port") or "5432").split(",")
    places = list(zip(hosts, ports * len(hosts) if len(ports) == 1 else ports, strict=True))
    asks_for_writes = given.get("target_session_attrs") in _WRITES
    lost = _lost.get(settings) if asks_for_writes else None
    places.sort(key=lambda place: (place == lost, place != _served[settings]))
    return conninfo.make_conninfo(
        settings,
        host=",".join(host for host, _ in places),
        port=",".join(port for _, port in places),
    )


class _Bounded(Connection[TupleRow]):
    """A connection that waits for each answer for a bounded time."""

    answer = 0.0
    """Seconds; 0: without end."""
    asked = ""
    """The hosts that it was asked to connect to."""
    place: tuple[str, str] | None = None
    """The host and port that it is to."""

    @classmethod
    def connect(cls, conninfo: str = "", **named: Any) -> Self:
        """Connect. The host that served last is tried first, so that a host that is gone costs its
        time once."""
        made = super().connect(_last_first(conninfo), **named)
        made.asked = conninfo
        made.place = _served[conninfo] = made.info.host, str(made.info.port)
        if _lost.get(conninfo) == made.place:
            del _lost[conninfo]
        return made

    def _is_lost(self) -> None:
        """Note to which host this connection broke."""
        if self.place is not None:
            _lost[self.asked] = self.place

    def wait(self, gen: PQGen[_T], interval: float = 0.1, timeout: float | None = None) -> _T:
        """Wait for an answer, or for so long as this thread or the connection may. It may raise
        NoAnswer."""
        most = getattr(_thread, "patience", 0.0) or self.answer or None
        own = timeout is not None and (most is None or timeout <= most)
        try:
            return super().wait(gen, interval, timeout if own else most)
        except psycopg.errors._WaitTimeout:
            if own:
                raise
            self._is_lost()
            self.close()
            raise NoAnswer(f"PostgreSQL did not answer within {most:g} s") from None
        except psycopg.OperationalError:
            if self.closed:
                self._is_lost()
            raise


class Pool(ConnectionPool[Connection[TupleRow]]):
    """Connections that threads take turns with.

    A thread that has one may take a second one meanwhile. So as many threads may begin as leave two
    over: else each could have one and wait for another, all of them in vain. A second use of the
    first connection would join its transaction.
    """

    def __init__(self, conninfo: str, *, max_size: int, **named: Any) -> None:
        super().__init__(conninfo, max_size=max_size, **named)
        self._turns = threading.BoundedSemaphore(max(1, max_size - 2))
        self._mine = threading.local()
        self._stands_still = False
        """True if the server did not answer the last time. Then one thread asks it for a sign
        first, so that nobody else waits as long for nothing."""

    @contextmanager
    def connection(self, timeout: float | None = None) -> Iterator[Connection[TupleRow]]:
        """Lend a connection to a `with`. Raise PoolTimeout if none is free in time."""
        if getattr(self._mine, "first", False):
            with self._answering(timeout) as conn:
                yield conn
            return
        if not self._turns.acquire(timeout=self.timeout if timeout is None else timeout):
            raise PoolTimeout("other requests have all connections")
        self._mine.first = True
        try:
            with self._answering(timeout) as conn:
                yield conn
        finally:
            self._mine.first = False
            self._turns.release()

    @contextmanager
    def _answering(self, timeout: float | None) -> Iterator[Connection[TupleRow]]:
        with super().connection(timeout) as conn:
            try:
                if self._stands_still:
                    with patience(_AT_ONCE):
                        conn.execute("SELECT")
                    self._stands_still = False
                yield conn
            except NoAnswer:
                self._stands_still = True
                raise


def connect(
    url: str,
    *,
    application_name: str = "answerable",
    autocommit: bool = False,
    role: str = APP_ROLE,
    limits: Limits = COMMAND,
) -> Connection[TupleRow]:
    """Return one connection as the app role or another, in UTC. Raises DatabaseUnreachable."""
    settings = _settings(url, application_name, f"-c role={role}", limits)
    return _connected(settings, limits, autocommit=autocommit)


def connect_owner(
    url: str, *, application_name: str = "answerable migrate", autocommit: bool = True
) -> Connection[TupleRow]:
    """Return one connection as the user of the URL itself, who may migrate. Raises
    DatabaseUnreachable."""
    settings = _settings(url, application_name, "", OWNER)
    return _connected(settings, OWNER, autocommit=autocommit)


def pool(
    url: str,
    *,
    min_size: int = 1,
    max_size: int = 10,
    application_name: str = "answerable",
    role: str = APP_ROLE,
    limits: Limits = COMMAND,
    cursors: type[Cursor[Any]] = Cursor,
) -> ConnectionPool[Connection[TupleRow]]:
    """Open a pool of autocommit connections as the app role or another; close it, or use `with`.
    `cursors` is the class of cursors that its connections make.

    It opens within ten seconds or raises DatabaseUnreachable; `retried` replaces connections that
    broke. Make it after forking, never before. One process of the database answers each question:
    others take longer to begin than most answers, and the processors are shared. The data lies in
    memory as a rule, so the planner is told that a page anywhere costs about as much as the next
    one.
    """
    options = f"-c role={role} -c max_parallel_workers_per_gather=0 -c random_page_cost=1.1"
    settings = _settings(url, application_name, options, limits)
    first = _connected(settings, limits, autocommit=True)  # for its clear sentence
    first.cursor_factory = cursors
    opened = Pool(
        settings,
        connection_class=_OfAPool,
        kwargs={
            "autocommit": True,
            "first": [first],
            "answer": limits.answer,
            "cursor_factory": cursors,
        },
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


class _OfAPool(_Bounded):
    """A connection of a pool, whose first one was made before it."""

    @classmethod
    def connect(  # type: ignore[override]
        cls, conninfo: str, *, first: list[Connection[TupleRow]], answer: int, **named: Any
    ) -> Connection[TupleRow]:
        try:
            return first.pop()
        except IndexError:
            made = super().connect(conninfo, **named)
            made.answer = answer
            return made


_REFUSED: tuple[tuple[type[psycopg.Error], str, str], ...] = (
    (
        psycopg.errors.ReadOnlySqlTransaction,
        "The database takes no writes just now: it is a standby, or was set read-only",
        " when that is over",
    ),
    (
        psycopg.errors.LockNotAvailable,
        "Something else holds in the database what this needs",
        "",
    ),
    (
        psycopg.errors.QueryCanceled,
        "The database did not come to an end in time",
        "",
    ),
    (
        psycopg.errors.DiskFull,
        "The database's disk is full (53100)",
        " once whoever runs the service has made room",
    ),
)
"""Errors that trying again at once would not mend: why, and when to try again."""


def retried(
    connections: ConnectionPool[Connection[TupleRow]],
    work: Callable[[Connection[TupleRow]], _T],
    *,
    attempts: int = ATTEMPTS,
    tried_before: bool = False,
) -> _T:
    """Do work that may safely be done again on a connection of the pool.

    If the connection breaks, all connections of the pool are checked and the work is tried again,
    three times in all. Then it raises OutcomeUnknown. It raises LogUnreachable at once if the
    database takes no writes, if it answers that the work took too long, or if its disk is full; it
    is OutcomeUnknown if an earlier try broke, or broke before this call (`tried_before`). (A check
    of each connection when it is taken would cost a round trip each time: half the time of
    recording an act.)
    """
    for attempt in range(1, attempts + 1):
        try:
            with connections.connection() as conn:
                return work(conn)
        except psycopg.Error as error:
            if (refused := _refused(error, tried_before=tried_before or attempt > 1)) is not None:
                raise refused from error
            if not isinstance(error, psycopg.OperationalError):
                raise
            if attempt == attempts or isinstance(error, PoolTimeout | NoAnswer):
                raise OutcomeUnknown("The database did not answer") from error
            connections.check()
    raise AssertionError("unreachable")


def _refused(error: psycopg.Error, *, tried_before: bool) -> LogUnreachable | None:
    """Return what is said of an error that trying again would not mend; None of any other."""
    for kind, why, when in _REFUSED:
        if isinstance(error, kind) and tried_before:
            return OutcomeUnknown(f"{why}, and the answer to a first try was lost")
        if isinstance(error, kind):
            return LogUnreachable(
                f"{why}, so nothing was recorded. Send the same request again{when}."
            )
    return None


def unreadable(error: psycopg.DataError) -> Unreadable:
    """Return the sentence for a value in the database that Python has no form for: an infinite
    moment."""
    return Unreadable(
        f"The database holds what no program of ours wrote, and cannot be read ({error}): "
        "`answerable audit` says where."
    )


def without_password(url: str) -> str:
    """Return a database's URL without its password; it is taken apart as libpq does it."""
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
    """Compare the connections that the settings need with those that this user may have, of all
    processes together. Raise SettingsError if the database takes fewer than are needed."""
    web = settings.web_processes * (settings.connections + LISTENING)
    followers = FOLLOWERS + (RELAY if settings.nats_url is not None else 0)
    found = Capacity(web + STREAMS + followers + COMMANDS, _allowed(conn))
    if found.needed > found.had:
        sentence = (
            f"The database takes {found.had} connections, and the settings come to {found.needed}: "
            f"{_of_web(settings)} and {LISTENING} that listens, {STREAMS} of a process for "
            f"streams, {followers} of the followers, {COMMANDS} of a command. {_FEWER}"
        )
        raise SettingsError([sentence])
    return found


def check_capacity_of_replica(conn: Connection[TupleRow], settings: Settings) -> None:
    """Raise SettingsError if the replica that pages are read from takes fewer connections than the
    web processes may have to it."""
    needed, had = settings.web_processes * settings.connections, _allowed(conn)
    if needed > had:
        sentence = (
            f"The replica takes {had} connections, and the settings come to {needed}: "
            f"{_of_web(settings)}. {_FEWER}"
        )
        raise SettingsError([sentence])


_FEWER = "Lower one of the settings, or raise the database's max_connections."


def _of_web(settings: Settings) -> str:
    return (
        f"{settings.web_processes} web processes ({PREFIX}WEB_PROCESSES) with "
        f"{settings.connections} each ({PREFIX}WEB_CONNECTIONS)"
    )


def _allowed(conn: Connection[TupleRow]) -> int:
    """Return how many connections this user may have: the server's `max_connections` without those
    kept for superusers, and the limits of database and role."""
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
    return int(row[0])


def _settings(url: str, application_name: str, options: str, limits: Limits) -> str:
    """Return the URL with what every connection has. `options` go before those of the URL; limits
    and parameters of the network do not."""
    try:
        given = conninfo.conninfo_to_dict(url)
    except psycopg.ProgrammingError as error:
        raise DatabaseUnreachable(
            "The database's URL isn't one that PostgreSQL understands; it has the form "
            "postgresql://user:password@host:5432/database."
        ) from error
    theirs = str(given.get("options") or "")
    parts = (_NETWORK_OF_SERVER, limits.options, theirs, options, _SESSION)
    return conninfo.make_conninfo(
        url,
        options=" ".join(filter(None, parts)),
        client_encoding="utf8",
        application_name=application_name,
        **{name: given.get(name) or value for name, value in _NETWORK.items()},
    )


def _connected(settings: str, limits: Limits, *, autocommit: bool) -> Connection[TupleRow]:
    try:
        connection = _Bounded.connect(settings, autocommit=autocommit)
        connection.answer = limits.answer
    except psycopg.OperationalError as error:
        said = str(error)
        for role in (APP_ROLE, SEALER_ROLE):
            if role in said:
                raise DatabaseUnreachable(
                    f"{_place(settings)} doesn't let this user act as {role}: run `answerable "
                    f"migrate` with {_URL_OF[role]} set, which makes the login, or GRANT {role} to "
                    "the user yourself."
                ) from error
        if "startup parameter" in said:  # PgBouncer's own words
            raise _pooler(settings) from error
        told = [line for line in said.splitlines() if not line.startswith("\t")]  # without hints
        reason = told[-1] if told else "no reason given"
        raise DatabaseUnreachable(
            f"{_place(settings)} can't be reached ({reason}): {_remedy(settings, reason)}"
        ) from error
    if (version := connection.info.server_version) < OLDEST_VERSION:
        connection.close()
        raise DatabaseTooOld(
            f"{_place(settings)} is PostgreSQL {version // 10000}; Answerable needs "
            f"{OLDEST_VERSION // 10000} or newer: upgrade it, or name another server."
        )
    served_by = connection.execute("SELECT pg_backend_pid()").fetchone()
    if not autocommit:
        connection.rollback()
    if served_by != (connection.info.backend_pid,):
        connection.close()
        raise _pooler(settings)
    return connection


def _pooler(settings: str) -> DatabaseUnreachable:
    """Return the refusal of a pooler between us and PostgreSQL: locks, LISTEN and the settings of a
    session would be somebody else's."""
    return DatabaseUnreachable(
        f"{_place(settings)} is answered by a pooler such as PgBouncer, which lends a session to "
        "several: name PostgreSQL itself. Answerable pools its own connections "
        "(ANSWERABLE_WEB_CONNECTIONS)."
    )


def _remedy(settings: str, reason: str) -> str:
    """Return what to do about a refused connection, by the URL that was tried and the reason."""
    options = conninfo.conninfo_to_dict(settings).get("options") or ""
    url = next(
        (name for role, name in _URL_OF.items() if f"role={role} " in str(options)),
        f"{PREFIX}MIGRATE_DATABASE_URL",
    )
    if "authentication failed" in reason or re.search('role ".*" does not exist', reason):
        return f"run `answerable migrate`, which makes the logins, or correct {url}."
    return f"start it, or correct {url}."


def _place(settings: str) -> str:
    """Return which database it is, in words that hold no password."""
    given = conninfo.conninfo_to_dict(settings)
    host = given.get("host") or given.get("hostaddr") or "localhost"
    return f"The database {given.get('dbname') or given.get('user') or ''} at {host}"
