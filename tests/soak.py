"""Everything that takes long, part by part: make soak

    python -m tests.soak                        every part
    python -m tests.soak --from tests/log       the parts from the first whose name begins so
    python -m tests.soak tests/api faults       the parts whose names begin so
    python -m tests.soak --list                 the names of the parts

A part is a file of tests, the faults of `bench.faults`, a million entries or a national year under
load, or the changes that mutmut makes in one piece of the code. Of a file, tests run that are
marked `soak`, and those of which `make test` tries only some examples. A summary says what each
part came to.
"""

import argparse
import re
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass

from tests.mutants import PARTS
from tests.mutations import ROOT

ROUNDS = 200
"""The rounds of faults: each fault comes several times, each time at another moment of the load."""


@dataclass(frozen=True, slots=True)
class Part:
    """A command that takes long, and ends with 0 if nothing is wrong."""

    name: str
    module: str
    arguments: tuple[str, ...]

    def run(self) -> int:
        """Run the command, and return its exit code."""
        command = [sys.executable, "-m", self.module, *self.arguments]
        return subprocess.run(command, cwd=ROOT, check=False).returncode


def parts() -> list[Part]:
    """Return every part."""
    command = [sys.executable, "-m", "pytest", "-m", "soak", "--collect-only", "-q", "-n0"]
    done = subprocess.run(command, cwd=ROOT, check=False, capture_output=True, text=True)
    if done.returncode:
        raise SystemExit(f"{done.stdout}{done.stderr}")
    files = dict.fromkeys(re.findall(r"^(\S+?)::", done.stdout, re.MULTILINE))
    return [
        *(Part(file, "pytest", ("-m", "soak", "-q", "-n0", file)) for file in files),
        Part("faults", "bench.faults", ("--rounds", f"{ROUNDS}")),
        Part("faults-million", "bench.faults.million", ()),
        Part("faults-year", "bench.faults.year", ()),
        *(Part(f"mutants-{name}", "tests.mutants", (name,)) for name in PARTS),
    ]


def chosen(several: Sequence[Part], names: Sequence[str], begin: str | None) -> list[Part]:
    """Return the parts whose names begin with one of `names`, or all of them if there are none;
    without those that stand before the first whose name begins with `begin`."""
    first = next((n for n, one in enumerate(several) if one.name.startswith(begin or "")), None)
    for name in names:
        if not any(one.name.startswith(name) for one in several):
            raise SystemExit(f"No part’s name begins with {name!r}; --list names them.")
    if first is None:
        raise SystemExit(f"No part’s name begins with {begin!r}; --list names them.")
    return [one for one in several[first:] if not names or one.name.startswith(tuple(names))]


def run(several: Sequence[Part]) -> int:
    """Run the parts and print how far it is, then the summary. Return the exit code."""
    came: list[tuple[str, str, float]] = []
    try:
        for number, one in enumerate(several, 1):
            sys.stdout.write(f"\n{number} of {len(several)}: {one.name}\n")
            sys.stdout.flush()
            began = time.monotonic()
            outcome = "failed" if one.run() else "passed"
            came.append((one.name, outcome, time.monotonic() - began))
    except KeyboardInterrupt:
        begin = several[len(came)].name
        sys.stdout.write(f"\nstopped; go on with: make soak ARGS='--from {begin}'\n")
    sys.stdout.write("\n")
    for name, outcome, seconds in came:
        sys.stdout.write(f"{outcome} {seconds:7,.0f} s  {name}\n")
    failed = [name for name, outcome, _ in came if outcome == "failed"]
    seconds = sum(took for _, _, took in came)
    sys.stdout.write(f"{len(came)} of {len(several)} parts, {seconds:,.0f} s; ")
    sys.stdout.write(f"failed: {', '.join(failed) or 'none'}\n")
    return 1 if failed or len(came) < len(several) else 0


def main(arguments: Sequence[str]) -> int:
    """Run the command. Return its exit code."""
    parser = argparse.ArgumentParser(prog="python -m tests.soak", description=__doc__)
    parser.add_argument("names", nargs="*", help="only parts whose names begin so")
    parser.add_argument("--from", dest="begin", help="leave out the parts before this one")
    parser.add_argument("--list", action="store_true", help="print the names of the parts")
    given = parser.parse_args(arguments)
    several = chosen(parts(), given.names, given.begin)
    if given.list:
        sys.stdout.write("".join(f"{one.name}\n" for one in several))
        return 0
    return run(several)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
