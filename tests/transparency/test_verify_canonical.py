"""Two readers of a line see one thing: no other spelling and no member said twice passes."""

import json

import pytest
import rfc8785
from hypothesis import given, settings
from hypothesis import strategies as st

from ledger.verify import verify
from ledger.verify.line import is_entry
from tests.conftest import examples
from tests.transparency.made import KEY, compact, small

LINES = small().lines
AN_UPDATE = LINES[5]
assert b'"text":{' in AN_UPDATE


@pytest.fixture
def failed(tmp_path, capsys):
    """Seals a log in which a line is replaced: the checks that fail, with what is said."""

    def run(log):
        path = log.write(tmp_path, log.reseal())
        assert verify.main([str(path), "--key", KEY.vkey, "--json"]) == 1
        checks = json.loads(capsys.readouterr().out)["checks"]
        return {one["check"]: one["faults"] for one in checks if one["ok"] is False}

    return run


def test_a_text_that_stands_twice_is_refused_though_one_of_both_is_opened(failed):
    log = small()
    hidden = b'"text":{"audience":"public","lang":"en","sha256":"' + b"a" * 64 + b'"},"text":{'
    log.lines[5] = AN_UPDATE.replace(b'"text":{', hidden, 1)

    assert failed(log)["entries"] == ["line 6: it is not canonical JSON (RFC 8785)"]


def test_a_line_that_is_no_json_is_refused_though_it_ends_like_an_entry(failed):
    log = small()
    log.lines[5] = AN_UPDATE.replace(b'"data":{', b'"data":{nothing that is JSON,', 1)

    assert failed(log)["entries"] == ["line 6: it is not canonical JSON (RFC 8785)"]


def test_a_number_of_thousands_of_digits_is_refused_in_a_sentence(failed):
    log = small()
    log.lines[5] = AN_UPDATE.replace(b'"version":4', b'"version":' + b"4" * 5_000)

    assert failed(log)["entries"] == ["line 6: it has not the form of an entry"]


@pytest.mark.parametrize(
    ("was", "now"),
    [
        (b'"data":', b'"data": '),
        (b'"version":4', b'"version":04'),
        (b'"version":4', b'"version":4.0'),
        (b'"version":4', b'"version":-0'),
        (b'"version":4', b'"version":9007199254740992'),
        (b'"lang":"en"', b'"lang":"\xff"'),
        (b'"lang":"en"', b'"lang":"\t"'),
        (b'"lang":"en"', b'"lang":"\\u0065n"'),
        (b'"audience":"office","lang":"en"', b'"lang":"en","audience":"office"'),
        (b'"by":null,', b'"by":null,"by":null,'),
        (b'"by":null,', b'"by":"one","by":"other",'),
        (b'"by":null,', b""),
        (b'"by":null,', b'"by":null,"bye":null,'),
        (b'{"event"', b'{"even":1,"event"'),
    ],
)
def test_another_spelling_is_refused(was, now):
    assert all(is_entry(line) for line in LINES)
    assert was in AN_UPDATE

    assert not is_entry(AN_UPDATE.replace(was, now, 1))


_leaf = st.one_of(st.none(), st.booleans(), st.integers(-(2**53), 2**53), st.text(max_size=4))
_said = st.recursive(
    _leaf,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner),
    max_leaves=6,
)
_PUT = [b"", b"0", b'"', b",", b" ", b"\\", b"-"]
_edit = st.tuples(st.integers(0, 10_000), st.sampled_from(_PUT))


@settings(max_examples=examples(100, 3000), deadline=None)
@given(_said, st.lists(_edit, max_size=2))
def test_it_says_what_a_parser_and_the_library_of_rfc_8785_say(said, edits):
    whole = json.loads(AN_UPDATE)
    whole["event"]["data"] = said
    try:
        line = rfc8785.dumps(whole)
    except (rfc8785.CanonicalizationError, UnicodeEncodeError):
        line = compact(whole | {"event": {**whole["event"], "data": 2**60}})
    for at, put in edits:
        at %= len(line)
        line = line[:at] + put + line[at + 1 :]

    assert is_entry(line) == _is_canonical(line)


def _is_canonical(line):
    """The plain way. A member that stands twice is lost, so that the bytes differ."""
    try:
        said = json.loads(line)
        again = rfc8785.dumps(said)
    except (ValueError, rfc8785.CanonicalizationError, RecursionError):
        return False
    same = set(said) == {"event", "position", "recorded_at"}
    members = json.loads(AN_UPDATE)["event"].keys()
    return again == line and same and said["event"].keys() == members
