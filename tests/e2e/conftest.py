"""Services that the tests of a file share."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from ledger.postgres.connections import connect_owner
from ledger.postgres.migrate import migrate
from tests.clusters import Cluster, primary
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


@pytest.fixture(scope="module")
def service() -> Iterator[Service]:
    """Yield a service with the samples, on an embedded database."""
    with started("--sample") as running:
        yield running


@pytest.fixture(scope="module")
def empty() -> Iterator[Service]:
    """Yield a service without the samples."""
    with started() as running:
        yield running


@pytest.fixture(scope="session")
def migrated_cluster() -> Iterator[Cluster]:
    """Yield a PostgreSQL cluster that is stopped: its database is migrated, and no more."""
    with primary() as cluster:
        with connect_owner(cluster.url()) as owner:
            migrate(owner)
        cluster.stop()
        yield cluster
