"""Migrations: each file once, in order, as the owner; nothing that was applied may change."""

import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psycopg
import pytest
from psycopg.conninfo import make_conninfo

from ledger.postgres.connections import connect, connect_owner
from ledger.postgres.migrate import MigrationError, migrate, migrations, pending

pytestmark = pytest.mark.long

FIRST = "CREATE SCHEMA ledger; CREATE TABLE ledger.things (n int PRIMARY KEY);"
SECOND = """
CREATE SCHEMA follow AUTHORIZATION answerable_app;
GRANT USAGE ON SCHEMA ledger TO answerable_app;
"""


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    (tmp_path / "001_first.sql").write_text(FIRST)
    (tmp_path / "002_second.sql").write_text(SECOND)
    return tmp_path


@pytest.fixture
def owner(empty_database_url: str):
    with connect_owner(empty_database_url) as connection:
        yield connection


def one(connection, query: str):
    return connection.execute(query).fetchone()[0]


def test_each_file_is_applied_once_and_in_order(owner, directory):
    assert pending(owner, directory) == [1, 2]

    assert migrate(owner, directory) == [1, 2]
    assert migrate(owner, directory) == []

    assert pending(owner, directory) == []
    rows = owner.execute("SELECT number, name FROM public.answerable_migrations ORDER BY 1")
    assert rows.fetchall() == [(1, "001_first.sql"), (2, "002_second.sql")]


def test_the_owner_role_owns_what_is_made_but_the_apps_schemas(owner, directory):
    migrate(owner, directory)

    made = owner.execute(
        "SELECT nspname, nspowner::regrole::text FROM pg_namespace WHERE nspname IN "
        "('ledger', 'follow') ORDER BY 1"
    ).fetchall()
    assert made == [("follow", "answerable_app"), ("ledger", "answerable_owner")]
    query = "SELECT tableowner FROM pg_tables WHERE tablename = %s"
    for table in ("things", "answerable_migrations"):
        assert owner.execute(query, (table,)).fetchone() == ("answerable_owner",)


def test_the_app_role_may_ask_what_is_pending_but_not_write_it(
    owner, directory, empty_database_url
):
    migrate(owner, directory)

    with connect(empty_database_url, autocommit=True) as app:
        assert pending(app, directory) == []
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            app.execute("DELETE FROM public.answerable_migrations")
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            app.execute("CREATE TABLE public.mine (n int)")


def test_the_owner_role_keeps_no_right_on_the_public_schema(owner, directory):
    migrate(owner, directory)

    assert not one(owner, "SELECT has_schema_privilege('answerable_owner', 'public', 'CREATE')")


def test_a_file_that_sets_a_role_leaves_none_behind(owner, directory):
    before = one(owner, "SELECT current_user")
    (directory / "003_app.sql").write_text(
        "SET ROLE answerable_app; CREATE TABLE follow.positions (n int);"
    )
    (directory / "004_owner.sql").write_text("CREATE TABLE ledger.after_it (n int);")

    migrate(owner, directory)

    assert one(owner, "SELECT current_user") == before
    query = "SELECT tableowner FROM pg_tables WHERE tablename = %s"
    assert owner.execute(query, ("positions",)).fetchone() == ("answerable_app",)
    assert owner.execute(query, ("after_it",)).fetchone() == ("answerable_owner",)


def test_a_file_changed_after_it_was_applied_is_refused_by_name(owner, directory):
    migrate(owner, directory)
    (directory / "001_first.sql").write_text(FIRST + "-- and one thing more")

    with pytest.raises(MigrationError, match=r"001_first\.sql has changed since it was applied"):
        migrate(owner, directory)
    with pytest.raises(MigrationError, match=r"001_first\.sql"):
        pending(owner, directory)


def test_line_ends_of_another_system_are_no_change(owner, directory):
    (directory / "003_lines.sql").write_bytes(b"SELECT 1;\nSELECT 2;\n")
    migrate(owner, directory)
    (directory / "003_lines.sql").write_bytes(b"SELECT 1;\r\nSELECT 2;\r\n")

    assert migrate(owner, directory) == []


def test_a_database_newer_than_the_code_is_refused(owner, directory):
    migrate(owner, directory)
    (directory / "002_second.sql").unlink()

    with pytest.raises(MigrationError, match=r"has '002_second\.sql' .*unknown to this version"):
        migrate(owner, directory)


