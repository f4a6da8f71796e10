"""The one mechanism for everything that follows the log.

A follower reads the log in batches after its own position. It does its work and stores the new
position in the same transaction, so after a crash it resumes without loss or repetition. One
process at a time leads each follower (an advisory lock). An entry that cannot be processed holds
the follower, which reports it. Nothing is skipped.
"""

import threading
import zlib
from bisect import bisect_left
from collections.abc import Callable, Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, LiteralString

import psycopg
from psycopg.rows import class_row

from ledger import diagnostics
from ledger.errors import LogUnreachable
from ledger.log.doorbell import CHANNEL, PATIENCE, Doorbell
from ledger.log.storage import STORED, Stored
from ledger.postgres.connections import APP_ROLE, FOLLOWER, connect

RETRY_HELD = 5.0
"""Seconds after which a held follower tries its entry again."""
LOCKS = 20170503
"""The class of advisory locks that followers are led by."""

_AT_ONCE = 0.05
"""Seconds after which a broken connection is replaced, if the last one served."""
_PASSING = frozenset({"08", "40", "53", "55", "57", "58"})
"""Classes of SQLSTATE after which the same entry may go well: connection, deadlock, resources …"""
_READ_ONLY = "25006"


class Leader:
    """A leader of a follower under its name. Each kind of follower defines its step."""

    promises = False
    """True if what it writes must not go back once somebody has read it. Then each of its
    transactions is on disk before anybody sees it."""

    def __init__(
        self, name: str, url: str, *, role: str = APP_ROLE, channel: str = CHANNEL
    ) -> None:
        """Follow by the bell of `channel`, which rings when there is more."""
        self.name = name
        self._url = url
        self._role = role
        self._channel = channel
        self._conn: psycopg.Connection | None = None
        self._done = False
        self._reached = -1
        self._rest = 0.0

    def step(self) -> tuple[int, bool]:
        """Do the work that waits; return how many entries, and whether the follower is held."""
        raise NotImplementedError

    def _did_all(self, upto: int, *, rest: float = 0.0) -> None:
        """Note that a step did everything up to a position.

        Nothing is to be done until the bell rings for a later position, and not for `rest` seconds.
        """
        self._done, self._reached, self._rest = True, upto, rest

    def run(self, stop: threading.Event, patience: float = PATIENCE) -> None:
        """Follow until `stop` is set; look after `patience` seconds where nothing rang. Never
        raises for what one entry or one connection does."""
        bell = Doorbell(self._url, self._channel, role=self._role)
        pause = _AT_ONCE
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
                        pause = _AT_ONCE
                        if not held and (self._done or count == 0):
                            if self._rest >= patience:  # it looks as often without the bell,
                                bell.rest()  # which would wake it at each entry
                                stop.wait(self._rest)
                                continue
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
                    stop.wait(pause)
                    pause = patience
        finally:
            bell.close()
            self.close()

    def catch_up(self) -> int:
        """Process until nothing is left, and return the number of entries. Raise RuntimeError if
        the follower is held."""
        total = 0
        self._done = False
        while True:
            count, held = self.step()
            if held:
                raise RuntimeError(f"{self.name} is held: see `answerable status`.")
            total += count
            if count == 0 or self._done:
                return total

    def close(self) -> None:
        if self._conn is not None:
            self._conn.close()
            self._conn = None

    def _connection(self) -> psycopg.Connection:
        if self._conn is None or self._conn.closed:
            self._conn = connect(self._url, autocommit=True, role=self._role, limits=FOLLOWER)
            if not self.promises:
                # Its rows follow from the log, and its position goes with them: after a crash of
                # the database the lost work is done again. So nobody waits for the disk here, nor
                # does an append wait for a follower's turn at it.
                self._conn.execute("SET synchronous_commit = off")
            # It asks for a few rows, always alike, so each statement is planned once. A table that
            # is being filled has no statistics yet: the index is right at every size.
            self._conn.execute("SET plan_cache_mode = force_generic_plan")
            self._conn.execute("SET enable_seqscan = off")
        return self._conn

    def _lead(self) -> bool:
        """Return whether this process leads, for as long as its connection lasts."""
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

    def _tell(
        self, conn: psycopg.Connection, position: int | None, waits_for: str | None = None
    ) -> None:
        """Write down how far it has got (None: as far as before), and what it waits for elsewhere,
        if anything: for whoever does its work in no transaction of ours."""
        conn.execute(
            """
            INSERT INTO follow.positions AS p (name, position, held_why)
            VALUES (%(name)s, coalesce(%(position)s, 0), %(why)s)
            ON CONFLICT (name) DO UPDATE SET position = coalesce(%(position)s, p.position),
                                             held_at = NULL, held_why = excluded.held_why
            """,
            {"name": self.name, "position": position, "why": _plain(waits_for)},
        )

    def _hold(self, conn: psycopg.Connection, error: Exception, at: int | None = None) -> None:
        """Say that it is held by an error, at the next entry unless `at` another position."""
        why = f"{type(error).__name__}: {error}"
        diagnostics.error("follower is held", follower=self.name, why=why, exc_info=error)
        try:
            conn.execute(
                """
                INSERT INTO follow.positions AS p (name, held_at, held_why)
                VALUES (%(name)s, coalesce(%(at)s, 1), %(why)s)
                ON CONFLICT (name) DO UPDATE SET held_at = coalesce(%(at)s, p.position + 1),
                                                 held_why = excluded.held_why
                """,
                {"name": self.name, "at": at, "why": _plain(why)},
            )
        except psycopg.Error as refused:
            why = str(refused)
            diagnostics.error("the database takes no word of it", follower=self.name, why=why)
            raise


