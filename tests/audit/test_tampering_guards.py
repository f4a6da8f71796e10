"""What an administrator can change so that the database looks guarded, or a person seems to act."""

import json
from typing import Any
from uuid import UUID

import pytest

from ledger.decision import Told
from ledger.events import EntryRetracted, RedactionSought, TextRedacted
from ledger.service import SETUP
from ledger.texts import say
from tests.audit.trial import KEEPER, Trial

NO_OP = "LANGUAGE plpgsql AS $$ BEGIN RETURN NULL; END $$"
CHANGED = {
    "The function ledger.refuse_change is not the one": (
        f"CREATE OR REPLACE FUNCTION ledger.refuse_change() RETURNS trigger {NO_OP}"
    ),
    "The function ledger.append is not the one": (
        f"CREATE FUNCTION ledger.append(text) RETURNS text {NO_OP.replace('NULL', '1')}"
    ),
    "ledger.entries has a trigger later": (
        f"CREATE FUNCTION public.later() RETURNS trigger {NO_OP};"
        " CREATE TRIGGER later BEFORE INSERT ON ledger.entries"
        " FOR EACH ROW EXECUTE FUNCTION public.later()"
    ),
    "append_only of ledger.entries does something else": (
        "DROP TRIGGER append_only ON ledger.entries;"
        " CREATE TRIGGER append_only BEFORE TRUNCATE ON ledger.entries"
        " FOR EACH STATEMENT EXECUTE FUNCTION ledger.refuse_change()"
    ),
    "append_only of ledger.requests does something else": (
        "DROP TRIGGER append_only ON ledger.requests; CREATE TRIGGER append_only"
        " BEFORE UPDATE OR DELETE ON ledger.requests FOR EACH ROW WHEN (false)"
        " EXECUTE FUNCTION ledger.refuse_change()"
    ),
    "ledger.requests has a rewrite rule kept": (
        "CREATE RULE kept AS ON INSERT TO ledger.requests DO INSTEAD NOTHING"
    ),
    "ledger.entries has row security": "ALTER TABLE ledger.entries ENABLE ROW LEVEL SECURITY",
    "projections.verdicts has row security": (
        "ALTER TABLE projections.verdicts ENABLE ROW LEVEL SECURITY;"
        " CREATE POLICY hides ON projections.verdicts FOR SELECT USING (current_user <> 'someone')"
    ),
    "projections.verdicts has a rewrite rule _RETURN": (
        "ALTER TABLE projections.verdicts RENAME TO really;"
        " CREATE VIEW projections.verdicts AS TABLE projections.really"
    ),
    "an index that is not valid, ledger.redactions": (
        "UPDATE pg_index SET indisvalid = false WHERE indexrelid = 'ledger.redactions'::regclass"
    ),
}


@pytest.mark.parametrize("says", CHANGED)
def test_a_guard_that_does_something_else_is_named(trial, says):
    trial.tamper(CHANGED[says])

    found = trial.audit()

    assert says in " ".join(one["says"] for one in found["guard-changed"])


def test_a_function_that_is_gone_is_named(trial):
    trial.tamper("DROP FUNCTION ledger.restore")

    assert "ledger.restore is gone" in trial.audit()["guard-missing"][0]["says"]


# A redaction that no two people made.


def put(
    trial: Trial, data: RedactionSought | TextRedacted | EntryRetracted, like: str, by: str
) -> str:
    """Put an entry at the log's end in a stream, whatever the rules say, and seal it: its id."""
    account = trial.log.account(by)
    done = trial.log.decide(account, lambda decision: decision.add(like, data, Told(), by=None))
    trial.seal()
    return done.entries[0].id


def a_text(trial: Trial) -> tuple[str, str, str]:
    """(entry id, stream, field) of a text somewhere in the log."""
    position, field = (
        trial.value(
            "SELECT (position, field)::text FROM ledger.texts"
            " WHERE position > 100 AND field = 'text' ORDER BY position LIMIT 1"
        )
        .strip("()")
        .split(",")
    )
    row = trial.value(f"SELECT state FROM ledger.entries WHERE position = {position}")
    said = json.loads(bytes(row))
    return said["id"], said["stream"], field


@pytest.mark.parametrize(
    ("sought_by", "says"),
    [(KEEPER, f"redacts by {KEEPER}, who had asked for it"), (None, "what nobody had asked")],
)
def test_a_redaction_by_one_account_alone_is_named(trial, sought_by, says):
    target, stream, field = a_text(trial)
    about: dict[str, Any] = {"target": target, "field": field, "basis": "personal_data"}
    sought = str(UUID(int=7))
    if sought_by is not None:
        sought = put(trial, RedactionSought(**about), stream, sought_by)
    put(trial, TextRedacted(**about, sought=sought, length=9), stream, KEEPER)
    trial.follow()

    found = trial.audit()

    assert set(found) == {"redaction-alone"}
    assert says in found["redaction-alone"][0]["says"]


def test_a_redaction_by_a_request_for_another_text_is_named(trial):
    target, stream, field = a_text(trial)
    about: dict[str, Any] = {"target": target, "field": field, "basis": "personal_data"}
    other = about | {"target": str(UUID(int=8))}
    sought = put(trial, RedactionSought(**other), stream, SETUP.name)
    put(trial, TextRedacted(**about, sought=sought, length=9), stream, KEEPER)
    trial.follow()

    found = trial.audit()
    assert set(found) == {"redaction-alone"}
    assert "by a request for another text" in found["redaction-alone"][0]["says"]


@pytest.mark.parametrize("again", [False, True])
def test_a_redaction_by_a_request_that_had_been_set_aside_is_named(trial, again):
    target, stream, field = a_text(trial)
    about: dict[str, Any] = {"target": target, "field": field, "basis": "personal_data"}
    sought = put(trial, RedactionSought(**about), stream, SETUP.name)
    aside = EntryRetracted(target=sought, reason=say("Not needed after all."))
    by = put(trial, aside, stream, SETUP.name)
    if again:
        put(trial, EntryRetracted(target=by, reason=say("It is needed.")), stream, SETUP.name)
    put(trial, TextRedacted(**about, sought=sought, length=9), stream, KEEPER)
    trial.follow()

    found = trial.audit()

    if again:
        assert found == {}
    else:
        assert set(found) == {"redaction-alone"}
        says = found["redaction-alone"][0]["says"]
        assert f"by a request that had been set aside, by entry {by}" in says


def test_a_request_that_was_given_to_another_account_is_named(trial):
    trial.tamper(
        "INSERT INTO ledger.requests SELECT 'somebody/else', 'key', sha256(''), position, position"
        " FROM ledger.entries ORDER BY position DESC LIMIT 1"
    )

    assert set(trial.audit()) == {"request-differs"}
