"""A log that is set up and has a key, and what seals it."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from ledger.acts.service import set_up
from ledger.application import Ledger
from ledger.postgres.connections import pool
from ledger.register import shipped_bodies, shipped_rules
from ledger.states.service import SETUP
from tests.transparency.sealing import Sealing


@pytest.fixture
def keyless(database_url: str, tmp_path: Path) -> Iterator[Sealing]:
    """A log that has no key yet."""
    with pool(database_url, max_size=4) as connections:
        log = Ledger(connections, database_url)
        log.record(SETUP, set_up, shipped_bodies()[:5], shipped_rules())
        sealing = Sealing(log, database_url, tmp_path)
        yield sealing
        sealing.close()


@pytest.fixture
def sealing(keyless: Sealing) -> Sealing:
    """A log with a key, nothing of it sealed yet."""
    keyless.run("key", "create")
    return keyless
