"""The tamper matrix: what an administrator of the database can do, and what finds it.

Each row is done as the superuser on a real PostgreSQL, to a log that was sealed.
"""

import shutil
from collections.abc import Callable
from dataclasses import dataclass

import pytest

from ledger.acts.capture import keep_capture, received
from ledger.acts.decision import Notice
from ledger.verify.checkpoint import Proof
from ledger.verify.sightings import Sighting
from ledger.verify.tree import WIDTH
from tests.audit import forging
from tests.audit.trial import CLERK, Trial
from tests.conftest import some
from tests.keys.keyed_log import ORIGIN


@dataclass(frozen=True)
class Done:
    """One row of the matrix: what is done, and what an audit finds of it, by name."""

    forge: Callable[[Trial], int]
    finds: frozenset[str]
    without_notebook: frozenset[str]
    """The findings without the sealer's notebook."""


def row(forge: Callable[[Trial], int], finds: str, without: str | None = None) -> Done:
    kinds = frozenset(finds.split())
    return Done(forge, kinds, frozenset(without.split()) if without is not None else kinds)


ENTRY = "root-differs leaf-differs tile-differs"
MATRIX = {
    "state edited": row(forging.edit_state, f"{ENTRY} entry-differs", ENTRY),
    "state and cached hashes edited": row(
        forging.edit_state_and_hashes, "root-differs entry-differs tile-differs", "root-differs"
    ),
    "a moment only": row(
        forging.edit_time,
        "root-differs leaf-differs entry-differs",
        "root-differs leaf-differs",
    ),
    "a column only": row(forging.edit_column, "column-differs"),
    "deleted": row(
        forging.delete,
        f"{ENTRY} position-missing log-shorter entry-differs",
        f"{ENTRY} position-missing log-shorter",
    ),
    "two swapped": row(forging.swap, f"{ENTRY} entry-differs", ENTRY),
    "inserted in between": row(forging.insert_between, f"{ENTRY} entry-differs", ENTRY),
    "tail cut": row(forging.cut_tail, "log-shorter entry-differs", ""),
    "text rewritten": row(forging.rewrite_text, "text-differs"),
    "text deleted without a redaction": row(forging.delete_text, "text-missing"),
    "a redacted text put back": row(forging.put_back, "text-still-held"),
    "the same beside a later correction": row(forging.put_back_as_was, "text-still-held"),
    "a projection row edited": row(forging.edit_row, "row-differs"),
    "a new tail entry with an old recorded_at": row(forging.append_old, "recorded-backwards"),
}
BESIDE = {"row-differs", "read-models-unfit", "version-missing"}
"""Findings that may come beside, since read models follow the log and versions its order."""


@pytest.mark.sampled
@pytest.mark.parametrize("name", some(MATRIX, 5))
def test_an_audit_names_each_tampering_with_the_notebook_and_without(trial, name):
    done = MATRIX[name]
    position = done.forge(trial)

    found = trial.audit() if "row-differs" in done.finds else trial.audit_of_the_log()

    assert set(found) - BESIDE == done.finds - BESIDE
    assert done.finds <= set(found)
    if "entry-differs" in found:
        first = found["entry-differs"][0]
        assert first["position"] in (position, position + 1)
        assert f"{first['position']:,}" in first["says"]
    if "root-differs" in found:
        says = found["root-differs"][0]["says"]
        first, last = says.split("position ")[1].split(" is not")[0].split(" to ")
        assert int(first) <= position <= int(last)
    for kind in done.finds - {
        "entry-differs",
        "root-differs",
        "log-shorter",
        "leaf-differs",
        "tile-differs",
    }:
        after = position + (kind == "position-missing")  # the finding names the entry after the gap
        assert after in {one["position"] for one in found[kind]}

    shutil.rmtree(trial.notebook_file.parent)
    assert set(trial.audit_of_the_log()) - BESIDE == done.without_notebook - BESIDE


def test_a_tail_that_was_cut_is_found_by_a_kept_checkpoint_alone(trial):
    kept = keep_checkpoint(trial)
    shutil.rmtree(trial.notebook_file.parent)
    forging.cut_tail(trial)

    found = trial.audit_of_the_log(kept)

    assert set(found) - BESIDE == {"log-shorter"}


