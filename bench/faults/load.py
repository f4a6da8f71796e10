"""Writers, who offer acts and note what they were told, and followers by every road out."""

import asyncio
import http.server
import json
import random
import socket
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from functools import partial

import nats
import psycopg
import requests
from nats.aio.msg import Msg
from nats.js import JetStreamContext
from nats.js.api import AckPolicy, ConsumerConfig, DeliverPolicy

from bench.faults.history import History
from bench.faults.site import Site
from tests.processes import until

REPORT = "faults-2026"
BODY = "kent-police"
RECOMMENDATIONS = 8
FOLLOWERS = ("SSE", "webhook", "consumer", "JetStream")
"""The roads out. A consumer of JetStream is durable, and says what it has taken; by the other one a
program only listens."""
_ACT = "https://faults.example/"
"""Each act names itself in its source: an address, which is not held apart as a text is."""
_ACTS = 30
"""The acknowledged acts before a fault, and after it."""
_GO_ON_SECONDS = 300
"""The seconds without an acknowledgement after which a round is given up."""
_SEALED_SECONDS = 300
_WAIT = 10
"""The seconds that a writer waits for an answer."""
_READ_EVERY = 0.2
"""The seconds between two reads of the log's end."""
_TRIES = 40
"""How often an act whose outcome is not known is sent again, under its key, once all is well."""


def publish(site: Site, reference: str = REPORT, bodies: Sequence[str] = (BODY,)) -> None:
    """Record a report whose recommendations the writers' acts are about, each to all bodies."""
    body = {
        "reference": reference,
        "title": f"Faults: {reference}",
        "kind": "national_thematic",
        "publisher": "hmicfrs",
        "published_on": "2026-05-01",
        "source": {"url": f"https://faults.example/report/{reference}"},
        "recommendations": [
            {"number": str(n), "text": f"Do {n}.", "addressees": list(bodies)}
            for n in range(1, RECOMMENDATIONS + 1)
        ],
    }
    answer = requests.post(f"{site.web}/api/reports", json=body, headers=site.headers, timeout=60)
    assert answer.status_code == 201, answer.text


@dataclass
class Writers:
    """Processes in the words of a history: each offers one act after another."""

    site: Site
    history: History
    round: str
    chance: random.Random
    many: int = 6
    bodies: Sequence[tuple[str, str]] = ()
    """Bodies and tokens of their accounts, of which each process has one; else all have one
    account, and record of one body."""
    reports: Sequence[str] = (REPORT,)
    every: float = 0.0
    """Seconds from one act of a process to its next; else it goes on as soon as it was answered."""
    answers: Counter[str] = field(default_factory=Counter)
    """How often each status was answered; those that should say when to come again, and don't,
    apart."""
    ended: threading.Event = field(default_factory=threading.Event)
    unknown: list[tuple[int, str]] = field(default_factory=list)
    missing: list[str] = field(default_factory=list)
    """Acknowledged acts that were missing where a database without them took over, before the
    signed entries were brought back."""
    hang_up: bool = False
    """Writers close the connection before they are answered."""
    repeat: bool = True
    """False if acts whose outcome is not known stay so: keys of requests don't outlive a database
    that is replaced by an older one."""
    _acknowledged: int = 0
    """The highest position of a receipt."""
    _threads: list[threading.Thread] = field(default_factory=list)

    def start(self) -> None:
        self._threads = [
            threading.Thread(target=self._write, args=(number,)) for number in range(self.many)
        ]
        self._threads.append(threading.Thread(target=self._read))
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        self.ended.set()
        for thread in self._threads:
            thread.join()

    def more(self) -> None:
        """Wait until some more acts are acknowledged, however slow the machine is."""
        wanted = self.history.count("ok") + _ACTS
        while (before := self.history.count("ok")) < wanted:
            until(partial(self._have_more_than, before), _GO_ON_SECONDS)

    def _have_more_than(self, acknowledged: int) -> bool:
        return self.history.count("ok") > acknowledged

    def settle(self) -> None:
        """Send each act of which nobody knows what came of it again, under its own key, until that
        is known: it must be recorded once, whichever try did it."""
        for process, act in self.unknown if self.repeat else ():
            for _ in range(_TRIES):
                if self._offer(process, act):
                    break
                time.sleep(0.25)
        self.unknown.clear()

    def _write(self, process: int) -> None:
        number, due = 0, time.monotonic() + self.every * self.chance.random()
        while not self.ended.wait(max(0.0, due - time.monotonic())):
            number, due = number + 1, due + self.every
            act = f"{self.round}-{process}-{number}"
            self.history.note(process, "invoke", act)
            if self.hang_up and number % 2 == 0:
                self._send_and_hang_up(act)
                self.history.note(process, "info", act, error="the writer hung up")
                self.unknown.append((process, act))
            elif not self._offer(process, act):
                self.unknown.append((process, act))
                self.ended.wait(0.5)

    def _read(self) -> None:
        """Read the end of the log again and again, with whatever has a receipt by then."""
        after = int(self.site.ask("/api/entries?limit=1")["as_of"]["position"])
        while not self.ended.wait(_READ_EVERY):
            query = f"after={after}&limit=500&min_position={max(after, self._acknowledged)}"
            self.history.note_read("invoke", after)
            try:
                answer = requests.get(
                    f"{self.site.web}/api/entries?{query}", headers=self.site.headers, timeout=_WAIT
                )
            except requests.RequestException:
                self.history.note_read("info", after)
                continue
            if answer.status_code != 200:
                self.history.note_read("info", after)
                continue
            read = tuple(int(one["sequence"]) for one in answer.json()["items"])
            self.history.note_read("ok", after, read)
            after = max(read, default=after)

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
        again = answer.status_code not in (429, 503) or "Retry-After" in answer.headers
        self.answers[f"{answer.status_code}{'' if again else ' without Retry-After'}"] += 1
        if answer.status_code == 201:
            told = answer.json()
            position, sealed = int(told["position"]), isinstance(told["receipt"], str)
            self.history.note(process, "ok", act, position, sealed=sealed)
            if sealed:
                self._acknowledged = max(self._acknowledged, position)
            return True
        why = f"{answer.status_code} {answer.text[:120]}"
        if answer.status_code in (429, 502, 503, 504, 500):
            self.history.note(process, "info", act, error=why)
            return False
        self.history.note(process, "fail", act, error=why)
        return True

    def _request(self, act: str) -> tuple[str, dict[str, object], dict[str, str]]:
        process, number = map(int, act.rsplit("-", 2)[1:])
        of, token = self.bodies[process] if self.bodies else (BODY, self.site.token)
        turn, recommendation = divmod(number, RECOMMENDATIONS)
        report = self.reports[turn % len(self.reports)]
        body: dict[str, object] = {
            "text": f"An update, {act}.",
            "occurred_on": "2026-05-02",
            "source": {"url": _ACT + act},
        }
        path = f"/api/recommendations/{report}/{recommendation + 1}/{of}/updates"
        return path, body, {"Authorization": f"Bearer {token}", "Idempotency-Key": act}

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


