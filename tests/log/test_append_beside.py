"""Texts, captures and requests, which are stored beside the entries."""

import psycopg
import pytest

from ledger.log.append import Request, append
from tests.log.making import SALT, commitment, event

ONE_LOG = True
TEXTS = "SELECT position, field, commitment, salt, body FROM ledger.texts ORDER BY 1, 2"
ASKED = Request("cumbria-pfcc/clerk", "key-1", b"\x01" * 32)


def test_texts_are_stored_with_their_entry(connections, database):
    append(connections, [event("a/1", 1)])

    append(
        connections,
        [
            event("b/1", 1, texts={"text": "We welcome it", "claim.as_stated": "gwnaed"}),
            event("b/1", 2),
            event("b/1", 3, texts={"text": "And again"}),
        ],
    )

    assert database.rows(TEXTS) == [
        (2, "claim.as_stated", commitment("gwnaed"), SALT, "gwnaed"),
        (2, "text", commitment("We welcome it"), SALT, "We welcome it"),
        (4, "text", commitment("And again"), SALT, "And again"),
    ]


def test_the_bytes_of_a_capture_are_stored_with_their_entry(connections, database):
    body = bytes(range(256)) * 1000

    append(connections, [event("a/1", 1), event("capture/1", 1, capture=body)])

    assert database.rows("SELECT position, salt, body FROM ledger.captures") == [(2, None, body)]


def test_a_repeated_append_stores_its_texts_once(connections, database):
    said = event("a/1", 1, texts={"text": "once"})

    append(connections, [said])
    append(connections, [said])

    assert len(database.rows(TEXTS)) == 1


def test_a_refused_append_leaves_no_text(connections, database):
    append(connections, [event("a/1", 1)])

    with pytest.raises(Exception, match="version 1"):
        append(connections, [event("b/1", 1, texts={"text": "x"}), event("a/1", 1)])

    assert database.rows(TEXTS) == []


@pytest.mark.parametrize("nth", [0, -1, 2])
@pytest.mark.parametrize(
    "beside",
    [
        """text_events => ARRAY[{nth}], text_fields => '{{x}}', text_bodies => '{{x}}',
           text_commitments => ARRAY[sha256('')], text_salts => ARRAY[sha256('')]""",
        """capture_events => ARRAY[{nth}], capture_salts => ARRAY[NULL::bytea],
           capture_bodies => ARRAY[''::bytea]""",
    ],
    ids=["text", "capture"],
)
def test_a_text_or_capture_can_be_stored_with_an_entry_of_the_same_append_alone(
    connections, database, beside, nth
):
    append(connections, [event("a/1", 1), event("a/1", 2)])
    call = (
        "SELECT ledger.append(ARRAY[gen_random_uuid()], '{a/1}', '{3}', '{t}', ARRAY[''::bytea], "
        "event_items => '{1}', " + beside.format(nth=nth) + ")"
    )

    with connections.connection() as app, pytest.raises(psycopg.Error) as refused:
        app.execute(call.encode())

    assert refused.value.sqlstate == "AN007"
    assert database.positions() == [1, 2]


# Requests under an idempotency key


def test_a_request_is_stored_with_the_positions_that_it_made(connections, database):
    append(connections, [event("a/1", 1)])

    append(connections, [event("b/1", 1), event("b/1", 2)], request=ASKED)

    assert database.rows("SELECT * FROM ledger.requests") == [
        (ASKED.account, ASKED.key, ASKED.fingerprint, 2, 3)
    ]


def test_a_guard_without_a_version_and_a_key_without_a_fingerprint_are_not_let_through(
    connections, database
):
    append(connections, [event("b/1", 1)], request=ASKED)
    call = (
        "SELECT refused FROM ledger.append("
        "ARRAY[gen_random_uuid()], '{c}', '{1}', '{t}', ARRAY[''::bytea], event_items => '{1}', "
    )
    for rest, verdict in (
        ("guard_streams => '{b/1}')", "AN007"),
        ("guard_streams => '{b/1}', guard_versions => '{NULL}')", "AN002"),
        ("request_accounts => '{cumbria-pfcc/clerk}', request_keys => '{key-1}')", "AN006"),
        ("request_accounts => '{cumbria-pfcc/clerk}', request_keys => '{key-2}')", "23502"),
    ):
        with connections.connection() as app:
            try:
                found = app.execute((call + rest).encode()).fetchone()
            except psycopg.Error as error:
                found = (error.sqlstate,)
        assert found == (verdict,)

    assert database.positions() == [1]
