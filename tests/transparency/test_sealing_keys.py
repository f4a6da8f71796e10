"""Which keys sign: rotation, compromise, what goes on after it; and clocks that are wrong."""

from datetime import timedelta

import pytest

from ledger import clock
from ledger.verify.note import NoteError


@pytest.fixture
def old(sealing):
    """Return the first key, under which all so far is sealed."""
    (vkey,) = sealing.keys.in_use
    sealing.seal()
    return vkey


def signed_by(sealing, signed):
    """Return the verifier keys that signed a checkpoint."""
    return {one.key.vkey for one in sealing.opened(signed).note.signatures}


# Rotation


def test_both_keys_sign_the_log_that_says_that_one_follows_the_other(sealing, old):
    new = sealing.json("key", "rotate")["vkey"]
    of_both = sealing.position
    for _ in range(3):
        sealing.entry()

    sealing.seal()

    assert sealing.sizes[-2:] == [of_both, sealing.position]
    assert signed_by(sealing, sealing.notes[-2]) == {old, new}
    assert signed_by(sealing, sealing.notes[-1]) == {new}
    sealing.opened(sealing.notes[-2], old)
    with pytest.raises(NoteError):
        sealing.opened(sealing.notes[-1], old)


def test_rotated_twice_before_the_sealer_looks_each_handing_over_is_signed_by_both(sealing, old):
    second = sealing.json("key", "rotate")["vkey"]
    first_change = sealing.position
    third = sealing.json("key", "rotate")["vkey"]

    sealing.seal()

    assert sealing.sizes[-2:] == [first_change, sealing.position]
    assert signed_by(sealing, sealing.notes[-2]) == {old, second}
    assert signed_by(sealing, sealing.notes[-1]) == {second, third}


def test_killed_while_it_hands_over_both_still_sign(sealing, old):
    new = sealing.json("key", "rotate")["vkey"]
    sealing.killed_before("_publish")
    sealing.entry()

    sealing.seal()

    assert signed_by(sealing, sealing.notes[-2]) == {old, new}
    assert signed_by(sealing, sealing.notes[-1]) == {new}


def test_where_the_retired_file_is_gone_the_new_key_signs_alone(sealing, old):
    new = sealing.json("key", "rotate")["vkey"]
    (retired,) = sealing.folder.glob("signing.key.retired-*")
    retired.unlink()

    sealing.seal()

    assert signed_by(sealing, sealing.notes[-1]) == {new}


# Compromise


def test_a_compromise_holds_sealing_until_it_goes_on_by_another_key(sealing, old):
    size = sealing.position
    sealing.run("key", "compromised", old, "--from-size", str(size), "--reason", "Stolen.")
    sealing.entry()

    assert "A key in use is compromised" in sealing.held()
    assert sealing.sizes == [size]

    new = sealing.json("key", "resume", "--reason", "A new one.")["vkey"]
    sealing.seal()

    assert sealing.why_held() is None
    assert sealing.sizes == [size, sealing.position]
    assert signed_by(sealing, sealing.notes[-1]) == {new}


@pytest.mark.parametrize("column", ["topic = 'x'", "stream = 'x'"])
@pytest.mark.parametrize("batch", [1000, 1])
def test_a_compromise_whose_columns_somebody_changed_is_not_passed_over(
    sealing, old, column, batch
):
    size = sealing.position
    sealing.entry()
    sealing.run("key", "compromised", old, "--from-size", str(size), "--reason", "Stolen.")
    at, was = sealing.position, "('key-compromised', 'service')"
    sealing.entry()
    sealing.as_superuser(f"UPDATE ledger.entries SET {column} WHERE position = {at}")
    sealer = sealing.sealer(batch=batch)
    while not sealer.step()[1]:
        pass

    assert f"Entry {at} is filed under another" in sealing.why_held()
    assert max(sealing.sizes) < at
    sealing.as_superuser(f"UPDATE ledger.entries SET (topic, stream) = {was} WHERE position = {at}")
    assert sealer.step() == (0, True)
    assert "is compromised" in sealing.why_held()
    assert max(sealing.sizes) < at
    sealer.close()


