"""The tree as the bytes of the entries make it, against roots and tiles that are held.

Nothing that is stored is taken for a hash: leaves, tiles and roots are made again, in one pass.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from ledger.audit.findings import Check, Kind
from ledger.verify.tiles import WIDTH
from ledger.verify.tree import HASH_BYTES, Frontier

Held = tuple[int, bytes]
"""A size that was signed, and its root."""


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
        """The tree has one more leaf."""
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
        """The log ends, at a size."""
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
class Tile:
    """A full hash tile: 256 hashes, and the root over them."""

    level: int
    index: int
    root: bytes
    hashes: bytes

    @property
    def end(self) -> int:
        """The least size at which it is full."""
        return (self.index + 1) << 8 * (self.level + 1)


@dataclass(slots=True)
class Growing:
    """Full tiles, as leaves make them."""

    _levels: list[tuple[list[bytes], int]] = field(default_factory=list)

    def see(self, leaf: bytes) -> Iterator[Tile]:
        """One more leaf: the tiles that it fills, lowest first."""
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
            yield Tile(level, index, one, b"".join(hashes))
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
        """`stored` gives (root, hashes) of a level and index; `sealed` is the size they are of."""
        self._check, self._whose = check, whose
        self._sealed, self._stored = sealed, stored

    def see(self, made: Tile) -> None:
        """A tile was made again from the entries."""
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
        """A tile is stored: its place is one that the entries fill."""
        if level < 0 or index < 0 or (index + 1) << 8 * (level + 1) > self._sealed:
            name = f"{self._whose}, tile {index:,} of level {level}"
            self._check.find(Kind.TILE_DIFFERS, 0, f"{name} is there, and no entries fill it.")


def first_difference(one: bytes, other: bytes) -> int:
    """The number, from 0, of the first hash in which two rows of hashes differ."""
    at = 0
    while one[at : at + HASH_BYTES] == other[at : at + HASH_BYTES]:
        at += HASH_BYTES
    return at // HASH_BYTES
