"""Outside evidence of our checkpoints: cosignatures and stamps, asked for, kept and read.

A witness (https://c2sp.org/tlog-witness) keeps the newest checkpoint that it cosigned of each log,
asks for a consistency proof from it, and signs text and time. It will never contradict what it
signed: it refuses a fork. A time stamp (RFC 3161; the extra `stamp`: rfc3161-client) is over the
text of the checkpoint as well: origin, size and root, a line each. Anybody checks the response that
is kept with `openssl ts -verify`.
"""

import hashlib
import re
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from http.client import HTTPException
from typing import TYPE_CHECKING

import psycopg
from psycopg import sql
from psycopg.rows import class_row
from psycopg_pool import ConnectionPool

from ledger.errors import AnswerableError
from ledger.postgres.connections import SEALER_ROLE, connect, retried
from ledger.verify import note
from ledger.verify.checkpoint import parse
from ledger.verify.mirror import MirrorError, post
from ledger.verify.note import COSIGNATURE, NoteError, VerifierKey
from ledger.verify.sightings import Sighting

if TYPE_CHECKING:
    from cryptography.x509 import Certificate

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
_UNDER = """
    coalesce((
        SELECT string_agg(line, '' ORDER BY witness) FROM (
            SELECT DISTINCT ON (witness) line, witness
              FROM ledger.cosignatures WHERE size = c.size
             ORDER BY witness, seen_at {order}) one_each), '')
"""
# One line of each witness: readers that others wrote refuse a note with two of one key.
FIRST = sql.SQL(_UNDER.format(order="ASC"))
"""The lines to stand under the note of a checkpoint `c`: the first word of each witness, which
says by when its entries were there."""
LAST = sql.SQL(_UNDER.format(order="DESC"))
"""The last word of each, which says until when nothing had come after it."""


@dataclass(frozen=True, slots=True)
class Outside:
    """The newest word of somebody else on this log: of how many entries, when, and by whom."""

    size: int
    at: datetime
    """By that one's clock, not ours."""
    who: str
    how: str
    """`cosigned` or `stamped`."""


@dataclass(frozen=True, slots=True)
class Cosignature:
    """A line under a checkpoint, verified: whose, and when by that witness's clock."""

    key: VerifierKey
    timestamp: int
    """POSIX seconds."""
    line: str
    """The line, with its newline, as it stands under the note."""


@dataclass(frozen=True, slots=True)
class Horizon:
    """How far the log is sealed, and how far somebody else answers for it."""

    size: int
    sealed_at: datetime
    outside: Outside | None


@dataclass(frozen=True, slots=True)
class Stamp:
    """A time stamp of RFC 3161 over the text of a checkpoint."""

    size: int
    text: str
    """The stamped text: that of the checkpoint, without signatures."""
    authority: str
    stamped_at: datetime
    token: bytes
    """The authority's whole response (TimeStampResp), DER."""


