"""The web application under gunicorn, as `answerable run` starts it, and a reader of its stream."""

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.client import HTTPConnection, HTTPResponse
from tempfile import TemporaryFile
from typing import IO, Any, TypeGuard
from urllib.parse import urlencode, urlsplit

import requests

from ledger.settings import Settings
from tests.e2e.service import clean_environment, free_port
from tests.processes import Python

SECONDS = 30
"""The longest that something is waited for."""


@dataclass(frozen=True)
class Event:
    """An event of the stream: the position, and the bytes of the entry."""

    id: int
    data: bytes


@dataclass
class Reader:
    """Somebody who follows the log, as a browser does."""

    answer: HTTPResponse
    connection: HTTPConnection
    came: list[Event] = field(default_factory=list)

    @property
    def ids(self) -> list[int]:
        return [one.id for one in self.came]

    def block(self) -> list[bytes] | None:
        """The lines up to the next empty one; None where the stream has ended."""
        lines = []
        while (line := self.answer.readline()) not in (b"", b"\n"):
            lines.append(line.removesuffix(b"\n"))
        return lines if lines or line else None

    def take(self, many: int) -> list[Event]:
        """The next entries; signs of life are passed over."""
        taken: list[Event] = []
        deadline = time.monotonic() + SECONDS
        while len(taken) < many:
            assert time.monotonic() < deadline, f"nothing came after {self.ids[-3:]}"
            lines = self.block()
            assert lines is not None, f"the stream ended after {self.ids[-3:]}"
            if lines[0].startswith(b"id: ") and len(lines) == 2:
                position, data = lines
                taken.append(Event(int(position[4:]), data.removeprefix(b"data: ")))
        self.came += taken
        return taken

    def upto(self, position: int) -> list[int]:
        """Read up to a position: all ids that came."""
        while not self.came or self.came[-1].id < position:
            self.take(1)
        return self.ids

    def sign_of_life(self) -> None:
        """Expect a sign of life next, and no entry."""
        while self._is_caught_up(lines := self.block()):
            pass
        assert self._is_sign(lines), lines

    def end(self) -> None:
        """Nothing more comes, and the stream is at its end."""
        while (lines := self.block()) is not None:
            assert self._is_sign(lines) or self._is_caught_up(lines), lines

    def caught_up(self) -> int:
        """Return the position up to which the next event says that everything has come."""
        lines = self.block()
        assert self._is_caught_up(lines), lines
        return int(json.loads(lines[1].removeprefix(b"data: "))["position"])

    @staticmethod
    def _is_caught_up(lines: list[bytes] | None) -> TypeGuard[list[bytes]]:
        return lines is not None and lines[0] == b"event: caught-up"

    @staticmethod
    def _is_sign(lines: list[bytes] | None) -> bool:
        return lines == [b":"] or (lines is not None and lines[0][:3] == b"id:" and len(lines) == 1)

    def close(self) -> None:
        self.answer.close()
        self.connection.close()


@dataclass
class Web:
    """A running web server."""

    url: str
    process: Python
    log: IO[bytes]
    database: str

    def get(self, path: str, **query: Any) -> requests.Response:
        return requests.get(self.url + path, params=query, timeout=SECONDS)

    def connect(
        self, last: int | str | None = None, *, token: str | None = None, **query: Any
    ) -> Reader:
        """Ask for the stream, whatever the answer is."""
        place = urlsplit(self.url)
        connection = HTTPConnection(place.hostname or "", place.port, timeout=SECONDS)
        headers = {} if last is None else {"Last-Event-ID": str(last)}
        if token is not None:
            headers["Authorization"] = f"Bearer {token}"
        connection.request(
            "GET", f"/api/entries/stream?{urlencode(query, doseq=True)}", headers=headers
        )
        return Reader(connection.getresponse(), connection)

    @contextmanager
    def follow(self, last: int | str | None = None, **query: Any) -> Iterator[Reader]:
        """Follow the log, once there is a place: those of readers who are gone are free in a
        second, long before they would be sent a sign of life."""
        deadline = time.monotonic() + Settings.stream_heartbeat / 2
        while (reader := self.connect(last, **query)).answer.status == 503:
            reader.close()
            assert time.monotonic() < deadline, "no place is free"
        try:
            assert reader.answer.status == 200, reader.answer.read()
            assert reader.block() == [b"retry: 2000"]
            yield reader
        finally:
            reader.close()

    def said(self) -> str:
        """Return the text that it wrote to its log."""
        self.log.seek(0)
        return self.log.read().decode()


@contextmanager
def serving(
    url: str, origin: str, *options: str, patience: int = 5, **settings: Any
) -> Iterator[Web]:
    """Serve the log of a database, by one process. `patience`: after so many seconds gunicorn cuts
    off what does not end."""
    given = {"database_url": url, "origin": origin, "web_processes": 1} | settings
    environment = {f"ANSWERABLE_{name.upper()}": str(value) for name, value in given.items()}
    address = f"127.0.0.1:{free_port()}"
    command = [
        *("-m", "gunicorn", "api.app:create_app()", "--bind", address),
        *("--config", "python:api.web"),
        *("--log-level", "warning", "--no-control-socket"),
        *("--graceful-timeout", str(patience)),
        *options,
    ]
    with TemporaryFile() as log:
        process = Python(*command, env=clean_environment() | environment, log=log)
        web = Web(f"http://{address}", process, log, url)
        try:
            wait_until_up(web)
            yield web
        finally:
            process.terminate()
            process.wait(SECONDS)


def wait_until_up(web: Web) -> None:
    """Wait until it answers; fail if its process has ended."""
    deadline = time.monotonic() + 4 * SECONDS
    while True:
        try:
            assert web.get("/healthz").ok
        except requests.ConnectionError:
            assert web.process.poll() is None, web.said()
            assert time.monotonic() < deadline, web.said()
            time.sleep(0.02)
        else:
            return
