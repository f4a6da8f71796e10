"""What was ever stored still loads and says the same; what has the latest form of its event is
stored again to the same bytes."""

import json

import pytest

from ledger.errors import Unreadable
from ledger.events import BY_TOPIC, EVENTS
from ledger.events.entry import decode, encode
from tests.golden.rows import FOLDER, as_far_as, file_of, missing, rows, values

FILES = sorted(FOLDER.glob("*.json"))


@pytest.mark.parametrize("event", EVENTS, ids=lambda event: event.TOPIC)
def test_every_event_has_golden_rows_of_all_that_it_can_say(event):
    assert not missing(event), "run `python -m tests.golden.add`"

    for row in rows(file_of(event)):
        assert json.loads(row["state"])["schema"] == event.SCHEMA


def test_every_golden_file_is_of_an_event_that_is_still_known():
    for file in FILES:
        topic, schema, _ = file.name.split(".")
        assert int(schema) <= BY_TOPIC[topic].SCHEMA


def test_every_form_that_an_event_had_leads_to_the_next():
    for event in EVENTS:
        assert len(event.UPCASTS) == event.SCHEMA - 1, event.TOPIC


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_golden_rows_say_what_they_said_and_are_stored_again_to_the_same_bytes(file):
    topic, schema = file.name.split(".")[:2]
    later = BY_TOPIC[topic].UPCASTS[int(schema) - 1 :]
    for row in rows(file):
        state, said = row["state"].encode(), row["entry"]
        for upcast in later:
            said = said | {"data": upcast(said["data"])}
        entry = decode(state)

        assert as_far_as(values(entry), said) == said
        assert (encode(entry) == state) is not bool(later)


@pytest.mark.parametrize("schema", [0, 3, -1])
def test_a_form_that_no_version_had_or_only_a_later_one_has_is_not_guessed_at(schema):
    event = BY_TOPIC["superseded"]
    assert event.SCHEMA == 2
    state = json.loads(rows(file_of(event))[0]["state"]) | {"schema": schema}

    with pytest.raises(Unreadable, match="which are 1 to 2; upgrade it"):
        decode(json.dumps(state).encode())


@pytest.mark.parametrize("data", [{}, {"superseded_by": 3}, {"superseded_by": {"number": "2"}}])
def test_a_line_with_a_wrong_schema_is_no_entry(data):
    event = BY_TOPIC["superseded"]
    state = json.loads(rows(file_of(event))[0]["state"]) | {"schema": 1, "data": data}

    with pytest.raises(Unreadable, match="has not version 1 of the form of superseded"):
        decode(json.dumps(state).encode())
