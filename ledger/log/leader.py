"""One process at a time does a step whenever the log has grown: what all followers share.

A follower is led by whoever holds its advisory lock, for as long as its connection lasts. It
wakes on the doorbell, looks once a second in any case, and goes on after whatever one connection
does. Where a step cannot be done, the follower is held, and says at which entry and why.
"""

import threading
import zlib

import psycopg

from ledger import diagnostics
from ledger.errors import LogUnreachable
from ledger.log.doorbell import PATIENCE, Doorbell
from ledger.postgres.connections import APP_ROLE, connect

RETRY_HELD = 5.0
"""Seconds after which a held follower tries its entry again."""
LOCKS = 20170503
"""The class of advisory locks that followers are led by."""

_PASSING = frozenset({"08", "40", "53", "55", "57", "58"})
"""Classes of SQLSTATE after which the same entry may go well: connection, deadlock, resources …"""
_READ_ONLY = "25006"


class Leader:
    """Leads a follower under its name. What a step does is said by each kind of follower."""

    def __init__(self, name: str, url: str, *, role: str = APP_ROLE) -> None:
        self.name = name
        self._url = url
        self._role = role
        self._conn: psycopg.Connection | None = None
        self._done = False
        self._reached = -1
        self._rest = 0.0

    def step(self) -> tuple[int, bool]:
        """Do what waits: (how many entries, whether the follower is held)."""
        raise NotImplementedError

    def _did_all(self, upto: int, *, rest: float = 0.0) -> None:
        """A step says here that it did all that there was, up to a position: so there is nothing
        to look for until the bell rings for a later one, and not for `rest` seconds."""
        self._done, self._reached, self._rest = True, upto, rest

    def run(self, stop: threading.Event, patience: float = PATIENCE) -> None:
        """Follow until `stop` is set; look after `patience` seconds where nothing rang. Never
        raises for what one entry or one connection does."""
        bell = Doorbell(self._url, role=self._role)
        try:
            while not stop.is_set():
                try:
                    bell.open()
                    if not self._lead():
                        stop.wait(patience)
                        continue
                    held = False
                    while not stop.is_set() and not held:
                        self._done, self._rest = False, 0.0
                        count, held = self.step()
                        if not held and (self._done or count == 0):
                            if self._rest:
                                stop.wait(self._rest)
                            bell.wait(patience, beyond=self._reached)
                    if held:
                        stop.wait(RETRY_HELD)
                except Exception as error:  # noqa: BLE001  # it goes on, on a new connection
                    diagnostics.warning(
                        "follower lost its connection", follower=self.name, why=str(error)
                    )
                    self.close()
                    stop.wait(patience)
        finally:
            bell.close()
            self.close()

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
            self._conn = connect(self._url, autocommit=True, role=self._role)
            # What a follower writes follows from the log, and its position goes with it: what a
            # crash of the database takes back is done again. So nobody waits for the disk here,
            # nor does an append have to wait for a follower's turn at it.
            self._conn.execute("SET synchronous_commit = off")
        return self._conn

    def _lead(self) -> bool:
        """Whether this process leads, for as long as its connection lasts."""
        conn = self._connection()
        held = conn.execute(
            """
            SELECT EXISTS (SELECT FROM pg_locks WHERE locktype = 'advisory' AND classid = %(locks)s
                AND objid = %(key)s::oid AND pid = pg_backend_pid() AND granted)
                OR pg_try_advisory_lock(%(locks)s, %(key)s)
            """,
            {"locks": LOCKS, "key": lock_of(self.name)},
        ).fetchone()
        return bool(held and held[0])

    def _hold(self, conn: psycopg.Connection, error: Exception) -> None:
        why = f"{type(error).__name__}: {error}"
        diagnostics.error("follower is held", follower=self.name, why=why, exc_info=error)
        try:
            conn.execute(
                """
                INSERT INTO follow.positions AS p (name, held_at, held_why)
                VALUES (%(name)s, 1, %(why)s)
                ON CONFLICT (name) DO UPDATE SET held_at = p.position + 1,
                                                 held_why = excluded.held_why
                """,
                {"name": self.name, "why": why.replace("\0", "")[:2000]},
            )
        except psycopg.Error as refused:
            why = str(refused)
            diagnostics.error("the database takes no word of it", follower=self.name, why=why)
            raise


def lock_of(name: str) -> int:
    """The advisory lock that whoever leads a follower holds, within `LOCKS`."""
    return zlib.crc32(f"follower/{name}".encode()) - 2**31


def passing(conn: psycopg.Connection, error: Exception) -> bool:
    """Whether it comes from the connection or the server's state, and not from the entry."""
    if conn.closed or isinstance(error, LogUnreachable):
        return True
    state = error.sqlstate or "" if isinstance(error, psycopg.Error) else ""
    return state[:2] in _PASSING or state == _READ_ONLY
