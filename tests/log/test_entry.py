"""An entry: its canonical bytes, there and back, for every event; and its line in the log."""

import dataclasses
import json
import types
from datetime import UTC, datetime, timedelta, timezone
from typing import Union, get_args, get_origin, get_type_hints

import pytest
import rfc8785
from hypothesis import given, settings
from hypothesis import strategies as st

from ledger.errors import Unfit
from ledger.events import EVENTS, AccountOpened
from ledger.events.entry import MAX_ENTRY_BYTES, decode, encode, line
from tests.conftest import examples, some
from tests.log.values import PLAIN, RECORDED_AT, SAFE_INTEGER, entries, example

events = pytest.mark.parametrize("event", EVENTS, ids=lambda event: event.TOPIC)


@pytest.mark.sampled
@pytest.mark.parametrize("event", some(EVENTS, 3), ids=lambda event: event.TOPIC)
def test_every_entry_of_every_event_reads_back_the_same(event):
    @settings(max_examples=examples(10, 200), deadline=None)
    @given(entries((event,)))
    def check(entry):
        stored = encode(entry)

        assert decode(stored) == entry
        assert encode(decode(stored)) == stored
        assert stored == rfc8785.dumps(json.loads(stored))

    check()


def declared(kind: object) -> list[type]:
    """Return a dataclass, and those that its fields hold."""
    found = []
    if get_args(kind):
        for one in get_args(kind):
            found += declared(one)
    elif isinstance(kind, type) and dataclasses.is_dataclass(kind):
        found.append(kind)
        for one in get_type_hints(kind).values():
            found += declared(one)
    return found


@events
def test_every_field_that_may_be_absent_has_a_default_and_is_left_out_of_the_stored_bytes(event):
    for kind in declared(event):
        hints = get_type_hints(kind)
        for field in dataclasses.fields(kind):
            hint = hints[field.name]
            optional = get_origin(hint) in (Union, types.UnionType) and type(None) in get_args(hint)
            if optional and field.name != "opening":  # which is in no entry
                assert field.default is None, f"{kind.__name__}.{field.name}"
    assert None not in json.loads(encode(example(event)))["data"].values()


def test_an_event_that_is_not_known_is_told_by_its_name():
    stored = encode(example(AccountOpened, 0)).replace(b"account-opened", b"gone-fishing")

    with pytest.raises(ValueError, match="“gone-fishing” is no event that this version knows"):
        decode(stored)


def test_fields_that_a_newer_version_added_do_not_stop_an_older_one():
    stored = encode(example(AccountOpened, 0))

    newer = stored.replace(b'"data":{', b'"data":{"a_newer_field":[1],')

    assert decode(newer) == decode(stored)


# Refused before they are stored


def account(name: str):
    return dataclasses.replace(
        example(AccountOpened, 0), data=AccountOpened(account=name, body=None)
    )


def with_version(version: int):
    return dataclasses.replace(example(AccountOpened, 0), version=version)


@pytest.mark.parametrize(
    ("entry", "sentence"),
    [
        (account("a\x00b"), r"The character U\+0000 cannot be stored\."),
        (account("\\\x00"), r"The character U\+0000 cannot be stored\."),
        (account("\ud800"), "cannot be stored so that it reads back the same"),
        (account("\udfffa"), "cannot be stored so that it reads back the same"),
        (with_version(2**53), "9007199254740992 exceeds safe integer domain"),
        (with_version(-(2**53)), "-9007199254740992 exceeds safe integer domain"),
        (with_version(10**400), "exceeds safe integer domain"),
        (account("x" * 70_000), r"This entry would have 70,\d\d\d bytes; 65,535 is the most"),
    ],
    ids=["nul", "backslash-nul", "high", "low", "2^53", "-2^53", "10^400", "long"],
)
def test_an_entry_that_could_not_be_read_again_is_refused_in_a_sentence(entry, sentence):
    with pytest.raises(Unfit, match=sentence):
        encode(entry)


@pytest.mark.parametrize(
    "name",
    [
        '{"_type_":"uuid_hex","_data_":"d6eb4e6f0bb44f9f8b0c5e2a4e6d9d3b"}',
        r"\u0000 in words, \\u0000",
        "\\",
        '"',
        "\x01\x1f\x7f\x80\u2028\u2029\ufeff\uffff",
        "\u05e9\u05dc\u05d5\u05dd abc \u202e\u0645\u0631\u062d\u0628\u0627",  # from right to left
        "\U0001f469\u200d\U0001f467 \U0001f3f4\U000e0067\U000e0062\U000e007f",  # emoji
        "e\u0301 \u00e9 A\u030a \u212b",  # not normalised
        "</script><!-- ]]>",
    ],
)
def test_a_string_of_every_other_shape_reads_back_the_same(name):
    entry = account(name)

    stored = encode(entry)

    assert decode(stored) == entry
    assert encode(decode(stored)) == stored


@pytest.mark.parametrize("version", [SAFE_INTEGER, -SAFE_INTEGER, 0])
def test_integers_up_to_two_to_the_53_read_back_the_same(version):
    assert decode(encode(with_version(version))).version == version


# The line of the log


@given(
    entries(),
    st.integers(1, SAFE_INTEGER),
    st.datetimes(min_value=datetime(1970, 1, 1), timezones=st.just(UTC)),  # noqa: DTZ001
)
def test_a_line_is_the_stored_bytes_the_position_and_the_instant(entry, position, instant):
    stored = encode(entry)

    found = line(stored, position, instant)

    said = instant.strftime("%Y-%m-%dT%H:%M:%S.%fZ")
    assert found == (
        b'{"event":' + stored + b',"position":%d,"recorded_at":"%b"}' % (position, said.encode())
    )
    assert found == rfc8785.dumps(json.loads(found))
    assert b"\n" not in found


def test_the_instant_of_a_line_is_in_utc_whatever_zone_it_came_in():
    bst = timezone(timedelta(hours=1))

    assert (
        line(b"{}", 1, RECORDED_AT.astimezone(bst))
        == line(b"{}", 1, RECORDED_AT)
        == (b'{"event":{},"position":1,"recorded_at":"2026-07-01T09:30:00.123456Z"}')
    )


def test_whole_seconds_have_their_six_digits_too():
    assert b'"2026-07-01T09:30:00.000000Z"' in line(b"{}", 1, RECORDED_AT.replace(microsecond=0))


def test_the_longest_entry_that_is_let_through_has_a_line_of_at_most_65535_bytes():
    spare = MAX_ENTRY_BYTES - len(line(encode(account("")), SAFE_INTEGER, RECORDED_AT))

    longest = encode(account("x" * spare))

    assert len(line(longest, SAFE_INTEGER, RECORDED_AT)) == MAX_ENTRY_BYTES
    with pytest.raises(Unfit, match=r"would have 65,536 bytes"):
        encode(account("x" * (spare + 1)))


@given(PLAIN, PLAIN)
def test_different_strings_have_different_bytes(one, other):
    assert (encode(account(one)) == encode(account(other))) == (one == other)
