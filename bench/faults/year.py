"""Let a national year pass in ten minutes: python -m bench.faults.year

Each of 43 forces records under its own account, 90,000 acts in all. A clerk records 174 one by one;
then a sheet of 348 rows is imported by one request (`POST /api/acts`); and so four times. So two
acts of three come with a sheet. Meanwhile people read pages and lists. Programs follow the log by
200 streams, by the broker, by a webhook for the whole log, and by one for each of three forces.

It ends with 1 if an answer is an error other than 429 and 503 with Retry-After, if an act is lost,
or if one came to a follower late or never. Nor may a part take more memory at the end than when it
had filled what it remembers of the log.

A slow machine takes longer for as many acts. A line says how many it recorded a second.
"""

import argparse
import json
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
from bench.faults.load import (
    FOLLOWERS,
    Followers,
    Writers,
    follower,
    following,
    log,
    publish,
    sealed,
)
from bench.faults.run import audit
from bench.faults.site import PARTS, Site, site
from bench.faults.table import here
from bench.figures import percentile
from ledger.acts.decision import Notice
from ledger.acts.service import open_account
from ledger.application import Ledger
from ledger.events import AccountOpened
from ledger.log import reading
from ledger.postgres.connections import pool
from ledger.register import shipped_bodies
from ledger.states.service import SETUP
from projections import streams
from tests.processes import until

_REPORTS = 6
_SHEETS = 4
"""A force sends so many sheets in the year, which have two acts of three."""
_OFFICES = 3
"""So many forces have a webhook of their own."""
_READERS = 8
_WEB_PROCESSES = 2
_FULL = dict.fromkeys(PARTS, reading.MOST) | {
    "web": _WEB_PROCESSES * reading.MOST,
    "worker": streams.MOST,
}
"""The acts after which each part remembers all that it may. Each web process remembers as many."""
_GROWS = 1.15
"""The most memory of a part at the end, beside that after so many acts."""
_SAID_AT = 0.2, 1.0
"""The parts of the year after which memory is shown beside each other: minutes 2 and 10."""
_CATCH_UP_SECONDS = 120
_AUDIT_SECONDS = 600


def main(arguments: list[str]) -> int:
    """Let the year pass, and print what came of it. Return the exit code."""
    parser = argparse.ArgumentParser(prog="python -m bench.faults.year", description=__doc__)
    parser.add_argument("--entries", type=int, default=90_000)
    parser.add_argument("--seconds", type=int, default=580, help="how long the acts take to come")
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
        offices = {f"webhook of {body}": {"body": body} for body, _ in year.bodies[:_OFFICES]}
        followers = stack.enter_context(following(target, wanted=offices))
        each = " ".join(year.bodies[n % len(year.bodies)][1] for n in range(given.streams))
        followed = folder / "streams"
        stack.enter_context(follower(target, "streams", target.stream, began, followed, each))
        until(followed.exists)
        print("the year begins", flush=True)
        year.pass_by(followers)
        print("the year has passed", flush=True)
        wrong = year.judged(followers, followed, given.streams, began)
        print(audit(target, _AUDIT_SECONDS))
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
    memory: list[tuple[float, int, dict[str, float]]] = field(default_factory=list)
    """How much each part took after so many seconds and acts, in MB."""
    took: float = 0.0

    def __post_init__(self) -> None:
        by_hand = max(1, self.entries // len(self.bodies) // _SHEETS // 3)
        self.writers = Writers(
            self.site,
            self.history,
            "year",
            random.Random(0),
            many=len(self.bodies),
            bodies=[([body], token) for body, token in self.bodies],
            reports=self.reports,
            sizes=[1] * by_hand + [2 * by_hand],
            every=len(self.bodies) * self.seconds / self.entries,
        )

    def pass_by(self, followers: Followers) -> None:
        """Record, and read meanwhile, until as many acts are acknowledged as the year has."""
        ended = threading.Event()
        readers = [threading.Thread(target=self._read, args=(n, ended)) for n in range(_READERS)]
        began = time.monotonic()
        self.writers.start()
        for one in readers:
            one.start()
        while (done := self.history.count("ok")) < self.entries:
            self.took = time.monotonic() - began
            self.memory.append((self.took, done, self.site.memory()))
            if len(self.memory) % 10 == 0:
                followers.look()
                behind = {
                    name: self.site.head() - max(c[-1:], default=0)
                    for name, c in followers.came.items()
                }
                said = _rounded(self.memory[-1][2])
                print(f"{self.took:5.0f} s {done:6} acts; behind: {behind}; MB: {said}", flush=True)
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

    def judged(self, followers: Followers, followed: Path, many: int, began: int) -> list[str]:
        """Print what came of the year, and return what is not as it must be."""
        entries = log(self.site, began)
        last = entries[-1][0]
        size = sealed(self.site, last)
        wanted = {
            name: [at for at, stream, _ in entries if stream.endswith(f"/{name.split()[-1]}")]
            for name in followers.files.keys() - set(FOLLOWERS)
        }
        lasts = {name: positions[-1] for name, positions in wanted.items()}
        late = followers.reach(dict.fromkeys(FOLLOWERS, last) | lasts)
        whole = _whole(followed, last)
        came = {name: followers.came[name] for name in FOLLOWERS}
        came["sealer"] = [position for position, _, _ in entries if position <= size]
        verdict = check(self.history, [(p, act) for p, _, act in entries if act], came)
        waited = sorted(self.writers.waited)
        half, most = percentile(waited, 0.5), percentile(waited, 0.99)
        print(f"writes: {dict(self.writers.answers)}; reads: {dict(self.read)}")
        print(
            f"acts by hand: {len(waited)}, half within {half:.2f} s, 99 of 100 within {most:.2f} s"
        )
        print(f"{whole} of {many} streams had each entry once and in order")
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
        if whole < many:
            wrong.append("a stream lacked entries")
        for name, positions in wanted.items():
            if followers.came[name] != positions:
                wrong.append(f"the {name} had other entries than those of its filter")
        return wrong + self._grew()

    def _grew(self) -> list[str]:
        """Print whether the memory is flat, and return what grew."""
        grown, last = [], self.memory[-1][2]
        for share in _SAID_AT:
            of = min(self.memory, key=lambda one: abs(one[0] - share * self.took))
            print(f"memory after {of[0]:.0f} s, in MB: {_rounded(of[2])}")
        for part, many in _FULL.items():
            full = next((held[part] for _, acts, held in self.memory if acts >= many), None)
            before = "not full yet" if full is None else f"{full:.0f} MB"
            print(f"memory of {part}: {before} after {many} acts, {last[part]:.0f} MB at the end")
            if full is not None and last[part] > _GROWS * full + 5:
                grown.append(f"the memory of {part} grew")
        return grown


def _whole(followed: Path, last: int) -> int:
    """Return how many streams had each entry once and in order, once all have the last one."""
    deadline = time.monotonic() + _CATCH_UP_SECONDS
    while (said := json.loads(followed.read_text()))["slowest"] < last:
        if time.monotonic() > deadline:
            break
        time.sleep(0.5)
    return int(said["whole"])


def _rounded(memory: dict[str, float]) -> str:
    return ", ".join(f"{part} {mb:.0f}" for part, mb in sorted(memory.items()))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
