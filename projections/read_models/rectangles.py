"""The rows of subjects that entries touch: read, changed, and written back. Each row is a rectangle
of two clocks."""

from bisect import bisect_left
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from typing import Any

import msgspec
import psycopg
from psycopg import sql
from psycopg.pq import PipelineStatus

from projections.read_models import improvements
from projections.read_models.improvements import Improvement
from projections.read_models.segments import Segment
from projections.read_models.tables import (
    AS_KNOWN_NOW,
    FOREVER,
    RESPONSES,
    SCHEMA,
    TABLES,
    State,
    Subject,
    Table,
    decoded,
)
from projections.states.values import RecommendationState


@dataclass(slots=True)
class Rectangle:
    """One rectangle. `stored` is true if it is in the table already."""

    known_from: int
    known_to: int | None
    segment: Segment
    stored: bool = False


def _first_day(row: Rectangle) -> date:
    return row.segment.effective_from


def _last_day(row: Rectangle) -> date:
    """Return the day up to which (excluded) a rectangle holds."""
    return row.segment.effective_to


class Rectangles:
    """The rectangles of the subjects that a batch touches: loaded, changed, and written back.

    Nothing is loaded from `fresh` tables: each subject is worked out completely before it is
    written.
    """

    def __init__(self, schema: str = SCHEMA, *, fresh: bool = False) -> None:
        self.schema = schema
        self._fresh = fresh
        self._open: dict[Subject, list[Rectangle]] = {}
        self._closed: list[tuple[Subject, Rectangle]] = []
        self._improvements: list[tuple[Any, ...]] = []
        self._steps: Counter[tuple[date, date, str]] = Counter()

    def load(self, conn: psycopg.Connection, subjects: Mapping[Subject, date]) -> None:
        """Read the rectangles known now of subjects not loaded yet. Of each subject, only those are
        read that hold on the day before a given one, or later."""
        by_table: dict[str, list[tuple[Subject, date]]] = {}
        for subject, since in subjects.items():
            if subject not in self._open:
                self._open[subject] = []
                if self._fresh:
                    continue
                by_table.setdefault(subject[0].name, []).append((subject, since))
        for wanted in by_table.values():
            table = wanted[0][0][0]
            sought = [(*table.sought(key), since) for (_, key), since in wanted]
            columns = [list(column) for column in zip(*sought, strict=True)]
            for row in conn.execute(_open(self.schema, table), columns).fetchall():
                n = len(table.key)
                segment = Segment(row[n + 1], row[n + 2], decoded(table, row[n + 3]))
                self._open[(table, tuple(row[:n]))].append(
                    Rectangle(row[n], None, segment, stored=True)
                )
            for subject, _ in wanted:
                self._open[subject].sort(key=_first_day)

    def responses_of(
        self, conn: psycopg.Connection, bodies: Collection[str], seen: Iterable[Subject]
    ) -> list[Subject]:
        """Return the responses that some bodies owe: those in the table, and those among `seen`."""
        found = {one for one in seen if one[0] is RESPONSES and one[1][0] in bodies}
        if not self._fresh:
            query = sql.SQL(
                "SELECT DISTINCT body, report, name FROM {} WHERE body = ANY (%s)"
            ).format(sql.Identifier(self.schema, RESPONSES.name))
            rows = conn.execute(query, [sorted(bodies)]).fetchall()
            found |= {(RESPONSES, key) for key in rows}
        return sorted(found, key=lambda one: one[1])

    def state_on(self, subject: Subject, day: date) -> State | None:
        """Return the state of a subject on a day as it is known now, or None."""
        here = (row.segment.state for row in self._open[subject] if row.segment.holds(day))
        return next(here, None)

    def add_improvement(self, subject: Subject, found: Improvement) -> None:
        """Add an improvement, to be written."""
        self._improvements.append(improvements.row(subject, found))

    def begin(self, subject: Subject, since: date) -> date:
        """Return the first day of the rectangles that can change if no state changes before the day
        `since`. The one that holds on the day before is among them: it may now last longer."""
        rows = self._open[subject]
        at = bisect_left(rows, since, key=_last_day)
        return min(since, _first_day(rows[at])) if at < len(rows) else since

    def set(
        self,
        subject: Subject,
        position: int,
        recorded_on: date,
        segments: Sequence[Segment],
        begin: date = date.min,
    ) -> None:
        """Set the states of a subject as known from a position on, which was recorded on a London
        day. `segments` begin on the day `begin` or later. Rectangles before that day stay, and so
        does one whose state did not change."""
        fresh = list(segments)  # few: hashing their states takes longer than comparing them
        kept: list[Rectangle] = []
        rows = self._open[subject]
        at = bisect_left(rows, begin, key=_first_day)
        for row in rows[at:]:
            if row.segment in fresh:
                fresh.remove(row.segment)
                kept.append(row)
            else:
                row.known_to = position
                self._closed.append((subject, row))
                self._step(recorded_on, row.segment, -1)
        for segment in fresh:
            kept.append(Rectangle(position, None, segment))
            self._step(recorded_on, segment, 1)
        rows[at:] = sorted(kept, key=_first_day)

    def _step(self, recorded_on: date, segment: Segment, by: int) -> None:
        """Count a segment of a recommendation (or take it off) for each quarter at whose end it
        holds: from the quarter of its first day on, up to the quarter of the day after its last."""
        if not isinstance(segment.state, RecommendationState):
            return
        begins, ends = quarter(segment.effective_from), quarter(segment.effective_to)
        if begins != ends:
            status = segment.state.status
            self._steps[recorded_on, begins, status] += by
            if segment.effective_to != FOREVER:
                self._steps[recorded_on, ends, status] -= by

    def write(self, conn: psycopg.Connection) -> None:
        """Write the changes, and forget them."""
        closed: dict[str, list[tuple[Any, ...]]] = {}
        added: dict[str, list[tuple[Any, ...]]] = {}
        for subject, row in self._closed:
            table, key = subject
            if row.stored:
                closed.setdefault(table.name, []).append(
                    (
                        row.known_to,
                        *table.sought(key),
                        row.known_from,
                        row.segment.effective_from,
                    )
                )
            else:
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
                    add(cursor, self.schema, table.name, table.columns, rows_)
            add(cursor, self.schema, "improvements", improvements.COLUMNS, self._improvements)
            if self._steps:  # in one order, so that processes side by side wait for no ring
                steps = [(*key, self._steps[key]) for key in sorted(self._steps)]
                columns = [list(column) for column in zip(*steps, strict=True)]
                cursor.execute(_add_steps(self.schema), columns)
        self._open, self._closed, self._improvements, self._steps = {}, [], [], Counter()


