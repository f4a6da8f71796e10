"""Whose doing an entry is."""

from ledger.entry import Entry


def doers(entry: Entry) -> set[str]:
    """Whose doing an entry is: the body whose act it is, the one that recorded it, and the one that
    its stream is about (or what else ends its name)."""
    named = {entry.by, entry.recorded_by.partition("/")[0]}
    _, slash, last = entry.stream.rpartition("/")
    return {name for name in (named | {last} if slash else named) if name}
