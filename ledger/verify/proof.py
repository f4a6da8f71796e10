"""Proofs that an entry is in the log, as text (https://c2sp.org/tlog-proof@v1). Pure."""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from ledger.verify import checkpoint as checkpoints
from ledger.verify import note
from ledger.verify.checkpoint import Opened
from ledger.verify.note import NoteError, VerifierKey
from ledger.verify.tree import HASH_BYTES, ProofError, verify_inclusion

HEADER = "c2sp.org/tlog-proof@v1"

_INDEX = re.compile("index (0|[1-9][0-9]{0,18})")
_MAX_HASHES = 63


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
        """The proof as it is stored and sent."""
        lines = [HEADER]
        if self.extra is not None:
            lines.append(f"extra {note.to_base64(self.extra)}")
        lines += [f"index {self.index}", *map(note.to_base64, self.hashes), "", self.checkpoint]
        return "\n".join(lines)


def parse(text: str | bytes) -> Proof:
    """The proof that a text is, nothing verified. ProofError where it has another form."""
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


def verify(
    proof: Proof, leaf: bytes, keys: Iterable[VerifierKey], origin: str | None = None
) -> Opened:
    """Check the checkpoint's signatures and origin, then that the leaf's hash is under its root.

    The opened checkpoint says which witnesses cosigned it. NoteError or ProofError where not.
    """
    opened = checkpoints.open(proof.checkpoint, keys, origin)
    found = opened.checkpoint
    verify_inclusion(proof.index, found.size, leaf, proof.hashes, found.root)
    return opened
