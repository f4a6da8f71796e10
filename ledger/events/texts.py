"""The words of an entry. Free text is held by commitment: the entry keeps a hash and the text lies
beside the log. Plain strings stand in the entry and have a form, whether a request or a correction
brings them.

A commitment is the lower-case hex of SHA-256("answerable/text/v1" || 0x00 || salt || UTF-8 text).
The salt is 32 random bytes, fresh for every field of every event. So a text can be deleted later
while every proof over its entry stays valid.
"""

import dataclasses
import hashlib
import re
import secrets
from dataclasses import dataclass, field
from typing import Any, Literal, TypeVar, assert_never, cast
from urllib.parse import urlsplit

from ledger import dates
from ledger.errors import Refused
from ledger.events.streams import BODY_ID

_T = TypeVar("_T")
Audience = Literal["public", "office"]
Language = Literal["en", "cy"]
LANGUAGES: dict[Language, str] = {"en": "English", "cy": "Welsh"}
Form = Literal["plain", "label", "day", "url", "body", "entry", "id"]
"""The forms of a plain string."""

_DOMAIN = b"answerable/text/v1\x00"
MAX_TEXT_BYTES = 4 * 1024 * 1024
LONGEST = 2000
"""Characters in a plain string: it is in the entry itself, which has a limit."""
LONGEST_LABEL = 200
"""Characters in a label: a word of somebody's list, by which our lists group. It cannot be
redacted, so it is too short for a comment."""
_LABEL = re.compile(r"\S+( \S+)*")
_UUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)
_UNSEEN = re.compile(
    "[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u3164\ufe00-\ufe0f\uffa0\U000e0100-\U000e01ef]"
)
"""Invisible characters that count as letters or marks (Unicode's Default_Ignorable_Code_Point).
Python calls direction controls and other characters without width not printable."""


@dataclass(frozen=True, slots=True)
class Opening:
    """The opening of a commitment: the salt (32 bytes) and the text."""

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
    """Return the commitment, lower-case hex, of a text under a salt."""
    return hashlib.sha256(_DOMAIN + salt + body.encode("utf-8")).hexdigest()


def say(body: str, audience: Audience = "public", lang: Language = "en") -> Text:
    """Commit to a text with a fresh salt. Raise ValueError, in a sentence, if it cannot be
    stored."""
    if fault := unstorable(body):
        raise ValueError(fault)
    if not body.strip():
        raise ValueError("This text is empty.")
    salt = secrets.token_bytes(32)
    return Text(commitment(salt, body), audience, lang, Opening(salt, body))


def afresh(value: _T) -> _T:
    """Return the same value with each text in it said again, under a fresh salt: for one more
    event."""
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
    """Return, in a sentence, why a string cannot be stored and read back the same; None if it
    can."""
    if "\x00" in body:
        return f"Character {body.index(chr(0)) + 1} is U+0000, which cannot be stored."
    try:
        size = len(body.encode("utf-8"))
    except UnicodeEncodeError as error:
        return f"Character {error.start + 1} is half of a surrogate pair, which is no character."
    if size > MAX_TEXT_BYTES:
        return f"This text has {size:,} bytes; {MAX_TEXT_BYTES:,} is the most."
    return None


def why_unfit(form: Form, text: str) -> str | None:
    """Return, in a sentence, why a string does not have a form; None if it does."""
    if fault := unstorable(text):
        return fault
    if not text.strip():
        return "This is empty."
    if len(text) > LONGEST:
        return f"{len(text):,} characters; {LONGEST:,} is the most."
    match form:
        case "plain" | "entry":
            return None
        case "label":
            return _no_label(text)
        case "day":
            return _no_day(text)
        case "url":
            return _no_url(text)
        case "body":
            return None if BODY_ID.fullmatch(text) else f"“{text[:80]}” is no id of a body."
        case "id":
            if BODY_ID.fullmatch(text) or _UUID.fullmatch(text):
                return None
            return f"“{text[:80]}” is no id: lower-case letters, digits, hyphens (80 at most)."
        case _:
            assert_never(form)


def must_fit(form: Form, field: str, text: str) -> None:
    """Refuse a new value that does not have its field's form."""
    if fault := why_unfit(form, text):
        raise Refused("does-not-fit", f"“{field}” does not take this value: {fault}")


def _no_label(text: str) -> str | None:
    if len(text) > LONGEST_LABEL:
        return f"{len(text):,} characters; {LONGEST_LABEL} is the most."
    if not _LABEL.fullmatch(text):
        return "Give one line, with single spaces between its words and none around it."
    return None


def _no_day(text: str) -> str | None:
    try:
        dates.check(text)
    except ValueError as error:
        return str(error)
    return None


def _no_url(text: str) -> str | None:
    try:
        parts = urlsplit(text)
        host, place = parts.hostname if parts.scheme in {"http", "https"} else None, parts.netloc
    except ValueError:
        host, place = None, ""
    if not host or any(ch.isspace() for ch in text):
        return "Give an address that starts with http:// or https://."
    if "\\" in text:
        return "This address has a backslash, which browsers read as a slash: leave it out."
    if "@" in place:
        return "This address has a name and password before its host: give it without them."
    for n, ch in enumerate(text, 1):
        if not ch.isprintable() or _UNSEEN.match(ch):
            return f"Character {n} of this address is not seen (U+{ord(ch):04X}): leave it out."
    return None
