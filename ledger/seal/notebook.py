"""The sealer's own notebook: what it signed, and the bytes that it signed, outside PostgreSQL.

A file of SQLite whose every change is on the disk before anything that follows from it leaves the
process (`synchronous=FULL`). It is the sealer's memory: whoever restores an older database, or
rewrites an entry in it, is found out by what stands here. The log goes on only from the size that
was signed last (a compare-and-swap), so of two sealers with one notebook only one can sign.

It belongs on a disk of its own machine: SQLite's locks are not sure over a network.
"""

import sqlite3
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.resources import files
from itertools import islice
from pathlib import Path

from ledger.errors import AnswerableError
from ledger.verify.tree import EMPTY_ROOT, HASH_BYTES, WIDTH, Frontier, hash_tile, leaf_hash

_BATCH = 1000
"""So many entries are in memory at once."""
_FORM = 1
"""The form of the file, as `PRAGMA user_version` has it."""


class NotebookError(AnswerableError):
    """The notebook cannot be used, or is another log's; the sentence says what to do."""


class AnotherSigned(NotebookError):
    """Another sealer signed on in this notebook meanwhile."""


@dataclass(frozen=True, slots=True)
class Signed:
    """A size that was signed, in entries, and its root."""

    size: int
    root: bytes


@dataclass(frozen=True, slots=True)
class FullTile:
    """A full hash tile with the hash of its level above."""

    level: int
    tile: int
    root: bytes
    hashes: bytes


