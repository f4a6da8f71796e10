"""The arithmetic of RFC 6962 Merkle trees (SHA-256): roots, proofs and their verification; and the
tiles in which a tree is published. Pure.

Sizes are numbers of leaves, indexes start at 0, hashes are 32 bytes. RFC 6962 section 2.1 defines
the tree and its proofs; RFC 9162 sections 2.1.3.2 and 2.1.4.2 say how they are verified.

Tiles are the log as files that never change (https://c2sp.org/tlog-tiles). A hash tile of level L
holds up to 256 hashes, each of a complete subtree of 256**L leaves. An entry bundle holds up to 256
entries, each after its length in two bytes, big-endian.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from hashlib import sha256
from typing import Self

HASH_BYTES = 32
EMPTY_ROOT = sha256(b"").digest()
"""The root of a tree without leaves."""

HashAt = Callable[[int, int], bytes]
"""(level, index) → the hash of the index-th complete subtree of 2**level leaves."""


class ProofError(ValueError):
    """A proof does not show what it should: the message says which and why."""


def leaf_hash(entry: bytes) -> bytes:
    """Return the hash of a leaf: SHA-256(0x00 || entry)."""
    return sha256(b"\x00" + entry).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """Return the hash of a node over its two children: SHA-256(0x01 || left || right)."""
    return sha256(b"\x01" + left + right).digest()


class Frontier:
    """A tree that grows at its end, held as the roots of its complete subtrees, largest first.

    The binary digits of the size say which there are, so `hashes` and `size` are the whole state.
    """

    def __init__(self, size: int = 0, hashes: Iterable[bytes] = ()) -> None:
        """Begin with the tree of a size. Raise ValueError if the hashes cannot be those of that
        size."""
        self.size = size
        self.hashes = list(hashes)
        wanted = size.bit_count() if size >= 0 else -1
        if len(self.hashes) != wanted or any(len(one) != HASH_BYTES for one in self.hashes):
            raise ValueError(f"A tree of {size} leaves has {wanted} complete subtrees of 32 bytes.")

    def append(self, leaf: bytes) -> None:
        """Add a leaf, by its hash."""
        hashes, size = self.hashes, self.size
        while size & 1:
            leaf = sha256(b"\x01" + hashes.pop() + leaf).digest()
            size >>= 1
        hashes.append(leaf)
        self.size += 1

    def extend(self, leaves: Sequence[bytes]) -> None:
        """Add many leaves, by their hashes: level by level, which is faster than one by one."""
        size, nodes, left_over = self.size, list(leaves), []
        self.size += len(nodes)
        while nodes:
            if size & 1:
                nodes.insert(0, self.hashes.pop())
            if len(nodes) & 1:
                left_over.append(nodes.pop())
            pairs = zip(nodes[::2], nodes[1::2], strict=True)
            nodes = [sha256(b"\x01" + left + right).digest() for left, right in pairs]
            size >>= 1
        self.hashes += reversed(left_over)

    def root(self) -> bytes:
        """Return the root of the tree as it is now."""
        if not self.hashes:
            return EMPTY_ROOT
        *rest, found = self.hashes
        for left in reversed(rest):
            found = node_hash(left, found)
        return found


def root(size: int, hash_at: HashAt) -> bytes:
    """Return the root of the tree of a size, from its complete subtrees."""
    return _root(0, size, hash_at) if size else EMPTY_ROOT


def inclusion_proof(index: int, size: int, hash_at: HashAt) -> list[bytes]:
    """Return PATH(index, D[size]) of RFC 6962, 2.1.1: from the leaf's sibling up to the root's
    child."""
    if not 0 <= index < size:
        raise ValueError(f"There is no leaf {index} in a tree of {size}.")
    found, start, end = [], 0, size
    while end - start > 1:
        middle = start + _split(end - start)
        if index < middle:
            found.append(_root(middle, end, hash_at))
            end = middle
        else:
            found.append(_root(start, middle, hash_at))
            start = middle
    return found[::-1]


def consistency_proof(old: int, new: int, hash_at: HashAt) -> list[bytes]:
    """Return PROOF(old, D[new]) of RFC 6962, 2.1.2. It is empty if old is 0 or new."""
    if not 0 <= old <= new:
        raise ValueError(f"A tree of {old} leaves does not grow into one of {new}.")
    if old == 0:
        return []
    found, start, end = [], 0, new
    while end != old:
        middle = start + _split(end - start)
        if old <= middle:
            found.append(_root(middle, end, hash_at))
            end = middle
        else:
            found.append(_root(start, middle, hash_at))
            start = middle
    if start:
        found.append(_root(start, end, hash_at))
    return found[::-1]


def root_from_inclusion(index: int, size: int, leaf: bytes, proof: Sequence[bytes]) -> bytes:
    """Return the root to which a proof leads from a leaf's hash. Raise ProofError if its shape is
    wrong."""
    if not 0 <= index < size:
        raise ProofError(f"There is no leaf {index} in a tree of {size}.")
    _whole([leaf, *proof])
    node, last, found = index, size - 1, leaf
    for one in proof:
        if last == 0:
            raise ProofError("The inclusion proof has more hashes than the tree has levels.")
        if node & 1 or node == last:
            found = node_hash(one, found)
            while not node & 1 and node:
                node, last = node >> 1, last >> 1
        else:
            found = node_hash(found, one)
        node, last = node >> 1, last >> 1
    if last:
        raise ProofError("The inclusion proof has fewer hashes than the tree has levels.")
    return found


def verify_inclusion(
    index: int, size: int, leaf: bytes, proof: Sequence[bytes], root: bytes
) -> None:
    """Check that a leaf's hash is in the tree of a size and root. Raise ProofError if it is not."""
    if root_from_inclusion(index, size, leaf, proof) != root:
        raise ProofError(
            f"The inclusion proof of leaf {index} leads to another root than that of size {size}."
        )


