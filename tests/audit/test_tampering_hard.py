"""What would stop an audit half way is a finding, and stops nothing: nor does it write at us."""

import pytest

MIDDLE = "position = (SELECT max(position) / 2 FROM ledger.entries)"
LAST = "position = (SELECT max(position) FROM ledger.entries)"
HALF = r"""'{"a":"\ud800"}'"""
UNREADABLE = {
    "arrays in arrays": (f"state = convert_to(repeat('[', 60000), 'UTF8') WHERE {MIDDLE}",
                         "not-an-entry"),
    "half a character": (f"state = convert_to({HALF}, 'UTF8') WHERE {MIDDLE}", "not-canonical"),
    "no UTF-8": (f"state = '\\xff00ff' WHERE {MIDDLE}", "not-an-entry"),
    "nothing": (f"state = '' WHERE {MIDDLE}", "not-an-entry"),
    "for ever": (f"recorded_at = 'infinity' WHERE {LAST}", "recorded-ahead"),
    "the year 20000": (f"recorded_at = '20000-01-01' WHERE {LAST}", "recorded-ahead"),
    "before Christ": (f"recorded_at = '0044-03-15 BC' WHERE {MIDDLE}", "recorded-backwards"),
}  # fmt: skip


@pytest.mark.parametrize("how", UNREADABLE)
def test_what_cannot_be_read_is_named_and_the_rest_is_audited(trial, how):
    sets, kind = UNREADABLE[how]
    trial.tamper(
        f"UPDATE ledger.entries SET {sets}",
        "DELETE FROM ledger.captures WHERE salt IS NULL",
    )

    found = trial.audit()

    assert {kind, "root-differs", "entry-differs", "capture-missing"} <= set(found)


def test_a_name_moves_no_cursor_of_whoever_audits(trial):
    trial.tamper(
        f"UPDATE ledger.entries SET stream = E'a\\x1b[2J\\nNothing found.\\u202e' WHERE {LAST}"
    )

    said = trial.audit_in_words(expect=1)

    assert "a\\x1b[2J\\nNothing found.\\u202e" in said
    assert "\x1b" not in said
    assert "\nNothing found." not in said


def test_an_id_that_two_entries_have_is_named_though_every_column_agrees(trial):
    entry = "(SELECT event_id FROM ledger.entries WHERE position = 1)"
    trial.tamper(
        "ALTER TABLE ledger.entries DROP CONSTRAINT entries_event_id_key",
        "UPDATE ledger.entries SET event_id = " + entry + ", state = convert_to(replace("
        f"convert_from(state, 'UTF8'), event_id::text, {entry}::text), 'UTF8') WHERE {MIDDLE}",
    )

    found = trial.audit()

    assert "column-differs" not in found
    (one,) = found["id-twice"]
    assert "Positions 1 and " in one["says"]
