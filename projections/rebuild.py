"""Building the read models anew beside the live ones, comparing, and swapping them in."""

from collections.abc import Callable
from dataclasses import dataclass

import psycopg

from ledger.database import connect
from ledger.follower import read_after
from projections import tables
from projections.projector import NAME, prepare, project

NEXT = "projections_next"
BATCH = 2000

Report = Callable[[int, int], None]
"""Called with the position reached and the head."""


@dataclass(frozen=True)
class Rebuilt:
    """How a rebuild ended: the position reached, and how many rows differed from the live ones."""

    position: int
    differences: dict[str, int]


def rebuild(url: str, report: Report) -> Rebuilt:
    """Project the whole log into fresh tables, and swap them in for the live ones.

    Readers and the projector go on meanwhile; the swap waits for the projector's transaction. The
    comparison is made at the swap, on both sets of tables at the same position.
    """
    with connect(url, autocommit=True) as conn:
        conn.execute("SELECT pg_advisory_lock(20170505)")  # one rebuild at a time
        prepare(conn)
        with conn.transaction():
            tables.drop(conn, NEXT)
            tables.create(conn, NEXT)
        position = 0
        while position < (live := _live(conn)):
            position = _advance(conn, position, live)
            report(position, live)
        with conn.transaction():
            live = _live(conn, lock=True)
            while position < live:
                position = _advance(conn, position, live)
            found = tables.differences(conn, tables.SCHEMA, NEXT)
            tables.drop(conn, tables.SCHEMA)
            tables.move(conn, NEXT, tables.SCHEMA)
        return Rebuilt(position, found)


def compare(url: str, report: Report) -> Rebuilt:
    """The same without the swap: the fresh tables are compared with the live ones and dropped."""
    with connect(url, autocommit=True) as conn, conn.transaction(force_rollback=True):
        conn.execute("SELECT pg_advisory_xact_lock(20170505)")
        prepare(conn)
        live = _live(conn, lock=True)
        tables.drop(conn, NEXT)
        tables.create(conn, NEXT)
        position = 0
        while position < live:
            position = _advance(conn, position, live)
            report(position, live)
        return Rebuilt(position, tables.differences(conn, tables.SCHEMA, NEXT))


def _live(conn: psycopg.Connection, *, lock: bool = False) -> int:
    """The position of the live tables; locked, the projector waits until the transaction ends."""
    query = "SELECT position FROM follow.positions WHERE name = %s"
    row = conn.execute(query + (" FOR UPDATE" if lock else ""), [NAME]).fetchone()
    return int(row[0]) if row else 0


def _advance(conn: psycopg.Connection, position: int, upto: int) -> int:
    entries = read_after(conn, position, min(BATCH, upto - position))
    with conn.transaction():
        project(conn, entries, NEXT)
    return entries[-1].id
