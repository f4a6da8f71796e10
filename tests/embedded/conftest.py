"""A data directory on trial: processes that use it, and what they leave."""

import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psycopg
import pytest

from ledger.postgres.embedded import CLUSTER, Postmaster, embedded, home, postmaster, stop
from tests.servers import data_directory, given, remove

ROOT = Path(__file__).parents[2]
# Use the database until standard input ends; SIGTERM is turned into an exception, as commands do.
USER = """
import signal, sys
from pathlib import Path
from ledger.postgres.embedded import embedded
signal.signal(signal.SIGTERM, lambda *_: sys.exit(3))
with embedded(Path(sys.argv[1])) as database:
    print(database.owner_url, flush=True)
    sys.stdin.read()
"""


@dataclass
class User:
    """A process that uses the database of a data directory."""

    process: "subprocess.Popen[str]"

    @property
    def url(self) -> str:
        """The URL that it prints once the database is there; read it once."""
        assert self.process.stdout is not None
        line = self.process.stdout.readline().strip()
        assert line.startswith("postgresql://"), self.process.communicate()
        return line

    def leave(self) -> None:
        """End in the usual way."""
        _, errors = self.process.communicate()
        assert self.process.returncode == 0, errors

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()


@dataclass
class Trial:
    """A data directory, not made yet, in a folder that only its owner can enter."""

    folder: Path
    users: list[User] = field(default_factory=list)

    @property
    def data(self) -> Path:
        return self.folder / "data"

    @property
    def cluster(self) -> Path:
        return home(self.data) / CLUSTER

    @property
    def server(self) -> Postmaster:
        found = postmaster(self.cluster)
        assert found, "no server holds the cluster"
        return found

    def use(self, *command: str, **environment: str) -> User:
        """Start a user, in a process group of its own."""
        process = subprocess.Popen(
            [*(command or [sys.executable]), "-W", "error", "-c", USER, str(self.data)],
            cwd=ROOT,
            env={**os.environ, "PYTHONDONTWRITEBYTECODE": "1", **environment},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            process_group=0,
        )
        self.users.append(User(process))
        return self.users[-1]

    def servers(self) -> list[int]:
        """Return the processes that work in the cluster."""
        found = []
        for process in Path("/proc").glob("[0-9]*"):
            try:
                here = os.readlink(process / "cwd") == str(self.cluster.resolve())
            except OSError:
                continue
            if here:
                found.append(int(process.name))
        return found

    @contextmanager
    def here(self) -> Iterator["Trial"]:
        """It, and afterwards nothing of it: no server may be left."""
        yield self
        for user in self.users:
            if user.process.poll() is None:
                user.process.kill()
            user.process.communicate()
        left = self.servers()
        for data in (data for data in self.folder.glob("*") if data.is_dir()):
            stop(home(data) / CLUSTER)
            remove(data)
        shutil.rmtree(self.folder)
        assert left == [], "a server was left running"


@pytest.fixture(scope="session")
def cluster() -> Iterator[Path]:
    """Yield a cluster that was made, and is copied: to make one takes five times as long."""
    with data_directory() as data:
        with embedded(data):
            pass
        yield data / CLUSTER


@pytest.fixture
def trial() -> Iterator[Trial]:
    """Yield a trial, checked at its end: no server is left."""
    with Trial(Path(tempfile.mkdtemp(prefix="answerable-test-"))).here() as made:
        yield made


@pytest.fixture
def first_run(cluster: Path) -> Callable[[Path], None]:
    """Gives a data directory a cluster, as a first run does."""

    def run(data: Path) -> None:
        data.parent.chmod(0o711)
        subprocess.run(["cp", "--archive", cluster, given(data)], check=True)

    return run


@pytest.fixture
def begun(trial: Trial, first_run: Callable[[Path], None]) -> Trial:
    """One whose data directory has a cluster already, from a first run."""
    first_run(trial.data)
    return trial


@pytest.fixture
def until() -> Callable[[Callable[[], object]], None]:
    """Wait for a condition, for 20 s at most."""

    def wait(condition: Callable[[], object]) -> None:
        deadline = time.monotonic() + 20
        while not condition():
            assert time.monotonic() < deadline, "it didn't happen within 20 s"
            time.sleep(0.01)

    return wait


@pytest.fixture
def ask() -> Callable[..., Any]:
    """Put a question to a database; the first row."""

    def put(url: str, query: str) -> Any:
        with psycopg.connect(url, autocommit=True) as connection:
            cursor = connection.execute(query.encode())
            return cursor.fetchone() if cursor.description else None

    return put


@pytest.fixture
def remember(ask: Callable[..., Any]) -> Callable[[str, str], None]:
    """Store a word in a database."""

    def store(url: str, word: str) -> None:
        ask(url, "CREATE TABLE IF NOT EXISTS words (word text)")
        ask(url, f"INSERT INTO words VALUES ('{word}')")

    return store


@pytest.fixture
def remembered(ask: Callable[..., Any]) -> Callable[[str], list[str]]:
    """Return the words stored in a database."""

    def words(url: str) -> list[str]:
        found: list[str] = ask(url, "SELECT array_agg(word ORDER BY word) FROM words")[0]
        return found

    return words