def sealed(site: Site, last: int) -> int:
    """Return how many entries the newest checkpoint covers, once it covers the last one or a while
    has passed."""
    size, deadline = 0, time.monotonic() + _SEALED_SECONDS
    while size < last and time.monotonic() < deadline:
        with suppress(requests.RequestException, ValueError, IndexError):
            text = requests.get(f"{site.web}/log/checkpoint", timeout=10).text
            size = int(text.splitlines()[1])
        time.sleep(0.1)
    return size


def log(site: Site, after: int = 0) -> list[tuple[int, str, str]]:
    """Return position, stream and act of each entry after a position, sealed or not, as the
    database's superuser reads them; the act is empty where no writer made it."""
    act = f"coalesce(substring(convert_from(state, 'UTF8') FROM '{_ACT}([^\"]+)'), '')"
    query = f"SELECT position, stream, {act} FROM ledger.entries WHERE position > {after}"
    with psycopg.connect(site.cluster.url()) as connection:
        return connection.execute(f"{query} ORDER BY position".encode()).fetchall()


@dataclass
class Followers:
    """Whoever follows the log, by each road, and the positions that came to each."""

    site: Site
    came: dict[str, list[int]]
    _ended: threading.Event = field(default_factory=threading.Event)

    def have(self, position: int) -> bool:
        """Return whether each follower has come as far as an entry."""
        return all(came and max(came[-2000:]) >= position for came in self.came.values())

    def reach(self, position: int, seconds: float = 60) -> float:
        """Wait until each follower has come as far as an entry, or nothing came to any of them for
        so long. Return how long that took."""
        began = moved = time.monotonic()
        had = 0
        while not self.have(position) and time.monotonic() < moved + seconds:
            if (many := sum(map(len, self.came.values()))) > had:
                had, moved = many, time.monotonic()
            time.sleep(0.1)
        return time.monotonic() - began


@contextmanager
def following(site: Site, after: int | None = None) -> Iterator[Followers]:
    """Follow the log by SSE, by a webhook and by the broker, through whatever happens: there as a
    program that only listens, and as a durable consumer, which says what it has taken."""
    here = Followers(site, {name: [] for name in FOLLOWERS})
    began = site.head() if after is None else after
    works: list[Callable[[], None]] = [
        lambda: _by_sse(here, began),
        lambda: asyncio.run(_by_broker(here, began)),
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


async def _by_broker(here: Followers, after: int) -> None:
    """Follow the broker in both ways; each goes on where it was."""
    first = DeliverPolicy.BY_START_SEQUENCE
    begins = partial(ConsumerConfig, deliver_policy=first, opt_start_seq=after + 1)

    async def broken(_: Exception) -> None:
        """The connection breaks by design: the client connects again."""

    client = await nats.connect(
        here.site.broker, max_reconnect_attempts=-1, reconnect_time_wait=0.2, error_cb=broken
    )

    async def take(message: Msg) -> None:
        here.came["JetStream"].append(message.metadata.sequence.stream)

    stream = client.jetstream()
    every = "answerable.>"
    durable: JetStreamContext.PullSubscription | None = None
    while not here._ended.is_set() and durable is None:
        with suppress(nats.errors.Error):  # the relay has not made the stream yet
            config = begins(ack_policy=AckPolicy.EXPLICIT)
            durable = await stream.pull_subscribe(every, durable="faults", config=config)
            config = begins()
            await stream.subscribe(every, ordered_consumer=True, config=config, cb=take)
        await asyncio.sleep(0.2)
    while not here._ended.is_set():
        with suppress(Exception):  # nothing came in time, or the broker is away
            assert durable is not None
            for message in await durable.fetch(500, timeout=0.5):
                here.came["consumer"].append(message.metadata.sequence.stream)
                await message.ack()
        await asyncio.sleep(0.05)
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
