"""The commands of our own program in docs/verify.md, run as they stand there: on a service whose
log a witness cosigned and whose key was rotated."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from ledger.verify.verifier import pack
from tests.e2e.service import clean_environment
from tests.transparency.honest_witness import witnessing

pytestmark = pytest.mark.long

DOCUMENT = (Path(__file__).parents[2] / "docs/verify.md").read_text("utf-8")
OURS = re.findall(r"^    .*?(answerable-verify\.pyz .*)$", DOCUMENT, re.MULTILINE)


def test_each_command_of_the_document_ends_well(service, tmp_path):
    pack(tmp_path / "answerable-verify.pyz")
    first = service.command_json("key", "show")["vkey"]
    service.command("key", "rotate")
    second = service.command_json("key", "show")["vkey"]
    with witnessing("witness.example/one", first, second) as witness:
        asked = re.search(r"^    answerable (witness https://WITNESS .*)$", DOCUMENT, re.MULTILINE)
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
