"""The forms that a plain string can have, wherever it comes from: a request, a correction."""

import re
from typing import assert_never
from urllib.parse import urlsplit

from ledger import dates
from ledger.errors import Refused
from ledger.events.declare import Form
from ledger.events.streams import BODY_ID
from ledger.events.texts import unstorable

LONGEST = 2000
"""Characters in a plain string: it is in the entry itself, which has a limit."""
_UUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)
_UNSEEN = re.compile(
    "[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u3164\ufe00-\ufe0f\uffa0\U000e0100-\U000e01ef]"
)
"""What is not seen though it counts as a letter or mark (Unicode's Default_Ignorable_Code_Point);
direction controls and other characters without width are not printable, as Python calls it."""


def why_not(form: Form, text: str) -> str | None:
    """Why a string does not have a form, in a sentence; None if it does."""
    if fault := unstorable(text):
        return fault
    if not text.strip():
        return "This is empty."
    if len(text) > LONGEST:
        return f"{len(text):,} characters; {LONGEST:,} is the most."
    match form:
        case "plain" | "entry":
            return None
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
    """Refused where what a field is to say since does not have its form."""
    if fault := why_not(form, text):
        raise Refused("does-not-fit", f"“{field}” does not take this value: {fault}")


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
