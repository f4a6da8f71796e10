"""One entry of the log, as much of it as a verifier reads, from its line.

A line is canonical JSON (RFC 8785), so that two readers of it see one thing: no member stands
twice, nothing has another spelling, and there is no white space. The line is parsed, written again
in the canonical form, and compared with its own bytes.
"""

import json
import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, NamedTuple

MAX_BYTES = 65_535
"""The most that an entry may have (C2SP tlog-tiles)."""
MOST = 2**53 - 1
"""The largest number that every reader of JSON takes for the same (RFC 8785, section 3.2.2.3)."""
TEXT_MEMBERS = {"audience", "lang", "sha256"}
"""An object with exactly these members is a text."""

_MEMBERS = {"event", "position", "recorded_at"}
_FORMS = {
    "id": re.compile("[0-9a-f-]{36}"),
    "provenance": re.compile("[a-z_]+"),
    "recorded_by": re.compile(r'[^"\\\x00-\x1f]+'),
    "stream": re.compile(r'[^"\\\x00-\x1f]+'),
    "type": re.compile("[a-z-]+"),
}
"""The members of an event that are always strings, with the form of each."""
_DAY = re.compile("[0-9-]{4,10}")
_OF_EVENT = {*_FORMS, "batch", "by", "data", "occurred_on", "schema", "source", "version"}
_RECORDED_AT = re.compile(
    "[0-9]{4}-[01][0-9]-[0-3][0-9]T(?:[01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9][.][0-9]{6}Z"
)
"""A time as an entry has it: two of them compare as their characters do."""
_HOLDING = ("batch", "by", "data", "source")
"""The members of an event in which a text may stand, in their order."""
_NESTED = (dict, list)
_ABOVE = re.compile(b"[\xee-\xff]")
"""A character from U+E000 on (UTF-8). Without any, names sorted by their code points are in the
order of RFC 8785, which sorts them by their UTF-16."""


class LineError(ValueError):
    """A line is no entry: the message says why."""


class Text(NamedTuple):
    """A text that an entry commits to."""

    path: str
    """Where it stands in the entry: `text`, `claim.as_stated`, `source.note`."""
    audience: str
    sha256: str
    """The commitment, in hex."""


@dataclass(slots=True)
class LoggedEntry:
    """An entry of the log, as its line states it."""

    raw: bytes
    id: str
    stream: str
    type: str
    version: int
    position: int
    recorded_at: str
    recorded_by: str
    event: dict[str, Any]
    """The whole event."""
    texts: list[Text]
    """In the line's order."""
    canonical: bool
    """True if the line is canonical JSON."""

    @property
    def data(self) -> dict[str, Any]:
        """Return what was said."""
        found: dict[str, Any] = self.event["data"]
        return found


def read(raw: bytes) -> LoggedEntry:
    """Return the entry on a line (no newline). Raise LineError if the line is no entry."""
    if len(raw) > MAX_BYTES:
        raise LineError(f"it has {len(raw):,} bytes, {MAX_BYTES:,} is the most")
    try:
        line = raw.decode()
    except UnicodeDecodeError:
        raise LineError("it is not UTF-8") from None
    if (converted := _converted(raw)) is not None:
        raise LineError(f"{converted}: the file was converted on its way, fetch it again")
    try:
        whole = _DECODER.decode(line)
        if not _has_the_form(whole):
            raise LineError("it has not the form of an entry")
        event = whole["event"]
        texts: list[Text] = []
        for name in _HOLDING:
            if isinstance(held := event[name], _NESTED):
                _find_texts(held, "" if name == "data" else name, texts)
        plain = raw.isascii() or _ABOVE.search(raw) is None
        canonical = _canonical(whole, plain=plain) == line
    except RecursionError:
        raise LineError("it is nested too deep") from None
    except LineError:
        raise
    except ValueError:
        raise LineError("it is no JSON of whole numbers and strings") from None
    if len(texts) > 1 and len({one.path for one in texts}) < len(texts):
        raise LineError("two of its texts have one path")
    return LoggedEntry(
        raw,
        event["id"],
        event["stream"],
        event["type"],
        event["version"],
        whole["position"],
        whole["recorded_at"],
        event["recorded_by"],
        event,
        texts,
        canonical,
    )


