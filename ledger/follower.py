"""The one mechanism for all that follows the log.

A follower reads the log in batches after its own position, does its work and stores the new
position in the same transaction: after a crash it resumes without loss or repetition. One
process at a time leads each follower (an advisory lock). An entry that cannot be processed
holds the follower, which says so; nothing is skipped.
"""

import threading
import zlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import psycopg
import structlog
from psycopg.rows import class_row

from ledger.database import connect
from ledger.doorbell import PATIENCE, Doorbell
from ledger.errors import LogUnreachable
from ledger.storage import Stored

log = structlog.get_logger(__name__)

BATCH = 1000
RETRY_HELD = 5.0
"""Seconds after which a held follower tries its entry again."""

_PASSING = frozenset({"08", "40", "53", "55", "57", "58"})
"""Classes of SQLSTATE after which the same entry may go well: connection, deadlock, resources …"""

Work = Callable[[psycopg.Connection, Sequence[Stored]], None]


@dataclass(frozen=True)
class Progress:
    """How far a follower has got, and what holds it, if anything does."""

    name: str
    position: int
    head: int
    held_at: int | None
    held_why: str | None

    @property
    def lag(self) -> int:
        """Entries that it has not processed yet."""
        return self.head - self.position


class Follower:
    """Follows the log under a name. `work` gets each batch inside the transaction."""

    def __init__(
        self, name: str, url: str, work: Work, *, batch: int = BATCH, after: str | None = None
    ) -> None:
        self.name = name
        self._url = url
        self._work = work
        self._batch = batch
        self._announce = after
        self._conn: psycopg.Connection | None = None

    def run(self, stop: threading.Event) -> None:
        """Follow until `stop` is set. Never raises for what one entry or one connection does."""
        bell = Doorbell(self._url)
        try:
            while not stop.is_set():
                try:
                    bell.open()
                    if not self._lead():
                        stop.wait(PATIENCE)
                        continue
                    held = False
                    while not stop.is_set() and not held:
                        count, held = self.step()
                        if count == 0 and not held:
                            bell.wait()
                    if held:
                        stop.wait(RETRY_HELD)
                except Exception as error:  # noqa: BLE001  # it goes on, on a new connection
                    log.warning("follower lost its connection", follower=self.name, why=str(error))
                    self.close()
                    stop.wait(PATIENCE)
        finally:
            bell.close()
            self.close()

    def step(self) -> tuple[int, bool]:
        """Process one batch: (how many entries, whether the follower is held)."""
        conn = self._connection()
        try:
            return self._process(conn, self._batch), False
        except Exception as error:
            if _passing(conn, error):
                raise
            log.error("follower is looking for the entry it fails at", why=repr(error))
        while True:  # one by one up to the entry that fails
            try:
                if self._process(conn, 1) == 0:
                    return 0, False
            except Exception as error:
                if _passing(conn, error):
                    raise
                self._hold(conn, error)
                return 0, True

    def catch_up(self) -> int:
        """Process until nothing is left: how many entries. RuntimeError where it is held."""
        total = 0
        while True:
            count, held = self.step()
            if held:
                raise RuntimeError(f"{self.name} is held: see `answerable status`.")
            if count == 0:
                return total
            total += count

    def close(self) -> None:
        if self._conn is not None:
            self._conn.close()
            self._conn = None

    def _connection(self) -> psycopg.Connection:
        if self._conn is None or self._conn.closed:
            self._conn = connect(self._url, autocommit=True)
        return self._conn

    def _lead(self) -> bool:
        """Whether this process leads, for as long as its connection lasts."""
        conn = self._connection()
        key = zlib.crc32(f"follower/{self.name}".encode()) - 2**31
        held = conn.execute(
            """
            SELECT EXISTS (SELECT FROM pg_locks WHERE locktype = 'advisory' AND classid = 20170503
                AND objid = %(key)s::oid AND pid = pg_backend_pid() AND granted)
                OR pg_try_advisory_lock(20170503, %(key)s)
            """,
            {"key": key},
        ).fetchone()
        return bool(held and held[0])

    def _process(self, conn: psycopg.Connection, most: int) -> int:
        if not self._anything_new(conn):
            return 0
        with conn.transaction():
            row = conn.execute(
                """
                INSERT INTO follow.positions (name) VALUES (%(name)s)
                ON CONFLICT (name) DO UPDATE SET name = excluded.name RETURNING position
                """,
                {"name": self.name},
            ).fetchone()
            assert row is not None
            entries = read_after(conn, row[0], most)
            if not entries:
                return 0
            self._work(conn, entries)
            conn.execute(
                """
                UPDATE follow.positions SET position = %(position)s, held_at = NULL, held_why = NULL
                 WHERE name = %(name)s
                """,
                {"name": self.name, "position": entries[-1].id},
            )
            if self._announce:
                conn.execute("SELECT pg_notify(%s, %s)", [self._announce, str(entries[-1].id)])
        return len(entries)

    def _anything_new(self, conn: psycopg.Connection) -> bool:
        """Whether the log goes on after its position. Asking writes nothing."""
        row = conn.execute(
            """
            SELECT coalesce((SELECT max(position) FROM ledger.entries), 0) >
                   coalesce((SELECT position FROM follow.positions WHERE name = %s), 0)
            """,
            [self.name],
        ).fetchone()
        return row is not None and bool(row[0])

    def _hold(self, conn: psycopg.Connection, error: Exception) -> None:
        why = f"{type(error).__name__}: {error}"
        conn.execute(
            """
            INSERT INTO follow.positions AS p (name, held_at, held_why)
            VALUES (%(name)s, 1, %(why)s)
            ON CONFLICT (name) DO UPDATE SET held_at = p.position + 1, held_why = excluded.held_why
            """,
            {"name": self.name, "why": why[:2000]},
        )
        log.error("follower is held", follower=self.name, why=why, exc_info=error)


def _passing(conn: psycopg.Connection, error: Exception) -> bool:
    """Whether it comes from the connection or the server's state, and not from the entry."""
    if conn.closed or isinstance(error, LogUnreachable):
        return True
    state = error.sqlstate or "" if isinstance(error, psycopg.Error) else ""
    return state[:2] in _PASSING


def read_after(conn: psycopg.Connection, position: int, most: int) -> list[Stored]:
    """The next entries after a position, at most so many."""
    with conn.cursor(row_factory=class_row(Stored)) as cursor:
        return cursor.execute(
            """
            SELECT stream AS originator_id, version AS originator_version, topic, state,
                   position AS id, recorded_at
              FROM ledger.entries WHERE position > %s ORDER BY position LIMIT %s
            """,
            [position, most],
        ).fetchall()


def progress(conn: psycopg.Connection) -> list[Progress]:
    """How far each follower has got."""
    with conn.cursor(row_factory=class_row(Progress)) as cursor:
        return cursor.execute(
            """
            SELECT name, position, held_at, held_why,
                   coalesce((SELECT max(position) FROM ledger.entries), 0) AS head
              FROM follow.positions ORDER BY name
            """
        ).fetchall()
