"""At which sizes the log is signed, and by whom: for any history of keys that can be recorded."""

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from ledger.events import KeyAdded, KeyCompromised, KeyRetired, SealingResumed
from ledger.events.texts import say
from ledger.seal.cuts import KeyEvents, keys_at, next_cut, signers
from ledger.states.keys import KeyEvent

WHY = say("because")


@st.composite
def histories(draw: st.DrawFn) -> tuple[list[tuple[int, KeyEvent]], int]:
    """Return (entries about keys, size of the log), as the rules of the acts let them come
    about."""
    events: list[tuple[int, KeyEvent]] = []
    position = made = 0

    def add(event: KeyEvent) -> None:
        nonlocal position
        position += 1
        events.append((position, event))

    def new() -> str:
        nonlocal made
        made += 1
        add(KeyAdded(vkey=f"k{made}"))
        return f"k{made}"

    for what in draw(st.lists(st.sampled_from(["other", "other", "rotate", "lost", "resume"]))):
        keys = keys_at(events, position)
        if what == "other":
            position += draw(st.integers(1, 9))
        elif not keys.known:
            new()
        elif what == "rotate" and keys.in_use:
            new()
            add(KeyRetired(vkey=keys.in_use[0], from_size=position + 1))
        elif what == "lost":
            vkey = draw(st.sampled_from(sorted(keys.known)))
            most = min(position + 1, (keys.known[vkey].compromised_from or position + 2) - 1)
            if most >= 1:
                size = draw(st.integers(1, most))
                add(KeyCompromised(vkey=vkey, from_size=size, reason=WHY))
        elif what == "resume" and keys.holding:
            vkey = keys.in_use[-1] if keys.in_use else new()
            add(SealingResumed(vkey=vkey, at_size=0, because="compromised", reason=WHY))
    return events, position + draw(st.integers(0, 5))


def cuts(events: KeyEvents, head: int, most: int) -> list[int]:
    """Return all sizes at which a log is signed whose entries come all at once."""
    found = [0]
    while (cut := next_cut(events, found[-1], head, most)) is not None:
        found.append(cut)
    return found[1:]


@given(histories(), st.integers(1, 50))
def test_every_size_that_is_signed_has_a_key_that_proves_and_none_lies_in_a_hold(history, most):
    events, head = history

    found = cuts(events, head, most)

    known = keys_at(events, head).known
    assert found == sorted(set(found))
    for size in found:
        assert 0 < size <= head
        assert not keys_at(events, size).holding
        assert signers(events, size)
        for vkey in signers(events, size):
            assert known[vkey].proves(size)
            assert vkey in keys_at(events, size).known


@given(histories(), st.integers(1, 50))
def test_the_log_is_signed_to_its_end_unless_that_is_held(history, most):
    events, head = history

    found = cuts(events, head, most)

    if head and signers(events, head):
        assert found[-1] == head


@given(histories(), st.integers(1, 50))
def test_a_retirement_is_signed_by_the_retired_key_and_by_the_next_one(history, most):
    events, head = history

    found = cuts(events, head, most)

    for position, event in events:
        if isinstance(event, KeyRetired) and event.vkey in signers(events, position):
            assert position in found
            whole = all(
                key.compromised_from is None for key in keys_at(events, head).known.values()
            )
            assert len(signers(events, position)) > 1 or not whole


@given(histories(), st.integers(1, 50))
def test_without_a_hold_no_more_are_signed_at_once_than_were_asked_for(history, most):
    events, head = history
    if any(isinstance(event, KeyCompromised) for _, event in events) or not signers(events, 1):
        return

    steps = [0, *cuts(events, head, most)]

    assert all(after - before <= most for before, after in pairwise(steps))
