"""The read models' tables: how a subject's rectangles are read, compared and written."""

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from importlib.resources import files
from typing import Any, LiteralString

import msgspec
import psycopg
from psycopg import sql

from projections import indexes
from projections.drawn import Covered, Judged
from projections.state import RecommendationState, ReportState, ResponseState

SCHEMA = "projections"
NEXT = "projections_next"
"""Where they are built anew, before they are swapped in."""
FOREVER = date(9999, 12, 31)
AS_KNOWN_NOW = 2**63 - 1
"""`known_to` of what no later entry has changed."""
THOUSAND = 1000
"""Positions that `touched` tells together."""

State = ReportState | RecommendationState | ResponseState | Judged | Covered


class Segment(msgspec.Struct, frozen=True, gc=False):
    """A state from one day up to another (excluded), as known at one position."""

    effective_from: date
    effective_to: date
    state: State

    def holds(self, day: date) -> bool:
        """Whether it is the state on a day. One that lasts for ever lasts to the end of the last
        day that there is."""
        ends = self.effective_to
        return self.effective_from <= day and (day < ends or ends == FOREVER)


@dataclass(frozen=True, slots=True)
class Table:
    """One read model: its key, and the columns drawn out of the state to filter by."""

    name: str
    key: tuple[str, ...]
    drawn: tuple[str, ...]
    state: type[State]
    whole: bool = True
    """Whether the state itself is kept; else it is nothing but its columns."""
    dated: bool = False
    """Whether the London date of the entry at `known_from` is kept beside it."""

    @property
    def same(self) -> sql.Composed:
        """That `one` and `wanted` have the same key, by all that the index of lists begins with:
        so that only what is known now is read, however much was known before."""
        ours = [sql.SQL("one.{0} = wanted.{0}").format(sql.Identifier(n)) for n in self.key]
        length = "length(one.key) = length(wanted.key)" if "key" in self.key else "true"
        return sql.SQL(" AND ").join([*ours, sql.SQL(length)])

    @property
    def columns(self) -> tuple[str, ...]:
        return (
            *self.key,
            "known_from",
            "known_to",
            "effective_from",
            "effective_to",
            *self.drawn,
            *(("state",) if self.whole else ()),
            *(("known_on",) if self.dated else ()),
        )


REPORTS = Table(
    "reports", ("report",), ("published_on", "published_text", "publisher"), ReportState
)
RECOMMENDATIONS = Table(
    "recommendations",
    ("addressee", "report", "key"),
    ("kind", "status", "target_last", "unanswered", "parent_key"),
    RecommendationState,
)
RESPONSES = Table("responses", ("body", "report"), ("due_on",), ResponseState)
VERDICTS = Table(
    "verdicts",
    ("body", "report"),
    Judged.__struct_fields__,
    Judged,
    whole=False,
    dated=True,
)
COVERAGES = Table("coverages", ("body", "report"), Covered.__struct_fields__, Covered, whole=False)
TABLES = (REPORTS, RECOMMENDATIONS, RESPONSES, VERDICTS, COVERAGES)
NAMES = (
    *(table.name for table in TABLES),
    "released",
    "redactions",
    "concerns",
    "recorded_late",
    "touched",
)
"""Every table of a schema: those of rectangles, what is released, what was redacted, and what lists
of the log go by."""

_DECODERS = {table.name: msgspec.json.Decoder(table.state) for table in TABLES}

Subject = tuple[Table, tuple[str, ...]]


@dataclass(slots=True)
class Row:
    """One rectangle. `stored` says whether it is in the table already."""

    known_from: int
    known_to: int | None
    segment: Segment
    known_on: date | None = None
    stored: bool = False


