"""Whether a line is canonical JSON (RFC 8785) with the members of an entry, and says nothing twice.

Two readers of one line must see one thing: so no member may stand twice, no white space, no other
spelling of a number or a character.
"""

import json
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
    if type(value) is int and abs(value) > _MOST:
        raise ValueError("a number is too large")
    return value


def _none(text: str) -> None:
    raise ValueError(f"{text} is no whole number")
