"""Services that the tests of a process share."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.clusters import Cluster, copied, primary, replica
from tests.e2e.offices import Office, begun
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
    """Yield a service with the samples, on an embedded database. Other files record in it too: a
    test that needs a log of its own, or leaves one that cannot go on, has it `started`."""
    with started("--sample") as running:
        yield running


@pytest.fixture(scope="session")
def empty() -> Iterator[Service]:
    """Yield a service without the samples, in which other files record too."""
    with started() as running:
        yield running


@pytest.fixture(scope="session")
def begun_cluster() -> Iterator[tuple[Cluster, str]]:
    """Yield a PostgreSQL cluster that is stopped, with a log in it, and the token of its keeper."""
    with primary() as cluster:
        token = begun(cluster)
        cluster.stop()
        yield cluster, token


@pytest.fixture
def first(begun_cluster: tuple[Cluster, str]) -> Iterator[Cluster]:
    """Yield a copy of that cluster, whose server runs."""
    with copied(begun_cluster[0]) as cluster:
        yield cluster


@pytest.fixture
def office(begun_cluster: tuple[Cluster, str], tmp_path: Path) -> Office:
    return Office(tmp_path / "data", begun_cluster[1])


@pytest.fixture
def second(first: Cluster) -> Iterator[Cluster]:
    """Yield a streaming replica of it."""
    with replica(first) as cluster:
        yield cluster