class Rectangles:
    """The rectangles of the subjects that a batch touches: loaded, changed, written back.

    Of `fresh` tables none is loaded: each subject is worked out whole before it is written.
    """

    def __init__(self, schema: str = SCHEMA, *, fresh: bool = False) -> None:
        self.schema = schema
        self._fresh = fresh
        self._open: dict[Subject, list[Row]] = {}
        self._closed: list[tuple[Subject, Row]] = []

    def load(self, conn: psycopg.Connection, subjects: Iterable[Subject]) -> None:
        """Read the open rectangles of subjects not loaded yet."""
        by_table: dict[str, list[Subject]] = {}
        for subject in subjects:
            if subject not in self._open:
                self._open[subject] = []
                if self._fresh:
                    continue
                by_table.setdefault(subject[0].name, []).append(subject)
        # Fresh tables have no statistics yet: the index is right at every size.
        if by_table:
            conn.execute("SET LOCAL enable_seqscan = off")
        for wanted in by_table.values():
            table = wanted[0][0]
            query = sql.SQL(
                "SELECT {theirs}, known_from, effective_from, effective_to, {state}"
                "  FROM unnest({args}) AS wanted ({key}) JOIN {table} AS one ON {same}"
                " WHERE known_to = {now}"
            ).format(
                theirs=sql.SQL(", ").join(sql.Identifier("one", name) for name in table.key),
                key=sql.SQL(", ").join(map(sql.Identifier, table.key)),
                same=table.same,
                table=sql.Identifier(self.schema, table.name),
                state=sql.SQL("one.state" if table.whole else "to_json(one)::text"),
                args=sql.SQL(", ").join([sql.SQL("%s::text[]")] * len(table.key)),
                now=sql.Literal(AS_KNOWN_NOW),
            )
            columns = [list(column) for column in zip(*(key for _, key in wanted), strict=True)]
            for row in conn.execute(query, columns).fetchall():
                n = len(table.key)
                segment = Segment(row[n + 1], row[n + 2], decoded(table, row[n + 3]))
                self._open[(table, tuple(row[:n]))].append(Row(row[n], None, segment, stored=True))

    def set(self, subject: Subject, position: int, segments: Sequence[Segment], on: date) -> None:
        """What is known of a subject from a position on, recorded on a day (in London). What stays
        the same stays as it is."""
        fresh = list(segments)  # few: to hash their states would take longer than to compare them
        kept: list[Row] = []
        for row in self._open[subject]:
            if row.segment in fresh:
                fresh.remove(row.segment)
                kept.append(row)
            else:
                row.known_to = position
                self._closed.append((subject, row))
        kept += [Row(position, None, segment, on) for segment in fresh]
        self._open[subject] = kept

    def write(self, conn: psycopg.Connection) -> None:
        """Write what changed, and forget it."""
        closed: dict[str, list[tuple[Any, ...]]] = {}
        added: dict[str, list[tuple[Any, ...]]] = {}
        for subject, row in self._closed:
            table, key = subject
            if row.stored:
                closed.setdefault(table.name, []).append(
                    (row.known_to, *key, row.known_from, row.segment.effective_from)
                )
            elif row.known_to != row.known_from:
                added.setdefault(table.name, []).append(_values(subject, row))
        for subject, rows in self._open.items():
            for row in rows:
                if not row.stored:
                    added.setdefault(subject[0].name, []).append(_values(subject, row))
        with conn.cursor() as cursor:
            for table in TABLES:
                if updates := closed.get(table.name):
                    columns = [list(column) for column in zip(*updates, strict=True)]
                    cursor.execute(_close(self.schema, table), columns)
                if rows_ := added.get(table.name):
                    rows_.sort(key=lambda row: _place(table, row))
                    with cursor.copy(_copy(self.schema, table)) as copy:
                        for values in rows_:
                            copy.write_row(values)
        self._open, self._closed = {}, []


def create(conn: psycopg.Connection, schema: str = SCHEMA, *, indexed: bool = True) -> None:
    """Create the read models' tables, empty, in a schema that is there (inside a transaction); the
    indexes may be left to be built when the rows are there."""
    ddl: LiteralString = files("projections").joinpath("schema.sql").read_text("utf-8")
    conn.execute(sql.SQL("SET LOCAL search_path = {}").format(sql.Identifier(schema)))
    conn.execute(ddl)
    conn.execute(sql.SQL("COMMENT ON TABLE responses IS {}").format(sql.Literal(shape())))
    conn.execute("SET LOCAL search_path = DEFAULT")
    if indexed:
        for statement in indexes.statements():
            indexes.build(conn, schema, statement)
    else:  # until `settle`, so that nobody looks at them meanwhile
        for table in NAMES:
            name = sql.Identifier(schema, table)
            conn.execute(sql.SQL("ALTER TABLE {} SET (autovacuum_enabled = off)").format(name))


def settle(conn: psycopg.Connection, schema: str) -> None:
    """Let the database look at tables once they are full, for the plans of questions."""
    for table in NAMES:
        name = sql.Identifier(schema, table)
        conn.execute(sql.SQL("VACUUM (ANALYZE) {}").format(name))
        conn.execute(sql.SQL("ALTER TABLE {} RESET (autovacuum_enabled)").format(name))


def drop(conn: psycopg.Connection, schema: str) -> None:
    """Drop the read models' tables of a schema, as far as they are there."""
    for table in NAMES:
        name = sql.Identifier(schema, table)
        conn.execute(sql.SQL("DROP TABLE IF EXISTS {}").format(name))


def move(conn: psycopg.Connection, source: str, to: str) -> None:
    """Move the read models' tables from one schema to another (inside a transaction)."""
    for table in NAMES:
        conn.execute(
            sql.SQL("ALTER TABLE {} SET SCHEMA {}").format(
                sql.Identifier(source, table), sql.Identifier(to)
            )
        )


def release(conn: psycopg.Connection, schema: str, position: int, field: str) -> None:
    """Note that the text at a position was released."""
    conn.execute(
        sql.SQL("INSERT INTO {} VALUES (%s, %s) ON CONFLICT DO NOTHING").format(
            sql.Identifier(schema, "released")
        ),
        [position, field],
    )


def redact(conn: psycopg.Connection, schema: str, position: int, stream: str) -> None:
    """Note that the entry at a position redacted a text of a stream."""
    conn.execute(
        sql.SQL("INSERT INTO {} VALUES (%s, %s) ON CONFLICT DO NOTHING").format(
            sql.Identifier(schema, "redactions")
        ),
        [position, stream],
    )


