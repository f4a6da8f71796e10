"""Two readers of a line see one thing: no other spelling and no member said twice passes."""

import json

import pytest
import rfc8785
from hypothesis import given, settings
from hypothesis import strategies as st

from ledger.verify import verify
from ledger.verify.line import LineError, Text, read
from tests.conftest import examples
from tests.transparency.made import KEY, compact, entry_id, small

LINES = small().lines
AN_UPDATE = LINES[5]
assert b'"text":{' in AN_UPDATE


def is_entry(raw):
    """Return whether a line is an entry, in canonical JSON."""
    try:
        return read(raw).canonical
    except LineError:
        return False


def another(**members):
    """Return the line of an update with other members, of the event or beside it."""
    whole = json.loads(AN_UPDATE)
    for name, value in members.items():
        part = whole if name in whole else whole["event"]
        part[name] = value
    return compact(whole)


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

    assert failed(log)["entries"] == ["line 6: it is no JSON of whole numbers and strings"]


def test_a_number_of_thousands_of_digits_is_refused_in_a_sentence(failed):
    log = small()
    log.lines[5] = AN_UPDATE.replace(b'"version":4', b'"version":' + b"4" * 5_000)

    assert failed(log)["entries"] == ["line 6: it is no JSON of whole numbers and strings"]


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


def test_a_longer_line_than_an_entry_may_have_is_refused():
    with pytest.raises(LineError, match="65,535 is the most"):
        read(another(recorded_by="a" * 65_535))


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("id", "0198F000-0000-7000-8000-000000000006"),
        ("id", 6),
        ("version", "4"),
        ("version", True),
        ("version", -4),
        ("position", None),
        ("recorded_by", 'a "name"'),
        ("recorded_by", ""),
        ("stream", ["report/x"]),
        ("type", "Update Received"),
        ("provenance", None),
        ("schema", {}),
        ("occurred_on", "yesterday"),
        ("source", "a page"),
        ("data", []),
        ("recorded_at", "2026-06-01T12:60:00.000000Z"),
        ("recorded_at", "2026-06-01T12:00:::.000000Z"),
        ("recorded_at", "2026-06-01T1200:000.000000Z"),
        ("recorded_at", "2026-20-01T12:00:00.000000Z"),
        ("recorded_at", "2026-06-41T12:00:00.000000Z"),
    ],
)
def test_a_member_of_another_kind_is_refused(name, value):
    with pytest.raises(LineError, match="it has not the form of an entry"):
        read(another(**{name: value}))


@pytest.mark.parametrize("where", ["data", "source", "batch", "by"])
def test_an_object_with_the_members_of_a_text_is_one_wherever_it_stands(where):
    texts = [{"audience": "public", "lang": "en", "sha256": f"{n:064x}"} for n in range(2)]
    odd = {"audience": "secret", "lang": None, "sha256": 7}
    more = {"audience": "public", "lang": "en", "more": 1, "sha256": "ab" * 32}
    found = read(another(**{where: {"both": texts, "more": more, "odd": odd, "sha256": "cd" * 32}}))

    path = "" if where == "data" else f"{where}."
    assert [one for one in found.texts if one.path.startswith(path)] >= [
        Text(f"{path}both.0", "public", f"{0:064x}"),
        Text(f"{path}both.1", "public", f"{1:064x}"),
        Text(f"{path}odd", "secret", "7"),
    ]
    assert found.canonical


def test_nesting_deeper_than_a_parser_goes_is_refused_in_a_sentence():
    """Newer Pythons read ten times as deep as they go by themselves."""
    for n in (10, 200, 900, 1_200, 5_000, 20_000):
        for put in (b"[" * n + b"]" * n, b'{"c":' * n + b"0" + b"}" * n):
            raw = AN_UPDATE.replace(b'"data":{', b'"data":{"a":' + put + b",", 1)
            assert is_entry(raw) or n > 100
            assert not is_entry(raw) or n < 10_000


def test_names_are_in_the_order_of_their_utf_16():
    """A name of two units in UTF-16 comes before one from U+E000 on, which is one unit."""
    first, then = "\U0001f600", "\uffee"
    right = another().replace(b'"data":{', f'"data":{{"{first}":1,"{then}":1,'.encode(), 1)
    wrong = another().replace(b'"data":{', f'"data":{{"{then}":1,"{first}":1,'.encode(), 1)
    text = b'"text":' + AN_UPDATE.split(b'"text":')[1].split(b"}")[0] + b"}"
    right, wrong = (
        raw.replace(b"," + text, b"").replace(b'"data":{', b'"data":{' + text + b",", 1)
        for raw in (right, wrong)
    )

    assert is_entry(right)
    assert not is_entry(wrong)
    assert rfc8785.dumps(json.loads(wrong)) == right


def test_each_edit_of_a_line_is_refused_or_leaves_it_canonical():
    parts = AN_UPDATE.split(b'"')
    into = [b"\x00", b"\n", b"\x1f", b"\x7f", b"\xff", b"\xc0\xaf", b"\xed\xa0\x80", b"\\"]
    into += [b"\\u0041", b"\\ud800", b"\\/", b'"', b'","by":"', b'":"', b"", b"\xe2\x82\xac"]
    between = [b" ", b"0", b"-", b"-0", b"1", b".0", b"e1", b"0" * 16, b",", b":", b"{}", b"["]
    between += [b"]", b"null", b"true", b"\t", b"\n", b"\xef\xbb\xbf", b'"by":null,', b'"a":1,']
    refused = 0
    for at, part in enumerate(parts):
        for put in into if at % 2 else between:
            for now in (put, part[: len(part) // 2] + put + part[len(part) // 2 :]):
                line = b'"'.join([*parts[:at], now, *parts[at + 1 :]])
                assert not is_entry(line) or _is_canonical(line)
                refused += not is_entry(line)
    assert refused > 1_000
    assert read(another(id=entry_id(77))).id == entry_id(77)


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
    whole["event"]["data"] = {"said": said}
    try:
        line = rfc8785.dumps(whole)
    except (rfc8785.CanonicalizationError, UnicodeEncodeError):
        line = compact(whole | {"event": {**whole["event"], "data": 2**60}})
    for at, put in edits:
        at %= len(line)
        line = line[:at] + put + line[at + 1 :]

    assert not is_entry(line) or _is_canonical(line)
    assert edits or is_entry(line) == _is_canonical(line)


def _is_canonical(line):
    """Return the line in the plain way. A member that stands twice is lost, so that the bytes
    differ."""
    try:
        said = json.loads(line)
        again = rfc8785.dumps(said)
    except (ValueError, rfc8785.CanonicalizationError, RecursionError):
        return False
    same = set(said) == {"event", "position", "recorded_at"}
    members = json.loads(AN_UPDATE)["event"].keys()
    return again == line and same and said["event"].keys() == members
