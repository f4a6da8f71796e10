"""Let a national year pass in ten minutes: python -m bench.faults.year

Each force records acts under its own account, 90,000 in all. Meanwhile people read pages and lists,
and programs follow the log by streams, a webhook and the broker.

It ends with 1 if an answer is an error other than 429 and 503 with Retry-After, if an act is lost,
or if one came to a follower late or never. Nor may a part take more memory at the end than when it
had filled what it remembers of the log.

A slow machine takes longer for as many acts. A line says how many it recorded a second.
"""

import argparse
import asyncio
import random
import sys
import tempfile
import threading
import time
from collections import Counter
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field
from itertools import cycle
from pathlib import Path

import requests

from api.store import tokens
from bench.faults.check import check
from bench.faults.history import History
from bench.faults.load import Followers, Writers, following, log, publish, sealed
from bench.faults.run import audit
from bench.faults.site import PARTS, Site, site
from bench.faults.table import here
from bench.figures import percentile
from bench.streams import Reader
from ledger.acts.decision import Notice
from ledger.acts.service import open_account
from ledger.application import Ledger
from ledger.events import AccountOpened
from ledger.log import reading
from ledger.postgres.connections import pool
from ledger.register import shipped_bodies
from ledger.states.service import SETUP
from projections import streams

_REPORTS = 6
_READERS = 8
_FULL = dict.fromkeys(PARTS, reading.MOST) | {"worker": streams.MOST}
"""The acts after which each part remembers all that it may."""
_GROWS = 1.15
"""The most memory of a part at the end, beside that after so many acts."""
_CATCH_UP_SECONDS = 120


def main(arguments: list[str]) -> int:
    """Let the year pass, and print what came of it. Return the exit code."""
    parser = argparse.ArgumentParser(prog="python -m bench.faults.year", description=__doc__)
    parser.add_argument("--entries", type=int, default=90_000)
    parser.add_argument("--seconds", type=int, default=600, help="how long the year lasts")
    parser.add_argument("--bodies", type=int, default=43)
    parser.add_argument("--streams", type=int, default=200)
    given = parser.parse_args(arguments)
    print(f"{here()}; {given}")
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="year-")))
        target = stack.enter_context(site(folder, own_disk=False, limits=True))
        year = Year(target, given.entries, given.seconds, _accounts(target, given.bodies))
        for report in year.reports:
            publish(target, report, [body for body, _ in year.bodies])
        began = target.head()
        followers = stack.enter_context(following(target))
        followed = Streams(target, year.bodies, given.streams, began)
        stack.callback(followed.end)
        followed.begin()
        year.pass_by()
        wrong = year.judged(followers, followed, began)
        print(audit(target))
    for one in wrong:
        print(f"wrong: {one}")
    return 1 if wrong else 0


def _accounts(target: Site, many: int) -> list[tuple[str, str]]:
    """Open an account of each force; return each force with the token of its account."""
    forces = [body.id for body in shipped_bodies() if body.kind == "force"][:many]
    made = []
    with pool(target.cluster.url(), max_size=2) as connections:
        ledger = Ledger(connections, target.cluster.url())
        for force in forces:
            account = AccountOpened(account=f"{force}/year", body=force)
            ledger.record(SETUP, open_account, account, Notice(), scopes=("record", "office"))
            with connections.connection() as conn:
                token = tokens.create(conn, account.account, ["record", "office"], None)[1]
            made.append((force, token))
    return made


