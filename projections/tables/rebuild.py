"""Building the read models anew beside the live ones, comparing, and swapping them in.

Up to the position of the live ones, report by report: all that a subject rests on is about its
report, so that reports are worked out side by side, in as many processes as there are
processors, each holding a few of them at a time. The indexes are built when the rows are there,
side by side too. What came meanwhile follows in the order of the log.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

import psycopg

from ledger.log.follower import read_after
from ledger.postgres.connections import connect
from projections.streams.reader import LogReader
from projections.tables import indexes, schemas, tables
from projections.tables.entry_index import note
from projections.tables.projector import NAME, prepare, project
from projections.tables.rebuild_processes import build_index, side_by_side, work_out
from projections.tables.row_differences import Differing, differences, differing, row_count
from projections.tables.tables import NEXT

BATCH = 2000
AT_ONCE = 5000
"""About so many entries are held at a time by each process, or those of one report."""
MOST_NAMED = 100
Report = Callable[[int, int], None]
"""Called with the number of entries done, and of all."""


@dataclass(frozen=True)
class Rebuilt:
    """How a rebuild ended: the position reached, and how many rows differed from the live ones."""

    position: int
    differences: dict[str, int]
    rows: int = 0
    """Of a comparison: how many rows the live ones have."""
    differing: tuple[Differing, ...] = ()
    """Of a comparison: the rows that differ, by name, of each table at most MOST_NAMED."""


def rebuild(url: str, report: Report) -> Rebuilt:
    """Build the read models from the whole log, and swap them in for the live ones.

    Readers and the projector go on meanwhile; the swap waits for the projector's transaction. The
    comparison is made just before, on both sets of tables at the same position.
    """
    return _build(url, report, swap=True)


def compare(url: str, report: Report) -> Rebuilt:
    """The same without the swap: the fresh tables are compared with the live ones and dropped."""
    return _build(url, report, swap=False)


def _build(url: str, report: Report, *, swap: bool) -> Rebuilt:
    with connect(url, autocommit=True) as conn:
        conn.execute("SELECT pg_advisory_lock(20170505)")  # one rebuild at a time
        prepare(conn)
        begin(conn)
        position = _live(conn)
        report_by_report(conn, url, position, report)
        while position < (live := _live(conn)):
            position = _advance(conn, position, live)
        done = _compared(conn, url, position, named=not swap)
        position = done.position
        while position < (live := _live(conn)):
            position = _advance(conn, position, live)
        with conn.transaction():
            if swap:
                live = _live(conn, lock=True)
                while position < live:
                    position = _advance(conn, position, live)
                schemas.drop(conn, tables.SCHEMA)
                schemas.move(conn, NEXT, tables.SCHEMA)
            else:
                schemas.drop(conn, NEXT)
        return done


def begin(conn: psycopg.Connection) -> None:
    """Make the fresh tables, in place of what an interrupted rebuild left."""
    with conn.transaction():
        schemas.drop(conn, NEXT)
        schemas.create(conn, NEXT, indexed=False)


def _compared(conn: psycopg.Connection, url: str, position: int, *, named: bool) -> Rebuilt:
    """How both sets of tables differ at one position. They are seen as they are there, however
    long it takes; the projector waits only until that moment."""
    before = conn.isolation_level
    conn.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
    try:
        with connect(url) as holding:
            live = _live(holding, lock=True)
            while position < live:
                position = _advance(conn, position, live)
            with conn.transaction():
                conn.execute("SELECT")  # from here on it sees this moment
                holding.rollback()
                found = Rebuilt(position, differences(conn, tables.SCHEMA, NEXT))
                if named:
                    rows = row_count(conn, tables.SCHEMA)
                    which = differing(conn, tables.SCHEMA, NEXT, MOST_NAMED, found.differences)
                    found = replace(found, rows=rows, differing=tuple(which))
                return found
    finally:
        conn.isolation_level = before


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


def report_by_report(conn: psycopg.Connection, url: str, upto: int, report: Report) -> None:
    """Fill the fresh tables with what is known up to a position, and build their indexes."""
    sizes = _sizes(conn, upto)
    total = sum(sizes.values())
    done = 0
    with side_by_side(url, upto, total) as doing:
        for many in doing(work_out, list(_portions(sizes))):
            done += many
            report(done, total)
        with conn.transaction():
            reader = LogReader(conn, upto)
            for entries in reader.beside_reports(BATCH):
                note(conn, entries, reader, NEXT)
        for _ in doing(build_index, indexes.statements()):
            pass
    schemas.settle(conn, NEXT)


def _sizes(conn: psycopg.Connection, upto: int) -> dict[str, int]:
    """How many entries there are about each report."""
    rows = conn.execute(
        """
        SELECT split_part(stream, '/', 2) AS reference, count(*) FROM ledger.entries
         WHERE position <= %s
           AND (stream ^@ 'report/' OR stream ^@ 'recommendation/' OR stream ^@ 'response/')
         GROUP BY reference ORDER BY min(position)
        """,
        [upto],
    ).fetchall()
    return dict(rows)


def _portions(sizes: dict[str, int]) -> Iterator[list[str]]:
    portion: list[str] = []
    held = 0
    for reference, many in sizes.items():
        if portion and held + many > AT_ONCE:
            yield portion
            portion, held = [], 0
        portion.append(reference)
        held += many
    if portion:
        yield portion
