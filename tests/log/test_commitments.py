"""The commitment to a text: SHA-256("answerable/text/v1", 0x00, salt, UTF-8 of the text)."""

import hashlib

from ledger.events.texts import commitment, say

SALT = "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f"
TEXT = "Tŷ’r Cyffredin \U0001f469\u200d\U0001f467"
COMMITMENT = "673e8b667ec34e012544f170feafa64e560b19f1a155999911282894dff247db"


def test_a_commitment_is_the_published_hash_of_salt_and_text():
    from_scratch = hashlib.sha256()
    from_scratch.update(b"answerable/text/v1")
    from_scratch.update(b"\x00")
    from_scratch.update(bytes.fromhex(SALT))
    from_scratch.update(TEXT.encode("utf-8"))

    assert from_scratch.hexdigest() == COMMITMENT
    assert commitment(bytes.fromhex(SALT), TEXT) == COMMITMENT


def test_a_text_that_is_said_opens_its_own_commitment_under_a_fresh_salt():
    one, two = say("the same"), say("the same")

    assert one.opening
    assert two.opening
    assert len(one.opening.salt) == 32
    assert one.opening.salt != two.opening.salt
    assert one.sha256 != two.sha256
    assert one.sha256 == commitment(one.opening.salt, "the same")
