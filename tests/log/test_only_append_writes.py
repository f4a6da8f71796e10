"""Nothing but ledger.append writes the log: not the service's role, and not by a trick."""

import psycopg
import pytest
from psycopg.errors import InsufficientPrivilege

from ledger.log.append import Request, append
from ledger.postgres.connections import connect, pool
from tests.log.making import Database, event
from tests.servers import new_database

TABLES = ("entries", "texts", "captures", "requests")
CHANGES = {
    "insert": "INSERT INTO ledger.{table} SELECT * FROM ledger.{table}",
    "update": "UPDATE ledger.{table} SET {column} = {column}",
    "delete": "DELETE FROM ledger.{table}",
    "truncate": "TRUNCATE ledger.{table} CASCADE",
}
COLUMNS = {"entries": "state", "texts": "body", "captures": "body", "requests": "key"}
tables = pytest.mark.parametrize("table", TABLES)


def change(name: str, table: str) -> bytes:
    return CHANGES[name].format(table=table, column=COLUMNS[table]).encode()


@pytest.fixture(scope="module")
def filled(postgres, migrated):
    """Yield the URL of a log with a row in every table, which nothing here changes."""
    with new_database(postgres, migrated) as url:
        with pool(url) as connections:
            append(
                connections,
                [event(texts={"text": "said"}, capture=b"kept")],
                request=Request("a/clerk", "key", b"\x01" * 32),
            )
        yield url


@pytest.fixture(autouse=True, scope="module")
def _nothing_is_changed(filled):
    count = " + ".join(f"(SELECT count(*) FROM ledger.{table})" for table in TABLES)
    yield
    assert Database(filled).rows(f"SELECT {count}") == [len(TABLES)]


@tables
@pytest.mark.parametrize("name", CHANGES)
def test_the_service_may_not_write_a_table_of_the_log(filled, table, name):
    with connect(filled, autocommit=True) as app:
        with pytest.raises(InsufficientPrivilege):
            app.execute(change(name, table))
        for privilege in ("REFERENCES", "TRIGGER", "MAINTAIN"):
            query = "SELECT has_table_privilege(%s, %s)"
            found = app.execute(query, [f"ledger.{table}", privilege]).fetchone()
            assert found == (False,)


@tables
@pytest.mark.parametrize("name", ["update", "delete", "truncate"])
@pytest.mark.parametrize("role", ["answerable_owner", "postgres"])
def test_its_owner_and_the_superuser_are_refused_by_a_trigger(filled, table, name, role):
    with psycopg.connect(filled, autocommit=True) as connection:
        connection.execute(f"SET ROLE {role}".encode())
        with pytest.raises(psycopg.Error, match=r"ledger\.\w+ is append-only") as refused:
            connection.execute(change(name, table))

    assert refused.value.sqlstate == "AN001"
    assert f"{name.upper()} is refused" in str(refused.value)


def test_the_service_owns_nothing_in_the_schema_and_can_make_nothing_in_it(filled):
    with connect(filled, autocommit=True) as app:
        for attempt in (
            "CREATE TABLE ledger.mine (n int)",
            "CREATE FUNCTION ledger.mine() RETURNS int LANGUAGE sql RETURN 1",
            "DROP FUNCTION ledger.append_first_key",
            "ALTER TABLE ledger.entries DISABLE TRIGGER append_only",
            "DROP TRIGGER append_only ON ledger.entries",
            "SET session_replication_role = replica",
            "SET ROLE answerable_owner",
        ):
            if attempt.startswith("SET ROLE"):
                app.execute("SET SESSION AUTHORIZATION answerable_app")
            with pytest.raises(InsufficientPrivilege):
                app.execute(attempt.encode())


def test_nobody_else_may_call_it(filled):
    granted = Database(filled).rows(
        "SELECT DISTINCT grantee::regrole::text FROM pg_proc, aclexplode(proacl)"
        " WHERE pronamespace = 'ledger'::regnamespace AND proname = 'append'"
        " AND privilege_type = 'EXECUTE'"
    )

    assert sorted(granted) == ["answerable_app", "answerable_owner"]  # '-' would be PUBLIC


