"""The tree that the entries' bytes make, compared with roots and tiles: the published ones, and
those in the sealer's notebook, with its copies of the entries.

No stored hash is trusted: leaves, tiles and roots are made again, in one pass. The notebook is
opened for reading alone, so the sealer may go on meanwhile. It lies outside PostgreSQL, and keeps
what was signed, whatever an administrator of the database rewrites.
"""

import sqlite3
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import psycopg

from ledger.audit.findings import Check, Kind, positions
from ledger.audit.log import number
from ledger.verify.tree import HASH_BYTES, WIDTH, Frontier

Held = tuple[int, bytes]
"""A size that was signed, and its root."""
_NOTEBOOK = "the sealer's notebook"


class Roots:
    """Roots of one holder, by size, each compared when the tree has grown to that size."""

    def __init__(self, check: Check, whose: str, held: Iterator[Held]) -> None:
        self._check, self._whose = check, whose
        self._held = held
        self._next: Held | None = next(held, None)
        self._good = 0
        self._first: int | None = None
        self._wrong = 0

    def see(self, tree: Frontier) -> None:
        """Compare the roots up to the size of the tree, which has one more leaf."""
        while self._next is not None and self._next[0] <= tree.size:
            size, root = self._next
            self._check.checked += 1
            if size == tree.size and tree.root() == root:
                self._good = max(self._good, size) if self._first is None else self._good
            else:
                self._first = self._first or size
                self._wrong += 1
            self._next = next(self._held, None)

    def end(self, size: int) -> None:
        """Report what was found, at the end of the log."""
        if self._first is not None:
            more = f" and {self._wrong - 1:,} more do not" if self._wrong > 1 else ""
            self._check.find(
                Kind.ROOT_DIFFERS,
                self._good + 1,
                f"The entries do not have the root that was signed at size {self._first:,} "
                f"({self._whose}){more}: one from position {self._good + 1:,} to "
                f"{self._first:,} is not what was signed.",
            )
        if self._next is None:
            return
        sizes = [self._next[0], *(more for more, _ in self._held)]
        self._check.checked += len(sizes)
        self._check.find(
            Kind.LOG_SHORTER,
            size,
            f"{sizes[-1]:,} entries were signed ({self._whose}), and the log has {size:,}: its end "
            "was cut off, or an older backup was restored.",
        )


@dataclass(frozen=True, slots=True)
class FullTile:
    """A full hash tile: 256 hashes, and the root over them."""

    level: int
    index: int
    root: bytes
    hashes: bytes

    @property
    def end(self) -> int:
        """Return the least size at which it is full."""
        return (self.index + 1) << 8 * (self.level + 1)


@dataclass(slots=True)
class Growing:
    """The full tiles that leaves make."""

    _levels: list[tuple[list[bytes], int]] = field(default_factory=list)

    def see(self, leaf: bytes) -> Iterator[FullTile]:
        """Add a leaf; yield the tiles that it fills, lowest first."""
        level, one = 0, leaf
        while True:
            if level == len(self._levels):
                self._levels.append(([], 0))
            hashes, index = self._levels[level]
            hashes.append(one)
            if len(hashes) < WIDTH:
                return
            over = Frontier()
            for each in hashes:
                over.append(each)
            one = over.root()
            yield FullTile(level, index, one, b"".join(hashes))
            self._levels[level] = ([], index + 1)
            level += 1


class Tiles:
    """Stored tiles of one holder, each compared when it is made again."""

    def __init__(
        self,
        check: Check,
        whose: str,
        sealed: int,
        stored: Callable[[int, int], tuple[bytes, bytes] | None],
    ) -> None:
        """Begin the check. `stored` gives root and hashes by level and index; `sealed` is the size
        of the tree that they belong to."""
        self._check, self._whose = check, whose
        self._sealed, self._stored = sealed, stored

    def see(self, made: FullTile) -> None:
        """Compare a tile that was made again from the entries."""
        if made.end > self._sealed:
            return
        self._check.checked += 1
        name = f"{self._whose}, tile {made.index:,} of level {made.level}"
        if (found := self._stored(made.level, made.index)) is None:
            self._check.find(Kind.TILE_MISSING, 0, f"{name} is not there.")
            return
        root, hashes = found
        if (root, hashes) == (made.root, made.hashes):
            return
        where = "its root"
        if hashes != made.hashes:
            nth = first_difference(hashes, made.hashes)
            position = made.index * WIDTH + nth + 1
            where = f"position {position:,}" if made.level == 0 else f"its hash {nth}"
        self._check.find(
            Kind.TILE_DIFFERS,
            made.index * WIDTH + 1 if made.level == 0 else 0,
            f"{name} is not what the entries make it: the first that differs is {where}.",
        )

    def fits(self, level: int, index: int) -> None:
        """Check that the place of a stored tile is one that the entries fill."""
        if level < 0 or index < 0 or (index + 1) << 8 * (level + 1) > self._sealed:
            name = f"{self._whose}, tile {index:,} of level {level}"
            self._check.find(Kind.TILE_DIFFERS, 0, f"{name} is there, and no entries fill it.")


def first_difference(one: bytes, other: bytes) -> int:
    """Return the number, from 0, of the first hash in which two rows of hashes differ."""
    at = 0
    while one[at : at + HASH_BYTES] == other[at : at + HASH_BYTES]:
        at += HASH_BYTES
    return at // HASH_BYTES


