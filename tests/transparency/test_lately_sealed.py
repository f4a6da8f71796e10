"""Seals that a process remembers: the checkpoint over an entry, and tiles as they grow."""

from datetime import UTC, datetime
from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.seal.checkpoints import MOST, Grown, LatelySealed
from ledger.verify.tree import WIDTH, hash_tile, tile_at

NOW = datetime(2026, 7, 1, tzinfo=UTC)
LEAVES = [sha256(str(n).encode()).digest() for n in range(1200)]


def grown(before: int, size: int) -> Grown:
    """Return a checkpoint over so many of the leaves, after one over some."""
    leaves = hash_tile(LEAVES[before:size])
    return Grown(size, sha256(leaves).digest(), f"note {size}", NOW, leaves)


def sealed(*sizes: int) -> list[Grown]:
    return [grown(before, size) for before, size in zip((0, *sizes), sizes, strict=False)]


def tile(size: int, index: int) -> tuple[str, bytes]:
    """Return the path and the bytes of a tile of leaves in a log of a size."""
    found = tile_at(0, index, size)
    assert found is not None
    return found.path, hash_tile(LEAVES[index * WIDTH : index * WIDTH + found.width])


@given(st.lists(st.integers(1, 300), min_size=1, max_size=8).map(lambda steps: steps[:4]))
def test_the_last_tile_is_known_however_the_log_grew(steps):
    lately, size = LatelySealed(), 0
    for step in steps:
        lately.learn([grown(size, size + step)])
        size += step
        index = (size - 1) // WIDTH
        path, raw = tile(size, index)

        assert lately.tile(path) == raw
        if index:
            path, raw = tile(size, index - 1)
            assert lately.tile(path) == raw


@given(st.sets(st.integers(1, 1000), min_size=1, max_size=20), st.integers(1, 1000))
def test_the_first_checkpoint_over_a_position_is_found_among_all(sizes, position):
    lately = LatelySealed()
    lately.learn(sealed(*sorted(sizes)))

    found = lately.first_over(position)

    assert (found.size if found else None) == min((s for s in sizes if s >= position), default=None)


def test_seals_before_the_first_one_known_are_not_guessed():
    lately = LatelySealed()
    lately.learn([grown(10, 20)])

    assert lately.first_over(10) is None
    assert lately.first_over(11) == grown_size(lately, 20)
    assert lately.first_over(21) is None


def grown_size(lately: LatelySealed, size: int) -> Grown:
    found = lately.first_over(size)
    assert isinstance(found, Grown)
    return found


def test_after_a_gap_what_was_known_before_it_is_forgotten():
    lately = LatelySealed()
    lately.learn(sealed(10, 20))
    lately.learn([grown(30, 40)])

    assert lately.first_over(15) is None
    assert lately.size == 40


def test_learning_the_same_twice_or_late_changes_nothing():
    lately = LatelySealed()
    lately.learn(sealed(10, 20, 30))
    lately.learn(sealed(10, 20, 30)[1:2])

    assert lately.size == 30
    assert [grown_size(lately, n).size for n in (5, 15, 25)] == [10, 20, 30]


def test_a_tile_whose_beginning_is_not_known_is_not_made_up():
    lately = LatelySealed()
    lately.learn([grown(10, 20)])

    assert lately.tile(tile(20, 0)[0]) is None

    lately.keep(*tile(20, 0))
    lately.learn([grown(20, 25)])
    assert lately.tile(tile(25, 0)[0]) == tile(25, 0)[1]


@pytest.mark.parametrize("raw", [b"", bytes(31), bytes(33)])
def test_bytes_that_are_not_the_whole_tile_are_not_kept(raw):
    lately = LatelySealed()
    lately.keep("tile/0/000.p/1", raw)

    assert lately.tile("tile/0/000.p/1") is None


def test_no_more_is_remembered_than_the_newest():
    lately = LatelySealed()
    lately.learn(sealed(*range(1, 2 * MOST + 1)))

    assert lately.first_over(MOST) is None
    assert lately.tile(tile(MOST, 0)[0]) is None
    assert grown_size(lately, MOST + 1).size == MOST + 1
    assert lately.tile(tile(2 * MOST, 0)[0]) is not None


def test_a_forgotten_seal_is_gone():
    lately = LatelySealed()
    lately.learn(sealed(5))
    lately.forget()

    assert (lately.size, lately.first_over(1), lately.tile(tile(5, 0)[0])) == (0, None, None)
