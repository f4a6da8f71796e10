"""An audit finds nothing wrong in an honest log: keys rotated or compromised, entries recorded
meanwhile."""

import threading

import psycopg

from ledger.acts.capture import keep_capture, received
from ledger.acts.correction import correct_entry
from ledger.acts.decision import Notice
from ledger.events.texts import say
from ledger.seal import key_file
from ledger.verify import checkpoint
from ledger.verify.checkpoint import Checkpoint
from tests.audit.trial import CLERK
from tests.keys.keyed_log import ORIGIN


def test_a_key_that_was_rotated(trial):
    trial.run("key", "rotate")
    trial.seal()
    trial.follow()

    said = trial.audit_in_words()

    assert said.splitlines()[-1] == "Nothing found."
    assert " by service/setup about accounts, keys and the register" in said


def test_a_key_that_was_compromised_and_sealing_that_went_on(trial):
    """Signatures from before the compromise stay good. Later ones prove nothing and are counted."""
    size = trial.sizes[-2]
    (vkey,) = trial.keys.in_use
    trial.run("key", "compromised", vkey, "--from-size", str(size), "--reason", "A lost disk.")
    trial.run("key", "resume", "--reason", "A new key is made.")
    trial.seal()

    said = trial.audit_in_words()

    assert said.splitlines()[-1] == "Nothing found."
    assert "2 prove nothing, by a key compromised before them" in said


def test_a_retired_key_that_signs_on_is_found(trial):
    trial.run("key", "rotate")
    trial.seal()
    old = next(path for path in trial.folder.iterdir() if "retired" in path.name)
    trial.current.write_text(old.read_text("ascii"), "ascii")
    trial.log.record(CLERK, keep_capture, received(b"One more"), Notice())
    before = trial.sizes[-1]
    signed = trial.notebook.keep(before, [trial.lines()[-1]])
    retired = key_file.read(trial.current)
    note = checkpoint.sign(Checkpoint(ORIGIN, signed.size, signed.root), retired)
    trial.tamper(
        "INSERT INTO ledger.checkpoints (size, root, note, leaves)"
        " SELECT %(size)s, %(root)s, %(note)s, sha256('\\x00'::bytea || %(line)s)",
        size=signed.size, root=signed.root, note=note, line=trial.lines()[-1],
    )  # fmt: skip

    assert set(trial.audit_of_the_log()) == {"checkpoint-unsigned"}


def test_a_text_that_was_corrected(trial):
    """The text that a correction replaces stands only in the entry that was corrected."""
    raised = next(one for one in trial.log.read(0, 400) if one.stream.startswith("recommend"))
    said = {"now": say("In other words."), "reason": say("As it was published.")}
    trial.log.record(
        CLERK, correct_entry, trial.log.entry(raised.id), Notice(), field="text", **said
    )
    trial.seal()
    trial.follow()

    assert trial.audit() == {}


def test_recording_and_sealing_meanwhile(trial):
    """An audit sees one moment of a log that goes on, and of the notebook that goes before it."""
    done = threading.Event()
    failed: list[BaseException] = []

    def go_on() -> None:
        try:
            while not done.wait(0.02):
                trial.log.record(CLERK, keep_capture, received(b"One more"), Notice())
                trial.seal()
        except BaseException as error:  # noqa: BLE001  # shown by the test
            failed.append(error)

    writer = threading.Thread(target=go_on)
    writer.start()
    try:
        found = [trial.audit() for _ in range(2)]
    finally:
        done.set()
        writer.join()

    assert failed == []
    assert found == [{}, {}]


def test_a_database_that_is_not_migrated_is_refused_in_a_sentence(trial):
    with psycopg.connect(trial.url, autocommit=True) as connection:
        connection.execute("ALTER TABLE ledger.cosignatures RENAME TO before")

    trial.refused("`answerable migrate`", "audit")


def test_without_a_notebook_it_says_that_it_compared_none(trial):
    other = str(trial.folder / "none.sqlite")

    said = trial.audit_in_words("--notebook", other)

    assert f"notebook: not checked, there is no notebook at {other}" in said
    assert said.splitlines()[-1] == "Nothing found. Not checked: notebook."
