"""Where the signed bytes of a log can be had again: the sealer's notebook, or a mirror's folder.

A mirror is a folder with `log.jsonl` and `log.checkpoint` (as `answerable export log` writes them),
or with `checkpoint` and `tile/entries/…` (as C2SP tlog-tiles lays a log out).
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Protocol

from ledger.errors import AnswerableError
from ledger.seal.notebook import Notebook
from ledger.verify import checkpoint
from ledger.verify.note import NoteError, VerifierKey
from ledger.verify.pieces import whole
from ledger.verify.tiles import MAX_ENTRY_BYTES, WIDTH, TileError, parse_entry_bundle, tile_at

_MOST = WIDTH * (MAX_ENTRY_BYTES + 2)
"""Bytes of a tile of entries."""


class NoSource(AnswerableError):
    """There is nothing there to take signed entries from."""


class SignedLog(Protocol):
    """Entries that were signed: how many, their root, and their canonical lines."""

    @property
    def where(self) -> str:
        """What it is, in words."""

    @property
    def size(self) -> int:
        """How many entries."""

    @property
    def root(self) -> bytes:
        """The root that was signed."""

    def lines(self) -> Iterator[bytes]:
        """Every line, from the first."""


@dataclass(frozen=True)
class OfNotebook:
    """What the sealer's notebook has."""

    notebook: Notebook
    size: int
    root: bytes

    @property
    def where(self) -> str:
        return "the sealer's notebook"

    def lines(self) -> Iterator[bytes]:
        for _, line in self.notebook.entries(0, self.size):
            yield line


@dataclass(frozen=True)
class OfMirror:
    """What a mirror's folder has."""

    folder: Path
    size: int
    root: bytes

    @property
    def where(self) -> str:
        return f"the mirror in {self.folder}"

    def lines(self) -> Iterator[bytes]:
        if (exported := self.folder / "log.jsonl").is_file():
            with exported.open("rb") as file:  # a longer line is no entry's, so it is cut
                lines = iter(lambda: file.readline(MAX_ENTRY_BYTES + 2), b"")
                for line in islice(lines, self.size):
                    yield line.removesuffix(b"\n")
            return
        for index in range(-(-self.size // WIDTH)):
            tile = tile_at(None, index, self.size)
            assert tile is not None
            found = self.folder / tile.path
            try:
                if found.is_file():
                    yield from parse_entry_bundle(whole(found, _MOST), tile.width)
                else:  # a mirror may have the full tile, which this one has become since
                    full = whole(self.folder / tile.full.path, _MOST)
                    yield from parse_entry_bundle(full, WIDTH)[: tile.width]
            except (OSError, TileError) as error:
                raise NoSource(f"{found}: {error}") from None


def of_notebook(notebook: Notebook) -> OfNotebook:
    """What a notebook has."""
    last = notebook.last()
    return OfNotebook(notebook, last.size, last.root)


def of_mirror(folder: Path, keys: Iterable[VerifierKey], origin: str) -> OfMirror:
    """What a folder has, by its checkpoint. NoSource where no key given signed that."""
    for name in ("log.checkpoint", "checkpoint"):
        if (path := folder / name).is_file():
            try:
                found = checkpoint.open(whole(path, 1_000_000), keys, origin).checkpoint
            except (OSError, NoteError) as error:
                raise NoSource(f"{path}: {error}") from None
            return OfMirror(folder, found.size, found.root)
    raise NoSource(f"{folder} has no checkpoint: a mirror's folder has one beside its entries.")
