"""Inflict faults on a running service under load, and count what came of every act: make faults

Each row is a fault. Writers offer acts over HTTP; followers read by SSE, a webhook, JetStream and
the client that we ship, which checks each entry against a signed checkpoint.
When the fault is over, each act of which nobody knows what came of it is sent again under its
Idempotency-Key. Then the checker holds what was acknowledged against the log, and the log against
each follower, the read models and the sealer. The controls are logs that lose entries: the same
checker has to catch each. It ends with 1 if anything is lost, or a control is not caught.
"""

import argparse
import random
import shlex
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from math import ceil
from pathlib import Path

from bench.faults.controls import CONTROLS
from bench.faults.disk import NotRun
from bench.faults.load import CLIENT, FOLLOWERS, following, publish
from bench.faults.run import Row, audit, run
from bench.faults.second import Second
from bench.faults.site import site
from bench.faults.table import FAULTS, Fault, here

_COUNTS = ("offered", "acknowledged", "refused", "unknown", "lost", "twice", "out of order")
_ROADS = (*FOLLOWERS, CLIENT)
_SEEN_BY = (*_ROADS, "projector", "sealer")


def main(arguments: list[str]) -> int:
    """Run the rounds, and print the table. Return the exit code."""
    given = _given(arguments)
    words = given.only or [""]
    wanted = [fault for fault in FAULTS if any(word in fault.name for word in words)]
    planned = [fault for fault in wanted for _ in range(fault.times)]
    passes = max(1, ceil(given.rounds / max(1, len(planned))))
    seed = given.seed or f"{random.SystemRandom().randrange(10**9)}"
    print(f"{here()}; {passes * len(planned)} rounds of {len(wanted)} faults; --seed {seed}")
    began = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="histories-") as folder:
        place = given.histories or Path(folder)
        place.mkdir(parents=True, exist_ok=True)
        second = Second(tuple(shlex.split(given.second)), place)
        rows = [row for turn in range(passes) for row in _rows(planned, second, f"{seed}-{turn}")]
        caught, tried = _controls(second)
    verdicts = [row.verdict for row in rows]
    print(f"{time.monotonic() - began:.0f} s")
    if second.command:
        print(f"second checker: agreed in {second.agreed} of {second.asked} histories")
    print(
        f"faults: {len(rows)}, acknowledged: {sum(one.acknowledged for one in verdicts)}, "
        f"lost: {sum(len(row.lost) for row in rows)}, "
        f"twice: {sum(len(one.twice) + len(one.reused) for one in verdicts)}, "
        f"out of order: {sum(len(one.out_of_order) for one in verdicts)}; "
        f"controls caught: {caught} of {tried}"
    )
    agreed = not second.command or second.agreed == second.asked
    return 0 if all(row.holds for row in rows) and caught == tried and agreed else 1


def _given(arguments: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench.faults", description=__doc__)
    parser.add_argument("--rounds", type=int, default=1, help="at least so many, of all faults")
    parser.add_argument("--seed", help="of the moments at which faults come")
    parser.add_argument(
        "--only", action="append", help="only faults with these words in their name"
    )
    parser.add_argument("--histories", type=Path, help="a folder for the histories, as JSON lines")
    parser.add_argument(
        "--second",
        default="",
        metavar="COMMAND",
        help="another checker: it is given the file of a history, and ends with 0 if that is"
        " linearizable, with 1 if it is not",
    )
    return parser.parse_args(arguments)


def _rows(planned: Sequence[Fault], second: Second, seed: str) -> Iterator[Row]:
    """Inflict faults on a new service, one after the other, and print what came of each."""
    with tempfile.TemporaryDirectory(prefix="faults-") as folder, site(Path(folder)) as target:
        publish(target)
        head = ("fault", *_COUNTS, *(f"unseen by {one}" for one in _SEEN_BY), "longest gap")
        print("| " + " | ".join(head) + " |")
        print("|---" + "|---:" * (len(head) - 1) + "|")
        with following(target, roads=_ROADS) as followers:
            for number, fault in enumerate(planned):
                try:
                    row = run(target, followers, fault, number, seed)
                except NotRun as why:
                    print(f"| {fault.name} | not run: {why} |", flush=True)
                    continue
                said = "" if row.holds else " **NOT AS IT MUST BE**"
                holds = None if fault.loses else row.verdict.holds
                said += second.judges(row.history, row.log, holds)
                print(_line(row) + said, flush=True)
                yield row
        print(audit(target))


def _line(row: Row) -> str:
    one = row.verdict
    lost = f"{len(row.missing)}, then {len(one.lost)}" if row.fault.loses else f"{len(one.lost)}"
    values = (
        row.fault.name,
        one.offered,
        one.acknowledged,
        one.refused,
        one.unknown,
        lost,
        len(one.twice) + len(one.reused),
        len(one.out_of_order),
        *(one.unseen.get(name, "–") for name in _SEEN_BY),
        f"{row.gap:.1f} s",
    )
    return "| " + " | ".join(map(str, values)) + " |"


def _controls(second: Second) -> tuple[int, int]:
    """Run the controls, and return how many the checker caught, and of how many."""
    caught = tried = 0
    for control in CONTROLS:
        try:
            evidence = control.run()
        except NotRun as why:
            print(f"control: {control.name}: not run: {why}", flush=True)
            continue
        verdict = evidence.verdict
        tried += 1
        caught += not verdict.holds
        unseen = sum(verdict.unseen.values())
        print(
            f"control: {control.name}: {verdict.acknowledged} acknowledged, "
            f"{len(verdict.lost)} lost, {unseen} unseen: "
            f"{'NOT CAUGHT' if verdict.holds else 'caught'}"
            f"{second.judges(evidence.history, evidence.log, verdict.holds)}",
            flush=True,
        )
    return caught, tried


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
