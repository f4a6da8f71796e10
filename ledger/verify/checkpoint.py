"""Checkpoints: the size and root of a log, signed (https://c2sp.org/tlog-checkpoint). Pure."""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from ledger.verify import note
from ledger.verify.note import Note, NoteError, SigningKey, VerifierKey
from ledger.verify.tree import HASH_BYTES

_SIZE = re.compile("0|[1-9][0-9]{0,18}")


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """What a log was at a size, in entries. Its text is the body of a signed note."""

    origin: str
    size: int
    root: bytes
    extensions: tuple[str, ...] = ()
    """Lines after the root: kept, since they are signed, and never written by us."""

    @property
    def text(self) -> str:
        """Origin, size and root, a line each, and the extension lines if there are any."""
        lines = (self.origin, str(self.size), note.to_base64(self.root), *self.extensions)
        return "".join(f"{line}\n" for line in lines)


@dataclass(frozen=True, slots=True)
class Opened:
    """A checkpoint whose signatures were verified, and the note that it came in."""

    checkpoint: Checkpoint
    note: Note


def parse(text: str) -> Checkpoint:
    """The checkpoint that the text of a note is. NoteError where it is none."""
    *lines, rest = text.split("\n")
    if rest or len(lines) < 3 or not all(lines):
        raise NoteError("A checkpoint is three lines or more, none of them empty.")
    origin, size, root, *extensions = lines
    if not _SIZE.fullmatch(size) or int(size) >= 1 << 63:
        raise NoteError("The second line of a checkpoint is the size, a plain number.")
    try:
        raw = note.from_base64(root)
    except NoteError:
        raw = b""
    if len(raw) != HASH_BYTES:
        raise NoteError("The third line of a checkpoint is the root, 32 bytes in Base 64.")
    return Checkpoint(origin, int(size), raw, tuple(extensions))


def sign(checkpoint: Checkpoint, *keys: SigningKey) -> str:
    """The signed note of a checkpoint. NoteError where it would not read back the same."""
    if parse(checkpoint.text) != checkpoint:
        raise NoteError("This checkpoint would not read back the same.")
    return note.sign(checkpoint.text, *keys)


def open(  # noqa: A001 - checkpoint.open
    text: str | bytes, keys: Iterable[VerifierKey], origin: str | None = None
) -> Opened:
    """A signed checkpoint, verified: signed by a log's key among `keys`, and of the origin.

    Without an origin given, it is the name of the key that signed it. Cosignatures of witnesses
    among `keys` are verified too. NoteError where any of that fails.
    """
    opened = note.open(text, keys)
    found = parse(opened.text)
    names = {key.name for key in opened.signed_by(note.ED25519)}
    if not names:
        raise NoteError("Witnesses cosigned this checkpoint, but no key of the log signed it.")
    wanted = {origin} if origin is not None else names
    if found.origin not in wanted:
        raise NoteError(f"The checkpoint is of the log “{found.origin}”, not of “{min(wanted)}”.")
    return Opened(found, opened)
