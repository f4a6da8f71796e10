"""How long after it happened an act was recorded."""

from ledger import dates
from ledger.clock import london_date
from ledger.events.entry import Entry


def recorded_late(entry: Entry, by: int) -> bool:
    """Whether an act was recorded more than so many days after the last day on which it can have
    happened, by what the entry itself says. Of a day not known that is never said."""
    days = days_late(entry)
    return days is not None and days > by


def days_late(entry: Entry) -> int | None:
    """How many days after the last day on which it can have happened an act was recorded, by what
    the entry itself says; None of a day not known."""
    if entry.occurred_on is None:
        return None
    return (london_date(entry.instant) - dates.last_day(entry.occurred_on)).days


def is_backfill(entry: Entry) -> bool:
    """Whether it was entered long afterwards on purpose."""
    return entry.batch is not None and entry.batch.kind == "backfill"
