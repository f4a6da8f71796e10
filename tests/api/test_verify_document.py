"""The commands of docs/verify.md, run as they stand there, against a real export."""

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.api.town import statement
from tests.transparency.sealing import Sealing

DOCUMENT = (Path(__file__).parents[2] / "docs" / "verify.md").read_text("utf-8")
COMMANDS = "\n".join(re.findall(r"^```sh\n(.*?)^```$", DOCUMENT, re.MULTILINE | re.DOTALL))
TOOLS = ("sha256sum", "xxd", "openssl", "awk", "base64")


@pytest.fixture
def exported(new_town, tmp_path):
    """(the directory of an exported log, the verifier key)."""
    desk = Sealing(new_town.ledger, new_town.url, tmp_path)
    try:
        desk.run("key", "create")
        report = new_town.publish()
        new_town.clerk.act(f"{report.response}/statement", statement())
        desk.seal()
        desk.run("export", "log", str(tmp_path / "log"))
        return tmp_path / "log", desk.json("key", "show")["vkey"]
    finally:
        desk.close()


@pytest.fixture
def by_hand(exported):
    """Runs the commands in the directory: the exit code, and what they print."""
    if missing := [tool for tool in TOOLS if shutil.which(tool) is None]:
        pytest.skip(f"needs {', '.join(missing)}")
    folder, vkey = exported

    def run(commands=COMMANDS):
        done = subprocess.run(
            ["sh", "-eu", "-c", commands],
            cwd=folder,
            env={"PATH": os.environ["PATH"], "VKEY": vkey, "LC_ALL": "C.UTF-8"},
            capture_output=True,
            text=True,
            check=False,
        )
        return done.returncode, done.stdout + done.stderr

    return run


def test_an_honest_log_is_found_so_by_hand(by_hand):
    code, printed = by_hand()

    assert code == 0, printed
    assert "Signature Verified Successfully" in printed
    assert re.search(r"the root of the first four entries: [0-9a-f]{64}$", printed, re.MULTILINE)


def test_an_edited_log_is_found_so_by_hand(by_hand, exported):
    log = exported[0] / "log.jsonl"
    log.write_bytes(log.read_bytes().replace(b'"hmicfrs', b'"hmicfrz', 1))

    code, printed = by_hand()
    assert code != 0
    assert "differ" in printed


def test_a_rewritten_text_is_found_so_by_hand(by_hand, exported):
    texts = exported[0] / "log.texts.jsonl"
    texts.write_bytes(texts.read_bytes().replace(b"By the spring", b"By the winter", 1))

    assert by_hand()[0] != 0


def test_a_changed_checkpoint_is_found_so_by_hand(by_hand, exported):
    sealed = exported[0] / "log.checkpoint"
    origin, size, rest = sealed.read_text().split("\n", 2)
    sealed.write_text(f"{origin}\n{int(size) + 1}\n{rest}")

    code, printed = by_hand()
    assert code != 0
    assert "Signature Verification Failure" in printed
