"""Asking clocks outside to attest a checkpoint: witnesses cosign it, an authority stamps it.

A witness (https://c2sp.org/tlog-witness) keeps the newest checkpoint that it cosigned of each log,
asks for a consistency proof from it, and signs text and time. What it signed, it will never
contradict: a fork is refused. A time stamp (RFC 3161; the extra `stamp`: rfc3161-client) is over
the text of the checkpoint as well: origin, size and root, a line each. Anybody checks the response
that is kept with `openssl ts -verify`.
"""

import hashlib
import re
import urllib.error
import urllib.request
from collections.abc import Callable, Sequence
from http.client import HTTPException

from cryptography.x509 import Certificate, load_pem_x509_certificates

from ledger.errors import AnswerableError
from ledger.seal.witnesses import Cosignature, Stamp
from ledger.verify import note
from ledger.verify.checkpoint import parse
from ledger.verify.mirror import MirrorError, post
from ledger.verify.note import COSIGNATURE, NoteError, VerifierKey

_SECONDS = 30
_MOST, _MOST_STAMP = 64_000, 256_000
"""Bytes of an answer, and of one with a time stamp."""
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


class NotStamped(AnswerableError):
    """No time stamp could be had: the sentence says what to do."""


def roots(pem: bytes) -> Sequence[Certificate]:
    """The certificates of a PEM file, which an authority's chain has to end in. NotStamped."""
    try:
        return load_pem_x509_certificates(pem)
    except ValueError as error:
        raise NotStamped(f"The roots of the authority are no PEM certificates ({error}).") from None


def stamp(url: str, size: int, text: str, trusted: Sequence[Certificate]) -> Stamp:
    """Ask a time stamping authority to stamp a checkpoint's text, and verify what it answers.

    NotStamped where it refuses, cannot be reached, or answers with what its roots do not prove.
    """
    try:
        from rfc3161_client import (
            HashAlgorithm,
            TimestampRequestBuilder,
            VerificationError,
            VerifierBuilder,
            decode_timestamp_response,
        )
    except ImportError:
        raise NotStamped(
            "Time stamps need the extra “stamp”: pip install 'answerable[stamp]'."
        ) from None
    message = text.encode()
    builder = TimestampRequestBuilder().data(message).hash_algorithm(HashAlgorithm.SHA256)
    request = builder.nonce(nonce=True).cert_request(cert_request=True).build()
    raw = _ask(url, request.as_bytes())
    try:
        response = decode_timestamp_response(raw)
        verifier = VerifierBuilder.from_request(request)
        for certificate in trusted:
            verifier = verifier.add_root_certificate(certificate)
        verifier.build().verify(response, hashlib.sha256(message).digest())
    except (VerificationError, ValueError) as error:
        raise NotStamped(f"{url} gave no time stamp that its roots prove: {error}.") from None
    return Stamp(size, text, url, response.tst_info.gen_time, raw)


def _ask(url: str, request: bytes) -> bytes:
    asked = urllib.request.Request(  # noqa: S310 - the scheme is checked by post
        url, data=request, headers={"Content-Type": "application/timestamp-query"}
    )
    try:
        return post(asked, _SECONDS, _MOST_STAMP)
    except urllib.error.HTTPError as error:
        error.close()
        raise NotStamped(f"{url} answers {error.code}.") from None
    except (OSError, HTTPException, ValueError, MirrorError) as error:
        raise NotStamped(f"{url} cannot be reached ({error}).") from None
