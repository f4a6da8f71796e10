"""A log that was lived in, copied for each test."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from ledger.application import Ledger
from ledger.database import pool
from ledger.embedded import Running
from tests.audit.trial import Trial, live
from tests.conftest import new_database

TEMPLATE = "lived_in"


@pytest.fixture(scope="session")
def lived_in(postgres: Running, migrated: str, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database that was lived in, which those of the tests are copied from; its folder."""
    with psycopg.connect(postgres.url("postgres"), autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {TEMPLATE} TEMPLATE {migrated}".encode())
    url, folder = postgres.url(TEMPLATE), tmp_path_factory.mktemp(TEMPLATE)
    with pool(url, max_size=4) as connections:
        trial = Trial(Ledger(connections, url), url, folder)
        live(trial)
        trial.close()
    return folder


@pytest.fixture
def trial(postgres: Running, lived_in: Path, tmp_path: Path) -> Iterator[Trial]:
    """A log of one's own to tamper with, with its key and its sealer's notebook."""
    shutil.copytree(lived_in, tmp_path / "data")
    with new_database(postgres, TEMPLATE) as url, pool(url, max_size=4) as connections:
        trial = Trial(Ledger(connections, url), url, tmp_path / "data")
        yield trial
        trial.close()


@pytest.fixture
def older(postgres: Running, lived_in: Path, tmp_path: Path) -> Iterator[Trial]:
    """The same log once more, as it was when a backup was made, with its folder and key."""
    shutil.copytree(lived_in, tmp_path / "older")
    with new_database(postgres, TEMPLATE) as url, pool(url, max_size=4) as connections:
        trial = Trial(Ledger(connections, url), url, tmp_path / "older")
        yield trial
        trial.close()