def list_entries(
    conn: psycopg.Connection,
    schema: str,
    concerns: Sequence[tuple[str, int, int, bool]],
    late: Iterable[tuple[int, int, bool]],
) -> None:
    """Note whom entries concern, as (body, position, since, whether it is its own doing), and which
    were recorded late, as (position, days, whether it is backfill)."""
    rows: Iterable[tuple[Any, ...]]
    with conn.cursor() as cursor:
        for table, rows in (("concerns", concerns), ("recorded_late", late)):
            name = sql.Identifier(schema, table)
            with cursor.copy(sql.SQL("COPY {} FROM STDIN").format(name)) as copy:
                for row in rows:
                    copy.write_row(row)


def touch(conn: psycopg.Connection, schema: str, places: set[tuple[str, int]]) -> None:
    """Note that there are entries about these reports, each with a thousand of positions."""
    conn.execute(
        sql.SQL(
            "INSERT INTO {} SELECT * FROM unnest(%s::text[], %s::bigint[]) ON CONFLICT DO NOTHING"
        ).format(sql.Identifier(schema, "touched")),
        [list(column) for column in zip(*sorted(places), strict=True)],
    )


def came_to_concern(
    conn: psycopg.Connection, schema: str, concerns: Sequence[tuple[str, int, int, bool]]
) -> None:
    """Note whom entries that were listed before came to concern, of those whom they did not."""
    conn.execute(
        sql.SQL(
            "INSERT INTO {} SELECT * FROM unnest(%s::text[], %s::bigint[], %s::bigint[],"
            " %s::boolean[]) ON CONFLICT DO NOTHING"
        ).format(sql.Identifier(schema, "concerns")),
        [list(column) for column in zip(*concerns, strict=True)],
    )


def released(conn: psycopg.Connection, positions: Sequence[int]) -> frozenset[tuple[int, str]]:
    """Which texts of the entries at these positions were released."""
    rows = conn.execute(
        "SELECT position, field FROM projections.released WHERE position = ANY (%s)",
        [list(positions)],
    ).fetchall()
    return frozenset((position, field) for position, field in rows)


def are_ours(conn: psycopg.Connection, schema: str = SCHEMA) -> bool:
    """Whether the read models' tables are there, and of the shape that this version reads."""
    row = conn.execute(
        "SELECT obj_description(to_regclass(%s), 'pg_class')", [f"{schema}.responses"]
    ).fetchone()
    return row is not None and row[0] == shape()


def shape() -> str:
    """What tells the shape of the read models: a hash of their tables and of the states in them."""
    here = files("projections")
    names = ("schema.sql", "indexes.sql", "state.py", "drawn.py")
    shapes = (here.joinpath(name).read_bytes() for name in names)
    return hashlib.sha256(b"".join(shapes)).hexdigest()


def decoded(table: Table, text: str) -> Any:
    """A state from its text in a row."""
    return _DECODERS[table.name].decode(text)


def _values(subject: Subject, row: Row) -> tuple[Any, ...]:
    table, key = subject
    segment = row.segment
    return (
        *key,
        row.known_from,
        AS_KNOWN_NOW if row.known_to is None else row.known_to,
        segment.effective_from,
        segment.effective_to,
        *[_drawn(segment.state, name) for name in table.drawn],
        *((msgspec.json.encode(segment.state).decode(),) if table.whole else ()),
        *((row.known_on,) if table.dated else ()),
    )


def _place(table: Table, row: tuple[Any, ...]) -> tuple[bool, str]:
    """Where a row is written: what is known now last, that of each body side by side. A list of one
    body then reads a few pages of the table, not one for each row."""
    now = row[len(table.key) + 1] == AS_KNOWN_NOW
    return now, row[0] if now else ""


def _drawn(state: State, name: str) -> Any:
    value = getattr(state, name)
    partial = type(value) is str and len(value) != 10 and name.endswith("_on")
    return None if partial else value


def _close(schema: str, table: Table) -> sql.Composed:
    """Closes rows, given column by column: (until when known, the key, since when, from when)."""
    names = map(sql.Identifier, (*table.key, "known_from", "effective_from"))
    types = ["bigint", *(["text"] * len(table.key)), "bigint", "date"]
    return sql.SQL(
        "UPDATE {table} AS one SET known_to = wanted.until"
        "  FROM unnest({args}) AS wanted (until, {names}) WHERE {same} AND one.known_to = {now}"
        "   AND one.known_from = wanted.known_from AND one.effective_from = wanted.effective_from"
    ).format(
        table=sql.Identifier(schema, table.name),
        args=sql.SQL(", ").join(sql.SQL(f"%b::{one}[]") for one in types),
        names=sql.SQL(", ").join(names),
        same=table.same,
        now=sql.Literal(AS_KNOWN_NOW),
    )


def _copy(schema: str, table: Table) -> sql.Composed:
    return sql.SQL("COPY {table} ({columns}) FROM STDIN").format(
        table=sql.Identifier(schema, table.name),
        columns=sql.SQL(", ").join(map(sql.Identifier, table.columns)),
    )
