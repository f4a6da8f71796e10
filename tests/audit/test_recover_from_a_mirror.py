"""Signed entries come back from a mirror; what is not what was signed is not taken."""

import os
import shutil
import sqlite3
from contextlib import closing

import pytest

from ledger.verify.tree import Tile, entry_bundle, tile_at
from tests.audit.trial import SEALED, export


def test_a_notebook_that_was_changed_is_not_taken(restored, lost):
    with closing(sqlite3.connect(restored.notebook_file)) as db, db:
        db.execute(
            "UPDATE entries SET entry = ? WHERE position = ?",
            [lost[-1].replace(b"court_order", b"retentionxx"), len(lost)],
        )

    restored.refused("is not the log that was signed", "recover")


def test_it_comes_back_from_a_mirror_where_the_notebook_is_lost(went_on, restored, lost, tmp_path):
    exported = export(went_on, tmp_path / "exported")
    shutil.rmtree(restored.notebook_file.parent)

    restored.run("recover", "--from", str(exported))

    assert restored.lines()[: len(lost)] == lost
    restored.seal()
    assert restored.why_held() is None
    assert restored.notes[-2] == went_on.notes[-1]
    assert not SEALED & set(restored.audit_of_the_log())


def test_it_comes_back_from_a_mirror_of_tiles(went_on, restored, lost, tmp_path):
    folder = tmp_path / "mirror"
    for index in range(-(-len(lost) // 256)):
        tile = tile_at(None, index, len(lost))
        assert isinstance(tile, Tile)
        path = folder / tile.path
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(entry_bundle(lost[index * 256 : index * 256 + tile.width]))
    (folder / "checkpoint").write_text(went_on.notes[-1], "utf-8")

    restored.run("recover", "--from", str(folder))

    assert restored.lines()[: len(lost)] == lost


def test_a_mirror_by_another_key_or_of_other_bytes_is_refused(went_on, restored, lost, tmp_path):
    exported = export(went_on, tmp_path / "exported")
    log = exported / "log.jsonl"
    true = log.read_bytes()
    log.write_bytes(true.replace(b"court_order", b"retentionxx"))
    restored.refused("is not the log that was signed", "recover", "--from", str(exported))
    shutil.rmtree(restored.notebook_file.parent)
    restored.refused("do not have the root that was signed", "recover", "--from", str(exported))

    log.write_bytes(true)
    forged = went_on.notes[-1].replace("\n\n", "\nextension\n\n")
    (exported / "log.checkpoint").write_text(forged, "utf-8")
    restored.refused("log.checkpoint", "recover", "--from", str(exported))


def test_a_mirror_that_is_older_than_the_notebook_is_refused(lost, restored, tmp_path):
    exported = export(restored, tmp_path / "exported")

    restored.refused("recover from the notebook", "recover", "--from", str(exported))


@pytest.mark.parametrize("what", ["a pipe", "a line without end"])
def test_a_mirror_of_no_plain_lines_is_refused_and_not_waited_for(
    went_on, restored, lost, tmp_path, what
):
    exported = export(went_on, tmp_path / "exported")
    log = exported / "log.jsonl"
    log.unlink()
    if what == "a pipe":
        os.mkfifo(log)
    else:
        log.touch()
        os.truncate(log, 1 << 40)
    says = "No such file" if what == "a pipe" else "is not what was signed"

    restored.refused(says, "recover", "--from", str(exported))


@pytest.mark.parametrize(
    "line",
    [b"\xff", b"[" * 100_000, b'{"salt": "", "text": 5, "sha256": ""}', b'{"salt": 5}', b"[]"],
)
def test_a_file_of_something_else_opens_no_texts(restored, tmp_path, line):
    path = tmp_path / "texts.jsonl"
    path.write_bytes(line + b"\n")

    restored.refused(f"{path}, line 1", "recover", "--texts", str(path))
