"""A service for the tests of a module."""

from collections.abc import Iterator

import pytest

from tests.e2e.service import Service, start, stop


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """A service with the samples, on an embedded database of its own."""
    running = start(tmp_path_factory.mktemp("e2e") / "data", "--sample")
    yield running
    stop(running)
