"""How two sets of read models differ: how many rows, and which, by name."""

import secrets
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import psycopg
from psycopg import sql

from projections.tables.tables import NAMES, TABLES

_KEYS = {table.name: (*table.key, "known_from", "effective_from") for table in TABLES} | {
    "released": ("position", "field"),
    "redactions": ("position",),
    "concerns": ("position", "body"),
    "recorded_late": ("position",),
    "touched": ("report", "thousand"),
}


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
        for found in _differing(conn, table, one, other, most)
    ]


def _differing(
    conn: psycopg.Connection, table: str, one: str, other: str, most: int
) -> Iterator[Differing]:
    query = sql.SQL(
        "SELECT {name}, to_jsonb(either)"
        "  FROM (TABLE {this} EXCEPT ALL TABLE {that} ORDER BY {key} LIMIT {most}) AS either"
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
        case "reports" | "touched":
            return f"report/{row['report']}"
        case "recommendations":
            return f"recommendation/{row['report']}/{row['key']}/{row['addressee']}"
        case "responses" | "verdicts" | "coverages":
            return f"response/{row['report']}/{row['body']}"
        case _:
            return f"position {row['position']}"
