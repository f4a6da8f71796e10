"""Processes of ours that tests start: as `python -m …` and `python -c …` would begin them, but each
is forked from one that has imported the product. To import it costs a second of a processor."""

import os
import runpy
import signal
import subprocess
import sys
from collections.abc import Mapping
from importlib import import_module
from multiprocessing import forkserver, get_context
from multiprocessing.connection import Connection
from pathlib import Path
from threading import Timer
from types import ModuleType
from typing import IO, Any
from unittest.mock import patch

ROOT = Path(__file__).parents[1]
_server = get_context("forkserver")
_server.set_forkserver_preload(["tests.imported"])


def import_the_product() -> None:
    """Have all of it imported, and an application made: once for all who are forked afterwards."""
    import_module("api.app").prepare()
    for place, _ in import_module("api.cli").COMMANDS.values():
        import_module(f"api.commands.{place.partition('.')[0]}")
    import_module("holidays").country_holidays("GB", subdiv="ENG", years=2026)


def begin() -> None:
    """Begin the process that others are forked from, for this process and those that are forked of
    it: each would have one of its own otherwise, and import the product once more."""
    forkserver.ensure_running()
    parent = os.getpid()

    def is_running() -> None:  # which whose child it is alone can ask
        if os.getpid() == parent:
            type(server).ensure_running(server)

    server = forkserver._forkserver
    server.ensure_running = is_running  # type: ignore[method-assign]


class Forked:
    """A process that runs a module (`-m`) or a program (`-c`), in the folder of the project; used
    as a `subprocess.Popen` is. What it says goes into a file, or else is read from `stdout`."""

    def __init__(self, *arguments: str, env: Mapping[str, str], log: IO[Any] | None = None) -> None:
        self.arguments = arguments
        reader, writer = _server.Pipe(duplex=False)
        self.stdout: IO[str] = os.fdopen(os.dup(reader.fileno()), encoding="utf-8")
        reader.close()
        said = writer if log is None else Connection(os.dup(log.fileno()), readable=False)
        self._process = _server.Process(target=_begun, args=(arguments, dict(env), said))
        with patch.dict(sys.modules, {"__main__": ModuleType("__main__")}):
            self._process.start()  # which would import what runs here, pytest as a rule
        writer.close()
        if said is not writer:
            said.close()
        assert self._process.pid is not None
        self.pid: int = self._process.pid

    @property
    def returncode(self) -> int | None:
        """How it ended, as `subprocess` says it; None while it runs."""
        return self._process.exitcode

    def poll(self) -> int | None:
        return self.returncode

    def wait(self, timeout: float | None = None) -> int:
        self._process.join(timeout)
        if (code := self.returncode) is None:
            raise subprocess.TimeoutExpired(self.arguments, timeout or 0)
        self.stdout.close()
        return code

    def communicate(self, timeout: float = 60) -> str:
        """All that it says until it ends. It is killed where it does not end in time."""
        late = Timer(timeout, self.kill)
        late.start()
        said = self.stdout.read()
        self.wait()
        killed = late.finished.is_set()
        late.cancel()
        if killed:
            raise subprocess.TimeoutExpired(self.arguments, timeout, said)
        return said

    def send_signal(self, number: int) -> None:
        if self.returncode is None:
            os.kill(self.pid, number)

    def terminate(self) -> None:
        self.send_signal(signal.SIGTERM)

    def kill(self) -> None:
        self.send_signal(signal.SIGKILL)


def _begun(arguments: tuple[str, ...], environment: dict[str, str], said: Connection) -> None:
    """What `python` does with its arguments, in the process that was forked for it."""
    os.environ.clear()
    os.environ.update(environment)
    os.chdir(ROOT)
    for number in (1, 2):
        os.dup2(said.fileno(), number)
    said.close()
    sys.stdout, sys.stderr = (
        os.fdopen(number, "w", buffering=1, closefd=False) for number in (1, 2)
    )
    how, what, *rest = arguments
    if how == "-m":
        sys.argv = [what, *rest]
        runpy.run_module(what, run_name="__main__", alter_sys=True)
    else:
        sys.argv = ["-c", *rest]
        exec(what, {"__name__": "__main__"})
