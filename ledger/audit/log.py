"""Reading the log to audit it: every row in order, as it lies there, in one snapshot.

Cursors of the server keep memory flat, however long the log is.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import LiteralString
from uuid import UUID

import psycopg
from psycopg import sql
from psycopg.rows import class_row

from ledger.errors import AnswerableError
from ledger.postgres.connections import connect
from ledger.postgres.migrate import pending

ENTRIES_AT_ONCE = 500
TEXTS_AT_ONCE = 100


@dataclass(frozen=True, slots=True)
class Row:
    """A row of ledger.entries."""

    position: int
    recorded_at: datetime
    event_id: UUID
    stream: str
    version: int
    topic: str
    state: bytes


@dataclass(frozen=True, slots=True)
class TextRow:
    """A row of ledger.texts."""

    position: int
    field: str
    commitment: bytes
    salt: bytes
    body: str


@dataclass(frozen=True, slots=True)
class CaptureRow:
    """A row of ledger.captures."""

    position: int
    salt: bytes | None
    body: bytes


class NotMigrated(AnswerableError):
    """The database is not at the schema of this code."""


@contextmanager
def snapshot(url: str) -> Iterator[psycopg.Connection]:
    """A connection that sees the database as it is at this moment, and changes nothing."""
    with connect(url, application_name="answerable audit") as conn:
        conn.read_only = True
        conn.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
        there = conn.execute("SELECT to_regclass('ledger.cosignatures')").fetchone() != (None,)
        if not there or pending(conn):
            raise NotMigrated("This database has no tables of this version: `answerable migrate`.")
        yield conn


def clamped(*column: str) -> sql.Composable:
    """A column of moments as an expression whose years are those of datetime: 1 to 9999.

    PostgreSQL has others, and infinity; what is out of all order is found, and stops nothing.
    """
    return sql.SQL(
        "greatest(timestamptz '0001-01-02 UTC', least(timestamptz '9999-12-30 UTC', {})) AS {}"
    ).format(sql.Identifier(*column), sql.Identifier(column[-1]))


def rows(conn: psycopg.Connection) -> Iterator[Row]:
    """The entries by position."""
    with conn.cursor("audit_entries", row_factory=class_row(Row)) as cursor:
        cursor.itersize = ENTRIES_AT_ONCE
        cursor.execute(
            sql.SQL(
                "SELECT position, {recorded_at}, event_id, stream, version, topic, state"
                "  FROM ledger.entries ORDER BY position"
            ).format(recorded_at=clamped("recorded_at")),
            binary=True,
        )
        yield from cursor


def text_rows(conn: psycopg.Connection) -> Iterator[TextRow]:
    """The texts by position."""
    with conn.cursor("audit_texts", row_factory=class_row(TextRow)) as cursor:
        cursor.itersize = TEXTS_AT_ONCE
        cursor.execute(
            "SELECT position, field, commitment, salt, body FROM ledger.texts ORDER BY position",
            binary=True,
        )
        yield from cursor


def capture_rows(conn: psycopg.Connection) -> Iterator[CaptureRow]:
    """The captures by position, one at a time: they are up to 25 MB."""
    with conn.cursor("audit_captures", row_factory=class_row(CaptureRow)) as cursor:
        cursor.itersize = 1
        cursor.execute(
            "SELECT position, salt, body FROM ledger.captures ORDER BY position", binary=True
        )
        yield from cursor


def number(conn: psycopg.Connection, query: LiteralString) -> int:
    """The one number that a query answers with; 0 for none."""
    row = conn.execute(query).fetchone()
    return int(row[0] or 0) if row else 0


def instant(conn: psycopg.Connection) -> datetime:
    """The database's clock."""
    row = conn.execute("SELECT clock_timestamp()").fetchone()
    assert row is not None
    now: datetime = row[0]
    return now
