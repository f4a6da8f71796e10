"""What a test did in a database is taken back for the next one."""

import psycopg
import pytest
from psycopg import sql

from ledger.acts.capture import keep_capture, received
from ledger.acts.decision import Told
from ledger.errors import NotRecorded
from ledger.states.service import SETUP
from projections import streams
from tests.servers import kept_database


@pytest.fixture
def kept(kept_begun):
    kept_begun.uses = 0
    return kept_begun


def all_of_it(kept):
    """Every row of every table, and where every sequence is."""
    found = {}
    with psycopg.connect(kept.url) as connection:
        asked = """
            SELECT nspname, relname FROM pg_class JOIN pg_namespace n ON n.oid = relnamespace
             WHERE relkind IN ('r', 'S') AND nspname !~ '^pg_' AND nspname <> 'information_schema'
        """
        for names in connection.execute(asked).fetchall():
            query = sql.SQL("SELECT * FROM {}").format(sql.Identifier(*names))
            found[names[-1]] = sorted(map(str, connection.execute(query)))
    return found


def keep(ledger, said=b"A letter"):
    return ledger.record(SETUP, keep_capture, received(said), Told()).entries[0]


@pytest.mark.parametrize(
    "done",
    [
        "UPDATE ledger.entries SET state = 'changed' WHERE position = 3",
        "DELETE FROM ledger.entries WHERE position > 3",
        "DELETE FROM ledger.entries; DELETE FROM ledger.texts",
        "UPDATE ledger.entries SET position = position + 1000 WHERE position = 3",
        "UPDATE ledger.entries SET state = state WHERE position = 3",
        "SELECT nextval('api.deliveries_id_seq')",
    ],
)
def test_what_was_done_to_rows_is_taken_back(kept, done):
    before = all_of_it(kept)
    with psycopg.connect(kept.url) as superuser:
        superuser.execute("SET session_replication_role = replica")
        superuser.execute(done.encode())

    assert kept.taken_back()
    assert all_of_it(kept) == before


def test_a_ledger_knows_nothing_of_what_was_taken_back(kept):
    before = kept.ledger.head()
    for said in (b"A letter", b"Another letter"):
        made = keep(kept.ledger, said)
        assert made.position == before + 1
        assert kept.taken_back()
        assert kept.ledger.head() == before
        with pytest.raises(NotRecorded):
            kept.ledger.entry(made.id)


def test_nor_does_who_read_a_register_that_was_changed(kept):
    with kept.pool.connection() as conn:
        before = streams.timeline(conn)
        assert streams.timeline(conn) is before
    with psycopg.connect(kept.url) as superuser:
        superuser.execute("SET session_replication_role = replica")
        superuser.execute("UPDATE ledger.entries SET state = state WHERE version = 1")

    assert kept.taken_back()
    with kept.pool.connection() as conn:
        assert streams.timeline(conn) is not before


@pytest.mark.parametrize(
    "done",
    [
        "ALTER TABLE ledger.texts RENAME TO elsewhere",
        "CREATE TABLE ledger.another ()",
        "DROP TRIGGER redact ON ledger.entries",
        "ALTER TABLE ledger.texts DISABLE TRIGGER ALL; ALTER TABLE ledger.texts ENABLE TRIGGER ALL",
        "ALTER TABLE ledger.entries ENABLE ROW LEVEL SECURITY",
        "CREATE RULE another AS ON DELETE TO ledger.entries DO INSTEAD NOTHING",
        "CREATE FUNCTION public.another() RETURNS int LANGUAGE sql AS 'SELECT 1'",
        "CREATE FUNCTION public.clock_timestamp() RETURNS int LANGUAGE sql AS 'SELECT 1'",
        "ALTER FUNCTION pg_catalog.octet_length(text) COST 7",
        "CREATE CAST (bytea AS text) WITHOUT FUNCTION",
        "CREATE OPERATOR public.=== (FUNCTION = texteq, LEFTARG = text, RIGHTARG = text)",
        "CREATE TYPE public.another AS ENUM ('a')",
        "CREATE SCHEMA another",
        "COMMENT ON TABLE ledger.entries IS 'Another'",
        "CREATE PUBLICATION another",
        "SELECT lo_create(0)",
        "GRANT SELECT ON api.tokens TO PUBLIC",
        "GRANT SELECT (position) ON ledger.entries TO PUBLIC",
        "ALTER DEFAULT PRIVILEGES GRANT SELECT ON TABLES TO PUBLIC",
        "UPDATE pg_index SET indisvalid = false WHERE indexrelid = 'ledger.redactions'::regclass",
        "GRANT CREATE ON DATABASE {} TO PUBLIC",
        "ALTER DATABASE {} SET work_mem = 64",
        "ALTER DATABASE {} CONNECTION LIMIT 5",
    ],
)
def test_where_anything_but_rows_was_changed_it_is_used_no_more(kept, done):
    with psycopg.connect(kept.url, autocommit=True) as superuser:
        superuser.execute(done.replace("{}", superuser.info.dbname).encode())

    assert not kept.taken_back()


def test_what_is_of_a_session_ends_with_it(kept):
    with psycopg.connect(kept.url, autocommit=True) as other:
        other.execute("CREATE TEMPORARY TABLE entries (position int)")
        other.execute("SELECT pg_advisory_lock(1)")
        other.execute("LISTEN another")

        assert kept.taken_back()
    with psycopg.connect(kept.url) as looking:
        assert looking.execute("SELECT pg_try_advisory_lock(1)").fetchone() == (True,)


def test_a_connection_of_the_pool_is_as_new(kept):
    asked = b"SELECT current_setting('timezone'), current_user, pg_try_advisory_lock_shared(1)"
    with kept.pool.connection() as conn:
        before = conn.execute(asked).fetchone()
        conn.execute("SET timezone = 'Europe/London'; SET ROLE NONE; SELECT pg_advisory_lock(1)")

    assert kept.taken_back()
    with psycopg.connect(kept.url, autocommit=True) as other:
        assert other.execute("SELECT pg_try_advisory_lock(1)").fetchone() == (True,)
        other.execute("SELECT pg_advisory_unlock(1)")
    with kept.pool.connection() as conn:
        assert conn.execute(asked).fetchone() == before


def test_who_is_still_connected_is_disconnected(kept):
    with psycopg.connect(kept.url) as other:
        other.execute("LOCK TABLE ledger.entries")
        assert kept.taken_back()
        with pytest.raises(psycopg.OperationalError):
            other.execute("SELECT 1")


def test_where_a_connection_of_ours_was_ended_or_is_in_use_it_is_used_no_more(kept):
    with kept.pool.connection():
        assert not kept.taken_back()
    kept.owner.execute(
        "SELECT pg_terminate_backend(pid, 2000) FROM pg_stat_activity"
        " WHERE datname = current_database() AND pid <> pg_backend_pid()"
    )

    assert not kept.taken_back()


def test_a_database_is_used_again_where_all_was_taken_back_and_only_there(postgres, begun):
    with kept_database(postgres, begun) as first:
        keep(first.ledger)
    with kept_database(postgres, begun) as second:
        assert second is first
        with psycopg.connect(second.url) as superuser:
            superuser.execute("DROP TRIGGER redact ON ledger.entries")
    with kept_database(postgres, begun) as third:
        assert third.url != first.url
        assert third.copied is first.copied
