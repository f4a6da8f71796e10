"""Building the read models anew beside the live ones, comparing, and swapping them in.

Up to the position of the live ones, report by report: all that a subject rests on is about its
report, so that reports are worked out side by side, in as many processes as there are
processors, each holding a few of them at a time. The indexes are built when the rows are there,
side by side too. What came meanwhile follows in the order of the log. An audit compares without
swapping.
"""

import gc
import os
import secrets
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from contextlib import contextmanager
from dataclasses import dataclass, replace
from multiprocessing import get_context, parent_process
from multiprocessing.connection import wait
from operator import attrgetter
from typing import Any

import psycopg
from psycopg import sql

from ledger.audit.findings import Check, Kind, Progress
from ledger.events.entry import Entry
from ledger.events.streams import SERVICE, kind
from ledger.log.follower import read_whole
from ledger.postgres.connections import connect
from projections.streams import LogStreams, ReportStreams, Timeline
from projections.tables import schemas, tables
from projections.tables.entry_index import note
from projections.tables.projector import NAME, prepare, project, set_states
from projections.tables.rectangles import Rectangles
from projections.tables.tables import NAMES, NEXT, TABLES

BATCH = 2000
AT_ONCE = 5000
"""About so many entries are held at a time by each process, or those of one report."""
MOST_NAMED = 100
WORTHWHILE = 20_000
"""Fewer entries are worked out before other processes have started."""
Report = Callable[[int, int], None]
"""Called with the number of entries done, and of all."""
Doing = Callable[[Callable[[Any], int], Sequence[Any]], Iterator[int]]
"""Does the same with each of several things: the results as they come."""

_WRITING = 20170506
"""The lock that all who write into the fresh tables share."""

_KEYS = {table.name: (*table.key, "known_from", "effective_from") for table in TABLES} | {
    "improvements": ("report", "body", "name", "position"),
    "redactions": ("position",),
    "concerns": ("position", "body"),
    "recorded_late": ("position",),
    "reviews": ("report", "key", "addressee", "meeting"),
}


class Abandoned(Exception):
    """Whoever began a rebuild has gone, and nobody waits for its parts."""


@dataclass(frozen=True, slots=True)
class Differing:
    """A row that differs between two schemas, or stands in one alone."""

    table: str
    subject: str
    """The stream that it is of, or the position that it is about."""
    known_from: int | None
    columns: tuple[str, ...]
    """Which of its columns differ; all of them where it stands in one alone."""
    only_in: str | None
    """The schema that alone has it."""


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
    """Make the fresh tables, in place of what an interrupted rebuild left: when nobody of it writes
    there any more, and none of it will (`_of_this_rebuild`)."""
    with conn.transaction():
        conn.execute("SELECT pg_advisory_xact_lock(%s)", [_WRITING])
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
    entries = read_whole(conn, position, min(BATCH, upto - position))
    with conn.transaction():
        # As a follower's connection does: what is being filled has no statistics yet.
        conn.execute("SET LOCAL enable_seqscan = off")
        project(conn, entries, NEXT)
    return entries[-1].id


def report_by_report(conn: psycopg.Connection, url: str, upto: int, report: Report) -> None:
    """Fill the fresh tables with what is known up to a position, and build their indexes."""
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
    """Note what lists go by of the entries that are about no report."""
    reader = LogStreams(conn, upto)
    for entries in reader.beside_reports(BATCH):
        note(conn, entries, reader, schema)


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


@contextmanager
def side_by_side(url: str, upto: int, total: int, begun_by: int) -> Iterator[Doing]:
    """Processes that work side by side, if that many entries are worth it; `begun_by` is the
    database's process for whoever began the rebuild."""
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
    """How many processors this process may use: so many processes work side by side."""
    return len(os.sched_getaffinity(0))


@dataclass(frozen=True, slots=True)
class Reports:
    """The log as known at a position, from which the rows about a report are worked out."""

    conn: psycopg.Connection
    upto: int
    timeline: Timeline
    judging_anew: Sequence[tuple[Entry, frozenset[str]]]
    """The acts on the register by which all responses of some bodies are judged anew."""

    @classmethod
    def at(cls, conn: psycopg.Connection, upto: int) -> "Reports":
        """Read what all reports share: the register."""
        register = Timeline(LogStreams(conn, upto).stream(SERVICE, upto))
        log = LogStreams(conn, upto, timeline=register)
        acts = [(one, frozenset(log.judged_anew(one))) for one in register.ties()]
        return cls(conn, upto, register, [one for one in acts if one[1]])

    def work_out(self, reference: str, rectangles: Rectangles) -> list[Entry]:
        """Work out the rows about a report, and note what lists go by; its entries. `rectangles`
        are still to be written."""
        log = LogStreams(self.conn, self.upto, timeline=self.timeline)
        if not (entries := log.about(reference)):
            return []
        reader = ReportStreams(entries, log)
        owing = {one.stream.split("/")[2] for one in entries if kind(one.stream) == "response"}
        acts = [one for one, bodies in self.judging_anew if bodies & owing]
        in_order = sorted([*entries, *acts], key=attrgetter("position"))
        set_states(self.conn, in_order, reader, rectangles)
        note(self.conn, entries, reader, rectangles.schema)
        return entries


