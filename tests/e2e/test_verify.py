"""A running service, checked from outside: its log as it is served, as exported, and a bundle."""

import json
import subprocess
import sys

import pytest

from tests.e2e.service import clean_environment
from tests.processes import ROOT

pytestmark = pytest.mark.long


def verified(target, vkey, *options):
    """Return the checks that a verifier in a process of its own makes, by name."""
    done = subprocess.run(
        [
            *(sys.executable, "-m", "ledger.verify"),
            *(str(target), "--key", vkey, "--json", *map(str, options)),
        ],
        cwd=ROOT,
        env=clean_environment(),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return {one["check"]: one for one in json.loads(done.stdout)["checks"]}


@pytest.fixture
def vkey(service):
    return service.command_json("key", "show")["vkey"]


def test_the_log_verifies_as_it_is_served_and_as_it_is_exported(service, vkey, tmp_path):
    served = service.session.get(f"{service.url}/log/checkpoint", timeout=30)
    (tmp_path / "held").write_bytes(served.content)
    exported = service.command_json("export", "log", str(tmp_path / "log"))

    says = {
        target: verified(target, vkey, "--since", tmp_path / "held")
        for target in (service.url, tmp_path / "log")
    }
    assert all(one[check]["ok"] for one in says.values() for check in ("root", "since", "keys"))
    found = says[tmp_path / "log"]["openings"]["says"]
    assert found.startswith(f"{exported['texts']:,} texts match")


def test_a_bundle_that_anybody_fetches_verifies(service, vkey, tmp_path):
    item = service.get("/api/recommendations", limit=1)["items"][0]
    path = f"/api/recommendations/{item['report']}/{item['number']}/{item['addressee']}/bundle"
    answer = service.session.get(service.url + path, timeout=30)
    (tmp_path / "bundle.zip").write_bytes(answer.content)

    assert answer.status_code == 200
    assert verified(tmp_path / "bundle.zip", vkey)["inclusion"]["ok"]
