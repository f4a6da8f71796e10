"""A comparison that finds a text repeated elsewhere, by its characters, whatever the layout.

Tags, character references and all white space are left out on both sides, and capitals are read as
small letters. So a page's markup, line breaks, non-breaking spaces and headings hide nothing.

Foreign bytes are not trusted in what they state about themselves. In a mail, everything that reads
as base64 or as quoted-printable is decoded, wherever it stands. In a package, each part is unpacked
where it begins, whatever the table of contents states. So nothing can fail, and each byte is read
once.
"""

import binascii
import html
import re
import zlib
from dataclasses import dataclass

LONG = 24
"""Characters, white space left out, from which a text is told from others that say the same by
chance: “Complete” is written everywhere, and is no copy."""

MOST_LINES = 5_000
"""Lines of a text that are looked for, the longest of them: what has those is a copy."""

_TAG = re.compile(r"<[^<>]*>")
_PLAIN = re.compile(r"[0-9A-Za-z]+")


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


def squeezed(words: str) -> str:
    """Return the characters of a text or a page in small letters, without tags, references and
    white space.

    It goes over them twice, because some pages write their tags as references (`&lt;p&gt;`).
    """
    for _ in range(2):
        words = unescaped(_TAG.sub("", words))
    return "".join(_TAG.sub("", words).split()).casefold()


_MANY_DIGITS = re.compile(r"&#([0-9]{9,})")


def unescaped(words: str) -> str:
    """Return words with the characters that their references stand for.

    Python reads no number of more than 4,300 digits. A number that is too large for a character
    stays so when it is cut short.
    """
    return html.unescape(_MANY_DIGITS.sub(_shorter, words))


def _shorter(reference: re.Match[str]) -> str:
    return f"&#{reference[1].lstrip('0')[:9] or '0'}"


def is_long(text: str) -> bool:
    """Return whether a text is long enough to be recognised elsewhere."""
    return len(squeezed(text)) >= LONG


def lines_of(text: str) -> list[str]:
    """Return the lines of a text that a copy of it has, squeezed: each once, the longest first."""
    lines = {line for line in map(squeezed, text.splitlines()) if line}
    return sorted(lines, key=len, reverse=True)[:MOST_LINES]


def repeats(where: str, lines: list[str]) -> bool:
    """Return whether something squeezed holds every line of a text, in whatever order."""
    return bool(lines) and all(line in where for line in lines)


def shares_a_line(where: str, lines: list[str]) -> bool:
    """Return whether something squeezed holds a long line of a text, or the text itself."""
    return repeats(where, lines) or any(len(line) >= LONG and line in where for line in lines)


def longest_word(text: str) -> str:
    """Return the longest run of plain letters and digits of a text, in small letters. Everything
    that repeats the text has it too, in small letters or capitals."""
    plain = unescaped(_TAG.sub(" ", text))
    return max(_PLAIN.findall(plain), key=len, default="").lower()


def readable(media_type: str) -> bool:
    """Return whether bytes of this type are words that can be compared: a PDF or a picture is
    not."""
    kind, _, form = media_type.lower().partition(";")[0].strip().partition("/")
    return kind not in {"image", "audio", "video"} and form != "pdf"


@dataclass(frozen=True, slots=True)
class Words:
    """The words in bytes, squeezed: once for each part, and for each character set that it may be
    in.

    `all`: whether all of it was unpacked. The rest was searched as it is packed.
    """

    said: list[str]
    all: bool = True


def words_of(body: bytes, media_type: str) -> Words:
    """Return the words of bytes as they are, and of the parts of a mail. A sheet or a document is a
    package (.xlsx, .ods, .docx): the parts that it packs count too."""
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
    """Return all that a mail may mean by quoted-printable, and each run of base64 (RFC 2045, 6.7,
    6.8)."""
    found = [binascii.a2b_qp(body)]
    for run in _BASE64.finditer(body):
        letters = run[0].translate(None, b"\r\n")
        found.append(binascii.a2b_base64(letters[: len(letters) // 4 * 4]))
    return found


def _unpacked(body: bytes) -> tuple[list[bytes], bool]:
    """Return the XML parts of a package that are deflated (APPNOTE 4.3.7), and whether those and
    the unpacked ones were all."""
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
    """Return what is deflated here, how many bytes of it were read, and whether that is all of
    it."""
    inflate, out, taken = zlib.decompressobj(-zlib.MAX_WBITS), bytearray(), 0
    while taken < len(packed) and len(out) < most and not inflate.eof:
        piece = packed[taken : taken + _PIECE]
        taken += len(piece)
        try:
            out += inflate.decompress(piece, most - len(out))
        except zlib.error:
            break
    return bytes(out), taken - len(inflate.unused_data), inflate.eof
