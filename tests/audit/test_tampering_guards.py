"""Changes by which an administrator makes the database look guarded, or a person seem to act."""

import json
from typing import Any
from uuid import UUID

import pytest

from ledger.acts.decision import Notice
from ledger.acts.service import close_account
from ledger.audit import guards
from ledger.audit.log import snapshot
from ledger.events import (
    AccountClosed,
    EntryDisputed,
    EntryRetracted,
    RedactionSought,
    TextRedacted,
    TextReleased,
)
from ledger.events.texts import say
from ledger.postgres.connections import connect
from ledger.states.service import SETUP, Account
from tests.audit.trial import CLERK, KEEPER, Trial
from tests.conftest import some, whole

NO_OP = "LANGUAGE plpgsql AS $$ BEGIN RETURN NULL; END $$"
CHANGED = {
    "The body of the function ledger.refuse_change() is not that of the migrations": (
        f"CREATE OR REPLACE FUNCTION ledger.refuse_change() RETURNS trigger {NO_OP}"
    ),
    "The function ledger.append(text) is made by no migration": (
        f"CREATE FUNCTION ledger.append(text) RETURNS text {NO_OP.replace('NULL', '1')}"
    ),
    "The trigger later of ledger.entries (definition": (
        f"CREATE FUNCTION public.later() RETURNS trigger {NO_OP};"
        " CREATE TRIGGER later BEFORE INSERT ON ledger.entries"
        " FOR EACH ROW EXECUTE FUNCTION public.later()"
    ),
    "The trigger append_only of ledger.entries is not as the migrations have it": (
        "DROP TRIGGER append_only ON ledger.entries;"
        " CREATE TRIGGER append_only BEFORE TRUNCATE ON ledger.entries"
        " FOR EACH STATEMENT EXECUTE FUNCTION ledger.refuse_change()"
    ),
    "The trigger append_only of ledger.requests is not as the migrations have it": (
        "DROP TRIGGER append_only ON ledger.requests; CREATE TRIGGER append_only"
        " BEFORE UPDATE OR DELETE ON ledger.requests FOR EACH ROW WHEN (false)"
        " EXECUTE FUNCTION ledger.refuse_change()"
    ),
    "The rewrite rule kept of ledger.requests": (
        "CREATE RULE kept AS ON INSERT TO ledger.requests DO INSTEAD NOTHING"
    ),
    "ledger.entries: row security, on, which no migration made": (
        "ALTER TABLE ledger.entries ENABLE ROW LEVEL SECURITY"
    ),
    "projections.responses has row security": (
        "ALTER TABLE projections.responses ENABLE ROW LEVEL SECURITY;"
        " CREATE POLICY hides ON projections.responses FOR SELECT USING (current_user <> 'someone')"
    ),
    "projections.responses has a rewrite rule _RETURN": (
        "ALTER TABLE projections.responses RENAME TO really;"
        " CREATE VIEW projections.responses AS TABLE projections.really"
    ),
    "The event trigger quiet (runs: public.quiet on login) is made by no migration": (
        "CREATE FUNCTION public.quiet() RETURNS event_trigger LANGUAGE plpgsql AS $$ BEGIN"
        " IF current_setting('application_name') = 'answerable web' THEN"
        " PERFORM set_config('session_replication_role', 'replica', false); END IF; END $$;"
        " CREATE EVENT TRIGGER quiet ON login EXECUTE FUNCTION public.quiet()"
    ),
    "The query of the view pg_catalog.pg_roles is not that": (
        "SET allow_system_table_mods = on; DO $$ BEGIN EXECUTE"
        " 'CREATE OR REPLACE VIEW pg_catalog.pg_roles AS ' || regexp_replace(pg_get_viewdef("
        "'pg_roles'::regclass), '(pg_authid\\.)?rolsuper', 'false AS rolsuper'); END $$"
    ),
    "api.tokens is not as the migrations have it: its kind is “view”": (
        "ALTER TABLE api.tokens RENAME TO really;"
        " CREATE VIEW api.tokens AS SELECT * FROM api.really WHERE id <> 'never';"
        " GRANT SELECT ON api.tokens TO answerable_app"
    ),
    "follow.positions: row security, on": "ALTER TABLE follow.positions ENABLE ROW LEVEL SECURITY",
    "The type ledger.more (kind: type)": "CREATE TYPE ledger.more AS ENUM ('one')",
    "The operator ledger.===(pg_catalog.text,pg_catalog.text) (kind: operator)": (
        "CREATE OPERATOR ledger.=== (LEFTARG = text, RIGHTARG = text, FUNCTION = texteq)"
    ),
    "The cast (pg_catalog.bytea AS pg_catalog.text) (kind: cast)": (
        "CREATE CAST (bytea AS text) WITHOUT FUNCTION"
    ),
    "The function pg_catalog.octet_length(json) (kind: function)": (
        "CREATE FUNCTION pg_catalog.octet_length(json) RETURNS integer LANGUAGE sql AS 'SELECT 32'"
    ),
    'ON ledger.entries USING btree ("position") (checked at the end)”': (
        "UPDATE pg_index SET indimmediate = false"
        " WHERE indexrelid = 'ledger.entries_pkey'::regclass"
    ),
    "ledger.texts: ignored, its triggers": (
        "UPDATE pg_class SET relhastriggers = false WHERE oid = 'ledger.texts'::regclass"
    ),
    "WHERE (topic = 'text-redacted'::text) (not valid)”": (
        "UPDATE pg_index SET indisvalid = false WHERE indexrelid = 'ledger.redactions'::regclass"
    ),
    "The function public.as_owner(text) (security: definer, as postgres) is made by no": (
        "CREATE FUNCTION public.as_owner(text) RETURNS text SECURITY DEFINER"
        " LANGUAGE plpgsql AS $$ BEGIN EXECUTE $1; RETURN 'done'; END $$"
    ),
    "The function projections.as_owner() (security: definer, as postgres) is made by no": (
        "CREATE FUNCTION projections.as_owner() RETURNS bigint SECURITY DEFINER"
        " LANGUAGE sql AS 'SELECT count(*) FROM ledger.texts'"
    ),
    "The publication abroad (copies: ledger.texts) is made by no migration": (
        "CREATE PUBLICATION abroad FOR TABLE ledger.texts"
    ),
    "The publication everything (copies: all tables) is made by no migration": (
        "CREATE PUBLICATION everything FOR ALL TABLES"
    ),
    "The constraint holds_fk of public.holds (points to: ledger.texts) is made by no migration": (
        "CREATE TABLE public.holds (p bigint, f text, CONSTRAINT holds_fk"
        " FOREIGN KEY (p, f) REFERENCES ledger.texts (position, field))"
    ),
    "projections.concerns has a trigger lies, which no migration made": (
        "CREATE FUNCTION public.lies() RETURNS trigger LANGUAGE plpgsql AS"
        " $$ BEGIN RETURN NEW; END $$; CREATE TRIGGER lies BEFORE UPDATE ON projections.concerns"
        " FOR EACH ROW EXECUTE FUNCTION public.lies()"
    ),
    "projections.concerns has a comment, which no migration made": (
        "COMMENT ON COLUMN projections.concerns.position IS 'Sergeant Quillfeather saw to it'"
    ),
    "Large objects (there are: 1) is made by no migration": (
        "SELECT lo_from_bytea(0, convert_to(body, 'UTF8')) FROM ledger.texts LIMIT 1"
    ),
    "The words of the comment on table ledger.texts are not those of the migrations": (
        "COMMENT ON TABLE ledger.texts IS 'Sergeant Quillfeather saw to it'"
    ),
    "The comment on table public.harmless is made by no migration": (
        "CREATE TABLE public.harmless (); COMMENT ON TABLE public.harmless IS 'Quillfeather'"
    ),
    "The comment on schema public is made by no migration": (
        "COMMENT ON SCHEMA public IS 'Quillfeather'"
    ),
}