@dataclass(frozen=True, slots=True)
class _Worker:
    """What a process has at hand for each portion."""

    conn: psycopg.Connection
    reports: Reports
    begun_by: int


_worker: _Worker | None = None


def _begin(url: str, upto: int, begun_by: int) -> None:
    """Begin a process of one's own. What it holds has no cycles, and looking for some in the
    entries of a portion, again and again, would take a tenth of its time."""
    gc.disable()
    threading.Thread(target=_end_with_parent, daemon=True).start()
    _start(url, upto, begun_by)


def _end_with_parent() -> None:
    """A rebuild that was killed leaves nobody who goes on writing into the next one's tables."""
    if (parent := parent_process()) is not None:
        wait([parent.sentinel])
        os._exit(1)


def _start(url: str, upto: int, begun_by: int) -> None:
    global _worker  # noqa: PLW0603  # one a process, made by its initializer
    conn = connect(url, autocommit=True)
    try:
        reports = Reports.at(conn, upto)
    except BaseException:
        conn.close()  # what the register says cannot be read
        raise
    _worker = _Worker(conn, reports, begun_by)


def _stop() -> None:
    global _worker  # noqa: PLW0603
    if _worker is not None:
        _worker.conn.close()
    _worker = None


@contextmanager
def _of_this_rebuild(worker: _Worker) -> Iterator[None]:
    """A transaction in which a process writes into the fresh tables. Abandoned where whoever began
    the rebuild has gone: a process that was starting, or took its portion, when that one was killed
    would write into the tables of the next. `begin` waits for those who looked in time."""
    with worker.conn.transaction():
        worker.conn.execute("SELECT pg_advisory_xact_lock_shared(%s)", [_WRITING])
        beside = worker.conn.execute(
            "SELECT FROM pg_stat_activity WHERE pid = %s", [worker.begun_by]
        )
        if beside.fetchone() is None:
            raise Abandoned("The rebuild that this is a part of has ended.")
        yield


def build_index(statement: str) -> int:
    """Build one index, which is none of the entries."""
    assert _worker is not None
    with _of_this_rebuild(_worker):
        schemas.build_index(_worker.conn, NEXT, statement)
    return 0


def work_out(references: Sequence[str]) -> int:
    """Work out the rows of some reports, and write them: how many entries there were."""
    assert _worker is not None
    done = 0
    with _of_this_rebuild(_worker):
        rectangles = Rectangles(NEXT, fresh=True)
        for reference in references:
            done += len(_worker.reports.work_out(reference, rectangles))
        rectangles.write(_worker.conn)
    return done


def differences(conn: psycopg.Connection, one: str, other: str) -> dict[str, int]:
    """How many rows differ between two schemas, by table: those that stand in one alone. Inside a
    transaction.

    Rows are told apart by 128 bits of hashes: few bytes of each are sorted, and not the whole rows
    of both. The seeds are drawn anew each time, so that nobody can make two rows that look alike.
    """
    conn.execute("SET LOCAL work_mem = '64MB'")
    seeds = {"first": secrets.randbits(63), "second": secrets.randbits(63)}
    found = {}
    for table in NAMES:
        query = sql.SQL(
            """
            SELECT coalesce(sum(abs(too_many)), 0) FROM (
                SELECT sum(side) AS too_many FROM (
                    SELECT hash_record_extended(this, %(first)s),
                           hash_record_extended(this, %(second)s), 1 FROM {one} AS this
                    UNION ALL
                    SELECT hash_record_extended(that, %(first)s),
                           hash_record_extended(that, %(second)s), -1 FROM {other} AS that
                ) AS every (one, other, side)
                 GROUP BY one, other HAVING sum(side) <> 0) AS either
            """
        ).format(one=sql.Identifier(one, table), other=sql.Identifier(other, table))
        row = conn.execute(query, seeds).fetchone()
        found[table] = int(row[0]) if row else 0
    return found


def row_count(conn: psycopg.Connection, schema: str) -> int:
    """How many rows the tables of a schema have."""
    found = 0
    for table in NAMES:
        query = sql.SQL("SELECT count(*) FROM {}").format(sql.Identifier(schema, table))
        row = conn.execute(query).fetchone()
        found += int(row[0]) if row else 0
    return found


def differing(
    conn: psycopg.Connection, one: str, other: str, most: int, many: Mapping[str, int]
) -> list[Differing]:
    """The rows that differ between two schemas by name, of each table at most so many. `many`:
    how many there are, by table; where there is none, none is looked for."""
    return [
        found
        for table in NAMES
        if many[table]
        for found in differing_in(conn, table, one, other, most)
    ]


