"""Writers, who offer acts and note what they were told, and followers by every road out."""

import json
import os
import random
import socket
import threading
import time
from array import array
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from functools import partial
from itertools import cycle, islice
from pathlib import Path
from tempfile import TemporaryDirectory
from types import MappingProxyType
from typing import Any

import psycopg
import requests
import urllib3

from bench.faults.history import History
from bench.faults.site import Site
from tests.e2e.service import free_port
from tests.processes import Python, until

REPORT = "faults-2026"
BODY = "kent-police"
RECOMMENDATIONS = 8
FOLLOWERS = ("SSE", "webhook", "consumer", "JetStream")
CLIENT = "client"
"""The client that we ship, which checks each entry against a signed checkpoint. It ends where the
log goes back or forks."""
"""The roads out (bench/faults/roads.py). A consumer of JetStream is durable, and says what it has
taken; by the other one a program only listens."""
_ACT = "https://faults.example/"
"""Each act names itself in its source: an address, which is not held apart as a text is."""
_ACTS = 30
"""The acknowledged acts before a fault, and after it."""
_GO_ON_SECONDS = 300
"""The seconds without an acknowledgement after which a round is given up."""
_SEALED_SECONDS = 300
_WAIT, _WAIT_EACH = 10, 0.1
"""The seconds that a writer waits for an answer, and for each act of many."""
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
        "source": {"url": f"https://reports.example/{reference}"},
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
    bodies: Sequence[tuple[Sequence[str], str]] = ()
    """For each process the bodies that its acts are about, and its token; else all have one
    account, and record of one body."""
    reports: Sequence[str] = (REPORT,)
    sizes: Sequence[int] = (1,)
    """How many acts each request of a process has, over and over, from one that chance gives."""
    every: float = 0.0
    """Seconds that a process has for each act; else it goes on as soon as it was answered."""
    polls: bool = True
    """True if one more process reads the end of the log again and again."""
    answers: Counter[str] = field(default_factory=Counter)
    """How often each status was answered; those that should say when to come again, and don't,
    apart."""
    ended: threading.Event = field(default_factory=threading.Event)
    waited: list[float] = field(default_factory=list)
    """The seconds that each act took which was sent by itself and acknowledged."""
    unknown: list[tuple[int, list[str]]] = field(default_factory=list)
    """The acts of each request that nobody knows the outcome of."""
    missing: list[str] = field(default_factory=list)
    """Acknowledged acts that were missing where a database without them took over, before the
    signed entries were brought back."""
    hang_up: bool = False
    """Writers close the connection before they are answered."""
    insist: bool = False
    """Writers send a request again, under its key, until they know its outcome, before they go on.
    Else `settle` does so."""
    repeat: bool = True
    """False if acts whose outcome is not known stay so: keys of requests don't outlive a database
    that is replaced by an older one."""
    _acknowledged: int = 0
    """The highest position of a receipt."""
    _web: urllib3.HTTPConnectionPool = field(init=False)
    _threads: list[threading.Thread] = field(default_factory=list)

    def start(self) -> None:
        self._web = urllib3.connection_from_url(self.site.web, maxsize=self.many, retries=False)
        self._threads = [
            threading.Thread(target=self._write, args=(number,)) for number in range(self.many)
        ]
        if self.polls:
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
        """Send each request with an unknown outcome again, under its own key, until the outcome is
        known. Its acts must be recorded once, whichever try did it. As many are under way as there
        are writers."""
        if self.repeat:
            with ThreadPoolExecutor(self.many) as pool:
                list(pool.map(self._again, self.unknown))
        self.unknown.clear()

    def _again(self, unknown: tuple[int, list[str]]) -> None:
        for _ in range(_TRIES):
            if self._offer(*unknown):
                return
            time.sleep(0.25)

    def _write(self, process: int) -> None:
        done, sizes = 0, range(len(self.sizes))
        first = self.chance.choices(sizes, self.sizes)[0]  # at any act of the sizes alike
        due = time.monotonic() - self.every * self.sizes[first] * self.chance.random()
        for number, size in enumerate(islice(cycle(self.sizes), first, None), 1):
            due += self.every * size
            if self.ended.wait(max(0.0, due - time.monotonic())):
                return
            acts = [f"{self.round}-{process}-{done + each}" for each in range(1, size + 1)]
            done += size
            for act in acts:
                self.history.note(process, "invoke", act)
            if self.hang_up and number % 2 == 0:
                self._send_and_hang_up(acts)
                self._note_unknown(process, acts, "the writer hung up")
                self.unknown.append((process, acts))
            else:
                self._offer_at_once(process, acts)

    def _offer_at_once(self, process: int, acts: list[str]) -> None:
        """Send acts in one request, several times if writers insist."""
        while not self._offer(process, acts):
            if self.ended.wait(0.5) or not self.insist:
                self.unknown.append((process, acts))
                return

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

    def _offer(self, process: int, acts: list[str]) -> bool:
        """Send acts in one request, and note what was told of them. Return whether that is
        known."""
        path, body, headers = self._request(acts)
        wait, began = _WAIT + _WAIT_EACH * len(acts), time.monotonic()
        try:
            answer = self._web.request("POST", path, body=body, headers=headers, timeout=wait)
        except urllib3.exceptions.HTTPError as error:
            self._note_unknown(process, acts, type(error).__name__)
            return False
        again = answer.status not in (429, 503) or "Retry-After" in answer.headers
        self.answers[f"{answer.status}{'' if again else ' without Retry-After'}"] += 1
        if answer.status == 201:
            self.waited += [time.monotonic() - began] if len(acts) == 1 else []
            self._note_recorded(process, acts, answer.json())
            return True
        why = f"{answer.status} {answer.data[:120]!r}"
        if answer.status in (429, 502, 503, 504, 500):
            self._note_unknown(process, acts, why)
            return False
        for act in acts:
            self.history.note(process, "fail", act, error=why)
        return True

    def _note_unknown(self, process: int, acts: list[str], why: str) -> None:
        for act in acts:
            self.history.note(process, "info", act, error=why)

    def _note_recorded(self, process: int, acts: list[str], told: Any) -> None:
        if len(acts) == 1:
            position, sealed = int(told["position"]), isinstance(told["receipt"], str)
            self.history.note(process, "ok", acts[0], position, sealed=sealed)
            if sealed:
                self._acknowledged = max(self._acknowledged, position)
            return
        for one in told["recorded"]:
            first = one["first_position"] - one["first_act"]
            for number in range(one["first_act"], one["last_act"] + 1):
                self.history.note(process, "ok", acts[number], first + number)

    def _request(self, acts: list[str]) -> tuple[str, bytes, dict[str, str]]:
        """Return path, body and headers of the request for acts: to the route of the one, or to
        that of many."""
        process = int(acts[0].rsplit("-", 2)[1])
        token = self.bodies[process][1] if self.bodies else self.site.token
        headers = {
            "Authorization": f"Bearer {token}",
            "Idempotency-Key": acts[0],
            "Content-Type": "application/json",
        }
        says = [
            {
                "text": f"An update, {act}.",
                "occurred_on": "2026-05-02",
                "source": {"url": _ACT + act},
            }
            for act in acts
        ]
        if len(acts) == 1:
            return self._path(acts[0]), json.dumps(says[0]).encode(), headers
        sent = [{"to": self._path(a), "says": said} for a, said in zip(acts, says, strict=True)]
        return "/api/acts", json.dumps({"acts": sent}).encode(), headers

    def _path(self, act: str) -> str:
        """Return the route of an act: a process goes through the recommendations of a body, then
        its bodies, then the reports."""
        process, number = map(int, act.rsplit("-", 2)[1:])
        of = self.bodies[process][0] if self.bodies else (BODY,)
        turn, recommendation = divmod(number, RECOMMENDATIONS)
        turn, body = divmod(turn, len(of))
        report = self.reports[turn % len(self.reports)]
        return f"/api/recommendations/{report}/{recommendation + 1}/{of[body]}/updates"

    def _send_and_hang_up(self, acts: list[str]) -> None:
        path, body, headers = self._request(acts)
        head = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
        port = self.site.deployed.ports["web"]
        with suppress(OSError), socket.create_connection(("127.0.0.1", port), 5) as connection:
            connection.sendall(
                f"POST {path} HTTP/1.1\r\nHost: localhost\r\n{head}"
                f"Content-Length: {len(body)}\r\n\r\n".encode()
                + body
            )


