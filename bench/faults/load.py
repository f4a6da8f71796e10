"""Writers, who offer acts and note what they were told, and followers by every road out."""

import asyncio
import http.server
import json
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field

import nats
import requests
from nats.aio.msg import Msg
from nats.js.api import ConsumerConfig, DeliverPolicy

from bench.faults.history import History
from bench.faults.site import Site

REPORT = "faults-2026"
RECOMMENDATIONS = 8
_ACT = "https://faults.example/"
"""Each act names itself in its source: an address, which is not held apart as a text is."""
_WAIT = 10
"""The seconds that a writer waits for an answer."""
_TRIES = 40
"""How often an act whose outcome is not known is sent again, under its key, once all is well."""


def publish(site: Site) -> None:
    """Record the report whose recommendations the writers' acts are about."""
    body = {
        "reference": REPORT,
        "title": "Faults",
        "kind": "national_thematic",
        "publisher": "hmicfrs",
        "published_on": "2026-05-01",
        "source": {"url": "https://faults.example/report"},
        "recommendations": [
            {"number": str(n), "text": f"Do {n}.", "addressees": ["kent-police"]}
            for n in range(1, RECOMMENDATIONS + 1)
        ],
    }
    answer = requests.post(f"{site.web}/api/reports", json=body, headers=site.headers, timeout=30)
    assert answer.status_code == 201, answer.text


@dataclass
class Writers:
    """Processes in the words of a history: each offers one act after another."""

    site: Site
    history: History
    round: str
    many: int = 6
    ended: threading.Event = field(default_factory=threading.Event)
    unknown: list[tuple[int, str]] = field(default_factory=list)
    hang_up: bool = False
    """Writers close the connection before they are answered."""
    _threads: list[threading.Thread] = field(default_factory=list)

    def start(self) -> None:
        self._threads = [
            threading.Thread(target=self._write, args=(number,)) for number in range(self.many)
        ]
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        self.ended.set()
        for thread in self._threads:
            thread.join()

    def settle(self) -> None:
        """Send each act of which nobody knows what came of it again, under its own key, until that
        is known: it must be recorded once, whichever try did it."""
        for process, act in self.unknown:
            for _ in range(_TRIES):
                if self._offer(process, act):
                    break
                time.sleep(0.25)
        self.unknown.clear()

    def _write(self, process: int) -> None:
        number = 0
        while not self.ended.is_set():
            number += 1
            act = f"{self.round}-{process}-{number}"
            self.history.note(process, "invoke", act)
            if self.hang_up and number % 2 == 0:
                self._send_and_hang_up(act)
                self.history.note(process, "info", act, error="the writer hung up")
                self.unknown.append((process, act))
            elif not self._offer(process, act):
                self.unknown.append((process, act))
                self.ended.wait(0.5)

    def _offer(self, process: int, act: str) -> bool:
        """Send an act, and note what was told of it. Return whether that is known."""
        path, body, headers = self._request(act)
        try:
            answer = requests.post(
                f"{self.site.web}{path}", json=body, headers=headers, timeout=_WAIT
            )
        except requests.RequestException as error:
            self.history.note(process, "info", act, error=type(error).__name__)
            return False
        if answer.status_code == 201:
            self.history.note(process, "ok", act, answer.json()["position"])
            return True
        why = f"{answer.status_code} {answer.text[:120]}"
        if answer.status_code in (429, 502, 503, 504, 500):
            self.history.note(process, "info", act, error=why)
            return False
        self.history.note(process, "fail", act, error=why)
        return True

    def _request(self, act: str) -> tuple[str, dict[str, object], dict[str, str]]:
        number = int(act.rsplit("-", 1)[1]) % RECOMMENDATIONS + 1
        body: dict[str, object] = {
            "text": f"An update, {act}.",
            "occurred_on": "2026-05-02",
            "source": {"url": _ACT + act},
        }
        path = f"/api/recommendations/{REPORT}/{number}/kent-police/updates"
        return path, body, self.site.headers | {"Idempotency-Key": act}

    def _send_and_hang_up(self, act: str) -> None:
        path, body, headers = self._request(act)
        sent = json.dumps(body)
        head = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
        port = self.site.deployed.ports["web"]
        with suppress(OSError), socket.create_connection(("127.0.0.1", port), 5) as connection:
            connection.sendall(
                f"POST {path} HTTP/1.1\r\nHost: localhost\r\n{head}Content-Type: application/json"
                f"\r\nContent-Length: {len(sent)}\r\n\r\n{sent}".encode()
            )


