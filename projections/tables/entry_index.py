"""What is noted of entries beside the states: whom they concern, which were recorded late, where
the texts lie that they release, and what lists of the log and of changes go by."""

from collections.abc import Iterable, Sequence
from functools import cache
from typing import Any

import psycopg
from psycopg import sql

from ledger.events import TextRedacted, TextReleased
from ledger.events.entry import Entry
from ledger.events.streams import report_of
from projections.states.lateness import days_late, is_backfill
from projections.streams.streams import Streams
from projections.tables.concerns import concerns
from projections.tables.inserts import add
from projections.tables.tables import THOUSAND


def note(conn: psycopg.Connection, entries: Sequence[Entry], reader: Streams, schema: str) -> None:
    """Note what lists of the log go by, where the texts lie that entries release, and which
    streams had one redacted."""
    first = entries[0].position
    concerned = concerns(entries, reader)
    list_entries(
        conn,
        schema,
        [one for one in concerned if one.position >= first],
        (
            (one.position, days, is_backfill(one))
            for one in entries
            if (days := days_late(one) or 0) > 0
        ),
    )
    if before := [one for one in concerned if one.position < first]:
        came_to_concern(conn, schema, before)
    about = {
        (reference, one.position // THOUSAND)
        for one in entries
        if (reference := report_of(one.stream)) is not None
    }
    if about:
        touch(conn, schema, about)
    for entry in entries:
        match entry.data:
            case TextReleased(target=target, field=field):
                stream = reader.stream(entry.stream, entry.position)
                (position,) = (each.position for each in stream if each.id == target)
                release(conn, schema, position, field)
            case TextRedacted():
                redact(conn, schema, entry.position, entry.stream)
            case _:
                pass


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
    concerned: Sequence[tuple[str, int, int, bool]],
    late: Iterable[tuple[int, int, bool]],
) -> None:
    """Note whom entries concern, as (body, position, since, whether it is its own doing), and which
    were recorded late, as (position, days, whether it is backfill)."""
    rows: Iterable[tuple[Any, ...]]
    with conn.cursor() as cursor:
        for table, columns, rows in (
            ("concerns", ("body", "position", "since", "own"), concerned),
            ("recorded_late", ("position", "days", "backfill"), late),
        ):
            add(cursor, schema, table, columns, list(rows))


def touch(conn: psycopg.Connection, schema: str, places: set[tuple[str, int]]) -> None:
    """Note that there are entries about these reports, each with a thousand of positions."""
    conn.execute(
        _touch(schema),
        [list(column) for column in zip(*sorted(places), strict=True)],
    )


@cache
def _touch(schema: str) -> bytes:
    query = sql.SQL(
        "INSERT INTO {} SELECT * FROM unnest(%s::text[], %s::bigint[]) ON CONFLICT DO NOTHING"
    )
    return query.format(sql.Identifier(schema, "touched")).as_bytes()


def came_to_concern(
    conn: psycopg.Connection, schema: str, concerned: Sequence[tuple[str, int, int, bool]]
) -> None:
    """Note whom entries that were listed before came to concern, of those whom they did not."""
    conn.execute(
        sql.SQL(
            "INSERT INTO {} SELECT * FROM unnest(%s::text[], %s::bigint[], %s::bigint[],"
            " %s::boolean[]) ON CONFLICT DO NOTHING"
        ).format(sql.Identifier(schema, "concerns")),
        [list(column) for column in zip(*concerned, strict=True)],
    )


def released(conn: psycopg.Connection, positions: Sequence[int]) -> frozenset[tuple[int, str]]:
    """Which texts of the entries at these positions were released."""
    rows = conn.execute(
        "SELECT position, field FROM projections.released WHERE position = ANY (%s)",
        [list(positions)],
    ).fetchall()
    return frozenset((position, field) for position, field in rows)
