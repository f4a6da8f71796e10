"""Show that nobody who follows a million entries misses one: python -m bench.faults.million

A log of seeded entries is followed from its first one by every road out: SSE, a webhook, two
consumers of JetStream, the projector, the sealer. Meanwhile eight writers record over HTTP, and
one fault comes after the other. It ends with 1 unless each follower had every entry once and in
order, and each acknowledged act is in the log once.
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

from bench.faults.check import check
from bench.faults.history import History
from bench.faults.load import Followers, Writers, following, log, publish, sealed
from bench.faults.run import audit
from bench.faults.site import Site, site
from bench.faults.table import FAULTS, here
from bench.grown import OFFICES
from ledger.application import Ledger
from ledger.postgres.connections import pool
from ledger.seed import seed
from tests.processes import until

_FAULTS = (
    "kill -9 of one web process",
    "LISTEN killed",
    "kill -9 of stream",
    "acknowledgement lost",
    "kill -9 of worker",
    "kill -9 of sealer",
    "kill -9 of relay",
    "kill -9 of the broker (NATS)",
    "kill -9 of web",
    "kill -9 of PostgreSQL",
    "every connection cut",
    "kill -9 of everything",
)
_PROJECTED = "SELECT position FROM follow.positions WHERE name = 'projector'"
_PAUSE_SECONDS = 20
_AUDIT_SECONDS = 3600


def main(arguments: list[str]) -> int:
    """Seed, follow, write and hurt; print what came to whom. Return the exit code."""
    parser = argparse.ArgumentParser(prog="python -m bench.faults.million", description=__doc__)
    parser.add_argument("--entries", type=int, default=1_000_000, help="of the log that is seeded")
    parser.add_argument("--minutes", type=float, default=30, help="of writes and faults at least")
    parser.add_argument("--seed", default=f"{random.SystemRandom().randrange(10**9)}")
    given = parser.parse_args(arguments)
    print(f"{here()}; {given}", flush=True)
    with ExitStack() as stack:
        folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="million-"))
        target = stack.enter_context(site(Path(folder), own_disk=False))
        began = time.monotonic()
        with pool(target.cluster.url(), max_size=4) as connections:
            ledger = Ledger(connections, target.cluster.url())
            seed(ledger, given.entries, OFFICES, lambda done, of: None)
        print(f"seeded in {time.monotonic() - began:.0f} s", flush=True)
        publish(target)  # a synthetic log begins without other reports
        followers = stack.enter_context(following(target, after=0))
        return _hurt(target, followers, given)


def _hurt(target: Site, followers: Followers, given: argparse.Namespace) -> int:
    history = History()
    chance = random.Random(given.seed)
    writers = Writers(target, history, "million", chance, many=8)
    faults = {fault.name: fault for fault in FAULTS}
    began = time.monotonic()
    writers.start()
    inflicted = 0
    try:
        for name in cycle(_FAULTS):
            late = time.monotonic() - began > given.minutes * 60
            if late and inflicted >= len(_FAULTS):  # the followers catch up once nobody writes
                break
            with faults[name].around(target, writers) as inflict:
                inflict()
            inflicted += 1
            writers.more()
            far = ", ".join(f"{one} {len(seen)}" for one, seen in followers.came.items())
            held = ", ".join(f"{part} {mb:.0f}" for part, mb in target.memory().items())
            print(f"{time.monotonic() - began:6.0f} s {name}; {far}; MB: {held}", flush=True)
            time.sleep(_PAUSE_SECONDS * chance.random())
    finally:
        writers.stop()
    until(target.is_ready, _AUDIT_SECONDS)
    writers.settle()
    entries = log(target)
    last = entries[-1][0]
    size = sealed(target, last)
    followers.reach(last)
    read = int(target.cluster.value(_PROJECTED))
    came: dict[str, Sequence[int]] = {**followers.came}
    came |= {"sealer": range(1, size + 1), "projector": range(1, read + 1)}
    acts = [(position, act or f"entry {position}") for position, _, act in entries]
    verdict = check(history, acts, came)
    print(audit(target, _AUDIT_SECONDS), "(with the read models)")
    print(
        f"million: {len(entries)} entries, {inflicted} faults, "
        f"{verdict.acknowledged} acknowledged, "
        f"lost: {len(verdict.lost)}, twice: {len(verdict.twice)}, "
        f"out of order: {verdict.out_of_order or 'nobody'}, unseen: {verdict.unseen}"
    )
    return 0 if verdict.holds else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
