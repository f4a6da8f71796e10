"""Files that somebody else gave, read within limits: plain files, and lines in pieces."""

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
    """A path that holds no plain file, or one that is too long."""


def plain(path: Path) -> Path:
    """Return the path of a plain file. It may raise NoFileError or OSError.

    A folder from somebody else may hold a pipe, which would block for ever, or a link to a device
    without end.
    """
    if not stat.S_ISREG(path.stat().st_mode):
        raise NoFileError(f"{path} is no plain file.")
    return path


def whole(path: Path, most: int) -> bytes:
    """Read all of a file, up to so many bytes. It may raise NoFileError or OSError."""
    with plain(path).open("rb") as file:
        size = os.fstat(file.fileno()).st_size
        if size > most:
            raise NoFileError(f"{path} has more than {most:,} bytes: it is not what it should be.")
        return file.read(size)


def pieces(file: BinaryIO, most: int = MOST) -> Iterator[bytes]:
    """Read a file piece by piece, each of whole lines. Raise LongLineError if a line goes on for
    more bytes than `most` after a piece."""
    while piece := file.read(SIZE):
        if not piece.endswith(b"\n"):
            rest = file.readline(most)
            if len(rest) == most and not rest.endswith(b"\n"):
                raise LongLineError(f"A line goes on for {most:,} bytes and more: it is no log's.")
            piece += rest
        yield piece


def lines(piece: bytes) -> list[bytes]:
    """Return the lines of a piece, without their ends."""
    return piece.removesuffix(b"\n").split(b"\n") if piece else []


def first(several: Iterable[bytes], most: int) -> Iterator[bytes]:
    """Yield pieces, up to so many lines."""
    for piece in several:
        if most <= 0:
            return
        found = lines(piece)
        yield piece if len(found) <= most else b"\n".join(found[:most]) + b"\n"
        most -= len(found)
