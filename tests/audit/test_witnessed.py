"""Cosignatures that were kept are what witnesses signed, and fit the moments of the entries."""

from datetime import UTC, datetime, timedelta
from hashlib import sha256

import pytest

from ledger import clock
from ledger.seal.witnesses import Cosignature, Stamp, keep_cosignature, keep_stamp
from ledger.verify import note


@pytest.fixture
def cosigned(trial):
    """The trial, its newest checkpoint cosigned by a witness just now, and stamped."""
    witness, size = note.generate("witness.example/one"), trial.sizes[-1]
    text, now = note.split(trial.notes[-1])[0], int(clock.now().timestamp())
    line = note.cosignature(text, witness, now)
    keep_cosignature(trial.url, size, Cosignature(witness.witness, now, line))
    keep_stamp(trial.url, stamp(size, text, datetime.fromtimestamp(now, UTC)))
    return trial


def stamp(size, text, at):
    """What an audit looks for in a stamp: the hash that was stamped, and the time."""
    token = sha256(text.encode()).digest() + f"{at:%Y%m%d%H%M%SZ}".encode()
    return Stamp(size, text, "An authority", at, token)


def test_what_witnesses_say_of_an_honest_log_is_no_finding(cosigned):
    assert cosigned.audit() == {}
    assert "witnesses: 2 cosignatures and stamps" in cosigned.audit_in_words()


@pytest.mark.parametrize(
    "sets",
    [
        "seen_at = seen_at + interval '1 second'",
        "seen_at = 'infinity'",
        "line = replace(line, 'one', 'two')",
        "witness = replace(witness, 'one', 'two')",
        "size = (SELECT min(size) FROM ledger.checkpoints)",
    ],
)
def test_a_cosignature_that_was_changed_is_found(cosigned, sets):
    cosigned.tamper(f"UPDATE ledger.cosignatures SET {sets}")

    assert set(cosigned.audit_of_the_log()) == {"cosignature-differs"}


def test_whose_word_was_kept_is_named_since_any_key_can_have_any_name(cosigned):
    said = cosigned.audit_in_words()

    (vkey,) = cosigned.database.rows("SELECT witness FROM ledger.cosignatures")
    assert f"kept as the word of An authority, {vkey}: compare these" in said


@pytest.mark.parametrize(
    "sets",
    [
        "stamped_at = stamped_at - interval '1 second'",
        "stamped_at = 'infinity'",
        "size = (SELECT min(size) FROM ledger.checkpoints)",
        "token = sha256(token)",
    ],
)
def test_a_stamp_that_was_changed_is_found(cosigned, sets):
    cosigned.tamper(f"UPDATE ledger.stamps SET {sets}")

    assert set(cosigned.audit_of_the_log()) == {"stamp-differs"}


def test_an_entry_that_somebody_saw_before_it_was_recorded_is_found(cosigned):
    earlier = timedelta(hours=2)
    text = note.split(cosigned.notes[-1])[0]
    keep_stamp(cosigned.url, stamp(cosigned.sizes[-1], text, clock.now() - earlier))

    (one,) = cosigned.audit()["recorded-after-witness"]

    assert one["position"] == cosigned.sizes[-1]
    assert "An authority saw it by" in one["says"]
