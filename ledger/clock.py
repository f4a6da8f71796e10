"""The one module that reads a clock: instants in UTC, civil dates in Europe/London."""

from datetime import UTC, date, datetime
from functools import lru_cache
from zoneinfo import ZoneInfo

LONDON = ZoneInfo("Europe/London")


def now() -> datetime:
    """The present instant by this machine's clock, in UTC."""
    return datetime.now(UTC)


@lru_cache(maxsize=20_000)
def london_date(instant: datetime) -> date:
    """The civil date in London at an instant: 23:01 UTC on 15 May 2025 is 16 May (BST)."""
    return instant.astimezone(LONDON).date()


@lru_cache(maxsize=20_000)
def rfc3339(instant: datetime) -> str:
    """An instant as `YYYY-MM-DDTHH:MM:SS.ffffffZ`, the one form that entries and answers use."""
    return instant.astimezone(UTC).isoformat(timespec="microseconds").removesuffix("+00:00") + "Z"
