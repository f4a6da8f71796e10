"""A log that was lived in, copied for each test."""

import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psycopg
import pytest

from ledger.acts.capture import keep_capture, received
from ledger.acts.decision import Notice
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
from tests.servers import fresh_database

TEMPLATE = "lived_in"
WENT_ON, RESTORED = "went_on_after_a_backup", "backup_restored"


@pytest.fixture(scope="session")
def lived_in(postgres: Running, migrated: str, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Fill the database that those of the tests are copied from, and return the folder of its
    log."""
    with psycopg.connect(postgres.url("postgres"), autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {TEMPLATE} TEMPLATE {migrated}".encode())
    url, folder = postgres.url(TEMPLATE), tmp_path_factory.mktemp(TEMPLATE)
    with pool(url, max_size=4) as connections:
        trial = Trial(Ledger(connections, url), url, folder)
        live(trial)
        trial.close()
    return folder


@contextmanager
def on_trial(postgres: Running, template: str, folder: Path) -> Iterator[Trial]:
    """Yield a log of one's own, whatever was done to the one before: its ledger has read nothing
    yet."""
    with fresh_database(postgres, template) as fresh:
        trial = Trial(fresh.ledger, fresh.url, folder, fresh=fresh)
        yield trial
        trial.close()


@pytest.fixture
def trial(postgres: Running, lived_in: Path, tmp_path: Path) -> Iterator[Trial]:
    """Yield a log of one's own to tamper with, with its key and its sealer's notebook."""
    shutil.copytree(lived_in, tmp_path / "data")
    with on_trial(postgres, TEMPLATE, tmp_path / "data") as trial:
        yield trial


@pytest.fixture
def older(postgres: Running, lived_in: Path, tmp_path: Path) -> Iterator[Trial]:
    """Yield the same log once more, as it was when a backup was made, with its folder and key."""
    shutil.copytree(lived_in, tmp_path / "older")
    with on_trial(postgres, TEMPLATE, tmp_path / "older") as trial:
        yield trial


@dataclass(frozen=True)
class Backup:
    """A backup of the log, and what happened after it."""

    file: Path
    """What pg_dump wrote."""
    folder: Path
    """Key and notebook as they are at the end."""
    lost: list[bytes]
    """The canonical lines of the whole log, of which the backup has the first ones only."""


@pytest.fixture(scope="session")
def backup(postgres: Running, lived_in: Path, tmp_path_factory: pytest.TempPathFactory) -> Backup:
    """Back the log up, let it go on and seal it, and restore the backup into a new database. The
    tests copy both databases."""
    here = tmp_path_factory.mktemp(RESTORED)
    file, folder = here / "backup.dump", here / "data"
    run("pg_dump", "--format", "custom", "--file", file, postgres.url(TEMPLATE))
    with psycopg.connect(postgres.url("postgres"), autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {WENT_ON} TEMPLATE {TEMPLATE}".encode())
        connection.execute(f"CREATE DATABASE {RESTORED} TEMPLATE template0".encode())
    run("pg_restore", "--exit-on-error", "--dbname", postgres.url(RESTORED), file)
    shutil.copytree(lived_in, folder)
    url = postgres.url(WENT_ON)
    with pool(url, max_size=4) as connections:
        trial = Trial(Ledger(connections, url), url, folder)
        go_on(trial)
        lines = trial.lines()
        trial.close()
    return Backup(file, folder, lines)


def go_on(trial: Trial) -> None:
    """Record and seal entries after the backup."""
    log = trial.log
    told = Notice(source=Source(url="https://www.example.org/updates"))
    raised = next(one for one in log.read(0, 400) if one.stream.startswith("recommendation/"))
    to = RecommendationId(*raised.stream.split("/")[1:])
    made, named = (
        log.record(CLERK, receive_update, to, UpdateReceived(text=say(said, "office")), told)
        for said in ("Half of it is done.", SECRET)
    )
    assert made.entries[0].position < named.entries[0].position
    trial.seal()
    log.record(CLERK, keep_capture, received(b"A letter of after the backup"), Notice())
    for target, field in ((named.entries[0].id, "text"), (raised.id, "text")):
        sought = log.record(
            CLERK, seek_redaction, log.entry(target), Notice(), field=field, basis="court_order"
        )
        log.record(
            log.account(KEEPER), confirm_redaction, log.entry(sought.entries[0].id), Notice()
        )
    trial.seal()


@pytest.fixture
def dump(backup: Backup) -> Path:
    """Return a backup of the log as it was lived in, by pg_dump."""
    return backup.file


@pytest.fixture
def lost(backup: Backup) -> list[bytes]:
    """Return the canonical lines of the whole log, with those that the backup does not have."""
    return backup.lost


@pytest.fixture
def folder(backup: Backup, tmp_path: Path) -> Path:
    """Key and notebook as they are after all that was recorded."""
    return shutil.copytree(backup.folder, tmp_path / "data")


@pytest.fixture
def went_on(postgres: Running, folder: Path) -> Iterator[Trial]:
    """Yield the log that went on after its backup."""
    with on_trial(postgres, WENT_ON, folder) as trial:
        yield trial


@pytest.fixture
def restored(postgres: Running, folder: Path) -> Iterator[Trial]:
    """Yield the backup, restored by pg_restore into a new database; folder, key and notebook as
    now."""
    with on_trial(postgres, RESTORED, folder) as trial:
        yield trial


def run(program: str, *arguments: object) -> None:
    """One of PostgreSQL's programs."""
    command = [find(None, None).program(program), *map(str, arguments)]
    done = subprocess.run(command, capture_output=True, check=False, text=True)
    assert done.returncode == 0, done.stderr
