"""A second checker, which others wrote: a command that reads a history, and ends with 0 if it is
linearizable, with 1 if it is not."""

import subprocess
from dataclasses import dataclass
from pathlib import Path

from bench.faults.history import History


@dataclass
class Second:
    """The command, and how often it was asked and said the same as our checker."""

    command: tuple[str, ...]
    folder: Path
    written: int = 0
    asked: int = 0
    agreed: int = 0

    def judges(self, history: History, log: list[tuple[int, str]], holds: bool | None) -> str:
        """Write a history down, and ask the command about it, unless its log went back (None). Our
        checker says whether it holds."""
        path = self.folder / f"{self.written:03}.jsonl"
        history.write(path, log)
        self.written += 1
        if not self.command or holds is None:
            return ""
        self.asked += 1
        done = subprocess.run([*self.command, path], capture_output=True, text=True, check=False)
        if done.returncode not in (0, 1):
            raise SystemExit(f"the second checker failed: {done.stderr or done.stdout}")
        same = (done.returncode == 0) == holds
        self.agreed += same
        return ", the second checker agrees" if same else ", THE SECOND CHECKER DOES NOT AGREE"