GUARDS = {"guard-missing", "guard-changed"}
HIDDEN = {
    "projections.responses has row security",
    "ledger.texts: ignored, its triggers",
    "The settings of this database (session_replication_role: replica)",
    "The settings of this database (synchronous_commit: off)",
    "The settings of this database (search_path: evil, pg_catalog)",
}
"""The changes that are not named where all the others were made too."""


def named(trial: Trial) -> str:
    """Return the findings of the check of the guards alone, since there are many changes to try."""
    with snapshot(trial.url) as another:
        return " ".join(one.says for one in guards.guards(another).findings)


@pytest.mark.sampled
@pytest.mark.parametrize("says", [one for one in CHANGED if whole() or one in HIDDEN])
def test_a_guard_that_does_something_else_is_named(trial, says):
    trial.tamper(CHANGED[says])

    assert says in named(trial)


def test_a_function_that_is_gone_is_named(trial):
    trial.tamper("DROP FUNCTION ledger.restore")

    says = trial.audit_of_the_log()["guard-missing"][0]["says"]

    assert says.startswith("The function ledger.restore(")
    assert says.split(")")[1].startswith(" is gone.")


APP = "answerable_app"
WEAKENED = {
    "session_replication_role is “replica”, not “origin”": (
        "ALTER DATABASE {db} SET session_replication_role = replica"
    ),
    "The settings of this database (session_replication_role: replica)": (
        "ALTER DATABASE {db} SET session_replication_role = replica"
    ),
    "The settings of this database of postgres (session_replication_role: replica)": (
        "ALTER ROLE postgres IN DATABASE {db} SET session_replication_role = replica"
    ),
    "The settings of this database (dynamic_library_path: /mine)": (
        "ALTER DATABASE {db} SET dynamic_library_path = '/mine'"
    ),
    "The settings of this database (synchronous_commit: off)": (
        "ALTER DATABASE {db} SET synchronous_commit = off"
    ),
    "The settings of a session: synchronous_commit, off, which no migration made": (
        "ALTER DATABASE {db} SET synchronous_commit = off"
    ),
    "The settings of this database (search_path: evil, pg_catalog)": (
        "ALTER DATABASE {db} SET search_path = evil, pg_catalog"
    ),
    "ledger.entries is not as the migrations have it: its granted to answerable_app is “SELECT, "
    "UPDATE”": f"GRANT UPDATE ON ledger.entries TO {APP}",
    "ledger.texts: granted to PUBLIC, SELECT": "GRANT SELECT ON ledger.texts TO PUBLIC",
    "ledger.texts: granted to pg_monitor, SELECT (may pass it on)": (
        "GRANT SELECT ON ledger.texts TO pg_monitor WITH GRANT OPTION"
    ),
    "The column ledger.entries.state: granted to answerable_app, UPDATE": (
        f"GRANT UPDATE (state) ON ledger.entries TO {APP}"
    ),
    "granted to answerable_app, EXECUTE": f"GRANT EXECUTE ON FUNCTION ledger.restore TO {APP}",
    "Schema ledger is not": f"GRANT CREATE ON SCHEMA ledger TO {APP}",
    "The database (granted to answerable_app: CREATE)": f"GRANT CREATE ON DATABASE {{db}} TO {APP}",
    "New tables in schema ledger of answerable_owner (granted to PUBLIC: SELECT)": (
        "ALTER DEFAULT PRIVILEGES FOR ROLE answerable_owner IN SCHEMA ledger"
        " GRANT SELECT ON TABLES TO PUBLIC"
    ),
    "its owner is “postgres”": "ALTER TABLE ledger.requests OWNER TO postgres",
    "The constraint texts_pkey of ledger.texts is gone": (
        "ALTER TABLE ledger.texts DROP CONSTRAINT texts_pkey"
    ),
    "The constraint entries_stream_version_key of ledger.entries is gone": (
        "ALTER TABLE ledger.entries DROP CONSTRAINT entries_stream_version_key"
    ),
    "The index ledger.redactions is gone": "DROP INDEX ledger.redactions",
    "The index ledger.lefts (definition: CREATE INDEX": (
        "CREATE INDEX lefts ON ledger.texts (left(body, 100))"
    ),
    "The column ledger.requests.more (type: text)": "ALTER TABLE ledger.requests ADD more text",
    "its type is “bytea”, not “bytea NOT NULL”": (
        "ALTER TABLE ledger.requests ALTER fingerprint DROP NOT NULL"
    ),
    "its type is “timestamp with time zone NOT NULL”, not": (
        "ALTER TABLE ledger.checkpoints ALTER sealed_at DROP DEFAULT"
    ),
    "The column ledger.texts.body has lost this: statistics, 0": (
        "ALTER TABLE ledger.texts ALTER body SET STATISTICS 100"
    ),
    "ledger.copy (kind: table)": "CREATE TABLE ledger.copy AS TABLE ledger.texts",
    "public.child, a child of ledger.texts": "CREATE TABLE public.child () INHERITS (ledger.texts)",
    "The query of ledger.shown_texts is not that of the migrations": (
        "CREATE OR REPLACE VIEW ledger.shown_texts AS TABLE ledger.texts"
    ),
    "its security is “definer”": "ALTER FUNCTION ledger.refuse_change SECURITY DEFINER",
    "has lost this: settings, search_path": "ALTER FUNCTION ledger.restore RESET search_path",
    "The trigger redact of ledger.entries: state, on in replicas alone": (
        "ALTER TABLE ledger.entries ENABLE REPLICA TRIGGER redact"
    ),
}


