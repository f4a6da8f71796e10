"""Redaction in the database: only what an entry names is deleted, with it, and wholly."""

import json
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from uuid import UUID

import psycopg
import pytest
from eventsourcing.persistence import OperationalError
from psycopg.errors import InsufficientPrivilege

from ledger.acts.correction import correct_entry
from ledger.acts.decision import Notice
from ledger.acts.knowledge import dispute_entry
from ledger.acts.recommendation import receive_update
from ledger.acts.redaction import confirm_redaction, seek_redaction
from ledger.acts.service import grant_scope, open_account
from ledger.errors import Refused
from ledger.events import AccountOpened, ScopeGranted, TextRedacted, UpdateReceived
from ledger.events.texts import commitment, say
from ledger.log import redactions
from ledger.log.append import append
from ledger.log.redactions import CannotErase, erase
from ledger.postgres.connections import connect, connect_owner, pool
from ledger.states.service import SETUP
from tests.log.making import TO, Database, event
from tests.servers import new_database

NAME = "Aurelia Quillfeather-Osgood"
SAID = f"Sergeant {NAME} was off sick, so half of it is done."
TOLD = Notice(occurred_on="2025-09-01")
TARGET = "0197d000-0000-7000-8000-00000000000a"


@pytest.fixture
def clerk_2(ledger, clerk):
    name = "cumbria-constabulary/clerk-2"
    ledger.record(
        SETUP,
        open_account,
        AccountOpened(account=name, body="cumbria-constabulary"),
        Notice(),
    )
    ledger.record(SETUP, grant_scope, ScopeGranted(account=name, scope="record"), Notice())
    return ledger.account(name)


@pytest.fixture
def update(ledger, clerk):
    """Return an entry with a text that names somebody."""
    event = UpdateReceived(text=say(SAID, "office"))
    return ledger.record(clerk, receive_update, TO, event, TOLD).entries[0]


@pytest.fixture
def request_(ledger, clerk, update):
    """Return a redaction of it that is sought."""
    done = ledger.record(
        clerk,
        seek_redaction,
        ledger.entry(update.id),
        Notice(),
        field="text",
        basis="personal_data",
    )
    return done.entries[0]


def redaction(target=TARGET, field="text", stream="a/1", version=2):
    """Return the event that redacts a text, as the mapper would store it."""
    data = {"basis": "personal_data", "field": field, "sought": target, "target": target}
    made = event(stream, version, state=json.dumps({"data": data}).encode())
    return type(made)(**{**made.__dict__, "topic": TextRedacted.TOPIC})


def said(target=TARGET, stream="a/1", **texts):
    """Return an event with texts under an id of one's choice."""
    fields = {name: {"sha256": "00"} for name in texts}
    state = json.dumps({"data": fields, "source": {"note": {"sha256": "00"}}}).encode()
    return event(stream, 1, state=state, event_id=target, texts=texts)


@pytest.fixture
def two_texts(connections):
    """A stream with an entry that has two texts."""
    append(connections, [said(UUID(TARGET), text=SAID, reason="A reason.")])


def test_a_redaction_deletes_the_texts_that_it_names_and_nothing_else(
    connections, database, two_texts
):
    append(connections, [redaction()])

    assert database.rows("SELECT position, field FROM ledger.texts") == [(1, "reason")]
    assert database.positions() == [1, 2]


def test_a_redaction_that_names_no_text_of_its_stream_is_not_recorded(
    connections, database, two_texts
):
    for wrong in (
        {"target": "0197d000-0000-7000-8000-00000000000b"},
        {"field": "nothing"},
        {"field": "bytes"},
        {"field": "source.url"},
        {"stream": "b/1", "version": 1},
    ):
        with pytest.raises(OperationalError, match="names no text in its stream"):
            append(connections, [redaction(**wrong)])

    assert database.positions() == [1]
    assert database.rows("SELECT count(*) FROM ledger.texts") == [2]


def test_a_text_that_is_gone_already_is_redacted_again_without_harm(
    connections, database, two_texts
):
    append(connections, [redaction()])

    append(connections, [redaction(version=3)])

    assert database.rows("SELECT field FROM ledger.texts") == ["reason"]


def test_the_same_call_again_is_answered_with_what_is_stored(connections, database, two_texts):
    event = redaction()
    append(connections, [event])

    assert append(connections, [event]).repeated
    assert database.positions() == [1, 2]


