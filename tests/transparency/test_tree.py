"""The tree's arithmetic against the recursive definition, and every proof with a hash flipped."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.verify.tree import (
    EMPTY_ROOT,
    Frontier,
    ProofError,
    consistency_proof,
    inclusion_proof,
    leaf_hash,
    root,
    root_from_inclusion,
    verify_consistency,
    verify_inclusion,
)
from tests.transparency import trees

logs = st.lists(st.binary(max_size=4), max_size=70)


@given(logs, st.data())
def test_roots_and_proofs_are_those_of_the_definition(entries, data):
    hash_at = trees.hash_at(entries)
    size = len(entries)
    index = data.draw(st.integers(0, max(size - 1, 0)))
    old = data.draw(st.integers(0, size))

    assert root(size, hash_at) == trees.root(entries)
    if size:
        assert inclusion_proof(index, size, hash_at) == trees.path(index, entries)
    if old:
        assert consistency_proof(old, size, hash_at) == trees.proof(old, entries)


@given(logs, st.integers(0, 70))
def test_a_frontier_that_was_put_away_and_taken_up_again_has_the_roots_of_the_definition(
    entries, away
):
    frontier = Frontier()

    for n, entry in enumerate(entries):
        if n == away:
            frontier = Frontier(frontier.size, list(frontier.hashes))
        assert frontier.root() == trees.root(entries[:n])
        frontier.append(leaf_hash(entry))

    assert (frontier.size, frontier.root()) == (len(entries), trees.root(entries))


@given(st.lists(st.lists(st.binary(max_size=4), max_size=40), max_size=5))
def test_a_frontier_to_which_many_leaves_are_put_at_once_has_the_roots_of_the_definition(several):
    frontier, entries = Frontier(), []

    for some in several:
        frontier.extend([leaf_hash(entry) for entry in some])
        entries += some
        assert (frontier.size, frontier.root()) == (len(entries), trees.root(entries))
        assert frontier.hashes == Frontier(frontier.size, frontier.hashes).hashes


@pytest.mark.parametrize("size", [1, 2, 3, 7, 8, 13, 64, 65])
def test_every_hash_of_every_inclusion_proof_counts(size):
    entries = [bytes([n]) for n in range(size)]
    hash_at, whole = trees.hash_at(entries), trees.root(entries)

    for index in range(size):
        leaf, proof = leaf_hash(entries[index]), inclusion_proof(index, size, hash_at)
        verify_inclusion(index, size, leaf, proof, whole)
        for wrong in spoiled(proof):
            refused(verify_inclusion, index, size, leaf, wrong, whole)
        refused(verify_inclusion, index, size, flipped(leaf), proof, whole)
        refused(verify_inclusion, index, size, leaf, proof, flipped(whole))
        refused(verify_inclusion, size, size, leaf, proof, whole)
        refused(verify_inclusion, -1, size, leaf, proof, whole)
        for other in set(range(size)) - {index}:
            refused(verify_inclusion, other, size, leaf, proof, whole)


@pytest.mark.parametrize("size", [2, 3, 7, 8, 13, 33])
def test_every_hash_of_every_consistency_proof_counts(size):
    entries = [bytes([n]) for n in range(size)]
    hash_at, now = trees.hash_at(entries), trees.root(entries)

    for old in range(1, size):
        was, proof = trees.root(entries[:old]), consistency_proof(old, size, hash_at)
        verify_consistency(old, size, was, now, proof)
        for wrong in spoiled(proof):
            refused(verify_consistency, old, size, was, now, wrong)
        refused(verify_consistency, old, size, flipped(was), now, proof)
        refused(verify_consistency, old, size, was, flipped(now), proof)
        refused(verify_consistency, size, old, now, was, proof)
        refused(verify_consistency, size, size, was, now, [])
    verify_consistency(size, size, now, now, [])
    refused(verify_consistency, 0, size, EMPTY_ROOT, now, [])


def test_a_fork_is_named_so():
    one, other = leaf_hash(b"this"), leaf_hash(b"that")

    with pytest.raises(ProofError, match=r"two roots of one size, 1: a fork\.$"):
        verify_consistency(1, 1, one, other, [])


def test_the_root_of_a_single_leaf_is_its_hash():
    assert root_from_inclusion(0, 1, leaf_hash(b"alone"), []) == leaf_hash(b"alone")


@pytest.mark.parametrize(("size", "hashes"), [(-1, []), (1, []), (3, [b"a" * 32]), (1, [b"short"])])
def test_a_frontier_refuses_hashes_that_are_not_of_its_size(size, hashes):
    with pytest.raises(ValueError, match="complete subtrees of 32 bytes"):
        Frontier(size, hashes)


@pytest.mark.parametrize(("index", "size"), [(0, 0), (3, 3), (-1, 3)])
def test_there_is_no_proof_of_a_leaf_that_is_not_there(index, size):
    with pytest.raises(ValueError, match="There is no leaf"):
        inclusion_proof(index, size, trees.hash_at([b""] * 3))


def test_there_is_no_proof_from_a_larger_tree_to_a_smaller_one():
    with pytest.raises(ValueError, match="does not grow"):
        consistency_proof(3, 2, trees.hash_at([b""] * 3))


def flipped(one: bytes) -> bytes:
    return bytes([one[0] ^ 1]) + one[1:]


def spoiled(proof: list[bytes]) -> list[list[bytes]]:
    """Return a proof with each hash flipped, left out, cut short, or one too many."""
    found = [[*proof, b"\0" * 32], [b"\0" * 32, *proof]]
    for n, one in enumerate(proof):
        found += [
            [*proof[:n], flipped(one), *proof[n + 1 :]],
            [*proof[:n], *proof[n + 1 :]],
            [*proof[:n], one[:-1], *proof[n + 1 :]],
        ]
    return found


def refused(check, *given) -> None:
    with pytest.raises(ProofError):
        check(*given)
