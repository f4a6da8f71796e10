"""A log that is set up, and the `answerable` command over it, with a folder for its key."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from ledger.postgres.embedded import Running
from tests.keys.desk import Desk
from tests.servers import fresh_database


@contextmanager
def new_desk(postgres: Running, begun: str, folder: Path) -> Iterator[Desk]:
    with fresh_database(postgres, begun) as fresh:
        yield Desk(fresh.ledger, fresh.url, folder)


@pytest.fixture
def desk(postgres: Running, begun: str, tmp_path: Path) -> Iterator[Desk]:
    with new_desk(postgres, begun, tmp_path) as one:
        yield one
