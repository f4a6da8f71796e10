"""The sealer: what it signs is the log, and nothing that it signed is forgotten."""

import sqlite3
from contextlib import closing

import pytest
from psycopg.errors import InsufficientPrivilege

from ledger.errors import AnswerableError
from ledger.postgres.connections import SEALER_ROLE, connect
from ledger.seal.notebook import Notebook
from tests.log.making import event


def test_all_that_waits_is_sealed_by_one_checkpoint_of_the_stored_bytes(sealing):
    assert sealing.seal() == sealing.position

    (signed,) = sealing.notes
    found = sealing.opened(signed).checkpoint
    assert (found.size, found.root) == (sealing.position, sealing.root(sealing.position))
    assert sealing.seal() == 0
    assert sealing.notes == [signed]


def test_each_checkpoint_goes_on_from_the_one_before(sealing):
    sealing.seal()
    for _ in range(3):
        sealing.entry()
        assert sealing.seal() == 1

    for signed in sealing.notes:
        found = sealing.opened(signed).checkpoint
        assert found.root == sealing.root(found.size)
    assert len(sealing.notes) == 4


def test_its_position_is_that_of_the_published_checkpoint(sealing):
    sealing.seal()

    positions = sealing.database.rows("SELECT position FROM follow.positions WHERE name = 'sealer'")
    assert positions == sealing.sizes


