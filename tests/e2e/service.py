"""A whole service, as a user starts it: `answerable run` in a process of its own."""

import json
import os
import re
import signal
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import requests
from click.testing import CliRunner, Result

from api.cli import main
from tests.processes import Python


def free_port() -> int:
    """Return a port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def clean_environment() -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if "ANSWERABLE" not in name}


def inside(*arguments: str, expect: int = 0) -> Result:
    """Run a command in this process: the same, without a second of starting for each."""
    none = {name: None for name in os.environ if "ANSWERABLE" in name}
    done = CliRunner().invoke(main, arguments, env=none, prog_name="answerable")
    if done.exception is not None and not isinstance(done.exception, SystemExit):
        raise done.exception  # a user would see its traceback
    assert done.exit_code == expect, done.output
    return done


RECORDING = {"account", "capture", "import", "reconcile", "register"}
"""Commands that record, after which a test asks: they end before the read models have it."""


@dataclass
class Service:
    """A running service and how to talk to it."""

    data: Path
    process: Python
    url: str
    printed: list[str]
    """All its lines, of every time that it was started."""
    session: requests.Session = field(default_factory=requests.Session)

    def get(self, path: str, expect: int = 200, **query: Any) -> Any:
        answer = self.session.get(self.url + path, params=query, timeout=30)
        assert answer.status_code == expect, answer.text
        return answer.json()

    def command(self, *arguments: str, expect: int = 0) -> Result:
        done = inside(*arguments, "--data", str(self.data), expect=expect)
        if arguments[0] in RECORDING and expect == 0 and self.process.poll() is None:
            self.caught_up()
        return done

    def caught_up(self) -> None:
        """Wait until lists and pages have all that is recorded."""
        query = {"min_position": self.position(), "limit": 1}
        for _ in range(15):  # each waits two seconds by itself
            answer = self.session.get(f"{self.url}/api/reports", params=query, timeout=30)
            if answer.status_code == 200:
                return
        raise AssertionError("The read models did not catch up within half a minute.")

    def command_json(self, *arguments: str, expect: int = 0) -> Any:
        return json.loads(self.command(*arguments, "--json", expect=expect).stdout)

    def token(self, name: str, *scopes: str, body: str | None = None) -> dict[str, str]:
        """Return the header that speaks for a fresh account."""
        chosen = [part for scope in scopes for part in ("--scope", scope)]
        whose = ["--body", body] if body else []
        made = self.command("token", "create", "--name", name, *chosen, *whose)
        return {"Authorization": f"Bearer {made.stdout.strip().splitlines()[-1]}"}

    def position(self) -> int:
        newest: int = self.status()["position"]
        return newest

    def status(self) -> Any:
        """Return the answer of `status`, whether or not the service is ready."""
        given = ["status", "--json", "--data", str(self.data)]
        none = {name: None for name in os.environ if "ANSWERABLE" in name}
        return json.loads(CliRunner().invoke(main, given, env=none).stdout)


def start(data: Path, *arguments: str) -> Service:
    """Start the service and wait until it says where it is."""
    port = free_port()
    given = ["run", "--data", str(data), "--port", str(port), *arguments]
    process = Python("-m", "api", *given, env=clean_environment())
    printed: list[str] = []
    for line in process.output:
        printed.append(line.rstrip())
        if found := re.match(r"open\s+(\S+)/$", line):
            return Service(data, process, found[1], printed)
    raise AssertionError("the service did not start: " + "\n".join(printed))


def stop(service: Service) -> None:
    """Ctrl-C, and wait until it has ended."""
    service.session.close()
    if service.process.poll() is None:
        service.process.send_signal(signal.SIGINT)
    service.process.wait(30)


@contextmanager
def ending(service: Service, *arguments: str) -> Iterator[None]:
    """For what ends a service that others use: whatever came of it, it runs again afterwards, on
    its data and at another address."""
    try:
        yield
    finally:
        stop(service)
        again = start(service.data, *arguments)
        service.process, service.url = again.process, again.url
        service.printed += again.printed
