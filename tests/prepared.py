"""The cluster that the processes of a run begin with, and the databases that most tests' are copied
from: made once, on another processor, while the tests are collected. Each process would spend a
second on its own."""

import shutil
from multiprocessing import get_context
from multiprocessing.context import ForkProcess
from pathlib import Path

from ledger.postgres.embedded import embedded
from tests import servers


class Cluster:
    """A data directory that no server runs in once it is made."""

    def __init__(self) -> None:
        self._folder: Path | None = None
        self._process: ForkProcess | None = None
        self.data: Path | None = None
        """None until it is made, and where it could not be: each process makes its own then, or
        says why it can't."""

    def begin(self) -> None:
        """Begin to make it."""
        self._folder = servers.new_folder()
        making = get_context("fork").Process(target=_make, args=(self._folder / "data",))
        making.start()
        self._process = making

    def wait(self) -> None:
        """Wait until it is made."""
        if self._folder and self._process:
            self._process.join()
            self.data = self._folder / "data" if self._process.exitcode == 0 else None

    def end(self) -> None:
        """Remove it."""
        self.wait()
        if self._folder:
            servers.remove(self._folder / "data")
            shutil.rmtree(self._folder, ignore_errors=True)


cluster = Cluster()


def _make(data: Path) -> None:
    from tests.api import founding

    with embedded(servers.given(data)) as server:
        servers.hurry(server)
        servers.begun(server)
        founding.country(server)
        founding.few(server)
        founding.keeping(server)
