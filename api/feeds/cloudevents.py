"""Entries as CloudEvents 1.0 (https://github.com/cloudevents/spec), the form in which they leave as
JSON."""

from api.schemas.events import CloudEvent, schema_path, type_of
from ledger.dates import rfc3339
from ledger.events.entry import Entry
from projections.answers import entry as answers


def cloudevent(entry: Entry, origin: str, address: str) -> CloudEvent:
    """Return an entry as a CloudEvent 1.0, with commitments and links, never with opened texts.
    `address` is the service's; the schema of `data` lies below it."""
    return CloudEvent(
        specversion="1.0",
        id=entry.id,
        source=origin,
        type=type_of(type(entry.data)),
        subject=entry.stream,
        time=rfc3339(entry.instant),
        datacontenttype="application/json",
        dataschema=f"{address}{schema_path(type(entry.data))}",
        sequence=sequence(entry.position),
        data=answers.entry(entry),
    )


def sequence(position: int) -> str:
    """Return a position in sixteen digits, as many as the largest has. As strings they sort like
    the positions, as the CloudEvents extension `sequence` asks."""
    return f"{position:016}"
