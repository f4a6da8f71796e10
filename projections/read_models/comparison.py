"""A comparison of two schemas of read models: the number of rows that differ, and their names."""

import secrets
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import psycopg
from psycopg import sql

from projections.read_models import tables
from projections.read_models.tables import NAMES, TABLES

MOST_NAMED = 100
"""At most so many rows of each table are named."""
_KEYS = {table.name: (*table.key, "known_from", "effective_from") for table in TABLES} | {
    "improvements": ("report", "body", "name", "position"),
    "status_steps": ("recorded_on", "quarter", "status"),
    "redactions": ("position",),
    "concerns": ("position", "body"),
    "recorded_late": ("position",),
    "reviews": ("report", "key", "addressee", "meeting"),
}
"""The columns that tell the rows of a table apart."""
ADVICE = "`answerable rebuild` makes it anew."


@dataclass(frozen=True, slots=True)
class Differing:
    """A row that differs between two schemas, or stands in one alone."""

    table: str
    subject: str
    """Its stream, or the position that it is about."""
    known_from: int | None
    columns: tuple[str, ...]
    """The columns that differ; all columns if only one schema has the row."""
    only_in: str | None
    """The only schema that has it, if the other lacks it."""


def differences(conn: psycopg.Connection, one: str, other: str) -> dict[str, int]:
    """Return how many rows stand in one of two schemas alone, by table. Call it inside a
    transaction.

    Rows are told apart by 128 bits of hashes, so that a few bytes of each are sorted and not whole
    rows. The seeds are random, so that nobody can prepare two rows with the same hash.
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
    """Return how many rows the tables of a schema have."""
    found = 0
    for table in NAMES:
        query = sql.SQL("SELECT count(*) FROM {}").format(sql.Identifier(schema, table))
        row = conn.execute(query).fetchone()
        found += int(row[0]) if row else 0
    return found


def differing(
    conn: psycopg.Connection, one: str, other: str, most: int, many: Mapping[str, int]
) -> list[Differing]:
    """Return the rows that differ between two schemas, at most so many of each table. `many` gives
    their number by table: tables with 0 are skipped."""
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
    """Yield the rows of one table that differ between two schemas, at most so many on each side;
    `only` limits them by a condition."""
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
        case "status_steps":
            return f"{row['status']} on {row['recorded_on']} from {row['quarter']} on"
        case _:
            return f"position {row['position']}"


def in_words(row: Differing) -> str:
    """Return in a sentence which row differs from the log, and in which columns."""
    since = f", as known from position {row.known_from:,}" if row.known_from else ""
    if row.only_in not in (None, tables.SCHEMA):
        says = "has no row, and the log says that there is one."
    elif row.only_in is not None:
        says = "has a row that the log does not lead to."
    else:
        says = f"differs from what the log says in {', '.join(row.columns)}."
    return f"projections.{row.table}, {row.subject}{since}: {says} {ADVICE}"
