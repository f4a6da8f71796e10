"""Reading a line by its shape says what parsing it says, whatever lines came before."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ledger.verify import line as verify_line
from ledger.verify.line import LineError, Lines, is_entry, read
from tests.conftest import examples
from tests.transparency.made import Log, Say, compact, entry_id, small

LINES = small().lines
AN_UPDATE = LINES[5]
assert b'"text":{' in AN_UPDATE


def plainly(raw):
    """What a line says, parsed; or why it is none."""
    try:
        line = read(raw)
    except LineError as error:
        return str(error)
    line.canonical = is_entry(raw)
    return line


def by_shape(lines, raw):
    try:
        return lines.read(raw)
    except LineError as error:
        return str(error)


def refused(said):
    return isinstance(said, str) or not said.canonical


def another(line, **members):
    """A line of the same event with other members, of the event or beside it."""
    whole = json.loads(line)
    for name, value in members.items():
        part = whole if name in whole else whole["event"]
        part[name] = value
    return compact(whole)


@pytest.fixture
def parses(monkeypatch):
    """The lines that were parsed whole."""
    parsed = []

    def counting(raw):
        parsed.append(raw)
        return read(raw)

    monkeypatch.setattr(verify_line, "read", counting)
    return parsed


def test_of_one_shape_the_first_line_is_parsed_and_the_others_are_not(parses):
    lines = Lines()
    log = Log()
    for n in range(10, 100):
        log.add("update-received", {"text": Say(f"Nr. {n}", "office"), "claim": {"means": str(n)}})

    for raw in log.lines:
        assert by_shape(lines, raw) == plainly(raw)

    assert parses == log.lines[:1]


def test_what_reads_a_line_by_its_shape_refuses_a_longer_one_than_an_entry_may_be():
    lines = Lines()
    assert lines.read(AN_UPDATE).canonical

    longer = another(AN_UPDATE, recorded_by="a" * 65_535)
    assert by_shape(lines, longer) == plainly(longer)
    assert "65,535 is the most" in by_shape(lines, longer)


@pytest.mark.parametrize(
    "data",
    [
        {"sha256": "ab" * 32},
        {"text": {"audience": "public", "lang": "en", "sha256": "AB" * 32}},
        {"text": {"audience": "secret", "lang": "en", "sha256": "ab" * 32}},
        {"text": {"audience": "public", "lang": "english", "sha256": "ab" * 32}},
        {"text": {"audience": "public", "lang": "en", "more": 1, "sha256": "ab" * 32}},
        {"texts": [{"audience": "public", "lang": "en", "sha256": f"{n:064x}"} for n in (1, 2)]},
        {"id": "x", "occurred_on": "2026-01-01", "type": "y", "version": 7, "position": 0},
        {"ü “”\x7f\u2028": "ü “”\x7f\u2028", "n": [0, -1, 2**53 - 1, True, False, None, [], {}]},
        {"(": "a.b*c", "[^": "\U0001f600"},
    ],
)
@pytest.mark.parametrize("where", ["data", "source", "batch", "by"])
def test_what_only_looks_like_a_text_or_a_member_is_read_as_it_is_parsed(data, where):
    lines = Lines()
    for version in range(1, 4):
        raw = another(AN_UPDATE, version=version, **{where: data})
        assert by_shape(lines, raw) == plainly(raw)


USUAL = {"audience": "public", "lang": "en", "sha256": "ab" * 32}


@pytest.mark.parametrize(
    "members",
    [
        {"data": {"text": {"audience": USUAL, "lang": "en", "sha256": "ab" * 32}}},
        {"data": {"text": {**USUAL, "lang": "english"}}, "batch": USUAL},
        {"data": {"text": {**USUAL, "lang": "english"}}, "by": {"a": [USUAL]}},
        {"by": {**USUAL, "lang": "english"}},
    ],
)
def test_a_text_of_an_unusual_form_is_not_taken_for_one_that_stands_beside_it(members):
    """In the first line both have one commitment, so that it reads alike either way."""
    first = another(AN_UPDATE, **members)
    unusual = first.replace(b'"sha256":"' + b"ab" * 32 + b'"}', b'"sha256":"' + b"cd" * 32 + b'"}')
    usual = first.replace(b"english", b"en")
    for several in ([first, unusual, usual], [unusual, first], [usual, first, unusual]):
        lines = Lines()
        for raw in several:
            assert by_shape(lines, raw) == plainly(raw)
    mixed = b"cd".join(first.rsplit(b"ab", 1))
    lines = Lines()
    assert [by_shape(lines, raw) for raw in (first, mixed)] == [plainly(first), plainly(mixed)]


@pytest.mark.parametrize(
    "at",
    [
        "2026-06-01T12:60:00.000000Z",
        "2026-06-01T12:00:::.000000Z",
        "2026-06-01T1200:000.000000Z",
        "2026-20-01T12:00:00.000000Z",
        "2026-06-41T12:00:00.000000Z",
    ],
)
def test_a_time_that_no_clock_shows_is_refused(at):
    lines = Lines()
    lines.read(AN_UPDATE)
    assert "form of an entry" in by_shape(lines, another(AN_UPDATE, recorded_at=at))


@pytest.mark.parametrize("said", [[1] * 1_500, [""] * 1_000, {f"n{n}": 1 for n in range(400)}])
def test_long_patterns_are_not_made_and_of_short_ones_no_more_than_lines_make_up_for(
    monkeypatch, said
):
    made = []
    shape = verify_line._shape

    def counting(line, written):
        made.append(written)
        return shape(line, written)

    monkeypatch.setattr(verify_line, "_shape", counting)
    monkeypatch.setattr(verify_line, "_AT_ONCE", 2_000)
    lines, read_in_all = Lines(), 0
    for n in range(300):
        raw = another(AN_UPDATE, data={f"long{n}": said} if n % 2 else {f"short{n}": n})
        read_in_all += len(raw)
        assert lines.read(raw).canonical
    most = 2_000 + read_in_all // verify_line._LATER
    assert 0 < sum(map(len, made)) <= most + verify_line._LONGEST
    assert max(map(len, made)) <= verify_line._LONGEST


def test_what_is_nested_deeper_than_a_parser_goes_is_refused_in_a_sentence():
    lines = Lines()
    deep = [AN_UPDATE.replace(b"null", b"[" * n + b"]" * n, 1) for n in range(10, 1_000, 7)]
    said = [[by_shape(lines, raw) for _ in range(2)] for raw in deep]

    assert all(first == again for first, again in said)
    assert [refused(first) for first, _ in said] == sorted(refused(first) for first, _ in said)
    assert not refused(said[0][0])
    assert refused(said[-1][0])


def test_what_json_reads_but_no_walk_for_texts_does_is_refused_in_a_sentence():
    """Newer Pythons read ten times as deep as they go by themselves; an escape has it walked."""
    for n in (200, 900, 1_200, 5_000, 20_000):
        put = b'"data":{"a":"\\n","b":' + b'{"c":' * n + b"0" + b"}" * n + b","
        raw = AN_UPDATE.replace(b'"data":{', put, 1)
        said = by_shape(Lines(), raw)
        assert said == plainly(raw)
        assert refused(said) or n < 1_000


@pytest.mark.parametrize(
    ("alike", "most", "shapes"), [(32, 1_000, 1_000), (2, 5, 150), (40, 5, 150), (1, 1, 150)]
)
def test_a_log_of_a_thousand_shapes_is_read_as_it_is_parsed(monkeypatch, alike, most, shapes):
    monkeypatch.setattr(verify_line, "_ALIKE", alike)
    monkeypatch.setattr(verify_line, "_MOST", most)
    lines = Lines()
    for n in (*range(shapes), *range(0, shapes, 50)):
        data = {f"n{n}": ["1"] * (n % 3)}
        raw = another(AN_UPDATE, data=data, type="odd" if n % 2 else "update-received")
        assert by_shape(lines, raw) == plainly(raw)
        assert by_shape(lines, raw).canonical


_leaf = st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text(max_size=4)
_said = st.recursive(
    _leaf,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner),
    max_leaves=6,
)
_IN_STRINGS = [b"\x00", b"\n", b"\x1f", b"\x7f", b"\xff", b"\xc0\xaf", b"\xed\xa0\x80", b"\\"]
_IN_STRINGS += [b"\\u0041", b"\\ud800", b"\\/", b'"', b'","by":"', b'":"', b"", b"\xe2\x82\xac"]
_OUTSIDE = [b" ", b"0", b"-", b"-0", b"1", b".0", b"e1", b"0" * 16, b",", b":", b"{}", b"[", b"]"]
_OUTSIDE += [b"null", b"true", b"\t", b"\n", b"\x00", b"\xef\xbb\xbf", b'"by":null,', b'"a":1,']
_edit = st.tuples(
    st.integers(0, 10_000), st.sampled_from(_IN_STRINGS), st.sampled_from(_OUTSIDE), st.booleans()
)


def edited(raw, edits):
    """A line with something put into a string of it, or between two."""
    for at, into, between, whole in edits:
        parts = raw.split(b'"')
        at %= len(parts)
        put = into if at % 2 else between
        here = 0 if whole else len(parts[at]) // 2
        parts[at] = put if whole else parts[at][:here] + put + parts[at][here:]
        raw = b'"'.join(parts)
    return raw


@settings(max_examples=examples(100, 4000), deadline=None)
@given(
    st.lists(
        st.tuples(st.sampled_from(LINES), st.lists(_edit, max_size=2)), min_size=1, max_size=8
    ),
    st.lists(_said, max_size=2),
)
def test_it_says_what_parsing_says_whatever_came_before(several, data):
    lines = Lines()
    for raw in LINES:
        assert by_shape(lines, raw) == plainly(raw)
    for said in data:
        text = json.dumps(said, ensure_ascii=False, separators=(",", ":"), sort_keys=True)
        put = b'"data":{"a":' + text.encode(errors="replace") + b","
        raw = AN_UPDATE.replace(b'"data":{', put, 1)
        assert by_shape(lines, raw) == plainly(raw)
    for raw, edits in several:
        line = edited(raw, edits)
        assert by_shape(lines, line) == plainly(line)
        assert by_shape(lines, line) == plainly(line)


def test_each_edit_of_a_line_is_refused_or_reads_as_it_is_parsed():
    lines = Lines()
    for raw in LINES:
        lines.read(raw)
    wrong = 0
    for at in range(len(AN_UPDATE.split(b'"'))):
        for put in _IN_STRINGS if at % 2 else _OUTSIDE:
            for whole in (False, True):
                line = edited(AN_UPDATE, [(at, put, put, whole)])
                said = by_shape(lines, line)
                assert said == plainly(line)
                wrong += refused(said)
    assert wrong > 1_000
    assert lines.read(another(AN_UPDATE, id=entry_id(77))).id == entry_id(77).encode()
