"""Signed notes of C2SP, their keys and cosignatures (Ed25519, RFC 8032). Pure.

https://c2sp.org/signed-note and https://c2sp.org/tlog-cosignature. A verifier key is
`name+hash+base64(type || public key)`, a signing key `PRIVATE+KEY+name+hash+base64(0x01 || seed)`;
the hash is the first four bytes of SHA-256(name || 0x0A || type || public key), in hex. Type 0x01
signs the text of a note, type 0x04 the text and the time at which a witness saw it.
"""

import base64
import binascii
import hashlib
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cached_property

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

ED25519 = 1
COSIGNATURE = 4
MAX_SIGNATURES = 64
"""A note with more is refused; the specification asks for 16 at least."""

_COSIGNATURE_BYTES = 4 + 8 + 64
"""The bytes in a line of type 4: the key's number, the time, the signature."""
_NAMED = 3
"""So many signers that are not known are named."""

_P = 2**255 - 19
_Y8 = 0x05FC536D880238B13933C6D305ACDFD5F098EFF289F4C345B027B2C28F95E826
_SMALL = frozenset({0, 1, _P - 1, _Y8, _P - _Y8})
"""Where the points of order 1, 2, 4 and 8 lie: by such a key anybody signs anything."""

_LINE = re.compile("— ([^ ]+) ([A-Za-z0-9+/]+={0,2})")


class NoteError(ValueError):
    """A note, a key or a signature is not what it should be: the message says what."""


@dataclass(frozen=True, slots=True, order=True)
class VerifierKey:
    """A public key under a name. `kind` is ED25519 (a log's) or COSIGNATURE (a witness's)."""

    name: str
    kind: int
    public: bytes
    """32 bytes."""

    @property
    def id(self) -> bytes:
        """Return the four bytes by which a signature names its key."""
        stamped = b"%b\n%c%b" % (self.name.encode(), self.kind, self.public)
        return hashlib.sha256(stamped).digest()[:4]

    @property
    def vkey(self) -> str:
        """Return the key as it is written in policies."""
        return f"{self.name}+{self.id.hex()}+{to_base64(bytes([self.kind]) + self.public)}"


@dataclass(frozen=True, slots=True)
class Signature:
    """A signature that was verified. `timestamp` in POSIX seconds: a cosignature's alone."""

    key: VerifierKey
    timestamp: int | None = None


@dataclass(frozen=True, slots=True)
class Note:
    """A text, which ends with a newline, and the signatures of known keys under it."""

    text: str
    signatures: tuple[Signature, ...]

    def signed_by(self, kind: int) -> dict[VerifierKey, Signature]:
        """Return the keys of a kind that signed it; of several cosignatures by one, the
        earliest."""
        ordered = sorted(self.signatures, key=lambda one: -(one.timestamp or 0))
        return {one.key: one for one in ordered if one.key.kind == kind}


@dataclass(frozen=True)
class SigningKey:
    """An Ed25519 key under a name: the log's origin, or a witness's name."""

    name: str
    seed: bytes = field(repr=False)
    """32 bytes; nobody else may have them."""

    @cached_property
    def _private(self) -> Ed25519PrivateKey:
        return Ed25519PrivateKey.from_private_bytes(self.seed)

    @cached_property
    def public(self) -> bytes:
        """Return the public key, 32 bytes."""
        return self._private.public_key().public_bytes_raw()

    @property
    def vkey(self) -> str:
        """Return the verifier key."""
        return self.verifier.vkey

    @cached_property
    def verifier(self) -> VerifierKey:
        """Return the key that verifies what this one signs."""
        return VerifierKey(self.name, ED25519, self.public)

    @property
    def witness(self) -> VerifierKey:
        """Return the key that verifies what this one cosigns."""
        return VerifierKey(self.name, COSIGNATURE, self.public)

    @property
    def text(self) -> str:
        """Return the signing key as it is kept in a file."""
        secret = to_base64(bytes([ED25519]) + self.seed)
        return f"PRIVATE+KEY+{self.name}+{self.verifier.id.hex()}+{secret}"

    def _sign(self, message: bytes) -> bytes:
        return self._private.sign(message)