def _plain(why: str | None) -> str | None:
    """Return a reason as it is kept."""
    return why and why.replace("\0", "")[:2000]


def lock_of(name: str) -> int:
    """Return the advisory lock that the leader of a follower holds, within `LOCKS`."""
    return zlib.crc32(f"follower/{name}".encode()) - 2**31


def passing(conn: psycopg.Connection, error: Exception) -> bool:
    """Return whether an error comes from the connection or the server's state, and not from the
    entry."""
    if conn.closed or isinstance(error, LogUnreachable):
        return True
    state = error.sqlstate or "" if isinstance(error, psycopg.Error) else ""
    return state[:2] in _PASSING or state == _READ_ONLY


BATCH = 1000
FEW = 20
"""So many entries are worked on in a pipeline, where what is written waits for no answers; more of
them are written faster as `COPY`, which no pipeline takes."""

CLOSE = timedelta(milliseconds=30)
"""An entry comes close upon another: nobody has read and written again meanwhile."""

_POSITION: LiteralString = """
    SELECT coalesce((SELECT position FROM follow.positions WHERE name = %(name)s), 0)
"""

Work = Callable[[psycopg.Connection, Sequence[Stored]], None]
Before = Callable[[Sequence[Stored]], None]


@dataclass(frozen=True)
class Progress:
    """How far a follower has got, and what holds it, if anything does."""

    name: str
    position: int
    head: int
    held_at: int | None
    """The entry that it cannot process: nothing goes on until that is mended."""
    held_why: str | None
    """Why; without `held_at` what it waits for that is none of ours, such as a broker."""
    waited: float
    """Seconds since the next entry for it was recorded; 0 where there is none."""
    led: bool
    """True if a process leads it just now; False on a standby, which does not show who leads."""

    @property
    def plain(self) -> dict[str, Any]:
        """Return the progress as `/readyz` and `answerable status` show it."""
        return {
            "name": self.name,
            "position": self.position,
            "lag": self.lag,
            "held_at": self.held_at,
            "held_why": self.held_why,
            "led": self.led,
        }

    @property
    def lag(self) -> int:
        """Entries that it has not processed yet."""
        return self.head - self.position