def test_a_tail_that_was_cut_is_found_by_a_kept_receipt_and_by_a_watchers_file(trial):
    note = trial.notes[-1]
    receipt, seen = trial.folder.parent / "a.receipt", trial.folder.parent / "a.jsonl"
    receipt.write_text(Proof(0, (), note).text, "utf-8")
    seen.write_bytes(Sighting("2026-05-01T06:00:00Z", "https://log.example/log", note).line)
    assert trial.audit_of_the_log(str(receipt), str(seen)) == {}
    shutil.rmtree(trial.notebook_file.parent)
    forging.cut_tail(trial)

    assert set(trial.audit_of_the_log(str(receipt))) - BESIDE == {"log-shorter"}
    assert set(trial.audit("--since", str(seen))) - BESIDE == {"log-shorter"}


def test_an_older_backup_is_found(trial, older):
    add(trial, 3)
    trial.seal()
    kept = keep_checkpoint(trial)

    restored = Trial(older.log, older.url, trial.folder)

    found = restored.audit_of_the_log()
    assert set(found) == {"log-shorter", "entry-differs"}
    assert found["entry-differs"][0]["position"] == older.position + 1
    shutil.rmtree(trial.notebook_file.parent)
    assert set(restored.audit_of_the_log(kept)) == {"log-shorter"}


def test_an_older_backup_that_went_on_is_found(trial, older):
    add(trial, 3)
    trial.seal()
    kept = keep_checkpoint(trial)
    before = older.position

    restored = Trial(older.log, older.url, trial.folder)
    add(restored, 5)

    found = restored.audit_of_the_log()
    assert set(found) == {"root-differs", "entry-differs"}
    assert found["entry-differs"][0]["position"] == before + 1
    shutil.rmtree(trial.notebook_file.parent)
    assert set(restored.audit_of_the_log(kept)) == {"root-differs"}


def test_a_second_signer_with_the_same_key_is_found_wherever_its_checkpoint_is_held(trial, older):
    """Two logs go on from one, both sealed by the same key: each is found beside the other."""
    add(trial, 2, b"What the public is shown")
    add(older, 2, b"What the panel is shown")
    assert trial.seal() == older.seal() == 2
    assert trial.audit_of_the_log() == older.audit_of_the_log() == {}

    found = trial.audit_of_the_log(keep_checkpoint(older))

    assert set(found) == {"root-differs", "two-checkpoints"}
    assert found["two-checkpoints"][0]["position"] == trial.position
    add(trial, 1)
    trial.seal()
    assert "two-checkpoints" in trial.audit_of_the_log(keep_checkpoint(older))


def test_a_checkpoint_of_a_second_signer_that_is_published_is_found(trial, older):
    add(trial, 2)
    add(older, 2)
    trial.seal()
    older.seal()
    size, root, signed = older.database.rows(
        "SELECT size, root, note FROM ledger.checkpoints ORDER BY size DESC LIMIT 1"
    )[0]

    trial.tamper(
        "UPDATE ledger.checkpoints SET root = %(root)s, note = %(note)s WHERE size = %(size)s",
        root=root, note=signed, size=size,
    )  # fmt: skip

    assert set(trial.audit_of_the_log()) == {"root-differs", "two-checkpoints"}


def test_a_checkpoint_by_another_key_is_found(trial):
    trial.tamper("UPDATE ledger.checkpoints SET note = replace(note, E'\\n\\n', E'\\nx\\n\\n')")

    found = trial.audit_of_the_log()

    assert set(found) == {"checkpoint-unsigned"}
    assert len(found["checkpoint-unsigned"]) == len(trial.sizes)


def test_a_row_that_does_not_say_what_was_signed_is_found(trial):
    trial.tamper("UPDATE ledger.checkpoints SET root = sha256(root) WHERE size ="
                 " (SELECT max(size) FROM ledger.checkpoints)")  # fmt: skip

    assert set(trial.audit_of_the_log()) == {
        "root-differs",
        "checkpoint-differs",
        "two-checkpoints",
    }


def test_a_cached_hash_alone_is_found(trial):
    trial.tamper(
        "UPDATE ledger.checkpoints SET leaves = overlay(leaves PLACING sha256('') FROM 1)"
        " WHERE size = (SELECT max(size) FROM ledger.checkpoints)"
    )
    assert set(trial.audit_of_the_log()) == {"leaf-differs"}


def test_a_tile_alone_is_found(trial):
    trial.tamper("UPDATE ledger.tiles SET hashes = overlay(hashes PLACING sha256('') FROM 65)")

    found = [one["says"] for one in trial.audit_of_the_log()["tile-differs"]]

    assert len(found) == trial.position // WIDTH  # each full tile has a finding of its own
    for tile, says in enumerate(found):
        assert f"the first that differs is position {tile * WIDTH + 3}" in says