def sealed(site: Site, last: int, seconds: float = _SEALED_SECONDS) -> int:
    """Return how many entries the newest checkpoint covers, once it covers the last one or so many
    seconds have passed."""
    size, deadline = 0, time.monotonic() + seconds
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

    files: dict[str, Path]
    """Where the process of each road writes."""
    came: dict[str, list[int]] = field(default_factory=lambda: defaultdict(list))
    """The positions as of the last `look`."""
    _read: Counter[str] = field(default_factory=Counter)

    def look(self) -> int:
        """Take what came since the last time. Return the number of entries."""
        many = 0
        for name, file in self.files.items():
            with file.open("rb") as written:
                written.seek(self._read[name])
                new = written.read()
            new = new[: len(new) // 8 * 8]
            self._read[name] += len(new)
            self.came[name] += array("q", new)
            many += len(new) // 8
        return many

    def forget(self) -> None:
        """Leave out what came up to now."""
        self.look()
        for seen in self.came.values():
            seen.clear()

    def reach(self, lasts: Mapping[str, int], seconds: float = 60) -> float:
        """Wait until each follower has come as far as its last entry, or nothing came to any of
        them for so long. Return how long that took."""
        began = moved = time.monotonic()
        self.look()
        while self._wait_for(lasts) and time.monotonic() < moved + seconds:
            time.sleep(0.1)
            if self.look():
                moved = time.monotonic()
        return time.monotonic() - began

    def _wait_for(self, lasts: Mapping[str, int]) -> list[str]:
        """Return the followers that have not come as far as their last entry."""
        far = {name: max(self.came[name][-2000:], default=0) for name in lasts}
        return [name for name, last in lasts.items() if far[name] < last]


@contextmanager
def following(
    site: Site,
    after: int | None = None,
    roads: Sequence[str] = FOLLOWERS,
    wanted: Mapping[str, Mapping[str, str]] = MappingProxyType({}),
) -> Iterator[Followers]:
    """Follow the log by each road, through whatever happens. `wanted` are more webhooks by their
    names, each with its filters."""
    began = site.head() if after is None else after
    with ExitStack() as stack:
        folder = Path(stack.enter_context(TemporaryDirectory(prefix="roads-")))
        files = {name: folder / name for name in (*roads, *wanted)}
        for name, file in files.items():
            file.touch()
            if name != "webhook" and name not in wanted:
                stack.enter_context(follower(site, name, _where(site, name), began, file))
                continue
            port = free_port()
            stack.enter_context(follower(site, "webhook", f"{port}", began, file))
            until(lambda port=port: _listens(port))  # type: ignore[misc]
            url = f"http://127.0.0.1:{port}/hook"
            asked = {"url": url, "after": began, **wanted.get(name, {})}
            made = requests.post(
                f"{site.web}/api/subscriptions", json=asked, headers=site.headers, timeout=30
            )
            assert made.status_code == 201, made.text
        yield Followers(files)


@contextmanager
def follower(
    site: Site, road: str, address: str, after: int, file: Path, given: str = ""
) -> Iterator[None]:
    """Run the process of a road (bench/faults/roads.py)."""
    given = given or (site.vkey() if road == CLIENT else site.token)
    environment = {**os.environ, "GIVEN": given}
    words = ["-m", "bench.faults.roads", road, address, str(after), str(file)]
    with file.with_suffix(".log").open("w") as log:
        process = Python(*words, env=environment, log=log)
    try:
        yield
    finally:
        process.kill()
        process.wait(20)
        if said := file.with_suffix(".log").read_text():
            print(f"the road {road} said: {said[-2000:]}")


def _where(site: Site, road: str) -> str:
    return site.stream if road in ("SSE", CLIENT) else site.broker


def _listens(port: int) -> bool:
    with suppress(OSError), socket.create_connection(("127.0.0.1", port), 5):
        return True
    return False
