"""The checkpoints and tiles in the database, against the tree that the entries make."""

from collections.abc import Iterable, Iterator

import psycopg

from ledger.audit.findings import Check, Kind
from ledger.audit.log import number
from ledger.audit.recomputed import Held, Roots, Tile, Tiles, first_difference
from ledger.verify.tree import HASH_BYTES, Frontier


class Published:
    """What the sealer put beside the log: roots, leaf hashes, tiles."""

    def __init__(self) -> None:
        self.roots = Check("tree", "published checkpoints", "each the root of its entries")
        self.hashes = Check("hashes", "published leaf hashes and tiles", "as the entries make them")

    def begin(self, conn: psycopg.Connection) -> None:
        """Before the first entry."""
        self._conn = conn
        self._leaves = bytearray()
        self._stretches = _stretches(conn)
        self._next = next(self._stretches, None)
        size = number(conn, "SELECT max(size) FROM ledger.checkpoints")
        self._tiles = Tiles(self.hashes, "ledger.tiles", size, self._tile)
        self._roots = Roots(self.roots, "ledger.checkpoints", held(conn))

    def see(self, leaf: bytes, tree: Frontier, tiles: Iterable[Tile]) -> None:
        """The tree has one more leaf, which fills these tiles."""
        self._roots.see(tree)
        self._leaves += leaf
        while self._next is not None and self._next[0] <= tree.size:
            size, before, leaves = self._next
            before = self._after_missing(size, before, leaves)
            self._compare(size, before, leaves)
            self._next = next(self._stretches, None)
        for made in tiles:
            self._tiles.see(made)

    def end(self, tree: Frontier) -> None:
        """The log ends."""
        self._roots.end(tree.size)
        tiles = self._conn.execute("SELECT level, tile FROM ledger.tiles ORDER BY level, tile")
        for level, index in tiles.fetchall():
            self._tiles.fits(level, index)

    def _after_missing(self, size: int, before: int, leaves: bytes) -> int:
        """The size after which a checkpoint's leaf hashes begin: that of the one before it, or of
        one that is not there any more, whose hashes went with it."""
        begins = size - len(leaves) // HASH_BYTES
        if not before < begins < size:
            return before
        self.roots.find(
            Kind.CHECKPOINT_MISSING,
            begins,
            f"A checkpoint of size {begins:,} was published, and is not there any more: the hashes "
            f"of the next one, of size {size:,}, begin after it.",
        )
        del self._leaves[: (begins - before) * HASH_BYTES]
        return begins

    def _compare(self, size: int, before: int, leaves: bytes) -> None:
        made = bytes(self._leaves[: (size - before) * HASH_BYTES])
        del self._leaves[: len(made)]
        self.hashes.checked += len(made) // HASH_BYTES
        if leaves != made:
            first = before + first_difference(leaves, made) + 1
            self.hashes.find(
                Kind.LEAF_DIFFERS,
                first,
                f"The leaf hashes published with the checkpoint of size {size:,} are not those of "
                f"the entries: the first that differs is that of position {first:,}.",
            )

    def _tile(self, level: int, index: int) -> tuple[bytes, bytes] | None:
        row = self._conn.execute(
            "SELECT root, hashes FROM ledger.tiles WHERE level = %s AND tile = %s", [level, index]
        ).fetchone()
        return (bytes(row[0]), bytes(row[1])) if row else None


def held(conn: psycopg.Connection) -> Iterator[Held]:
    """The published sizes and roots."""
    with conn.cursor("audit_roots") as cursor:
        cursor.execute("SELECT size, root FROM ledger.checkpoints ORDER BY size")
        for size, root in cursor:
            yield size, bytes(root)


def _stretches(conn: psycopg.Connection) -> Iterator[tuple[int, int, bytes]]:
    """(size, size of the checkpoint before, leaf hashes in between)."""
    with conn.cursor("audit_leaves") as cursor:
        cursor.itersize = 100
        cursor.execute(
            "SELECT size, lag(size, 1, 0::bigint) OVER (ORDER BY size), leaves"
            "  FROM ledger.checkpoints ORDER BY size",
            binary=True,
        )
        yield from cursor
