"""Clients that read and record while a test restarts or upgrades what they ask."""

import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import count
from secrets import token_hex

import psycopg
import requests

from tests.e2e.deployed import PlainDatabase
from tests.processes import until

CLIENTS = 4


@dataclass
class Clients:
    """Clients that read and record one body after another, each request on a connection of its own.
    Every second record has an `Idempotency-Key`. A write that is refused with 503 is sent again
    after the seconds of its `Retry-After`."""

    site: str
    token: str
    ended: threading.Event = field(default_factory=threading.Event)
    answered: Counter[int] = field(default_factory=Counter)
    refused: list[tuple[str, float]] = field(default_factory=list)
    """The type of each problem that came with 503, and when."""
    failed: list[str] = field(default_factory=list)
    """Requests without an answer, and answers that are neither 200, 201 nor 503."""
    recorded: list[str] = field(default_factory=list)
    _numbers: Iterator[int] = field(default_factory=lambda: count(1))

    def ask(self) -> None:
        """Ask until the clients have ended."""
        while not self.ended.is_set():
            number = next(self._numbers)
            try:
                if number % 2:
                    self._note(requests.get(f"{self.site}/api/reports", timeout=60))
                else:
                    self.record(f"{'keyed' if number % 4 else 'plain'}-{token_hex(6)}")
            except (requests.RequestException, KeyError) as error:
                self.failed.append(repr(error))

    def record(self, name: str) -> None:
        """Record a body, however often that has to be sent: by a key if it is named so."""
        body = {"id": name, "name": name, "kind": "national_body"}
        headers = {"Authorization": f"Bearer {self.token}"}
        if name.startswith("keyed"):
            headers["Idempotency-Key"] = name
        while True:
            answer = requests.post(
                f"{self.site}/api/bodies", json=body, headers=headers, timeout=60
            )
            self._note(answer)
            if answer.status_code != 503:
                break
            assert not self.ended.wait(float(answer.headers["Retry-After"])), answer.text
        if answer.status_code == 201:
            self.recorded.append(name)

    def _note(self, answer: requests.Response) -> None:
        self.answered[answer.status_code] += 1
        if answer.status_code == 503:
            assert answer.headers["Retry-After"]
            self.refused.append((answer.json()["type"].rpartition(":")[2], time.monotonic()))
        elif answer.status_code not in (200, 201):
            self.failed.append(f"{answer.request.method} {answer.status_code}: {answer.text}")

    def more(self) -> None:
        """Wait until every client had some more answers."""
        before = self.answered.total()
        until(lambda: self.answered.total() > before + 5 * CLIENTS)


@contextmanager
def asking(site: str, token: str) -> Iterator[Clients]:
    """Let clients ask meanwhile."""
    clients = Clients(site, token)
    threads = [threading.Thread(target=clients.ask) for _ in range(CLIENTS)]
    for one in threads:
        one.start()
    try:
        clients.more()
        yield clients
        clients.more()
    finally:
        clients.ended.set()
        for one in threads:
            one.join()


def not_once(clients: Clients, database: PlainDatabase) -> list[str]:
    """Return the bodies that were answered with 201, and are not in the log exactly once."""
    with psycopg.connect(database.url("owner")) as conn:
        conn.execute("SET ROLE answerable_owner")
        query = """
            SELECT convert_from(state, 'UTF8')::jsonb #>> '{data,id}' FROM ledger.entries
             WHERE stream = 'service' AND topic = 'body-registered'
        """
        known = Counter(name for (name,) in conn.execute(query))
    return [name for name in clients.recorded if known[name] != 1]
