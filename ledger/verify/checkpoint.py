"""Checkpoints, and receipts: the proofs that lead from an entry to a checkpoint, as text. Pure.

A checkpoint is the size and root of a log, signed: https://c2sp.org/tlog-checkpoint. A receipt is
https://c2sp.org/tlog-proof@v1.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from ledger.verify import note
from ledger.verify.note import Note, NoteError, SigningKey, VerifierKey
from ledger.verify.tree import HASH_BYTES, ProofError, verify_inclusion

HEADER = "c2sp.org/tlog-proof@v1"
_SIZE = re.compile("0|[1-9][0-9]{0,18}")
_INDEX = re.compile("index (0|[1-9][0-9]{0,18})")
_MAX_HASHES = 63


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """The log at a size, in entries."""

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
    """Parse the text of a note as a checkpoint. Raise NoteError if it is none."""
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
    """Return the signed note of a checkpoint. Raise NoteError if it would not read back the
    same."""
    if parse(checkpoint.text) != checkpoint:
        raise NoteError("This checkpoint would not read back the same.")
    return note.sign(checkpoint.text, *keys)


def open(  # noqa: A001 - checkpoint.open
    text: str | bytes, keys: Iterable[VerifierKey], origin: str | None = None
) -> Opened:
    """Open a signed checkpoint and verify it: a key of the log among `keys` signed it, and it has
    the origin.

    If no origin is given, it is the name of the key that signed. Cosignatures of witnesses among
    `keys` are verified too. Raise NoteError if any of that fails.
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


@dataclass(frozen=True, slots=True)
class Proof:
    """A receipt: the leaf's index (from 0), its inclusion proof, and the signed checkpoint.

    `extra` is nobody's word: it is not signed, and nothing here relies on it.
    """

    index: int
    hashes: tuple[bytes, ...]
    checkpoint: str
    """The signed note, byte for byte."""
    extra: bytes | None = None

    @property
    def text(self) -> str:
        """Return the proof as it is stored and sent."""
        lines = [HEADER]
        if self.extra is not None:
            lines.append(f"extra {note.to_base64(self.extra)}")
        lines += [f"index {self.index}", *map(note.to_base64, self.hashes), "", self.checkpoint]
        return "\n".join(lines)


def parse_proof(text: str | bytes) -> Proof:
    """Parse a proof, without verification. Raise ProofError if it has another form."""
    try:
        whole = text if isinstance(text, str) else text.decode()
        head, gap, checkpoint = whole.partition("\n\n")
        header, *lines = head.split("\n")
        if header != HEADER or not gap or not checkpoint.endswith("\n"):
            raise NoteError(f"it begins with “{HEADER}” and ends with a checkpoint")
        extra = None
        if lines and lines[0].startswith("extra "):
            extra = note.from_base64(lines.pop(0).removeprefix("extra "))
        match = _INDEX.fullmatch(lines[0]) if lines else None
        if match is None:
            raise NoteError("it has no line with the index")
        hashes = tuple(map(note.from_base64, lines[1:]))
        if len(hashes) > _MAX_HASHES or any(len(one) != HASH_BYTES for one in hashes):
            raise NoteError("its hashes are 63 at most, of 32 bytes each")
    except ValueError as error:
        raise ProofError(f"This is no proof in the form of {HEADER}: {error}.") from None
    return Proof(int(match[1]), hashes, checkpoint, extra)


def verify_proof(
    proof: Proof, leaf: bytes, keys: Iterable[VerifierKey], origin: str | None = None
) -> Opened:
    """Check the checkpoint's signatures and origin, then that the leaf's hash is under its root.
    Raise NoteError or ProofError if a check fails.

    The opened checkpoint says which witnesses cosigned it.
    """
    opened = open(proof.checkpoint, keys, origin)
    found = opened.checkpoint
    verify_inclusion(proof.index, found.size, leaf, proof.hashes, found.root)
    return opened
