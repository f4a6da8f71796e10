"""Free text, held by commitment: the entry keeps a hash, the text lies beside the log.

A commitment is lower-case hex of SHA-256("answerable/text/v1" || 0x00 || salt || UTF-8 text)
with 32 random bytes of salt, fresh for every field of every event, so that a text can be
deleted later while every proof over its entry stays valid.
"""

import dataclasses
import hashlib
import secrets
from dataclasses import dataclass, field
from typing import Any, Literal, TypeVar, cast

_T = TypeVar("_T")
Audience = Literal["public", "office"]
Language = Literal["en", "cy"]

_DOMAIN = b"answerable/text/v1\x00"
MAX_TEXT_BYTES = 4 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Opening:
    """What opens a commitment: the salt (32 bytes) and the text."""

    salt: bytes
    body: str


@dataclass(frozen=True, slots=True)
class Text:
    """A text field as the entry holds it: commitment, audience, language.

    `opening` is there only between saying a text and recording it; it is never in the entry.
    """

    sha256: str
    audience: Audience = "public"
    lang: Language = "en"
    opening: Opening | None = field(default=None, repr=False, compare=False)


def commitment(salt: bytes, body: str) -> str:
    """The commitment, lower-case hex, of a text under a salt."""
    return hashlib.sha256(_DOMAIN + salt + body.encode("utf-8")).hexdigest()


def say(body: str, audience: Audience = "public", lang: Language = "en") -> Text:
    """Commit to a text with a fresh salt. ValueError, in a sentence, if it cannot be stored."""
    if fault := unstorable(body):
        raise ValueError(fault)
    if not body.strip():
        raise ValueError("This text is empty.")
    salt = secrets.token_bytes(32)
    return Text(commitment(salt, body), audience, lang, Opening(salt, body))


def afresh(value: _T) -> _T:
    """The same value with each text in it said again, under a fresh salt: for one more event."""
    again: Any = value
    if isinstance(value, Text):
        if value.opening is not None:
            again = say(value.opening.body, value.audience, value.lang)
    elif isinstance(value, tuple):
        again = tuple(map(afresh, value))
    elif dataclasses.is_dataclass(value) and not isinstance(value, type):
        fields = {f.name: afresh(getattr(value, f.name)) for f in dataclasses.fields(value)}
        again = dataclasses.replace(value, **fields)
    return cast(_T, again)


def unstorable(body: str) -> str | None:
    """Why a string cannot be stored and read back the same, in a sentence; None if it can."""
    if "\x00" in body:
        return f"Character {body.index(chr(0)) + 1} is U+0000, which cannot be stored."
    try:
        size = len(body.encode("utf-8"))
    except UnicodeEncodeError as error:
        return f"Character {error.start + 1} is half of a surrogate pair, which is no character."
    if size > MAX_TEXT_BYTES:
        return f"This text has {size:,} bytes; {MAX_TEXT_BYTES:,} is the most."
    return None