def verify_consistency(
    old: int, new: int, old_root: bytes, new_root: bytes, proof: Sequence[bytes]
) -> None:
    """Check that the tree of `new` leaves begins with that of `old`. Raise ProofError if the proof
    does not show it.

    `old` is 1 or more: every tree begins with the empty one, and no proof shows that.
    """
    if not 0 < old <= new:
        raise ProofError(f"No proof shows that a tree of {old} leaves grows into one of {new}.")
    _whole(proof)
    if old == new:
        if proof:
            raise ProofError("Nothing is to be proven here, yet the proof is not empty.")
        if old_root != new_root:
            raise ProofError(f"There are two roots of one size, {new}: a fork.")
        return
    if not proof:
        raise ProofError(f"No proof that the tree of {new} begins with that of {old}.")
    rest = list(proof) if old & (old - 1) else [old_root, *proof]
    node, last = old - 1, new - 1
    while node & 1:
        node, last = node >> 1, last >> 1
    was = now = rest[0]
    for one in rest[1:]:
        if last == 0:
            raise ProofError("The consistency proof has more hashes than the tree has levels.")
        if node & 1 or node == last:
            was, now = node_hash(one, was), node_hash(one, now)
            while not node & 1 and node:
                node, last = node >> 1, last >> 1
        else:
            now = node_hash(now, one)
        node, last = node >> 1, last >> 1
    if last:
        raise ProofError("The consistency proof has fewer hashes than the tree has levels.")
    if was != old_root or now != new_root:
        raise ProofError(f"The proof does not lead from the root of {old} to that of {new}.")


def _root(start: int, end: int, hash_at: HashAt) -> bytes:
    """Return MTH(D[start:end]); start is a multiple of the least power of two that holds it."""
    size = end - start
    if size & (size - 1) == 0:
        return hash_at(size.bit_length() - 1, start // size)
    middle = start + _split(size)
    return node_hash(_root(start, middle, hash_at), _root(middle, end, hash_at))


def _split(size: int) -> int:
    """Return the largest power of two that is less than a size of 2 or more."""
    return 1 << ((size - 1).bit_length() - 1)


def _whole(hashes: Iterable[bytes]) -> None:
    if any(len(one) != HASH_BYTES for one in hashes):
        raise ProofError(f"A hash here has not {HASH_BYTES} bytes.")


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
        """Return the tile that this one becomes."""
        return replace(self, width=WIDTH)


def parse_path(path: str) -> Tile:
    """Return the tile at a path. Raise TileError if it is no tile's path, or another spelling of
    one."""
    match = _PATH.fullmatch(path)
    if match is not None:
        level = None if match["level"] == "entries" else int(match["level"])
        index = int(match["index"].replace("x", "").replace("/", ""))
        found = Tile(level, index, int(match["width"] or WIDTH))
        if (level or 0) <= 63 and found.width <= WIDTH and found.path == path:
            return found
    raise TileError(f"“{path}” is the path of no tile.")


def tile_at(level: int | None, index: int, size: int) -> Tile | None:
    """Return the tile at an index, as wide as it is in a tree of a size; None if it is empty."""
    width = min((size >> 8 * (level or 0)) - index * WIDTH, WIDTH)
    return Tile(level, index, width) if width > 0 else None


def tiles_between(old: int, new: int) -> Iterator[Tile]:
    """List the hash tiles that a tree of `new` leaves has and one of `old` had not, lowest first.

    Entry bundles are the tiles of level 0, under another name.
    """
    level = 0
    while (now := new >> 8 * level) > 0:
        before = old >> 8 * level
        if now > before:
            for index in range(before // WIDTH, -(-now // WIDTH)):
                yield Tile(level, index, min(now - index * WIDTH, WIDTH))
        level += 1


def hash_tile(hashes: Iterable[bytes]) -> bytes:
    """Return the bytes of a hash tile."""
    return b"".join(hashes)


def parse_hash_tile(raw: bytes, width: int) -> list[bytes]:
    """Return the hashes of a tile. Raise TileError if it has another width."""
    if len(raw) != width * HASH_BYTES:
        raise TileError(f"A tile of {width} hashes has {width * HASH_BYTES} bytes, not {len(raw)}.")
    return [raw[at : at + HASH_BYTES] for at in range(0, len(raw), HASH_BYTES)]


def entry_bundle(entries: Iterable[bytes]) -> bytes:
    """Return the bytes of an entry bundle. Raise TileError if an entry is over 65,535 bytes."""
    parts = []
    for entry in entries:
        if len(entry) > MAX_ENTRY_BYTES:
            raise TileError(f"An entry of a bundle has {MAX_ENTRY_BYTES} bytes at most.")
        parts += [len(entry).to_bytes(2, "big"), entry]
    return b"".join(parts)


def parse_entry_bundle(raw: bytes, width: int) -> list[bytes]:
    """Return the entries of a bundle. Raise TileError if they are not `width`, or it ends within
    one."""
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
    """Return a reader of the hashes of a tree of a size, from its tiles. It keeps the last 64 of
    them.

    `read` gives the bytes at a path, and its errors go through. Raise TileError if a tile has
    another width. Nothing is verified here: the caller compares the root.
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
    """Return the root over a power of two of hashes."""
    while len(hashes) > 1:
        pairs = zip(hashes[::2], hashes[1::2], strict=True)
        hashes = [node_hash(left, right) for left, right in pairs]
    return hashes[0]
