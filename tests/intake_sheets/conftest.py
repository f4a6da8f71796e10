"""A desk for the tests that record."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from api.commands.imports import import_account
from ledger.acts.service import set_up
from ledger.application import Ledger
from ledger.postgres.connections import pool
from ledger.register import shipped_bodies, shipped_rules, shipped_successions
from ledger.states.service import SETUP
from tests.intake_sheets.desk import BODY, Desk


@pytest.fixture
def desk(database_url: str, tmp_path: Path) -> Iterator[Desk]:
    with pool(database_url) as connections:
        log = Ledger(connections, database_url)
        log.record(SETUP, set_up, shipped_bodies(), shipped_rules(), shipped_successions())
        import_account(log, BODY)
        yield Desk(log, database_url, tmp_path)
