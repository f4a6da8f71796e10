"""A follower on trial: its work writes down what it was given, in the follower's transaction."""

import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import psycopg
from psycopg_pool import ConnectionPool

from ledger.log.append import append
from ledger.log.doorbell import PATIENCE
from ledger.log.follower import Follower, Leader, Progress, progress
from ledger.log.storage import Stored
from ledger.postgres.connections import pool, retried
from tests.log.making import event

SEEN = "CREATE TABLE follow.seen (nth serial PRIMARY KEY, position bigint NOT NULL, by text)"


@dataclass
class Trial:
    """A log and what is done with it; `poison` are positions at which the work fails. In a `with`
    it keeps its connections: what is waited for is asked hundreds of times."""

    url: str
    poison: dict[int, Callable[[psycopg.Connection], object]] = field(default_factory=dict)
    pool: ConnectionPool[psycopg.Connection] | None = None

    def __enter__(self) -> "Trial":
        self.pool = pool(self.url, max_size=2)
        return self

    def __exit__(self, *_: object) -> None:
        assert self.pool is not None
        self.pool.close()
        self.pool = None

    @contextmanager
    def _connections(self) -> Iterator[ConnectionPool[psycopg.Connection]]:
        if self.pool is not None:
            yield self.pool
            return
        with pool(self.url) as connections:
            yield connections

    def _asked(self, query: str, *parameters: Any) -> list[Any]:
        """Return the one column of an answer."""

        def asked(conn: psycopg.Connection) -> list[Any]:
            return [row[0] for row in conn.execute(query.encode(), parameters or None).fetchall()]

        with self._connections() as connections:
            return retried(connections, asked)

    def grow(self, by: int) -> None:
        """Append so many entries to the log."""
        with self._connections() as connections:
            append(connections, [event(f"grown/{event().event_id}", 1) for _ in range(by)])

    def follower(
        self, *, batch: int = 1000, by: str = "one", pause: float = 0.0, whole: bool = False
    ) -> Follower:
        def work(conn: psycopg.Connection, entries: Sequence[Stored]) -> None:
            for entry in entries:
                conn.execute(
                    "INSERT INTO follow.seen (position, by) VALUES (%s, %s)", [entry.id, by]
                )
                if entry.id in self.poison:
                    self.poison[entry.id](conn)

        return Follower("trial", self.url, work, batch=batch, pause=pause, whole=whole)

    def seen(self) -> list[int]:
        """Return the positions whose work was done, in the order in which it was done."""
        return self._asked("SELECT position FROM follow.seen ORDER BY nth")

    def last(self) -> int:
        """Return the last position of the log."""
        found: int = self._asked("SELECT coalesce(max(position), 0) FROM ledger.entries")[0]
        return found

    def seen_by(self, by: str) -> int:
        found: int = self._asked("SELECT count(*) FROM follow.seen WHERE by = %s", by)[0]
        return found

    @property
    def progress(self) -> Progress:
        with self._connections() as connections, connections.connection() as conn:
            (found,) = progress(conn)
        return found


@contextmanager
def running(
    follower: Leader, patience: float = PATIENCE, ring: Callable[[], object] = int
) -> Iterator[None]:
    """Let it follow in a thread of its own; `ring` wakes one that waits for long, so it can end."""
    stop = threading.Event()
    thread = threading.Thread(target=follower.run, args=[stop, patience])
    thread.start()
    try:
        yield
    finally:
        stop.set()
        ring()
        thread.join()
