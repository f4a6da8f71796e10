"""One entry of the log, as much of it as a verifier reads, from its canonical line.

Canonical JSON (RFC 8785) has one order of keys and no white space, so most lines need no JSON
parser: what ends a line and what holds a text are found by their bytes. A line in which that
could mislead (an escaped character, a hash that is in no text of the usual form, a second
`occurred_on`, so that what it says by whom it is may stand in its source) is parsed whole.

Two readers of one line must see one thing: so it is canonical, no member stands twice, there is no
white space, no other spelling of a number or a character.

`Lines` reads a log's lines by their shapes: each is parsed once, its other lines are compared. A
log has some hundreds of shapes: the same members in the same order, of the same kinds. A line of a
new one is parsed whole. If it is canonical, a pattern is made of it, in which what may differ
from line to line stands open: strings, between their quotes, and numbers. What matches the pattern
differs from a canonical line in nothing else, so it is canonical too, as long as it is UTF-8, and
has no character in a string that is written otherwise (an escape, a control character). All other
lines are parsed, each time.
"""

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

MAX_BYTES = 65_535
"""The most that an entry may have (C2SP tlog-tiles)."""

RECORDED_AT = (
    rb"[0-9]{4}-[01][0-9]-[0-3][0-9]T(?:[01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9]\.[0-9]{6}Z"
)
"""A time as an entry has it: two of them compare as their bytes do."""
_HEAD = b'{"event":{"batch":'
_OCCURRED = b'"occurred_on":'
_TAIL = re.compile(
    rb'"id":"([0-9a-f-]{36})",'
    rb'"occurred_on":(?:null|"[0-9-]{4,10}"),"provenance":"[a-z_]+",'
    rb'"recorded_by":"([^"\\]+)","schema":[0-9]+,'
    rb'"source":(?:null|\{.*\}),'
    rb'"stream":"([^"\\]+)","type":"([a-z-]+)","version":([1-9][0-9]{0,9})\},'
    rb'"position":([1-9][0-9]{0,15}),'
    rb'"recorded_at":"(' + RECORDED_AT + rb')"\}'
)
TEXT = re.compile(rb'\{"audience":"(public|office)","lang":"[a-z]{2}","sha256":"([0-9a-f]{64})"\}')
"""A text in an entry, in its usual form."""
_HOLDING = ("batch", "by", "data", "source")
"""The members of an event in which a text may stand, in their order."""
TEXT_MEMBERS = {"audience", "lang", "sha256"}
"""What has these members is a text, of that form or not."""


class LineError(ValueError):
    """A line is no entry: the message says why."""


@dataclass(slots=True)
class Line:
    """What a line says of itself."""

    raw: bytes
    id: bytes
    stream: bytes
    type: bytes
    version: int
    position: int
    recorded_at: bytes
    recorded_by: bytes
    hashes: list[bytes]
    """The commitments to its texts in hex, in the line's order."""
    audiences: tuple[bytes, ...]
    """For whom each of them is."""
    canonical: bool = False
    """Whether it is known to be canonical JSON."""

    def paths(self) -> list[tuple[str, bytes, bytes]]:
        """(path, audience, commitment) of each text. The line is parsed for it: LineError, so too
        where two have one path, since a redaction names what it takes by that."""
        event = _parsed(self.raw)["event"]
        try:
            found = [
                one
                for name in _HOLDING
                for one in _walk(event.get(name), "" if name == "data" else name)
            ]
        except RecursionError:
            raise LineError("it is nested too deep") from None
        if len({path for path, _, _ in found}) < len(found):
            raise LineError("two of its texts have one path")
        return found

    def data(self) -> dict[str, Any]:
        """What was said. The line is parsed for it: LineError."""
        found: dict[str, Any] = _parsed(self.raw)["event"]["data"]
        return found


