"""A database that is used again: whatever was done in it is taken back.

That takes a fifth of what another database takes, whose connections know nothing yet: each learns
the catalog, each process of the service reads the register anew.
"""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from typing import Any, LiteralString

import psycopg
import pytest
from psycopg import Connection, sql
from psycopg.rows import TupleRow
from psycopg_pool import ConnectionPool

from ledger.application import Ledger
from ledger.log.follower import Follower
from ledger.log.reading import Remembered
from ledger.postgres.connections import pool
from ledger.settings import Settings
from projections import streams
from projections.tables import projector

MOST = 50
"""How often one is used: what was deleted lies about in its tables."""
MOST_ROWS = 2000
"""How many rows are written again: with more, another database costs less."""
OURS: dict[str, LiteralString] = {
    "pg_description": "objoid >= 16384",  # what PostgreSQL says of its own is half of all rows
    "pg_namespace": "nspname !~ '^pg_(toast_)?temp'",  # it stays when what was in it is gone
    "pg_db_role_setting": "setdatabase IN (SELECT oid FROM pg_database"
    " WHERE datname = current_database())",
    "pg_database": "datname = current_database()",
    "pg_shdepend": "dbid IN (SELECT oid FROM pg_database WHERE datname = current_database())",
}
"""Of the catalogs of the whole server those that say something of a database, and of a catalog the
rows that count."""
OTHERS = ["pg_statistic", "pg_statistic_ext_data"]
"""Catalogs that are not looked at: what the planner estimates."""
ITS_CLOCK: dict[str, LiteralString] = {"pg_proc": "proname <> 'clock_timestamp'"}
"""A town's clock is that function, which is made anew when it is set."""
AS_NEW = b"RESET ALL; RESET ROLE; UNLISTEN *; SELECT pg_advisory_unlock_all()"
"""Takes back what was set on a connection."""


@dataclass(frozen=True)
class Table:
    """A table as it was: its name, how many rows, and these as `COPY` has them."""

    name: sql.Identifier
    rows: int
    copied: bytes


Counted = tuple[sql.Identifier, LiteralString]
"""A table, and which of its rows count."""


@dataclass(frozen=True)
class Contents:
    """What is in a database as it was copied."""

    tables: list[Table]
    sequences: list[sql.Composed]
    """What puts each where it was."""
    catalogs: list[Counted]
    counted: Any
    """Their rows."""


