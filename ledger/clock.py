"""The one module that reads a clock: instants in UTC, and how far this process has counted."""

import time
from datetime import UTC, datetime


def _counted() -> float:
    """Return seconds that no setting of a clock changes. The time for which a machine sleeps counts
    too, if the system tells it."""
    return time.clock_gettime(getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC))


def now() -> datetime:
    """Return the present instant by this machine's clock, in UTC."""
    return datetime.now(UTC)


_began = now().timestamp() - _counted()
"""The earliest instant, by this machine's clock, at which the count of seconds can have begun."""


def latest() -> datetime:
    """Return the latest instant that it can be, by the seconds that were counted since this process
    began. Only a clock that was wrong then, or a machine that stood still, makes it wrong."""
    global _began  # noqa: PLW0603
    counted = _counted()
    _began = min(_began, datetime.now(UTC).timestamp() - counted)
    return datetime.fromtimestamp(_began + counted, UTC)