class Notebook:
    """One log's notebook. Used by one thread at a time."""

    def __init__(self, path: Path, origin: str) -> None:
        """Open it, or begin it. Raise NotebookError if it is another log's, or cannot be opened."""
        self.path = path
        self.origin = origin
        try:
            path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._db = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
            self._db.execute("PRAGMA journal_mode = WAL")
            self._db.execute("PRAGMA synchronous = FULL")
            self._db.execute("PRAGMA busy_timeout = 5000")
            self._begin()
        except (OSError, sqlite3.Error) as error:
            raise NotebookError(f"The sealer's notebook {path} cannot be used: {error}.") from None

    def _begin(self) -> None:
        db = self._db
        db.execute("BEGIN IMMEDIATE")
        try:
            (form,) = db.execute("PRAGMA user_version").fetchone()
            if form == 0:
                ddl = files("ledger.seal").joinpath("notebook.sql").read_text("utf-8")
                for statement in ddl.split(";"):
                    db.execute(statement)
                first = (self.origin, 0, EMPTY_ROOT, b"")
                db.execute(
                    "INSERT INTO log (one, origin, size, root, frontier) VALUES (1, ?, ?, ?, ?)",
                    first,
                )
                db.execute(f"PRAGMA user_version = {_FORM}")
            elif form != _FORM:
                raise NotebookError(
                    f"The notebook {self.path} was written by a newer version: install that."
                )
            (origin,) = db.execute("SELECT origin FROM log").fetchone()
            if origin != self.origin:
                raise NotebookError(
                    f"The notebook {self.path} is that of the log “{origin}”, not of "
                    f"“{self.origin}”: set ANSWERABLE_ORIGIN, or give this log a folder of its own."
                )
        except BaseException:
            db.execute("ROLLBACK")
            db.close()
            raise
        db.execute("COMMIT")

    def close(self) -> None:
        self._db.close()

    # What was signed

    def last(self) -> Signed:
        """Return the size that was signed last, and its root; at first 0 and the empty tree's."""
        return Signed(*self._db.execute("SELECT size, root FROM log").fetchone())

    def frontier(self) -> Frontier:
        """Return the tree of what was signed last, ready to grow."""
        size, raw = self._db.execute("SELECT size, frontier FROM log").fetchone()
        hashes = (raw[at : at + HASH_BYTES] for at in range(0, len(raw), HASH_BYTES))
        return Frontier(size, hashes)

    def root_of(self, size: int) -> bytes | None:
        """Return the root that was signed at a size; None if none was."""
        row = self._db.execute("SELECT root FROM signed WHERE size = ?", [size]).fetchone()
        return bytes(row[0]) if row else None

    def signed_after(self, size: int) -> list[Signed]:
        """Return the sizes signed beyond a size, with their roots, in order."""
        rows = self._db.execute(
            "SELECT size, root FROM signed WHERE size > ? ORDER BY size", [size]
        ).fetchall()
        return [Signed(*row) for row in rows]

    def keep(self, after: int, entries: Iterable[bytes], about_keys: Iterable[int] = ()) -> Signed:
        """Keep the entries that follow a size, and that the log with them is now to be signed.

        On the disk when it returns; sign only then. `about_keys` are the positions of those among
        them that are about keys. AnotherSigned where the size signed last is another one,
        NotebookError where the tree that it keeps is not the one that was signed.
        """
        db = self._db
        try:
            db.execute("BEGIN IMMEDIATE")
            try:
                signed = self._keep(after, entries, about_keys)
            except BaseException:
                if db.in_transaction:  # a full disk has ended it already
                    db.execute("ROLLBACK")
                raise
            db.execute("COMMIT")
        except sqlite3.Error as error:
            raise NotebookError(
                f"The sealer's notebook {self.path} cannot be written: {error}."
            ) from error
        return signed

    def _keep(self, after: int, entries: Iterable[bytes], about_keys: Iterable[int]) -> Signed:
        db, tree = self._db, self.frontier()
        if tree.size != after:
            raise AnotherSigned(
                f"Another sealer signed {tree.size} entries in {self.path}, where {after} were "
                "expected: only one may use it. End the other one."
            )
        if tree.root() != self.last().root:
            raise NotebookError(
                f"The notebook {self.path} is damaged: its tree of {after} entries has not the "
                "root that was signed. Nothing is signed by it; bring a copy of it back."
            )
        coming = iter(entries)
        while batch := list(islice(coming, _BATCH)):
            leaves = [leaf_hash(entry) for entry in batch]
            db.executemany(
                "INSERT INTO entries (position, leaf, entry) VALUES (?, ?, ?)",
                zip(range(tree.size + 1, tree.size + len(batch) + 1), leaves, batch, strict=True),
            )
            tree.extend(leaves)
        db.executemany("INSERT INTO key_entries VALUES (?)", ([one] for one in about_keys))
        self._fill_tiles(after, tree.size)
        signed = Signed(tree.size, tree.root())
        db.execute("INSERT INTO signed (size, root) VALUES (?, ?)", [signed.size, signed.root])
        db.execute(
            "UPDATE log SET size = ?, root = ?, frontier = ?, seen = NULL, seen_at = NULL",
            [signed.size, signed.root, b"".join(tree.hashes)],
        )
        return signed

    def _fill_tiles(self, old: int, new: int) -> None:
        """Make the hash tiles that are full at the new size and were not at the old one."""
        level, before, now = 0, old // WIDTH, new // WIDTH
        while now > before:
            for tile in range(before, now):
                hashes = self._hashes(level, tile)
                over = Frontier()
                for one in hashes:
                    over.append(one)
                self._db.execute(
                    "INSERT INTO tiles (level, tile, root, hashes) VALUES (?, ?, ?, ?)",
                    [level, tile, over.root(), hash_tile(hashes)],
                )
            level, before, now = level + 1, before // WIDTH, now // WIDTH

    def _hashes(self, level: int, tile: int) -> list[bytes]:
        """Read the parts of a full tile: leaf hashes, or the roots of the tiles below it."""
        first = tile * WIDTH
        if level == 0:
            query = "SELECT leaf FROM entries WHERE position > ? AND position <= ?"
            rows = self._db.execute(f"{query} ORDER BY position", [first, first + WIDTH])
        else:
            query = "SELECT root FROM tiles WHERE level = ? AND tile >= ? AND tile < ?"
            bounds = [level - 1, first, first + WIDTH]
            rows = self._db.execute(f"{query} ORDER BY tile", bounds)
        return [one for (one,) in rows]

    # What it holds

    def entries(self, after: int, upto: int) -> Iterator[tuple[int, bytes]]:
        """Read (position, canonical line) of the entries after a position up to another."""
        yield from self._db.execute(
            "SELECT position, entry FROM entries WHERE position > ? AND position <= ?"
            " ORDER BY position",
            [after, upto],
        )

    def entry(self, position: int) -> bytes | None:
        """Return the canonical line that was signed at a position; None beyond the last."""
        row = self._db.execute(
            "SELECT entry FROM entries WHERE position = ?", [position]
        ).fetchone()
        return bytes(row[0]) if row else None

    def leaves(self, after: int, upto: int) -> bytes:
        """Read the leaf hashes after a size up to another, side by side."""
        rows = self._db.execute(
            "SELECT leaf FROM entries WHERE position > ? AND position <= ? ORDER BY position",
            [after, upto],
        )
        return b"".join(leaf for (leaf,) in rows)

    def tiles_between(self, old: int, new: int) -> list[FullTile]:
        """List the hash tiles that are full at a size and were not at another."""
        found, level, before, now = [], 0, old // WIDTH, new // WIDTH
        while now > before:
            rows = self._db.execute(
                "SELECT level, tile, root, hashes FROM tiles"
                " WHERE level = ? AND tile >= ? AND tile < ? ORDER BY tile",
                [level, before, now],
            )
            found += [FullTile(*row) for row in rows]
            level, before, now = level + 1, before // WIDTH, now // WIDTH
        return found

    def key_entries(self) -> list[tuple[int, bytes]]:
        """Read (position, canonical line) of the entries about keys, in order."""
        rows = self._db.execute(
            "SELECT position, entry FROM key_entries JOIN entries USING (position)"
            " ORDER BY position"
        ).fetchall()
        return [(position, bytes(entry)) for position, entry in rows]

    # When it last looked and found nothing wrong

    def remember(self, seen: int, at: datetime) -> None:
        """Keep, over a restart, what was there when all was well: an entry's time is refused."""
        self._db.execute("UPDATE log SET seen = ?, seen_at = ?", [seen, at.isoformat()])

    def remembered(self) -> tuple[int, datetime] | None:
        """Return the value that was given to `remember`, until something is signed; None if there
        is none."""
        seen, at = self._db.execute("SELECT seen, seen_at FROM log").fetchone()
        if at is None:
            return None
        try:
            return int(seen), datetime.fromisoformat(at).astimezone(UTC)
        except (TypeError, ValueError, OverflowError):
            raise NotebookError(
                f"The notebook {self.path} is damaged: when the log was last found to be well is "
                "no moment there. Nothing is signed by it; bring a copy of it back."
            ) from None
