"""The words that foreign bytes hold, taken out so that they can be compared.

Nothing that the bytes say of themselves is relied on: of a mail, whatever reads as base64 or as
quoted-printable is decoded, wherever it stands; of a package, each part is unpacked where it
begins, whatever the table of contents says. So nothing can fail, and each byte is read once.
"""

import binascii
import re
import zlib
from dataclasses import dataclass

from ledger.log.text_matching import squeezed

MOST_UNPACKED = 100 * 1024 * 1024
"""Bytes that are unpacked of a package at most."""
USUAL = 32
"""How many times as large as a package its parts are at most, a small one aside: what is packed
tighter was made to take long."""
_SMALL = 1024 * 1024
_PIECE = 16 * 1024
_PACKED = b"PK\x03\x04"
_LOCKED, _SUM_FOLLOWS = 1, 8
_STORED, _DEFLATED = 0, 8
# Lines of nothing else, which a text has by chance too: then what comes of it says nothing.
_BASE64 = re.compile(rb"(?<=\n)[0-9A-Za-z+/][0-9A-Za-z+/\r\n]{22,}+={0,2}")


@dataclass(frozen=True, slots=True)
class Words:
    """What bytes say, squeezed: once for each part, and for each character set that it may be in.

    `all`: whether all of it was looked into. What was not was searched as it is packed.
    """

    said: list[str]
    all: bool = True


def words_of(body: bytes, media_type: str) -> Words:
    """The words of bytes as they are; of a mail, of its parts too; of a sheet or a document that is
    a package (.xlsx, .ods, .docx), of the parts that it packs."""
    parts, looked_into = [body], True
    if media_type.lower().startswith("message/rfc822"):
        parts += _mailed(body)
    for part in [*parts]:
        if part.startswith(_PACKED):
            unpacked, complete = _unpacked(part)
            parts += unpacked
            looked_into = looked_into and complete
    return Words([squeezed(words) for part in parts for words in _decoded(part)], looked_into)


def _decoded(part: bytes) -> list[str]:
    if part.startswith((b"\xff\xfe", b"\xfe\xff")):
        return [part.decode("utf-16", "replace")]
    try:
        return [part.decode("utf-8")]
    except UnicodeDecodeError:
        return [part.decode("cp1252", "replace"), part.decode("utf-8", "replace")]


def _mailed(body: bytes) -> list[bytes]:
    """All that a mail may mean by quoted-printable, and each run of base64 (RFC 2045, 6.7, 6.8)."""
    found = [binascii.a2b_qp(body)]
    for run in _BASE64.finditer(body):
        letters = run[0].translate(None, b"\r\n")
        found.append(binascii.a2b_base64(letters[: len(letters) // 4 * 4]))
    return found


def _unpacked(body: bytes) -> tuple[list[bytes], bool]:
    """The XML parts of a package that are deflated (APPNOTE 4.3.7), and whether those and the ones
    that lie in it as they are were all."""
    found: list[bytes] = []
    left = min(MOST_UNPACKED, _SMALL + USUAL * len(body))
    at, parts, complete = 0, 0, True
    while (at := body.find(_PACKED, at)) >= 0:
        flags, method, name, extra = (
            int.from_bytes(body[at + n : at + n + 2], "little") for n in (6, 8, 26, 28)
        )
        crc = int.from_bytes(body[at + 14 : at + 18], "little")
        is_xml = body[at + 30 : at + 30 + name].endswith(b".xml")
        at += 30 + name + extra
        if not is_xml:
            continue
        parts += 1
        if flags & _LOCKED or method not in (_STORED, _DEFLATED):
            complete = False
        elif method == _DEFLATED:
            part, taken, ended = _inflated(memoryview(body)[at:], left)
            found.append(part)
            at, left = at + taken, left - len(part)
            intact = ended and (bool(flags & _SUM_FOLLOWS) or zlib.crc32(part) == crc)
            complete = complete and intact
            if left <= 0:
                return found, False
    return found, complete and parts > 0


def _inflated(packed: memoryview, most: int) -> tuple[bytes, int, bool]:
    """What is deflated here, how many bytes of it were read, and whether that is all of it."""
    inflate, out, taken = zlib.decompressobj(-zlib.MAX_WBITS), bytearray(), 0
    while taken < len(packed) and len(out) < most and not inflate.eof:
        piece = packed[taken : taken + _PIECE]
        taken += len(piece)
        try:
            out += inflate.decompress(piece, most - len(out))
        except zlib.error:
            break
    return bytes(out), taken - len(inflate.unused_data), inflate.eof
