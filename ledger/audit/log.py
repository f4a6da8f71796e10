"""Reading the log to audit it: every row in order, as it lies there, in one snapshot.

Cursors of the server keep memory flat, however long the log is.
"""

from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import LiteralString
from uuid import UUID

import psycopg
from psycopg.abc import Buffer
from psycopg.rows import class_row
from psycopg.types.datetime import TimestamptzBinaryLoader, TimestamptzLoader
from psycopg.types.string import TextBinaryLoader, TextLoader

from ledger.audit.findings import Another
from ledger.errors import AnswerableError
from ledger.postgres.connections import connect
from ledger.postgres.migrate import pending

ENTRIES_AT_ONCE = 500
TEXTS_AT_ONCE = 100
EARLIEST, LATEST = datetime(1, 1, 2, tzinfo=UTC), datetime(9999, 12, 30, tzinfo=UTC)
"""A moment of PostgreSQL's beyond these is read as one of them: it has years before 1 and after
9999, and infinity. It is out of all order, and is found."""


@dataclass(frozen=True, slots=True)
class EntryRow:
    """A row of ledger.entries."""

    position: int
    recorded_at: datetime
    counted_at: datetime
    """When it counts as recorded."""
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
def snapshot(url: str) -> Iterator[Another]:
    """Open connections that all see the database as it is now, and change nothing.

    If a query fails on one connection, or ends it, the others go on. A connection that is given
    back is reset before its next use.
    """
    with closing(_reading(url)) as first, ExitStack() as stack:
        first.execute(_SETTINGS)
        there = first.execute("SELECT to_regclass('ledger.cosignatures')").fetchone() != (None,)
        try:
            migrated = there and not pending(first)
        except psycopg.Error:  # guards names what stands in the way
            migrated = there
            first.rollback()
            first.execute(_SETTINGS)
        if not migrated:
            raise NotMigrated("This database has no tables of this version: `answerable migrate`.")
        row = first.execute("SELECT quote_literal(pg_export_snapshot())").fetchone()
        moment = row[0] if row else ""
        free: list[psycopg.Connection] = []

        @contextmanager
        def another() -> Iterator[psycopg.Connection]:
            conn = free.pop() if free else stack.enter_context(closing(_reading(url)))
            conn.execute(f"SET TRANSACTION SNAPSHOT {moment}; {_SETTINGS}".encode())
            try:
                yield conn
            finally:
                if _renewed(conn):
                    free.append(conn)

        yield another


def _reading(url: str) -> psycopg.Connection:
    """Open a connection that only reads, in one transaction, and can read every value."""
    conn = connect(url, application_name="answerable audit")
    for kind, loader in _LOADERS:
        conn.adapters.register_loader(kind, loader)
    conn.read_only = True
    conn.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
    return conn


def _renewed(conn: psycopg.Connection) -> bool:
    """Reset a connection, and whatever functions of others did on it. Return False if that fails:
    the connection is closed then."""
    try:
        conn.rollback()
        conn.autocommit = True
        conn.execute("DISCARD ALL")  # settings, prepared statements, tables and locks of a session
        conn.autocommit = False
    except psycopg.Error:
        conn.close()
    return not conn.closed


_SETTINGS = """
    SET LOCAL statement_timeout = 0; SET LOCAL transaction_timeout = 0;
    SET LOCAL idle_in_transaction_session_timeout = 0
"""
"""Whatever is set for the database, or for who connects: an audit takes its time."""


class _Moment(TimestamptzLoader):
    def load(self, data: Buffer) -> datetime:
        try:
            return max(EARLIEST, min(LATEST, super().load(data)))
        except psycopg.DataError:
            said = bytes(data)
            return EARLIEST if said.startswith(b"-") or said.endswith(b"BC") else LATEST


class _BinaryMoment(TimestamptzBinaryLoader):
    def load(self, data: Buffer) -> datetime:
        try:
            return max(EARLIEST, min(LATEST, super().load(data)))
        except psycopg.DataError:
            return EARLIEST if bytes(data)[0] & 0x80 else LATEST


class _Text(TextLoader):
    def load(self, data: Buffer) -> str:
        return bytes(data).decode(errors="backslashreplace")


class _BinaryText(_Text, TextBinaryLoader):
    pass


_LOADERS = (
    ("timestamptz", _Moment),
    ("timestamptz", _BinaryMoment),
    ("text", _Text),
    ("text", _BinaryText),
)


def rows(conn: psycopg.Connection) -> Iterator[EntryRow]:
    """Read the entries by position."""
    with conn.cursor("audit_entries", row_factory=class_row(EntryRow)) as cursor:
        cursor.itersize = ENTRIES_AT_ONCE
        cursor.execute(
            """
            SELECT coalesce(position, 0) AS position,
                   coalesce(recorded_at, 'infinity') AS recorded_at,
                   coalesce(counted_at, 'infinity') AS counted_at, event_id, stream, version,
                   topic, coalesce(state, '') AS state
              FROM ledger.counted_entries e ORDER BY e.position
            """,
            binary=True,
        )
        yield from cursor


def text_rows(conn: psycopg.Connection) -> Iterator[TextRow]:
    """Read the texts by position."""
    with conn.cursor("audit_texts", row_factory=class_row(TextRow)) as cursor:
        cursor.itersize = TEXTS_AT_ONCE
        cursor.execute(
            "SELECT position, field, commitment, salt, body FROM ledger.texts ORDER BY position",
            binary=True,
        )
        yield from cursor


def capture_rows(conn: psycopg.Connection) -> Iterator[CaptureRow]:
    """Read the captures by position, one at a time: they have up to 25 MB."""
    with conn.cursor("audit_captures", row_factory=class_row(CaptureRow)) as cursor:
        cursor.itersize = 1
        cursor.execute(
            "SELECT position, salt, body FROM ledger.captures ORDER BY position", binary=True
        )
        yield from cursor


def number(conn: psycopg.Connection, query: LiteralString) -> int:
    """Return the one number that a query answers with; 0 for none."""
    row = conn.execute(query).fetchone()
    return int(row[0] or 0) if row else 0


def instant(conn: psycopg.Connection) -> datetime:
    """Return the time by the database's clock."""
    row = conn.execute("SELECT clock_timestamp()").fetchone()
    assert row is not None
    now: datetime = row[0]
    return now
