"""The service's own login: made by `migrate`, able to record and read, and to nothing more."""

import json
from collections.abc import Iterator
from uuid import uuid4

import psycopg
import pytest
from click.testing import CliRunner
from psycopg.conninfo import make_conninfo

from api.cli import main
from ledger.postgres.connections import connect_owner
from ledger.postgres.migrate import LoginError, ensure_login


@pytest.fixture
def login(empty_database_url: str) -> Iterator[str]:
    """A name that no role has; what is made under it goes with the test."""
    name = f"service_{uuid4().hex[:8]}"
    yield name
    with psycopg.connect(empty_database_url, autocommit=True) as connection:
        connection.execute(f"DROP ROLE IF EXISTS {name}".encode())


def url_of(owner: str, user: str) -> str:
    settings = psycopg.conninfo.conninfo_to_dict(owner)
    return (
        f"postgresql://{user}:secret@/{settings['dbname']}"
        f"?host={settings['host']}&port={settings['port']}"
    )


def migrates(monkeypatch: pytest.MonkeyPatch, owner: str, service: str) -> dict[str, object]:
    monkeypatch.setenv("ANSWERABLE_MIGRATE_DATABASE_URL", owner)
    monkeypatch.setenv("ANSWERABLE_DATABASE_URL", service)
    done = CliRunner().invoke(main, ["--json", "migrate"])
    assert done.exit_code == 0, done.output
    answer: dict[str, object] = json.loads(done.stdout)
    return answer


def test_migrate_makes_the_login_once_and_the_log_is_begun_through_it(
    empty_database_url, login, monkeypatch
):
    service = url_of(empty_database_url, login)

    first = migrates(monkeypatch, empty_database_url, service)
    second = migrates(monkeypatch, empty_database_url, service)

    assert (first["login_made"], first["set_up"]) == (True, True)
    assert (second["login_made"], second["set_up"]) == (False, False)


def test_the_login_has_no_power_beside_that_of_the_service(empty_database_url, login, monkeypatch):
    service = url_of(empty_database_url, login)
    migrates(monkeypatch, empty_database_url, service)

    with psycopg.connect(empty_database_url) as owner:
        row = owner.execute(
            "SELECT rolpassword FROM pg_authid WHERE rolname = %s"
            " AND NOT (rolsuper OR rolcreaterole OR rolcreatedb OR rolbypassrls)",
            [login],
        ).fetchone()
    assert row is not None
    assert row[0].startswith("SCRAM-SHA-256$")
    for role in ("", "SET ROLE answerable_app;", "SET ROLE answerable_owner;"):
        for change in (
            "UPDATE ledger.entries SET topic = 'x'",
            "DELETE FROM ledger.texts",
            "DROP SCHEMA ledger CASCADE",
            "CREATE TABLE public.mine ()",
        ):
            with (
                psycopg.connect(service, autocommit=True) as connection,
                pytest.raises(psycopg.errors.InsufficientPrivilege),
            ):
                connection.execute(f"{role}{change}".encode())


def test_who_migrates_is_left_as_it_is(empty_database_url):
    with connect_owner(empty_database_url) as owner:
        assert not ensure_login(owner, make_conninfo(empty_database_url))
        assert not ensure_login(owner, make_conninfo(empty_database_url, user=owner.info.user))


def test_one_who_may_make_no_login_hears_what_to_do(empty_database_url, login, monkeypatch):
    service = url_of(empty_database_url, login)
    migrates(monkeypatch, empty_database_url, service)

    with (
        connect_owner(service) as weak,
        pytest.raises(LoginError, match="GRANT answerable_app to it"),
    ):
        ensure_login(weak, url_of(empty_database_url, f"{login}_other"))