@dataclass
class Year:
    """A year: who records how much in how many seconds, and what was answered."""

    site: Site
    entries: int
    seconds: int
    bodies: list[tuple[str, str]]
    reports: list[str] = field(default_factory=lambda: [f"year-{n}" for n in range(_REPORTS)])
    history: History = field(default_factory=History)
    read: Counter[str] = field(default_factory=Counter)
    memory: list[tuple[int, dict[str, float]]] = field(default_factory=list)
    """How much each part took after so many acts, in MB."""
    took: float = 0.0

    def __post_init__(self) -> None:
        self.writers = Writers(
            self.site,
            self.history,
            "year",
            random.Random(0),
            many=len(self.bodies),
            bodies=self.bodies,
            reports=self.reports,
            every=len(self.bodies) * self.seconds / self.entries,
        )

    def pass_by(self) -> None:
        """Record, and read meanwhile, until as many acts are acknowledged as the year has."""
        ended = threading.Event()
        readers = [threading.Thread(target=self._read, args=(n, ended)) for n in range(_READERS)]
        began = time.monotonic()
        self.writers.start()
        for one in readers:
            one.start()
        while (done := self.history.count("ok")) < self.entries:
            self.took = time.monotonic() - began
            self.memory.append((done, self.site.memory()))
            if len(self.memory) % 10 == 0:
                said = _rounded(self.memory[-1][1])
                print(f"{self.took:5.0f} s {done:6} acts; MB: {said}", flush=True)
            if self.took > 3 * self.seconds:
                break
            time.sleep(min(3.0, self.seconds / 40))
        self.writers.stop()
        ended.set()
        for one in readers:
            one.join()
        self.writers.settle()

    def _read(self, number: int, ended: threading.Event) -> None:
        """Ask for pages and lists, as somebody who reads."""
        body, token = self.bodies[number % len(self.bodies)]
        paths = (
            "/",
            f"/bodies/{body}",
            f"/recommendations?body={body}",
            f"/reports/{self.reports[0]}",
            f"/recommendations/{self.reports[0]}/1/{body}",
            f"/api/recommendations?body={body}&limit=50",
            f"/api/recommendations/{self.reports[1]}/2/{body}/history",
            f"/api/compliance?body={body}",
        )
        for path in cycle(paths):
            if ended.wait(0.5):
                return
            headers = {"Authorization": f"Bearer {token}"} if path.startswith("/api/") else {}
            with suppress(requests.Timeout):
                answer = requests.get(f"{self.site.web}{path}", headers=headers, timeout=30)
                again = answer.status_code not in (429, 503) or "Retry-After" in answer.headers
                why = "" if again else " without Retry-After"
                at = "" if answer.status_code in (200, 429, 503) else f" {path}"
                self.read[f"{answer.status_code}{why}{at}"] += 1
                continue
            self.read[f"no answer {path}"] += 1

    def judged(self, followers: Followers, followed: "Streams", began: int) -> list[str]:
        """Print what came of the year, and return what is not as it must be."""
        entries = log(self.site, began)
        last = entries[-1][0]
        size = sealed(self.site, last)
        late = followers.reach(last)
        whole = followed.whole([position for position, _, _ in entries])
        came = {name: [p for p in seen if p > began] for name, seen in followers.came.items()}
        came["sealer"] = [position for position, _, _ in entries if position <= size]
        verdict = check(self.history, [(p, act) for p, _, act in entries if act], came)
        waited = sorted(self.history.waited())
        half, most = percentile(waited, 0.5), percentile(waited, 0.99)
        print(f"writes: {dict(self.writers.answers)}; reads: {dict(self.read)}")
        print(f"answers: half within {half * 1000:.0f} ms, 99 of 100 within {most * 1000:.0f} ms")
        print(f"{whole} of {len(followed.readers)} streams had each entry once and in order")
        print(f"the last follower had the last entry {late:.0f} s after")
        print(
            f"year: {verdict.acknowledged} of {self.entries} acts in {self.took:.0f} s, "
            f"{verdict.acknowledged / max(self.took, 0.1):.0f} a second; lost: "
            f"{len(verdict.lost)}, twice: {len(verdict.twice)}, unseen: {verdict.unseen}"
        )
        allowed = {"200", "201", "429", "503"}
        wrong = [f"answered {one}" for one in {**self.writers.answers, **self.read}]
        wrong = [one for one in wrong if one.removeprefix("answered ") not in allowed]
        if not verdict.holds:
            wrong.append(str(verdict))
        if whole < len(followed.readers):
            wrong.append("a stream lacked entries")
        return wrong + self._grew()

    def _grew(self) -> list[str]:
        """Print whether the memory is flat, and return what grew."""
        grown, last = [], self.memory[-1][1]
        for part, many in _FULL.items():
            full = next((held[part] for acts, held in self.memory if acts >= many), None)
            before = "not full yet" if full is None else f"{full:.0f} MB"
            print(f"memory of {part}: {before} after {many} acts, {last[part]:.0f} MB at the end")
            if full is not None and last[part] > _GROWS * full + 5:
                grown.append(f"the memory of {part} grew")
        return grown


class Streams:
    """Readers of the log's stream, each with a connection of its own, in a thread of theirs."""

    def __init__(self, site: Site, bodies: list[tuple[str, str]], many: int, after: int) -> None:
        self.site = site
        self.readers = [Reader(after, bodies[n % len(bodies)][1]) for n in range(many)]
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)

    def begin(self) -> None:
        """Connect all, and wait until they have caught up."""
        self._thread.start()
        asyncio.run_coroutine_threadsafe(self._connect(), self._loop).result(60)

    async def _connect(self) -> None:
        port = self.site.deployed.ports["stream"]
        for one in self.readers:
            await self._loop.create_connection(lambda one=one: one, "127.0.0.1", port)  # type: ignore[misc]
        for one in self.readers:
            await one.caught_up.wait()

    def whole(self, positions: list[int]) -> int:
        """Return how many readers had each entry once and in order, once all have the last one."""
        deadline = time.monotonic() + _CATCH_UP_SECONDS
        while time.monotonic() < deadline:
            if all(one.came and one.came[-1][0] == positions[-1] for one in self.readers):
                break
            time.sleep(0.5)
        return sum([position for position, _ in one.came] == positions for one in self.readers)

    def end(self) -> None:
        """End the connections."""
        for one in self.readers:
            one.ended = True
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()


def _rounded(memory: dict[str, float]) -> str:
    return ", ".join(f"{part} {mb:.0f}" for part, mb in sorted(memory.items()))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
