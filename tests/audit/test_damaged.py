"""A database that somebody damaged: commands and pages say so in sentences, readiness is red."""

import json
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from flask.testing import FlaskClient

from ledger import settings as given
from ledger.acts.capture import keep_capture, received
from ledger.acts.decision import Notice
from ledger.application import Ledger
from ledger.postgres.connections import DatabaseUnreachable, pool
from projections.read_models.audit import audit_read_models
from tests.api.site import an_app
from tests.audit import forging
from tests.audit.conftest import run
from tests.audit.trial import CLERK, Trial
from tests.log.making import event

READ_ONLY = (
    "DO $$ BEGIN EXECUTE format('ALTER DATABASE %I SET default_transaction_read_only = on',"
    " current_database()); END $$"
)
MOMENTS = {
    "an entry's": (
        "UPDATE ledger.entries SET recorded_at = 'infinity'"
        " WHERE position = (SELECT max(position) FROM ledger.entries)"
    ),
    "a checkpoint's": (
        "UPDATE ledger.checkpoints SET sealed_at = '-infinity'"
        " WHERE size = (SELECT max(size) FROM ledger.checkpoints)"
    ),
}
ROWS = {
    "one more": "INSERT INTO public.answerable_migrations VALUES (99, E'x\\nAll is well', 'y')",
    "one less": (
        "DELETE FROM public.answerable_migrations"
        " WHERE number = (SELECT max(number) FROM public.answerable_migrations)"
    ),
}


@contextmanager
def web(trial: Trial) -> Iterator[FlaskClient]:
    """Yield the service over the database."""
    with an_app(given.load(trial.environment)) as app:
        yield app.test_client()


def readiness(trial: Trial) -> tuple[int, str]:
    with web(trial) as client:
        answer = client.get("/readyz")
        return answer.status_code, answer.get_data(as_text=True)


def no_entry(trial: Trial, stream: str = "report/x", version: int = 1) -> int:
    """Have the service's own login append what is no entry; its position."""
    trial.log.log.insert_events([event(stream, version, state=b"x")])
    return trial.position


def test_status_prints_no_password(trial):
    url = trial.url.replace("postgres@", "postgres:secret@")
    trial.url = url

    assert "secret" not in trial.run("status", expect=1).output
    assert trial.json("status", expect=1)["database"] == url.replace(":secret", "")


def test_the_reason_that_holds_a_follower_forges_no_line(trial):
    trial.tamper("UPDATE follow.positions SET held_at = 0, held_why = E'\\x1b[2J\\nall is well'")

    said = trial.run("status", expect=1).stdout

    assert "HELD at 0: \\x1b[2J\\nall is well" in said


@pytest.mark.parametrize("whose", MOMENTS)
def test_a_moment_that_is_none_is_a_sentence(trial, tmp_path, whose):
    trial.tamper(MOMENTS[whose])

    assert f"position   {trial.position}\n" in trial.run("status", expect=1).stdout
    with web(trial) as client:
        for path in ("/", "/log", "/log/checkpoint", "/api/reports", "/api/entries", "/readyz"):
            assert client.get(path).status_code in (200, 503), path


def test_an_entry_of_no_moment_ends_commands_in_a_sentence(trial, tmp_path):
    trial.tamper("UPDATE ledger.entries SET recorded_at = 'infinity' WHERE position = 300")

    for command in (["recover"], ["export", "log", str(tmp_path / "log")]):
        assert "`answerable audit` says where" in trial.run(*command, expect=1).stderr


def test_an_entry_that_is_none_is_named_by_position(trial, tmp_path):
    position = no_entry(trial)
    trial.tamper("DELETE FROM ledger.checkpoints")  # the feed then goes to the log's end

    sentence = f"Entry {position} of the log cannot be read"
    assert sentence in trial.run("export", "log", str(tmp_path / "log"), expect=1).stderr
    with web(trial) as client:
        answer = client.get(f"/api/entries?after={position - 1}&min_position=1")
    assert answer.status_code in (200, 503), answer.get_json()
    assert answer.status_code == 200 or sentence in answer.get_json()["detail"]


def test_the_service_starts_where_the_log_cannot_be_read_and_is_not_ready(trial):
    last = trial.value("SELECT max(version) FROM ledger.entries WHERE stream = 'service'")
    position = no_entry(trial, "service", last + 1)

    sentence = f"Entry {position} of the log cannot be read"
    status, said = readiness(trial)
    assert (status, sentence in said) == (503, True)
    assert sentence in trial.run("account", "list", expect=1).stderr


def test_a_sealer_that_is_held_by_what_is_no_entry_is_seen_by_readiness_and_status(trial):
    position = no_entry(trial)

    trial.held()

    assert f"HELD at {position}: NotAnEntry" in trial.run("status", expect=1).stdout
    status, said = readiness(trial)
    assert (status, "NotAnEntry" in said) == (503, True)


def test_a_backup_and_recover_take_out_what_is_no_entry(trial, dump, empty_database_url):
    trial.log.record(CLERK, keep_capture, received(b"A letter"), Notice())
    position = no_entry(trial)
    trial.held()
    size = trial.sizes[-1]
    signed = trial.lines()[:size]
    run("pg_restore", "--exit-on-error", "--dbname", empty_database_url, dump)
    with pool(empty_database_url, max_size=4) as connections:
        again = Trial(Ledger(connections, empty_database_url), empty_database_url, trial.folder)
        again.run("recover")
        again.seal()

        assert size == position - 1
        assert again.lines()[:size] == signed
        assert again.sizes[-1] == again.position
        again.close()


@pytest.mark.parametrize("how", ROWS)
def test_rows_of_migrations_that_somebody_changed_are_a_sentence(trial, how):
    trial.tamper(ROWS[how])

    said = trial.run("status", expect=1).output
    assert "nothing is sealed yet" not in said
    assert "\nAll is well" not in said
    assert readiness(trial)[0] == 503


def test_read_models_that_say_that_another_version_made_them_are_a_finding(trial):
    forging.edit_row(trial)
    trial.tamper("COMMENT ON TABLE projections.responses IS 'x'")

    (found,) = trial.audit()["read-models-unfit"]
    assert "are not this version's" in found["says"]


def test_a_database_that_nobody_reaches_is_no_finding_about_the_read_models():
    with pytest.raises(DatabaseUnreachable):
        audit_read_models("postgresql://127.0.0.1:1/gone", lambda _done, _of: None)


def test_where_the_database_takes_no_writes_read_models_are_not_compared(trial):
    trial.tamper(READ_ONLY)

    said = trial.audit_in_words()

    assert "read-models-unfit" not in said
    assert "the database takes no writes" in said


def test_a_cosignature_that_is_none_breaks_neither_pages_nor_exports(trial, tmp_path):
    size = trial.sizes[-1]
    trial.tamper(
        f"INSERT INTO ledger.cosignatures VALUES ({size}, 'w+1+AAAA', now(), E'\u2014 w x\\n')"
    )

    with web(trial) as client:
        for path in ("/", "/log", "/log/witnessed"):
            assert client.get(path).status_code == 200, path
    trial.run("export", "log", str(tmp_path / "log"))


def test_a_checkpoint_beyond_the_log_breaks_no_proof(trial):
    last = trial.position
    trial.tamper(
        "INSERT INTO ledger.checkpoints (size, root, note, leaves)"
        " VALUES (%(size)s, sha256(''), 'x', '')",
        size=last + 14,
    )

    with web(trial) as client:
        answer = client.get(f"/log/consistency?from={last - 1}")
    assert answer.status_code == 503
    assert "are not all there" in json.loads(answer.data)["detail"]
