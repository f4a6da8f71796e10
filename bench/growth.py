"""Measure how the figures grow with the log: python -m bench growth [--sizes 10000,100000,1000000]

It seeds a log of each size once, builds its read models, asks questions, and lets others act on a
copy. It writes bench/growth.json, and growth.svg and performance.md of docs/reference. Give a
--folder to keep the databases: the next run finds them there and measures at once.
"""

import argparse
import json
import random
import time
from contextlib import ExitStack
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from bench import asked, following, grown, performance, rebuilds
from bench.grown import Grown
from ledger.postgres.connections import connect, pool
from ledger.postgres.embedded import Running, embedded
from projections.states.values import RecommendationState
from tests.servers import temporary_server

FIGURES = Path(__file__).with_name("growth.json")
STEPS = ("rebuild", "questions", "acts")
SAMPLE = 300
"""Recommendations that the library replays; the rest of a list is reckoned from them."""
TURNS = 10


@dataclass(frozen=True)
class Effort:
    """How often each thing is done."""

    pairs: int = 21
    times: int = 10
    runner: int = 1000
    """Events that the library's runner is given: its pace does not change on the way."""
    rounds: int = 12
    seconds: float = 2.0


def main(arguments: list[str]) -> None:
    parser = argparse.ArgumentParser(prog="python -m bench growth", description=__doc__)
    parser.add_argument("--sizes", default="1000,10000,100000,1000000", help="entries, by commas")
    parser.add_argument("--folder", type=Path, help="where the databases are kept, on a real disk")
    parser.add_argument("--steps", default=",".join(STEPS), help=f"some of {', '.join(STEPS)}")
    parser.add_argument("--quick", action="store_true", help="a short look, less certain")
    given = parser.parse_args(arguments)
    sizes = [int(size) for size in given.sizes.split(",")]
    effort = Effort(5, 4, 200, 2, 1.0) if given.quick else Effort()
    with ExitStack() as stack:
        place = embedded(given.folder) if given.folder else temporary_server()
        server = stack.enter_context(place)
        measure(server, sizes, given.steps.split(","), effort)
    performance.write(read())


def read() -> dict[str, dict[str, Any]]:
    """Return the figures written down so far, by size."""
    found: dict[str, dict[str, Any]] = {}
    if FIGURES.exists():
        found = json.loads(FIGURES.read_text("utf-8"))
    return found


def measure(server: Running, sizes: list[int], steps: list[str], effort: Effort) -> None:
    """Do these steps on logs of these sizes, and write each figure down when it is there."""
    logs = [grown.grown(server, size) for size in sizes]
    for log in logs:
        _note(log, {"entries": log.head})
        if "rebuild" in steps or not grown.is_built(log):
            _note(log, {"rebuild": _rebuilding(log, effort)})
        if "questions" in steps:
            _note(log, _asking(log, effort))
    if "acts" in steps:
        found = following.measure(server, logs, effort.rounds, effort.seconds)
        for log, one in zip(logs, found, strict=True):
            _note(log, {"acts": asdict(one)})


def _rebuilding(log: Grown, effort: Effort) -> dict[str, Any]:
    """Measure the rebuild, and right after it the library's runner at the same work."""
    done = grown.build(log)
    with pool(log.url, max_size=4) as connections, connect(log.url, autocommit=True) as conn:
        theirs = rebuilds.by_runner(conn, connections, log.url, effort.runner)
    ours = log.head / done.seconds
    return asdict(done) | {
        "peak_mb": done.peak_mb,
        "entries_a_second": ours,
        "runner_entries_a_second": theirs,
        "ratio": ours / theirs,
    }


def _asking(log: Grown, effort: Effort) -> dict[str, Any]:
    with asked.questions(log) as questions:
        now, past = questions.pages(effort.pairs)
        body, when = questions.longest_list(), questions.now()
        items = questions.whole_list(body, when)
        whole = asked.Cost.of(
            [questions.cost(lambda: questions.whole_list(body, when)) for _ in range(3)]
        )
        states, *_ = questions.states(body, when)
        samples = _samples(states, random.Random(log.head))
        many = len(states) / sum(map(len, samples))
        listed, replays = [], []
        for some in samples:  # by turns: what the machine does meanwhile falls on both
            listed.append(questions.states(body, when)[1:])
            replays.append(questions.replayed(some, when))
        replay, statuses = map(sum, zip(*replays, strict=True))
        return {
            "page_now": asdict(now),
            "page_past": asdict(past),
            "page_ratio": past.database_ms / now.database_ms,
            "list": asdict(whole) | {"items": len(items)},
            "states": asdict(asked.Cost.of(listed)),
            "replay_ms": replay * many,
            "statuses_ms": statuses * many,
            "replay_sample": sum(map(len, samples)),
            "compliance": {
                group: asdict(cost) for group, cost in questions.compliance(effort.times).items()
            },
        }


def _samples(
    states: list[RecommendationState], chance: random.Random
) -> list[list[RecommendationState]]:
    """Return the recommendations of some reports, all of each, so that what they share is replayed
    once."""
    reports = sorted({one.report for one in states})
    chance.shuffle(reports)
    found: list[list[RecommendationState]] = [[]]
    for report in reports:
        if len(found[-1]) >= SAMPLE / TURNS:
            if len(found) == TURNS:
                break
            found.append([])
        found[-1] += [one for one in states if one.report == report]
    return found


def _note(log: Grown, found: dict[str, Any]) -> None:
    figures = read()
    figures[str(log.size)] = figures.get(str(log.size), {}) | found
    ordered = dict(sorted(figures.items(), key=lambda one: int(one[0])))
    FIGURES.write_text(json.dumps(_rounded(ordered), indent=1) + "\n", "utf-8")
    print(f"{time.strftime('%H:%M:%S')} {log.head:,}: {json.dumps(_rounded(found))}", flush=True)


def _rounded(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _rounded(one) for name, one in value.items()}
    return float(f"{value:.4g}") if isinstance(value, float) else value
