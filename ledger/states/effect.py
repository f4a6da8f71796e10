"""Which entries of a stream are in effect, and what their fields say, as known at a position.

Corrections, retractions and disputes change what is known, never what happened: they have no
day of their own. Read newest first, a retraction always stands after its target, so that each
is decided before what it sets aside.
"""

import dataclasses
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import date
from typing import Any, get_args

import msgspec

from ledger.dates import Interval, interval, london_date
from ledger.events import (
    AnyEvent,
    EntryCorrected,
    EntryRetracted,
    ExtensionGranted,
    KnowledgeEvent,
)
from ledger.events.entry import Entry
from ledger.events.texts import Text

CHANGING = (EntryCorrected, EntryRetracted)
"""The kinds of which an entry changes what is known of former ones."""
KNOWLEDGE = get_args(KnowledgeEvent)
"""The same kinds, to be looked through in half the time."""

DAY_FIELDS = {"occurred_on", "published_on", "seen_on", "looked_on"}
"""The names under which an act's own day is corrected: one stored date."""


class Known(msgspec.Struct, frozen=True):
    """An entry as it is known: its values after corrections, and what set it aside, if anything."""

    entry: Entry
    """With corrected values; `original` is what was first recorded."""
    original: Entry
    corrected_by: dict[str, Entry] = {}
    """Field path to the correction in effect; a day's is `occurred_on`, however it was named."""
    set_aside_by: str | None = None
    """The retraction in effect, or None: then it is in effect itself."""

    @property
    def in_effect(self) -> bool:
        return self.set_aside_by is None

    @property
    def data(self) -> AnyEvent:
        return self.entry.data

    @property
    def id(self) -> str:
        return self.entry.id


def known(entries: Iterable[Entry]) -> list[Known]:
    """Return every entry of one stream as it is known, by position. `entries` end where knowledge
    ends."""
    ordered = sorted(entries, key=lambda entry: entry.position)
    if not any(isinstance(entry.data, CHANGING) for entry in ordered):
        return [Known(entry, entry) for entry in ordered]  # as almost always
    set_aside: dict[str, str] = {}
    for entry in reversed(ordered):
        if isinstance(entry.data, EntryRetracted) and entry.id not in set_aside:
            set_aside.setdefault(entry.data.target, entry.id)
    corrections: dict[str, dict[str, Entry]] = {}
    for entry in ordered:
        if isinstance(entry.data, EntryCorrected) and entry.id not in set_aside:
            path = "occurred_on" if entry.data.field in DAY_FIELDS else entry.data.field
            corrections.setdefault(entry.data.target, {})[path] = entry
    return [
        _as_known(entry, corrections.get(entry.id, {}), set_aside.get(entry.id))
        for entry in ordered
    ]


def in_effect(entries: Iterable[Entry]) -> list[Known]:
    """Return the acts of one stream that are in effect: nothing set aside, and nothing that only
    changes what is known or may be read."""
    return [one for one in known(entries) if one.in_effect and not isinstance(one.data, KNOWLEDGE)]


CapturedOn = Callable[[str], date | None]
"""The London date on which a capture was received, by its id."""


def happened(one: Known, *, report_day: date | None, captured_on: CapturedOn) -> Interval:
    """Return the days on which an act can have happened, cut by the report's day, its recording
    and the capture that it cites. If an extension names another day on which it was granted, the
    act may lie there or between."""
    received = london_date(one.original.instant)
    if one.entry.source is not None and one.entry.source.capture is not None:
        received = min(received, captured_on(one.entry.source.capture) or received)
    found = interval(one.entry.occurred_on, not_before=report_day, received_by=received)
    if not isinstance(one.data, ExtensionGranted):
        return found
    granted = date.fromisoformat(one.data.granted_on)
    return Interval(found.lo and min(found.lo, granted), max(found.hi, granted))


def value_at(entry: Entry, path: str) -> Any:
    """Return the value of a field by its path (`claim.means`, `published_on`). Raise KeyError if
    there is no such field."""
    if path in DAY_FIELDS:
        return entry.occurred_on
    root: Any = entry if path.startswith("source.") else entry.data
    for step in path.split("."):
        if isinstance(root, tuple):
            if step not in map(str, range(len(root))):
                raise KeyError(path)
            root = root[int(step)]
        elif _has_part(root, step):
            root = getattr(root, step)
        else:
            raise KeyError(path)
    return root


def said_paths(value: Any, path: str = "", *, unsaid: bool = False) -> Iterator[str]:
    """Yield the path of each value that an event or a source says; a text is one value. With
    `unsaid`, yield the paths of empty fields too."""
    dot = f"{path}." if path else ""
    if isinstance(value, tuple):
        for number, one in enumerate(value):
            yield from said_paths(one, f"{dot}{number}", unsaid=unsaid)
    elif dataclasses.is_dataclass(value) and not isinstance(value, Text):
        for part in dataclasses.fields(value):
            yield from said_paths(getattr(value, part.name), f"{dot}{part.name}", unsaid=unsaid)
    elif value is not None or unsaid:
        yield path


def text_at(entry: Entry, path: str) -> Text | None:
    """Return the text at a path, or None."""
    try:
        value = value_at(entry, path)
    except KeyError:
        return None
    return value if isinstance(value, Text) else None


def _has_part(root: Any, step: str) -> bool:
    """Return whether a value has a part of this name. A text has no parts: it is corrected
    whole."""
    if isinstance(root, Text) or not dataclasses.is_dataclass(root):
        return False
    return step in {f.name for f in dataclasses.fields(root)}


def _as_known(entry: Entry, corrections: dict[str, Entry], set_aside_by: str | None) -> Known:
    now = entry
    for path, correction in corrections.items():
        assert isinstance(correction.data, EntryCorrected)
        now = with_value(now, path, correction.data.now)
    return Known(now, entry, corrections, set_aside_by)


def with_value(entry: Entry, path: str, value: Any) -> Entry:
    """Return the entry with another value in the field at `path`."""
    if path in DAY_FIELDS:
        return dataclasses.replace(entry, occurred_on=value)
    steps = path.split(".")
    if steps[0] == "source":
        found: Entry = _replaced(entry, steps, value)
        return found
    return dataclasses.replace(entry, data=_replaced(entry.data, steps, value))


def _replaced(root: Any, steps: Sequence[str], value: Any) -> Any:
    step, rest = steps[0], steps[1:]
    if isinstance(root, tuple):
        at = int(step)
        return (*root[:at], _replaced(root[at], rest, value) if rest else value, *root[at + 1 :])
    inner = _replaced(getattr(root, step), rest, value) if rest else value
    return dataclasses.replace(root, **{step: inner})


def text_lies_at(one: Known, path: str) -> tuple[int, str]:
    """Return the place of a text's opening, (position, field): in the entry or in its
    correction."""
    if (correction := one.corrected_by.get(path)) is not None:
        return correction.position, "now"
    return one.original.position, path
