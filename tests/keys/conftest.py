"""A log that is set up, and the `answerable` command over it, with a folder for its key."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from ledger.application import Ledger
from ledger.postgres.connections import pool
from tests.keys.desk import Desk


@pytest.fixture
def desk(begun_url: str, tmp_path: Path) -> Iterator[Desk]:
    with pool(begun_url, max_size=4) as connections:
        log = Ledger(connections, begun_url)
        yield Desk(log, begun_url, tmp_path)
