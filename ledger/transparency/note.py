"""Keys in the form of C2SP signed-note: https://c2sp.org/signed-note (Ed25519, RFC 8032).

A verifier key is `name+hash+base64(0x01 || public key)`, a signing key
`PRIVATE+KEY+name+hash+base64(0x01 || seed)`; the hash is the first four bytes of
SHA-256(name || 0x0A || 0x01 || public key), in hex.
"""

import base64
import hashlib
from dataclasses import dataclass, field

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

_ED25519 = b"\x01"


@dataclass(frozen=True)
class SigningKey:
    """An Ed25519 key under a name: the log's origin."""

    name: str
    seed: bytes = field(repr=False)
    """32 bytes; nobody else may have them."""

    @property
    def public(self) -> bytes:
        """The public key, 32 bytes."""
        return Ed25519PrivateKey.from_private_bytes(self.seed).public_key().public_bytes_raw()

    @property
    def vkey(self) -> str:
        """The verifier key."""
        return f"{self.name}+{self._hash}+{_base64(_ED25519 + self.public)}"

    @property
    def text(self) -> str:
        """The signing key as it is kept in a file."""
        return f"PRIVATE+KEY+{self.name}+{self._hash}+{_base64(_ED25519 + self.seed)}"

    @property
    def _hash(self) -> str:
        stamped = self.name.encode() + b"\n" + _ED25519 + self.public
        return hashlib.sha256(stamped).hexdigest()[:8]


def generate(name: str) -> SigningKey:
    """A fresh key. ValueError if the name has a plus or white space, or is empty."""
    if not name or "+" in name or any(character.isspace() for character in name):
        raise ValueError(f"“{name}” cannot name a key: no plus, no white space.")
    return SigningKey(name, Ed25519PrivateKey.generate().private_bytes_raw())


def parse(text: str) -> SigningKey:
    """The signing key that a file holds. ValueError where it is none."""
    parts = text.strip().split("+", 4)
    try:
        private, key, name, digest, encoded = parts
        raw = base64.b64decode(encoded, validate=True)
        found = SigningKey(name, raw[1:])
        if (private, key, raw[:1], len(raw)) != ("PRIVATE", "KEY", _ED25519, 33):
            raise ValueError("not Ed25519")
        if found.text != text.strip() or found._hash != digest:
            raise ValueError("its hash is another's")
    except ValueError as error:
        raise ValueError(
            f"This is no Ed25519 signing key in the form of C2SP signed-note ({error})."
        ) from None
    return found


def _base64(raw: bytes) -> str:
    return base64.b64encode(raw).decode()
