"""A file of lines in pieces of some size, each of whole lines."""

from collections.abc import Iterable, Iterator
from typing import BinaryIO

SIZE = 1 << 16


def pieces(file: BinaryIO) -> Iterator[bytes]:
    """A file, piece by piece; a line that is longer than one makes it longer."""
    while piece := file.read(SIZE):
        yield piece if piece.endswith(b"\n") else piece + file.readline()


def lines(piece: bytes) -> list[bytes]:
    """The lines of a piece, without their ends."""
    return piece.removesuffix(b"\n").split(b"\n") if piece else []


def first(several: Iterable[bytes], most: int) -> Iterator[bytes]:
    """Pieces, as far as the first so many lines."""
    for piece in several:
        if most <= 0:
            return
        found = lines(piece)
        yield piece if len(found) <= most else b"\n".join(found[:most]) + b"\n"
        most -= len(found)
