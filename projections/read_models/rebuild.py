"""Builds the read models anew beside the live ones, compares both, and swaps the new ones in.

First it works up to the position of the live ones, report by report: a subject depends on entries
about its report only. As many processes as there are processors work on reports, each holding a few
at a time. The indexes are built once the rows are there, side by side too. Entries that came
meanwhile follow in the order of the log. An audit compares without swapping.
"""

import os
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from contextlib import contextmanager
from dataclasses import dataclass, replace
from multiprocessing import get_context, parent_process
from multiprocessing.connection import wait
from operator import attrgetter
from typing import Any

import psycopg

from ledger.events.entry import Entry
from ledger.events.streams import SERVICE, kind
from ledger.log.follower import read_whole
from ledger.postgres.connections import connect
from projections import log_parts
from projections.read_models import schemas, tables
from projections.read_models.comparison import (
    MOST_NAMED,
    Differing,
    differences,
    differing,
    row_count,
)
from projections.read_models.entry_index import note
from projections.read_models.judged_anew import judged_anew
from projections.read_models.projection import BATCH, project, set_states, uncollected
from projections.read_models.rectangles import Rectangles
from projections.read_models.tables import NEXT, PROJECTOR
from projections.streams import Streams
from projections.timeline import Timeline

AT_ONCE = 5000
"""Each process holds about so many entries at a time, or those of one report."""
WORTHWHILE = 20_000
"""Fewer entries are worked out before other processes have started."""
FAR_BEHIND = 4
"""Tables that lack a quarter of the log are built anew. One process alone follows. It takes a fifth
more for each entry, and many times as long where it reads most trails anew."""
Report = Callable[[int, int], None]
"""Called with the number of entries done, and the number of all."""
Doing = Callable[[Callable[[Any], int], Sequence[Any]], Iterator[int]]
"""Applies a function to each of several things, and yields the results as they come."""

End = Callable[[psycopg.Connection], int]
"""Returns the position that the fresh tables have to come up to."""

_WRITING = 20170506
"""The lock that all processes writing into the fresh tables share."""


_TURN = "300ms"
"""How long the swap waits for a table: less than PostgreSQL's deadlock_timeout, 1 s."""


class Abandoned(Exception):
    """The process that began a rebuild has ended, and nobody waits for its parts."""


@dataclass(frozen=True)
class Rebuilt:
    """How a rebuild ended: the position reached, and how many rows differed from the live ones."""

    position: int
    differences: dict[str, int]
    rows: int = 0
    """The number of rows of the live tables, after a comparison."""
    differing: tuple[Differing, ...] = ()
    """The rows that differ, after a comparison, at most MOST_NAMED of each table."""


def rebuild(url: str, report: Report) -> Rebuilt:
    """Build the read models from the whole log, and swap them in for the live ones.

    Readers and the projector go on meanwhile; the swap waits for the projector's transaction. Both
    sets of tables are compared at the same position just before, unless the live ones are of a
    former version, and have another shape, or are far behind.
    """
    return _build(url, report, swap=True)


def compare(url: str, report: Report) -> Rebuilt:
    """Do the same without the swap: compare the fresh tables with the live ones, and drop them."""
    return _build(url, report, swap=False)


def _build(url: str, report: Report, *, swap: bool) -> Rebuilt:
    with connect(url, autocommit=True) as conn:
        conn.execute("SELECT pg_advisory_lock(20170505)")  # one rebuild at a time
        ours = schemas.are_ours(conn)
        left = swap and (not ours or far_behind(conn))
        if not left:
            schemas.prepare(conn)
        begin(conn)
        position = (end := _log_end if left else _live)(conn)
        report_by_report(conn, url, position, report)
        position = _followed(conn, position, end)
        done = Rebuilt(position, {}) if left else _compared(conn, url, position, named=not swap)
        position = _followed(conn, done.position, end)
        if swap:
            while not _swapped(conn, position, end):
                pass
        else:
            with conn.transaction():
                schemas.drop(conn, NEXT)
        return done


def _followed(conn: psycopg.Connection, position: int, end: End) -> int:
    """Bring the fresh tables from a position to the end, which may move on meanwhile. Return the
    position that they are at."""
    while position < (upto := end(conn)):
        position = _advance(conn, position, upto)
    return position


