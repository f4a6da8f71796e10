"""How two sets of read models differ: how many rows, and which, by name."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import psycopg
from psycopg import sql

from projections.tables import NAMES, TABLES

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
    """How many rows differ between two schemas, by table: those that stand in one alone."""
    found = {}
    for table in NAMES:
        query = sql.SQL(
            "SELECT count(*) FROM ((TABLE {one} EXCEPT ALL TABLE {other})"
            " UNION ALL (TABLE {other} EXCEPT ALL TABLE {one})) AS either"
        ).format(one=sql.Identifier(one, table), other=sql.Identifier(other, table))
        row = conn.execute(query).fetchone()
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


def differing(conn: psycopg.Connection, one: str, other: str, most: int) -> list[Differing]:
    """The rows that differ between two schemas by name, of each table at most so many."""
    return [found for table in NAMES for found in _differing(conn, table, one, other, most)]


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
