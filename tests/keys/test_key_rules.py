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
from tests.keys.keyed_log import ORIGIN, KeyedLog


def new_key() -> str:
    return note.generate(ORIGIN).vkey


def added(keyed_log: KeyedLog) -> str:
    vkey = new_key()
    keyed_log.log.record(SETUP, add_key, KeyAdded(vkey=vkey), Notice())
    return vkey


def rotated(keyed_log: KeyedLog, old: str) -> str:
    vkey = new_key()
    keyed_log.log.record(SETUP, rotate_key, KeyAdded(vkey=vkey), old, Notice())
    return vkey


def compromised(keyed_log: KeyedLog, vkey: str, from_size: int) -> None:
    event = KeyCompromised(vkey=vkey, from_size=from_size, reason=say("A laptop was lost."))
    keyed_log.log.record(SETUP, compromise_key, event, Notice())


def resumed(
    keyed_log: KeyedLog, vkey: str, at_size: int, because: Because = "compromised", **more
) -> None:
    event = SealingResumed(vkey=vkey, at_size=at_size, because=because, reason=say("It is safe."))
    keyed_log.log.record(SETUP, resume_sealing, event, Notice(), **more)


def refused(rule: str, says: str, act, *arguments, **named) -> None:
    with pytest.raises(Refused, match=says) as found:
        act(*arguments, **named)
    assert found.value.rule == rule


def test_a_rotation_is_one_transaction(keyed_log):
    old = added(keyed_log)
    before = keyed_log.position

    rotated(keyed_log, old)

    entries = keyed_log.log.read(before, 10)
    assert [entry.data.TOPIC for entry in entries] == ["key-added", "key-retired"]
    assert entries[0].recorded_at == entries[1].recorded_at


def test_a_key_is_never_retired_over_the_entries_before_its_own(keyed_log):
    old, _ = added(keyed_log), added(keyed_log)
    size = keyed_log.position + 1

    def decide(decision: Decision) -> None:
        if not decision.entries:
            keyed_log.entry()  # recorded by somebody else meanwhile
            keyed_log.entry()
        retire_key(decision, KeyRetired(vkey=old, from_size=size + 2), Notice())

    keyed_log.log.decide(SETUP, decide)

    assert keyed_log.keys.known[old].proves(keyed_log.position)
    assert not keyed_log.keys.known[old].proves(keyed_log.position + 1)


def test_the_only_key_is_not_retired_without_another(keyed_log):
    old = added(keyed_log)

    def retire(decision: Decision) -> None:
        retire_key(decision, KeyRetired(vkey=old, from_size=decision.head + 1), Notice())

    refused("last-key", "only key in use", keyed_log.log.decide, SETUP, retire)


def test_a_key_is_not_retired_from_a_size_that_the_log_has(keyed_log):
    old, _ = added(keyed_log), added(keyed_log)

    def retire(decision: Decision) -> None:
        retire_key(decision, KeyRetired(vkey=old, from_size=decision.head), Notice())

    refused("from-size", "from a later size on", keyed_log.log.decide, SETUP, retire)


def test_signatures_from_before_a_compromise_still_prove(keyed_log):
    vkey = added(keyed_log)
    size = keyed_log.entry()

    compromised(keyed_log, vkey, size)

    assert keyed_log.keys.known[vkey].proves(size - 1)
    assert not keyed_log.keys.known[vkey].proves(size)


@pytest.mark.parametrize("beyond", [-(10**6), 0, 2])
def test_a_compromise_is_from_a_size_at_which_it_can_have_signed(keyed_log, beyond):
    vkey = added(keyed_log)
    size = keyed_log.position + beyond if beyond else 0

    refused(
        "from-size", "is no size from which it can have signed", compromised, keyed_log, vkey, size
    )


def test_a_compromise_found_to_be_earlier_counts_and_a_later_one_does_not(keyed_log):
    vkey = added(keyed_log)
    compromised(keyed_log, vkey, 9)

    refused("compromised-already", "only an earlier size", compromised, keyed_log, vkey, 9)
    compromised(keyed_log, vkey, 5)

    assert keyed_log.keys.known[vkey].compromised_from == 5
    assert keyed_log.keys.held_from == 5


def test_the_compromise_of_a_key_in_use_holds_sealing_until_it_goes_on_by_another(keyed_log):
    vkey, new = added(keyed_log), new_key()
    compromised(keyed_log, vkey, 9)

    refused("key-ended", "sealing goes on by another", resumed, keyed_log, vkey, 8)
    resumed(keyed_log, new, 8, adding=KeyAdded(vkey=new))

    assert keyed_log.keys.held_from is None
    assert keyed_log.keys.in_use == [new]


def test_the_compromise_of_a_retired_key_holds_nothing(keyed_log):
    old = added(keyed_log)
    new = rotated(keyed_log, old)

    compromised(keyed_log, old, 9)

    assert keyed_log.keys.held_from is None
    refused("not-held", "nothing has stopped it", resumed, keyed_log, new, 8)


def test_sealing_goes_on_after_a_checkpoint_that_still_proves(keyed_log):
    vkey, new = added(keyed_log), new_key()
    compromised(keyed_log, vkey, 9)

    for size in (9, -1):
        refused("at-size", "8 at most", resumed, keyed_log, new, size, adding=KeyAdded(vkey=new))

    assert new not in keyed_log.keys.known


def test_a_sealer_that_had_stopped_by_itself_goes_on_by_its_keepers_word(keyed_log):
    vkey = added(keyed_log)
    refused("at-size", "is not the size", resumed, keyed_log, vkey, keyed_log.position + 1, "held")

    resumed(keyed_log, vkey, keyed_log.position, "held")

    compromised(keyed_log, vkey, 9)
    new = new_key()
    refused("not-held", "a key is compromised", resumed, keyed_log, new, 8, "held",
            adding=KeyAdded(vkey=new))  # fmt: skip


def test_only_an_administrator_acts_on_keys(keyed_log):
    vkey = added(keyed_log)
    clerk = Account("cumbria-pfcc/clerk", "cumbria-pfcc", frozenset({"record"}))
    event = KeyCompromised(vkey=vkey, from_size=1, reason=say("So they say."))

    with pytest.raises(NotAllowed, match="admin"):
        keyed_log.log.record(clerk, compromise_key, event, Notice())
    with pytest.raises(NotAllowed, match="admin"):
        keyed_log.log.record(clerk, rotate_key, KeyAdded(vkey=new_key()), vkey, Notice())