class Witnessed:
    """The stored evidence, read from the database."""

    def __init__(self, pool: ConnectionPool[psycopg.Connection]) -> None:
        self._pool = pool

    def horizon(self) -> Horizon | None:
        """Return how far the log is sealed, by the largest checkpoint, and the largest that
        somebody else cosigned or stamped, at the latest time. Return None before the first
        checkpoint."""
        query = """
            SELECT c.size, c.sealed_at, o.*
              FROM (SELECT size, sealed_at FROM ledger.checkpoints ORDER BY size DESC LIMIT 1) c
              LEFT JOIN (
                SELECT size, seen_at, witness, 'cosigned' FROM ledger.cosignatures
                UNION ALL SELECT size, stamped_at, authority, 'stamped' FROM ledger.stamps
                ORDER BY 1 DESC, 2 DESC LIMIT 1) o ON true
        """
        row = retried(self._pool, lambda conn: conn.execute(query).fetchone())
        if row is None:
            return None
        sealed, sealed_at, size, at, who, how = row
        if size is None:
            return Horizon(sealed, sealed_at, None)
        outside = Outside(size, at, _name(who) if how == "cosigned" else who, how)
        return Horizon(sealed, sealed_at, outside)

    def kept(self) -> Iterator[Sighting]:
        """Read every checkpoint that a witness cosigned, smallest first, as a watcher keeps it:
        with the first word of each witness, and with its last, if that is another."""
        query = sql.SQL("""
            SELECT c.note || {first}, first_at, c.note || {last}, last_at, w.vkeys
              FROM ledger.checkpoints c
              JOIN (SELECT size, max(first_at) AS first_at, max(last_at) AS last_at,
                           array_agg(witness) AS vkeys
                      FROM (SELECT size, witness, min(seen_at) AS first_at,
                                   max(seen_at) AS last_at
                              FROM ledger.cosignatures GROUP BY size, witness) one_each
                     GROUP BY size) w USING (size)
             ORDER BY c.size
        """).format(first=FIRST, last=LAST)
        rows = retried(self._pool, lambda conn: conn.execute(query).fetchall())
        for first, first_at, last, last_at, vkeys in rows:
            names = ", ".join(sorted(map(_name, vkeys)))
            yield Sighting(f"{first_at:%Y-%m-%dT%H:%M:%SZ}", names, first)
            if last != first:
                yield Sighting(f"{last_at:%Y-%m-%dT%H:%M:%SZ}", names, last)

    def stamps(self) -> Sequence[Stamp]:
        """Read every stamp, oldest first."""

        def read(conn: psycopg.Connection) -> list[Stamp]:
            with conn.cursor(row_factory=class_row(Stamp)) as cursor:
                return cursor.execute(
                    """
                    SELECT size, split_part(note, E'\n\n', 1) || E'\n' AS text,
                           authority, stamped_at, token
                      FROM ledger.stamps JOIN ledger.checkpoints USING (size)
                     ORDER BY size, stamped_at, authority
                    """
                ).fetchall()

        return retried(self._pool, read)

    def last_by(self, vkey: str) -> int:
        """Return the size that a witness cosigned last, as far as we kept it; 0 for never."""
        query = "SELECT coalesce(max(size), 0) FROM ledger.cosignatures WHERE witness = %s"
        row = retried(self._pool, lambda conn: conn.execute(query, [vkey]).fetchone())
        return int(row[0]) if row else 0


def _name(vkey: str) -> str:
    """Return the name in a verifier key, even if the rest of it is none: the audit names that."""
    return vkey.partition("+")[0]


def keep_cosignature(url: str, size: int, cosignature: Cosignature) -> None:
    """Keep a cosignature that was verified; the same one again is no other."""
    seen_at = datetime.fromtimestamp(cosignature.timestamp, UTC)
    with closing(connect(url, autocommit=True, role=SEALER_ROLE)) as conn:
        conn.execute(
            "INSERT INTO ledger.cosignatures (size, witness, seen_at, line)"
            " VALUES (%s, %s, %s, %s) ON CONFLICT DO NOTHING",
            [size, cosignature.key.vkey, seen_at, cosignature.line],
        )


def keep_stamp(url: str, stamp: Stamp) -> None:
    """Keep a time stamp that was verified; the same one again is no other."""
    with closing(connect(url, autocommit=True, role=SEALER_ROLE)) as conn:
        conn.execute(
            "INSERT INTO ledger.stamps (size, authority, stamped_at, token)"
            " VALUES (%s, %s, %s, %s) ON CONFLICT DO NOTHING",
            [stamp.size, stamp.authority, stamp.stamped_at, stamp.token],
        )


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
    """Submit a signed checkpoint to a witness's submission prefix; return its cosignature,
    verified.

    `known` is the size that the witness cosigned last, as far as we know. If it answers with
    another (409), the proof begins there. `prove(old)` gives the consistency proof from a size.
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
    """Return the witness's line among those that it answered, if it is one of this checkpoint."""
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


def roots(pem: bytes) -> "Sequence[Certificate]":
    """Return the certificates of a PEM file, in which an authority's chain has to end.
    NotStamped."""
    from cryptography.x509 import load_pem_x509_certificates  # it takes long, and few need it

    try:
        return load_pem_x509_certificates(pem)
    except ValueError as error:
        raise NotStamped(f"The roots of the authority are no PEM certificates ({error}).") from None


def stamp(url: str, size: int, text: str, trusted: "Sequence[Certificate]") -> Stamp:
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