@pytest.mark.sampled
@pytest.mark.parametrize("says", [one for one in WEAKENED if whole() or one in HIDDEN])
def test_whatever_weakens_the_guards_is_named_with_the_rights_of_the_service_alone(trial, says):
    trial.tamper(in_its_database(trial, WEAKENED[says]))

    assert says in named(trial)


def in_its_database(trial: Trial, statement: str) -> str:
    return statement.format(db=trial.url.rpartition("/")[2].partition("?")[0])


@pytest.mark.parametrize(
    ("table", "nothing_else"), [(CHANGED, False), (WEAKENED, True)], ids=["changed", "weakened"]
)
def test_an_audit_names_all_of_it_where_all_was_done(trial, table, nothing_else):
    for statement in table.values():
        trial.tamper(in_its_database(trial, statement))

    found = trial.audit_of_the_log()

    says = " ".join(one["says"] for kind in sorted(GUARDS) for one in found.get(kind, ()))
    assert [one for one in table if one not in says and one not in HIDDEN] == []
    assert set(found) <= GUARDS or not nothing_else


ROLES = {
    "The settings of a session is not as the migrations have it: its is_superuser is “on”": (
        f"ALTER ROLE {APP} SUPERUSER",
        f"ALTER ROLE {APP} NOSUPERUSER",
    ),
    "The role answerable_sealer (may act as answerable_app: yes)": (
        (
            "CREATE ROLE between; GRANT answerable_owner TO between;"
            " GRANT between TO answerable_sealer"
        ),
        "DROP ROLE between",
    ),
    "The settings of further (session_replication_role: replica)": (
        (
            f"CREATE ROLE between; CREATE ROLE further; GRANT {APP} TO between;"
            " GRANT between TO further; ALTER ROLE further SET session_replication_role = replica"
        ),
        "DROP ROLE further; DROP ROLE between",
    ),
    "The role answerable_app (may: do anything (SUPERUSER))": (
        f"ALTER ROLE {APP} SUPERUSER",
        f"ALTER ROLE {APP} NOSUPERUSER",
    ),
    "The role answerable_app (may: pass row security (BYPASSRLS))": (
        f"ALTER ROLE {APP} BYPASSRLS",
        f"ALTER ROLE {APP} NOBYPASSRLS",
    ),
    "The role answerable_app (may act as answerable_owner: yes)": (
        f"REVOKE {APP} FROM answerable_owner; GRANT answerable_owner TO {APP}",
        f"REVOKE answerable_owner FROM {APP}; GRANT {APP} TO answerable_owner",
    ),
    "The role answerable_owner: may, log in (LOGIN), which": (
        "ALTER ROLE answerable_owner LOGIN PASSWORD 'known'",
        "ALTER ROLE answerable_owner NOLOGIN PASSWORD NULL",
    ),
    "The role answerable_app (may: log in (LOGIN), make databases (CREATEDB))": (
        f"ALTER ROLE {APP} LOGIN CREATEDB",
        f"ALTER ROLE {APP} NOLOGIN NOCREATEDB",
    ),
    "The role answerable_owner: may, make roles (CREATEROLE), which": (
        "ALTER ROLE answerable_owner CREATEROLE",
        "ALTER ROLE answerable_owner NOCREATEROLE",
    ),
    "The parameter session_replication_role (granted to answerable_app: SET)": (
        f"GRANT SET ON PARAMETER session_replication_role TO {APP}",
        f"REVOKE SET ON PARAMETER session_replication_role FROM {APP}",
    ),
    "The parameter wal_level (granted to PUBLIC: ALTER SYSTEM)": (
        "GRANT ALTER SYSTEM ON PARAMETER wal_level TO PUBLIC",
        "REVOKE ALTER SYSTEM ON PARAMETER wal_level FROM PUBLIC",
    ),
    "The replication slot abroad (kind: physical, used by nobody) is made by no migration": (
        "SELECT pg_create_physical_replication_slot('abroad', true)",
        "SELECT pg_drop_replication_slot('abroad')",
    ),
    "The comment on the role answerable_app is made by no migration": (
        f"COMMENT ON ROLE {APP} IS 'Quillfeather'",
        f"COMMENT ON ROLE {APP} IS NULL",
    ),
    "The role answerable_sealer (may act as pg_read_all_data: yes)": (
        "GRANT pg_read_all_data TO answerable_sealer",
        "REVOKE pg_read_all_data FROM answerable_sealer",
    ),
}


