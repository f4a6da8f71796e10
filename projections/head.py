"""The positions of the log and of the read models, at one moment of the database's clock."""

from dataclasses import dataclass
from datetime import datetime

import psycopg
from psycopg import sql

from ledger.events import streams
from projections.read_models.tables import PROJECTOR

STUCK = 2.0
"""The projector counts as stuck once an entry has waited for it for so many seconds."""


@dataclass(frozen=True, slots=True)
class Head:
    """The positions of the log and of the read models, at one moment of the database's clock."""

    now: datetime
    position: int
    """The position of the log's last entry; 0 for an empty log."""
    recorded_at: datetime | None
    reached: int
    """The position that the read models have reached."""
    stuck: bool
    """True if the next entry has waited so long that the projector is stuck."""
    service_at: int
    service_recorded_at: datetime | None
    """The last entry of the service stream: its position (`service_at`) and moment. They show
    whether the register has changed."""


_HEAD = (
    sql.SQL("""
    SELECT greatest(clock_timestamp(), l.recorded_at), coalesce(l.position, 0), l.recorded_at,
           p.position,
           coalesce(e.recorded_at < clock_timestamp() - make_interval(secs => {stuck}), false),
           coalesce(s.position, 0), s.recorded_at
      FROM (SELECT coalesce((SELECT position FROM follow.positions WHERE name = {name}), 0))
           AS p (position)
      LEFT JOIN (SELECT position, recorded_at FROM ledger.entries
                  ORDER BY position DESC LIMIT 1) AS l ON true
      LEFT JOIN ledger.entries AS e ON e.position = p.position + 1
      LEFT JOIN (SELECT position, recorded_at FROM ledger.entries
                  WHERE stream = {service} ORDER BY version DESC LIMIT 1) AS s ON true
    """)
    .format(name=PROJECTOR, stuck=STUCK, service=streams.SERVICE)
    .as_bytes()
)
"""Without parameters, so that each connection plans it once."""


def head(conn: psycopg.Connection) -> Head:
    """Return the positions now. The clock (`now`) is never behind the log's last entry."""
    row = conn.execute(_HEAD, prepare=True).fetchone()
    assert row is not None
    return Head(*row)


def reached(conn: psycopg.Connection) -> int:
    """Return the position that the read models have reached."""
    return head(conn).reached
