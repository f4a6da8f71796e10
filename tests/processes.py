"""Processes of the machine, as Linux shows them."""

import os
import signal
import time
from pathlib import Path

SECONDS = 60
"""The longest that is waited for one to stand still."""


def children(process: int) -> list[int]:
    """The processes that a process began, by its main thread."""
    numbers = Path(f"/proc/{process}/task/{process}/children").read_text()
    return [int(number) for number in numbers.split()]


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
    """What a thread does (proc(5)): "T" where it was stopped; "X" where it is gone,
    "Z" where nobody has asked how it ended."""
    try:
        return (thread / "stat").read_text().rpartition(") ")[2][0]
    except (FileNotFoundError, ProcessLookupError):
        return "X"
