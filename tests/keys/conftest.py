"""A log that is set up, and the `answerable` command over it, with a folder for its key."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from ledger.postgres.embedded import Running
from tests.keys.keyed_log import KeyedLog
from tests.servers import fresh_database


@contextmanager
def new_keyed_log(postgres: Running, begun: str, folder: Path) -> Iterator[KeyedLog]:
    with fresh_database(postgres, begun) as fresh:
        yield KeyedLog(fresh.ledger, fresh.url, folder)


@pytest.fixture
def keyed_log(postgres: Running, begun: str, tmp_path: Path) -> Iterator[KeyedLog]:
    with new_keyed_log(postgres, begun, tmp_path) as one:
        yield one
