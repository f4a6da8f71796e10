"""The one module that reads a clock: instants in UTC, and how far this process has counted."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime


def _real() -> datetime:
    return datetime.now(UTC)


def _counted() -> float:
    """Seconds that no setting of a clock changes; a machine's sleep counts, where that is known."""
    return time.clock_gettime(getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC))


_read = _real
_began = _real().timestamp() - _counted()
"""The earliest instant, by this machine's clock, at which the count of seconds can have begun."""


def now() -> datetime:
    """Return the present instant by this machine's clock, in UTC."""
    return _read()


def latest() -> datetime:
    """Return the latest instant that it can be, by the seconds that were counted since this process
    began. Only a clock that was wrong then, or a machine that stood still, makes it wrong."""
    global _began  # noqa: PLW0603
    if _read is not _real:
        return _read()
    counted = _counted()
    _began = min(_began, _real().timestamp() - counted)
    return datetime.fromtimestamp(_began + counted, UTC)


@contextmanager
def another(clock: Callable[[], datetime]) -> Iterator[None]:
    """Meanwhile this process goes by another clock: to make a log that is synthetic, whose years
    pass in seconds (`ledger.synthetic.country`), and for nothing else."""
    global _read  # noqa: PLW0603
    _read = clock
    try:
        yield
    finally:
        _read = _real
