"""Tiles: the log as files that never change (https://c2sp.org/tlog-tiles). Pure.

A hash tile of level L holds up to 256 hashes, each of a complete subtree of 256**L leaves; an
entry bundle holds up to 256 entries, each after its length in two bytes, big-endian.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Self

from ledger.verify.tree import HASH_BYTES, HashAt, node_hash

WIDTH = 256
"""The hashes or entries of a full tile."""
MAX_ENTRY_BYTES = 65_535

_PATH = re.compile(
    r"tile/(?P<level>entries|0|[1-9][0-9]?)/(?P<index>(?:x[0-9]{3}/)*[0-9]{3})"
    r"(?:\.p/(?P<width>[1-9][0-9]{0,2}))?"
)


class TileError(ValueError):
    """A tile, or its path, is not what it should be: the message says what."""


@dataclass(frozen=True, slots=True)
class Tile:
    """Which tile: `level` 0 to 63, or None for entries; `index` in its level; `width` 1 to 256."""

    level: int | None
    index: int
    width: int = WIDTH

    @property
    def path(self) -> str:
        """`tile/0/x001/234.p/5`: below the log's prefix."""
        digits = str(self.index)
        digits = digits.zfill(-(-len(digits) // 3) * 3)
        *high, low = (digits[at : at + 3] for at in range(0, len(digits), 3))
        level = "entries" if self.level is None else str(self.level)
        partial = "" if self.width == WIDTH else f".p/{self.width}"
        return f"tile/{level}/{''.join(f'x{part}/' for part in high)}{low}{partial}"

    @property
    def full(self) -> Self:
        """The tile that this one becomes."""
        return replace(self, width=WIDTH)


def parse_path(path: str) -> Tile:
    """The tile at a path. TileError where it is the path of none, or is not its one spelling."""
    match = _PATH.fullmatch(path)
    if match is not None:
        level = None if match["level"] == "entries" else int(match["level"])
        index = int(match["index"].replace("x", "").replace("/", ""))
        found = Tile(level, index, int(match["width"] or WIDTH))
        if (level or 0) <= 63 and found.width <= WIDTH and found.path == path:
            return found
    raise TileError(f"“{path}” is the path of no tile.")


def tile_at(level: int | None, index: int, size: int) -> Tile | None:
    """The tile at an index, as wide as it is in a tree of a size; None where it is empty."""
    width = min((size >> 8 * (level or 0)) - index * WIDTH, WIDTH)
    return Tile(level, index, width) if width > 0 else None


def tiles_between(old: int, new: int) -> Iterator[Tile]:
    """The hash tiles that a tree of `new` leaves has and one of `old` had not, lowest first.

    Entry bundles are those of level 0, under another name.
    """
    level = 0
    while (now := new >> 8 * level) > 0:
        before = old >> 8 * level
        if now > before:
            for index in range(before // WIDTH, -(-now // WIDTH)):
                yield Tile(level, index, min(now - index * WIDTH, WIDTH))
        level += 1


def hash_tile(hashes: Iterable[bytes]) -> bytes:
    """The bytes of a hash tile."""
    return b"".join(hashes)


def parse_hash_tile(raw: bytes, width: int) -> list[bytes]:
    """The hashes of a tile. TileError where it has not that width."""
    if len(raw) != width * HASH_BYTES:
        raise TileError(f"A tile of {width} hashes has {width * HASH_BYTES} bytes, not {len(raw)}.")
    return [raw[at : at + HASH_BYTES] for at in range(0, len(raw), HASH_BYTES)]


def entry_bundle(entries: Iterable[bytes]) -> bytes:
    """The bytes of an entry bundle. TileError where an entry is over 65,535 bytes."""
    parts = []
    for entry in entries:
        if len(entry) > MAX_ENTRY_BYTES:
            raise TileError(f"An entry of a bundle has {MAX_ENTRY_BYTES} bytes at most.")
        parts += [len(entry).to_bytes(2, "big"), entry]
    return b"".join(parts)


def parse_entry_bundle(raw: bytes, width: int) -> list[bytes]:
    """The entries of a bundle. TileError where they are not `width`, or it ends within one."""
    found, at = [], 0
    while at < len(raw):
        end = at + 2 + int.from_bytes(raw[at : at + 2], "big")
        if end > len(raw) or at + 2 > len(raw):
            raise TileError("The bundle ends in the middle of an entry.")
        found.append(raw[at + 2 : end])
        at = end
    if len(found) != width:
        raise TileError(f"The bundle has {len(found)} entries, not {width}.")
    return found


def hash_at(size: int, read: Callable[[str], bytes]) -> HashAt:
    """A reader of the hashes of a tree of a size, from its tiles; it keeps the last 64 of them.

    `read` gives the bytes at a path; what it raises goes through. TileError where a tile has
    another width. Nothing is verified: that is for whoever compares the root.
    """

    @lru_cache(maxsize=64)
    def hashes(tile: Tile) -> list[bytes]:
        return parse_hash_tile(read(tile.path), tile.width)

    def at(level: int, index: int) -> bytes:
        span = 1 << level % 8
        first = index * span
        tile = tile_at(level // 8, first // WIDTH, size)
        start = first % WIDTH
        if tile is None or start + span > tile.width:
            raise TileError(f"A tree of {size} has no complete subtree {index} of level {level}.")
        return _folded(hashes(tile)[start : start + span])

    return at


def _folded(hashes: Sequence[bytes]) -> bytes:
    """The root over a power of two of hashes."""
    while len(hashes) > 1:
        pairs = zip(hashes[::2], hashes[1::2], strict=True)
        hashes = [node_hash(left, right) for left, right in pairs]
    return hashes[0]