class Follower(Leader):
    """Follows the log under a name. `work` gets each batch inside the transaction."""

    def __init__(
        self,
        name: str,
        url: str,
        work: Work,
        *,
        batch: int = BATCH,
        pause: float = 0.0,
        whole: bool = False,
        before: Before | None = None,
    ) -> None:
        """Follow in batches.

        `pause`: seconds of rest after an entry close upon another (CLOSE), so that more of them
        share the next batch. Its statements cost as much for three entries as for one. `whole`: a
        batch ends where a transaction ends, so that none is processed in two halves. `before` is
        called with a batch before the transaction of its work begins.
        """
        super().__init__(name, url)
        self._work = work
        self._batch = batch
        self._pause = pause
        self._whole = whole
        self._before = before
        self._last_at: datetime | None = None
        """When the last entry that it processed was recorded."""

    def step(self) -> tuple[int, bool]:
        """Process one batch. Return the number of entries, and whether the follower is held."""
        conn = self._connection()
        try:
            return self._process(conn, self._batch), False
        except Exception as error:
            if passing(conn, error):
                raise
            diagnostics.error("follower is looking for the entry it fails at", why=repr(error))
        while True:  # one by one up to the entry that fails
            try:
                if self._process(conn, 1) == 0:
                    return 0, False
            except Exception as error:
                if passing(conn, error):
                    raise
                self._hold(conn, error, self._fails_at(conn) if self._whole else None)
                return 0, True

    def _fails_at(self, conn: psycopg.Connection) -> int | None:
        """Find the entry of the next transaction without which its work succeeds: what is done for
        the entries before it is undone each time."""
        (position,) = conn.execute(_POSITION, {"name": self.name}).fetchone() or (0,)
        entries = self._read(conn, position, 1)

        def fails(many: int) -> bool:
            try:
                with conn.transaction(force_rollback=True):
                    self._work(conn, entries[:many])
            except Exception as error:
                if passing(conn, error):
                    raise
                return True
            return False

        many = bisect_left(range(1, len(entries)), True, key=fails) + 1
        return entries[many - 1].id if entries else None

    def _process(self, conn: psycopg.Connection, most: int) -> int:
        """Process one batch in few round trips, because each of them waits its turn twice on a busy
        machine."""
        found, entries = self._look(conn, most)
        if not entries:  # asking has written nothing
            return 0
        if self._before is not None:
            self._before(entries)
        with conn.pipeline() if len(entries) <= FEW else nullcontext(), conn.transaction():
            if (position := self._lock(conn)) != found:
                entries = self._read(conn, position, most)
            if not entries:
                return 0
            self._work(conn, entries)
            conn.execute(
                """
                UPDATE follow.positions SET position = %(upto)s, held_at = NULL, held_why = NULL
                 WHERE name = %(name)s
                """,
                {"name": self.name, "upto": entries[-1].id},
            )
        before, self._last_at = self._last_at, entries[-1].recorded_at
        if len(entries) < most:
            close = before is not None and entries[0].recorded_at - before < CLOSE
            self._did_all(entries[-1].id, rest=self._pause if close else 0.0)
        return len(entries)

    def _look(self, conn: psycopg.Connection, most: int) -> tuple[int, list[Stored]]:
        """Read its position, and the entries after it."""
        with conn.pipeline():
            at = conn.execute(_POSITION, {"name": self.name})
            entries = conn.cursor(row_factory=class_row(Stored)).execute(
                STORED + f" WHERE position > ({_POSITION}) ORDER BY position LIMIT %(most)s",
                {"name": self.name, "most": most},
            )
        (position,) = at.fetchone() or (0,)
        found = entries.fetchall()
        if self._whole and len(found) == most:
            found += rest_of(conn, found[-1])
        return position, found

    def _read(self, conn: psycopg.Connection, position: int, most: int) -> list[Stored]:
        return (read_whole if self._whole else read_after)(conn, position, most)

    def _lock(self, conn: psycopg.Connection) -> int:
        """Return its position, which nobody else moves until the transaction ends."""
        row = conn.execute(
            """
            INSERT INTO follow.positions (name) VALUES (%(name)s)
            ON CONFLICT (name) DO UPDATE SET name = excluded.name RETURNING position
            """,
            {"name": self.name},
        ).fetchone()
        assert row is not None
        position: int = row[0]
        return position


def read_after(conn: psycopg.Connection, position: int, most: int) -> list[Stored]:
    """Read the next entries after a position, at most so many."""
    with conn.cursor(row_factory=class_row(Stored)) as cursor:
        return cursor.execute(
            STORED + " WHERE position > %s ORDER BY position LIMIT %s", [position, most]
        ).fetchall()


def read_whole(conn: psycopg.Connection, position: int, most: int) -> list[Stored]:
    """Return the next entries after a position, at most so many and the rest of the transaction
    that the last one belongs to."""
    found = read_after(conn, position, most)
    return [*found, *rest_of(conn, found[-1])] if len(found) == most else found


def rest_of(conn: psycopg.Connection, last: Stored) -> list[Stored]:
    """Return the entries after one that were recorded in the same transaction, which all have its
    moment."""
    found: list[Stored] = []
    while True:
        after = found[-1] if found else last
        with conn.cursor(row_factory=class_row(Stored)) as cursor:
            more = cursor.execute(
                STORED + " WHERE position > %(after)s AND position <= %(upto)s"
                " AND recorded_at = %(at)s ORDER BY position",
                {"after": after.id, "upto": after.id + BATCH, "at": last.recorded_at},
            ).fetchall()
        found += more
        if len(more) < BATCH:
            return found


def progress(conn: psycopg.Connection, expected: Sequence[str] = ()) -> list[Progress]:
    """Return how far each follower has got, in the order of their names; those that are expected
    also where they never began."""
    rows = conn.execute(
        """
        WITH known AS (
          SELECT name, position, held_at, held_why FROM follow.positions
          UNION ALL
          SELECT name, 0, NULL, NULL FROM unnest(%s::text[]) AS expected (name)
           WHERE name NOT IN (SELECT p.name FROM follow.positions p)
        )
        SELECT name, position, coalesce((SELECT max(position) FROM ledger.entries), 0),
               held_at, held_why, coalesce(extract(epoch FROM clock_timestamp() - (
                   SELECT recorded_at FROM ledger.entries e WHERE e.position = k.position + 1)), 0)
          FROM known k ORDER BY name
        """,
        [list(expected)],
    ).fetchall()
    locks = conn.execute(
        """
        SELECT objid::bigint FROM pg_locks
         WHERE locktype = 'advisory' AND classid = %s AND granted
           AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
        """,
        [LOCKS],
    ).fetchall()
    led = {lock for (lock,) in locks}
    return [
        Progress(name, at, head, held_at, why, float(waited), led=lock_of(name) % 2**32 in led)
        for name, at, head, held_at, why, waited in rows
    ]