def test_leaves_and_full_tiles_are_those_of_the_tree(sealing):
    sealing.log.log.insert_events([event(f"grown/{n}") for n in range(600)])
    sealer = sealing.sealer(batch=100)
    sealer.catch_up()
    sealer.close()

    leaves = b"".join(sealing.database.rows("SELECT leaves FROM ledger.checkpoints ORDER BY size"))
    full = sealing.database.rows("SELECT tile, hashes FROM ledger.tiles ORDER BY level, tile")
    size = sealing.position
    assert len(leaves) == size * 32
    assert [n for n, _ in full] == list(range(size // 256))
    assert b"".join(hashes for _, hashes in full) == leaves[: size // 256 * 256 * 32]


def test_of_entries_that_break_off_none_is_kept(sealing):
    sealing.seal()
    notebook = sealing.notebook
    before = notebook.last()

    def breaking_off():
        yield from [b"{}"] * 1500
        raise LookupError

    with pytest.raises(LookupError):
        notebook.keep(before.size, breaking_off())

    assert notebook.last() == before
    assert list(notebook.entries(before.size, before.size + 1500)) == []
    sealing.entry()
    assert sealing.seal() == 1


def test_without_a_key_in_the_log_it_is_held_until_there_is_one(keyless):
    assert "names no key that seals it: `answerable key create`" in keyless.held()

    keyless.run("key", "create")

    assert keyless.seal() == keyless.position
    assert keyless.why_held() is None


def test_without_the_keys_file_it_is_held_until_it_is_there(sealing):
    hidden = sealing.folder / "elsewhere"
    sealing.current.rename(hidden)

    assert "has a key that may sign" in sealing.held()
    assert sealing.notebook.last().size == 0

    hidden.rename(sealing.current)
    assert sealing.seal() == sealing.position


# Killed between any two steps


@pytest.mark.parametrize("step", ["_keep", "_sign", "_publish", "_insert"])
def test_killed_before_a_step_it_goes_on_with_the_same_bytes(sealing, step):
    sealing.killed_before(step)
    assert sealing.notes == []
    kept = sealing.notebook.signed_after(0)
    sealing.entry()

    sealing.seal()

    assert sealing.notebook.signed_after(0)[: len(kept)] == kept
    assert sealing.sizes == [one.size for one in sealing.notebook.signed_after(0)]
    for signed in sealing.notes:
        found = sealing.opened(signed).checkpoint
        assert found.root == sealing.root(found.size)
    assert sealing.sizes[-1] == sealing.position


def test_killed_again_and_again_it_publishes_every_checkpoint_that_it_kept(sealing):
    for step in ("_publish", "_sign", "_publish"):
        sealing.killed_before(step)
        sealing.entry()

    sealing.seal()

    assert sealing.sizes == [one.size for one in sealing.notebook.signed_after(0)]
    leaves = b"".join(sealing.database.rows("SELECT leaves FROM ledger.checkpoints ORDER BY size"))
    assert len(leaves) == 32 * sealing.position


# Two sealers


def test_of_two_sealers_with_one_notebook_only_one_signs(sealing):
    sealing.seal()
    one, two = sealing.notebook, sealing.notebook
    size = one.last().size
    one.keep(size, [b"{}"])

    with pytest.raises(AnswerableError, match="Another sealer signed"):
        two.keep(size, [b"[]"])

    assert two.last() == one.last()


# What it refuses


def test_a_log_that_is_shorter_than_what_was_signed_is_refused(sealing):
    sealing.entry()
    sealing.entry()
    sealing.seal()
    last = sealing.notebook.last()
    sealing.as_superuser(f"DELETE FROM ledger.entries WHERE position = {last.size}")

    assert "an older backup was restored" in sealing.held()
    assert sealing.notebook.last() == last


def test_an_older_backup_that_goes_on_differently_is_refused(sealing):
    sealing.entry()
    sealing.seal()
    last = sealing.notebook.last()
    sealing.as_superuser(f"DELETE FROM ledger.entries WHERE position = {last.size}")
    sealing.as_superuser(f"DELETE FROM ledger.captures WHERE position = {last.size}", "captures")
    sealing.entry()
    sealing.entry()

    assert f"Entry {last.size} is not what was signed" in sealing.held()
    assert sealing.notebook.last() == last


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ("UPDATE ledger.entries SET state = '{}' WHERE position = 3", "Entry 3 is not what"),
        ("DELETE FROM ledger.entries WHERE position = 4", "Entry 4 was signed, and is not"),
        (
            "UPDATE ledger.entries SET recorded_at = now() - interval '9 days' WHERE position = 2",
            "Entry 2 is not what",
        ),
    ],
)
def test_an_old_entry_that_somebody_changed_is_found_on_patrol(sealing, change, says):
    sealing.seal()
    sealing.as_superuser(change)

    assert says in sealing.held()


def test_a_hole_in_what_waits_is_refused(sealing):
    sealing.seal()
    for _ in range(3):
        sealing.entry()
    sealing.as_superuser(f"DELETE FROM ledger.entries WHERE position = {sealing.position - 1}")

    assert "the log has a hole" in sealing.held()


def test_another_notebook_than_the_one_that_signed_is_refused(sealing):
    sealing.seal()
    for file in sealing.notebook_file.parent.iterdir():
        file.unlink()

    assert "it is an older copy, or a new one" in sealing.held()


def test_a_checkpoint_that_another_published_is_refused(sealing):
    sealing.seal()
    sealing.as_superuser("UPDATE ledger.checkpoints SET root = sha256('x')", "checkpoints")

    assert "two sealers signed two logs" in sealing.held()


def test_the_notebook_of_another_log_is_refused(sealing):
    sealing.seal()

    with pytest.raises(AnswerableError, match=r"is that of the log “log\.example/keys”"):
        Notebook(sealing.notebook_file, "log.example/other")


def test_a_damaged_notebook_signs_nothing(sealing):
    sealing.seal()
    with closing(sqlite3.connect(sealing.notebook_file)) as db, db:
        db.execute("UPDATE log SET frontier = zeroblob(length(frontier))")
    sealing.entry()

    assert "has not the root that was signed" in sealing.held()
    assert len(sealing.notes) == 1


def test_a_full_disk_holds_sealing_and_is_named_and_room_lets_it_go_on(sealing):
    sealing.seal()
    sealer = sealing.sealer()
    db = sealer._notebook._db
    (pages,) = db.execute("PRAGMA page_count").fetchone()
    db.execute(f"PRAGMA max_page_count = {pages}")
    sealing.log.log.insert_events([event(f"grown/{n}") for n in range(600)])

    assert sealer.step() == (0, True)
    assert "database or disk is full" in sealing.why_held()
    db.execute("PRAGMA max_page_count = 100000")
    assert sealer.step() == (600, False)
    assert sealing.opened(sealing.notes[-1]).checkpoint.root == sealing.root(sealing.position)
    sealer.close()


def test_the_sealer_may_read_no_text_and_change_no_entry(sealing):
    with connect(sealing.url, autocommit=True, role=SEALER_ROLE) as conn:
        for attempt in (
            "SELECT * FROM ledger.texts",
            "SELECT * FROM ledger.captures",
            "DELETE FROM ledger.entries",
            "UPDATE ledger.checkpoints SET note = ''",
            "SELECT ledger.append(ARRAY[gen_random_uuid()], '{a}', '{1}', '{t}', '{x}')",
        ):
            with pytest.raises(InsufficientPrivilege):
                conn.execute(attempt.encode())


def test_the_service_cannot_publish_a_checkpoint(sealing):
    with connect(sealing.url, autocommit=True) as conn, pytest.raises(InsufficientPrivilege):
        conn.execute("INSERT INTO ledger.checkpoints VALUES (1, sha256('x'), 'n', '')")