def generate(name: str) -> SigningKey:
    """Make a fresh key. Raise ValueError if the name has a plus or white space, or is empty."""
    if not _is_name(name):
        raise NoteError(f"“{name}” cannot name a key: no plus, no white space.")
    return SigningKey(name, Ed25519PrivateKey.generate().private_bytes_raw())


def parse(text: str) -> SigningKey:
    """Parse the signing key in a file. Raise ValueError if it is none."""
    try:
        if text.count("+") < 4:
            raise ValueError("it has the form PRIVATE+KEY+NAME+HASH+SECRET")
        private, key, name, _, encoded = text.strip().split("+", 4)
        raw = from_base64(encoded)
        if (private, key, raw[:1], len(raw)) != ("PRIVATE", "KEY", bytes([ED25519]), 33):
            raise ValueError("not Ed25519")
        found = SigningKey(name, raw[1:])
        if found.text != text.strip():
            raise ValueError("its hash is another's")
    except ValueError as error:
        raise NoteError(
            f"This is no Ed25519 signing key in the form of C2SP signed-note ({error})."
        ) from None
    return found


def parse_vkey(text: str) -> VerifierKey:
    """Parse a verifier key as a policy has it. Raise NoteError if we cannot use it."""
    try:
        if text.count("+") < 2:
            raise ValueError("it has the form NAME+HASH+KEY")
        name, digest, encoded = text.strip().split("+", 2)
        raw = from_base64(encoded)
        if raw[:1] not in (bytes([ED25519]), bytes([COSIGNATURE])) or len(raw) != 33:
            raise ValueError("only Ed25519, of type 1 or 4, is supported")
        found = VerifierKey(name, raw[0], raw[1:])
        if not _is_name(name) or found.id.hex() != digest:
            raise ValueError("its hash is not that of its name and key")
        if int.from_bytes(found.public, "little") % 2**255 % _P in _SMALL:
            raise ValueError("anybody can sign by it")
    except ValueError as error:
        raise NoteError(f"“{text.strip()}” is no verifier key ({error}).") from None
    return found


def sign(text: str, *keys: SigningKey) -> str:
    """Return a text with the signature of each key under it."""
    _check_text(text)
    lines = (_line(key.verifier, key._sign(text.encode())) for key in keys)
    return f"{text}\n{''.join(lines)}"


def cosignature(text: str, key: SigningKey, timestamp: int) -> str:
    """Return the line by which a witness says that it saw this text, and when (POSIX seconds)."""
    signed = key._sign(_cosigned(text, timestamp))
    return _line(key.witness, timestamp.to_bytes(8, "big") + signed)


def open(note: str | bytes, keys: Iterable[VerifierKey]) -> Note:  # noqa: A001 - note.open
    """Return the text of a note and who, among the keys given, signed it.

    Signatures of others are ignored. Raise NoteError if the form is wrong, a known key's signature
    does not verify, or no known key signed it.
    """
    text, lines = split(note)
    known = {(key.name, key.id): key for key in keys}
    found = []
    for name, raw in lines:
        if (key := known.get((name, raw[:4]))) is not None:
            found.append(_verified(text, key, raw[4:]))
    if not found:
        raise NoteError(_unknown(lines, {name for name, _ in known}))
    return Note(text, tuple(found))


def _unknown(lines: list[tuple[str, bytes]], names: set[str]) -> str:
    """Return the error for a note that no known key signed: it names the keys under the note, and
    possible reasons."""
    signers = sorted({f"{name}+{raw[:4].hex()}" for name, raw in lines})
    more = "" if len(signers) <= _NAMED else f" and {len(signers) - _NAMED} more"
    said = (
        f"No key that you trust signed this. Under it stands {', '.join(signers[:_NAMED])}{more}."
    )
    if any(name in names for name, _ in lines):
        said += " If yours was rotated, take the next one from elsewhere than the log; give both."
    return said