def _has_the_form(whole: Any) -> bool:
    """Return whether JSON has the members of an entry, each of its kind."""
    if not isinstance(whole, dict) or whole.keys() != _MEMBERS:
        return False
    event, position, recorded_at = whole["event"], whole["position"], whole["recorded_at"]
    if not isinstance(event, dict) or event.keys() != _OF_EVENT:
        return False
    if not (isinstance(recorded_at, str) and _RECORDED_AT.fullmatch(recorded_at)):
        return False
    for name, form in _FORMS.items():
        if not (isinstance(value := event[name], str) and form.fullmatch(value)):
            return False
    for number in (event["schema"], event["version"], position):
        if type(number) is not int or number < 0:
            return False
    day, source = event["occurred_on"], event["source"]
    return (
        (day is None or (isinstance(day, str) and _DAY.fullmatch(day) is not None))
        and isinstance(event["data"], dict)
        and (source is None or isinstance(source, dict))
    )


def _converted(raw: bytes) -> str | None:
    """Return by what one sees that the file of a line was converted; None where it was not."""
    if raw.endswith(b"\r"):
        return "it ends with a carriage return"
    return "it begins with a byte order mark" if raw.startswith(b"\xef\xbb\xbf") else None


def _find_texts(value: Any, path: str, found: list[Text]) -> None:
    """Add the texts in an object or a list to those found, with the path of each."""
    items: Iterable[tuple[Any, Any]]
    if isinstance(value, dict):
        if len(value) == len(TEXT_MEMBERS) and value.keys() == TEXT_MEMBERS:
            found.append(Text(path, str(value["audience"]), str(value["sha256"])))
            return
        items = value.items()
    else:
        items = enumerate(value)
    for name, item in items:
        if isinstance(item, _NESTED):
            _find_texts(item, f"{path}.{name}" if path else str(name), found)


def _canonical(whole: Any, *, plain: bool) -> str:
    """Return the canonical form of what was parsed. `plain`: names sort by their code points."""
    return _ENCODER.encode(whole) if plain else _IN_ORDER.encode(_ordered(whole))


def _ordered(value: Any) -> Any:
    """Return a value with the members of every object in the order of RFC 8785."""
    if isinstance(value, dict):
        names = sorted(value, key=lambda name: name.encode("utf-16-be", "surrogatepass"))
        return {name: _ordered(value[name]) for name in names}
    if isinstance(value, list):
        return [_ordered(one) for one in value]
    return value


def unique(members: list[tuple[str, Any]]) -> dict[str, Any]:
    """Return the members of a JSON object. Raise ValueError if one stands twice."""
    found = dict(members)
    if len(found) != len(members):
        raise ValueError("a member stands twice")
    return found


def is_utf8(raw: bytes) -> bool:
    """Return whether bytes are UTF-8."""
    if raw.isascii():
        return True
    try:
        raw.decode()
    except UnicodeDecodeError:
        return False
    return True


def _whole_number(text: str) -> int:
    value = int(text)
    if abs(value) > MOST:
        raise ValueError(f"{text} is too large a number")
    return value


def _no_number(text: str) -> None:
    raise ValueError(f"{text} is no whole number")


_DECODER = json.JSONDecoder(
    parse_int=_whole_number, parse_float=_no_number, parse_constant=_no_number
)
_ENCODER = json.JSONEncoder(
    ensure_ascii=False, check_circular=False, separators=(",", ":"), sort_keys=True
)
_IN_ORDER = json.JSONEncoder(ensure_ascii=False, check_circular=False, separators=(",", ":"))