def test_a_passer_by_may_neither_read_nor_write(filled):
    with psycopg.connect(filled) as connection:
        connection.execute("CREATE ROLE passer_by")  # rolled back at the end
        connection.execute("SET ROLE passer_by")
        for attempt in (
            "SELECT * FROM ledger.texts",
            "SELECT ledger.append('{}', '{}', '{}', '{}', '{}', event_items => '{}')",
        ):
            with pytest.raises(InsufficientPrivilege), connection.transaction():
                connection.execute(attempt.encode())
        connection.rollback()


def test_every_function_of_the_log_has_a_fixed_search_path(filled):
    found = Database(filled).rows(
        "SELECT proname, proconfig FROM pg_proc WHERE pronamespace = 'ledger'::regnamespace"
    )

    names = {"append", "append_first_key", "redact", "refuse_change", "refuse_deletion", "restore"}
    assert {name for name, _ in found} == names
    for _, settings in found:
        assert "search_path=pg_catalog, pg_temp" in settings


SHADOWS = """
    CREATE TEMP TABLE entries (LIKE ledger.entries);
    CREATE TEMP TABLE texts (LIKE ledger.texts);
    CREATE FUNCTION pg_temp.clock_timestamp() RETURNS timestamptz
        LANGUAGE sql AS $$ SELECT 'epoch'::timestamptz $$;
    CREATE FUNCTION pg_temp.pg_advisory_xact_lock(int, int) RETURNS void
        LANGUAGE sql AS $$ SELECT $$;
    CREATE FUNCTION pg_temp.never(int, int) RETURNS boolean LANGUAGE sql AS $$ SELECT false $$;
    CREATE OPERATOR pg_temp.<> (LEFTARG = integer, RIGHTARG = integer, FUNCTION = pg_temp.never);
    CREATE FUNCTION pg_temp.plus(bigint, int) RETURNS bigint LANGUAGE sql AS $$ SELECT 100 $$;
    CREATE OPERATOR pg_temp.+ (LEFTARG = bigint, RIGHTARG = integer, FUNCTION = pg_temp.plus);
    CREATE DOMAIN pg_temp.bigint AS text;
    SET search_path = pg_temp, ledger, pg_catalog;
"""


def test_objects_that_a_caller_puts_in_its_way_change_nothing(connections, database, database_url):
    append(connections, [event("a/1", 1)])
    call = (
        "SELECT first_position, recorded_at > now() - interval '1 minute', refused"
        " FROM ledger.append("
        "ARRAY[gen_random_uuid()], '{b/1}', '{1}', '{t}', ARRAY['x'::bytea], event_items => '{1}',"
        " guard_streams => '{a/1}', guard_versions => ARRAY[%s])"
    )
    with connect(database_url, autocommit=True) as app:
        app.execute(SHADOWS.encode())

        refused = app.execute(call.encode(), [7]).fetchone()
        done = app.execute(call.encode(), [1]).fetchone()

    assert refused == (None, None, "AN002")
    assert done == (2, True, None)
    assert database.positions() == [1, 2]


def test_a_caller_with_an_old_snapshot_is_refused_and_not_deceived(connections, database_url):
    call = (
        b"SELECT ledger.append(ARRAY[gen_random_uuid()], '{b/1}', '{1}', '{t}', ARRAY['x'::bytea],"
        b" event_items => '{1}')"
    )
    with connect(database_url) as app:
        app.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
        app.execute("SELECT count(*) FROM ledger.entries")
        append(connections, [event("a/1", 1)])

        with pytest.raises(psycopg.errors.UniqueViolation):
            app.execute(call)


def test_a_process_of_0_2_0_is_refused_so_that_it_answers_503(connections, database):
    call = (
        "SELECT first_position FROM ledger.append(ARRAY[gen_random_uuid()], '{a}', '{1}', '{t}',"
        " ARRAY['x'::bytea], caller_now => now()"
    )
    request = ", request_account => 'a', request_key => 'k', request_fingerprint => sha256('')"
    for more in ("", request, ", latest_occurred => '2025-01-01'::date"):
        with connections.connection() as app, pytest.raises(psycopg.errors.LockNotAvailable):
            app.execute(f"{call}{more})".encode())

    assert database.positions() == []