def _swapped(conn: psycopg.Connection, position: int, end: End) -> bool:
    """Swap the fresh tables, which have come up to a position, in for the live ones. Return False,
    with nothing changed, if somebody holds a live table for longer than _TURN: a reader that holds
    one and waits for another, while we wait for the first, would end in a deadlock."""
    try:
        with conn.transaction():
            live = _live(conn, lock=True)
            position = _followed(conn, position, end)
            conn.execute("SELECT set_config('lock_timeout', %s, true)", [_TURN])
            schemas.drop(conn, tables.SCHEMA)
            schemas.move(conn, NEXT, tables.SCHEMA)
            if position != live or end is _log_end:
                conn.execute(_MOVED, [PROJECTOR, position])
    except psycopg.errors.LockNotAvailable:
        return False
    return True


def begin(conn: psycopg.Connection) -> None:
    """Make the fresh tables, in place of those that an interrupted rebuild left. Wait until no
    process of that rebuild writes into them; none will begin to (`_of_this_rebuild`)."""
    with conn.transaction():
        conn.execute("SELECT pg_advisory_xact_lock(%s)", [_WRITING])
        schemas.drop(conn, NEXT)
        schemas.create(conn, NEXT, indexed=False)


def _compared(conn: psycopg.Connection, url: str, position: int, *, named: bool) -> Rebuilt:
    """Return how both sets of tables differ at one position. The comparison sees a snapshot; the
    projector waits only until that is taken."""
    before = conn.isolation_level
    conn.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
    try:
        with connect(url) as holding:
            live = _live(holding, lock=True)
            while position < live:
                position = _advance(conn, position, live)
            with conn.transaction():
                conn.execute("SELECT")  # takes the snapshot
                holding.rollback()
                found = Rebuilt(position, differences(conn, tables.SCHEMA, NEXT))
                if named:
                    rows = row_count(conn, tables.SCHEMA)
                    which = differing(conn, tables.SCHEMA, NEXT, MOST_NAMED, found.differences)
                    found = replace(found, rows=rows, differing=tuple(which))
                return found
    finally:
        conn.isolation_level = before


_MOVED = """
    INSERT INTO follow.positions (name, position) VALUES (%s, %s)
    ON CONFLICT (name) DO UPDATE SET position = excluded.position, held_at = NULL, held_why = NULL
"""


def _log_end(conn: psycopg.Connection) -> int:
    """Return the position of the log's last entry: tables that are of a former version, or far
    behind, are replaced by those of the whole log, wherever they are."""
    row = conn.execute("SELECT max(position) FROM ledger.entries").fetchone()
    return (row and row[0]) or 0


