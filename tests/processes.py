"""Processes that tests start, and processes of the machine as Linux shows them."""

import os
import shutil
import signal
import sys
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from subprocess import DEVNULL, PIPE, STDOUT, Popen, TimeoutExpired
from typing import IO, Any

ROOT = Path(__file__).parents[1]
"""The folder of the project."""
SETPRIV = shutil.which("setpriv")
ENDS_WITH_US = (SETPRIV, "--pdeathsig", "TERM") if SETPRIV else ()
"""Has a program told to end when the process that started it is gone, also if that was killed."""
SECONDS = 60
"""The longest that something is waited for."""


class Python(Popen[str]):
    """A `python` that runs in the folder of the project, until it ends or whoever started it does.
    Its output goes into `log`, or else is read from `output`."""

    def __init__(self, *arguments: str, env: Mapping[str, str], log: IO[Any] | None = None) -> None:
        super().__init__(
            [*ENDS_WITH_US, sys.executable, *arguments],
            cwd=ROOT,
            env=dict(env),
            stdin=DEVNULL,
            stdout=PIPE if log is None else log,
            stderr=STDOUT,
            text=True,
        )

    @property
    def output(self) -> IO[str]:
        assert self.stdout is not None
        return self.stdout

    def wait(self, timeout: float | None = None) -> int:
        code = super().wait(timeout)
        if self.stdout is not None:
            self.stdout.close()
        return code

    def says(self, timeout: float = SECONDS) -> str:
        """Return all that it says until it ends; kill it if it does not end in time."""
        try:
            return self.communicate(timeout=timeout)[0]
        except TimeoutExpired:
            self.kill()
            self.wait()
            raise


def until(condition: Callable[[], object], seconds: float = SECONDS) -> float:
    """Wait until it holds, and return how many seconds that took. It is asked often at first, and
    then twice a second: to answer takes the processor from what is waited for."""
    since, pause = time.monotonic(), 0.02
    while not condition():
        assert time.monotonic() < since + seconds, f"it did not happen within {seconds} s"
        time.sleep(pause)
        pause = min(1.2 * pause, 0.5)
    return time.monotonic() - since


def children(process: int) -> list[int]:
    """The processes that a process began, by its main thread."""
    numbers = Path(f"/proc/{process}/task/{process}/children").read_text()
    return [int(number) for number in numbers.split()]


def open_files(process: int) -> set[str]:
    """Return the names of the files that a process has open, but for those it closes meanwhile."""
    found = set()
    for file in Path(f"/proc/{process}/fd").iterdir():
        with suppress(FileNotFoundError):
            found.add(os.readlink(file))
    return found


def runs(process: int) -> bool:
    """Whether a process has not ended yet; one that nobody has asked how it ended has."""
    return _state(Path(f"/proc/{process}")) not in "XZ"


def pause(*processes: int) -> None:
    """Stop processes until they get SIGCONT; wait until each of their threads stands still. On a
    busy machine the others go on until the one that the signal came to has its turn."""
    for process in processes:
        os.kill(process, signal.SIGSTOP)
    threads = [path for one in processes for path in Path(f"/proc/{one}/task").iterdir()]
    deadline = time.monotonic() + SECONDS
    while not all(_state(path) in "TXZ" for path in threads):
        assert time.monotonic() < deadline, f"they did not stand still within {SECONDS} s"
        time.sleep(0.001)


def _state(thread: Path) -> str:
    """Return the state of a thread (proc(5)): "T" where it was stopped; "X" where it is gone, "Z"
    where nobody has asked how it ended."""
    try:
        return (thread / "stat").read_text().rpartition(") ")[2][0]
    except (FileNotFoundError, ProcessLookupError):
        return "X"
