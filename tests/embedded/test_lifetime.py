"""The embedded database: kept between runs, shared by who comes, never left running."""

import os
import shutil
import signal

import psycopg
import pytest

from ledger.postgres.embedded import embedded, postmaster, running
from tests.processes import children, pause

pytestmark = pytest.mark.long


def test_it_has_the_version_and_the_settings_that_we_promise(begun, ask):
    promised = {
        "listen_addresses": "",
        "data_checksums": "on",
        "fsync": "on",
        "synchronous_commit": "on",
        "full_page_writes": "on",
        "TimeZone": "UTC",
        "log_timezone": "UTC",
        "server_encoding": "UTF8",
        "lc_messages": "C",
        "max_connections": "200",
    }

    with embedded(begun.data) as database:
        with psycopg.connect(database.owner_url) as connection:
            assert connection.info.server_version >= 170000
        said = {
            name: ask(database.owner_url, f"SELECT current_setting('{name}')")[0]
            for name in promised
        }
        locale = ask(
            database.owner_url,
            "SELECT datcollate, datlocprovider FROM pg_database WHERE datname = 'answerable'",
        )

    assert said == promised
    assert locale == ("C", "c")


def test_a_second_user_joins_and_nothing_is_left_when_the_last_leaves(begun, ask):
    first = begun.use()
    url = first.url

    with embedded(begun.data) as database:
        assert database.owner_url == url
        first.leave()
        assert ask(url, "SELECT 1") == (1,)
        assert begun.servers()
        assert database.socket_dir.stat().st_mode & 0o777 == 0o700

    assert begun.servers() == []
    assert not database.socket_dir.exists()
    assert postmaster(begun.cluster) is None


def test_one_process_may_use_it_twice(begun, ask):
    with embedded(begun.data) as outer:
        with embedded(begun.data) as inner:
            assert inner == outer
        assert ask(outer.owner_url, "SELECT 1") == (1,)


@pytest.mark.soak
def test_processes_that_start_at_once_on_a_new_directory_share_one_server(trial, ask):
    users = [trial.use() for _ in range(3)]

    urls = {user.url for user in users}

    assert len(urls) == 1
    assert ask(urls.pop(), "SELECT count(*) FROM pg_database WHERE datname = 'answerable'") == (1,)
    for user in users:
        user.leave()
    assert trial.servers() == []


@pytest.mark.soak
def test_two_data_directories_have_two_servers(trial, first_run, remember, remembered):
    first_run(trial.folder / "one")
    first_run(trial.folder / "two")
    with embedded(trial.folder / "one") as one, embedded(trial.folder / "two") as two:
        remember(one.owner_url, "one")
        remember(two.owner_url, "two")

        assert remembered(one.owner_url) == ["one"]
        assert remembered(two.owner_url) == ["two"]


def test_a_server_whose_user_was_killed_is_joined_and_then_stopped(begun, remember, remembered):
    killed = begun.use()
    remember(killed.url, "before")
    server = begun.server
    os.killpg(killed.process.pid, signal.SIGKILL)
    killed.process.wait()
    assert running(begun.data), "it was to outlive its user"

    with embedded(begun.data) as database:
        assert begun.server == server
        assert remembered(database.owner_url) == ["before"]

    assert begun.servers() == []


def test_it_recovers_when_user_and_server_were_killed(begun, remember, remembered):
    killed = begun.use()
    remember(killed.url, "before")
    server = begun.server
    os.kill(server.pid, signal.SIGKILL)
    killed.kill()

    with embedded(begun.data) as database:
        assert begun.server.pid != server.pid
        assert remembered(database.owner_url) == ["before"]


@pytest.mark.soak
def test_a_process_that_got_the_number_of_a_killed_server_is_no_obstacle(begun, ask, until):
    killed = begun.use()
    assert killed.url
    number = begun.server.pid
    os.kill(number, signal.SIGKILL)
    killed.kill()
    until(lambda: begun.servers() == [])
    note = begun.cluster / "postmaster.pid"
    note.write_text(note.read_text().replace(str(number), str(os.getpid()), 1))

    with embedded(begun.data) as database:
        assert ask(database.owner_url, "SELECT 1") == (1,)


@pytest.mark.soak
def test_a_server_that_lost_its_socket_is_replaced(begun, ask):
    killed = begun.use()
    assert killed.url
    server = begun.server
    killed.kill()
    shutil.rmtree(server.socket_dir)
    assert running(begun.data) is None

    with embedded(begun.data) as database:
        assert ask(database.owner_url, "SELECT 1") == (1,)
        assert begun.server.pid != server.pid

    assert server.pid not in begun.servers()


@pytest.mark.parametrize(("sent", "code"), [(signal.SIGTERM, 3), (signal.SIGINT, -signal.SIGINT)])
def test_a_user_that_is_told_to_end_leaves_nothing(begun, sent, code):
    user = begun.use()
    assert user.url

    os.killpg(user.process.pid, sent)  # the whole group, as Ctrl-C at a terminal does

    user.process.communicate()
    assert user.process.returncode == code
    assert begun.servers() == []


def test_asking_whether_it_runs_starts_nothing(trial, first_run):
    assert running(trial.data) is None
    assert not trial.data.exists()

    first_run(trial.data)
    assert running(trial.data) is None
    assert trial.servers() == []
    user = trial.use()
    url = user.url

    found = running(trial.data)
    assert found
    assert found.owner_url == url
    user.leave()
    assert running(trial.data) is None


@pytest.mark.soak
def test_a_server_that_stands_still_is_ended_and_nothing_is_lost(begun, remember, remembered):
    with embedded(begun.data) as database:
        remember(database.owner_url, "kept")
        server = postmaster(begun.cluster)
        assert server is not None
        pause(server.pid)
        pause(*children(server.pid))
    assert begun.servers() == []

    with embedded(begun.data) as database:
        assert remembered(database.owner_url) == ["kept"]
