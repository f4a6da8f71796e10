"""Tests in several processes at once: `pytest --together 5` collects them, and forks then.

A process that is forked has everything imported and collected already; one that begins by itself
spends seven seconds of a processor on that: five of them spend a twentieth of a whole run. Each
takes the next files when it is through with its own, and sends its reports to the process that was
asked, which counts and prints them as though it had run the tests itself.
"""

import os
import signal
import traceback
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from multiprocessing import get_context
from multiprocessing.connection import Connection, wait
from multiprocessing.context import ForkProcess
from pathlib import Path
from typing import Any, NoReturn

import pytest

Group = list[pytest.Item]
_forking = get_context("fork")
NUMBER = 4  # bytes, of a group's number: a pipe takes those of 16,000 groups
GRACE = 60  # seconds, for processes that are told to end: they stop their services


def add_option(parser: pytest.Parser) -> None:
    parser.getgroup("general").addoption(
        "--together",
        type=int,
        default=1,
        metavar="N",
        help="run the tests in so many processes, forked when all is collected",
    )


def run(session: pytest.Session, group_of: Callable[[pytest.Item], str]) -> bool | None:
    """Run the tests of a session in several processes, those of a group in one of them and in their
    order. None where that was not asked for, or nothing is to be run: pytest does it itself."""
    options = session.config.option
    groups: dict[str, Group] = {}
    for item in session.items:
        groups.setdefault(group_of(item), []).append(item)
    processes = min(options.together, len(groups))
    if processes < 2 or options.collectonly or options.usepdb or session.testsfailed:
        return None
    _Together(session, list(groups.values())).run(processes)
    return True


@dataclass
class _Worker:
    """A process that runs tests, as the one that was asked sees it."""

    process: ForkProcess
    running: str | None = None
    """The test that it is at."""


class _Together:
    def __init__(self, session: pytest.Session, groups: list[Group]) -> None:
        self.session = session
        self.groups = groups
        self.left = len(session.items)
        """How many tests have not ended yet."""
        self.workers: dict[Connection, _Worker] = {}
        self.terminal: Any = session.config.pluginmanager.getplugin("terminalreporter")

    def run(self, processes: int) -> None:
        self.terminal.showfspath = False  # a file's tests come between those of others
        numbers, filled = os.pipe()
        for number in range(len(self.groups)):
            os.write(filled, number.to_bytes(NUMBER, "big"))
        os.close(filled)
        # Made here, they are removed at the end of the session, which this process alone has.
        config: Any = self.session.config
        folders = config._tmp_path_factory.getbasetemp()
        for nth in range(processes):
            reader, writer = _forking.Pipe(duplex=False)
            kept = [*self.workers, reader]
            folder = folders / str(nth)
            process = _forking.Process(target=self._work, args=(numbers, writer, kept, folder))
            process.start()
            writer.close()
            self.workers[reader] = _Worker(process)
        os.close(numbers)
        try:
            while self.workers:
                said = set(wait(list(self.workers)))
                for reader in [one for one in self.workers if one in said]:
                    self._hear(reader)
        finally:
            self._end()
        if self.left:
            self._fail(f"{self.left} tests were not run")

    def _work(self, numbers: int, writer: Connection, kept: list[Connection], folder: Path) -> None:
        """What a process does: the groups whose numbers it gets. Its temporary files lie in a
        folder of its own."""
        for reader in kept:  # whoever reads is gone when the process that was asked is
            reader.close()
        config: Any = self.session.config
        folder.mkdir()
        config._tmp_path_factory._basetemp = folder
        plugins = config.pluginmanager
        capture: Any = plugins.getplugin("capturemanager")
        capture.stop_global_capturing()  # into a file that all of them have
        capture.start_global_capturing()
        plugins.unregister(name="terminalreporter")
        plugins.register(_Sender(config, writer))
        items = self._taken(numbers)
        try:
            item = next(items, None)
            while item is not None and not (self.session.shouldfail or self.session.shouldstop):
                following = next(items, None)
                config.hook.pytest_runtest_protocol(item=item, nextitem=following)
                item = following
            self.session._setupstate.teardown_exact(None)
        except KeyboardInterrupt:
            self.session._setupstate.teardown_exact(None)
        except BaseException:
            writer.send(("broken", traceback.format_exc()))
            raise

    def _taken(self, numbers: int) -> Iterator[pytest.Item]:
        while number := os.read(numbers, NUMBER):
            yield from self.groups[int.from_bytes(number, "big")]

    def _hear(self, reader: Connection) -> None:
        """Take what a process says, or that it has ended."""
        worker = self.workers[reader]
        hook = self.session.config.hook
        try:
            kind, said = reader.recv()
        except EOFError:
            self._ended(self.workers.pop(reader))
            return
        if kind == "begins":
            worker.running = said
        elif kind == "ends":
            worker.running = None
            self.left -= 1
        elif kind == "report":
            report = hook.pytest_report_from_serializable(config=self.session.config, data=said)
            hook.pytest_runtest_logreport(report=report)
        elif kind == "warning":
            said["warning_message"] = warnings.WarningMessage(*said["warning_message"])
            hook.pytest_warning_recorded.call_historic(kwargs=said)
        else:
            self._fail(said)
        if self.session.shouldfail:
            raise self.session.Failed(self.session.shouldfail)
        if self.session.shouldstop:
            raise self.session.Interrupted(self.session.shouldstop)

    def _fail(self, why: str) -> NoReturn:
        """End the run, and say why: pytest says of that how many tests failed, and no more."""
        self.terminal.ensure_newline()
        self.terminal.write_line(why, red=True)
        raise self.session.Failed(why)

    def _ended(self, worker: _Worker) -> None:
        """A test fails whose process ended in the middle of it."""
        worker.process.join()
        if worker.running is None:
            return
        item = next(one for one in self.session.items if one.nodeid == worker.running)
        says = f"the process that ran it ended with {worker.process.exitcode}"
        report = pytest.TestReport(item.nodeid, item.location, {}, "failed", says, "call")
        self.session.config.hook.pytest_runtest_logreport(report=report)

    def _end(self) -> None:
        """Processes that still run are told to end, as by Ctrl-C."""
        for worker in self.workers.values():
            if (pid := worker.process.pid) and worker.process.is_alive():
                os.kill(pid, signal.SIGINT)
        for reader, worker in self.workers.items():
            reader.close()
            worker.process.join(GRACE)
            worker.process.kill()


class _Sender:
    """Sends what is reported in a process that runs tests."""

    def __init__(self, config: pytest.Config, writer: Connection) -> None:
        self.config = config
        self.writer = writer

    def pytest_runtest_logstart(self, nodeid: str) -> None:
        self.writer.send(("begins", nodeid))

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        hook = self.config.hook
        said = hook.pytest_report_to_serializable(config=self.config, report=report)
        self.writer.send(("report", said))

    def pytest_runtest_logfinish(self, nodeid: str) -> None:
        self.writer.send(("ends", nodeid))

    def pytest_warning_recorded(
        self, warning_message: warnings.WarningMessage, when: str, nodeid: str, location: Any
    ) -> None:
        text, file, line = warning_message.message, warning_message.filename, warning_message.lineno
        message = (str(text), warning_message.category, file, line)
        said = {"warning_message": message, "when": when, "nodeid": nodeid, "location": location}
        self.writer.send(("warning", said))
