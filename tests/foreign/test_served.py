"""A running service, its log cosigned by a witness that others wrote, and read by their verifier
with the commands of docs/verify.md."""

import json
import re
import shlex
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests

from ledger.verify import note, verify
from tests.e2e.service import Service, start, stop
from tests.foreign.conftest import INSTALLED, tool
from tests.foreign.test_witnesses import Witness, witnessing

pytestmark = pytest.mark.foreign

DOCUMENT = (Path(__file__).parents[2] / "docs/verify.md").read_text("utf-8")
AICS = [shlex.split(one) for one in re.findall(r"^    (aics-tlog .*)$", DOCUMENT, re.MULTILINE)]


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """Yield a service with the samples."""
    running = start(tmp_path_factory.mktemp("served") / "data", "--sample")
    yield running
    stop(running)


@pytest.fixture(scope="module")
def vkey(service: Service) -> str:
    """Return the log's key."""
    found: str = service.command_json("key", "show")["vkey"]
    return found


@pytest.fixture(scope="module")
def witness(
    service: Service, vkey: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Witness]:
    """Yield a witness that cosigned the log twice; then it grew, and the newest checkpoint is the
    log's own word alone."""
    origin = vkey.split("+")[0]
    with witnessing(tmp_path_factory.mktemp("aics"), origin, vkey) as running:
        for _ in range(2):
            done = service.command_json("witness", running.url, running.vkey)
            assert done["witnesses"][0]["ok"], done
        yield running


@pytest.fixture(scope="module")
def grown(service: Service, witness: Witness) -> int:
    """Return the size of the newest checkpoint, which nobody cosigned."""
    cosigned = _size(service)
    service.token("another", "admin")
    while (size := _size(service)) == cosigned:
        service.get("/readyz")
    return size


def _size(service: Service) -> int:
    return int(_text(service, "/log/checkpoint").split("\n")[1])


def _text(service: Service, path: str) -> str:
    answer = requests.get(service.url + path, timeout=30)
    assert answer.status_code == 200, answer.text
    return answer.text


def aics(folder: Path, *command: str) -> dict[str, object]:
    """Return the output of aics-tlog in a folder."""
    program = tool(INSTALLED / "aics/bin/aics-tlog")
    done = subprocess.run(
        [program, *command], cwd=folder, capture_output=True, text=True, check=False
    )
    said: dict[str, object] = json.loads(done.stdout)
    assert (done.returncode == 0) == said["ok"]
    return said


def test_its_verifier_reads_the_log_as_it_is_served_with_the_commands_of_the_document(
    service: Service, vkey: str, witness: Witness, tmp_path: Path
) -> None:
    item = service.get("/api/entries", after=99, limit=1)["items"][0]
    (tmp_path / "entry").write_text(_text(service, f"/api/entries/{item['id']}/raw"))
    assert [command[1] for command in AICS] == [
        "verify-checkpoint",
        "verify-inclusion",
        "verify-consistency",
    ]
    own = {"https://LOG/log": f"{service.url}/log", "VKEY": vkey}
    for _, *command in AICS:
        asked = [own.get(word, word) for word in command]
        assert aics(tmp_path, *asked)["ok"], asked
        if command[0] != "verify-consistency":
            asked += ["--witness-key", witness.vkey, "--quorum", "1"]
            said = aics(tmp_path, *asked)
            assert (said["ok"], said["witnesses"]) == (True, ["witness.example/aics"]), said

    other = [*AICS[1][1:-1], "98"]
    assert not aics(tmp_path, *(own.get(word, word) for word in other))["ok"]


def test_receipts_and_bundles_that_are_asked_for_later_have_the_word_of_its_witness(
    service: Service,
    vkey: str,
    witness: Witness,
    grown: int,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    trusted = ["--log-key", vkey, "--witness-key", witness.vkey, "--quorum", "1"]
    item = service.get("/api/entries", after=99, limit=1)["items"][0]
    receipt = _text(service, f"/api/entries/{item['id']}/receipt")
    (tmp_path / "note").write_text(receipt.partition("\n\n")[2])
    said = aics(tmp_path, "verify-checkpoint", "--note", "note", *trusted)
    assert said["ok"]
    assert int(str(said["size"])) < grown
    (tmp_path / "now").write_text(_text(service, "/log/checkpoint"))
    assert not aics(tmp_path, "verify-checkpoint", "--note", "now", *trusted)["ok"]

    (tmp_path / "entry").write_text(_text(service, f"/api/entries/{item['id']}/raw"))
    (tmp_path / "entry.spicy").write_text(receipt.partition("\n")[2])
    spicy = [tool("spicy-litetlog"), "-verify", vkey, str(tmp_path / "entry")]
    assert subprocess.run(spicy, capture_output=True, check=False).returncode == 0

    one = service.get("/api/recommendations", limit=1)["items"][0]["links"]["self"]
    (tmp_path / "receipt").write_text(receipt)
    bundle = requests.get(f"{service.url}{one}/bundle", timeout=30)
    (tmp_path / "bundle.zip").write_bytes(bundle.content)
    stranger = note.generate("witness.example/stranger").witness.vkey
    for target in (["entry", "--receipt", str(tmp_path / "receipt")], ["bundle.zip"]):
        asked = [str(tmp_path / target[0]), *target[1:], "--key", vkey]
        assert verify.main([*asked, "--witness", witness.vkey]) == 0
        assert "was seen by witness.example/aics+" in capsys.readouterr().out
        assert verify.main([*asked, "--witness", stranger]) == 1
        assert "0 of 1 cosigned it, too few for the quorum" in capsys.readouterr().out
