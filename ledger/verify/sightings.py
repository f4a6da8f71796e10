"""The file of a watcher: the checkpoints that it saw, one JSON object a line, by its own clock."""

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import IO

from ledger.verify.checkpoint import parse_proof
from ledger.verify.pieces import whole
from ledger.verify.tree import ProofError

MOST = 100_000_000
"""Bytes of a watcher's file at most: of looks every hour, for many years."""
_NEEDED = {"seen_at", "url", "checkpoint"}
_OPTIONAL = {"finding"}


class SightingError(Exception):
    """A watcher's file is not what it should be: the message says where."""


@dataclass(frozen=True, slots=True)
class Sighting:
    """A checkpoint that was seen."""

    seen_at: str
    """The watcher's clock, RFC 3339, UTC."""
    url: str
    checkpoint: str
    """The signed note, byte for byte."""
    finding: str | None = None

    @property
    def line(self) -> bytes:
        """It as a line of a file."""
        return json.dumps(asdict(self), ensure_ascii=False).encode() + b"\n"


class Book:
    """A watcher's file, held open by one watcher at a time."""

    def __init__(self, file: IO[bytes], lines: list[Sighting], end: int) -> None:
        """Take a file, the lines that it holds, and the offset at which its last whole line
        ends."""
        self._file = file
        self._end = end
        self.lines = lines

    def add(self, kept: Sighting) -> None:
        """Add a line, which is on disk when this returns. A line that a crash cut short is
        replaced."""
        self._file.truncate(self._end)
        self._file.seek(self._end)
        self._file.write(kept.line)
        self._file.flush()
        os.fsync(self._file.fileno())
        self._end = self._file.tell()
        self.lines.append(kept)


@contextmanager
def book(path: Path) -> Iterator[Book]:
    """Open a watcher's file, or begin one. It may raise SightingError or OSError. Raise
    BlockingIOError if it is held."""
    with path.open("ab+") as file:
        _lock(file)
        file.seek(0)
        raw = file.read()
        end = raw.rfind(b"\n") + 1
        try:
            if parse(raw[end:], str(path)):  # it is whole, and lost its line end alone
                file.write(b"\n")
                raw, end = raw + b"\n", len(raw) + 1
        except SightingError:
            pass  # cut short by a crash
        yield Book(file, parse(raw[:end], str(path)), end)


def _lock(file: IO[bytes]) -> None:
    """Hold a file alone, if the system has such locks (Windows has none). Raise BlockingIOError if
    another process holds it."""
    try:
        import fcntl
    except ImportError:
        return
    fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)


def parse(raw: bytes, name: str) -> list[Sighting]:
    """Parse the lines of a watcher's file. SightingError names the line that is no sighting."""
    found = []
    for number, line in enumerate(raw.splitlines(), 1):
        try:
            said = json.loads(line)
            if not isinstance(said, dict) or said.keys() - _OPTIONAL != _NEEDED:
                raise ValueError("it has not seen_at, url and checkpoint")
            kept = Sighting(**said)
            words = (kept.seen_at, kept.url, kept.checkpoint, kept.finding or "")
            if not all(isinstance(one, str) for one in words):
                raise ValueError("seen_at, url, checkpoint and finding are strings")
            "".join(words).encode()  # lone surrogates are no text that anybody signed or wrote
        except (ValueError, RecursionError) as error:
            raise SightingError(
                f"{name}, line {number}: no checkpoint as kept by watch ({error})."
            ) from None
        found.append(kept)
    return found


def checkpoints_in(path: Path) -> Iterator[tuple[str, bytes]]:
    """Read the checkpoints in a file, by name: a single one, that of a receipt, or all that a
    watcher saw.

    A checkpoint that the watcher refused is signed too, and may show that a log forked. It may
    raise SightingError or OSError.
    """
    raw = whole(path, MOST)
    if raw.startswith(b"{"):
        for kept in parse(raw, str(path)):
            yield f"{path}, {kept.seen_at}", kept.checkpoint.encode()
        return
    try:
        yield str(path), parse_proof(raw).checkpoint.encode()
    except ProofError:
        yield str(path), raw
