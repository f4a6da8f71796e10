"""Cosignatures that were kept are what witnesses signed, and fit the moments of the entries."""

from datetime import timedelta
from hashlib import sha256

import pytest

from ledger import clock
from ledger.seal.witnesses import Cosignature, Stamp, keep_cosignature, keep_stamp
from ledger.verify import note


@pytest.fixture
def cosigned(trial):
    """Return the trial after a witness cosigned and an authority stamped its newest checkpoint."""
    cosign(trial)
    keep_stamp(trial.url, stamp(trial.sizes[-1], newest(trial), now()))
    return trial


def now():
    return clock.now().replace(microsecond=0)


def newest(trial):
    """Return the text of the newest checkpoint."""
    return note.split(trial.notes[-1])[0]


def cosign(trial):
    """Keep the word of one more witness on the newest checkpoint; its key."""
    witness, at = note.generate("witness.example/one"), int(now().timestamp())
    line = note.cosignature(newest(trial), witness, at)
    keep_cosignature(trial.url, trial.sizes[-1], Cosignature(witness.witness, at, line))
    return witness.witness.vkey


def stamp(size, text, at, authority="An authority"):
    """Return the parts of a stamp that an audit reads: the hash that was stamped, and the time."""
    token = sha256(text.encode()).digest() + f"{at:%Y%m%d%H%M%SZ}".encode()
    return Stamp(size, text, authority, at, token)


def test_an_audit_names_the_witnesses_of_an_honest_log_and_finds_nothing(cosigned):
    """Named, since any key can have any name."""
    said = cosigned.audit_in_words()

    assert said.splitlines()[-1] == "Nothing found."
    assert "witnesses: 2 cosignatures and stamps" in said
    (vkey,) = cosigned.database.rows("SELECT witness FROM ledger.cosignatures")
    assert f"kept as the word of An authority, {vkey}: compare these" in said


def test_each_cosignature_that_was_changed_is_found(cosigned):
    """Each of a witness of its own, beside one that nobody changed."""
    changes = (
        "seen_at = seen_at + interval '1 second'",
        "seen_at = 'infinity'",
        "line = replace(line, 'one', 'two')",
        "witness = replace(witness, 'one', 'two')",
        "size = (SELECT min(size) FROM ledger.checkpoints)",
    )
    theirs = [cosign(cosigned) for _ in changes]
    for vkey, sets in zip(theirs, changes, strict=True):
        cosigned.tamper(f"UPDATE ledger.cosignatures SET {sets} WHERE witness = %(of)s", of=vkey)

    found = cosigned.audit_of_the_log()

    assert set(found) == {"cosignature-differs"}
    said = [one["says"] for one in found["cosignature-differs"]]
    theirs[3] = theirs[3].replace("one", "two")
    assert sorted(key for key in theirs for one in said if key in one) == sorted(theirs)
    assert len(said) == len(theirs)


def test_each_stamp_that_was_changed_is_found(cosigned):
    """Each of an authority of its own, beside one that nobody changed."""
    changes = (
        "stamped_at = stamped_at - interval '1 second'",
        "stamped_at = 'infinity'",
        "size = (SELECT min(size) FROM ledger.checkpoints)",
        "token = sha256(token)",
    )
    theirs = [f"Authority {n}" for n, _ in enumerate(changes)]
    for name, sets in zip(theirs, changes, strict=True):
        keep_stamp(cosigned.url, stamp(cosigned.sizes[-1], newest(cosigned), now(), name))
        cosigned.tamper(f"UPDATE ledger.stamps SET {sets} WHERE authority = %(of)s", of=name)

    found = cosigned.audit_of_the_log()

    assert set(found) == {"stamp-differs"}
    said = [one["says"] for one in found["stamp-differs"]]
    assert sorted(name for name in theirs for one in said if name in one) == theirs
    assert len(said) == len(theirs)


def test_an_entry_that_somebody_saw_before_it_was_recorded_is_found(cosigned):
    earlier = now() - timedelta(hours=2)
    keep_stamp(cosigned.url, stamp(cosigned.sizes[-1], newest(cosigned), earlier))

    (one,) = cosigned.audit_of_the_log()["recorded-after-witness"]

    assert one["position"] == cosigned.sizes[-1]
    assert "An authority saw it by" in one["says"]
