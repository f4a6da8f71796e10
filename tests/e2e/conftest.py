"""Services for the tests: three, which files share. Which files share one is said in
tests/conftest.py, so that it is started once, and their order."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from tests.e2e.service import Service, start, stop
from tests.servers import data_directory


@contextmanager
def started(*arguments: str) -> Iterator[Service]:
    with data_directory() as data:
        running = start(data, *arguments)
        try:
            yield running
        finally:
            stop(running)


@pytest.fixture(scope="session")
def service() -> Iterator[Service]:
    """A service with the samples, on an embedded database: others record there too."""
    with started("--sample") as running:
        yield running


@pytest.fixture(scope="session")
def second_service() -> Iterator[Service]:
    """One more: the README's reader has it first, while nothing else is recorded there; then files
    that edit its rows, rotate its key, or import what others import too."""
    with started("--sample") as running:
        yield running


@pytest.fixture(scope="session")
def empty() -> Iterator[Service]:
    """A service without the samples."""
    with started() as running:
        yield running