def test_the_newest_checkpoint_deleted_is_named_and_the_sealer_says_so_until_it_is_recovered(trial):
    before = trial.notes
    newest = trial.sizes[-1]
    trial.tamper("DELETE FROM ledger.checkpoints WHERE size = (SELECT max(size)"
                 " FROM ledger.checkpoints)")  # fmt: skip

    (one,) = trial.audit_of_the_log()["checkpoint-missing"]
    assert one["position"] == newest
    assert "the sealer notes that it published it" in one["says"]
    add(trial, 1)
    assert f"The checkpoint of {newest} entries was published, and is not in" in trial.held()

    assert trial.json("recover")["published_again"] == trial.sizes[-1]
    trial.seal()
    assert trial.notes[: len(before)] == before
    assert set(trial.audit_of_the_log()) - BESIDE == set()


def test_all_that_was_published_rolled_back_comes_back_as_it_was_signed(trial):
    """With what the sealer notes; the tiles stay: so it was refused for ever."""
    before = trial.notes
    trial.tamper(
        "DELETE FROM ledger.checkpoints WHERE size > %(size)s",
        "UPDATE follow.positions SET position = %(size)s WHERE name = 'sealer'",
        size=trial.sizes[0],
    )

    trial.seal()

    assert trial.notes == before
    assert trial.audit_of_the_log() == {}


def test_a_checkpoint_deleted_in_the_middle_is_named_with_the_notebook_and_without(trial):
    middle = trial.sizes[2]
    trial.tamper("DELETE FROM ledger.checkpoints WHERE size = %(size)s", size=middle)

    found = trial.audit_of_the_log()
    assert set(found) == {"checkpoint-missing"}
    assert {one["position"] for one in found["checkpoint-missing"]} == {middle}
    shutil.rmtree(trial.notebook_file.parent)
    found = trial.audit_of_the_log()
    assert set(found) == {"checkpoint-missing"}
    assert found["checkpoint-missing"][0]["position"] == middle


def test_each_moment_of_sealing_that_was_moved_is_named(trial):
    moved = {
        "sealed_at - interval '1 day'": "before its last entry was recorded",
        "sealed_at + interval '1 day'": "which has not come yet",
        "'infinity'": "which has not come yet",
    }
    for size, to in zip(trial.sizes[1:], moved, strict=False):
        trial.tamper(f"UPDATE ledger.checkpoints SET sealed_at = {to} WHERE size = {size}")

    found = trial.audit_of_the_log()

    assert set(found) == {"sealed-at-differs"}
    named = {one["position"]: one["says"] for one in found["sealed-at-differs"]}
    for size, says in zip(trial.sizes[1:], moved.values(), strict=False):
        assert says in named[size], (size, named)


def test_a_signature_line_that_is_none_of_the_logs_is_named(trial):
    """One of a key that nobody knows, and the log's own once more."""
    for n, name in ((-1, ORIGIN), (-2, "somebody.example")):
        trial.tamper(
            "UPDATE ledger.checkpoints SET note = note || %(line)s WHERE size = %(size)s",
            line=trial.notes[n].splitlines()[-1].replace(ORIGIN, name) + "\n",
            size=trial.sizes[n],
        )

    found = trial.audit_of_the_log()

    assert set(found) == {"signature-unknown"}
    assert [one["position"] for one in found["signature-unknown"]] == trial.sizes[-2:]


def test_a_tile_that_is_gone_is_found(trial):
    trial.tamper("DELETE FROM ledger.tiles")

    assert set(trial.audit_of_the_log()) == {"tile-missing"}


def test_a_file_without_a_checkpoint_is_refused(trial):
    trial.refused("holds no signed checkpoint", "audit", "--since", str(trial.current))


def keep_checkpoint(trial: Trial) -> str:
    """Keep the newest published checkpoint in a file, as anybody may."""
    kept = trial.folder.parent / f"kept-{len(trial.sizes)}-{trial.folder.name}.checkpoint"
    kept.write_text(trial.notes[-1], "utf-8")
    return str(kept)


def add(trial: Trial, many: int, body: bytes = b"A letter") -> None:
    for _ in range(many):
        trial.log.record(CLERK, keep_capture, received(body), Notice())
