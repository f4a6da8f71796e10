"""What clocks outside say of our checkpoints: cosignatures and stamps, kept and read."""

from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime

import psycopg
from psycopg import sql
from psycopg.rows import class_row
from psycopg_pool import ConnectionPool

from ledger.database import SEALER_ROLE, connect, retried
from ledger.transparency.kept import Kept
from ledger.transparency.note import parse_vkey
from ledger.transparency.witness import Cosignature

UNDER = sql.SQL("""
    coalesce((
        SELECT string_agg(line, '' ORDER BY first, witness, seen_at) FROM (
            SELECT line, witness, seen_at,
                   row_number() OVER (PARTITION BY witness ORDER BY seen_at) AS first,
                   row_number() OVER (PARTITION BY witness ORDER BY seen_at DESC) AS last
              FROM ledger.cosignatures WHERE size = c.size) kept
         WHERE first = 1 OR last = 1), '')
""")
"""The lines to stand under the note of a checkpoint `c`: of each witness the first and the last."""


@dataclass(frozen=True, slots=True)
class Outside:
    """The newest word of somebody else on this log: of how many entries, when, and by whom."""

    size: int
    at: datetime
    """By that one's clock, not ours."""
    who: str
    how: str
    """`cosigned` or `stamped`."""


@dataclass(frozen=True, slots=True)
class Stamp:
    """A time stamp of RFC 3161 over the text of a checkpoint."""

    size: int
    text: str
    """What is stamped: the text of the checkpoint, without signatures."""
    authority: str
    stamped_at: datetime
    token: bytes
    """The authority's whole response (TimeStampResp), DER."""


class Witnessed:
    """What was kept, read."""

    def __init__(self, pool: ConnectionPool[psycopg.Connection]) -> None:
        self._pool = pool

    def horizon(self) -> Outside | None:
        """The largest checkpoint that somebody else cosigned or stamped, at the latest time."""
        query = """
            SELECT size, seen_at, witness, 'cosigned' FROM ledger.cosignatures
            UNION ALL SELECT size, stamped_at, authority, 'stamped' FROM ledger.stamps
            ORDER BY 1 DESC, 2 DESC LIMIT 1
        """
        row = retried(self._pool, lambda conn: conn.execute(query).fetchone())
        if row is None:
            return None
        size, at, who, how = row
        return Outside(size, at, parse_vkey(who).name if how == "cosigned" else who, how)

    def kept(self) -> Iterator[Kept]:
        """Every checkpoint that a witness cosigned, smallest first, as a watcher keeps it."""
        query = sql.SQL("""
            SELECT c.note || {under}, w.seen_at, w.vkeys
              FROM ledger.checkpoints c
              JOIN (SELECT size, max(seen_at) AS seen_at, array_agg(DISTINCT witness) AS vkeys
                      FROM ledger.cosignatures GROUP BY size) w USING (size)
             ORDER BY c.size
        """).format(under=UNDER)
        rows = retried(self._pool, lambda conn: conn.execute(query).fetchall())
        for note, at, vkeys in rows:
            names = ", ".join(sorted(parse_vkey(vkey).name for vkey in vkeys))
            yield Kept(f"{at:%Y-%m-%dT%H:%M:%SZ}", names, note)

    def stamps(self) -> Sequence[Stamp]:
        """Every stamp, oldest first."""

        def read(conn: psycopg.Connection) -> list[Stamp]:
            with conn.cursor(row_factory=class_row(Stamp)) as cursor:
                return cursor.execute(
                    """
                    SELECT size, split_part(note, E'\n\n', 1) || E'\n' AS text,
                           authority, stamped_at, token
                      FROM ledger.stamps JOIN ledger.checkpoints USING (size)
                     ORDER BY size, stamped_at, authority
                    """
                ).fetchall()

        return retried(self._pool, read)

    def last_by(self, vkey: str) -> int:
        """The size that a witness cosigned last, as far as we kept it; 0 for never."""
        query = "SELECT coalesce(max(size), 0) FROM ledger.cosignatures WHERE witness = %s"
        row = retried(self._pool, lambda conn: conn.execute(query, [vkey]).fetchone())
        return int(row[0]) if row else 0


def keep_cosignature(url: str, size: int, cosignature: Cosignature) -> None:
    """Keep a cosignature that was verified; the same one again is no other."""
    seen_at = datetime.fromtimestamp(cosignature.timestamp, UTC)
    with closing(connect(url, autocommit=True, role=SEALER_ROLE)) as conn:
        conn.execute(
            "INSERT INTO ledger.cosignatures (size, witness, seen_at, line)"
            " VALUES (%s, %s, %s, %s) ON CONFLICT DO NOTHING",
            [size, cosignature.key.vkey, seen_at, cosignature.line],
        )


def keep_stamp(url: str, stamp: Stamp) -> None:
    """Keep a time stamp that was verified; the same one again is no other."""
    with closing(connect(url, autocommit=True, role=SEALER_ROLE)) as conn:
        conn.execute(
            "INSERT INTO ledger.stamps (size, authority, stamped_at, token)"
            " VALUES (%s, %s, %s, %s) ON CONFLICT DO NOTHING",
            [stamp.size, stamp.authority, stamp.stamped_at, stamp.token],
        )
