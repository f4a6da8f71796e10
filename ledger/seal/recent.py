"""What was sealed lately, as one process remembers it: a receipt that is made of it asks nobody.

The first checkpoint over an entry stays the first, and a tile of a width never changes. Even so,
whoever makes a receipt of them checks it against the root that was signed.
"""

import threading
from bisect import bisect_left
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from ledger.verify import tiles
from ledger.verify.tiles import WIDTH, Tile
from ledger.verify.tree import HASH_BYTES

MOST = 64
"""The checkpoints, and the tiles, that are remembered: 8 kB each at most."""


@dataclass(frozen=True, slots=True)
class Sealing:
    """A published checkpoint: of `size` entries, the signed note, and when (not signed)."""

    size: int
    root: bytes
    note: str
    sealed_at: datetime


@dataclass(frozen=True, slots=True)
class Grown(Sealing):
    """It with the hashes of the leaves that it brought, side by side."""

    leaves: bytes


class LatelySealed:
    """The newest checkpoints, one after the other without a gap, and the tiles last used."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._newest: list[Grown] = []
        self._tiles: OrderedDict[str, bytes] = OrderedDict()

    @property
    def size(self) -> int:
        """The size of the newest one; 0 where none is known."""
        with self._lock:
            return self._newest[-1].size if self._newest else 0

    def learn(self, grown: Sequence[Grown]) -> None:
        """Remember checkpoints, in order; what they do not go on from is forgotten."""
        with self._lock:
            for one in grown:
                if self._newest and one.size <= self._newest[-1].size:
                    continue  # another look was first
                before = one.size - len(one.leaves) // HASH_BYTES
                if self._newest and self._newest[-1].size != before:
                    self._newest.clear()
                self._newest.append(one)
                self._grow(before, one.leaves)
            del self._newest[:-MOST]

    def forget(self) -> None:
        """Forget all: it is not what was signed."""
        with self._lock:
            self._newest.clear()
            self._tiles.clear()

    def first_over(self, position: int) -> Sealing | None:
        """The first checkpoint that covers a position, where that is sure."""
        with self._lock:
            at = bisect_left(self._newest, position, key=lambda one: one.size)
            if at == len(self._newest):
                return None
            one = self._newest[at]
            return one if position > one.size - len(one.leaves) // HASH_BYTES else None

    def tile(self, path: str) -> bytes | None:
        """The bytes of the hash tile at a path, if they are known."""
        with self._lock:
            if path in self._tiles:
                self._tiles.move_to_end(path)
            return self._tiles.get(path)

    def keep(self, path: str, raw: bytes) -> None:
        """Remember a hash tile."""
        with self._lock:
            self._keep(path, raw)

    def _grow(self, size: int, leaves: bytes) -> None:
        """The tiles of level 0 that came of a tile, if that is known, and the leaves after it."""
        index, width = divmod(size, WIDTH)
        raw = self._tiles.get(Tile(0, index, width).path) if width else b""
        if raw is None:
            return
        raw += leaves
        for at in range(0, len(raw), WIDTH * HASH_BYTES):
            hashes = raw[at : at + WIDTH * HASH_BYTES]
            self._keep(Tile(0, index, len(hashes) // HASH_BYTES).path, hashes)
            index += 1

    def _keep(self, path: str, raw: bytes) -> None:
        width = tiles.parse_path(path).width
        if len(raw) != width * HASH_BYTES:
            return  # what is not there yet is asked for again
        self._tiles[path] = raw
        self._tiles.move_to_end(path)
        while len(self._tiles) > MOST:
            self._tiles.popitem(last=False)
