"""Whether a line is canonical JSON (RFC 8785) with the members of an entry, and says nothing twice.

Two readers of one line must see one thing: so no member may stand twice, no white space, no other
spelling of a number or a character. Most lines are told by their shape: what stands outside of the
strings, and the names of the members. A shape is parsed when it comes up first; from then on its
lines are compared with it, which is an eighth of the work. What has an escape is parsed each time.
"""

import json
from collections.abc import Callable
from operator import itemgetter
from typing import Any

_MEMBERS = {"event", "position", "recorded_at"}
_OF_EVENT = {
    "batch",
    "by",
    "data",
    "id",
    "occurred_on",
    "provenance",
    "recorded_by",
    "schema",
    "source",
    "stream",
    "type",
    "version",
}
_MOST = 2**53 - 1
"""The largest number that every reader of JSON takes for the same (RFC 8785, section 3.2.2.3)."""
_DIGITS = bytes.maketrans(b"123456789", b"0" * 9)
_CONTROLS = bytes(range(32))
_LARGE = b"0" * 16
_SHAPES = 10_000
"""So many shapes are remembered: a log of ours has some hundreds."""

_Names = Callable[[list[bytes]], tuple[bytes, ...] | bytes]


class Canonical:
    """Tells canonical entries from other lines, and remembers the shapes that it met."""

    def __init__(self) -> None:
        self._names: dict[bytes, _Names] = {}
        """By what stands outside of strings: which of the strings are names of members."""
        self._good: set[tuple[bytes, tuple[bytes, ...] | bytes]] = set()

    def is_entry(self, raw: bytes) -> bool:
        """Whether a line (no newline) is an entry's canonical JSON."""
        if b"\\" in raw or not _is_text(raw):
            return _parsed(raw)
        parts = raw.split(b'"')
        outside = b'"'.join(parts[::2])
        shape = outside.translate(_DIGITS)
        if _LARGE in shape or _may_be_odd(outside):
            return _parsed(raw)
        names = self._names.get(shape)
        if names is not None and (shape, names(parts)) in self._good:
            return True
        if not _parsed(raw):
            return False
        if len(self._good) >= _SHAPES:
            self._names.clear()
            self._good.clear()
        names = itemgetter(*(n for n in range(1, len(parts), 2) if parts[n + 1][:1] == b":"))
        self._names[shape] = names
        self._good.add((shape, names(parts)))
        return True


def unique(members: list[tuple[str, Any]]) -> dict[str, Any]:
    """The members of a JSON object. ValueError where one stands twice."""
    found = dict(members)
    if len(found) != len(members):
        raise ValueError("a member stands twice")
    return found


def _is_text(raw: bytes) -> bool:
    """Whether these are UTF-8 without control characters."""
    if len(raw.translate(None, _CONTROLS)) != len(raw):
        return False
    try:
        raw.decode()
    except UnicodeDecodeError:
        return False
    return True


def _may_be_odd(outside: bytes) -> bool:
    """Whether a number begins with a sign or a nought: it may be one of several spellings."""
    return b"-" in outside or b":0" in outside or b",0" in outside or b"[0" in outside


def _parsed(raw: bytes) -> bool:
    """Whether bytes are what RFC 8785 makes of what they say (whole numbers only)."""
    try:
        said = json.loads(raw, object_pairs_hook=unique, parse_float=_none, parse_constant=_none)
        if said.keys() != _MEMBERS or said["event"].keys() != _OF_EVENT:
            return False
        made = json.dumps(_ordered(said), ensure_ascii=False, separators=(",", ":"))
        return made.encode() == raw
    except (ValueError, TypeError, AttributeError, RecursionError):
        return False


def _ordered(value: Any) -> Any:
    """With the members of every object in the order of RFC 8785: by their names in UTF-16."""
    if isinstance(value, dict):
        names = sorted(value, key=lambda name: name.encode("utf-16-be", "surrogatepass"))
        return {name: _ordered(value[name]) for name in names}
    if isinstance(value, list):
        return [_ordered(one) for one in value]
    if type(value) is int and abs(value) > _MOST:
        raise ValueError("a number is too large")
    return value


def _none(text: str) -> None:
    raise ValueError(f"{text} is no whole number")
