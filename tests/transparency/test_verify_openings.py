"""The texts beside a log: many at once, and each line of the file is an opening or refused."""

import hashlib
import io
import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ledger.verify import pieces as verify_pieces
from ledger.verify.pieces import pieces
from ledger.verify.texts import LEAST, _parsed, openings
from tests.conftest import examples

NO_OPENING = "line 1 of the texts is no opening"


def opening(text, position=3, salt=b"s" * 32, **more):
    said = {
        "position": position,
        "sha256": hashlib.sha256(b"answerable/text/v1\0" + salt + text.encode()).hexdigest(),
        "salt": salt.hex(),
        "text": text,
    }
    return json.dumps(said | more, ensure_ascii=False, separators=(",", ":")).encode()


def faults(raw):
    return [one.fault for one in openings([raw])]


def test_a_text_is_held_against_the_commitment_beside_it():
    for text in ("", "Plainly said.", "“It’s”\u2028\x7f", '"Quoted",\n\tand \\ so.', "\U0001f600"):
        assert faults(opening(text) + b"\n") == [None]
        wrong = opening(text, salt=b"t" * 32).replace(b"74" * 32, b"75" * 32)
        assert faults(wrong) == ["a text of entry 3 is not the one that was recorded"]


def test_the_shortest_opening_is_one_however_its_members_stand():
    said = json.loads(opening(""))
    for names in (list(said), list(reversed(said))):
        line = json.dumps({name: said[name] for name in names}, separators=(",", ":")).encode()
        assert len(line) == LEAST
        assert faults(line) == [None]


def test_another_text_is_found_among_many_of_which_some_have_escapes():
    lines = [opening(f"Text {n}" + "\n" * (n % 3 == 0), position=n) for n in range(1, 3_000)]
    lines[1_998] = lines[1_998].replace(b"Text 1999", b"Text 2000")
    lines[2_000] = lines[2_000].replace(b"Text 2001", b"Text 2002")
    found = list(openings(pieces(io.BytesIO(b"\n".join(lines)))))

    assert [one.position for one in found] == list(range(1, 3_000))
    assert [one.position for one in found if one.fault] == [1_999, 2_001]


def _without_salt(raw):
    return raw.replace(b',"salt":"' + b"73" * 32 + b'"', b"")


@pytest.mark.parametrize(
    "raw",
    [
        b" ",
        b"{}",
        b"[]",
        b"null",
        b"\xff" * 9,
        b"[" * 100_000,
        _without_salt(opening("A")),
        opening("A") + b"}",
        opening("A") + opening("B"),
        b"\xef\xbb\xbf" + opening("A"),
        opening("A").decode().encode("utf-16-le"),
        opening("A", position=0).replace(b":0,", b":1.0,"),
        opening("A", position=0).replace(b":0,", b":" + b"1" * 5_000 + b","),
        opening("A", position=True),
        opening("A", salt=b"s" * 31),
        opening("A", sha256="A" * 64),
        opening("A").replace(b'"text":"A"', b'"text":null'),
        opening("A", more=1),
        opening("A").replace(b'"A"', b'"A","text":"A"'),
        opening("A").replace(b'"A"', b'"\x00"'),
        opening("A").replace(b'"A"', b'"\\ud800"'),
    ],
)
def test_a_line_that_is_no_opening_of_a_text_is_refused(raw):
    assert faults(raw) == [NO_OPENING]
    assert faults(opening("B") + b"\n" + raw + b"\n") == [None, NO_OPENING.replace("1", "2")]


def test_bytes_that_are_no_utf_8_are_no_text_whatever_their_commitment():
    raw = opening("é")
    salted = b"answerable/text/v1\0" + b"s" * 32 + b"\xe9"
    wrong = raw.replace("é".encode(), b"\xe9").replace(
        json.loads(raw)["sha256"].encode(), hashlib.sha256(salted).hexdigest().encode()
    )
    assert faults(b"\n".join([raw, wrong, raw])) == [None, NO_OPENING.replace("1", "2"), None]


def test_a_file_without_texts_has_no_openings():
    assert list(openings(pieces(io.BytesIO(b"")))) == []
    assert list(openings([b""])) == []


_line = st.one_of(
    st.text(max_size=20).map(opening),
    st.tuples(st.text(max_size=5).map(opening), st.integers(0, 200), st.binary(max_size=3)).map(
        lambda one: one[0][: one[1]] + one[2] + one[0][one[1] + 1 :]
    ),
    st.binary(max_size=10),
)


@settings(max_examples=examples(100, 3000), deadline=None)
@given(st.lists(_line, max_size=12), st.booleans(), st.integers(1, 400))
def test_many_at_once_say_what_each_by_itself_says(lines, ended, size):
    whole = b"\n".join(lines) + b"\n" * ended
    alone = whole.removesuffix(b"\n").split(b"\n") if whole else []
    expected = [
        one._replace(fault=one.fault and one.fault.replace("line 1 ", f"line {n} "))
        for n, raw in enumerate(alone, 1)
        for one in [_parsed(raw, 1)]
    ]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(verify_pieces, "SIZE", size)
        assert list(openings(pieces(io.BytesIO(whole)))) == expected
