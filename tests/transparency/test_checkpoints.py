"""Checkpoints: their text, their signatures, whose they are."""

import json

import pytest

from ledger.verify import checkpoint, note
from ledger.verify.checkpoint import Checkpoint
from ledger.verify.note import NoteError

KEY = note.generate("example.org/log")
WITNESS = note.generate("witness.example/w1")
ONE = Checkpoint("example.org/log", 12, bytes(range(32)))


def test_a_checkpoint_reads_back_the_same():
    opened = checkpoint.open(checkpoint.sign(ONE, KEY), [KEY.verifier])

    assert opened.checkpoint == ONE
    assert ONE.text == "example.org/log\n12\nAAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=\n"


def test_extension_lines_are_kept_since_they_are_signed():
    signed = note.sign(ONE.text + "more\nof it\n", KEY)

    assert checkpoint.open(signed, [KEY.verifier]).checkpoint.extensions == ("more", "of it")


def test_bodies_are_taken_and_refused_as_in_the_vectors(shared):
    cases = json.loads((shared / "vectors/signed-note/checkpoint_body_parse.json").read_text())

    for body in cases["bad"]:
        with pytest.raises(NoteError):
            checkpoint.parse(body)
    for body in cases["good"]:  # the root is checked for its length here, as it was not there
        with pytest.raises(NoteError, match=r"third line .* 32 bytes"):
            checkpoint.parse(body)
        origin, size, _, _ = body.split("\n")
        found = checkpoint.parse(f"{origin}\n{size}\n{note.to_base64(bytes(32))}\n")
        assert (found.origin, found.size) == (origin, int(size))


@pytest.mark.parametrize("size", ["", "012", "+1", " 1", "1 ", "1_0", "\u0661", "9" * 19])
def test_a_size_is_a_plain_number(size):
    with pytest.raises(NoteError):
        checkpoint.parse(f"example.org/log\n{size}\n{note.to_base64(bytes(32))}\n")


def test_the_checkpoints_of_another_implementation_open(shared):
    log = shared / "vectors" / "tlog-tiles"
    key = note.parse_vkey(
        "example.com/log/testdata+33d7b496+AeHTu4Q3hEIMHNqc6fASMsq3rKNx280NI+oO5xCFkkSx"
    )

    for size in range(16):
        opened = checkpoint.open((log / f"checkpoint.{size}").read_bytes(), [key])
        assert opened.checkpoint.size == size


def test_the_origin_may_differ_from_the_keys_name_only_where_it_is_said(shared):
    real = json.loads((shared / "vectors/signed-note/sumdb_checkpoints.json").read_text())
    text, keys = real["requests"][0]["checkpoint"], [note.parse_vkey(real["vkey"])]

    assert checkpoint.open(text, keys, real["origin"]).checkpoint.size == 35225469
    with pytest.raises(NoteError, match=r"of the log “go.sum database tree”, not of “sum.golang"):
        checkpoint.open(text, keys)


def test_a_checkpoint_of_another_log_is_refused():
    signed = checkpoint.sign(Checkpoint("example.org/other", 12, bytes(32)), KEY)

    with pytest.raises(NoteError, match=r"of the log “example.org/other”, not of “example.org/log"):
        checkpoint.open(signed, [KEY.verifier])


def test_a_note_that_only_a_witness_signed_is_no_checkpoint_of_the_log():
    signed = f"{ONE.text}\n{note.cosignature(ONE.text, WITNESS, 1)}"

    with pytest.raises(NoteError, match="no key of the log signed it"):
        checkpoint.open(signed, [KEY.verifier, WITNESS.witness], "example.org/log")


@pytest.mark.parametrize("origin", ["", "two\nlines"])
def test_an_origin_that_would_not_read_back_the_same_is_not_signed(origin):
    with pytest.raises(NoteError):
        checkpoint.sign(Checkpoint(origin, 1, bytes(32)), KEY)
