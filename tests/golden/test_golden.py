"""What was ever stored still loads, says the same, and is stored again to the same bytes."""

import json

import pytest

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


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_golden_rows_say_what_they_said_and_are_stored_again_to_the_same_bytes(file):
    for row in rows(file):
        state = row["state"].encode()
        entry = decode(state)

        assert as_far_as(values(entry), row["entry"]) == row["entry"]
        assert encode(entry) == state
