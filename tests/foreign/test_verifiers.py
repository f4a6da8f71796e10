"""Verifiers that others wrote accept our receipts, and refuse those that were tampered with."""

import base64
import json
import subprocess
from pathlib import Path

import pytest

from tests.foreign.conftest import HOW, INSTALLED, Given, Receipt, tool

pytestmark = pytest.mark.foreign


def run(*command: str | Path, given: str = "") -> subprocess.CompletedProcess[str]:
    """Run a tool, and what it says."""
    return subprocess.run(
        [str(word) for word in command], input=given, capture_output=True, text=True, check=False
    )


def test_npm_sigstore_verify_checks_the_merkle_proofs_of_fifty(given: Given) -> None:
    tool("node")
    folder = INSTALLED / "npm"
    if not (folder / "node_modules/@sigstore/verify").exists():
        pytest.skip(f"@sigstore/verify {HOW}")
    # It verifies inclusion under a root that it is given; signatures are the other tools' matter.
    bad = [one for one in given.bad if one.fault != "signature"]
    asked = [_asked(one) for one in [*given.good, *bad]]

    done = run("node", Path(__file__).with_name("merkle.mjs"), folder, given="\n".join(asked))

    said = done.stdout.splitlines()
    assert done.returncode == 0, done.stderr
    assert said[:50] == ["ok"] * 50
    assert len(bad) == 40
    assert "ok" not in said[50:]
    assert len(said) == 90


def test_debian_spicy_accepts_fifty_receipts_and_refuses_fifty(
    given: Given, tmp_path: Path
) -> None:
    spicy = tool("spicy-litetlog")
    entry = tmp_path / "entry"

    def accepts(one: Receipt) -> bool:
        entry.write_bytes(one.entry)
        receipt = one.proof.text.split("\n", 1)[1]  # its own form has no line with the version
        entry.with_suffix(".spicy").write_text(receipt)
        return run(spicy, "-verify", given.vkey, entry).returncode == 0

    assert [accepts(one) for one in given.good] == [True] * 50
    assert [one.fault for one in given.bad if accepts(one)] == []


def test_pypi_aics_tlog_accepts_fifty_receipts_and_refuses_fifty(
    given: Given, tmp_path: Path
) -> None:
    aics = tool(INSTALLED / "aics/bin/aics-tlog")

    def accepts(one: Receipt) -> bool:
        note, leaf, hashes = (tmp_path / name for name in ("note", "leaf", "hashes"))
        note.write_text(one.proof.checkpoint)
        leaf.write_bytes(one.entry)
        hashes.write_text("".join(f"{_text(each)}\n" for each in one.proof.hashes))
        signed = run(aics, "verify-checkpoint", "--note", note, "--log-key", given.vkey)
        included = run(
            *(aics, "verify-inclusion", "--leaf", leaf, "--index", str(one.proof.index)),
            *("--size", str(one.size), "--root", one.root, "--proof", hashes),
        )
        return signed.returncode == included.returncode == 0

    assert [accepts(one) for one in given.good] == [True] * 50
    assert [one.fault for one in given.bad if accepts(one)] == []


def _asked(one: Receipt) -> str:
    return json.dumps(
        {
            "entry": _text(one.entry),
            "index": one.proof.index,
            "hashes": [_text(each) for each in one.proof.hashes],
            "size": one.size,
            "root": one.root,
        }
    )


def _text(raw: bytes) -> str:
    return base64.b64encode(raw).decode()
