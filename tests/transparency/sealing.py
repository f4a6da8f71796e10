"""A log, the folder of its key and notebook, and its sealer; what is published, read back."""

import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psycopg

from ledger.events.entry import line
from ledger.seal.notebook import Notebook
from ledger.seal.sealer import Sealer
from ledger.verify import checkpoint, note
from ledger.verify.checkpoint import Opened
from ledger.verify.tree import EMPTY_ROOT, Frontier, leaf_hash
from tests.keys.keyed_log import ORIGIN, KeyedLog
from tests.log.making import Database
from tests.processes import Python
from tests.servers import FreshDatabase

_KILLED_BEFORE = """
import os, signal, sys
from pathlib import Path
from ledger.seal.notebook import Notebook
from ledger.seal.sealer import Sealer

class Killed(Sealer):
    pass

def kill(self, *arguments, **more):
    os.kill(os.getpid(), signal.SIGKILL)

step, url, folder, origin = sys.argv[1:]
setattr(Killed, step, kill)
folder = Path(folder)
Killed(url, Notebook(folder / "sealer" / "notebook.sqlite", origin), folder / "signing.key").step()
"""


@dataclass
class Sealing(KeyedLog):
    """A keyed_log whose log is sealed."""

    opened_notebooks: list[Notebook] = field(default_factory=list)
    fresh: FreshDatabase | None = None
    """Its database, where it is copied for one test."""

    @property
    def notebook_file(self) -> Path:
        return self.folder / "sealer" / "notebook.sqlite"

    @property
    def notebook(self) -> Notebook:
        """The notebook, opened once more."""
        self.opened_notebooks.append(Notebook(self.notebook_file, ORIGIN))
        return self.opened_notebooks[-1]

    def close(self) -> None:
        for notebook in self.opened_notebooks:
            notebook.close()

    def sealer(self, **options: Any) -> Sealer:
        return Sealer(self.url, self.notebook, self.current, **options)

    def seal(self) -> int:
        """Seal all that waits: how many entries."""
        sealer = self.sealer()
        try:
            return sealer.catch_up()
        finally:
            sealer.close()

    def held(self) -> str:
        """Try to seal, and be held: why."""
        sealer = self.sealer()
        try:
            while True:
                count, held = sealer.step()
                if held:
                    return self.why_held() or ""
                assert count, "it is not held"
        finally:
            sealer.close()

    def why_held(self) -> str | None:
        found: list[Any] = self.database.rows(
            "SELECT held_why FROM follow.positions WHERE name = 'sealer'"
        )
        return found[0] if found else None

    def killed_before(self, step: str) -> None:
        """Run a step of a sealer in a process that is killed before it does one part of it."""
        given = [step, self.url, str(self.folder), ORIGIN]
        process = Python("-c", _KILLED_BEFORE, *given, env=os.environ)
        said = process.says()
        assert process.returncode == -signal.SIGKILL, said

    @property
    def database(self) -> Database:
        return Database(self.url, self.fresh.owner if self.fresh else None)

    @property
    def notes(self) -> list[str]:
        """The published checkpoints, in order."""
        return self.database.rows("SELECT note FROM ledger.checkpoints ORDER BY size")

    @property
    def sizes(self) -> list[int]:
        return self.database.rows("SELECT size FROM ledger.checkpoints ORDER BY size")

    def opened(self, signed: str, *vkeys: str) -> Opened:
        """Return a checkpoint, verified under the keys given; by itself, under all of the log."""
        trusted = vkeys or tuple(self.keys.known)
        return checkpoint.open(signed, map(note.parse_vkey, trusted), ORIGIN)

    def root(self, size: int) -> bytes:
        """Return the root of the first entries, from their stored bytes."""
        tree = Frontier()
        for one in self.log.log.select_notifications(1, max(size, 1))[:size]:
            tree.append(leaf_hash(line(one.state, one.id, one.recorded_at)))
        return tree.root() if size else EMPTY_ROOT

    def as_superuser(self, statement: str) -> None:
        """Change the log behind the service's back."""
        with self.untriggered() as connection:
            connection.execute(statement.encode())

    @contextmanager
    def untriggered(self) -> Iterator[psycopg.Connection]:
        """Yield a transaction of the superuser, in which no trigger stops anything."""
        if self.fresh is not None:
            with self.fresh.untriggered.transaction():
                yield self.fresh.untriggered
            return
        with psycopg.connect(self.url) as connection:
            connection.execute("SET session_replication_role = replica")
            yield connection