def log(site: Site, after: int) -> list[tuple[int, str, str]]:
    """Return position, stream and act of each entry after a position; the act is empty where no
    writer made it."""
    found: list[tuple[int, str, str]] = []
    while True:
        page = site.ask(f"/api/entries?after={after}&limit=500")
        for one in page["items"]:
            address = ((one["data"].get("source") or {}).get("url") or "") if one["data"] else ""
            act = address.removeprefix(_ACT) if address.startswith(_ACT) else ""
            found.append((int(one["sequence"]), one["subject"], act))
        if not page["items"]:
            return found
        after = found[-1][0]


@dataclass
class Followers:
    """Whoever follows the log, by each road, and the positions that came to each."""

    site: Site
    came: dict[str, list[int]]
    _ended: threading.Event = field(default_factory=threading.Event)

    def reach(self, position: int, seconds: float = 60) -> None:
        """Wait until each follower has an entry, or that long."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            if all(position in came[-2000:] for came in self.came.values()):
                return
            time.sleep(0.1)


@contextmanager
def following(site: Site) -> Iterator[Followers]:
    """Follow the log by SSE, by a webhook and by the broker, through whatever happens."""
    here = Followers(site, {"SSE": [], "webhook": [], "JetStream": []})
    began = int(site.ask("/api/entries?limit=1")["as_of"]["position"])
    works: list[Callable[[], None]] = [
        lambda: _by_sse(here, began),
        lambda: asyncio.run(_by_broker(here)),
    ]
    threads = [threading.Thread(target=work, daemon=True) for work in works]
    with _receiver(here) as address:
        made = requests.post(
            f"{site.web}/api/subscriptions",
            json={"url": address, "after": began},
            headers=site.headers,
            timeout=30,
        )
        assert made.status_code == 201, made.text
        for thread in threads:
            thread.start()
        try:
            yield here
        finally:
            here._ended.set()
            for thread in threads:
                thread.join(20)


def _by_sse(here: Followers, after: int) -> None:
    """Follow the stream, and go on from the last entry whenever it breaks."""
    while not here._ended.is_set():
        address = f"{here.site.stream}/api/entries/stream?after={after}"
        with (
            suppress(requests.RequestException),
            requests.get(address, headers=here.site.headers, stream=True, timeout=20) as answer,
        ):
            for line in answer.iter_lines(decode_unicode=True):
                if here._ended.is_set():
                    return
                if answer.status_code == 200 and line.startswith("id:"):
                    after = int(line.removeprefix("id:"))
                    here.came["SSE"].append(after)
        here._ended.wait(0.2)


async def _by_broker(here: Followers) -> None:
    """Follow the broker by a consumer that goes on where it was."""

    async def broken(_: Exception) -> None:
        """The connection breaks by design: the client connects again."""

    client = await nats.connect(
        here.site.broker, max_reconnect_attempts=-1, reconnect_time_wait=0.2, error_cb=broken
    )

    async def take(message: Msg) -> None:
        here.came["JetStream"].append(message.metadata.sequence.stream)

    while not here._ended.is_set():
        with suppress(Exception):  # the relay has not made the stream yet
            await client.jetstream().subscribe(
                "answerable.>",
                ordered_consumer=True,
                config=ConsumerConfig(deliver_policy=DeliverPolicy.NEW),
                cb=take,
            )
            break
        await asyncio.sleep(0.2)
    while not here._ended.is_set():
        await asyncio.sleep(0.2)
    await client.close()


@contextmanager
def _receiver(here: Followers) -> Iterator[str]:
    """Receive webhooks; the address."""

    class Handler(http.server.BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            sent = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            here.came["webhook"].append(int(sent["sequence"]))
            self.send_response(204)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}/hook"
    finally:
        server.shutdown()
        server.server_close()
