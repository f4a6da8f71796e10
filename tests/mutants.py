"""Small changes of the code that decides most, made by mutmut, and how many the tests notice.

    python -m tests.mutants                 all parts, for an hour or more
    python -m tests.mutants effect verdict  some of them

mutmut changes one operator, value or argument at a time, in a copy of the tree. A change that none
of the part's tests notices is listed. `tests/mutations.py` has the changes that must be noticed.
"""

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from ledger.postgres.embedded import embedded
from tests.mutations import ROOT, copied
from tests.servers import LENT, data_directory

CONFIGURATION = """
[tool.mutmut]
source_paths = ["ledger", "projections", "api"]
only_mutate = {files}
also_copy = {others}
pytest_add_cli_args = {arguments}
do_not_mutate_patterns = {sentences}
pytest_add_cli_args_test_selection = {tests}
"""


SENTENCES = (r'^\s*(raise \w+\()?f?"[^"]* [^"]*"[,)]*$', r'^\s*"[a-z-]+",$', r"^\s*assert ")
"""Lines that are not changed: sentences and names of refusals, which other tests read; and what
tells the type checker something."""


@dataclass(frozen=True, slots=True)
class Part:
    """Code that is changed, and the quickest tests that are about it."""

    files: tuple[str, ...]
    tests: tuple[str, ...]
    least: float
    """The share of changes that have to be noticed. What needs a database is tried by few tests
    here."""
    without: tuple[str, ...] = ()
    """The tests of its first file that are left out, since they take long."""


PARTS = {
    "verdict": Part(
        ("projections/verdict/compliance.py", "projections/verdict/silence.py"),
        (
            "tests/test_compliance.py",
            "tests/test_beside_the_verdict.py",
            "tests/test_compliance_worlds.py",
            "tests/test_incomplete.py",
            "tests/test_silence.py",
            "tests/test_coverage.py",
            "tests/test_working.py",
            "tests/projections/test_improved_later.py",
        ),
        least=0.9,
    ),
    "append": Part(
        ("ledger/log/append.py", "ledger/log/group_commit.py"),
        (
            "tests/log/test_append.py",
            "tests/log/test_group_commit.py",
            "tests/log/test_append_beside.py",
            "tests/log/test_a_wrong_clock.py",
            "tests/log/test_clocks.py",
            "tests/log/test_only_append_writes.py",
            "tests/log/test_redaction.py",
            "tests/log/test_texts.py",
            "tests/transparency/test_vouch.py",
        ),
        least=0.3,
    ),
    "redaction": Part(
        ("ledger/acts/redaction.py",),
        ("tests/api/test_redaction.py",),
        least=0.8,
        without=(  # they ask how it reads, and take half of the time of all
            "test_lists_and_pages_say_that_it_is_redacted",
            "test_a_text_from_a_restored_backup_is_in_no_answer_page_or_search",
            "test_a_page_whose_every_text_is_redacted_brings_nothing_when_it_is_read_again",
        ),
    ),
    "effect": Part(("ledger/states/effect.py",), ("tests/projections/test_effect.py",), least=1),
}


@dataclass(frozen=True, slots=True)
class Found:
    """The outcome of the changes of a part."""

    noticed: int
    survivors: tuple[str, ...]
    """Each change that no test noticed, as a difference of the code."""

    @property
    def share(self) -> float:
        return self.noticed / max(1, self.noticed + len(self.survivors))


def tried(part: Part) -> Found:
    """Change a part in every way that mutmut knows, and run its tests on each change."""
    with copied(ROOT) as tree:
        others = sorted({one.name for one in tree.iterdir()} - {"ledger", "projections", "api"})
        without = (f"--deselect={part.tests[0]}::{one}" for one in part.without)
        given = {
            "files": part.files,
            "arguments": ("-p", "no:cacheprovider", *without),
            "others": others,
            "tests": part.tests,
            "sentences": SENTENCES,
        }
        lists = {name: json.dumps(list(each)) for name, each in given.items()}
        with (tree / "pyproject.toml").open("a", encoding="utf-8") as file:
            file.write(CONFIGURATION.format(**lists))
        with lent():
            _mutmut(tree, "run", "--max-children", "2")
        results = _mutmut(tree, "results", "--all", "true")
        outcomes = re.findall(r"^\s+(\S+__mutmut_\d+): (.+)$", results, re.MULTILINE)
        left = [name for name, outcome in outcomes if outcome in ("survived", "no tests")]
        noticed = sum(outcome in ("killed", "timeout") for _, outcome in outcomes)
        if noticed + len(left) != len(outcomes) or not outcomes:
            raise SystemExit(f"mutmut did not try every change:\n{results}")
        return Found(noticed, tuple(_mutmut(tree, "show", name) for name in left))


@contextmanager
def lent() -> Iterator[None]:
    """Lend one server to the tests of every change, which takes longer to start than most tests.
    The databases that theirs are copied from are made once, by the code as it is."""
    with data_directory() as data, embedded(data):
        os.environ[LENT] = str(data)
        try:
            yield
        finally:
            del os.environ[LENT]


def _mutmut(tree: Path, *arguments: str) -> str:
    """Run mutmut in a copy of the tree, and return what it printed."""
    done = subprocess.run(
        [sys.executable, "-m", "mutmut", *arguments],
        cwd=tree, capture_output=True, text=True, check=False,
    )  # fmt: skip
    if done.returncode:
        raise SystemExit(f"mutmut {arguments[0]} failed:\n{done.stdout[-5000:]}{done.stderr}")
    return done.stdout


def main(names: Sequence[str]) -> int:
    """Run the command. Return its exit code, which is 1 if a share is too small."""
    too_small = []
    for name in names or PARTS:
        found = tried(PARTS[name])
        for one in found.survivors:
            sys.stdout.write(f"{one}\n")
        said = f"{name}: {found.noticed} noticed, {len(found.survivors)} not: {found.share:.0%}"
        sys.stdout.write(f"{said}\n")
        sys.stdout.flush()
        if found.share < PARTS[name].least:
            too_small.append(f"{said}; at least {PARTS[name].least:.0%} have to be")
    sys.stdout.write("".join(f"TOO FEW: {one}\n" for one in too_small))
    return 1 if too_small else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