@pytest.mark.sampled
def test_a_role_that_may_more_is_named(trial):
    for says, (does, undoes) in some(ROLES.items(), 3):
        trial.tamper(does)
        try:
            found = named(trial)
        finally:
            trial.tamper(undoes)
        assert says in found


def test_the_catalogue_is_what_the_migrations_make(database_url):
    with connect(database_url) as conn:
        made = guards.written(guards.catalogue(conn))

    assert made == guards.written(guards.expected()), "run `python -m tests.audit.catalogue`"


# A redaction that no two people made.


def put(
    trial: Trial, data: RedactionSought | TextRedacted | EntryRetracted, like: str, by: str
) -> str:
    """Put an entry at the log's end in a stream, whatever the rules say, and seal it: its id."""
    account = trial.log.account(by)
    done = trial.log.decide(account, lambda decision: decision.add(like, data, Notice(), by=None))
    trial.seal()
    return done.entries[0].id


def texts_of(trial: Trial) -> list[tuple[str, str, str]]:
    """Return (entry id, stream, field) of the texts of entries after the register."""
    rows = trial.database.rows(
        "SELECT state, field FROM ledger.texts JOIN ledger.entries USING (position)"
        " WHERE position > 100 AND field = 'text' ORDER BY position"
    )
    said = [(json.loads(bytes(state)), field) for state, field in rows]
    return [(one["id"], one["stream"], field) for one, field in said]


