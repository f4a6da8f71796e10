"""A log that was lived in, copied for each test."""

from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from ledger.application import Ledger
from ledger.database import pool
from ledger.embedded import Running
from tests.audit import trial as trials
from tests.audit.trial import Trial
from tests.conftest import new_database

TEMPLATE = "lived_in"


@pytest.fixture(scope="session")
def lived_in(postgres: Running, migrated: str) -> str:
    """The name of a database that was lived in, which those of the tests are copied from."""
    with psycopg.connect(postgres.url("postgres"), autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {TEMPLATE} TEMPLATE {migrated}".encode())
    url = postgres.url(TEMPLATE)
    with pool(url, max_size=4) as connections:
        trials.live(Ledger(connections, url), url)
    return TEMPLATE


@pytest.fixture
def trial(postgres: Running, lived_in: str, tmp_path: Path) -> Iterator[Trial]:
    """A log of one's own to tamper with."""
    with (
        new_database(postgres, lived_in) as url,
        pool(url, max_size=4) as connections,
    ):
        yield Trial(Ledger(connections, url), url, tmp_path)
