"""Which acts on keys are allowed in which order, and what they give."""

import pytest

from ledger.acts.decision import Decision, Notice
from ledger.acts.key import add_key, compromise_key, resume_sealing, retire_key, rotate_key
from ledger.errors import NotAllowed, Refused
from ledger.events import KeyAdded, KeyCompromised, KeyRetired, SealingResumed
from ledger.events.service import Because
from ledger.events.texts import say
from ledger.states.service import SETUP, Account
from ledger.verify import note
from tests.keys.desk import ORIGIN, Desk


def new_key() -> str:
    return note.generate(ORIGIN).vkey


def added(desk: Desk) -> str:
    vkey = new_key()
    desk.log.record(SETUP, add_key, KeyAdded(vkey=vkey), Notice())
    return vkey


def rotated(desk: Desk, old: str) -> str:
    vkey = new_key()
    desk.log.record(SETUP, rotate_key, KeyAdded(vkey=vkey), old, Notice())
    return vkey


def compromised(desk: Desk, vkey: str, from_size: int) -> None:
    event = KeyCompromised(vkey=vkey, from_size=from_size, reason=say("A laptop was lost."))
    desk.log.record(SETUP, compromise_key, event, Notice())


def resumed(desk: Desk, vkey: str, at_size: int, because: Because = "compromised", **more) -> None:
    event = SealingResumed(vkey=vkey, at_size=at_size, because=because, reason=say("It is safe."))
    desk.log.record(SETUP, resume_sealing, event, Notice(), **more)


def refused(rule: str, says: str, act, *arguments, **named) -> None:
    with pytest.raises(Refused, match=says) as found:
        act(*arguments, **named)
    assert found.value.rule == rule


def test_a_rotation_is_one_transaction(desk):
    old = added(desk)
    before = desk.position

    rotated(desk, old)

    entries = desk.log.read(before, 10)
    assert [entry.data.TOPIC for entry in entries] == ["key-added", "key-retired"]
    assert entries[0].recorded_at == entries[1].recorded_at


def test_a_key_is_never_retired_over_the_entries_before_its_own(desk):
    old, _ = added(desk), added(desk)
    size = desk.position + 1

    def decide(decision: Decision) -> None:
        if not decision.entries:
            desk.entry()  # recorded by somebody else meanwhile
            desk.entry()
        retire_key(decision, KeyRetired(vkey=old, from_size=size + 2), Notice())

    desk.log.decide(SETUP, decide)

    assert desk.keys.known[old].proves(desk.position)
    assert not desk.keys.known[old].proves(desk.position + 1)


def test_the_only_key_is_not_retired_without_another(desk):
    old = added(desk)

    def retire(decision: Decision) -> None:
        retire_key(decision, KeyRetired(vkey=old, from_size=decision.head + 1), Notice())

    refused("last-key", "only key in use", desk.log.decide, SETUP, retire)


def test_a_key_is_not_retired_from_a_size_that_the_log_has(desk):
    old, _ = added(desk), added(desk)

    def retire(decision: Decision) -> None:
        retire_key(decision, KeyRetired(vkey=old, from_size=decision.head), Notice())

    refused("from-size", "from a later size on", desk.log.decide, SETUP, retire)


def test_signatures_from_before_a_compromise_still_prove(desk):
    vkey = added(desk)
    size = desk.entry()

    compromised(desk, vkey, size)

    assert desk.keys.known[vkey].proves(size - 1)
    assert not desk.keys.known[vkey].proves(size)


@pytest.mark.parametrize("beyond", [-(10**6), 0, 2])
def test_a_compromise_is_from_a_size_at_which_it_can_have_signed(desk, beyond):
    vkey = added(desk)
    size = desk.position + beyond if beyond else 0

    refused("from-size", "is no size from which it can have signed", compromised, desk, vkey, size)


def test_a_compromise_found_to_be_earlier_counts_and_a_later_one_does_not(desk):
    vkey = added(desk)
    compromised(desk, vkey, 9)

    refused("compromised-already", "only an earlier size", compromised, desk, vkey, 9)
    compromised(desk, vkey, 5)

    assert desk.keys.known[vkey].compromised_from == 5
    assert desk.keys.held_from == 5


def test_the_compromise_of_a_key_in_use_holds_sealing_until_it_goes_on_by_another(desk):
    vkey, new = added(desk), new_key()
    compromised(desk, vkey, 9)

    refused("key-ended", "sealing goes on by another", resumed, desk, vkey, 8)
    resumed(desk, new, 8, adding=KeyAdded(vkey=new))

    assert desk.keys.held_from is None
    assert desk.keys.in_use == [new]


def test_the_compromise_of_a_retired_key_holds_nothing(desk):
    old = added(desk)
    new = rotated(desk, old)

    compromised(desk, old, 9)

    assert desk.keys.held_from is None
    refused("not-held", "nothing has stopped it", resumed, desk, new, 8)


def test_sealing_goes_on_after_a_checkpoint_that_still_proves(desk):
    vkey, new = added(desk), new_key()
    compromised(desk, vkey, 9)

    for size in (9, -1):
        refused("at-size", "8 at most", resumed, desk, new, size, adding=KeyAdded(vkey=new))

    assert new not in desk.keys.known


def test_a_sealer_that_had_stopped_by_itself_goes_on_by_its_keepers_word(desk):
    vkey = added(desk)
    refused("at-size", "is not the size", resumed, desk, vkey, desk.position + 1, "held")

    resumed(desk, vkey, desk.position, "held")

    compromised(desk, vkey, 9)
    new = new_key()
    refused("not-held", "a key is compromised", resumed, desk, new, 8, "held",
            adding=KeyAdded(vkey=new))  # fmt: skip


def test_only_an_administrator_acts_on_keys(desk):
    vkey = added(desk)
    clerk = Account("cumbria-pfcc/clerk", "cumbria-pfcc", frozenset({"record"}))
    event = KeyCompromised(vkey=vkey, from_size=1, reason=say("So they say."))

    with pytest.raises(NotAllowed, match="admin"):
        desk.log.record(clerk, compromise_key, event, Notice())
    with pytest.raises(NotAllowed, match="admin"):
        desk.log.record(clerk, rotate_key, KeyAdded(vkey=new_key()), vkey, Notice())
