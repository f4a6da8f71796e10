"""An audit goes through data that were made to keep it busy for hours, or to stop it half way."""

import time
from datetime import UTC, datetime

import psycopg
import pytest

from ledger.audit.log import snapshot
from ledger.audit.signatures import Given, Signatures
from ledger.events import KeyAdded
from ledger.events.entry import Entry
from ledger.seal.witnesses import Cosignature, keep_cosignature
from ledger.verify import checkpoint, note
from ledger.verify.checkpoint import Checkpoint
from ledger.verify.tree import EMPTY_ROOT, Frontier

NOON = datetime(2026, 6, 1, 12, tzinfo=UTC)
STREAM = "recommendation/r/1/a-force"


def test_a_witness_of_a_year_that_no_calendar_has_is_a_finding(trial):
    text = note.split(trial.notes[-1])[0]
    now = int(NOON.timestamp())
    for year in (1 << 62, 253_402_300_800):
        one, size = note.generate("witness.example/one"), trial.sizes[-1]
        kept = Cosignature(one.witness, now, note.cosignature(text, one, now))
        keep_cosignature(trial.url, size, kept)
        trial.tamper(
            "UPDATE ledger.cosignatures SET line = %(line)s WHERE witness = %(of)s",
            line=note.cosignature(text, one, year),
            of=one.witness.vkey,
        )

    assert len(trial.audit_of_the_log()["cosignature-differs"]) == 2


def entry(position, data, by="a-body/clerk-1"):
    """Return an entry of one stream, at a position, all of one moment."""
    return Entry(
        id=f"e{position}", stream=STREAM, version=position, occurred_on=None, by=None,
        recorded_by=by, provenance="first_hand", data=data, position=position, recorded_at=NOON,
    )  # fmt: skip


def test_many_checkpoints_that_somebody_kept_are_each_looked_at_once():
    sizes = range(2, 20_002)
    held = [Given(f"{size}", "", Checkpoint("log", size, b"\0" * 32)) for size in sizes]
    signatures, tree = Signatures("log", held), Frontier()
    began = time.process_time()
    for _ in range(20_001):
        tree.append(b"\0" * 32)
        signatures.see(None, tree)

    assert signatures.check.checked == 20_000
    assert time.process_time() - began < 20


def test_a_kept_checkpoint_of_no_entries_has_the_root_of_none():
    for root, checked in ((EMPTY_ROOT, 0), (b"\0" * 32, 1)):
        signatures = Signatures("log", [Given("mine", "", Checkpoint("log", 0, root))])
        for roots in signatures._roots[0]:
            roots.end(0)
        assert signatures.check.found == checked


def test_many_keys_are_parsed_once_and_one_that_is_none_is_named(trial, monkeypatch):
    parsed = []
    parse = note.parse_vkey

    def counting(text):
        parsed.append(text)
        return parse(text)

    monkeypatch.setattr(note, "parse_vkey", counting)
    held = [
        Given("mine", text, checkpoint.parse(note.split(text)[0]))
        for text in trial.notes
        for _ in "12"
    ]
    signatures, tree = Signatures(held[0].said.origin, held), Frontier()
    tree.append(b"\0" * 32)
    for vkey in ("no key", *(note.generate("log").vkey for _ in range(50))):
        signatures.see(entry(1, KeyAdded(vkey=vkey)), tree)
    with snapshot(trial.url) as another, another() as conn:
        signatures.end(conn, tree, None)

    assert len(parsed) == 51
    assert any("lists as its key what is none" in one.says for one in signatures.check.findings)


def test_a_part_finds_its_connection_as_new_whatever_was_left_on_it_or_ended_it(trial):
    asked = """
        SELECT current_setting('search_path'), current_setting('statement_timeout'), current_user,
               (SELECT count(*) FROM pg_prepared_statements),
               (SELECT count(*) FROM pg_locks
                 WHERE locktype = 'advisory' AND pid = pg_backend_pid()),
               (SELECT count(*) FROM ledger.entries), pg_backend_pid()
    """
    with snapshot(trial.url) as another:
        with another() as one:
            before = one.execute(asked).fetchall()[0]
            one.execute(
                "SELECT set_config('search_path', 'mine', false), pg_advisory_lock(1),"
                " set_config('statement_timeout', '1min', false)"
            )
            one.execute("PREPARE other AS SELECT 1")
        trial.run("key", "rotate")  # entries that they don't see
        with another() as two:
            after = two.execute(asked).fetchall()[0]
            trial.tamper(f"SELECT pg_terminate_backend({two.info.backend_pid}, 60000)")
            with pytest.raises(psycopg.OperationalError):
                two.execute(asked)
        with another() as three:
            anew = three.execute(asked).fetchall()[0]

    assert after == before
    assert (anew[:-1], anew[-1] == before[-1]) == (before[:-1], False)
