"""The rows of two schemas of read models, compared: how many differ, and which."""

import secrets
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import psycopg
from psycopg import sql

from projections.tables import tables
from projections.tables.tables import NAMES, TABLES

MOST_NAMED = 100
"""The most rows of each table that are named."""
_KEYS = {table.name: (*table.key, "known_from", "effective_from") for table in TABLES} | {
    "improvements": ("report", "body", "name", "position"),
    "redactions": ("position",),
    "concerns": ("position", "body"),
    "recorded_late": ("position",),
    "reviews": ("report", "key", "addressee", "meeting"),
}
"""The columns by which the rows of a table are told apart."""
ADVICE = "`answerable rebuild` makes it anew."


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
