"""Which requests stood when: as the plain rule says, and soon enough in a log made to take long."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.verify.texts import TooManyStepsError, standing


def stands(retractions, request, at):
    """Return the retractions that stand by the plain rule: the newest one, and each before it that
    no later one sets aside."""
    aside = set()
    for position, own, target in reversed(retractions):
        if position < at and own not in aside:
            aside.add(target)
    return request not in aside


REQUESTS = ("r0", "r1", "r2")


@st.composite
def logs(draw):
    """Retractions at positions that grow, each of a request, of another one, or of nothing."""
    targets = draw(st.lists(st.integers(-4, 40), max_size=40))
    steps = draw(st.lists(st.integers(1, 3), min_size=len(targets), max_size=len(targets)))
    found, position = [], 0
    for n, (target, step) in enumerate(zip(targets, steps, strict=True)):
        position += step
        named = REQUESTS[-1 - target] if -4 < target < 0 else f"e{target}"
        found.append((position, f"e{n}", named))
    return found, position


@given(logs())
def test_it_says_what_the_plain_rule_says(log):
    retractions, last = log
    asked = [(one, at) for one in REQUESTS for at in range(last + 2)]

    wanted = {(one, at) for one, at in asked if stands(retractions, one, at)}
    assert standing(retractions, asked) == wanted


def chain(n):
    """Return retractions of which each sets the one before it aside."""
    return n - 1


def comb(n):
    """Return a chain of retractions, and beside each of them one more."""
    return n - 2 if n % 2 else n - 1


def halves(n):
    """Return a heap of retractions, in which each has two below itself."""
    return (n - 1) // 2 if n else -1


def beside(n):
    """Return retractions that are all of the request itself."""
    return -1


def shaped(above, count):
    """Retractions, each of the one that `above` says, and a look after each of them."""
    retractions = [
        (2 * n + 1, f"e{n}", "r0" if above(n) < 0 else f"e{above(n)}") for n in range(count)
    ]
    return retractions, [("r0", 2 * n) for n in range(1, count)]


@pytest.mark.parametrize(
    ("above", "count"), [(chain, 2_000), (comb, 2_000), (halves, 20_000), (beside, 20_000)]
)
def test_many_retractions_and_looks_take_no_minute(above, count):
    """A chain of 2,000 is one that an older log may hold: none of more than 64 is recorded."""
    retractions, asked = shaped(above, count)
    began = time.process_time()
    found = standing(retractions, asked)
    took = time.process_time() - began

    some = asked[:: count // 20]
    assert {one for one in some if one in found} == {
        one for one in some if stands(retractions, *one)
    }
    assert took < 5, f"{took:.2f} s"


def test_a_chain_made_to_take_for_ever_is_refused_in_a_sentence_soon():
    began = time.process_time()
    with pytest.raises(TooManyStepsError, match="nested so deep that they are not followed"):
        standing(*shaped(chain, 50_000))

    assert time.process_time() - began < 20


def test_the_first_of_two_retractions_with_one_id_counts():
    """Another check finds that two entries have one id. This one must not go round in a circle."""
    retractions = [(1, "e1", "r0"), (2, "e2", "e1"), (3, "e1", "e2"), (4, "r0", "e2")]

    assert standing(retractions, [("r0", 2), ("r0", 3), ("r0", 5)]) == {("r0", 3), ("r0", 5)}
