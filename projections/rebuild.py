"""Building the read models anew beside the live ones, comparing, and swapping them in.

Up to the position of the live ones, report by report: all that a subject rests on is about its
report, so that reports are worked out side by side, in as many processes as there are
processors, each holding a few of them at a time. What came meanwhile follows in the order of
the log.
"""

import os
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import dataclass, replace
from multiprocessing import get_context

import psycopg

from ledger.database import connect
from ledger.follower import read_after
from ledger.streams import SERVICE
from projections import tables
from projections.held import HeldReader, by_report
from projections.projector import NAME, note, prepare, project, set_states
from projections.reader import LogReader
from projections.row_differences import Differing, differences, differing, row_count
from projections.timeline import Timeline

NEXT = "projections_next"
BATCH = 2000
AT_ONCE = 5000
"""About so many entries are held at a time by each process, or those of one report."""
MOST_NAMED = 100
WORTHWHILE = 20_000
"""Fewer entries are worked out before other processes have started."""

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
    comparison is made at the swap, on both sets of tables at the same position.
    """
    return _build(url, report, swap=True)


def compare(url: str, report: Report) -> Rebuilt:
    """The same without the swap: the fresh tables are compared with the live ones and dropped."""
    return _build(url, report, swap=False)


def _build(url: str, report: Report, *, swap: bool) -> Rebuilt:
    with connect(url, autocommit=True) as conn:
        conn.execute("SELECT pg_advisory_lock(20170505)")  # one rebuild at a time
        prepare(conn)
        with conn.transaction():
            tables.drop(conn, NEXT)
            tables.create(conn, NEXT)
        position = _live(conn)
        report_by_report(conn, url, position, report)
        while position < (live := _live(conn)):
            position = _advance(conn, position, live)
        with conn.transaction():
            live = _live(conn, lock=True)
            while position < live:
                position = _advance(conn, position, live)
            done = Rebuilt(position, differences(conn, tables.SCHEMA, NEXT))
            if swap:
                tables.drop(conn, tables.SCHEMA)
                tables.move(conn, NEXT, tables.SCHEMA)
            else:
                named: list[Differing] = []
                if any(done.differences.values()):
                    named = differing(conn, tables.SCHEMA, NEXT, MOST_NAMED)
                done = replace(done, rows=row_count(conn, tables.SCHEMA), differing=tuple(named))
                tables.drop(conn, NEXT)
        return done


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
    """Fill the fresh tables with what is known up to a position."""
    sizes = _sizes(conn, upto)
    total = sum(sizes.values())
    done = 0
    for many in _worked_out(url, list(_portions(sizes)), upto, total):
        done += many
        report(done, total)
    with conn.transaction():
        reader = LogReader(conn, upto)
        for entries in reader.beside_reports(BATCH):
            note(conn, entries, reader, NEXT)


def _worked_out(
    url: str, portions: Sequence[Sequence[str]], upto: int, total: int
) -> Iterator[int]:
    if total < WORTHWHILE or processors() == 1:
        _start(url, upto)
        try:
            yield from map(_work_out, portions)
        finally:
            _stop()
        return
    with ProcessPoolExecutor(processors(), get_context("spawn"), _start, (url, upto)) as pool:
        working = [pool.submit(_work_out, portion) for portion in portions]
        try:
            for each in as_completed(working):
                yield each.result()
        finally:
            pool.shutdown(cancel_futures=True)


def processors() -> int:
    """How many processors this process may use: so many processes work side by side."""
    return len(os.sched_getaffinity(0))


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


@dataclass(frozen=True, slots=True)
class _Worker:
    """What a process has at hand for each portion."""

    conn: psycopg.Connection
    upto: int
    timeline: Timeline


_worker: _Worker | None = None


def _start(url: str, upto: int) -> None:
    global _worker  # noqa: PLW0603  # one a process, made by its initializer
    conn = connect(url, autocommit=True)
    _worker = _Worker(conn, upto, Timeline(LogReader(conn, upto).stream(SERVICE, upto)))


def _stop() -> None:
    global _worker  # noqa: PLW0603
    if _worker is not None:
        _worker.conn.close()
    _worker = None


def _work_out(references: Sequence[str]) -> int:
    """Work out the rows of some reports, and write them: how many entries there were."""
    assert _worker is not None
    conn, upto = _worker.conn, _worker.upto
    done = 0
    with conn.transaction():
        rectangles = tables.Rectangles(NEXT, fresh=True)
        for entries in by_report(conn, references, upto):
            reader = HeldReader(entries, _worker.timeline, LogReader(conn, upto))
            set_states(conn, entries, reader, rectangles)
            done += len(entries)
        rectangles.write(conn)
    return done
