"""The logins that `migrate` makes: the service records and reads, and the sealer reads no text."""

import json
from collections.abc import Iterator
from uuid import uuid4

import psycopg
import pytest
from click.testing import CliRunner
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from api.cli import main
from ledger.acts.decision import Notice
from ledger.acts.key import add_key
from ledger.acts.service import open_account
from ledger.application import Ledger
from ledger.errors import Refused
from ledger.events import AccountOpened, KeyAdded
from ledger.log.append import append_first_key
from ledger.postgres.connections import SEALER_ROLE, connect, connect_owner, pool
from ledger.postgres.migrate import LoginError, ensure_login
from ledger.seal.notebook import Notebook
from ledger.settings import SettingsError, load
from ledger.states.service import SETUP
from ledger.verify.note import generate
from tests.clusters import OTHERS, of_version, primary


@pytest.mark.parametrize("major", [17, 18])
def test_an_owner_makes_both_logins_whether_a_superuser_or_not(major, monkeypatch):
    """Also in further databases of the server, where the first has made the roles already."""
    if (binaries := of_version(major)) is None:
        pytest.skip(f"not run: PostgreSQL {major} is not here (name its programs in {OTHERS})")
    with primary(binaries) as cluster:
        cluster.do("CREATE ROLE clerk LOGIN CREATEROLE; CREATE ROLE chief LOGIN SUPERUSER")
        for name, keeper in (("first", "clerk"), ("second", "clerk"), ("third", "chief")):
            cluster.do(f"CREATE DATABASE {name} OWNER {keeper}")
            users = {"SEALER_": f"{name}_seals", "": f"{name}_serves", "MIGRATE_": keeper}
            urls = {k: cluster.url(name).replace("postgres@", f"{v}@") for k, v in users.items()}
            for setting, url in urls.items():
                monkeypatch.setenv(f"ANSWERABLE_{setting}DATABASE_URL", url)
            made = migrates(monkeypatch, urls["MIGRATE_"], urls[""])
            with connect(urls["SEALER_"], role=SEALER_ROLE) as conn:
                (entries,) = conn.execute("SELECT count(*) FROM ledger.entries").fetchone() or (0,)

            assert (made["login_made"], made["sealer_login_made"]) == (True, True)
            assert entries > 0
            assert CliRunner().invoke(main, ["config", "check"]).exit_code == 0


@pytest.fixture
def login(empty_database_url: str) -> Iterator[str]:
    """A name that no role has; what is made under it goes with the test."""
    name = f"service_{uuid4().hex[:8]}"
    yield name
    with psycopg.connect(empty_database_url, autocommit=True) as connection:
        for made in (name, f"{name}_seals"):
            connection.execute(f"DROP ROLE IF EXISTS {made}".encode())


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


@pytest.fixture
def sealer(empty_database_url: str, login: str, monkeypatch: pytest.MonkeyPatch) -> str:
    """The URL of a sealer's login, which was made beside the service's."""
    url = url_of(empty_database_url, f"{login}_seals")
    monkeypatch.setenv("ANSWERABLE_SEALER_DATABASE_URL", url)
    made = migrates(monkeypatch, empty_database_url, url_of(empty_database_url, login))
    assert (made["login_made"], made["sealer_login_made"]) == (True, True)
    again = migrates(monkeypatch, empty_database_url, url_of(empty_database_url, login))
    assert (again["login_made"], again["sealer_login_made"]) == (False, False)
    return url


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


def test_the_login_that_migrates_is_left_as_it_is(empty_database_url):
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


def test_the_sealer_reads_entries_and_no_text_and_changes_nothing(sealer):
    with connect(sealer, role=SEALER_ROLE) as conn:
        assert conn.execute("SELECT count(*) > 0 FROM ledger.entries").fetchone() == (True,)
    for statement in (
        "SELECT FROM ledger.texts",
        "SELECT FROM ledger.captures",
        "SELECT FROM ledger.shown_texts",
        "SELECT FROM api.tokens",
        "SELECT FROM projections.reports",
        "SET ROLE answerable_app",
        "DELETE FROM ledger.entries",
        "SELECT ledger.append('{}', '{}', '{}', '{}', '{}', event_items => '{}')",
    ):
        with (
            connect(sealer, role=SEALER_ROLE, autocommit=True) as conn,
            pytest.raises(psycopg.errors.InsufficientPrivilege),
        ):
            conn.execute(statement.encode())


def test_the_sealers_login_records_the_first_key_of_a_log_and_nothing_else(sealer):
    with pool(sealer, max_size=3, role=SEALER_ROLE) as connections:
        log = Ledger(connections, sealer, append_first_key)
        first, second = (KeyAdded(vkey=generate("a.log").vkey) for _ in range(2))
        log.record(SETUP, add_key, first, Notice())
        with pytest.raises(Refused, match="names a key already"):
            log.record(SETUP, add_key, second, Notice())
        with pytest.raises(PermissionError):
            log.record(SETUP, open_account, AccountOpened(account="service/clerk"), Notice())

        assert log.service().keys.in_use == [first.vkey]


def test_config_check_tries_the_sealers_login_and_what_it_may_do(sealer, empty_database_url):
    check = ["config", "check"]
    assert CliRunner().invoke(main, check).exit_code == 0
    with psycopg.connect(empty_database_url, autocommit=True) as owner:
        user = conninfo_to_dict(sealer)["user"]
        owner.execute(f"GRANT answerable_app TO {user}".encode())
        more = CliRunner().invoke(main, check)
        owner.execute(f"REVOKE answerable_app, answerable_sealer FROM {user}".encode())
        less = CliRunner().invoke(main, check)

    assert (more.exit_code, less.exit_code) == (1, 1)
    assert "which reads every text: REVOKE answerable_app" in more.stderr
    assert "migrate` with ANSWERABLE_SEALER_DATABASE_URL set" in less.stderr


def test_commands_by_the_sealers_login_alone_say_which_url_they_need(sealer, monkeypatch):
    monkeypatch.delenv("ANSWERABLE_DATABASE_URL")
    monkeypatch.delenv("ANSWERABLE_MIGRATE_DATABASE_URL")
    for command in (["key", "list"], ["erase"], ["audit"], ["migrate"], ["status"], ["worker"]):
        done = CliRunner().invoke(main, command)
        assert done.exit_code == 1, command
        assert "needs ANSWERABLE_DATABASE_URL" in done.stderr, command


def test_erase_and_recover_without_the_owner_say_which_url_they_need(sealer, monkeypatch, tmp_path):
    monkeypatch.delenv("ANSWERABLE_MIGRATE_DATABASE_URL")
    Notebook(tmp_path / "sealer" / "notebook.sqlite", "localhost/answerable").close()
    for command in (["erase"], ["recover"]):
        done = CliRunner().invoke(main, [*command, "--data", str(tmp_path)])
        assert done.exit_code == 1, command
        assert "needs ANSWERABLE_MIGRATE_DATABASE_URL" in done.stderr, command


def test_the_sealers_login_is_not_the_services():
    same = "postgresql://one@localhost/site"
    with pytest.raises(SettingsError, match="names the same user"):
        load({"ANSWERABLE_DATABASE_URL": same, "ANSWERABLE_SEALER_DATABASE_URL": same})
