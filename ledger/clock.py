"""The one module that reads a clock: instants in UTC, civil dates in Europe/London."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime
from functools import lru_cache
from zoneinfo import ZoneInfo

LONDON = ZoneInfo("Europe/London")


def _real() -> datetime:
    return datetime.now(UTC)


_read = _real


def now() -> datetime:
    """The present instant by this machine's clock, in UTC."""
    return _read()


@contextmanager
def another(clock: Callable[[], datetime]) -> Iterator[None]:
    """Meanwhile this process goes by another clock: to make a log that is synthetic, whose years
    pass in seconds (`ledger.synthetic.years`), and for nothing else."""
    global _read  # noqa: PLW0603
    _read = clock
    try:
        yield
    finally:
        _read = _real


@lru_cache(maxsize=20_000)
def london_date(instant: datetime) -> date:
    """The civil date in London at an instant: 23:01 UTC on 15 May 2025 is 16 May (BST)."""
    return instant.astimezone(LONDON).date()


@lru_cache(maxsize=20_000)
def rfc3339(instant: datetime) -> str:
    """An instant as `YYYY-MM-DDTHH:MM:SS.ffffffZ`, the one form that entries and answers use."""
    return instant.astimezone(UTC).isoformat(timespec="microseconds").removesuffix("+00:00") + "Z"
