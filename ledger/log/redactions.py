"""Redactions: what was redacted, what the log's tables still hold of it, and how to get rid of
that.

Pages and answers follow the log: texts and captures are read from views (migrations/
013_redacted_stays.sql) that leave out what an entry `text-redacted` names.

PostgreSQL deletes a row by marking it. A plain VACUUM frees its place and leaves the bytes in the
files of the database. Only writing the table anew leaves them behind, with the old file.
"""

import time
from dataclasses import dataclass

import psycopg
from psycopg import Connection, errors
from psycopg.rows import TupleRow, class_row

from ledger.errors import AnswerableError
from ledger.postgres.connections import OWNER_ROLE

BYTES = "bytes"
"""The name under which the bytes of a capture are redacted."""

TABLES = ("ledger.texts", "ledger.captures", "pg_catalog.pg_statistic")
"""The tables that hold texts and captures; and the planner's samples, which older versions made of
texts."""
WAIT_SECONDS = 60
LOCK_TIMEOUT = "10s"

Place = tuple[int, str]
"""Where a text lies: the position of its entry, and its field."""


@dataclass(frozen=True, slots=True)
class Redaction:
    """The redaction of a text: the day (in London, ISO), the basis, the entry."""

    on: str
    basis: str
    entry: str


@dataclass(frozen=True, slots=True)
class Held:
    """A text that the tables hold though the log calls it redacted: position and id of its entry,
    its field, and the position of the redaction."""

    position: int
    entry: str
    field: str
    redacted_at: int

    @property
    def says(self) -> str:
        """Return it as a sentence."""
        return (
            f"Position {self.position:,}: “{self.field}” was redacted at position "
            f"{self.redacted_at:,}, and is still here, or again: `answerable erase` removes it."
        )


class CannotErase(AnswerableError):
    """The tables could not be written anew; the sentence says what to do."""


def held_against_the_log(conn: psycopg.Connection) -> list[Held]:
    """Return everything that the tables hold and the log calls redacted. None of it is shown."""
    query = """
        SELECT position, event_id::text AS entry, field, redacted_at
          FROM ledger.held_against_the_log ORDER BY position, field, redacted_at
    """
    with conn.cursor(row_factory=class_row(Held)) as cursor:
        return cursor.execute(query).fetchall()


def remove(owner: Connection[TupleRow]) -> list[Held]:
    """Delete what the tables hold and the log calls redacted; return it.

    A backup from before the redaction was restored, or a guard was off. The connection is the
    owner's. Raises CannotErase if the owner may not, or a trigger prevents it.
    """
    with owner.transaction():
        owner.execute(f"SET LOCAL ROLE {OWNER_ROLE}".encode())
        found = held_against_the_log(owner)
        for one in found:
            if one.field == BYTES:
                owner.execute("DELETE FROM ledger.captures WHERE position = %s", [one.position])
            owner.execute(
                "DELETE FROM ledger.texts WHERE position = %s AND field = %s",
                [one.position, one.field],
            )
        if left := held_against_the_log(owner):
            raise CannotErase(f"{left[0].says} The database did not: `answerable audit`.")
    return found


def erase(owner: Connection[TupleRow]) -> None:
    """Write the tables that hold texts and captures anew, with what is in them now and no more.

    The connection is the owner's, in autocommit mode. Each table is locked while it is written:
    about as long as reading it takes. Raises CannotErase.
    """
    _wait_for_old_snapshots(owner)
    owner.execute(f"SET lock_timeout = '{LOCK_TIMEOUT}'".encode())
    try:
        for table in TABLES:
            if table.startswith("ledger."):  # the schema is closed to whoever owns the database
                owner.execute(f"SET ROLE {OWNER_ROLE}".encode())
            before = _file(owner, table)
            owner.execute(f"VACUUM (FULL) {table}".encode())
            after = _file(owner, table)
            owner.execute("RESET ROLE")
            if after == before:
                raise CannotErase(
                    f"This user may not write {table} anew: erase as the database's owner, by "
                    "ANSWERABLE_MIGRATE_DATABASE_URL."
                )
    except errors.LockNotAvailable as error:
        raise CannotErase(
            f"Something has held a table for {LOCK_TIMEOUT}, so it was not written anew: try "
            "again in a quiet hour."
        ) from error
    finally:
        owner.execute("RESET ROLE")
        owner.execute("RESET lock_timeout")
    _start_a_new_wal_file(owner)


def _file(owner: Connection[TupleRow], table: str) -> object:
    row = owner.execute("SELECT pg_relation_filenode(%s::regclass)", [table]).fetchone()
    return row and row[0]


def _wait_for_old_snapshots(owner: Connection[TupleRow]) -> None:
    """Wait until nobody can see what was deleted before now: rows that somebody sees are kept."""
    row = owner.execute("SELECT pg_current_xact_id()::xid").fetchone()
    assert row is not None
    query = """
        SELECT 'process ' || pid FROM pg_stat_activity
         WHERE coalesce(datname, current_database()) = current_database()
           AND pid <> pg_backend_pid()
           AND age(backend_xmin) > age(%(xid)s::xid)
        UNION ALL
        SELECT 'replication slot ' || slot_name FROM pg_replication_slots
         WHERE age(xmin) > age(%(xid)s::xid)
        UNION ALL
        SELECT 'prepared transaction ' || gid FROM pg_prepared_xacts
         WHERE database = current_database()
    """
    deadline = time.monotonic() + WAIT_SECONDS
    while holding := owner.execute(query, {"xid": row[0]}).fetchall():
        if time.monotonic() > deadline:
            raise CannotErase(
                "What was deleted is still seen by "
                + ", ".join(name for (name,) in holding)
                + ": end it, then try again."
            )
        time.sleep(0.05)


def _start_a_new_wal_file(owner: Connection[TupleRow]) -> None:
    """Start a new file of the write-ahead log, so that those with the texts can be left behind
    too."""
    row = owner.execute(
        "SELECT pg_has_role('pg_checkpoint', 'USAGE'), rolsuper FROM pg_roles"
        " WHERE rolname = current_user"
    ).fetchone()
    if row is None or not row[0]:
        return
    if row[1]:
        owner.execute("SELECT pg_switch_wal()")
    owner.execute("CHECKPOINT")
