"""Ask a witness to cosign a checkpoint: the client of https://c2sp.org/tlog-witness.

A witness keeps the newest checkpoint that it cosigned of each log, asks for a consistency proof
from it, and signs text and time. What it signed, it will never contradict: a fork is refused.
"""

import re
import urllib.error
import urllib.request
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from http.client import HTTPException

from ledger.verify import note
from ledger.verify.checkpoint import parse
from ledger.verify.mirror import MirrorError, post
from ledger.verify.note import COSIGNATURE, NoteError, VerifierKey

_SECONDS = 30
_MOST = 64_000
_LATEST = 253_402_300_799
"""The last second of the year 9999: no calendar of ours has a later one."""
_SIZE = re.compile(rb"(0|[1-9][0-9]{0,18})\n?")
_MEANING = {
    400: "it takes the old size to be larger than the log",
    403: "it does not know the key that signed: ask whoever runs it to add this log's verifier key",
    404: "it does not know this log: ask whoever runs it to add its origin and verifier key",
    422: "it holds a checkpoint that this log does not continue, so the log forked or was restored",
    429: "it is asked too often: try later",
}


class WitnessError(Exception):
    """A witness did not cosign: the message says why, and what to do."""


class _Behind(Exception):
    """The witness holds another size than we thought."""

    def __init__(self, size: int) -> None:
        self.size = size


@dataclass(frozen=True, slots=True)
class Cosignature:
    """A line under a checkpoint, verified: whose, and when by that witness's clock."""

    key: VerifierKey
    timestamp: int
    """POSIX seconds."""
    line: str
    """The line, with its newline, as it stands under the note."""


def cosign(
    url: str,
    key: VerifierKey,
    checkpoint: str,
    known: int,
    prove: Callable[[int], Sequence[bytes]],
) -> Cosignature:
    """Submit a signed checkpoint to a witness's submission prefix; its cosignature, verified.

    `known` is the size that the witness cosigned last, as far as we know; where it answers with
    another (409) that one is proven from. `prove(old)` gives the consistency proof from a size.
    Raises WitnessError.
    """
    size, old = parse(note.split(checkpoint)[0]).size, known
    for _ in range(2):
        try:
            answer = _submit(url, checkpoint, old, prove)
        except _Behind as held:
            old = held.size
            if old > size:
                raise WitnessError(
                    f"{url} has cosigned {old:,} entries of this log, which shows {size:,}: an "
                    "older copy was restored. Bring the entries back first: `answerable recover`."
                ) from None
            continue
        return _verified(url, key, checkpoint, answer)
    raise WitnessError(f"{url} keeps changing what it last cosigned: try again.")


def _submit(url: str, checkpoint: str, old: int, prove: Callable[[int], Sequence[bytes]]) -> str:
    proof = [note.to_base64(one) for one in prove(old)]
    body = "\n".join([f"old {old}", *proof, "", checkpoint]).encode()
    try:
        request = urllib.request.Request(  # noqa: S310 - the scheme is checked by post
            f"{url.rstrip('/')}/add-checkpoint", data=body, headers={"Content-Type": "text/plain"}
        )
        raw = post(request, _SECONDS, _MOST)
    except urllib.error.HTTPError as error:
        raw = error.read(_MOST)
        error.close()
        if error.code == 409 and (match := _SIZE.fullmatch(raw)):
            raise _Behind(int(match[1])) from None
        says = raw.decode(errors="replace").strip()[:200]
        means = _MEANING.get(error.code, "see what it says")
        raise WitnessError(f"{url} answers {error.code} (“{says}”): {means}.") from None
    except (OSError, HTTPException, ValueError, MirrorError) as error:
        raise WitnessError(f"{url} cannot be reached ({error}).") from None
    return raw.decode(errors="replace")


def _verified(url: str, key: VerifierKey, checkpoint: str, answer: str) -> Cosignature:
    """The line of the witness among those that it answered, if it is one of this checkpoint."""
    text = note.split(checkpoint)[0]
    for line in answer.splitlines(keepends=True):
        try:
            (found,) = note.open(f"{text}\n{line}", [key]).signatures
        except NoteError:
            continue
        if found.key.kind == COSIGNATURE and 0 < (found.timestamp or 0) <= _LATEST:
            return Cosignature(key, found.timestamp or 0, line)
    raise WitnessError(f"{url} answered with no cosignature by {key.vkey}: is that its key?")
