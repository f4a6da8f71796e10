"""An importer for the tests that record."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest

from api.commands.imports import import_account
from ledger.application import Ledger
from ledger.postgres.connections import pool
from ledger.postgres.embedded import Running
from tests.intake_sheets.importer import BACKLOG, BODY, Importer
from tests.servers import fresh_database

TAKEN = "backlog_taken"


def importer_over(log: Ledger, url: str, folder: Path) -> Importer:
    import_account(log, BODY)
    return Importer(log, url, folder)


@contextmanager
def new_importer(postgres: Running, template: str, folder: Path) -> Iterator[Importer]:
    with fresh_database(postgres, template) as fresh:
        yield importer_over(fresh.ledger, fresh.url, folder)


@pytest.fixture
def importer(postgres: Running, begun: str, tmp_path: Path) -> Iterator[Importer]:
    with new_importer(postgres, begun, tmp_path) as one:
        yield one


@pytest.fixture(scope="session")
def taken(postgres: Running, begun: str, tmp_path_factory: pytest.TempPathFactory) -> str:
    """Return the name of a database whose log took a backlog, which those of tests are copied
    from."""
    with psycopg.connect(postgres.url("postgres"), autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {TAKEN} TEMPLATE {begun}".encode())
    url = postgres.url(TAKEN)
    with pool(url) as connections:
        importer = importer_over(Ledger(connections, url), url, tmp_path_factory.mktemp(TAKEN))
        assert importer.takes(*BACKLOG)["unread"] == []
    return TAKEN


@pytest.fixture
def backlog(postgres: Running, taken: str, tmp_path: Path) -> Iterator[Importer]:
    """Yield an importer that took a backlog."""
    with new_importer(postgres, taken, tmp_path) as one:
        yield one
