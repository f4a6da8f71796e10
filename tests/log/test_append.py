"""Appending: what is stored, in which order, and what is refused with nothing recorded."""

from datetime import timedelta
from uuid import UUID

import pytest

from ledger.errors import Outdated, Stale
from ledger.events.entry import new_id
from ledger.log.append import EventIdTaken, StreamMovedOn, append
from ledger.postgres.migrate import newest
from tests.log.making import event

ONE_LOG = True
STORED = "SELECT position, stream, version, topic, state, event_id FROM ledger.entries ORDER BY 1"


def test_positions_are_1_2_3_without_a_gap(connections, database):
    for n in range(1, 6):
        append(connections, [event("a/1", n)])

    assert database.positions() == [1, 2, 3, 4, 5]


def test_an_append_that_is_refused_uses_up_no_position(connections, database):
    append(connections, [event("a/1", 1)])
    with pytest.raises(Stale):
        append(connections, [event("a/2", 1), event("a/1", 1)])

    append(connections, [event("a/2", 1)])

    assert database.positions() == [1, 2]


def test_it_says_where_the_entries_are(connections):
    append(connections, [event("a/1", 1)])

    done = append(connections, [event("a/1", 2), event("a/1", 3)])

    assert (done.first_position, done.last_position, done.repeated) == (2, 3, False)


def test_an_append_stores_the_given_bytes(connections, database):
    given = event("b/é", 1, state=b'{"not":"parsed",\xff')

    append(connections, [given])

    assert database.rows(STORED) == [
        (1, "b/é", 1, "made-for-a-test", b'{"not":"parsed",\xff', given.event_id)
    ]


def test_several_streams_are_written_in_one_transaction(connections, database):
    append(connections, [event("a/1", 1), event("b/1", 1), event("a/1", 2)])

    assert [row[:3] for row in database.rows(STORED)] == [
        (1, "a/1", 1),
        (2, "b/1", 1),
        (3, "a/1", 2),
    ]
    assert len(database.rows("SELECT DISTINCT recorded_at FROM ledger.entries")) == 1
    assert len(database.rows("SELECT DISTINCT xmin::text FROM ledger.entries")) == 1


def test_recorded_at_is_just_after_the_last_entrys_where_the_clock_is_behind_it(
    connections, database
):
    append(connections, [event("a/1", 1)])
    database.do(
        "INSERT INTO ledger.entries SELECT 2, clock_timestamp() + interval '50 seconds',"
        " gen_random_uuid(), 'a/1', 2, topic, state FROM ledger.entries"
    )

    done = append(connections, [event("a/1", 3)])

    assert database.rows("SELECT recorded_at FROM ledger.entries WHERE position = 2") == [
        done.recorded_at - timedelta(microseconds=1)
    ]


def test_nothing_to_append_is_refused(connections, database):
    with pytest.raises(Exception, match="nothing to append"):
        append(connections, [])

    assert database.positions() == []


def test_a_process_of_a_former_version_records_nothing_once_a_newer_one_migrated(
    connections, database
):
    append(connections, [event("a/1", 1)])
    table, number = "public.answerable_migrations", newest() + 1
    database.do(f"INSERT INTO {table} VALUES ({number}, '{number:03}_newer.sql', 'sha')")
    try:
        with pytest.raises(Outdated, match="Whoever runs the service starts it again"):
            append(connections, [event("a/1", 2)])
    finally:
        database.do(f"DELETE FROM {table} WHERE number = {number}")

    assert database.positions() == [1]
    append(connections, [event("a/1", 2)])


# The same again


def test_the_same_events_again_answer_with_what_is_stored(connections, database):
    events = [event("a/1", 1), event("b/1", 1)]
    append(connections, [event("c/1", 1)])
    first = append(connections, events)
    append(connections, [event("a/1", 2)])

    again = append(connections, events)

    assert again.repeated
    assert (again.first_position, again.last_position) == (2, 3)
    assert again.recorded_at == first.recorded_at
    assert database.positions() == [1, 2, 3, 4]


@pytest.mark.parametrize(
    "other",
    [
        {"state": b'{"n":2}'},
        {"stream": "a/2"},
        {"version": 2},
    ],
    ids=lambda other: next(iter(other)),
)
def test_an_event_id_that_comes_again_with_other_content_is_refused(connections, database, other):
    event_id = UUID(new_id())
    append(connections, [event("a/1", 1, event_id=event_id)])
    before = database.rows(STORED)

    with pytest.raises(EventIdTaken):
        append(
            connections, [event(**{"stream": "a/1", "version": 1, "event_id": event_id} | other)]
        )

    assert database.rows(STORED) == before


def test_a_part_of_the_same_events_with_others_is_refused(connections, database):
    old = event("a/1", 1)
    append(connections, [old])

    for mixed in ([old, event("a/1", 2)], [event("b/1", 1), old]):
        with pytest.raises(EventIdTaken):
            append(connections, mixed)

    assert database.positions() == [1]


def test_the_same_events_in_another_order_or_with_others_left_out_are_refused(
    connections, database
):
    one, two, three = event("a/1", 1), event("b/1", 1), event("c/1", 1)
    append(connections, [one, two, three])

    with pytest.raises(EventIdTaken):
        append(connections, [two, one])
    with pytest.raises(EventIdTaken):
        append(connections, [one, three])

    assert database.positions() == [1, 2, 3]


def test_an_event_id_twice_in_one_append_is_refused(connections, database):
    event_id = UUID(new_id())

    with pytest.raises(Exception, match="event_id"):
        append(
            connections, [event("a/1", 1, event_id=event_id), event("a/1", 2, event_id=event_id)]
        )

    assert database.positions() == []


# Versions and guards


@pytest.mark.parametrize("version", [1, 3])
def test_a_version_that_does_not_follow_is_refused(connections, database, version):
    append(connections, [event("a/1", 1)])

    with pytest.raises(StreamMovedOn, match=f"a/1 is at version 1, so that version {version}"):
        append(connections, [event("a/1", version)])

    assert database.positions() == [1]


def test_the_first_version_of_a_stream_is_1(connections, database):
    with pytest.raises(StreamMovedOn, match="a/1 is at version 0, so that version 2"):
        append(connections, [event("a/1", 2)])

    assert database.positions() == []


def test_a_stream_that_was_read_is_guarded(connections, database):
    append(connections, [event("a/1", 1)])
    append(connections, [event("b/1", 1)], guards={"a/1": 1, "nothing/here": 0})
    append(connections, [event("a/1", 2)])

    with pytest.raises(StreamMovedOn, match="a/1 is at version 2, not 1"):
        append(connections, [event("b/1", 2)], guards={"a/1": 1})
    with pytest.raises(StreamMovedOn, match="a/1 is at version 2, not 0"):
        append(connections, [event("b/1", 2)], guards={"c/1": 0, "a/1": 0})

    assert database.positions() == [1, 2, 3]


def test_a_prefix_guards_every_stream_below_it_and_no_other(connections, database):
    append(connections, [event("a/1", 1), event("a/1", 2), event("a/2", 1)])
    for beside in ("a", "a-1", "a0", "a.1", "ab/1", "A/1"):
        append(connections, [event(beside, 1)])

    append(connections, [event("b/1", 1)], guards={"a/": 3})
    append(connections, [event("a/é/deeper", 1)])
    with pytest.raises(StreamMovedOn, match="a/ is at version 4, not 3"):
        append(connections, [event("b/1", 2)], guards={"a/": 3})

    assert len(database.positions()) == 11
