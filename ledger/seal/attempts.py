"""The last attempts to have a checkpoint cosigned, stamped or copied, for `status` and `/metrics`.

Each place outside has the size that it took last, or since when it has failed and why.
"""

from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import psycopg
from psycopg.rows import class_row

from ledger.postgres.connections import SEALER_ROLE, connect


@dataclass(frozen=True, slots=True)
class Attempts:
    """How the attempts at one place went."""

    place: str
    """A witness's name, an authority's address, or a place that checkpoints are copied to."""
    size: int | None
    """The size of the checkpoint that it took last; None: none yet."""
    taken_at: datetime | None
    """When the last attempt succeeded, by the database's clock."""
    failing_since: datetime | None
    """Since when every attempt failed; None: the last one succeeded."""
    why: str | None

    @property
    def plain(self) -> dict[str, Any]:
        """Return it for JSON."""
        return {
            "place": self.place,
            "size": self.size,
            "taken_at": self.taken_at and self.taken_at.isoformat(),
            "failing_since": self.failing_since and self.failing_since.isoformat(),
            "why": self.why,
        }

    @property
    def says(self) -> str:
        """Return it in words."""
        took = "has no checkpoint yet"
        if self.size is not None and self.taken_at is not None:
            took = f"has {self.size:,} entries, by the attempt of {self.taken_at:%Y-%m-%d %H:%M}"
        if self.failing_since is None:
            return f"{self.place} {took}"
        return f"{self.place} {took}; FAILS since {self.failing_since:%Y-%m-%d %H:%M}: {self.why}"


def keep_attempt(url: str, place: str, size: int, why: str | None) -> None:
    """Store that a place took a checkpoint of this size, or why it did not."""
    query = """
        INSERT INTO follow.outside AS o (place, size, taken_at, failing_since, why)
        SELECT %(place)s, CASE WHEN took THEN %(size)s END, CASE WHEN took THEN now() END,
               CASE WHEN NOT took THEN now() END, %(why)s
          FROM (SELECT %(why)s::text IS NULL AS took) AS attempt
        ON CONFLICT (place) DO UPDATE
           SET size = coalesce(excluded.size, o.size),
               taken_at = coalesce(excluded.taken_at, o.taken_at),
               failing_since = CASE WHEN excluded.why IS NOT NULL
                                    THEN coalesce(o.failing_since, excluded.failing_since) END,
               why = excluded.why
    """
    with closing(connect(url, autocommit=True, role=SEALER_ROLE)) as conn:
        conn.execute(query, {"place": place, "size": size, "why": why})


def attempts(conn: psycopg.Connection) -> Sequence[Attempts]:
    """Read how the last attempts went, by place."""
    with conn.cursor(row_factory=class_row(Attempts)) as cursor:
        return cursor.execute("SELECT * FROM follow.outside ORDER BY place").fetchall()


def forget(url: str, place: str) -> bool:
    """Forget a place that is asked no more. Return whether it was known."""
    with closing(connect(url, autocommit=True, role=SEALER_ROLE)) as conn:
        return conn.execute("DELETE FROM follow.outside WHERE place = %s", [place]).rowcount > 0
