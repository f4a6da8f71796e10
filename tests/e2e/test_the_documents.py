"""The commands of the documents, run as they stand there, on a service that nobody else asks."""

import json
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from ledger.verify.verifier import pack
from tests.e2e.conftest import started
from tests.e2e.service import Service, clean_environment
from tests.processes import ROOT
from tests.transparency.honest_witness import witnessing

pytestmark = pytest.mark.long

FIVE_MINUTES, INTEGRATORS, VERIFY = (
    (ROOT / "docs" / f"{name}.md").read_text("utf-8")
    for name in ("five-minutes", "integrators", "verify")
)
OURS = re.findall(r"^    .*?(answerable-verify\.pyz .*)$", VERIFY, re.MULTILINE)
END = "--- end of a command ---"


@pytest.fixture(scope="module")
def service() -> Iterator[Service]:
    with started("--sample") as running:
        yield running


@dataclass
class Typed:
    """A command, and the lines that it prints."""

    command: str
    printed: list[str] = field(default_factory=list)


def tour() -> list[Typed]:
    found: list[Typed] = []
    for line in FIVE_MINUTES.splitlines():
        if line.startswith("    $ "):
            found.append(Typed(line.removeprefix("    $ ")))
        elif line.startswith("    "):
            found[-1].printed.append(line.removeprefix("    "))
    return found


def in_a_shell(
    service: Service, script: list[str], folder: Path
) -> "subprocess.CompletedProcess[str]":
    """Run commands in a folder that has the examples and an environment, with the service's address
    in place of the documents'."""
    (folder / "examples").symlink_to(ROOT / "examples")
    (folder / ".venv").symlink_to(sys.prefix)
    return subprocess.run(
        ["bash"],
        input="\n".join(script).replace("http://127.0.0.1:8000", service.url),
        capture_output=True,
        check=False,
        text=True,
        timeout=300,
        cwd=folder,
        env={**clean_environment(), "ANSWERABLE_DATA": str(service.data)},
    )


def test_the_five_minutes_go_as_the_page_says(service, tmp_path):
    typed = tour()

    done = in_a_shell(service, [f"{one.command}\necho '{END}'" for one in typed], tmp_path)

    *answers, rest = done.stdout.split(f"{END}\n")
    assert (len(answers), rest) == (len(typed), ""), done.stdout + done.stderr
    for one, answer in zip(typed, answers, strict=True):
        wanted = re.escape("\n".join(one.printed)).replace("…", ".*")
        assert re.fullmatch(wanted, answer.rstrip("\n"), re.DOTALL), f"{one.command}\n{answer}"


def test_the_first_event_comes_in_five_minutes_as_the_page_says(service, tmp_path):
    typed = re.findall(r"^    \$ (.*)$", INTEGRATORS, re.MULTILINE)
    assert len(typed) >= 10
    if shutil.which("node") is None:
        typed = [one for one in typed if not one.startswith("node ")]

    done = in_a_shell(service, ["set -e", *typed], tmp_path)

    assert done.returncode == 0, done.stdout + done.stderr
    first = next(line for line in done.stdout.splitlines() if line.startswith("{"))
    assert json.loads(first)["type"] == "answerable.update-received.v1"


def test_each_command_about_verifying_ends_well(service, tmp_path):
    """On a log that a witness cosigned and whose key was rotated."""
    pack(tmp_path / "answerable-verify.pyz")
    first = service.command_json("key", "show")["vkey"]
    service.command("key", "rotate")
    second = service.command_json("key", "show")["vkey"]
    with witnessing("witness.example/one", first, second) as witness:
        asked = re.search(r"^    answerable (witness https://WITNESS .*)$", VERIFY, re.MULTILINE)
        assert asked is not None
        given = {
            "https://WITNESS": witness.url,
            "WITNESS-VKEY": witness.vkey,
            "https://LOG": service.url,
            "VKEY": f"{second} --key {first}",
        }

        def filled(command):
            return re.sub("|".join(given), lambda found: given[found[0]], command).split()

        service.command(*filled(asked[1]))
    service.command("export", "log", str(tmp_path))

    assert [command.split()[1] for command in OURS] == ["verify", "watch", "compare", "verify"]
    for command in OURS:
        done = subprocess.run(
            [sys.executable, *filled(command)],
            cwd=tmp_path,
            env=clean_environment(),
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, (command, done.stdout + done.stderr)
        if "watch" in command:  # somebody else watched as well
            watched = (tmp_path / "watched.jsonl").read_bytes()
            (tmp_path / "theirs.jsonl").write_bytes(watched)
