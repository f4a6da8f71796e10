"""The sealer: what it signs is the log, and nothing that it signed is forgotten."""

import sqlite3
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from datetime import timedelta

import pytest
from psycopg.errors import CheckViolation, InsufficientPrivilege

from ledger.errors import AnswerableError
from ledger.postgres.connections import SEALER_ROLE, connect
from ledger.seal.notebook import Notebook
from tests.log.making import release

pytestmark = pytest.mark.long


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
    sealing.log.log.insert_events([release(f"report/grown-{n}") for n in range(600)])
    sealer = sealing.sealer(batch=100)
    sealer.catch_up()
    sealer.close()

    leaves = b"".join(sealing.database.rows("SELECT leaves FROM ledger.checkpoints ORDER BY size"))
    full = sealing.database.rows("SELECT tile, hashes FROM ledger.tiles ORDER BY level, tile")
    size = sealing.position
    assert len(leaves) == size * 32
    assert [n for n, _ in full] == list(range(size // 256))
    assert b"".join(hashes for _, hashes in full) == leaves[: size // 256 * 256 * 32]


def test_the_sealer_keeps_no_entry_of_a_batch_that_breaks_off(sealing):
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


def test_only_one_of_two_sealers_with_one_notebook_signs(sealing):
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

    assert "a copy that lacks entries that were signed" in sealing.held()
    assert sealing.notebook.last() == last


def test_an_older_backup_that_goes_on_differently_is_refused(sealing):
    sealing.entry()
    sealing.seal()
    last = sealing.notebook.last()
    sealing.as_superuser(f"DELETE FROM ledger.entries WHERE position = {last.size}")
    sealing.as_superuser(f"DELETE FROM ledger.captures WHERE position = {last.size}")
    sealing.entry()
    sealing.entry()

    held = sealing.held()
    assert f"Entry {last.size} is another than the one that was signed" in held
    assert "a copy that lacks entries that were signed" in held
    assert "`answerable recover --unsealed FILE`" in held
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


def test_a_busy_sealer_patrols_too(sealing):
    sealing.seal()
    sealing.entry()
    sealing.as_superuser("UPDATE ledger.entries SET state = '{}' WHERE position = 3")

    for _ in range(2):
        assert "Entry 3 is not what" in sealing.held()
    assert len(sealing.notes) == 1


def test_a_busy_sealer_patrols_once_a_second(sealing, monkeypatch):
    sealing.seal()
    for _ in range(6):
        sealing.entry()
    sealer = sealing.sealer(batch=1)
    monkeypatch.setattr("ledger.seal.sealer.PATROL_EVERY", timedelta(hours=1))
    assert sealer.step() == (1, False)
    sealing.as_superuser("UPDATE ledger.entries SET state = '{}' WHERE position = 3")
    assert [sealer.step() for _ in range(2)] == [(1, False)] * 2
    monkeypatch.setattr("ledger.seal.sealer.PATROL_EVERY", timedelta(0))

    assert (0, True) in [sealer.step() for _ in range(3)]
    sealer.close()


@pytest.mark.parametrize(
    "column", ["topic = 'text-removed'", "stream = 'report/x'", "version = 999"]
)
def test_a_column_beside_a_signed_entry_is_found_on_patrol(sealing, column):
    sealing.seal()
    sealing.as_superuser(f"UPDATE ledger.entries SET {column} WHERE position = 3")

    assert "Entry 3 is filed under another" in sealing.held()


@pytest.mark.parametrize(
    "column", ["topic = 'text-removed'", "stream = 'report/x'", "version = 999"]
)
def test_an_entry_that_waits_and_is_filed_as_another_is_not_signed(sealing, column):
    sealing.seal()
    sealing.entry()
    at = sealing.position
    sealing.as_superuser(f"UPDATE ledger.entries SET {column} WHERE position = {at}")

    assert f"Entry {at} is filed under another" in sealing.held()
    assert sealing.sizes[-1] == at - 1


NO_ENTRIES: dict[str, Callable[[bytes], bytes]] = {
    "no JSON": lambda _: b"x",
    "no envelope": lambda _: b'{"n":1}',
    "another form": lambda state: state.replace(b",", b", "),
    "one name twice": lambda state: state.replace(b'{"batch":null', b'{"batch":null,"batch":null'),
    "a fraction": lambda state: state.replace(b'{"batch"', b'{"a":1.5,"batch"'),
    "a number that not every reader has": lambda state: state.replace(
        b'{"batch"', b'{"a":9007199254740993,"batch"'
    ),
    "U+0000": lambda state: state.replace(b'{"batch"', b'{"a":"\\u0000","batch"'),
    "another type": lambda state: state.replace(b"text-released", b"text-unheard-of"),
    "a forged line": lambda state: state.replace(b"text-released", b"x\\nAll is well"),
    "nested without end": lambda _: b'{"a":' * 12_000,
}


def test_the_sealer_signs_no_broken_entry_and_nothing_after_it(sealing):
    sealing.seal()
    sealing.entry()
    entry = release("report/a")
    at = sealing.position + 1
    for what, changed in NO_ENTRIES.items():
        sealing.log.log.insert_events([replace(entry, state=changed(entry.state))])
        sealing.log.log.insert_events([release("report/b")])

        why = sealing.held()

        assert f"NotAnEntry: Entry {at} of the log" in why, what
        assert "What is no entry" in why, what
        assert "\n" not in why, what
        assert sealing.sizes[-1] == at - 1, what
        held = sealing.database.rows("SELECT held_at FROM follow.positions WHERE name = 'sealer'")
        assert held == [at], what
        sealing.as_superuser(f"DELETE FROM ledger.entries WHERE position >= {at}")


def test_the_sealer_signs_fields_that_a_newer_version_added(sealing):
    entry = release("report/a")
    newer = entry.state.replace(b'{"batch"', '{"a":[1,"é 0000000000000000"],"batch"'.encode())
    sealing.log.log.insert_events([replace(entry, state=newer)])

    assert sealing.seal() == sealing.position


def test_an_entry_in_a_stream_that_is_none_is_not_signed(sealing):
    for stream in ("recommendation/a", "report/", "nothing/a", "report/a/b"):
        sealing.log.log.insert_events([release(stream)])
        at = sealing.position
        assert f"Entry {at} is in a stream that is none" in sealing.held(), stream
        sealing.as_superuser(f"DELETE FROM ledger.entries WHERE position = {at}")


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
    sealing.as_superuser("UPDATE ledger.checkpoints SET root = sha256('x')")

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


def test_a_notebook_that_was_well_at_no_moment_ends_the_sealer_in_a_sentence(sealing):
    sealing.seal()
    with closing(sqlite3.connect(sealing.notebook_file)) as db, db:
        db.execute("UPDATE log SET seen = 1, seen_at = 'junk'")

    sealing.refused("is no moment there", "worker", "--only", "sealer")


def test_a_follower_that_cannot_say_what_holds_it_says_so_in_its_log(sealing, capsys):
    sealing.seal()
    sealing.database.do(
        "ALTER TABLE follow.positions ADD CHECK (held_at IS NULL),"
        f" ADD CHECK (position <= {sealing.position})"
    )
    sealing.entry()
    sealer = sealing.sealer()
    with pytest.raises(CheckViolation):
        sealer.step()
    sealer.close()

    said = capsys.readouterr().err
    assert "follower is held" in said
    assert "the database takes no word of it" in said


def test_a_full_disk_holds_sealing_and_is_named_and_room_lets_it_go_on(sealing):
    sealing.seal()
    sealer = sealing.sealer()
    db = sealer._notebook._db
    (pages,) = db.execute("PRAGMA page_count").fetchone()
    db.execute(f"PRAGMA max_page_count = {pages}")
    sealing.log.log.insert_events([release(f"report/grown-{n}") for n in range(600)])

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
            "SELECT ledger.append('{}', '{}', '{}', '{}', '{}', event_items => '{}')",
        ):
            with pytest.raises(InsufficientPrivilege):
                conn.execute(attempt.encode())


def test_the_service_cannot_publish_a_checkpoint(sealing):
    with connect(sealing.url, autocommit=True) as conn, pytest.raises(InsufficientPrivilege):
        conn.execute("INSERT INTO ledger.checkpoints VALUES (1, sha256('x'), 'n', '')")
