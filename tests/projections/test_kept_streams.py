"""A follower keeps streams as the log has them, or not at all."""

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from ledger.events import AccountClosed
from ledger.events.entry import Entry
from projections.streams import Streams


def log(names):
    """Entries of the streams with these names, in this order."""
    versions = dict.fromkeys(names, 0)
    entries = []
    for position, name in enumerate(names, 1):
        versions[name] += 1
        entries.append(
            Entry(
                id=f"entry-{position}",
                stream=name,
                version=versions[name],
                data=AccountClosed(account="somebody"),
                occurred_on=None,
                by=None,
                provenance="first_hand",
                recorded_by="answerable",
                position=position,
            )
        )
    return entries


def at_hand(kept, batch, **most):
    """The streams that are kept after a batch, and what holds them. No database is asked."""
    after = kept.after(NO_DATABASE, batch, **most)
    return after._streams, after


NO_DATABASE: Any = None


def nothing_yet():
    return Streams(NO_DATABASE, upto=0)


@given(
    st.lists(st.sampled_from("abcd"), min_size=1, max_size=40),
    st.lists(st.tuples(st.integers(1, 5), st.sampled_from(["kept", "missed", "rolled back"]))),
    st.integers(0, 12),
    st.sets(st.sampled_from("abcd")),
)
def test_a_kept_stream_is_what_the_log_has_up_to_the_batch(names, batches, most, read):
    entries, kept, at = log(names), nothing_yet(), 0
    for size, fate in batches:
        batch = entries[at : at + size]
        if not batch:
            break
        if fate != "missed":
            held, after = at_hand(kept, batch, most=most)
            for name in read:  # as a reader does, who wants them whole
                held[name] = [one for one in entries[: at + len(batch)] if one.stream == name]
            for name, stream in held.items():
                assert stream == [one for one in entries[: at + len(batch)] if one.stream == name]
            if fate == "kept":
                kept = after
        if fate != "rolled back":
            at += len(batch)


OF_ONE, OF_OTHER = (f"recommendation/report/{number}/force" for number in "12")


@given(
    st.lists(st.sampled_from([OF_ONE, OF_OTHER, "report/report"]), min_size=1, max_size=20),
    st.lists(st.tuples(st.integers(1, 5), st.booleans(), st.integers(0, 12)), max_size=20),
)
def test_the_recommendations_to_a_body_are_all_there_or_read_anew(names, batches):
    entries, kept, at = log(names), nothing_yet(), 0
    for size, reads, most in batches:
        if not (batch := entries[at : at + size]):
            break
        at += len(batch)
        held, kept = at_hand(kept, batch, most=most)
        there: dict[str, list[Entry]] = {}
        for one in entries[:at]:
            if one.stream != "report/report":
                there.setdefault(one.stream, []).append(one)
        if (listed := kept._raised.get(("report", "force"))) is not None:
            assert sorted(listed) == sorted(there)
            assert {name: held[name] for name in listed} == there
        elif reads:  # as a reader does who asks for them
            held |= there
            kept._raised[("report", "force")] = list(there)


def test_a_stream_that_begins_in_the_batch_or_was_read_before_is_at_hand():
    first, second, third = log("aba")
    held, kept = at_hand(nothing_yet(), [first])
    assert held == {"a": [first]}

    held, _ = at_hand(kept, [second, third])
    assert held == {"b": [second], "a": [first, third]}


def test_nothing_is_at_hand_where_the_batch_is_not_the_next_one():
    first, second, third = log("aaa")
    _, kept = at_hand(nothing_yet(), [first])

    held, kept = at_hand(kept, [third])
    assert held == {}
    held, _ = at_hand(kept, [second])
    assert held == {}


def test_no_more_is_kept_than_asked_for():
    entries = log("abcabc")
    _, kept = at_hand(nothing_yet(), entries[:3])
    kept._asked = {name: (1, {"force"}) for name in "abc"}

    held, kept = at_hand(kept, entries[3:4], most=2)
    assert list(held) == ["b", "c"]
    assert list(kept._asked) == ["b", "c"]
