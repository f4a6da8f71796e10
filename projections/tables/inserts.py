"""Adds rows to a table of the read models: by COPY, or in a pipeline, which has none, by INSERT."""

from collections.abc import Sequence
from functools import cache
from typing import Any

import msgspec
import psycopg
from psycopg import sql
from psycopg.pq import PipelineStatus


def add(
    cursor: psycopg.Cursor[Any],
    schema: str,
    table: str,
    columns: tuple[str, ...],
    rows: Sequence[tuple[Any, ...]],
) -> None:
    """Add rows, each with the values of these columns, to a table of a schema."""
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