def _values(subject: Subject, row: Rectangle) -> tuple[Any, ...]:
    table, key = subject
    segment = row.segment
    return (
        *key,
        row.known_from,
        AS_KNOWN_NOW if row.known_to is None else row.known_to,
        segment.effective_from,
        segment.effective_to,
        *table.values(segment.state),
        msgspec.json.encode(segment.state).decode(),
    )


def _place(table: Table, row: tuple[Any, ...]) -> tuple[bool, str, int, date]:
    """Return the sort key of a row when it is written. Rows known now come last, those of a body
    side by side, and of these the ones that last for ever come last. The others follow the position
    at which they ceased to be known. A list of one body then reads a few pages of the table, not
    one for each row."""
    known_to, effective_to = row[len(table.key) + 1], row[len(table.key) + 3]
    return known_to == AS_KNOWN_NOW, row[0], known_to, effective_to


@cache
def quarter(day: date) -> date:
    """Return the first day of a day's quarter."""
    return date(day.year, day.month - (day.month - 1) % 3, 1)


@cache
def _add_steps(schema: str) -> bytes:
    """Return the statement that adds steps, given column by column, to those that are there."""
    query = sql.SQL(
        "INSERT INTO {table} AS one (recorded_on, quarter, status, steps)"
        " SELECT * FROM unnest(%s::date[], %s::date[], %s::text[], %s::integer[])"
        " ON CONFLICT (recorded_on, quarter, status)"
        " DO UPDATE SET steps = one.steps + excluded.steps"
    )
    return query.format(table=sql.Identifier(schema, "status_steps")).as_bytes()


