"""A log's lines, read by their shapes: each shape is parsed once, its other lines are compared.

A log has some hundreds of shapes: the same members in the same order, of the same kinds. A line of
a new one is parsed whole. If it is canonical, a pattern is made of it, in which what may differ
from line to line stands open: strings, between their quotes, and numbers. What matches the pattern
differs from a canonical line in nothing else, so it is canonical too, as long as it is UTF-8, and
has no character in a string that is written otherwise (an escape, a control character). All other
lines are parsed as well.
"""

import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from ledger.transparency.verify_canonical import is_entry, is_utf8
from ledger.transparency.verify_line import MAX_BYTES, TEXT, Line, read

_ODD = bytes(range(32)) + b"\\"
_FIELDS = {
    "id": rb'"(?P<id>[0-9a-f-]{36})"',
    "occurred_on": rb'(?:null|"[0-9-]{4,10}")',
    "recorded_by": rb'"(?P<recorded_by>[^"]+)"',
    "stream": rb'"(?P<stream>[^"]+)"',
    "version": rb"(?P<version>[1-9][0-9]{0,9})",
    "position": rb"(?P<position>[1-9][0-9]{0,14})",
    "recorded_at": rb'"(?P<recorded_at>[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:]{8}\.[0-9]{6}Z)"',
}
"""The forms of members that an entry has, of an event or beside it."""
_AS_IT_IS = {"provenance", "schema", "type"}
_ORDER = ("id", "stream", "version", "position", "recorded_at", "recorded_by")
_LONGEST = 4_096
"""A line of more bytes is parsed: a pattern of it would take long to make."""
_OF_A_TYPE = 32
"""So many shapes of one type are remembered, those that came last."""
_AT_ONCE = 256
_LATER = 64
"""Making a pattern takes as long as parsing so many lines: after the first, no more than one in
so many lines that are parsed becomes one."""


@dataclass(frozen=True, slots=True)
class _Shape:
    match: Callable[[bytes], "re.Match[bytes] | None"]
    groups: tuple[int, ...]
    """Where the fields are, in the order from above, and then the texts."""
    type: bytes
    audiences: tuple[bytes, ...]

    def read(self, raw: bytes) -> Line | None:
        """The entry that a line of this shape is."""
        found = self.match(raw)
        if found is None:
            return None
        entry, stream, version, position, at, by, *texts = found.group(*self.groups)
        numbers = int(version), int(position)
        return Line(raw, entry, stream, self.type, *numbers, at, by, texts, self.audiences, True)


class Lines:
    """Reads the lines of a log, and remembers the shapes that it met."""

    def __init__(self) -> None:
        self._shapes: dict[bytes, list[_Shape]] = {}
        """By type, the one that came last in front."""
        self._parsed = self._made = 0

    def read(self, raw: bytes) -> Line:
        """The entry that a line is (no newline), and whether it is canonical. LineError where it is
        none."""
        return self._by_shape(raw) or self._whole(raw)

    def _by_shape(self, raw: bytes) -> Line | None:
        at = raw.rfind(b'"type":"') + 8
        shapes = self._shapes.get(raw[at : raw.find(b'"', at)])
        if shapes is None or len(raw) > MAX_BYTES:
            return None
        if len(raw.translate(None, _ODD)) != len(raw) or not is_utf8(raw):
            return None
        for n, shape in enumerate(shapes):
            if (line := shape.read(raw)) is not None:
                if n:
                    shapes.insert(0, shapes.pop(n))
                return line
        return None

    def _whole(self, raw: bytes) -> Line:
        line = read(raw)
        line.canonical = is_entry(raw)
        self._parsed += 1
        if line.canonical and b"\\" not in raw and len(raw) <= _LONGEST:
            self._remember(line)
        return line

    def _remember(self, line: Line) -> None:
        if self._made >= _AT_ONCE + self._parsed // _LATER:
            return
        self._made += 1
        try:
            shape = _shape(line)
        except RecursionError:
            return
        if shape.read(line.raw) == line:  # else it holds what looks like a text, and is none
            shapes = self._shapes.setdefault(line.type, [])
            shapes.insert(0, shape)
            del shapes[_OF_A_TYPE:]


def _shape(line: Line) -> _Shape:
    """The shape of a canonical line without escapes. RecursionError where it is nested too deep."""
    pattern = re.compile(_fields(json.loads(line.raw)))
    at = pattern.groupindex
    texts = sorted(set(range(1, pattern.groups + 1)) - set(at.values()))
    groups = (*(at[name] for name in _ORDER), *texts)
    return _Shape(pattern.fullmatch, groups, line.type, line.audiences)


def _fields(members: dict[str, Any]) -> bytes:
    """A pattern of an entry, or of the event in it."""
    return _object({name: _field(name, value) for name, value in members.items()})


def _field(name: str, value: Any) -> bytes:
    if name == "event":
        return _fields(value)
    if name in _AS_IT_IS:
        return _written(value)
    return _FIELDS.get(name) or _any(value)


def _any(value: Any) -> bytes:
    """A pattern of what has the same members in the same order, of the same kinds."""
    if isinstance(value, dict):
        if TEXT.fullmatch(_json(value)):
            parts = {name: _written(value[name]) for name in ("audience", "lang")}
            return _object(parts | {"sha256": rb'"([0-9a-f]{64})"'})
        return _object({name: _any(item) for name, item in value.items()})
    if isinstance(value, list):
        return rb"\[" + b",".join([_any(item) for item in value]) + rb"\]"
    if isinstance(value, str):
        return rb'"[^"]*"'
    if value is None or isinstance(value, bool):
        return _written(value)
    return rb"(?:0|-?[1-9][0-9]{0,14})"


def _object(members: dict[str, bytes]) -> bytes:
    inner = (_written(name) + b":" + pattern for name, pattern in members.items())
    return rb"\{" + b",".join(inner) + rb"\}"


def _written(value: Any) -> bytes:
    return re.escape(_json(value))


def _json(value: Any) -> bytes:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()
