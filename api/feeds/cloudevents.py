"""Entries as CloudEvents 1.0 (https://github.com/cloudevents/spec), wherever they leave as JSON."""

from typing import Any

from ledger.clock import rfc3339
from ledger.events.entry import Entry
from projections.answers.trail import bare


def cloudevent(entry: Entry, origin: str) -> dict[str, Any]:
    """An entry as a CloudEvent 1.0: commitments and links, never opened texts; `sequence` is its
    position."""
    return {
        "specversion": "1.0",
        "id": entry.id,
        "source": origin,
        "type": f"answerable.{entry.data.TOPIC}.v{entry.data.SCHEMA}",
        "subject": entry.stream,
        "time": rfc3339(entry.instant),
        "datacontenttype": "application/json",
        "sequence": str(entry.position),
        "data": bare(entry),
    }
