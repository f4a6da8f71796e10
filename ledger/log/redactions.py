"""What was redacted, what the log still holds of a text, and what its tables hold against it.

What is shown follows the log: texts and captures are read from views (migrations/
013_redacted_stays.sql) that leave out what an entry `text-redacted` names.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import LiteralString

import psycopg
from psycopg.rows import class_row
from psycopg_pool import ConnectionPool

from ledger.clock import london_date
from ledger.events import CaptureKept, TextRedacted
from ledger.events.entry import Entry, decode
from ledger.log.storage import STORED, Stored
from ledger.log.text_matching import readable
from ledger.postgres.connections import retried

BYTES = "bytes"
"""The name under which the bytes of a capture are redacted."""

Place = tuple[int, str]
"""Where a text lies: the position of its entry, and its field."""


@dataclass(frozen=True, slots=True)
class Redaction:
    """That a text was redacted: when (a London date, ISO), on what basis, by which entry."""

    on: str
    basis: str
    entry: str


@dataclass(frozen=True, slots=True)
class Held:
    """What the tables hold though the log calls it redacted: position and id of its entry, its
    field, and the position of the entry that says so."""

    position: int
    entry: str
    field: str
    redacted_at: int

    @property
    def says(self) -> str:
        """It as a sentence."""
        return (
            f"Position {self.position:,}: “{self.field}” was redacted at position "
            f"{self.redacted_at:,}, and is still here, or again: `answerable erase` removes it."
        )


HELD: LiteralString = """
    SELECT position, event_id::text AS entry, field, redacted_at FROM ledger.held_against_the_log
"""


def held_against_the_log(conn: psycopg.Connection) -> list[Held]:
    """All that the tables hold and the log calls redacted: none of it is shown."""
    with conn.cursor(row_factory=class_row(Held)) as cursor:
        return cursor.execute(HELD + "ORDER BY position, field, redacted_at").fetchall()


def redactions(
    pool: ConnectionPool[psycopg.Connection], positions: Sequence[int]
) -> dict[Place, Redaction]:
    """What was redacted of the entries at these positions, whenever that was."""
    query = """
        SELECT t.position AS target, t.event_id::text AS target_id,
               r.state, r.position, r.recorded_at
          FROM ledger.entries t
          JOIN ledger.entries r ON r.stream = t.stream AND r.topic = 'text-redacted'
         WHERE t.position = ANY (%s) ORDER BY r.position
    """
    rows = retried(pool, lambda conn: conn.execute(query, [list(positions)]).fetchall())
    found: dict[Place, Redaction] = {}
    for target, target_id, state, position, recorded_at in rows:
        entry = decode(state, position, recorded_at)
        assert isinstance(entry.data, TextRedacted)
        if entry.data.target == target_id:
            on = london_date(entry.instant).isoformat()
            there = Redaction(on=on, basis=entry.data.basis, entry=entry.id)
            found.setdefault((target, entry.data.field), there)
    return found


def texts_with(pool: ConnectionPool[psycopg.Connection], word: str) -> list[tuple[Entry, str, str]]:
    """(entry, field, text) of every text of the log with a word in it. It reads them all."""
    query = """
        SELECT t.field, t.body, e.position, e.state, e.recorded_at
          FROM ledger.shown_texts t JOIN ledger.entries e USING (position)
         WHERE strpos(t.body, %s) > 0 ORDER BY position
    """
    rows = retried(pool, lambda conn: conn.execute(query, [word]).fetchall())
    return [(decode(state, at, instant), field, body) for field, body, at, state, instant in rows]


def readable_captures(pool: ConnectionPool[psycopg.Connection]) -> Iterator[Entry]:
    """The entry of each capture whose bytes are here and can be read as words."""
    query = STORED + "JOIN ledger.shown_captures USING (position) ORDER BY position"

    def listed(conn: psycopg.Connection) -> list[Stored]:
        with conn.cursor(row_factory=class_row(Stored)) as cursor:
            return cursor.execute(query).fetchall()

    for one in retried(pool, listed):
        entry = decode(one.state, one.id, one.recorded_at)
        if isinstance(entry.data, CaptureKept) and readable(entry.data.media_type):
            yield entry


def bytes_at(pool: ConnectionPool[psycopg.Connection], position: int) -> bytes | None:
    """The bytes of the capture at a position; None where they were redacted, or none is there."""
    query = "SELECT body FROM ledger.shown_captures WHERE position = %s"
    row = retried(pool, lambda conn: conn.execute(query, [position]).fetchone())
    return None if row is None else bytes(row[0])
