"""A log that is set up and has a key, and what seals it."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from ledger.acts.service import set_up
from ledger.application import Ledger
from ledger.postgres.connections import pool
from ledger.postgres.embedded import Running
from ledger.register import shipped_bodies, shipped_rules
from ledger.states.service import SETUP
from tests.servers import FreshDatabase, fresh_database, template
from tests.transparency.sealing import Sealing

KEYLESS, KEYED = "keyless", "keyed"


@contextmanager
def over(fresh: FreshDatabase, folder: Path) -> Iterator[Sealing]:
    """Yield a keyed_log that seals the log of a database."""
    sealing = Sealing(fresh.ledger, fresh.url, folder, fresh=fresh)
    yield sealing
    sealing.close()


@contextmanager
def over_a_template(url: str, folder: Path) -> Iterator[Sealing]:
    """Yield a log with connections that are closed afterwards, so that it can be copied."""
    with pool(url, max_size=4) as connections:
        sealing = Sealing(Ledger(connections, url), url, folder)
        yield sealing
        sealing.close()


@pytest.fixture(scope="session")
def key(postgres: Running, migrated: str) -> Path:
    """Two logs that those of the tests are copied from, one that is set up, and one that has a key
    besides; the folder of the key, which goes with the server."""
    folder = postgres.data / KEYED
    folder.mkdir(exist_ok=True)

    def set_it_up(url: str) -> str:
        with over_a_template(url, folder) as made:
            made.log.record(SETUP, set_up, shipped_bodies()[:5], shipped_rules())
        return ""

    def give_it_a_key(url: str) -> str:
        with over_a_template(url, folder) as made:
            made.run("key", "create")
        return ""

    template(postgres, KEYLESS, migrated, set_it_up)
    template(postgres, KEYED, KEYLESS, give_it_a_key)
    return folder


@pytest.fixture
def keyless(postgres: Running, key: Path, tmp_path: Path) -> Iterator[Sealing]:
    """Yield a log that has no key yet."""
    with (
        fresh_database(postgres, KEYLESS) as fresh,
        over(fresh, tmp_path) as made,
    ):
        yield made


@pytest.fixture
def sealing(postgres: Running, key: Path, tmp_path: Path) -> Iterator[Sealing]:
    """Yield a log with a key, nothing of it sealed yet."""
    shutil.copytree(key, tmp_path, dirs_exist_ok=True)
    with (
        fresh_database(postgres, KEYED) as fresh,
        over(fresh, tmp_path) as made,
    ):
        yield made