TRICKS = (
    "DELETE FROM ledger.texts",
    "DELETE FROM ledger.texts WHERE field = 'reason'",
    "DELETE FROM ledger.captures",
    "UPDATE ledger.texts SET body = ''",
    "MERGE INTO ledger.texts t USING (SELECT 1) one ON true WHEN MATCHED THEN DELETE",
    "WITH gone AS (DELETE FROM ledger.texts RETURNING *) SELECT * FROM gone",
    "TRUNCATE ledger.captures",
)


@pytest.fixture(scope="module")
def redacted(postgres, migrated):
    """Yield the URL of a log in which one of two texts is redacted, and a capture is there. Nothing
    here changes it."""
    with new_database(postgres, migrated) as url:
        with pool(url) as connections:
            append(connections, [said(UUID(TARGET), text=SAID, reason="A reason.")])
            append(connections, [redaction(), event("capture/1", 1, capture=b"a page")])
        yield url


@pytest.mark.parametrize("trick", TRICKS)
@pytest.mark.parametrize("role", ["answerable_owner", "postgres"])
def test_its_owner_deletes_nothing_that_no_entry_names(redacted, trick, role):
    with psycopg.connect(redacted, autocommit=True) as connection:
        connection.execute(f"SET ROLE {role}".encode())
        with pytest.raises(psycopg.Error, match="is append-only"):
            connection.execute(trick.encode())

    assert Database(redacted).rows("SELECT field FROM ledger.texts") == ["reason"]
    assert Database(redacted).rows("SELECT count(*) FROM ledger.captures") == [1]


@pytest.mark.parametrize("trick", TRICKS)
def test_the_service_deletes_nothing_at_all(redacted, trick):
    with connect(redacted, autocommit=True) as app, pytest.raises(InsufficientPrivilege):
        app.execute(trick.encode())

    assert Database(redacted).rows("SELECT field FROM ledger.texts") == ["reason"]


def test_a_transaction_that_dies_leaves_both_the_text_and_no_entry(
    database, database_url, connections, two_texts
):
    one = redaction()
    call = (
        "SELECT ledger.append(ARRAY[%s::uuid], ARRAY[%s], ARRAY[2], ARRAY['text-redacted'],"
        " ARRAY[%s::bytea], event_items => '{1}')"
    )
    with connect(database_url) as dying:
        dying.execute(call.encode(), [one.event_id, one.originator_id, one.state])
        assert dying.execute("SELECT count(*) FROM ledger.texts").fetchone() == (1,)
        database.do("SELECT pg_terminate_backend(%s)", dying.info.backend_pid)
        with pytest.raises(psycopg.OperationalError):
            dying.execute("SELECT 1")

    assert database.positions() == [1]
    assert database.rows("SELECT count(*) FROM ledger.texts") == [2]


def test_others_texts_still_open_their_commitments(connections, ledger, clerk_2, request_):
    ledger.record(clerk_2, confirm_redaction, ledger.entry(request_.id), Notice())

    with connections.connection() as conn:
        rows = conn.execute("SELECT commitment, salt, body FROM ledger.texts").fetchall()
    assert rows
    for committed, salt, body in rows:
        assert commitment(salt, body) == committed.hex()


def at_once(database, until, lock_of_the_log, *work):
    """Do things at once: each has decided, and waits for the log, before the first records."""
    with ThreadPoolExecutor(len(work)) as several:
        with lock_of_the_log():
            started = []
            for n, each in enumerate(work, 1):
                started.append(several.submit(each))
                until(lambda n=n: database.waiting() == n)
        return [one.exception() or one.result() for one in started]


def test_two_confirmations_at_once_redact_it_once(
    ledger, clerk_2, request_, database, until, lock_of_the_log
):
    def confirm():
        return ledger.record(clerk_2, confirm_redaction, ledger.entry(request_.id), Notice())

    done = at_once(database, until, lock_of_the_log, confirm, confirm)

    (refused,) = [one for one in done if isinstance(one, Refused)]
    assert refused.rule == "redacted-already"
    redactions = database.rows("SELECT 1 FROM ledger.entries WHERE topic = 'text-redacted'")
    assert len(redactions) == 1