class Published:
    """The sealer's publications beside the log: roots, leaf hashes, tiles."""

    def __init__(self) -> None:
        self.roots = Check("tree", "published checkpoints", "each the root of its entries")
        self.hashes = Check("hashes", "published leaf hashes and tiles", "as the entries make them")

    def begin(self, conn: psycopg.Connection) -> None:
        """Read what is published, before the first entry."""
        self._conn = conn
        self._leaves = bytearray()
        self._stretches = _stretches(conn)
        self._next = next(self._stretches, None)
        size = number(conn, "SELECT max(size) FROM ledger.checkpoints")
        self._tiles = Tiles(self.hashes, "ledger.tiles", size, self._tile)
        self._roots = Roots(self.roots, "ledger.checkpoints", held(conn))

    def see(self, leaf: bytes, tree: Frontier, tiles: Iterable[FullTile]) -> None:
        """Compare the tree, which has one more leaf that fills these tiles."""
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
        """Compare the rest, at the end of the log."""
        self._roots.end(tree.size)
        tiles = self._conn.execute("SELECT level, tile FROM ledger.tiles ORDER BY level, tile")
        for level, index in tiles.fetchall():
            self._tiles.fits(level, index)

    def _after_missing(self, size: int, before: int, leaves: bytes) -> int:
        """Return the size after which a checkpoint's leaf hashes begin: that of the one before, or
        of one that is gone together with its hashes."""
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
    """Read the published sizes and roots."""
    with conn.cursor("audit_roots") as cursor:
        cursor.execute("SELECT size, root FROM ledger.checkpoints ORDER BY size")
        for size, root in cursor:
            yield size, bytes(root)


def _stretches(conn: psycopg.Connection) -> Iterator[tuple[int, int, bytes]]:
    """Read (size, size of the checkpoint before, leaf hashes in between)."""
    with conn.cursor("audit_leaves") as cursor:
        cursor.itersize = 100
        cursor.execute(
            "SELECT size, lag(size, 1, 0::bigint) OVER (ORDER BY size), leaves"
            "  FROM ledger.checkpoints ORDER BY size",
            binary=True,
        )
        yield from cursor


class Notebook:
    """The record of what was signed, in the sealer's notebook, against the log."""

    def __init__(self, db: sqlite3.Connection) -> None:
        self.check = Check("notebook", "signed entries, roots and tiles", "the same in the log")
        self._db = db
        self.size, self._root = db.execute("SELECT size, root FROM log").fetchone()
        self.sizes = [size for size, _ in _held(db)]
        """The sizes that were signed when the notebook was opened."""
        self._entries = _entries(db)
        self._next = next(self._entries, None)
        self._run: tuple[int, int] | None = None
        """The positions, from and to, of entries in a row that differ."""
        self._roots = Roots(self.check, _NOTEBOOK, _held(db))
        self._tiles = Tiles(self.check, _NOTEBOOK, self.size, self._tile)

    def see(
        self, position: int, line: bytes, leaf: bytes, tree: Frontier, tiles: Iterable[FullTile]
    ) -> None:
        """Compare the next entry of the log, and the tree with it, in which it fills these
        tiles."""
        self._roots.see(tree)
        while self._next is not None and self._next[0] < position:
            self._differs(self._next[0])
            self._take()
        if self._next is not None and self._next[0] == position:
            if (line, leaf) != self._next[1:]:
                self._differs(position)
            self._take()
        for made in tiles:
            self._tiles.see(made)

    def end(self, tree: Frontier) -> None:
        """Compare the rest, at the end of the log."""
        while self._next is not None:
            self._differs(self._next[0])
            self._take()
        self._end_run()
        self._roots.end(tree.size)

    def _take(self) -> None:
        self.check.checked += 1
        self._next = next(self._entries, None)

    def _differs(self, position: int) -> None:
        if self._run is not None and self._run[1] == position - 1:
            self._run = (self._run[0], position)
            return
        self._end_run()
        self._run = (position, position)

    def _end_run(self) -> None:
        if self._run is None:
            return
        those = positions(*self._run)
        self.check.find(
            Kind.ENTRY_DIFFERS,
            self._run[0],
            f"{those} not in the log as signed: the notebook has it.",
        )

    def _tile(self, level: int, index: int) -> tuple[bytes, bytes] | None:
        row = self._db.execute(
            "SELECT root, hashes FROM tiles WHERE level = ? AND tile = ?", [level, index]
        ).fetchone()
        return (bytes(row[0]), bytes(row[1])) if row else None


@contextmanager
def reading(path: Path, origin: str) -> Iterator[sqlite3.Connection | str]:
    """Open the notebook at a path as it is now. Yield a sentence if it cannot be read, or is
    another log's."""
    if not path.exists():
        yield f"there is no notebook at {path}"
        return
    try:
        db = sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True, isolation_level=None)
    except sqlite3.Error as error:
        yield f"{path} cannot be read ({error})"
        return
    with closing(db):
        try:
            db.execute("BEGIN")
            (its_origin,) = db.execute("SELECT origin FROM log").fetchone()
        except (sqlite3.Error, TypeError) as error:
            yield f"{path} cannot be read ({error})"
            return
        if its_origin != origin:
            yield f"{path} is the notebook of the log “{its_origin}”, not of “{origin}”"
            return
        yield db


def root_of(db: sqlite3.Connection, size: int) -> bytes | None:
    """Return the root that was signed at a size; None if none was."""
    row = db.execute("SELECT root FROM signed WHERE size = ?", [size]).fetchone()
    return bytes(row[0]) if row else None


def _held(db: sqlite3.Connection) -> Iterator[Held]:
    # Not `yield from`, which closes the cursor: the notebook may be closed by then.
    for row in db.execute("SELECT size, root FROM signed ORDER BY size"):  # noqa: UP028
        yield row


def _entries(db: sqlite3.Connection) -> Iterator[tuple[int, bytes, bytes]]:
    for row in db.execute("SELECT position, entry, leaf FROM entries ORDER BY position"):  # noqa: UP028
        yield row
