"""What somebody else gave, read within bounds: plain files, and lines in pieces of some size."""

import os
import stat
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import BinaryIO

SIZE = 1 << 16
MOST = 1 << 25
"""Bytes of a line at most: more than the longest text has, each of its characters escaped."""


class LongLineError(ValueError):
    """A line is longer than any that we write: the message says so."""


class NoFileError(OSError):
    """What lies there is no file of bytes, or too long for what it is said to be."""


def plain(path: Path) -> Path:
    """A path of a file of bytes. Who sent a folder may have put a pipe there, at which one waits
    for ever, or a link to a device without end. NoFileError, OSError."""
    if not stat.S_ISREG(path.stat().st_mode):
        raise NoFileError(f"{path} is no plain file.")
    return path


def whole(path: Path, most: int) -> bytes:
    """All of a file of so many bytes at most. NoFileError, OSError."""
    with plain(path).open("rb") as file:
        size = os.fstat(file.fileno()).st_size
        if size > most:
            raise NoFileError(f"{path} has more than {most:,} bytes: it is not what it should be.")
        return file.read(size)


def pieces(file: BinaryIO, most: int = MOST) -> Iterator[bytes]:
    """A file, piece by piece; a line that is longer than one makes it longer. LongLineError where
    one goes on for more bytes than `most` after that."""
    while piece := file.read(SIZE):
        if not piece.endswith(b"\n"):
            rest = file.readline(most)
            if len(rest) == most and not rest.endswith(b"\n"):
                raise LongLineError(f"A line goes on for {most:,} bytes and more: it is no log's.")
            piece += rest
        yield piece


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
