"""The sealer's notebook, read beside the log: its copies of the entries, its roots, its tiles.

It is opened for reading alone, so the sealer may go on meanwhile. It lies outside PostgreSQL: what
an administrator of the database rewrites, stands here as it was signed.
"""

import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from ledger.audit.findings import Check, Kind
from ledger.audit.recomputed import Held, Roots, Tile, Tiles
from ledger.verify.tree import Frontier

WHOSE = "the sealer's notebook"


class Notebook:
    """What was signed, as the sealer's notebook has it, against the log."""

    def __init__(self, db: sqlite3.Connection) -> None:
        self.check = Check("notebook", "signed entries, roots and tiles", "the same in the log")
        self._db = db
        self.size, self._root = db.execute("SELECT size, root FROM log").fetchone()
        self.sizes = [size for size, _ in _held(db)]
        """What was signed, by the time the notebook was opened."""
        self._entries = _entries(db)
        self._next = next(self._entries, None)
        self._run: tuple[int, int] | None = None
        """The positions, from and to, of entries in a row that differ."""
        self._roots = Roots(self.check, WHOSE, _held(db))
        self._tiles = Tiles(self.check, WHOSE, self.size, self._tile)

    def see(
        self, position: int, line: bytes, leaf: bytes, tree: Frontier, tiles: Iterable[Tile]
    ) -> None:
        """The next entry of the log, and the tree with it, of which it fills these tiles."""
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
        """The log ends."""
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
        first, last = self._run
        those = f"Position {first:,} is"
        if last > first:
            those = f"Positions {first:,} to {last:,} are"
        self.check.find(
            Kind.ENTRY_DIFFERS, first, f"{those} not in the log as signed: the notebook has it."
        )

    def _tile(self, level: int, index: int) -> tuple[bytes, bytes] | None:
        row = self._db.execute(
            "SELECT root, hashes FROM tiles WHERE level = ? AND tile = ?", [level, index]
        ).fetchone()
        return (bytes(row[0]), bytes(row[1])) if row else None


@contextmanager
def reading(path: Path, origin: str) -> Iterator[sqlite3.Connection | str]:
    """The notebook at a path as it is now; a sentence where it cannot be read, or is another's."""
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
    """The root that was signed at a size; None where none was."""
    row = db.execute("SELECT root FROM signed WHERE size = ?", [size]).fetchone()
    return bytes(row[0]) if row else None


def _held(db: sqlite3.Connection) -> Iterator[Held]:
    # Not `yield from`, which closes the cursor: the notebook may be closed by then.
    for row in db.execute("SELECT size, root FROM signed ORDER BY size"):  # noqa: UP028
        yield row


def _entries(db: sqlite3.Connection) -> Iterator[tuple[int, bytes, bytes]]:
    for row in db.execute("SELECT position, entry, leaf FROM entries ORDER BY position"):  # noqa: UP028
        yield row
