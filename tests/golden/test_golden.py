"""What was ever stored still loads, says the same, and is stored again to the same bytes."""

import json

import pytest

from ledger.events import BY_TOPIC, EVENTS
from ledger.events.entry import decode, encode
from tests.golden.rows import FOLDER, as_far_as, file_of, missing, rows, values

ROWS = [
    pytest.param(row, id=f"{file.stem}-{n}")
    for file in sorted(FOLDER.glob("*.json"))
    for n, row in enumerate(rows(file))
]


@pytest.mark.parametrize("event", EVENTS, ids=lambda event: event.TOPIC)
def test_every_event_has_golden_rows_of_all_that_it_can_say(event):
    assert not missing(event), "run `python -m tests.golden.add`"

    for row in rows(file_of(event)):
        assert json.loads(row["state"])["schema"] == event.SCHEMA


def test_every_golden_file_is_of_an_event_that_is_still_known():
    for file in FOLDER.glob("*.json"):
        topic, schema, _ = file.name.split(".")
        assert int(schema) <= BY_TOPIC[topic].SCHEMA


@pytest.mark.parametrize("row", ROWS)
def test_a_golden_row_loads_and_says_what_it_said(row):
    assert as_far_as(values(decode(row["state"].encode())), row["entry"]) == row["entry"]


@pytest.mark.parametrize("row", ROWS)
def test_a_golden_row_is_stored_again_to_the_same_bytes(row):
    state = row["state"].encode()

    assert encode(decode(state)) == state
