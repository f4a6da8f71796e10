"""Receipts of what a process remembers of seals: those of the database, or none."""

import pytest

from ledger.seal.checkpoints import LatelySealed, Sealed
from ledger.verify import tree
from tests.api.founding import FEW_BODIES
from tests.api.test_sealed import ASSURANCE, assurances, published, sealed

__all__ = ["published", "sealed"]  # fixtures


FOUNDING = FEW_BODIES
"""A receipt is as it is of a log that begins with few bodies."""


@pytest.fixture
def recorded(sealed, published):
    """The positions of entries that were sealed a few at a time."""
    found = []
    for many in (1, 3, 2):
        for _ in range(many):
            answer = sealed.site.clerk.records(assurances(published), ASSURANCE)
            found.append(answer["position"])
        sealed.seal()
    return found


def test_a_receipt_from_a_wrong_memory_is_made_again_from_the_database(sealed, recorded):
    pool, lately = sealed.site.ledger.log.pool, LatelySealed()
    here = Sealed(pool, lately)
    here.look()
    last = tree.tile_at(0, (recorded[-1] - 1) // tree.WIDTH, recorded[-1])
    assert last is not None
    path = last.path
    right = lately.tile(path)
    assert right is not None
    lately.keep(path, right[::-1])

    assert here.first_receipt(recorded[-1]) == Sealed(pool).first_receipt(recorded[-1])