def a_text(trial: Trial) -> tuple[str, str, str]:
    return texts_of(trial)[0]


def test_each_redaction_that_no_two_people_made_is_named_and_no_other(trial):
    texts = iter(texts_of(trial))

    def redact(sought_by: str | None, *, of: str | None = None, retracted: int = 0) -> int:
        """Redact a text by a request that was retracted, and that again, so many times. Return the
        position of the redaction."""
        target, stream, field = next(texts)
        about: dict[str, Any] = {"target": target, "field": field, "basis": "personal_data"}
        sought = aside = str(UUID(int=7))
        if sought_by is not None:
            asked = about | ({"target": of} if of else {})
            sought = aside = put(trial, RedactionSought(**asked), stream, sought_by)
        for _ in range(retracted):
            why = say("Not needed after all.")
            aside = put(trial, EntryRetracted(target=aside, reason=why), stream, CLERK.name)
        put(trial, TextRedacted(**about, sought=sought, length=9), stream, KEEPER)
        return int(trial.position)

    alone = {
        redact(KEEPER): "redacts by the account that asked for it",
        redact(None): "redacts what nobody asked",
        redact(CLERK.name, of=str(UUID(int=8))): "by a request for another text",
        redact(CLERK.name, retracted=1): "by a request that had been set aside",
    }
    redact(CLERK.name, retracted=2)
    trial.follow()

    found = trial.audit_of_the_log()

    assert set(found) == {"redaction-alone"}
    assert [one["position"] for one in found["redaction-alone"]] == [*alone]
    for one in found["redaction-alone"]:
        assert alone[one["position"]] in one["says"]


# Accounts: the name in an entry, and the account of a token.


def forge(trial: Trial, name: str, like: str, data: Any) -> None:
    """Put an entry at the log's end in a name, as whoever may call `ledger.append` can."""
    account = Account(name, None, frozenset({"admin"}))
    trial.log.decide(account, lambda decision: decision.add(like, data, Notice(), by=None))
    trial.seal()
    trial.follow()


def test_an_entry_in_a_name_that_could_not_record_it_is_named(trial):
    target, stream, field = a_text(trial)
    forge(trial, "service/setup", stream, TextReleased(target=target, field=field))
    setup = trial.position
    forge(trial, "service/nobody", stream, TextReleased(target=target, field=field))
    trial.log.record(SETUP, close_account, AccountClosed(account=KEEPER), Notice())
    forge(trial, KEEPER, stream, EntryDisputed(target=target, text=say("Not so.")))

    found = trial.audit_of_the_log()

    assert set(found) == {"account-unknown", "setup-after-start"}
    (one,) = found["setup-after-start"]
    assert one["position"] == setup
    assert "stands in the name of service/setup" in one["says"]
    never, closed = (one["says"] for one in found["account-unknown"])
    assert "of service/nobody, an account that the log had not opened" in never
    assert f"of {KEEPER}, an account that had been closed" in closed


