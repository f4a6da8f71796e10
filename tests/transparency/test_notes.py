"""Signed notes and their keys: the vectors of Go and C2SP, several signatures, cosignatures."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.verify import note
from ledger.verify.note import NoteError, SigningKey

SALVATORE = note.generate("quasimodo.example/salvatore")
WITNESS = note.generate("witness.example/w1")
TEXT = "Ognuno sta solo\n\ned è subito sera.\n"


@pytest.fixture(scope="module")
def vectors(shared: Path) -> Any:
    return json.loads((shared / "vectors/signed-note/note_vectors.json").read_text())


def test_notes_are_taken_and_refused_as_in_the_vectors(vectors):
    for case in vectors["cases"]:
        keys = [note.parse_vkey(one) for one in case["vkeys"]]
        if case["ok"]:
            assert len(note.open(case["note"], keys).signatures) == case["verified"], case["name"]
        else:
            with pytest.raises(NoteError):
                note.open(case["note"], keys)


def test_verifier_keys_are_taken_and_refused_as_in_the_vectors(vectors):
    for vkey in vectors["good_vkeys"]:
        assert note.parse_vkey(vkey).vkey == vkey
    for vkey in vectors["bad_vkeys"]:
        with pytest.raises(NoteError, match="is no verifier key"):
            note.parse_vkey(vkey)


def test_a_real_checkpoint_verifies(shared):
    real = json.loads((shared / "vectors/signed-note/sumdb_checkpoints.json").read_text())

    for request in real["requests"]:
        opened = note.open(request["checkpoint"], [note.parse_vkey(real["vkey"])])
        assert opened.text.startswith(real["origin"])


def test_each_of_several_signatures_of_a_note_verifies():
    other = note.generate("example.org/another")
    signed = note.sign(TEXT, SALVATORE, other)

    for key in (SALVATORE, other):
        opened = note.open(signed.encode(), [key.verifier])
        assert opened.text == TEXT
        assert list(opened.signed_by(note.ED25519)) == [key.verifier]
    assert len(note.open(signed, [SALVATORE.verifier, other.verifier]).signatures) == 2


def test_a_cosignature_says_when_and_does_not_verify_as_anything_else():
    signed = note.sign(TEXT, SALVATORE) + note.cosignature(TEXT, WITNESS, 1679315147)
    opened = note.open(signed, [SALVATORE.verifier, WITNESS.witness])

    assert opened.signed_by(note.COSIGNATURE)[WITNESS.witness].timestamp == 1679315147
    with pytest.raises(NoteError, match="No key that you trust"):
        note.open(signed, [WITNESS.verifier])


def test_where_no_known_key_signed_it_says_whose_name_is_there():
    other, signed = note.generate("other.example"), note.sign(TEXT, SALVATORE)
    name = f"{SALVATORE.name}+{SALVATORE.verifier.id.hex()}"
    said = f"No key that you trust signed this. Under it stands {name}."

    with pytest.raises(NoteError) as refused:
        note.open(signed, [other.verifier])
    assert str(refused.value) == said

    with pytest.raises(NoteError) as refused:
        note.open(signed, [note.generate(SALVATORE.name).verifier])
    assert str(refused.value).startswith(f"{said} If yours was rotated, take the next one")


def test_a_note_names_three_of_many_unknown_signers():
    signed = note.sign(TEXT, *(note.generate(f"s{n}.example") for n in range(9)))

    with pytest.raises(NoteError, match=r"Under it stands s0[^,]+, s1[^,]+, s2[^ ]+ and 6 more\.$"):
        note.open(signed, [SALVATORE.verifier])


def test_a_cosignature_with_another_time_is_refused():
    line = note.cosignature(TEXT, WITNESS, 1679315147)
    name, raw = note.split(f"{TEXT}\n{line}")[1][0]
    later = raw[:4] + (1679315148).to_bytes(8, "big") + raw[12:]

    with pytest.raises(NoteError, match=r"signature of witness.example/w1 is not valid"):
        note.open(f"{TEXT}\n— {name} {note.to_base64(later)}\n", [WITNESS.witness])


def test_the_earlier_of_two_cosignatures_of_a_witness_counts():
    lines = (note.cosignature(TEXT, WITNESS, at) for at in (30, 10, 20))
    opened = note.open(f"{TEXT}\n{''.join(lines)}", [WITNESS.witness])

    assert opened.signed_by(note.COSIGNATURE)[WITNESS.witness].timestamp == 10


def test_sixteen_signatures_are_taken_and_a_thousand_refused():
    keys = [note.generate(f"example.org/{n}") for n in range(16)]
    line = note.sign(TEXT, SALVATORE).removeprefix(f"{TEXT}\n")

    assert len(note.open(note.sign(TEXT, *keys), [one.verifier for one in keys]).signatures) == 16
    with pytest.raises(NoteError, match="more than 64"):
        note.open(f"{TEXT}\n{line * 1000}", [SALVATORE.verifier])


@given(st.data())
def test_no_byte_of_a_note_can_change(data):
    signed = note.sign(TEXT, SALVATORE).encode()
    at = data.draw(st.integers(0, len(signed) - 1))
    byte = data.draw(st.integers(0, 255).filter(lambda one: one != signed[at]))

    with pytest.raises(NoteError):
        note.open(signed[:at] + bytes([byte]) + signed[at + 1 :], [SALVATORE.verifier])


@pytest.mark.parametrize("name", ["", "a+b", "a b", "a\u00a0b"])
def test_such_a_name_names_no_key(name):
    with pytest.raises(NoteError, match="cannot name a key"):
        note.generate(name)
    vkey = SigningKey(name, SALVATORE.seed).vkey
    with pytest.raises(NoteError, match="is no verifier key"):
        note.parse_vkey(vkey)


@pytest.mark.parametrize("text", ["no newline at the end", "a\tb\n", "a\rb\n"])
def test_such_a_text_is_not_signed(text):
    with pytest.raises(NoteError, match="ends with a newline and has no control characters"):
        note.sign(text, SALVATORE)


def test_signing_keys_and_witness_keys_read_back_the_same():
    assert note.parse(SALVATORE.text) == SALVATORE
    assert note.parse_vkey(SALVATORE.vkey) == SALVATORE.verifier
    assert note.parse_vkey(WITNESS.witness.vkey) == WITNESS.witness


@pytest.mark.parametrize("kind", [note.ED25519, note.COSIGNATURE])
@pytest.mark.parametrize(
    "public",
    [
        (1).to_bytes(32, "little"),
        bytes(32),
        (2**255 - 20).to_bytes(32, "little"),
        (2**255 - 18).to_bytes(32, "little"),  # 1 again, as no one writes it
        (2**255 + 1).to_bytes(32, "little"),  # and with a sign that it has not
        bytes.fromhex("26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05"),
        bytes.fromhex("c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa"),
    ],
    ids=["one", "zero", "minus one", "one again", "with a sign", "of eight", "of eight too"],
)
def test_a_key_by_which_anybody_can_sign_is_none(kind, public):
    with pytest.raises(NoteError, match="anybody can sign by it"):
        note.parse_vkey(note.VerifierKey("log.example", kind, public).vkey)