def test_entries_before_a_compromise_are_signed_before_it(sealing, old):
    sealing.entry()
    before = sealing.entry()
    sealing.run("key", "compromised", old, "--from-size", str(before + 1), "--reason", "Lost.")

    assert "A key in use is compromised" in sealing.held()

    assert sealing.sizes[-1] == before
    assert signed_by(sealing, sealing.notes[-1]) == {old}


def test_a_long_hold_is_passed_in_one_step(sealing, old):
    size = sealing.position
    sealing.run("key", "compromised", old, "--from-size", str(size), "--reason", "Stolen.")
    for _ in range(12):
        sealing.entry()
    sealing.run("key", "resume", "--reason", "A new one.")

    sealer = sealing.sealer(batch=3)
    sealer.catch_up()
    sealer.close()

    assert sealing.sizes == [size, sealing.position]
    assert sealing.opened(sealing.notes[-1]).checkpoint.root == sealing.root(sealing.position)


def test_a_compromised_key_never_signs_what_was_kept_before(sealing, old):
    kept = sealing.entry()
    sealing.killed_before("_sign")
    sealing.run("key", "compromised", old, "--from-size", str(kept), "--reason", "Stolen.")
    assert "A key in use is compromised" in sealing.held()
    new = sealing.json("key", "resume", "--reason", "A new one.")["vkey"]

    sealing.seal()

    assert kept not in sealing.sizes
    assert signed_by(sealing, sealing.notes[-1]) == {new}
    assert sealing.opened(sealing.notes[-1]).checkpoint.root == sealing.root(sealing.position)


# Clocks


def test_an_entry_more_than_a_minute_ahead_of_its_clock_is_refused(sealing, old, monkeypatch):
    sealing.entry()
    now = clock.now()
    monkeypatch.setattr(clock, "now", lambda: now - timedelta(seconds=90))

    assert "put the clock right that is wrong" in sealing.held()

    monkeypatch.setattr(clock, "now", lambda: now)
    assert sealing.seal() == 1
    assert sealing.why_held() is None


def test_an_entry_that_was_not_there_when_it_says_is_refused_until_somebody_answers_for_it(
    sealing, old, monkeypatch
):
    now = clock.now()
    sealer = sealing.sealer()
    for name in ("now", "latest"):
        monkeypatch.setattr(clock, name, lambda: now + timedelta(hours=2))
    assert sealer.step() == (0, False)  # it looked, two hours later by its clock
    with monkeypatch.context() as again:
        again.setattr(clock, "now", lambda: now)  # for the service, which knows nothing of that
        sealing.entry()

    assert sealer.step() == (0, True)
    assert "but was not there at" in str(sealing.why_held())
    sealer.close()
    assert "but was not there at" in sealing.held(), "a restart does not make it good"

    monkeypatch.setattr(clock, "now", lambda: now + timedelta(seconds=1))
    size = str(sealing.sizes[-1])
    sealing.run("key", "resume", "--held", "--at-size", size, "--reason", "The clock was behind.")
    assert sealing.seal() == 2


def test_an_entry_recorded_before_the_one_before_it_is_refused(sealing, old):
    position = sealing.entry()
    sealing.as_superuser(
        "UPDATE ledger.entries SET recorded_at = recorded_at - interval '1 day'"
        f" WHERE position = {position}"
    )

    assert "before the entry before it" in sealing.held()


def test_what_says_beyond_a_batch_that_the_clock_was_wrong_is_read_before_it(sealing, old):
    first, *_ = [sealing.entry() for _ in range(6)]
    sealing.as_superuser(
        "UPDATE ledger.entries SET recorded_at = recorded_at + interval '20 hours'"
        f" WHERE position >= {first}"
    )
    sealing.json("clock-was-wrong")
    sealer = sealing.sealer(batch=3)

    assert sealer.catch_up() == 7

    sealer.close()
