"""The tree's arithmetic under the vectors of transparency-dev/merkle (RFC 6962)."""

import base64
import hashlib
import json
from pathlib import Path
from typing import Any

import pytest

from ledger.verify.tree import (
    EMPTY_ROOT,
    Frontier,
    ProofError,
    consistency_proof,
    inclusion_proof,
    leaf_hash,
    node_hash,
    root,
    verify_consistency,
    verify_inclusion,
)
from tests.transparency import trees

MOST = 130


@pytest.fixture(scope="module")
def merkle(shared: Path) -> Path:
    return shared / "vectors" / "merkle"


@pytest.fixture(scope="module")
def reference(merkle: Path) -> Any:
    return json.loads((merkle / "rfc6962_roots.json").read_text())


def test_the_proofs_of_inclusion_are_taken_and_refused_as_in_the_vectors(merkle):
    for case in cases(merkle / "inclusion"):
        given = (case["leafIdx"], case["treeSize"], raw(case["leafHash"]))
        judge(
            case, verify_inclusion, *given, list(map(raw, case["proof"] or [])), raw(case["root"])
        )


def test_the_proofs_of_consistency_are_taken_and_refused_as_in_the_vectors(merkle):
    for case in cases(merkle / "consistency"):
        given = (case["size1"], case["size2"], raw(case["root1"]), raw(case["root2"]))
        judge(case, verify_consistency, *given, list(map(raw, case["proof"] or [])))


def test_the_roots_are_those_of_the_reference_tree(reference):
    frontier = Frontier()
    assert EMPTY_ROOT.hex() == reference["roots"][0]

    for leaf, expected in zip(reference["leaves"], reference["roots"][1:], strict=True):
        frontier.append(leaf_hash(bytes.fromhex(leaf)))
        assert frontier.root().hex() == expected
        assert root(frontier.size, hash_at(reference["leaves"])).hex() == expected

    left, right = (bytes.fromhex(one) for one in reference["node_hashes"][:2])
    assert node_hash(left, right).hex() == reference["roots"][2]


def test_the_hashes_of_all_subtrees_up_to_130_leaves_add_up(reference):
    found = hashlib.sha256()
    for start, end in subtrees():
        found.update(b"[%d, %d) %b\n" % (start, end, whole(start, end).hex().encode()))
    assert found.hexdigest() == reference["accumulated_n130"]["TestSubtreeHashVectors"]


def test_all_inclusion_proofs_up_to_130_leaves_add_up(reference):
    found = hashlib.sha256()
    for start, end in subtrees():
        for index in range(start, end):
            proof = inclusion_proof(index - start, end - start, within(start))
            found.update(b"%d [%d, %d)%b\n" % (index, start, end, spelt(proof)))
    assert found.hexdigest() == reference["accumulated_n130"]["TestSubtreeInclusionProofVectors"]


def test_all_consistency_proofs_up_to_130_leaves_add_up(reference):
    found = hashlib.sha256()
    for size in range(MOST + 1):
        for start, end in subtrees():
            if end <= size:
                proof = subtree_consistency(start, end, size)
                found.update(b"[%d, %d) %d%b\n" % (start, end, size, spelt(proof)))
    assert found.hexdigest() == reference["accumulated_n130"]["TestSubtreeConsistencyProofVectors"]


LEVELS = [[leaf_hash(bytes([n])) for n in range(MOST)]]
while len(LEVELS[-1]) > 1:
    below = LEVELS[-1]
    LEVELS.append([node_hash(*below[n : n + 2]) for n in range(0, len(below) - 1, 2)])


def within(start: int):
    """Return the complete subtrees of the tree that begins at an entry, which is well aligned."""
    return lambda level, index: LEVELS[level][(start >> level) + index]


def whole(start: int, end: int) -> bytes:
    return root(end - start, within(start))


def subtrees():
    """Yield every range that is a subtree of some tree, by end and then start."""
    for end in range(MOST + 1):
        for start in range(end + 1):
            if start in (0, end) or start % (1 << (end - start - 1).bit_length()) == 0:
                yield start, end


def subtree_consistency(start: int, end: int, size: int) -> list[bytes]:
    """Down to the node where the range begins; from there it is an ordinary proof."""
    if start == end:
        return []
    found, first, last = [], 0, size
    while first < start:
        middle = first + trees.split(last - first)
        if end <= middle:
            found.append(whole(middle, last))
            last = middle
        else:
            found.append(whole(first, middle))
            first = middle
    return consistency_proof(end - first, last - first, within(first)) + found[::-1]


def hash_at(leaves: list[str]):
    return trees.hash_at([bytes.fromhex(one) for one in leaves])


def spelt(proof: list[bytes]) -> bytes:
    return b"".join(b" " + one.hex().encode() for one in proof)


def raw(text: str | None) -> bytes:
    return base64.b64decode(text or "")


def cases(folder: Path) -> list[dict]:
    found = [json.loads(path.read_text()) for path in sorted(folder.rglob("*.json"))]
    assert len(found) > 60
    return found


def judge(case: dict, check, *given) -> None:
    if case["wantErr"]:
        with pytest.raises(ProofError):
            check(*given)
    else:
        check(*given)
