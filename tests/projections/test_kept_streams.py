"""A follower keeps streams as the log has them, or not at all."""

from hypothesis import given
from hypothesis import strategies as st

from ledger.events import AccountClosed
from ledger.events.entry import Entry
from projections.tables.projector import KeptStreams


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


@given(
    st.lists(st.sampled_from("abcd"), min_size=1, max_size=40),
    st.lists(st.tuples(st.integers(1, 5), st.sampled_from(["kept", "missed", "rolled back"]))),
    st.integers(0, 12),
    st.sets(st.sampled_from("abcd")),
)
def test_a_kept_stream_is_what_the_log_has_up_to_the_batch(names, batches, most, read):
    entries, kept, at = log(names), KeptStreams(most), 0
    for size, fate in batches:
        batch = entries[at : at + size]
        if not batch:
            break
        if fate != "missed":
            held = kept.brought_on(batch)
            for name in read:  # as a reader does, who wants them whole
                held[name] = [one for one in entries[: at + len(batch)] if one.stream == name]
            for name, stream in held.items():
                assert stream == [one for one in entries[: at + len(batch)] if one.stream == name]
        if fate != "rolled back":
            at += len(batch)


def test_a_stream_that_begins_in_the_batch_or_was_read_before_is_at_hand():
    first, second, third = log("aba")
    kept = KeptStreams()

    assert kept.brought_on([first]) == {"a": [first]}
    assert kept.brought_on([second, third]) == {"b": [second], "a": [first, third]}


def test_nothing_is_at_hand_where_the_batch_is_not_the_next_one():
    first, second, third = log("aaa")
    kept = KeptStreams()
    kept.brought_on([first])

    assert kept.brought_on([third]) == {}
    assert kept.brought_on([second]) == {}


def test_no_more_is_kept_than_asked_for():
    entries = log("abcabc")
    kept = KeptStreams(most=2)
    kept.brought_on(entries[:3])

    assert list(kept.brought_on(entries[3:4])) == ["b", "c"]
