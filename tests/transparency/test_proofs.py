"""Receipts: the text of a tlog-proof, and what it takes for one to verify."""

import json
from dataclasses import replace

import pytest

from ledger.verify import checkpoint, note
from ledger.verify.checkpoint import Checkpoint, Proof, parse_proof, verify_proof
from ledger.verify.tree import ProofError, inclusion_proof, leaf_hash
from tests.transparency import trees

KEY = note.generate("example.org/log")
ENTRIES = [b"entry %d" % n for n in range(21)]
SIGNED = checkpoint.sign(Checkpoint("example.org/log", 21, trees.root(ENTRIES)), KEY)


def receipt(index: int, extra: bytes | None = None) -> Proof:
    hashes = inclusion_proof(index, len(ENTRIES), trees.hash_at(ENTRIES))
    return Proof(index, tuple(hashes), SIGNED, extra)


@pytest.mark.parametrize("extra", [None, b"", b"out of band"])
def test_a_receipt_reads_back_the_same_and_verifies(extra):
    for index, entry in enumerate(ENTRIES):
        read = parse_proof(receipt(index, extra).text.encode())

        assert read == receipt(index, extra)
        opened = verify_proof(read, leaf_hash(entry), [KEY.verifier])
        assert opened.checkpoint.size == 21


def test_texts_are_taken_and_refused_as_in_the_vectors(shared):
    cases = json.loads((shared / "vectors/signed-note/tlog_proof_parse.json").read_text())

    for text in cases["good"]:
        assert parse_proof(text).text == text
    for text in cases["bad"]:
        with pytest.raises(ProofError, match="no proof in the form of"):
            parse_proof(text)


def test_a_receipt_with_any_hash_flipped_is_refused():
    for index, entry in enumerate(ENTRIES):
        good = receipt(index)
        for n, one in enumerate(good.hashes):
            hashes = [*good.hashes]
            hashes[n] = bytes([one[0] ^ 1]) + one[1:]
            with pytest.raises(ProofError, match="leads to another root"):
                verify_proof(replace(good, hashes=tuple(hashes)), leaf_hash(entry), [KEY.verifier])


def test_a_receipt_for_another_entry_is_refused():
    with pytest.raises(ProofError, match="leads to another root"):
        verify_proof(receipt(3), leaf_hash(ENTRIES[4]), [KEY.verifier])


def test_a_receipt_under_another_key_is_refused():
    with pytest.raises(ValueError, match="No key that you trust"):
        verify_proof(receipt(3), leaf_hash(ENTRIES[3]), [note.generate("example.org/log").verifier])


@pytest.mark.parametrize("line", ["index 01", "index +1", "index 1 ", "index  1", "Index 1"])
def test_an_index_is_a_plain_number(line):
    with pytest.raises(ProofError, match="no line with the index"):
        parse_proof(f"c2sp.org/tlog-proof@v1\n{line}\n\n{SIGNED}")


def test_a_receipt_in_a_log_of_a_million_entries_is_under_1500_bytes():
    hashes = tuple(leaf_hash(bytes([n])) for n in range(20))
    signed = checkpoint.sign(Checkpoint("answerable.example.org/log", 10**6, bytes(32)), KEY)

    assert len(Proof(999_999, hashes, signed).text.encode()) < 1500
