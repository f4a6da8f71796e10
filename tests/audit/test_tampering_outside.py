"""The tamper matrix from outside: what somebody finds who has no access to the database.

They have an exported log, a checkpoint that they kept from before, and the site: `verify --since`
for what touches the log and its texts, `replay --compare` for what touches the pages alone.
"""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from werkzeug.serving import make_server

from ledger.replay import replay
from ledger.settings import Settings
from ledger.verify import verify
from tests.api.site import an_app
from tests.audit import forging
from tests.audit.trial import Trial, export
from tests.conftest import served, some
from tests.keys.keyed_log import ORIGIN

FOUND = {
    "state edited": (forging.edit_state, {"root", "since"}),
    "state and cached hashes edited": (forging.edit_state_and_hashes, {"root", "since"}),
    "a moment only": (forging.edit_time, {"root", "since"}),
    "deleted": (forging.delete, {"root", "positions", "versions", "since"}),
    "two swapped": (forging.swap, {"root", "since"}),
    "inserted in between": (forging.insert_between, {"root", "since"}),
    "tail cut": (forging.cut_tail, {"since"}),
    "text rewritten": (forging.rewrite_text, {"openings"}),
    "text deleted without a redaction": (forging.delete_text, {"openings"}),
    "a redacted text put back": (forging.put_back, {"openings"}),
    "the same beside a later correction": (forging.put_back_as_was, {"openings"}),
}


def verified(
    trial: Trial, folder: Path, since: str, capsys: pytest.CaptureFixture[str]
) -> tuple[int, dict[str, Any]]:
    """How `verify` ends on what the database exports now, and what it says."""
    exported = export(trial, folder)
    keys = [argument for vkey in trial.keys.known for argument in ("--key", vkey)]
    ends = verify.main([str(exported), *keys, "--since", since, "--json"])
    said: dict[str, Any] = json.loads(capsys.readouterr().out)
    return ends, said


@pytest.fixture
def kept(trial: Trial, tmp_path: Path) -> str:
    """Return the newest checkpoint from before, kept by somebody."""
    path = tmp_path / "kept.checkpoint"
    path.write_text(trial.notes[-1], "utf-8")
    return str(path)


def test_an_honest_log_passes(trial, kept, tmp_path, capsys):
    ends, said = verified(trial, tmp_path / "out", kept, capsys)

    assert (ends, said["ok"]) == (0, True)
    assert {"root", "since", "openings"} <= {one["check"] for one in said["checks"] if one["ok"]}


@pytest.mark.sampled
@pytest.mark.parametrize("name", some(FOUND, 3))
def test_verify_finds_what_touches_the_log_or_its_texts(trial, kept, tmp_path, capsys, name: str):
    forge, fails = FOUND[name]
    forge(trial)

    ends, said = verified(trial, tmp_path / "out", kept, capsys)

    assert ends == 1
    failed = {one["check"] for one in said["checks"] if one["ok"] is False}
    assert failed == fails, said["checks"]


def test_a_tail_entry_with_an_old_time_is_never_signed(trial):
    """Nothing leaves unsealed, and the sealer refuses it: so nobody outside is ever shown it."""
    before = trial.sizes
    position = forging.append_old(trial)

    assert f"Entry {position} says that it was recorded at" in trial.held()
    assert trial.sizes == before


@contextmanager
def site_of(trial: Trial) -> Iterator[str]:
    """Yield the site over this database, on a port of this machine: its address."""
    with (
        an_app(Settings(database_url=trial.url, origin=ORIGIN)) as app,
        served(make_server("127.0.0.1", 0, app, threaded=True)) as address,
    ):
        yield address


def replayed(
    trial: Trial, folder: Path, capsys: pytest.CaptureFixture[str]
) -> tuple[int, dict[str, Any]]:
    """How `replay --compare` ends on an exported log and the site beside it."""
    exported = export(trial, folder)
    with site_of(trial) as address:
        ends = replay.main([str(exported / "log.jsonl"), "--compare", address, "--json"])
    said: dict[str, Any] = json.loads(capsys.readouterr().out)
    return ends, said


def test_replay_finds_a_row_that_was_edited_for_the_pages_alone(trial, kept, tmp_path, capsys):
    forging.edit_row(trial)

    assert verified(trial, tmp_path / "out", kept, capsys)[0] == 0
    ends, said = replayed(trial, tmp_path / "out", capsys)

    assert ends == 1
    assert any("/api/recommendations/seed-" in one and "withdrawn" in one
               for one in said["differences"]), said["differences"]  # fmt: skip