def split(note: str | bytes) -> tuple[str, list[tuple[str, bytes]]]:
    """Return the text, and (name, key id || signature) of each line under it, without
    verification."""
    try:
        whole = note if isinstance(note, str) else note.decode()
    except UnicodeDecodeError:
        raise NoteError("A note is UTF-8; this is not.") from None
    if not whole:
        raise NoteError("It is empty: there is no signed note in it.")
    if "\r" in whole:
        raise NoteError(
            "It has carriage returns: the file was converted on its way, fetch it again."
        )
    if whole.startswith("\ufeff"):
        raise NoteError(
            "It begins with a byte order mark: the file was converted on its way, fetch it again."
        )
    at = whole.rfind("\n\n")
    if at < 0 or not whole.endswith("\n") or len(whole) == at + 2:
        raise NoteError("This is no signed note: no signature stands under the text.")
    text, lines = whole[: at + 1], whole[at + 2 : -1].split("\n")
    _check_text(text)
    if len(lines) > MAX_SIGNATURES:
        raise NoteError(f"This note has more than {MAX_SIGNATURES} signatures.")
    return text, [_read(line) for line in lines]


def cosigners(note: str | bytes, known: Iterable[VerifierKey] = ()) -> list[str]:
    """Name and hash of each key that is not known and whose line under a note has the form of a
    cosignature: as it says, nothing verified."""
    names = {(key.name, key.id) for key in known}
    return sorted(
        {
            f"{name}+{raw[:4].hex()}"
            for name, raw in split(note)[1]
            if len(raw) == _COSIGNATURE_BYTES and (name, raw[:4]) not in names
        }
    )


def to_base64(raw: bytes) -> str:
    """Encode bytes in standard Base 64 (RFC 4648, section 4)."""
    return base64.b64encode(raw).decode()


def from_base64(text: str) -> bytes:
    """Decode standard Base 64 in its one canonical form. Raise NoteError if it is another."""
    try:
        raw = base64.b64decode(text.encode(), validate=True)
    except (binascii.Error, UnicodeEncodeError):
        raise NoteError("this is no Base 64") from None
    if to_base64(raw) != text:
        raise NoteError("this is no canonical Base 64")
    return raw


def _read(line: str) -> tuple[str, bytes]:
    match = _LINE.fullmatch(line)
    if match is None or not _is_name(match[1]):
        raise NoteError("A line under the text is no signature.")
    raw = from_base64(match[2])
    if len(raw) <= 4:
        raise NoteError("A signature is shorter than its key's number.")
    return match[1], raw


def _verified(text: str, key: VerifierKey, raw: bytes) -> Signature:
    timestamp = None
    message = text.encode()
    try:
        if key.kind == COSIGNATURE:
            timestamp, raw = int.from_bytes(raw[:8], "big"), raw[8:]
            message = _cosigned(text, timestamp)
        Ed25519PublicKey.from_public_bytes(key.public).verify(raw, message)
    except (InvalidSignature, ValueError):
        raise NoteError(f"The signature of {key.name} is not valid for this text.") from None
    return Signature(key, timestamp)


def _cosigned(text: str, timestamp: int) -> bytes:
    if not 0 <= timestamp < 1 << 63:
        raise NoteError("The time of a cosignature lies outside what can be written.")
    return f"cosignature/v1\ntime {timestamp}\n{text}".encode()


def _line(key: VerifierKey, signature: bytes) -> str:
    return f"— {key.name} {to_base64(key.id + signature)}\n"


def _check_text(text: str) -> None:
    if not text.endswith("\n") or any(one < " " and one != "\n" for one in text):
        raise NoteError("The text of a note ends with a newline and has no control characters.")


def _is_name(name: str) -> bool:
    return bool(name) and "+" not in name and not any(one.isspace() for one in name)
