"""A log that is set up, and the `answerable` command over it, with a folder for its key."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from ledger.acts.service import set_up
from ledger.application import Ledger
from ledger.postgres.connections import pool
from ledger.register import shipped_bodies, shipped_rules, shipped_successions
from ledger.states.service import SETUP
from tests.keys.desk import Desk


@pytest.fixture
def desk(database_url: str, tmp_path: Path) -> Iterator[Desk]:
    with pool(database_url, max_size=4) as connections:
        log = Ledger(connections, database_url)
        log.record(SETUP, set_up, shipped_bodies(), shipped_rules(), shipped_successions())
        yield Desk(log, database_url, tmp_path)