def test_a_token_that_no_command_made_is_named_and_one_whose_account_was_closed_since_is_not(trial):
    insert = "INSERT INTO api.tokens (id, sha256, account, scopes, position)"
    insert += " VALUES (%(id)s, sha256(%(id)s::text::bytea), %(of)s, '{record}', 0)"
    trial.tamper(insert, id="ours", of=KEEPER)
    trial.log.record(SETUP, close_account, AccountClosed(account=KEEPER), Notice())
    trial.seal()
    trial.follow()
    assert trial.audit_of_the_log() == {}

    trial.tamper(insert, id="later", of=KEEPER)
    trial.tamper(insert, id="never", of="service/nobody")

    found = trial.audit_of_the_log()
    assert set(found) == {"token-unknown"}
    later, never = (one["says"] for one in found["token-unknown"])
    assert f"speaks for {KEEPER}, and was made after that account was closed" in later
    assert "speaks for service/nobody, an account that the log never opened" in never


def test_a_token_a_session_or_a_subscription_that_nobody_could_have_is_named(trial):
    begin = (
        "INSERT INTO api.sessions (sha256, person, said, begun_at, seen_at, ends_at) VALUES"
        " (sha256(%(of)s::text::bytea), 'idp pat', jsonb_build_object('account', %(of)s::text),"
        " now(), now(), now() + interval '1 hour')"
    )
    subscribe = (
        "INSERT INTO api.subscriptions (id, account, url, wanted, created_at, secret_sha256,"
        " position, next_at) VALUES (%(of)s, %(of)s, 'https://example.org', '{}', now(),"
        " sha256(''), 0, now())"
    )
    for insert in (begin, subscribe):
        trial.tamper(insert, of=KEEPER)
    assert trial.audit_of_the_log() == {}

    for insert in (begin, subscribe):
        for account in ("service/setup", "service/nobody"):
            trial.tamper(insert, of=account)
    trial.tamper(
        "INSERT INTO api.tokens (id, sha256, account, scopes, position)"
        " VALUES ('setups', sha256(''), 'service/setup', '{admin}', 0)"
    )
    found = trial.audit_of_the_log()

    assert set(found) == {"token-unknown", "session-unknown", "subscription-unknown"}
    (token,) = found["token-unknown"]
    assert "speaks for service/setup, as which commands alone record" in token["says"]
    for kind, what in (("session-unknown", "session"), ("subscription-unknown", "subscription")):
        nobodys, setups = sorted((one["says"] for one in found[kind]), key=lambda s: "setup" in s)
        assert f"{what} " in nobodys
        assert "service/nobody, an account that the log never opened" in nobodys
        assert "service/setup, as which commands alone record" in setups


REQUESTS = (
    "'service/clerk', 'key', sha256(''), 1, position",  # more than that account recorded
    "'service/nobody', 'key', sha256(''), position, position",
    "'somebody/else', 'key', sha256(''), position, position",
    "'service/clerk', 'key', sha256(''), position, position + 1",
    "'service/clerk', 'key', '', position, position",
)


@pytest.mark.sampled
@pytest.mark.parametrize("said", some(REQUESTS, 2))
def test_a_request_that_did_not_make_what_it_says_or_was_given_to_another_is_named(trial, said):
    trial.tamper(
        f"INSERT INTO ledger.requests SELECT {said} FROM ledger.entries"
        " ORDER BY position DESC LIMIT 1"
    )

    assert set(trial.audit_of_the_log()) == {"request-differs"}


def test_two_requests_that_made_the_same_entries_are_named(trial):
    made = (
        "INSERT INTO ledger.requests SELECT 'service/clerk', %(key)s, sha256(''), position,"
        " position FROM ledger.entries ORDER BY position DESC LIMIT 1"
    )
    trial.tamper(made, key="one")
    assert trial.audit_of_the_log() == {}
    trial.tamper(made, key="other")

    assert set(trial.audit_of_the_log()) == {"request-differs"}
