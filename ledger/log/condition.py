"""The condition of the log's database: whether it takes writes, and what its clock says."""

from dataclasses import dataclass
from datetime import datetime, timedelta

import psycopg
from psycopg import conninfo

APART = timedelta(minutes=1)
"""How far two clocks may differ, and the last entry lie ahead, before `ledger.append` refuses."""
READING = frozenset({"standby", "prefer-standby", "read-only"})
"""Values of `target_session_attrs` by which a database's URL says that it is for reading alone."""


@dataclass(frozen=True, slots=True)
class Condition:
    """The condition of a connection: each field by the database's own word."""

    standby: bool
    read_only: bool
    """True if its transactions take no writes; a standby's never do."""
    now: datetime
    last_at: datetime | None
    """When the last entry was recorded; None in an empty log, and for no moment of a calendar."""

    def clocks(self, here: datetime) -> str | None:
        """Return a sentence where the clocks disagree, by which nothing is recorded; else None."""
        if self.last_at is not None and self.last_at > self.now + APART:
            return (
                f"The last entry was recorded at {self.last_at.isoformat()}, and the database's "
                f"clock says {self.now.isoformat()}: nothing is recorded until the clock is right."
            )
        if abs(here - self.now) > APART:
            return (
                f"This machine's clock says {here.isoformat()}, and the database's "
                f"{self.now.isoformat()}: nothing is recorded until they agree. Put right the one "
                "that is wrong."
            )
        return None


def condition(conn: psycopg.Connection) -> Condition:
    """Return the condition of the database that a connection leads to."""
    row = conn.execute(
        """
        SELECT pg_is_in_recovery(), current_setting('transaction_read_only') = 'on',
               clock_timestamp(),
               (SELECT CASE WHEN isfinite(recorded_at) THEN recorded_at END
                  FROM ledger.entries ORDER BY position DESC LIMIT 1)
        """
    ).fetchone()
    assert row is not None
    return Condition(*row)


def for_reading(url: str) -> bool:
    """Return whether a database's URL says that it is for reading alone, as a standby is."""
    return conninfo.conninfo_to_dict(url).get("target_session_attrs") in READING