@cache
def _open(schema: str, table: Table) -> bytes:
    """Return the query for the rows of subjects that are known now, and hold on the day before a
    given one, or later. Keys and days are given column by column."""
    query = sql.SQL(
        "SELECT {of_row}, known_from, effective_from, effective_to, one.state"
        "  FROM unnest({args}, %s::date[]) AS wanted ({key}, since) JOIN {table} AS one ON {same}"
        " WHERE known_to + 0 = {now}"  # `+ 0`: else it may read all rows of a body known now
        "   AND effective_to >= since"
    )
    return query.format(
        of_row=sql.SQL(", ").join(sql.Identifier("one", name) for name in table.key),
        key=sql.SQL(", ").join(map(sql.Identifier, table.found_by)),
        same=table.same,
        table=sql.Identifier(schema, table.name),
        args=sql.SQL(", ").join([sql.SQL("%s::text[]")] * len(table.found_by)),
        now=sql.Literal(AS_KNOWN_NOW),
    ).as_bytes()


@cache
def _close(schema: str, table: Table) -> bytes:
    """Return the statement that closes rows. They are given column by column: the position until
    which they were known, the key, known_from and effective_from."""
    names = map(sql.Identifier, (*table.found_by, "known_from", "effective_from"))
    types = ["bigint", *(["text"] * len(table.found_by)), "bigint", "date"]
    query = sql.SQL(
        "UPDATE {table} AS one SET known_to = wanted.until"
        "  FROM unnest({args}) AS wanted (until, {names}) WHERE {same} AND one.known_to = {now}"
        "   AND one.known_from = wanted.known_from AND one.effective_from = wanted.effective_from"
    )
    return query.format(
        table=sql.Identifier(schema, table.name),
        args=sql.SQL(", ").join(sql.SQL(f"%b::{one}[]") for one in types),
        names=sql.SQL(", ").join(names),
        same=table.same,
        now=sql.Literal(AS_KNOWN_NOW),
    ).as_bytes()


def add(
    cursor: psycopg.Cursor[Any],
    schema: str,
    table: str,
    columns: tuple[str, ...],
    rows: Sequence[tuple[Any, ...]],
) -> None:
    """Add rows to a table of a schema, each with the values of these columns."""
    if not rows:
        return
    if cursor.connection.info.pipeline_status != PipelineStatus.OFF:
        named = [dict(zip(columns, row, strict=True)) for row in rows]
        cursor.execute(_insert(schema, table, columns), [msgspec.json.encode(named).decode()])
        return
    with cursor.copy(_copy(schema, table, columns)) as copy:
        for row in rows:
            copy.write_row(row)


@cache
def _insert(schema: str, table: str, columns: tuple[str, ...]) -> bytes:
    query = sql.SQL(
        "INSERT INTO {table} ({columns}) SELECT {columns}"
        " FROM json_populate_recordset(NULL::{table}, %s::json)"
    )
    return query.format(**_named(schema, table, columns)).as_bytes()


@cache
def _copy(schema: str, table: str, columns: tuple[str, ...]) -> bytes:
    query = sql.SQL("COPY {table} ({columns}) FROM STDIN")
    return query.format(**_named(schema, table, columns)).as_bytes()


def _named(schema: str, table: str, columns: tuple[str, ...]) -> dict[str, sql.Composable]:
    return {
        "table": sql.Identifier(schema, table),
        "columns": sql.SQL(", ").join(map(sql.Identifier, columns)),
    }