class Kept:
    """A database, with what is connected to it from one use to the next."""

    def __init__(
        self, url: str, since: str, copied: Contents | None = None, *, has_clock: bool = False
    ) -> None:
        """Of a database that was copied before the transaction `since`; what is in it, where that
        is known of another copy. `has_clock`: a town is in it, which sets its clock."""
        self.url, self.uses = url, 0
        self.is_heard = False
        """Whether a thread is left that listens to it."""
        self._pools: dict[int, ConnectionPool[Connection[TupleRow]]] = {}
        self._since = sql.Literal(since)
        self.copied = copied or self._contents(has_clock)

    @cached_property
    def keeper(self) -> Connection[TupleRow]:
        """A connection of the superuser that no trigger stops, which takes back. (One that switches
        that for a while plans all its statements again.)"""
        return psycopg.connect(
            self.url, autocommit=True, options="-c session_replication_role=replica"
        )

    @cached_property
    def owner(self) -> Connection[TupleRow]:
        """A connection of the superuser."""
        return psycopg.connect(self.url, autocommit=True)

    @property
    def pool(self) -> ConnectionPool[Connection[TupleRow]]:
        """Connections as the service has them."""
        return self.pool_of(Settings().connections)

    def pool_of(self, max_size: int) -> ConnectionPool[Connection[TupleRow]]:
        """The same, so many at most."""
        if max_size not in self._pools:
            self._pools[max_size] = pool(self.url, max_size=max_size)
        return self._pools[max_size]

    @cached_property
    def ledger(self) -> Ledger:
        """A ledger that has read the register, and knows no more."""
        made = Ledger(self.pool, self.url)
        made.service()
        self._known = made._remembered._service
        return made

    @cached_property
    def follower(self) -> Follower:
        """It fills the read models."""
        return projector.follower(self.url)

    def close(self) -> None:
        for one in [*self._made("follower", "owner", "keeper"), *self._pools.values()]:
            one.close()

    @contextmanager
    def in_place(self) -> Iterator[None]:
        """Meanwhile an application is put over the connections and the ledger that are here."""
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr("api.app.pool", lambda *_, **__: self.pool)
            patch.setattr("api.app.Ledger", lambda *_: self.ledger)
            yield

    def taken_back(self) -> bool:
        """Take back what was done. False where something was done that is not taken back here: a
        table or a function was made anew, a connection is not here any more, or in use."""
        self.uses += 1
        try:
            good = self.uses < MOST and not self.is_heard
            return good and self._is_whole() and self._take_back()
        except psycopg.Error:
            return False

    def _is_whole(self) -> bool:
        """Whether our connections are there, as new; there are no others afterwards."""
        ours = [self.keeper, *self._made("owner")]
        for one in self._pools.values():
            free = [*one._pool]
            if one.closed or len(free) < one.get_stats()["pool_size"]:
                return False
            ours += free
        for connection in ours:
            connection.execute(AS_NEW)
        ours += [one._conn for one in self._made("follower") if one._conn]
        pids = {one.info.backend_pid for one in ours}
        there = self._rows(
            "SELECT pid, pid = ANY (%s) OR pg_terminate_backend(pid, 2000) FROM pg_stat_activity"
            " WHERE datname = current_database() AND backend_type = 'client backend'",
            [list(pids)],
        )
        # Of one that has ended by itself meanwhile it is said that it could not be ended.
        left = [pid for pid, gone in there if not gone]
        if left and self._rows("SELECT pid FROM pg_stat_activity WHERE pid = ANY (%s)", [left]):
            return False
        return pids <= {pid for pid, _ in there}

    def _take_back(self) -> bool:
        was = self.copied
        if self._row(self._counted(was.catalogs)) != was.counted:
            return False
        lost, grown = [], []
        counts = self._row(self._counted([(one.name, "true") for one in was.tables]))
        for one, counted in zip(was.tables, counts, strict=True):
            new, all_ = map(int, counted.split())
            if all_ - new != one.rows:
                lost.append(one)
            elif new:
                grown.append(one)
        if sum(one.rows for one in lost) > MOST_ROWS:
            return False
        with self.keeper.transaction():
            for one in lost:
                self._write(one)
            for one in grown:
                gone = sql.SQL("DELETE FROM {} WHERE {}")
                self.keeper.execute(gone.format(one.name, self._new))
            if was.sequences:
                again = sql.SQL("SELECT {}").format(sql.SQL(", ").join(was.sequences))
                self.keeper.execute(again)
        if lost:  # whoever asks only what came since has read something else
            info = self.keeper.info
            streams._kept.pop((info.host, info.port, info.dbname), None)
        for ledger in self._made("ledger"):
            ledger._remembered = Remembered(ledger.log)
            ledger._remembered._service = self._known
        return True

    def _made(self, *names: str) -> list[Any]:
        """Those of these that somebody asked for."""
        return [vars(self)[one] for one in names if one in vars(self)]

    @property
    def _new(self) -> sql.Composable:
        """Of a row: whether it was written since."""
        return sql.SQL("(age(xmin) <= (SELECT age({}::xid)))").format(self._since)

    def _counted(self, tables: Iterable[Counted]) -> sql.Composed:
        """Of each table, and its rows that count: how many are new, and how many there are."""
        counted = sql.SQL(
            "(SELECT count(*) FILTER (WHERE {new}) || ' ' || count(*) FROM {table} WHERE {ours})"
        )
        columns = [
            counted.format(new=self._new, table=table, ours=sql.SQL(ours)) for table, ours in tables
        ]
        return sql.SQL("SELECT {}").format(sql.SQL(", ").join(columns))

    def _contents(self, has_clock: bool) -> Contents:
        there = self._rows(
            "SELECT relkind, nspname, relname FROM pg_class JOIN pg_namespace n"
            " ON n.oid = relnamespace WHERE relkind IN ('r', 'S') AND nspname !~ '^pg_'"
            " AND nspname <> 'information_schema'"
        )
        names = self._rows(
            "SELECT relname FROM pg_class WHERE relnamespace = 'pg_catalog'::regnamespace"
            " AND relkind = 'r' AND (NOT relisshared OR relname = ANY (%s))"
            " AND relname <> ALL (%s) ORDER BY relname",
            [list(OURS), OTHERS],
        )
        ours = OURS | (ITS_CLOCK if has_clock else {})
        catalogs = [(sql.Identifier("pg_catalog", one), ours.get(one, "true")) for (one,) in names]
        return Contents(
            [self._read(*names) for kind, *names in there if kind == "r"],
            [self._at(*names) for kind, *names in there if kind == "S"],
            catalogs,
            self._row(self._counted(catalogs)),
        )

    def _at(self, *names: str) -> sql.Composed:
        """What puts a sequence where it is now."""
        name = sql.Identifier(*names)
        last, is_called = self._row(sql.SQL("SELECT last_value, is_called FROM {}").format(name))
        return sql.SQL("setval({}, {}, {})").format(sql.Literal(name.as_string()), last, is_called)

    def _read(self, *names: str) -> Table:
        table = sql.Identifier(*names)
        (rows,) = self._row(sql.SQL("SELECT count(*) FROM {}").format(table))
        with self.keeper.cursor() as cursor, cursor.copy(_copy(table, "TO STDOUT")) as copied:
            return Table(table, rows, b"".join(map(bytes, copied)))

    def _write(self, one: Table) -> None:
        self.keeper.execute(sql.SQL("DELETE FROM {}").format(one.name))
        with self.keeper.cursor() as cursor, cursor.copy(_copy(one.name, "FROM STDIN")) as copied:
            copied.write(one.copied)

    def _rows(self, query: Any, given: Any = None) -> list[Any]:
        return self.keeper.execute(query, given).fetchall()

    def _row(self, query: Any) -> Any:
        (found,) = self.keeper.execute(query, prepare=True).fetchall()
        return found


def _copy(table: sql.Identifier, way: LiteralString) -> sql.Composed:
    return sql.SQL("COPY {} {}").format(table, sql.SQL(way))
