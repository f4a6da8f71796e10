"""The five minutes (docs/five-minutes.md): every command runs, and prints what stands there."""

import os
import re
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from tests.e2e.service import Service, clean_environment
from tests.processes import ROOT

pytestmark = pytest.mark.long

PAGE = (ROOT / "docs" / "five-minutes.md").read_text("utf-8")
END = "--- end of a command ---"


@dataclass
class Typed:
    """A command, and the lines that it prints."""

    command: str
    printed: list[str] = field(default_factory=list)


def tour() -> list[Typed]:
    found: list[Typed] = []
    for line in PAGE.splitlines():
        if line.startswith("    $ "):
            found.append(Typed(line.removeprefix("    $ ")))
        elif line.startswith("    "):
            found[-1].printed.append(line.removeprefix("    "))
    return found


def test_the_five_minutes_go_as_the_page_says(service: Service, tmp_path: Path):
    typed = tour()
    script = [f"{one.command}\necho '{END}'" for one in typed[1:]]  # the first activates .venv
    (tmp_path / "examples").symlink_to(ROOT / "examples")

    done = subprocess.run(
        ["bash"],
        input="\n".join(script).replace("http://127.0.0.1:8000", service.url),
        capture_output=True,
        check=False,
        text=True,
        timeout=300,
        cwd=tmp_path,
        env={
            **clean_environment(),
            "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
            "ANSWERABLE_DATA": str(service.data),
        },
    )

    answers = done.stdout.split(f"{END}\n")
    assert len(answers) == len(typed), done.stdout + done.stderr
    for one, answer in zip(typed[1:], answers, strict=False):
        wanted = re.escape("\n".join(one.printed)).replace("…", ".*")
        assert re.fullmatch(wanted, answer.rstrip("\n"), re.DOTALL), f"{one.command}\n{answer}"
