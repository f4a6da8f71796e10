"""The one module that reads a clock: instants in UTC."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime


def _real() -> datetime:
    return datetime.now(UTC)


_read = _real


def now() -> datetime:
    """The present instant by this machine's clock, in UTC."""
    return _read()


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
