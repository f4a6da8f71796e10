"""A database that is used again: whatever was done in it is taken back.

That takes a fifth of what another database takes, whose connections know nothing yet: each learns
the catalog, each process of the service reads the register anew.
"""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, LiteralString

import psycopg
import pytest
from psycopg import sql

from ledger.application import Ledger
from ledger.log.reading import Remembered
from ledger.postgres.connections import pool
from ledger.settings import Settings
from projections.tables import projector

MOST = 50
"""How often one is used: what was deleted lies about in its tables."""
CATALOG = [
    sql.Identifier(one)
    for one in ("pg_class", "pg_attribute", "pg_proc", "pg_trigger", "pg_constraint",
                "pg_namespace", "pg_db_role_setting")
]  # fmt: skip
"""Where a change of anything but rows shows."""
OURS: dict[str, LiteralString] = {
    '"pg_proc"': "proname <> 'clock_timestamp'",  # which sets a town's clock
    '"pg_namespace"': "nspname !~ '^pg_(toast_)?temp'",
    '"pg_db_role_setting"': "setdatabase = (SELECT oid FROM pg_database"
    " WHERE datname = current_database())",
}


@dataclass(frozen=True)
class Table:
    """A table as it was: its name, how many rows, and these as `COPY` has them."""

    name: sql.Identifier
    rows: int
    copied: bytes


class Kept:
    """A database, with what is connected to it from one use to the next."""

    def __init__(self, url: str) -> None:
        self.url, self.uses = url, 0
        self.is_heard = False
        """Whether a thread is left that listens to it."""
        self.owner = psycopg.connect(url, autocommit=True)
        self.pool = pool(url, max_size=Settings().connections)
        self.ledger = Ledger(self.pool, url)
        self.ledger.service()
        self._known = self.ledger._remembered._service
        self.follower = projector.follower(url)
        asked = sql.SQL(
            "SELECT nspname, relname FROM pg_class JOIN pg_namespace n ON n.oid = relnamespace"
            " WHERE relkind = %s AND nspname !~ '^pg_' AND nspname <> 'information_schema'"
        )
        (self._since,) = self._row("SELECT pg_current_xact_id()::text")
        self._tables = [self._read(*names) for names in self._rows(asked, ["r"])]
        self._sequences = [sql.Identifier(*names) for names in self._rows(asked, ["S"])]
        self._catalog = self._row(self._counted(CATALOG))

    def close(self) -> None:
        self.follower.close()
        self.pool.close()
        self.owner.close()

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
        """Whether our connections are there; there are no others afterwards."""
        free = [*self.pool._pool]
        if self.pool.closed or len(free) < self.pool.get_stats()["pool_size"]:
            return False
        theirs = self.follower._conn
        ours = {one.info.backend_pid for one in (self.owner, *free, *([theirs] if theirs else []))}
        there = self._rows(
            "SELECT pid, pid = ANY (%s) OR pg_terminate_backend(pid, 2000) FROM pg_stat_activity"
            " WHERE datname = current_database() AND backend_type = 'client backend'",
            [list(ours)],
        )
        return all(gone for _, gone in there) and ours <= {pid for pid, _ in there}

    def _take_back(self) -> bool:
        if self._row(self._counted(CATALOG)) != self._catalog:
            return False
        now = self._row(self._counted([one.name for one in self._tables]))
        with self.owner.transaction():
            self.owner.execute("SET LOCAL session_replication_role = replica")  # no triggers
            for one, counted in zip(self._tables, now, strict=True):
                new, all_ = map(int, counted.split())
                if all_ - new != one.rows:
                    self._write(one)
                elif new:
                    gone = sql.SQL("DELETE FROM {} WHERE {}")
                    self.owner.execute(gone.format(one.name, self._new))
            for name in self._sequences:
                again = sql.SQL("SELECT setval({}, 1, false)")
                self.owner.execute(again.format(sql.Literal(name.as_string())))
        # It knows what a service knows that has read the register, and no more.
        self.ledger._remembered = Remembered(self.ledger.log)
        self.ledger._remembered._service = self._known
        return True

    @property
    def _new(self) -> sql.Composable:
        """Of a row: whether it was written since."""
        return sql.SQL("(age(xmin) <= age({}::xid))").format(sql.Literal(self._since))

    def _counted(self, tables: Iterable[sql.Identifier]) -> sql.Composed:
        """Of each table: how many of its rows are new, and how many there are."""
        counted = sql.SQL(
            "(SELECT count(*) FILTER (WHERE {new}) || ' ' || count(*) FROM {table} WHERE {ours})"
        )
        return sql.SQL("SELECT {}").format(
            sql.SQL(", ").join(
                [
                    counted.format(
                        new=self._new, table=one, ours=sql.SQL(OURS.get(one.as_string(), "true"))
                    )
                    for one in tables
                ]
            )
        )

    def _read(self, *names: str) -> Table:
        table = sql.Identifier(*names)
        (rows,) = self._row(sql.SQL("SELECT count(*) FROM {}").format(table))
        with self.owner.cursor() as cursor, cursor.copy(_copy(table, "TO STDOUT")) as copied:
            return Table(table, rows, b"".join(map(bytes, copied)))

    def _write(self, one: Table) -> None:
        self.owner.execute(sql.SQL("DELETE FROM {}").format(one.name))
        with self.owner.cursor() as cursor, cursor.copy(_copy(one.name, "FROM STDIN")) as copied:
            copied.write(one.copied)

    def _rows(self, query: Any, given: Any = None) -> list[Any]:
        return self.owner.execute(query, given).fetchall()

    def _row(self, query: Any) -> Any:
        (found,) = self._rows(query)
        return found


def _copy(table: sql.Identifier, way: LiteralString) -> sql.Composed:
    return sql.SQL("COPY {} {}").format(table, sql.SQL(way))
