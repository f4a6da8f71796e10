"""A log's lines, read by their shapes: each shape is parsed once, its other lines are compared.

A log has some hundreds of shapes: the same members in the same order, of the same kinds. A line of
a new one is parsed whole. If it is canonical, a pattern is made of it, in which what may differ
from line to line stands open: strings, between their quotes, and numbers. What matches the pattern
differs from a canonical line in nothing else, so it is canonical too, as long as it is UTF-8, and
has no character in a string that is written otherwise (an escape, a control character). All other
lines are parsed, each time.
"""

import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from ledger.verify.canonical import is_entry, is_utf8
from ledger.verify.line import MAX_BYTES, RECORDED_AT, TEXT, TEXT_MEMBERS, Line, read

_WITHIN = bytes(c for c in range(32, 256) if c not in b'"{}[]\\')
"""What a string may hold as it is and a line says nothing by. Without it, of a canonical line its
quotes and brackets are left; and of any other also what it should not have in a string."""
_FIELDS = {
    "id": rb'"(?P<id>[0-9a-f-]{36})"',
    "occurred_on": rb'(?:null|"[0-9-]{4,10}")',
    "recorded_by": rb'"(?P<recorded_by>[^"]+)"',
    "stream": rb'"(?P<stream>[^"]+)"',
    "version": rb"(?P<version>[1-9][0-9]{0,9})",
    "position": rb"(?P<position>[1-9][0-9]{0,14})",
    "recorded_at": rb'"(?P<recorded_at>' + RECORDED_AT + rb')"',
}
"""The forms of members that an entry has, of an event or beside it."""
_AS_IT_IS = {"provenance", "schema", "type"}
_ORDER = ("id", "stream", "version", "position", "recorded_at", "recorded_by")
_LONGEST = 4_096
"""A line of more bytes is parsed, and one whose pattern would have more: it would take long to
make, and much room."""
_ALIKE = 32
"""So many shapes with the same quotes and brackets are remembered, those that came last."""
_MOST = 1_000
"""So many are remembered in all; then it begins anew."""
_AT_ONCE = 1 << 18
_LATER = 64
"""A byte of a pattern takes as long to make as so many bytes of lines to parse: after so many in
all at first, no more are made than that makes up for."""


class _NoShapeError(ValueError):
    """A line has a text in an unusual form, so that others of its shape may differ in what it is
    that they hold as texts: each of them is parsed."""


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
        """By quotes and brackets, the one that came last in front."""
        self._held = 0
        self._parsed = self._made = 0
        """Bytes of lines, and bytes of patterns."""

    def read(self, raw: bytes) -> Line:
        """The entry that a line is (no newline), and whether it is canonical. LineError where it is
        none."""
        shapes = self._shapes.get(raw.translate(None, _WITHIN))
        if shapes is not None and len(raw) <= MAX_BYTES and (raw.isascii() or is_utf8(raw)):
            for n, shape in enumerate(shapes):
                if (line := shape.read(raw)) is not None:
                    if n:
                        shapes.insert(0, shapes.pop(n))
                    return line
        return self._parse(raw)

    def _parse(self, raw: bytes) -> Line:
        line = read(raw)
        line.canonical = is_entry(raw)
        self._parsed += len(raw)
        may = self._made < _AT_ONCE + self._parsed // _LATER
        if may and line.canonical and b"\\" not in raw and len(raw) <= _LONGEST:
            self._remember(line)
        return line

    def _remember(self, line: Line) -> None:
        try:
            pattern = _fields(json.loads(line.raw))
        except (_NoShapeError, RecursionError):
            return
        self._made += len(pattern)
        if len(pattern) > _LONGEST:
            return
        shape = _shape(line, pattern)
        if shape.read(line.raw) != line:
            return  # it holds what looks like a text, and is none
        if self._held >= _MOST:
            self._shapes.clear()
            self._held = 0
        shapes = self._shapes.setdefault(line.raw.translate(None, _WITHIN), [])
        shapes.insert(0, shape)
        self._held += 1
        if len(shapes) > _ALIKE:
            shapes.pop()
            self._held -= 1


def _shape(line: Line, written: bytes) -> _Shape:
    """The shape of a line, by its pattern."""
    pattern = re.compile(written)
    at = pattern.groupindex
    texts = sorted(set(range(1, pattern.groups + 1)) - set(at.values()))
    groups = (*(at[name] for name in _ORDER), *texts)
    return _Shape(pattern.fullmatch, groups, line.type, line.audiences)


def _fields(members: dict[str, Any]) -> bytes:
    """A pattern of an entry, or of the event in it, from a canonical line without escapes.
    _NoShapeError; RecursionError where it is nested too deep."""
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
        if value.keys() == TEXT_MEMBERS:
            raise _NoShapeError
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
