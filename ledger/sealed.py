"""What is sealed, read: checkpoints, receipts, tiles, and how one checkpoint follows another.

Everything comes from what the sealer published and the entries under it. A receipt is made with
the first checkpoint that covers its entry, so that the same entry has the same receipt for ever.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, LiteralString

import psycopg
from psycopg.rows import class_row
from psycopg_pool import ConnectionPool

from ledger.database import retried
from ledger.entry import line
from ledger.errors import Fault, NotRecorded, Unfit
from ledger.transparency import tiles, tree
from ledger.transparency.note import to_base64
from ledger.transparency.proof import Proof
from ledger.transparency.tiles import WIDTH, Tile
from ledger.transparency.tree import HASH_BYTES

CHANNEL = "answerable_sealed"
"""Notified by the sealer with the size that is sealed now."""


@dataclass(frozen=True, slots=True)
class Sealing:
    """A published checkpoint: of `size` entries, the signed note, and when (not signed)."""

    size: int
    root: bytes
    note: str
    sealed_at: datetime


@dataclass(frozen=True, slots=True)
class Waiting:
    """How far the log is sealed, and how long its next entry has waited, in seconds (0: none)."""

    size: int
    seconds: float


class NotSealedYet(NotRecorded):
    """The log has it, or may have it, but no checkpoint covers it yet (404, try again)."""


class Sealed:
    """The sealed part of a log."""

    def __init__(self, pool: ConnectionPool[psycopg.Connection]) -> None:
        self._pool = pool

    def checkpoint(self) -> Sealing | None:
        """The newest checkpoint; None before there is one."""
        return self._checkpoint("ORDER BY size DESC LIMIT 1", 0)

    def size(self) -> int:
        """How many entries are sealed: the position of the last one; 0 before there is any."""
        query = "SELECT coalesce(max(size), 0) FROM ledger.checkpoints"
        row = retried(self._pool, lambda conn: conn.execute(query).fetchone())
        return int(row[0]) if row else 0

    def receipt(self, position: int) -> str:
        """The receipt of the entry at a position (c2sp.org/tlog-proof). NotSealedYet."""
        found = self._checkpoint("WHERE size >= %s ORDER BY size LIMIT 1", position)
        if found is None:
            raise NotSealedYet(
                f"Entry {position} is recorded, and not sealed yet: ask again in a moment."
            )
        hashes = tree.inclusion_proof(position - 1, found.size, self._hash_at(found.size))
        return Proof(position - 1, tuple(hashes), found.note).text

    def consistency(self, old: int, new: int | None) -> dict[str, Any]:
        """That the log of `new` entries (all sealed ones by itself) begins with that of `old`.

        The hashes of the proof (RFC 9162, 2.1.4) in Base 64, and both roots.
        """
        head = self.size()
        new = head if new is None else new
        if old > new:
            raise _unfit("from", f"A log of {old} entries does not grow into one of {new}.")
        if new > head:
            raise NotSealedYet(f"{head} entries are sealed, not {new}: ask again in a moment.")
        hash_at = self._hash_at(new)
        return {
            "from": old,
            "to": new,
            "from_root": to_base64(tree.root(old, hash_at)),
            "to_root": to_base64(tree.root(new, hash_at)),
            "proof": [to_base64(one) for one in tree.consistency_proof(old, new, hash_at)],
        }

    def tile(self, path: str) -> tuple[Tile, bytes]:
        """The tile at a path below the log's prefix, with its bytes. Unfit, NotSealedYet."""
        try:
            wanted = tiles.parse_path(path)
        except tiles.TileError as error:
            raise _unfit("path", f"{error} See https://c2sp.org/tlog-tiles.") from None
        there = tiles.tile_at(wanted.level, wanted.index, self.size())
        if there is None or there.width < wanted.width:
            raise NotSealedYet(f"The log has no tile {path} yet.")
        return wanted, self._bytes(wanted)

    def _checkpoint(self, which: LiteralString, position: int) -> Sealing | None:
        query: LiteralString = "SELECT size, root, note, sealed_at FROM ledger.checkpoints "

        def read(conn: psycopg.Connection) -> Sealing | None:
            with conn.cursor(row_factory=class_row(Sealing)) as cursor:
                return cursor.execute(query + which, [position] if "%s" in which else []).fetchone()

        return retried(self._pool, read)

    def _hash_at(self, size: int) -> tree.HashAt:
        return tiles.hash_at(size, lambda path: self._bytes(tiles.parse_path(path)))

    def _bytes(self, tile: Tile) -> bytes:
        """The bytes of a tile that is sealed."""
        return retried(self._pool, lambda conn: _read(conn, tile))


def waiting(conn: psycopg.Connection) -> Waiting:
    """How far the log is sealed, and how long what follows has waited."""
    row = conn.execute(
        """
        SELECT s.size, coalesce(extract(epoch FROM clock_timestamp() - e.recorded_at), 0)
          FROM (SELECT coalesce(max(size), 0) AS size FROM ledger.checkpoints) s
          LEFT JOIN ledger.entries e ON e.position = s.size + 1
        """
    ).fetchone()
    assert row is not None
    return Waiting(row[0], float(row[1]))


def _read(conn: psycopg.Connection, tile: Tile) -> bytes:
    first, end = tile.index * WIDTH, tile.index * WIDTH + tile.width
    if tile.level is None:
        rows = conn.execute(
            "SELECT state, position, recorded_at FROM ledger.entries"
            " WHERE position > %s AND position <= %s ORDER BY position",
            [first, end],
        ).fetchall()
        return tiles.entry_bundle(line(*row) for row in rows)
    full = conn.execute(
        "SELECT substring(hashes FOR %s) FROM ledger.tiles WHERE level = %s AND tile = %s",
        [tile.width * HASH_BYTES, tile.level, tile.index],
    ).fetchone()
    if full is not None:
        return bytes(full[0])
    if tile.level == 0:
        return _leaves(conn, first, end)
    roots = conn.execute(
        "SELECT root FROM ledger.tiles WHERE level = %s AND tile >= %s AND tile < %s ORDER BY tile",
        [tile.level - 1, first, end],
    ).fetchall()
    return b"".join(root for (root,) in roots)


def _leaves(conn: psycopg.Connection, first: int, end: int) -> bytes:
    """Leaf hashes of a tile that is not full, from the checkpoints that brought them."""
    rows = conn.execute(
        """
        SELECT size, leaves FROM ledger.checkpoints
         WHERE size > %(first)s
           AND size <= (SELECT min(size) FROM ledger.checkpoints WHERE size >= %(end)s)
         ORDER BY size
        """,
        {"first": first, "end": end},
    ).fetchall()
    found = b"".join(leaves for _, leaves in rows)
    start = rows[0][0] - len(rows[0][1]) // HASH_BYTES if rows else first
    return found[(first - start) * HASH_BYTES : (end - start) * HASH_BYTES]


def _unfit(field: str, sentence: str) -> Unfit:
    return Unfit(sentence, Fault(field, sentence))
