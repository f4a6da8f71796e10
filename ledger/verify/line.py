"""One entry of the log, as much of it as a verifier reads, from its canonical line.

Canonical JSON (RFC 8785) has one order of keys and no white space, so most lines need no JSON
parser: what ends a line and what holds a text are found by their bytes. A line in which that
could mislead (an escaped character, a hash that is in no text of the usual form, a second
`occurred_on`, so that what it says by whom it is may stand in its source) is parsed whole.
"""

import json
import re
from collections.abc import Iterator
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
            found = [one for name in _HOLDING for one in _walk(event.get(name), _path(name))]
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


def _path(name: str) -> str:
    """How the paths of the texts in a member of an event begin."""
    return "" if name == "data" else name


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
