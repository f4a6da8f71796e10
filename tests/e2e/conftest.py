"""Services for the tests: one for all that can share it, one of its own for a file that cannot."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from tests.e2e.service import Service, start, stop


@contextmanager
def started(paths: pytest.TempPathFactory) -> Iterator[Service]:
    running = start(paths.mktemp("e2e") / "data", "--sample")
    try:
        yield running
    finally:
        stop(running)


@pytest.fixture(scope="session")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """A service with the samples, on an embedded database: others record there too."""
    with started(tmp_path_factory) as running:
        yield running


@pytest.fixture(scope="module")
def own_service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """The same for a file that has to know all that is in it: nothing but the samples at first."""
    with started(tmp_path_factory) as running:
        yield running
