"""The embedded database's obstacles: some are no obstacle, the others get a sentence."""

import os
import signal

import pytest

from ledger.postgres.binaries import EmbeddedError, find
from ledger.postgres.embedded import embedded


def refused(sentence: str):
    """An error with this in it, in this order, over one line or several."""
    return pytest.raises(EmbeddedError, match=f"(?s){sentence}")


def test_the_socket_has_a_short_path_however_long_that_of_the_temporary_folder_is(trial):
    long = trial.folder / ("long" * 20)
    long.mkdir()

    user = trial.use(TMPDIR=str(long))

    assert user.url
    assert not trial.server.socket_dir.is_relative_to(long)
    assert len(os.fsencode(trial.server.socket_dir / ".s.PGSQL.5432")) <= 107
    user.leave()


def test_a_data_directory_may_have_any_name(trial, ask):
    with embedded(trial.folder / 'it\'s "5 $HOME" `x`, ü') as database:
        assert ask(database.owner_url, "SELECT 1") == (1,)


def test_a_socket_directory_that_somebody_else_made_is_not_used(trial, ask):
    with embedded(trial.data) as database:
        wanted = database.socket_dir
    wanted.symlink_to(trial.data)
    try:
        with embedded(trial.data) as database:
            assert database.socket_dir != wanted
            assert ask(database.owner_url, "SELECT 1") == (1,)
    finally:
        wanted.unlink()


def test_programs_of_a_configured_directory_are_used(trial, ask):
    with embedded(trial.data, bin_dir=find(None, None).directory) as database:
        assert ask(database.owner_url, "SELECT 1") == (1,)


def test_a_configured_directory_without_programs_is_refused(trial):
    wrong = trial.folder

    with (
        refused("ANSWERABLE_PG_BIN names .*name another bin directory"),
        embedded(trial.data, bin_dir=wrong),
    ):
        pass


def test_data_of_another_major_version_are_refused_and_left_alone(trial, ask):
    with embedded(trial.data):
        pass
    version = trial.cluster / "PG_VERSION"
    true = version.read_text()
    version.write_text("16\n")

    with refused("written by PostgreSQL 16.*bin directory of Post"), embedded(trial.data):
        pass

    version.write_text(true)
    with embedded(trial.data) as database:
        assert ask(database.owner_url, "SELECT 1") == (1,)


def test_when_it_does_not_start_the_error_shows_the_end_of_its_log(trial):
    with embedded(trial.data):
        pass
    configuration = trial.cluster / "postgresql.conf"
    configuration.write_text(configuration.read_text() + "\nno_such_thing = 1\n")

    with refused("doesn't start.*mend what its log .*no_such_thing"), embedded(trial.data):
        pass

    assert trial.servers() == []


def test_a_data_directory_that_is_a_file_is_refused(trial):
    file = trial.folder / "file"
    file.write_text("")

    for wrong in (file, file / "data"):
        with refused("can't be used.*ANSWERABLE_DATA"), embedded(wrong):
            pass


def test_a_server_that_others_use_but_that_broke_down_is_named(trial, until):
    user = trial.use()
    assert user.url
    os.kill(trial.server.pid, signal.SIGKILL)
    until(lambda: trial.servers() == [])

    with refused("Other processes use .*stop them"), embedded(trial.data):
        pass