def read(raw: bytes) -> Line:
    """The entry that a line is (no newline). LineError where it is none."""
    if len(raw) > MAX_BYTES:
        raise LineError(f"it has {len(raw):,} bytes, {MAX_BYTES:,} is the most")
    at = raw.rfind(b'"id":"', 0, raw.rfind(_OCCURRED))
    match = _TAIL.fullmatch(raw, at) if at > 0 else None
    if match is None or not raw.startswith(_HEAD):
        raise LineError(_why_none(raw))
    try:
        raw.decode()
    except UnicodeDecodeError:
        raise LineError("it is not UTF-8") from None
    entry, by, stream, topic, version, position, instant = match.groups()
    texts = TEXT.findall(raw)
    audiences, hashes = tuple(one for one, _ in texts), [one for _, one in texts]
    numbers = int(version), int(position)
    found = Line(raw, entry, stream, topic, *numbers, instant, by, hashes, audiences)
    plain = b"\\" not in raw and raw.count(_OCCURRED) == 1
    if not plain or raw.count(b'"sha256":') != len(texts):
        _parse_whole(found)
    return found


def _why_none(raw: bytes) -> str:
    """Why a line has not the form of an entry, where that is how its file came here."""
    if raw.endswith(b"\r"):
        return "it ends with a carriage return: the file was converted on its way, fetch it again"
    if raw.startswith(b"\xef\xbb\xbf"):
        return "it begins with a byte order mark: the file was converted on its way, fetch it again"
    return "it has not the form of an entry"


def _parse_whole(found: Line) -> None:
    """Check a line against what JSON makes of it, and take its texts from there."""
    whole = _parsed(found.raw)
    event = whole["event"]
    names = (event["id"], event["recorded_by"], event["stream"], event["type"])
    said = (*names, whole["recorded_at"], event["version"], whole["position"])
    read_as = (found.id, found.recorded_by, found.stream, found.type, found.recorded_at)
    if said != (*(one.decode() for one in read_as), found.version, found.position):
        raise LineError("it says two things at once")
    paths = found.paths()
    found.audiences = tuple(audience for _, audience, _ in paths)
    found.hashes = [sha256 for _, _, sha256 in paths]


def _parsed(raw: bytes) -> dict[str, Any]:
    """The JSON of a line that has the members of an entry. LineError."""
    try:
        whole: dict[str, Any] = json.loads(raw)
        event = whole["event"]
        if not {"id", "recorded_by", "stream", "type", "version", "source"} <= event.keys():
            raise KeyError("event")
        if not isinstance(event["data"], dict) or not {"position", "recorded_at"} <= whole.keys():
            raise KeyError("data")
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        raise LineError("it is no entry in JSON") from None
    return whole


def _walk(value: Any, path: str) -> Iterator[tuple[str, bytes, bytes]]:
    dot = f"{path}." if path else ""
    if isinstance(value, dict):
        if value.keys() == TEXT_MEMBERS:
            yield path, _encoded(value["audience"]), _encoded(value["sha256"])
            return
        for name, item in value.items():
            yield from _walk(item, dot + name)
    elif isinstance(value, list):
        for n, item in enumerate(value):
            yield from _walk(item, f"{dot}{n}")


def _encoded(value: Any) -> bytes:
    """As bytes; what UTF-8 has no bytes for becomes a question mark, which no hash has."""
    return str(value).encode(errors="replace")


# Its canonical form

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
_LARGEST = 2**53 - 1
"""The largest number that every reader of JSON takes for the same (RFC 8785, section 3.2.2.3)."""


def unique(members: list[tuple[str, Any]]) -> dict[str, Any]:
    """The members of a JSON object. ValueError where one stands twice."""
    found = dict(members)
    if len(found) != len(members):
        raise ValueError("a member stands twice")
    return found


def is_utf8(raw: bytes) -> bool:
    """Whether bytes are UTF-8."""
    if raw.isascii():
        return True
    try:
        raw.decode()
    except UnicodeDecodeError:
        return False
    return True


def is_entry(raw: bytes) -> bool:
    """Whether a line (no newline) is what RFC 8785 makes of what it says (whole numbers only)."""
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
    if type(value) is int and abs(value) > _LARGEST:
        raise ValueError("a number is too large")
    return value


def _none(text: str) -> None:
    raise ValueError(f"{text} is no whole number")


# By its shape

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
