"""A log that was lived in, copied for each test."""

import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from ledger.acts.capture import keep_capture, received
from ledger.acts.decision import Told
from ledger.acts.recommendation import receive_update
from ledger.acts.redaction import confirm_redaction, seek_redaction
from ledger.application import Ledger
from ledger.events import Source, UpdateReceived
from ledger.events.streams import RecommendationId
from ledger.events.texts import say
from ledger.postgres.binaries import find
from ledger.postgres.connections import pool
from ledger.postgres.embedded import Running
from tests.audit.trial import CLERK, KEEPER, SECRET, Trial, live
from tests.conftest import new_database

TEMPLATE = "lived_in"


@pytest.fixture(scope="session")
def lived_in(postgres: Running, migrated: str, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database that was lived in, which those of the tests are copied from; its folder."""
    with psycopg.connect(postgres.url("postgres"), autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {TEMPLATE} TEMPLATE {migrated}".encode())
    url, folder = postgres.url(TEMPLATE), tmp_path_factory.mktemp(TEMPLATE)
    with pool(url, max_size=4) as connections:
        trial = Trial(Ledger(connections, url), url, folder)
        live(trial)
        trial.close()
    return folder


@pytest.fixture
def trial(postgres: Running, lived_in: Path, tmp_path: Path) -> Iterator[Trial]:
    """A log of one's own to tamper with, with its key and its sealer's notebook."""
    shutil.copytree(lived_in, tmp_path / "data")
    with new_database(postgres, TEMPLATE) as url, pool(url, max_size=4) as connections:
        trial = Trial(Ledger(connections, url), url, tmp_path / "data")
        yield trial
        trial.close()


@pytest.fixture
def older(postgres: Running, lived_in: Path, tmp_path: Path) -> Iterator[Trial]:
    """The same log once more, as it was when a backup was made, with its folder and key."""
    shutil.copytree(lived_in, tmp_path / "older")
    with new_database(postgres, TEMPLATE) as url, pool(url, max_size=4) as connections:
        trial = Trial(Ledger(connections, url), url, tmp_path / "older")
        yield trial
        trial.close()


@pytest.fixture
def dump(trial: Trial, tmp_path: Path) -> Path:
    """A backup of the log as it is now, by pg_dump."""
    file = tmp_path / "backup.dump"
    run("pg_dump", "--format", "custom", "--file", file, trial.url)
    return file


@pytest.fixture
def lost(trial: Trial, dump: Path) -> list[bytes]:
    """What is recorded and sealed after the backup: the canonical lines of the whole log."""
    log = trial.log
    told = Told(source=Source(url="https://www.example.org/updates"))
    raised = next(one for one in log.read(0, 400) if one.stream.startswith("recommendation/"))
    to = RecommendationId(*raised.stream.split("/")[1:])
    made, named = (
        log.record(CLERK, receive_update, to, UpdateReceived(text=say(said, "office")), told)
        for said in ("Half of it is done.", SECRET)
    )
    assert made.entries[0].position < named.entries[0].position
    trial.seal()
    log.record(CLERK, keep_capture, received(b"A letter of after the backup"), Told())
    for target, field in ((named.entries[0].id, "text"), (raised.id, "text")):
        sought = log.record(
            CLERK, seek_redaction, log.entry(target), Told(), field=field, basis="court_order"
        )
        log.record(log.account(KEEPER), confirm_redaction, log.entry(sought.entries[0].id), Told())
    trial.seal()
    return trial.lines()


@pytest.fixture
def restored(
    trial: Trial, dump: Path, lost: list[bytes], empty_database_url: str
) -> Iterator[Trial]:
    """The backup, restored by pg_restore into a new database; folder, key and notebook as now."""
    run("pg_restore", "--exit-on-error", "--dbname", empty_database_url, dump)
    with pool(empty_database_url, max_size=4) as connections:
        again = Trial(Ledger(connections, empty_database_url), empty_database_url, trial.folder)
        yield again
        again.close()


def run(program: str, *arguments: object) -> None:
    """One of PostgreSQL's programs."""
    command = [find(None, None).program(program), *map(str, arguments)]
    done = subprocess.run(command, capture_output=True, check=False, text=True)
    assert done.returncode == 0, done.stderr
