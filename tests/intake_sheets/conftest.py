"""A desk for the tests that record."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from api.commands.imports import import_account
from ledger.application import Ledger
from ledger.postgres.connections import pool
from ledger.postgres.embedded import Running
from tests.conftest import new_database
from tests.intake_sheets.desk import BODY, Desk


@contextmanager
def new_desk(postgres: Running, begun: str, folder: Path) -> Iterator[Desk]:
    with new_database(postgres, begun) as url, pool(url) as connections:
        log = Ledger(connections, url)
        import_account(log, BODY)
        yield Desk(log, url, folder)


@pytest.fixture
def desk(postgres: Running, begun: str, tmp_path: Path) -> Iterator[Desk]:
    with new_desk(postgres, begun, tmp_path) as one:
        yield one
