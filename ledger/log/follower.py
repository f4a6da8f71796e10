"""The one mechanism for all that follows the log.

A follower reads the log in batches after its own position, does its work and stores the new
position in the same transaction: after a crash it resumes without loss or repetition. One
process at a time leads each follower (an advisory lock). An entry that cannot be processed
holds the follower, which says so; nothing is skipped.
"""

from collections.abc import Callable, Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from typing import LiteralString

import psycopg
from psycopg.rows import class_row

from ledger import diagnostics
from ledger.log.leader import LOCKS, Leader, lock_of, passing
from ledger.log.storage import STORED, Stored

BATCH = 1000
FEW = 20
"""So many entries are worked on in a pipeline, where what is written waits for no answers; more of
them are written faster as `COPY`, which no pipeline takes."""

LEFT_LYING = 10.0
"""Seconds that an entry may wait for a follower that nobody leads: a worker that starts anew takes
less."""

_POSITION: LiteralString = """
    SELECT coalesce((SELECT position FROM follow.positions WHERE name = %(name)s), 0)
"""

Work = Callable[[psycopg.Connection, Sequence[Stored]], None]


@dataclass(frozen=True)
class Progress:
    """How far a follower has got, and what holds it, if anything does."""

    name: str
    position: int
    head: int
    held_at: int | None
    held_why: str | None
    waited: float
    """Seconds since the next entry for it was recorded; 0 where there is none."""
    led: bool
    """Whether a process leads it just now."""

    @property
    def left_lying(self) -> bool:
        """Whether entries wait and nobody leads it: it stopped, or cannot begin."""
        return self.lag > 0 and not self.led and self.waited > LEFT_LYING

    @property
    def lag(self) -> int:
        """Entries that it has not processed yet."""
        return self.head - self.position


class Follower(Leader):
    """Follows the log under a name. `work` gets each batch inside the transaction."""

    def __init__(
        self, name: str, url: str, work: Work, *, batch: int = BATCH, after: str | None = None
    ) -> None:
        super().__init__(name, url)
        self._work = work
        self._batch = batch
        self._announce = after

    def step(self) -> tuple[int, bool]:
        """Process one batch: (how many entries, whether the follower is held)."""
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
                self._hold(conn, error)
                return 0, True

    def _process(self, conn: psycopg.Connection, most: int) -> int:
        """One batch in few round trips: each of them waits its turn twice on a busy machine."""
        found, entries = self._look(conn, most)
        if not entries:  # asking has written nothing
            return 0
        with conn.pipeline() if len(entries) <= FEW else nullcontext(), conn.transaction():
            if (position := self._lock(conn)) != found:
                entries = read_after(conn, position, most)
            if not entries:
                return 0
            self._work(conn, entries)
            conn.execute(
                """
                WITH done AS (
                  UPDATE follow.positions SET position = %(upto)s, held_at = NULL, held_why = NULL
                   WHERE name = %(name)s
                )
                SELECT pg_notify(%(channel)s::text, %(upto)s::text)
                 WHERE %(channel)s::text IS NOT NULL
                """,
                {"name": self.name, "upto": entries[-1].id, "channel": self._announce},
            )
        if len(entries) < most:
            self._did_all(entries[-1].id)
        return len(entries)

    def _look(self, conn: psycopg.Connection, most: int) -> tuple[int, list[Stored]]:
        """Its position, and the entries after it."""
        with conn.pipeline():
            at = conn.execute(_POSITION, {"name": self.name})
            entries = conn.cursor(row_factory=class_row(Stored)).execute(
                STORED + f" WHERE position > ({_POSITION}) ORDER BY position LIMIT %(most)s",
                {"name": self.name, "most": most},
            )
        (position,) = at.fetchone() or (0,)
        return position, entries.fetchall()

    def _lock(self, conn: psycopg.Connection) -> int:
        """Its position, which nobody else moves until the transaction ends."""
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
    """The next entries after a position, at most so many."""
    with conn.cursor(row_factory=class_row(Stored)) as cursor:
        return cursor.execute(
            STORED + " WHERE position > %s ORDER BY position LIMIT %s", [position, most]
        ).fetchall()


def progress(conn: psycopg.Connection) -> list[Progress]:
    """How far each follower has got."""
    rows = conn.execute(
        """
        SELECT name, position, coalesce((SELECT max(position) FROM ledger.entries), 0),
               held_at, held_why, coalesce(extract(epoch FROM clock_timestamp() - (
                   SELECT recorded_at FROM ledger.entries e WHERE e.position = p.position + 1)), 0)
          FROM follow.positions p ORDER BY name
        """
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
