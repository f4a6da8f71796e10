"""Helpers for tests of commands over a log."""

import json
import os
import signal
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from click.testing import CliRunner, Result

from api.cli import main
from ledger.acts.capture import keep_capture, received
from ledger.acts.decision import Notice
from ledger.application import Ledger
from ledger.states.keys import Keys
from ledger.states.service import SETUP
from tests.processes import Python

ORIGIN = "log.example/keys"
_KILLED_BEFORE = """
import os, signal, sys
from api.cli import main

def kill(event, arguments):
    if event == sys.argv[1]:
        os.kill(os.getpid(), signal.SIGKILL)

sys.addaudithook(kill)
main(sys.argv[2:])
"""


@dataclass
class KeyedLog:
    """A log, and the folder in which its key is kept."""

    log: Ledger
    url: str
    folder: Path

    @property
    def keys(self) -> Keys:
        return self.log.service().keys

    @property
    def position(self) -> int:
        return self.log.head()

    @property
    def current(self) -> Path:
        return self.folder / "signing.key"

    @property
    def files(self) -> list[str]:
        return sorted(path.name for path in self.folder.iterdir())

    @property
    def environment(self) -> dict[str, str]:
        others = {name: value for name, value in os.environ.items() if "ANSWERABLE" not in name}
        return others | {
            "ANSWERABLE_DATABASE_URL": self.url,
            "ANSWERABLE_DATA": str(self.folder),
            "ANSWERABLE_ORIGIN": ORIGIN,
        }

    def run(self, *arguments: str, expect: int = 0) -> Result:
        """Call the command."""
        done = CliRunner().invoke(main, arguments, env=dict(self.environment))
        if done.exception is not None and not isinstance(done.exception, SystemExit):
            raise done.exception
        assert done.exit_code == expect, done.output
        return done

    def json(self, *arguments: str, expect: int = 0) -> Any:
        return json.loads(self.run(*arguments, "--json", expect=expect).stdout)

    def refused(self, says: str, *arguments: str) -> None:
        """The command ends with a sentence, and records nothing."""
        before = self.position
        done = self.run(*arguments, expect=1)
        assert says in done.stderr, done.stderr
        assert self.position == before

    def killed(self, event: str, *arguments: str) -> None:
        """Call the command in a process that is killed before it does something (an audit event
        of Python, such as `os.rename`)."""
        process = Python("-c", _KILLED_BEFORE, event, *arguments, env=self.environment)
        said = process.says()
        assert process.returncode == -signal.SIGKILL, said

    def at_once(self, *arguments: str, times: int) -> None:
        """Call the command in several processes at once: each succeeds."""
        for process in [
            Python("-m", "api", *arguments, env=self.environment) for _ in range(times)
        ]:
            said = process.says()
            assert process.returncode == 0, said

    def entry(self) -> int:
        """One more entry in the log, whatever it says: the size of the log with it."""
        return self.log.record(SETUP, keep_capture, received(b"x"), Notice()).entries[0].position