def test_a_file_that_fails_is_undone_and_those_before_it_stay(owner, directory):
    (directory / "003_third.sql").write_text("CREATE TABLE ledger.half (n int); SELECT 1 / 0;")

    with pytest.raises(MigrationError, match=r"003_third\.sql failed and was undone.*zero"):
        migrate(owner, directory)

    assert pending(owner, directory) == [3]
    assert one(owner, "SELECT to_regclass('ledger.half') IS NULL")
    (directory / "003_third.sql").write_text("CREATE TABLE ledger.whole (n int);")
    assert migrate(owner, directory) == [3]


@pytest.mark.parametrize("name", ["003-third.sql", "third.sql", "3_third.sql", "003_Third.sql"])
def test_a_file_with_another_kind_of_name_is_refused(directory, name):
    (directory / name).write_text("SELECT 1;")

    with pytest.raises(MigrationError, match="isn't named like"):
        migrations(directory)


@pytest.mark.parametrize("name", ["004_gap.sql", "002_twice.sql"])
def test_numbers_have_no_gap_and_no_double(directory, name):
    (directory / name).write_text("SELECT 1;")

    with pytest.raises(MigrationError, match="stands where number 003 belongs"):
        migrations(directory)


def test_a_connection_that_is_not_in_autocommit_mode_is_a_mistake(empty_database_url, directory):
    with (
        connect_owner(empty_database_url, autocommit=False) as connection,
        pytest.raises(ValueError, match="autocommit"),
    ):
        migrate(connection, directory)


def test_one_of_two_runners_at_once_applies_and_both_succeed(empty_database_url, directory):
    together = threading.Barrier(4)

    def run(_: int) -> list[int]:
        with connect_owner(empty_database_url) as connection:
            together.wait()
            return migrate(connection, directory)

    with ThreadPoolExecutor(4) as threads:
        applied = list(threads.map(run, range(4)))

    assert sorted(applied) == [[], [], [], [1, 2]]


@pytest.mark.soak
def test_databases_of_a_new_server_can_be_migrated_at_once(new_server, directory):
    names = [f"site_{n}" for n in range(6)]
    together = threading.Barrier(len(names))

    with new_server() as running:
        with psycopg.connect(running.owner_url, autocommit=True) as connection:
            for name in names:
                connection.execute(f"CREATE DATABASE {name}".encode())

        def run(name: str) -> list[int]:
            with connect_owner(running.url(name)) as connection:
                together.wait()
                return migrate(connection, directory)

        with ThreadPoolExecutor(len(names)) as threads:
            applied = list(threads.map(run, names))

    assert applied == [[1, 2]] * len(names)


def test_an_ordinary_user_who_owns_the_database_can_migrate_it(new_server, directory):
    with new_server() as running:
        with psycopg.connect(running.owner_url, autocommit=True) as connection:
            connection.execute("CREATE ROLE clerk LOGIN CREATEROLE")
            connection.execute("CREATE ROLE stranger LOGIN")
            connection.execute('CREATE DATABASE "the Site" OWNER clerk')
        url = make_conninfo(running.url("the Site"), user="clerk")

        with connect_owner(url) as connection:
            assert migrate(connection, directory) == [1, 2]
            assert migrate(connection, directory) == []
        with connect(url) as app:
            assert one(app, "SELECT current_user") == "answerable_app"
        stranger = make_conninfo(url, user="stranger")
        with (
            connect_owner(stranger) as connection,
            pytest.raises(MigrationError, match="migrate as a superuser, or"),
        ):
            migrate(connection, directory)


@pytest.mark.parametrize("number", [1, 2])
def test_a_migration_whose_row_was_deleted_is_named_and_not_applied_anew(owner, directory, number):
    migrate(owner, directory)
    owner.execute("DELETE FROM public.answerable_migrations WHERE number = %s", [number])

    with pytest.raises(MigrationError, match=rf"00{number}_.* is gone: somebody deleted it"):
        migrate(owner, directory)


def test_a_migration_that_no_version_has_is_named_and_forges_no_line(owner, directory):
    migrate(owner, directory)
    owner.execute("INSERT INTO public.answerable_migrations VALUES (99, E'x\\nAll is well', 'y')")

    with pytest.raises(MigrationError, match="number 99") as error:
        pending(owner, directory)
    assert "\n" not in str(error.value)


def test_a_migration_without_a_number_is_named(owner, directory):
    migrate(owner, directory)
    owner.execute(
        "ALTER TABLE public.answerable_migrations DROP CONSTRAINT answerable_migrations_pkey"
    )
    owner.execute("ALTER TABLE public.answerable_migrations ALTER number DROP NOT NULL")
    owner.execute("INSERT INTO public.answerable_migrations VALUES (NULL, 'a', 'b')")

    with pytest.raises(MigrationError, match="a row without a number"):
        pending(owner, directory)
