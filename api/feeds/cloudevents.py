"""Entries as CloudEvents 1.0 (https://github.com/cloudevents/spec), wherever they leave as JSON."""

from typing import Any

from api.schemas.events import schema_path, type_of
from ledger.dates import rfc3339
from ledger.events.entry import Entry, bare


def cloudevent(entry: Entry, origin: str, address: str) -> dict[str, Any]:
    """Return an entry as a CloudEvent 1.0: commitments and links, never opened texts. `address` is
    the service's, below which the schema of its `data` lies."""
    return {
        "specversion": "1.0",
        "id": entry.id,
        "source": origin,
        "type": type_of(type(entry.data)),
        "subject": entry.stream,
        "time": rfc3339(entry.instant),
        "datacontenttype": "application/json",
        "dataschema": f"{address}{schema_path(type(entry.data))}",
        "sequence": sequence(entry.position),
        "data": bare(entry),
    }


def sequence(position: int) -> str:
    """Return a position in sixteen digits, as many as the largest has: in order as a string, as
    the extension `sequence` of CloudEvents asks."""
    return f"{position:016}"