def test_a_correction_recorded_meanwhile_is_reached_too(
    ledger, clerk, clerk_2, update, request_, database, until, lock_of_the_log
):
    def correct():
        return ledger.record(
            clerk,
            correct_entry,
            ledger.entry(update.id),
            Notice(),
            field="text",
            now=f"Inspector {NAME}.",
            reason=say("Rank."),
        )

    def confirm():
        return ledger.record(clerk_2, confirm_redaction, ledger.entry(request_.id), Notice())

    corrected, redacted = at_once(database, until, lock_of_the_log, correct, confirm)

    assert corrected.entries[0].position < redacted.entries[0].position
    assert database.rows("SELECT 1 FROM ledger.texts WHERE strpos(body, %s) > 0", NAME) == []


def test_a_copy_recorded_in_another_stream_of_the_report_meanwhile_is_reached_too(
    ledger, clerk, clerk_2, update, request_, database, until, lock_of_the_log
):
    ledger.record(SETUP, grant_scope, ScopeGranted(account=clerk.name, scope="admin"), Notice())
    admin = ledger.account(clerk.name)

    def as_admin():
        raised = ledger.read_stream("report/r")[0]
        return ledger.record(
            admin,
            dispute_entry,
            ledger.entry(raised.id),
            Notice(),
            text=say(f"Not so: {SAID}"),
        )

    def confirm():
        return ledger.record(clerk_2, confirm_redaction, ledger.entry(request_.id), Notice())

    at_once(database, until, lock_of_the_log, as_admin, confirm)

    assert database.rows("SELECT 1 FROM ledger.texts WHERE strpos(body, %s) > 0", NAME) == []


# The bytes in the files


def files_with(database, name: bytes) -> list[str]:
    """Return the files of a database that hold some bytes; the write-ahead log is not among
    them."""
    (folder,) = database.rows(
        "SELECT current_setting('data_directory') || '/base/' || oid FROM pg_database"
        " WHERE datname = current_database()"
    )
    files = [file for file in sorted(Path(folder).iterdir()) if file.is_file()]
    assert files
    found = []
    for file in files:
        with suppress(FileNotFoundError):  # PostgreSQL replaces files meanwhile
            if name in file.read_bytes():
                found.append(file.name)
    return found


def test_the_planner_keeps_no_sample_of_what_was_said(ledger, update, database):
    database.do("ANALYZE")

    sampled = database.rows(
        "SELECT tablename, attname FROM pg_stats WHERE schemaname = 'ledger' AND attname = 'body'"
    )
    assert sampled == []


def test_after_erasing_no_file_of_the_database_holds_the_words(
    ledger, clerk_2, update, request_, database, database_url
):
    database.do("CHECKPOINT")
    assert files_with(database, NAME.encode())
    ledger.record(clerk_2, confirm_redaction, ledger.entry(request_.id), Notice())

    with connect_owner(database_url) as owner:
        erase(owner)

    assert files_with(database, NAME.encode()) == []
    assert ledger.openings([1 + update.position]) == {}
    assert database.rows("SELECT count(*) > 0 FROM ledger.texts") == [True]


def test_erasing_names_who_still_sees_what_was_deleted(
    ledger, clerk_2, request_, database_url, monkeypatch
):
    monkeypatch.setattr(redactions, "WAIT_SECONDS", 0)
    with connect(database_url) as looking, connect_owner(database_url) as owner:
        looking.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
        looking.execute("SELECT count(*) FROM ledger.texts")
        ledger.record(clerk_2, confirm_redaction, ledger.entry(request_.id), Notice())

        with pytest.raises(CannotErase, match=f"process {looking.info.backend_pid}"):
            erase(owner)


def test_erasing_gives_way_to_what_holds_a_table(ledger, request_, database_url, monkeypatch):
    monkeypatch.setattr(redactions, "LOCK_TIMEOUT", "50ms")
    monkeypatch.setattr(redactions, "_wait_for_old_snapshots", lambda owner: None)
    with connect(database_url) as reading, connect_owner(database_url) as owner:
        reading.execute("SELECT count(*) FROM ledger.texts")

        with pytest.raises(CannotErase, match="in a quiet hour"):
            erase(owner)


def test_erase_says_that_only_the_owner_of_the_database_can_erase(ledger, database_url):
    with connect(database_url, autocommit=True) as app:
        app.execute("SET SESSION AUTHORIZATION answerable_app")

        with pytest.raises((CannotErase, InsufficientPrivilege)):
            erase(app)
