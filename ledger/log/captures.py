"""The bytes of a capture: which of the six kinds they are, their commitment, their file's name.

Bytes are only looked at, never opened: no archive is unpacked, no page parsed, no picture drawn.
The kind does not depend on the name of a file, nor on the word of its sender.
"""

import hashlib
import re
import secrets
from dataclasses import dataclass
from typing import Literal

from ledger.events.texts import Audience

MAX_BYTES = 25 * 1024 * 1024

Kind = Literal["pdf", "docx", "html", "png", "eml", "txt"]
MEDIA_TYPES: dict[Kind, str] = {
    "pdf": "application/pdf",
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "html": "text/html",
    "png": "image/png",
    "eml": "message/rfc822",
    "txt": "text/plain",
}
KINDS_IN_WORDS = "PDF, Word (.docx), HTML, PNG, e-mail (.eml) or plain text"

_DOMAIN = b"answerable/capture/v1\x00"
_PNG = b"\x89PNG\r\n\x1a\n\x00\x00\x00\x0dIHDR"
_MOST_PARTS = 4096
_CONTENTS, _CONTENTS_END = b"PK\x01\x02", b"PK\x05\x06"
_MARKS = (b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff")
_CONTROLS = re.compile(rb"[\x00-\x08\x0b\x0e-\x1a\x1c-\x1f\x7f]")
# Beginnings of other formats that can pass for text, in lower case, 5 bytes at most.
_OTHERS = (
    b"<svg",
    b"{\\rtf",
    b"%!ps",
    b"%pdf",
    b"<?xml",
    b"<?php",
    b"#!",
    b"gif8",
    b"\xff\xd8\xff",
)
# The tags by which the web tells a page (WHATWG MIME Sniffing, 7.1), and those of its parts.
_PAGE = re.compile(
    rb"(?:(?><!--.{0,65536}?-->)\s*+|(?><\?xml\b[^<>]{0,1000}\?>)\s*+)*+<(?:!doctype\s+html|html|head|body|"
    rb"script|iframe|h[1-6]|div|font|table|a|style|title|b|br|p|main|article|section|header|nav|"
    rb"meta|link|ul|ol|span|strong|em|form|img)(?=[\s/>])",
    re.DOTALL | re.IGNORECASE,
)
_FIELD = re.compile(rb"([!-9;-~]{1,76}):[^\r\n]*+\r?\n(?:[ \t][^\r\n]*+\r?\n)*+")
_MOST_HEADER = 256 * 1024


@dataclass(frozen=True, slots=True)
class StoredBytes:
    """Bytes as they lie beside the log; `salt` (32 bytes) where they are committed to by one."""

    body: bytes
    salt: bytes | None = None


def keep(body: bytes, audience: Audience) -> StoredBytes:
    """Return bytes to keep: those that are not for everybody get a fresh salt."""
    return StoredBytes(body, None if audience == "public" else secrets.token_bytes(32))


def commitment(kept: StoredBytes) -> str:
    """Return lower-case hex of SHA-256 of the bytes, or, if they have a salt, of
    SHA-256("answerable/capture/v1" || 0x00 || salt || bytes)."""
    before = b"" if kept.salt is None else _DOMAIN + kept.salt
    digest = hashlib.sha256(before)
    digest.update(kept.body)
    return digest.hexdigest()


def kind_of(body: bytes) -> Kind | None:
    """Return which of the six kinds bytes are, by the bytes alone; None if they are none of
    them."""
    if body.startswith(b"%PDF-"):
        return "pdf"
    if body.startswith(_PNG):
        return "png"
    if body.startswith(b"PK\x03\x04"):
        return "docx" if _is_document(_parts(body)) else None
    if (text := _as_text(body)) is None:
        return None
    start = text.lstrip()
    if _PAGE.match(start):
        return "html"
    if start[:5].lower().startswith(_OTHERS):
        return None
    return "eml" if _is_message(text) else "txt"


def media_type_of(body: bytes) -> str | None:
    """Return the media type of bytes of one of the six kinds; None for any other."""
    kind = kind_of(body)
    return MEDIA_TYPES[kind] if kind else None


def file_name(capture: str, media_type: str) -> str:
    """Return a name to save a capture under, from its id and type alone: ASCII, no path, no
    quotes."""
    suffix = next((kind for kind, known in MEDIA_TYPES.items() if known == media_type), "bin")
    return f"capture-{re.sub('[^0-9a-zA-Z-]', '', capture)[:80]}.{suffix}"


def _parts(body: bytes) -> list[bytes]:
    """Return the names in a zip's table of contents (APPNOTE 4.3.12, 4.3.16), without unpacking. It
    is empty if no table ends the file, or the table has too many parts."""
    end = body.rfind(_CONTENTS_END, max(0, len(body) - 65_557))
    if end < 0 or end + 22 > len(body):
        return []
    many = int.from_bytes(body[end + 10 : end + 12], "little")
    at = int.from_bytes(body[end + 16 : end + 20], "little")
    names: list[bytes] = []
    while len(names) < many <= _MOST_PARTS and body[at : at + 4] == _CONTENTS and at + 46 <= end:
        name, extra, comment = (
            int.from_bytes(body[at + n : at + n + 2], "little") for n in (28, 30, 32)
        )
        names.append(body[at + 46 : at + 46 + name])
        at += 46 + name + extra + comment
    return names if len(names) == many else []


def _is_document(parts: list[bytes]) -> bool:
    """Return whether these are the parts of a Word document (`[Content_Types].xml` of ECMA-376,
    part 2)."""
    return b"[Content_Types].xml" in parts and any(
        part.startswith(b"word/document") and part.endswith(b".xml") for part in parts
    )


def _as_text(body: bytes) -> bytes | None:
    """Return text as UTF-8 or in a character set of one byte; None if it is no text."""
    if body.startswith(_MARKS[1:]):
        try:
            body = body.decode("utf-16").encode()
        except UnicodeError:
            return None
    text = body.removeprefix(_MARKS[0])
    return text if text.strip() and not _CONTROLS.search(text) else None


def _is_message(text: bytes) -> bool:
    """Return whether it begins as an e-mail does (RFC 5322), with fields for its author and its
    date."""
    names: set[bytes] = set()
    at = 0
    while at < _MOST_HEADER and (field := _FIELD.match(text, at)):
        names.add(field[1].lower())
        at = field.end()
    return b"from" in names and bool(names & {b"date", b"received", b"message-id"})
