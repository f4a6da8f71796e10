"""The texts beside a log, as they are read: one a line, each against the commitment next to it.

An opening is `{"position":N,"sha256":C,"salt":S,"text":T}`. Most hold no escaped character, and are
found many at once by what stands around the text; every other line goes through the JSON parser.
"""

import json
import re
from binascii import hexlify, unhexlify
from collections.abc import Iterable, Iterator
from hashlib import sha256

from ledger.verify.canonical import is_utf8, unique

Opening = tuple[int, bytes, str | None]
"""Position, commitment in hex, and what is wrong with it by itself."""

_DOMAIN = b"answerable/text/v1\x00"
_LINE = re.compile(
    rb'(?:\{"position":([1-9][0-9]{0,15}),"sha256":"([0-9a-f]{64})","salt":"([0-9a-f]{64})",'
    rb'"text":"([^"\\\x00-\x1f]*)"\}|([^\n]*))\n'
)
"""A line: an opening as we write it, or whatever else it is. So none is passed over."""
LEAST = len('{"position":1,"sha256":"","salt":"","text":""}') + 2 * 64
"""No opening has fewer bytes, however it is written."""
_HEX = re.compile("[0-9a-f]{64}")


def commitment(salt: bytes, text: bytes) -> bytes:
    """The commitment to a text (UTF-8): hex of SHA-256 of a label, a zero byte, salt and text."""
    return hexlify(sha256(_DOMAIN + salt + text).digest())


def openings(pieces: Iterable[bytes]) -> Iterator[Opening]:
    """Each opening in pieces of whole lines, in order."""
    number = 0
    for piece in pieces:
        for position, wanted, salt, text, other in _lines(piece):
            number += 1
            if not position:
                yield _parsed(other, number)
            elif commitment(unhexlify(salt), text) == wanted:
                yield int(position), wanted, None
            else:
                yield _another(int(position), wanted)


def _lines(piece: bytes) -> Iterable[tuple[bytes, bytes, bytes, bytes, bytes]]:
    """The parts of each opening in a piece; or no position, and the line."""
    ended = piece if piece.endswith(b"\n") or not piece else piece + b"\n"
    if is_utf8(ended):
        return _LINE.findall(ended)
    return [(b"", b"", b"", b"", line) for line in ended.split(b"\n")[:-1]]


def _parsed(raw: bytes, number: int) -> Opening:
    try:
        if len(raw) < LEAST:
            raise ValueError("it is too short for one")
        said = json.loads(raw.decode(), object_pairs_hook=unique)
        if said.keys() != {"position", "sha256", "salt", "text"}:
            raise ValueError("it says something else")
        if type(said["position"]) is not int:
            raise ValueError("it is at no position")
        if not _HEX.fullmatch(said["sha256"]) or not _HEX.fullmatch(said["salt"]):
            raise ValueError("its hashes are another's")
        found = commitment(unhexlify(said["salt"]), said["text"].encode())
    except (ValueError, AttributeError, TypeError, RecursionError):
        return 0, b"", f"line {number} of the texts is no opening"
    position, wanted = said["position"], said["sha256"].encode()
    return (position, wanted, None) if found == wanted else _another(position, wanted)


def _another(position: int, wanted: bytes) -> Opening:
    return position, wanted, f"a text of entry {position} is not the one that was recorded"
