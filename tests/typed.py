"""Answers in JSON as the structs that they were made from."""

from typing import Any

from msgspec import convert

from ledger.events import BY_TOPIC
from projections.answers.trail import TrailEntry
from projections.fields import EventData


def with_event(entry: dict[str, Any]) -> dict[str, Any]:
    """Return an entry with what it says as its event, in place of that event's JSON."""
    return entry | {"data": EventData(convert(entry["data"], BY_TOPIC[entry["type"]]))}


def trail_entry(entry: dict[str, Any]) -> TrailEntry:
    """Return an entry of a trail as a struct."""
    return convert(with_event(entry), TrailEntry)