def differing_in(
    conn: psycopg.Connection,
    table: str,
    one: str,
    other: str,
    most: int,
    only: sql.Composable = sql.SQL("TRUE"),  # noqa: B008 (constant)
) -> Iterator[Differing]:
    """Find the rows of one table that differ between two schemas, at most so many; `only` those of
    a condition."""
    query = sql.SQL(
        "SELECT {name}, to_jsonb(either)"
        "  FROM (SELECT * FROM {this} WHERE {only} EXCEPT ALL SELECT * FROM {that} WHERE {only}"
        "         ORDER BY {key} LIMIT {most}) AS either"
    )
    names = _KEYS[table]
    rows: dict[tuple[Any, ...], dict[str, dict[str, Any]]] = {}
    for this, that in ((one, other), (other, one)):
        for name, row in conn.execute(
            query.format(
                name=sql.Literal(this),
                this=sql.Identifier(this, table),
                that=sql.Identifier(that, table),
                key=sql.SQL(", ").join(map(sql.Identifier, names)),
                most=sql.Literal(most),
                only=only,
            )
        ).fetchall():
            rows.setdefault(tuple(row[each] for each in names), {})[name] = row
    for sides in rows.values():
        row = next(iter(sides.values()))
        was, now = sides.get(one, {}), sides.get(other, {})
        yield Differing(
            table,
            _subject_in_words(table, row),
            row.get("known_from"),
            tuple(name for name in row if was.get(name) != now.get(name)),
            next(iter(sides)) if len(sides) == 1 else None,
        )


def _subject_in_words(table: str, row: dict[str, Any]) -> str:
    match table:
        case "reports":
            return f"report/{row['report']}"
        case "recommendations" | "reviews":
            return f"recommendation/{row['report']}/{row['key']}/{row['addressee']}"
        case "responses" | "improvements":
            return f"response/{row['report']}/{row['body']} ({row['name']})"
        case _:
            return f"position {row['position']}"


ADVICE = "`answerable rebuild` makes it anew."


def audit_read_models(url: str, progress: Progress) -> Check:
    """Work the read models out beside the live ones, compare, and leave the live ones alone."""
    check = Check("read models", "rows", "as the log leads to them,")
    try:
        _audit(check, url, progress)
    except Exception as error:  # noqa: BLE001  # whatever a forged entry, or a policy, brings about
        check.find(
            Kind.READ_MODELS_UNFIT,
            0,
            "What this log adds up to cannot be worked out, so that no row could be compared "
            f"({type(error).__name__}: {error}). Look at the findings about its entries first.",
        )
    return check


def _audit(check: Check, url: str, progress: Progress) -> None:
    with connect(url, autocommit=True) as conn:
        if not schemas.are_there(conn):
            check.not_checked = "they are not there: `answerable rebuild`"
            return
        if not schemas.are_ours(conn):
            check.find(
                Kind.READ_MODELS_UNFIT,
                0,
                "Tables of the read models are there, and are not this version's by the comment on "
                "projections.responses, so that no row was compared: pages may show what the log "
                f"does not say. {ADVICE}",
            )
            return
        row = conn.execute(
            """
            SELECT coalesce((SELECT position FROM follow.positions WHERE name = %s), 0),
                   coalesce((SELECT max(position) FROM ledger.entries), 0)
            """,
            [NAME],
        ).fetchone()
        assert row is not None
        position, head = row
    if position > head:
        check.find(
            Kind.READ_MODELS_AHEAD,
            head,
            f"The read models have followed the log up to position {position:,}; it ends at "
            f"{head:,}: entries that stood there are gone.",
        )
    try:
        done = compare(url, progress)
    except psycopg.errors.ReadOnlySqlTransaction:
        check.not_checked = (
            "the database takes no writes (a standby, or set read-only), and the rows to compare "
            "with are worked out in tables of their own: audit where it does"
        )
        return
    _tell(check, done, head)


def _tell(check: Check, done: Rebuilt, head: int) -> None:
    check.checked = done.rows
    check.holds += f" up to position {done.position:,} of {head:,}"
    for row in done.differing:
        check.find(Kind.ROW_DIFFERS, row.known_from or 0, in_words(row))
    named = sum(1 if row.only_in else 2 for row in done.differing)
    check.found += sum(done.differences.values()) - named


def in_words(row: Differing) -> str:
    """Return which row differs from what the log says, and in what."""
    since = f", as known from position {row.known_from:,}" if row.known_from else ""
    if row.only_in not in (None, tables.SCHEMA):
        says = "has no row, and the log says that there is one."
    elif row.only_in is not None:
        says = "has a row that the log does not lead to."
    else:
        says = f"differs from what the log says in {', '.join(row.columns)}."
    return f"projections.{row.table}, {row.subject}{since}: {says} {ADVICE}"
