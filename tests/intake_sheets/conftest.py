"""A desk for the tests that record."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from api.commands.imports import import_account
from ledger.application import Ledger
from ledger.postgres.connections import pool
from tests.intake_sheets.desk import BODY, Desk


@pytest.fixture
def desk(begun_url: str, tmp_path: Path) -> Iterator[Desk]:
    with pool(begun_url) as connections:
        log = Ledger(connections, begun_url)
        import_account(log, BODY)
        yield Desk(log, begun_url, tmp_path)
