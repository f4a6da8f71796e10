"""The sealer's vouch: the row by which the database knows whether its log is the one that was
signed. `ledger.append` asks for it (migrations/023_vouch.sql)."""

from typing import LiteralString

import psycopg

from ledger.seal.notebook import Signed

VOUCHED: LiteralString = """
    SELECT refused IS NULL AND server_started = pg_postmaster_start_time()
           AND entries = 'ledger.entries'::regclass::oid
      FROM ledger.vouch WHERE one
"""
"""Asks whether this server's log is vouched for; no row where nobody has looked at it."""


def is_vouched(conn: psycopg.Connection) -> bool:
    """Return whether this server's log is vouched for."""
    return conn.execute(VOUCHED).fetchone() == (True,)


def vouch(conn: psycopg.Connection, signed: Signed) -> None:
    """Write down that the log of this server begins with what was signed."""
    _write(conn, signed, None)


def refuse(conn: psycopg.Connection, signed: Signed, why: str) -> None:
    """Write down why the log of this server is not the one that was signed."""
    _write(conn, signed, why.replace("\0", "")[:2000])


def _write(conn: psycopg.Connection, signed: Signed, refused: str | None) -> None:
    conn.execute(
        """
        INSERT INTO ledger.vouch AS v (size, root, server_started, entries, refused)
        VALUES (%(size)s, %(root)s, pg_postmaster_start_time(), 'ledger.entries'::regclass::oid,
                %(refused)s)
        ON CONFLICT (one) DO UPDATE
           SET size = excluded.size, root = excluded.root,
               server_started = excluded.server_started, entries = excluded.entries,
               refused = excluded.refused, looked_at = excluded.looked_at
        """,
        {"size": signed.size, "root": signed.root, "refused": refused},
    )
