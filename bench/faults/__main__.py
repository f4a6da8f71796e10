"""Inflict faults on a running service under load, and count what came of every act: make faults

Each row is a fault. Writers offer acts over HTTP; followers read by SSE, a webhook and JetStream.
When the fault is over, each act of which nobody knows what came of it is sent again under its
Idempotency-Key. Then the checker holds what was acknowledged against the log, and the log against
each follower, the read models and the sealer. The controls are logs that lose entries: the same
checker has to catch each. It ends with 1 if anything is lost, or a control is not caught.
"""

import argparse
import sys
import tempfile
import time
from pathlib import Path

from bench.faults.controls import CONTROLS
from bench.faults.disk import NoDisk
from bench.faults.load import following, publish
from bench.faults.run import Row, run
from bench.faults.site import site
from bench.faults.table import FAULTS, Fault, here

_HEAD = (
    "fault",
    "offered",
    "acknowledged",
    "refused",
    "unknown",
    "lost",
    "twice",
    "out of order",
    "unseen by",
    "longest gap",
)


def main(arguments: list[str]) -> int:
    """Run the rounds, and print the table. Return the exit code."""
    parser = argparse.ArgumentParser(prog="python -m bench.faults", description=__doc__)
    parser.add_argument("--rounds", type=int, default=1, help="how often each fault is inflicted")
    parser.add_argument(
        "--only", action="append", help="only faults with these words in their name"
    )
    parser.add_argument("--histories", type=Path, help="a folder for the histories, as JSON lines")
    given = parser.parse_args(arguments)
    wanted = [
        fault
        for fault in FAULTS
        if given.only is None or any(word in fault.name for word in given.only)
    ]
    began = time.monotonic()
    print(f"{here()}; {given.rounds} round(s) of {len(wanted)} faults")
    rows = _rows(wanted, given.rounds, given.histories)
    caught = tried = 0
    for control in CONTROLS:
        try:
            verdict = control.run()
        except NoDisk as why:
            print(f"control: {control.name}: not run: {why}")
            continue
        tried += 1
        caught += not verdict.holds
        unseen = sum(verdict.unseen.values())
        print(
            f"control: {control.name}: {verdict.acknowledged} acknowledged, "
            f"{len(verdict.lost)} lost, {unseen} unseen: "
            f"{'NOT CAUGHT' if verdict.holds else 'caught'}"
        )
    verdicts = [row.verdict for row in rows]
    print(f"{time.monotonic() - began:.0f} s")
    print(
        f"faults: {len(rows)}, acknowledged: {sum(one.acknowledged for one in verdicts)}, "
        f"lost: {sum(len(one.lost) for one in verdicts)}, "
        f"twice: {sum(len(one.twice) for one in verdicts)}, "
        f"out of order: {sum(len(one.out_of_order) for one in verdicts)}; "
        f"controls caught: {caught} of {tried}"
    )
    return 0 if all(one.holds for one in verdicts) and caught == tried else 1


def _rows(wanted: list[Fault], rounds: int, histories: Path | None) -> list[Row]:
    rows: list[Row] = []
    with tempfile.TemporaryDirectory(prefix="faults-") as folder, site(Path(folder)) as target:
        publish(target)
        print("| " + " | ".join(_HEAD) + " |")
        print("|---" + "|---:" * (len(_HEAD) - 1) + "|")
        with following(target) as followers:
            planned = [one for one in wanted for _ in range(one.times)] * rounds
            for number, fault in enumerate(planned):
                try:
                    row = run(target, followers, fault, number)
                except NoDisk as why:
                    print(f"| {fault.name} | not run: {why} |", flush=True)
                    continue
                rows.append(row)
                print(_line(row), flush=True)
                if histories is not None:
                    histories.mkdir(parents=True, exist_ok=True)
                    row.history.write(histories / f"{number:03}.jsonl")
        audited = target.deployed.run("keeper", "answerable", "audit")
        print(audited.stdout.strip().splitlines()[-1] if audited.stdout else audited.stderr)
        if audited.returncode:
            raise SystemExit("the audit found something after the faults")
    return rows


def _line(row: Row) -> str:
    one = row.verdict
    unseen = ", ".join(f"{name}: {many}" for name, many in one.unseen.items() if many)
    values = (
        row.fault,
        one.offered,
        one.acknowledged,
        one.refused,
        one.unknown,
        len(one.lost),
        len(one.twice),
        len(one.out_of_order),
        unseen or "nobody",
        f"{row.gap:.1f} s",
    )
    return "| " + " | ".join(map(str, values)) + " |"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
