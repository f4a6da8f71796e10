"""Show that nobody who follows a million entries misses one: python -m bench.faults.million

Eight writers record over HTTP until the log has a million entries, while one fault comes after the
other. Nearly all acts come as imports send them, a thousand in a request (`POST /api/acts`); after
each such request a writer sends five acts one by one. The log is followed from its first entry by
every road out: SSE, the client that we ship, a webhook, two consumers of JetStream, the projector,
the sealer.

It ends with 1 unless each follower had every entry once and in order, and each acknowledged act is
in the log once. An entry that comes again under its own position, as a webhook's may, counts once.
"""

import argparse
import random
import sys
import tempfile
import time
from collections.abc import Sequence
from contextlib import ExitStack
from itertools import cycle
from pathlib import Path

from bench.faults.check import Verdict, check
from bench.faults.history import History
from bench.faults.load import CLIENT, FOLLOWERS, Followers, Writers, following, log, publish, sealed
from bench.faults.run import audit
from bench.faults.site import Site, site
from bench.faults.table import FAULTS, here
from ledger.register import shipped_bodies
from tests.processes import until

_FAULTS = (
    "kill -9 of one web process",
    "LISTEN killed",
    "kill -9 of stream",
    "acknowledgement lost",
    "kill -9 of worker",
    "kill -9 of webhooks",
    "kill -9 of sealer",
    "kill -9 of relay",
    "kill -9 of the broker (NATS)",
    "kill -9 of web",
    "kill -9 of PostgreSQL",
    "every connection cut",
    "kill -9 of everything",
)
_ROADS = (*FOLLOWERS, CLIENT)
_PROJECTED = "SELECT position FROM follow.positions WHERE name = 'projector'"
_WRITERS = 8
_SIZES = (1000, 1, 1, 1, 1, 1)
"""How many acts each request of a writer has, over and over."""
_OF_A_REPORT = 5_000
"""There is a report for so many acts: then a trail has some 15 entries, as a real one has."""
_CATCH_UP_SECONDS = 3600
_AUDIT_SECONDS = 3600


def main(arguments: list[str]) -> int:
    """Follow, write and hurt; print what came to whom. Return the exit code."""
    parser = argparse.ArgumentParser(prog="python -m bench.faults.million", description=__doc__)
    parser.add_argument("--entries", type=int, default=1_000_000, help="of the log at the end")
    parser.add_argument("--pause", type=float, default=20, help="seconds between faults at most")
    parser.add_argument("--seed", default=f"{random.SystemRandom().randrange(10**9)}")
    given = parser.parse_args(arguments)
    print(f"{here()}; {given}", flush=True)
    forces = [body.id for body in shipped_bodies() if body.kind == "force"]
    with ExitStack() as stack:
        folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="million-"))
        target = stack.enter_context(site(Path(folder), own_disk=False))
        followers = stack.enter_context(following(target, after=0, roads=_ROADS))
        reports = [f"million-{n}" for n in range(1 + given.entries // _OF_A_REPORT)]
        for report in reports:
            publish(target, report, forces)
        print(f"{len(reports)} reports: {target.head()} entries", flush=True)
        writers = Writers(
            target,
            History(),
            "million",
            random.Random(given.seed),
            many=_WRITERS,
            bodies=[(forces[n::_WRITERS], target.token) for n in range(_WRITERS)],
            reports=reports,
            sizes=_SIZES,
            polls=False,
            insist=True,
        )
        inflicted = _hurt(target, followers, writers, given)
        verdict = _judged(target, followers, writers, inflicted)
        print(audit(target, _AUDIT_SECONDS), "(with the read models)")
        return 0 if verdict.holds else 1


def _hurt(target: Site, followers: Followers, writers: Writers, given: argparse.Namespace) -> int:
    """Inflict each fault, and then all again until the log is long enough. Return how many faults
    there were."""
    faults = {fault.name: fault for fault in FAULTS}
    began = time.monotonic()
    writers.start()
    inflicted = 0
    try:
        for name in cycle(_FAULTS):
            if inflicted >= len(_FAULTS) and target.head() >= given.entries:
                return inflicted
            with faults[name].around(target, writers) as inflict:
                inflict()
            inflicted += 1
            writers.more()
            followers.look()
            far = ", ".join(f"{one} {len(seen)}" for one, seen in followers.came.items())
            held = ", ".join(f"{part} {mb:.0f}" for part, mb in target.memory().items())
            print(
                f"{time.monotonic() - began:6.0f} s {target.head()} entries; {name}; {far}, "
                f"projector {target.cluster.value(_PROJECTED)}; MB: {held}",
                flush=True,
            )
            time.sleep(given.pause * writers.chance.random())
    finally:
        writers.stop()
    raise AssertionError("faults go on for ever")


def _judged(target: Site, followers: Followers, writers: Writers, inflicted: int) -> Verdict:
    """Wait for the followers, and print what came of the acts."""
    until(target.is_ready, _CATCH_UP_SECONDS)
    writers.settle()
    entries = log(target)
    last = entries[-1][0]
    print(f"the last entry is {last}; the followers catch up", flush=True)
    size = sealed(target, last, _CATCH_UP_SECONDS)
    late = followers.reach(dict.fromkeys(_ROADS, last), _CATCH_UP_SECONDS)
    until(lambda: int(target.cluster.value(_PROJECTED)) >= last, _CATCH_UP_SECONDS)
    came: dict[str, Sequence[int]] = {**followers.came}
    came |= {"sealer": range(1, size + 1), "projector": range(1, last + 1)}
    acts = [(position, act or f"entry {position}") for position, _, act in entries]
    verdict = check(writers.history, acts, came)
    again = {name: len(seen) - len(set(seen)) for name, seen in followers.came.items()}
    print(f"answers: {dict(writers.answers)}; came again: {again}; the last was {late:.0f} s late")
    print(
        f"million: {len(entries)} entries, {inflicted} faults, "
        f"{verdict.acknowledged} acknowledged, "
        f"lost: {len(verdict.lost)}, twice: {len(verdict.twice)}, "
        f"out of order: {verdict.out_of_order or 'nobody'}, unseen: {verdict.unseen}",
        flush=True,
    )
    return verdict


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
