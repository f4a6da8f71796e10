"""One round: writers write, a fault comes and goes, writers go on; then everything is compared."""

import time
from dataclasses import dataclass

import requests

from bench.faults.check import Verdict, check
from bench.faults.history import History
from bench.faults.load import REPORT, Followers, Writers, log
from bench.faults.site import Site
from bench.faults.table import Fault
from tests.processes import until

_ACTS = 30
"""The acknowledged acts before a fault, and after it."""
_GO_ON_SECONDS = 90


@dataclass(frozen=True)
class Row:
    """A row of the table."""

    fault: str
    verdict: Verdict
    gap: float
    """The longest time between two acknowledgements, in seconds."""
    history: History


def run(site: Site, followers: Followers, fault: Fault, number: int) -> Row:
    """Inflict a fault under load, and judge what came of it."""
    began = int(site.ask("/api/entries?limit=1")["as_of"]["position"])
    for seen in followers.came.values():
        seen.clear()
    history = History()
    writers = Writers(site, history, f"r{number}")
    writers.start()
    try:
        _more(history)
        fault.inflict(site, writers)
        _more(history)
    finally:
        writers.stop()
    until(site.is_ready, _GO_ON_SECONDS)
    writers.settle()
    entries = log(site, began)
    last = entries[-1][0]
    followers.reach(last)
    acts = [(position, act) for position, _, act in entries if act]
    came = {name: [one for one in seen if one > began] for name, seen in followers.came.items()}
    came["read models"] = _in_the_read_models(site, entries)
    came["sealer"] = _sealed(site, entries)
    return Row(fault.name, check(history, acts, came), history.longest_gap(), history)


def _more(history: History) -> None:
    before = history.count("ok")
    until(lambda: history.count("ok") >= before + _ACTS, _GO_ON_SECONDS)


def _in_the_read_models(site: Site, entries: list[tuple[int, str, str]]) -> list[int]:
    """Return the positions of the streams whose row has come as far as the log."""
    last = entries[-1][0]
    site.ask(f"/api/recommendations?report={REPORT}&min_position={last}")
    versions: dict[str, int] = {}
    for _, stream, _act in entries:
        if stream.startswith("recommendation/") and stream not in versions:
            _, report, number, body = stream.split("/")
            answer = site.ask(f"/api/recommendations/{report}/{number}/{body}")
            trail = site.ask(f"/api/recommendations/{report}/{number}/{body}/history?limit=500")
            versions[stream] = int(answer["version"] == _last_version(site, trail))
    return [position for position, stream, _ in entries if versions.get(stream, 1)]


def _last_version(site: Site, trail: dict[str, object]) -> int:
    items = trail["items"]
    assert isinstance(items, list)
    while trail.get("next"):
        trail = site.ask(str(trail["next"]).removeprefix(site.web))
        more = trail["items"]
        assert isinstance(more, list)
        items += more
    return max(int(one["version"]) for one in items)


def _sealed(site: Site, entries: list[tuple[int, str, str]]) -> list[int]:
    """Return the positions that a checkpoint covers, within ten seconds of the last one."""
    last, size = entries[-1][0], 0
    deadline = time.monotonic() + 10
    while size < last and time.monotonic() < deadline:
        text = requests.get(f"{site.web}/log/checkpoint", timeout=10).text
        size = int(text.splitlines()[1])
        time.sleep(0.1)
    return [position for position, _, _ in entries if position <= size]
