"""Time stamps of RFC 3161 over our checkpoints (the extra `stamp`: rfc3161-client).

What is stamped is the text of the checkpoint: origin, size and root, a line each, as witnesses
cosign it. Anybody checks the response that is kept with `openssl ts -verify`.
"""

import hashlib
import urllib.error
import urllib.request
from collections.abc import Sequence
from http.client import HTTPException

from cryptography.x509 import Certificate, load_pem_x509_certificates

from ledger.errors import AnswerableError
from ledger.seal.witnesses import Stamp
from ledger.verify.mirror import MirrorError, post

_SECONDS = 30
_MOST = 256_000


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
        return post(asked, _SECONDS, _MOST)
    except urllib.error.HTTPError as error:
        error.close()
        raise NotStamped(f"{url} answers {error.code}.") from None
    except (OSError, HTTPException, ValueError, MirrorError) as error:
        raise NotStamped(f"{url} cannot be reached ({error}).") from None
