"""What clocks outside say of our checkpoints: cosignatures and stamps, kept and read."""

from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime

import psycopg
from psycopg import sql
from psycopg.rows import class_row
from psycopg_pool import ConnectionPool

from ledger.postgres.connections import SEALER_ROLE, connect, retried
from ledger.verify.note import VerifierKey
from ledger.verify.sightings import Sighting

_UNDER = """
    coalesce((
        SELECT string_agg(line, '' ORDER BY witness) FROM (
            SELECT DISTINCT ON (witness) line, witness
              FROM ledger.cosignatures WHERE size = c.size
             ORDER BY witness, seen_at {order}) one_each), '')
"""
# One line of each witness: readers that others wrote refuse a note with two of one key.
FIRST = sql.SQL(_UNDER.format(order="ASC"))
"""The lines to stand under the note of a checkpoint `c`: the first word of each witness, which
says by when its entries were there."""
LAST = sql.SQL(_UNDER.format(order="DESC"))
"""The last word of each, which says until when nothing had come after it."""


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
class Cosignature:
    """A line under a checkpoint, verified: whose, and when by that witness's clock."""

    key: VerifierKey
    timestamp: int
    """POSIX seconds."""
    line: str
    """The line, with its newline, as it stands under the note."""


@dataclass(frozen=True, slots=True)
class Horizon:
    """How far the log is sealed, and how far somebody else answers for it."""

    size: int
    sealed_at: datetime
    outside: Outside | None


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

    def horizon(self) -> Horizon | None:
        """How far the log is sealed, by the largest checkpoint; and the largest that somebody else
        cosigned or stamped, at the latest time. None before there is a checkpoint."""
        query = """
            SELECT c.size, c.sealed_at, o.*
              FROM (SELECT size, sealed_at FROM ledger.checkpoints ORDER BY size DESC LIMIT 1) c
              LEFT JOIN (
                SELECT size, seen_at, witness, 'cosigned' FROM ledger.cosignatures
                UNION ALL SELECT size, stamped_at, authority, 'stamped' FROM ledger.stamps
                ORDER BY 1 DESC, 2 DESC LIMIT 1) o ON true
        """
        row = retried(self._pool, lambda conn: conn.execute(query).fetchone())
        if row is None:
            return None
        sealed, sealed_at, size, at, who, how = row
        if size is None:
            return Horizon(sealed, sealed_at, None)
        outside = Outside(size, at, _name(who) if how == "cosigned" else who, how)
        return Horizon(sealed, sealed_at, outside)

    def kept(self) -> Iterator[Sighting]:
        """Every checkpoint that a witness cosigned, smallest first, as a watcher keeps it: with the
        first word of each witness, and where it is another, once more with the last."""
        query = sql.SQL("""
            SELECT c.note || {first}, first_at, c.note || {last}, last_at, w.vkeys
              FROM ledger.checkpoints c
              JOIN (SELECT size, max(first_at) AS first_at, max(last_at) AS last_at,
                           array_agg(witness) AS vkeys
                      FROM (SELECT size, witness, min(seen_at) AS first_at,
                                   max(seen_at) AS last_at
                              FROM ledger.cosignatures GROUP BY size, witness) one_each
                     GROUP BY size) w USING (size)
             ORDER BY c.size
        """).format(first=FIRST, last=LAST)
        rows = retried(self._pool, lambda conn: conn.execute(query).fetchall())
        for first, first_at, last, last_at, vkeys in rows:
            names = ", ".join(sorted(map(_name, vkeys)))
            yield Sighting(f"{first_at:%Y-%m-%dT%H:%M:%SZ}", names, first)
            if last != first:
                yield Sighting(f"{last_at:%Y-%m-%dT%H:%M:%SZ}", names, last)

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


def _name(vkey: str) -> str:
    """The name in a verifier key, also where the rest of it is none: the audit says so."""
    return vkey.partition("+")[0]


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