def far_behind(conn: psycopg.Connection) -> bool:
    """Return whether the live tables lack so much of the log that to build all of them anew takes
    less time than to follow: processes side by side write rows, and build the indexes after."""
    end = _log_end(conn)
    return end - _live(conn) >= max(WORTHWHILE, end // FAR_BEHIND)


def _live(conn: psycopg.Connection, *, lock: bool = False) -> int:
    """Return the position of the live tables. With `lock`, the projector waits until the
    transaction ends."""
    query = "SELECT position FROM follow.positions WHERE name = %s"
    row = conn.execute(query + (" FOR UPDATE" if lock else ""), [PROJECTOR]).fetchone()
    return int(row[0]) if row else 0


def _advance(conn: psycopg.Connection, position: int, upto: int) -> int:
    entries = read_whole(conn, position, min(BATCH, upto - position))
    with conn.transaction():
        # As a follower's connection does: what is being filled has no statistics yet.
        conn.execute("SET LOCAL enable_seqscan = off")
        project(conn, entries, NEXT)
    return entries[-1].id


def report_by_report(conn: psycopg.Connection, url: str, upto: int, report: Report) -> None:
    """Fill the fresh tables with the rows known up to a position, and build their indexes."""
    sizes = _sizes(conn, upto)
    total = sum(sizes.values())
    done = 0
    with side_by_side(url, upto, total, conn.info.backend_pid) as doing:
        for many in doing(work_out, list(_portions(sizes))):
            done += many
            report(done, total)
        with conn.transaction():
            note_beside_reports(conn, upto, NEXT)
        for _ in doing(build_index, schemas.index_statements()):
            pass
    schemas.settle(conn, NEXT)


def note_beside_reports(conn: psycopg.Connection, upto: int, schema: str) -> None:
    """Fill the indexes of entries (`entry_index`) for the entries that are about no report."""
    reader = Streams(conn, upto)
    for entries in log_parts.beside_reports(conn, upto, BATCH):
        note(conn, entries, reader, schema)


def _sizes(conn: psycopg.Connection, upto: int) -> dict[str, int]:
    """Return the number of entries about each report."""
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


@contextmanager
def side_by_side(url: str, upto: int, total: int, begun_by: int) -> Iterator[Doing]:
    """Yield a function that works on things side by side, in several processes if so many entries
    are worth it. `begun_by` is the backend process of the connection that began the rebuild."""
    if total < WORTHWHILE or processors() == 1:
        _start(url, upto, begun_by)
        try:
            yield map
        finally:
            _stop()
        return
    given = (url, upto, begun_by)
    with ProcessPoolExecutor(processors(), get_context("spawn"), _begin, given) as pool:

        def doing(work: Callable[[Any], int], each: Sequence[Any]) -> Iterator[int]:
            for done in as_completed([pool.submit(work, one) for one in each]):
                yield done.result()

        try:
            yield doing
        finally:
            pool.shutdown(cancel_futures=True)


def processors() -> int:
    """Return how many processors this process may use."""
    return len(os.sched_getaffinity(0))


@dataclass(frozen=True, slots=True)
class Reports:
    """The log as known at a position, from which the rows about a report are worked out."""

    conn: psycopg.Connection
    upto: int
    timeline: Timeline
    judging_anew: Sequence[tuple[Entry, frozenset[str]]]
    """The acts on the register because of which all responses of some bodies are judged anew."""

    @classmethod
    def at(cls, conn: psycopg.Connection, upto: int) -> "Reports":
        """Read the register, which all reports share."""
        register = Timeline(log_parts.named(conn, upto, [SERVICE]))
        reader = Streams(conn, upto, timeline=register)
        acts = [(one, frozenset(judged_anew(one, reader))) for one in register.ties()]
        return cls(conn, upto, register, [one for one in acts if one[1]])

    def work_out(self, reference: str, rectangles: Rectangles) -> list[Entry]:
        """Work out the rows about a report, fill the indexes of its entries, and return these
        entries. The caller writes `rectangles`."""
        reader = Streams(self.conn, self.upto, timeline=self.timeline)
        if not (entries := reader.read_report(reference)):
            return []
        owing = {one.stream.split("/")[2] for one in entries if kind(one.stream) == "response"}
        acts = [one for one, bodies in self.judging_anew if bodies & owing]
        in_order = sorted([*entries, *acts], key=attrgetter("position"))
        set_states(self.conn, in_order, reader, rectangles)
        note(self.conn, entries, reader, rectangles.schema)
        return entries


@dataclass(frozen=True, slots=True)
class _Worker:
    """The things that a process keeps for each portion of reports."""

    conn: psycopg.Connection
    reports: Reports
    begun_by: int


_worker: _Worker | None = None


def _begin(url: str, upto: int, begun_by: int) -> None:
    """Begin a process of the pool."""
    threading.Thread(target=_end_with_parent, daemon=True).start()
    _start(url, upto, begun_by)


def _end_with_parent() -> None:
    """End this process with its parent, so that a killed rebuild leaves no process that writes into
    the next one's tables."""
    if (parent := parent_process()) is not None:
        wait([parent.sentinel])
        os._exit(1)


def _start(url: str, upto: int, begun_by: int) -> None:
    global _worker  # noqa: PLW0603  # one a process, made by its initializer
    conn = connect(url, autocommit=True)
    try:
        reports = Reports.at(conn, upto)
    except BaseException:
        conn.close()  # the register cannot be read
        raise
    _worker = _Worker(conn, reports, begun_by)


def _stop() -> None:
    global _worker  # noqa: PLW0603
    if _worker is not None:
        _worker.conn.close()
    _worker = None


@contextmanager
def _of_this_rebuild(worker: _Worker) -> Iterator[None]:
    """Run a transaction in which a process writes into the fresh tables. Raise Abandoned if the
    connection that began the rebuild is gone: a process that was starting when its rebuild was
    killed would write into the next one's tables. `begin` waits for those that checked before."""
    with worker.conn.transaction():
        worker.conn.execute("SELECT pg_advisory_xact_lock_shared(%s)", [_WRITING])
        beside = worker.conn.execute(
            "SELECT FROM pg_stat_activity WHERE pid = %s", [worker.begun_by]
        )
        if beside.fetchone() is None:
            raise Abandoned("The rebuild that this is a part of has ended.")
        yield


def build_index(statement: str) -> int:
    """Build one index. Return 0, as no entries are worked out."""
    assert _worker is not None
    with _of_this_rebuild(_worker):
        schemas.build_index(_worker.conn, NEXT, statement)
    return 0


def work_out(references: Sequence[str]) -> int:
    """Work out the rows about some reports, write them, and return the number of entries."""
    assert _worker is not None
    done = 0
    with uncollected(), _of_this_rebuild(_worker):
        rectangles = Rectangles(NEXT, fresh=True)
        for reference in references:
            done += len(_worker.reports.work_out(reference, rectangles))
        rectangles.write(_worker.conn)
    return done
