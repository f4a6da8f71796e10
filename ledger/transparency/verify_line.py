"""One entry of the log, as much of it as a verifier reads, from its canonical line.

Canonical JSON (RFC 8785) has one order of keys and no white space, so most lines need no JSON
parser: what ends a line and what holds a text are found by their bytes. A line in which that
could mislead (an escaped character, a hash that is in no text of the usual form) is parsed whole.
"""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

MAX_BYTES = 65_535
"""The most that an entry may have (C2SP tlog-tiles)."""

_HEAD = b'{"event":{"batch":'
_TAIL = re.compile(
    rb'"id":"([0-9a-f-]{36})",'
    rb'"occurred_on":(?:null|"[0-9-]{4,10}"),"provenance":"[a-z_]+",'
    rb'"recorded_by":"([^"\\]+)","schema":[0-9]+,'
    rb'"source":(?:null|\{.*\}),'
    rb'"stream":"([^"\\]+)","type":"([a-z-]+)","version":([1-9][0-9]{0,9})\},'
    rb'"position":([1-9][0-9]{0,15}),'
    rb'"recorded_at":"([0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:]{8}\.[0-9]{6}Z)"\}'
)
TEXT = re.compile(rb'\{"audience":"(public|office)","lang":"[a-z]{2}","sha256":"([0-9a-f]{64})"\}')
"""A text in an entry, in its usual form."""


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
        """(path, audience, commitment) of each text. The line is parsed for it: LineError."""
        whole = _parsed(self.raw)
        return [*_walk(whole["event"]["data"], ""), *_walk(whole["event"]["source"], "source")]

    def data(self) -> dict[str, Any]:
        """What was said. The line is parsed for it: LineError."""
        found: dict[str, Any] = _parsed(self.raw)["event"]["data"]
        return found


def read(raw: bytes) -> Line:
    """The entry that a line is (no newline). LineError where it is none."""
    if len(raw) > MAX_BYTES:
        raise LineError(f"it has {len(raw):,} bytes, {MAX_BYTES:,} is the most")
    at = raw.rfind(b'"id":"', 0, raw.rfind(b'"occurred_on":'))
    match = _TAIL.fullmatch(raw, at) if at > 0 else None
    if match is None or not raw.startswith(_HEAD):
        raise LineError("it has not the form of an entry")
    try:
        raw.decode()
    except UnicodeDecodeError:
        raise LineError("it is not UTF-8") from None
    entry, by, stream, topic, version, position, instant = match.groups()
    texts = TEXT.findall(raw)
    audiences, hashes = tuple(one for one, _ in texts), [one for _, one in texts]
    numbers = int(version), int(position)
    found = Line(raw, entry, stream, topic, *numbers, instant, by, hashes, audiences)
    if b"\\" in raw or raw.count(b'"sha256":') != len(texts):
        _parse_whole(found)
    return found


def _parse_whole(found: Line) -> None:
    """Check a line against what JSON makes of it, and take its texts from there."""
    whole = _parsed(found.raw)
    event = whole["event"]
    said = (event["id"], event["stream"], event["type"], event["version"], whole["position"])
    names = (found.id.decode(), found.stream.decode(), found.type.decode())
    if said != (*names, found.version, found.position):
        raise LineError("it says two things at once")
    paths = found.paths()
    found.audiences = tuple(audience for _, audience, _ in paths)
    found.hashes = [sha256 for _, _, sha256 in paths]


def _parsed(raw: bytes) -> dict[str, Any]:
    """The JSON of a line that has the members of an entry. LineError."""
    try:
        whole: dict[str, Any] = json.loads(raw)
        event = whole["event"]
        if not {"id", "stream", "type", "version", "source"} <= event.keys():
            raise KeyError("event")
        if not isinstance(event["data"], dict) or "position" not in whole:
            raise KeyError("data")
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        raise LineError("it is no entry in JSON") from None
    return whole


def _walk(value: Any, path: str) -> Iterator[tuple[str, bytes, bytes]]:
    dot = f"{path}." if path else ""
    if isinstance(value, dict):
        if {"audience", "lang", "sha256"} == value.keys():
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
