"""The forms that a plain string can have, wherever it comes from: a request, a correction."""

from typing import assert_never
from urllib.parse import urlsplit

from ledger import dates
from ledger.events.declare import Form
from ledger.streams import BODY_ID
from ledger.texts import unstorable

LONGEST = 2000
"""Characters in a plain string: it is in the entry itself, which has a limit."""


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
            return (
                None if _is_url(text) else "Give an address that starts with http:// or https://."
            )
        case "body":
            return None if BODY_ID.fullmatch(text) else f"“{text[:80]}” is no id of a body."
        case _:
            assert_never(form)


def _no_day(text: str) -> str | None:
    try:
        dates.check(text)
    except ValueError as error:
        return str(error)
    return None


def _is_url(text: str) -> bool:
    try:
        parts = urlsplit(text)
        good = parts.scheme in {"http", "https"} and bool(parts.hostname)
    except ValueError:
        return False
    return good and not any(ch.isspace() for ch in text)
