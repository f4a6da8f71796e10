"""The embedded database's obstacles: some are no obstacle, the others get a sentence."""

import os
import signal

import pytest

from ledger.postgres.binaries import EmbeddedError, find
from ledger.postgres.embedded import embedded


def refused(sentence: str):
    """Return an error with this in it, in this order, over one line or several."""
    return pytest.raises(EmbeddedError, match=f"(?s){sentence}")


@pytest.mark.soak
def test_the_socket_has_a_short_path_however_long_that_of_the_temporary_folder_is(begun):
    long = begun.folder / ("long" * 20)
    long.mkdir()

    user = begun.use(TMPDIR=str(long))

    assert user.url
    assert not begun.server.socket_dir.is_relative_to(long)
    assert len(os.fsencode(begun.server.socket_dir / ".s.PGSQL.5432")) <= 107
    user.leave()


def test_a_data_directory_may_have_any_name(trial, ask):
    with embedded(trial.folder / 'it\'s "5 $HOME" `x`, ü') as database:
        assert ask(database.owner_url, "SELECT 1") == (1,)


@pytest.mark.soak
def test_a_socket_directory_that_somebody_else_made_is_not_used(begun, ask):
    with embedded(begun.data) as database:
        wanted = database.socket_dir
    wanted.symlink_to(begun.data)
    try:
        with embedded(begun.data) as database:
            assert database.socket_dir != wanted
            assert ask(database.owner_url, "SELECT 1") == (1,)
    finally:
        wanted.unlink()


def test_programs_of_a_configured_directory_are_used(begun, ask):
    with embedded(begun.data, bin_dir=find(None, None).directory) as database:
        assert ask(database.owner_url, "SELECT 1") == (1,)


def test_a_configured_directory_without_programs_is_refused(trial):
    wrong = trial.folder

    with (
        refused("ANSWERABLE_PG_BIN names .*name another bin directory"),
        embedded(trial.data, bin_dir=wrong),
    ):
        pass


def test_data_of_another_major_version_are_refused_and_left_alone(begun, ask):
    with embedded(begun.data):
        pass
    version = begun.cluster / "PG_VERSION"
    true = version.read_text()
    version.write_text("16\n")

    with refused("written by PostgreSQL 16.*bin directory of Post"), embedded(begun.data):
        pass

    version.write_text(true)
    with embedded(begun.data) as database:
        assert ask(database.owner_url, "SELECT 1") == (1,)


def test_when_it_does_not_start_the_error_shows_the_end_of_its_log(begun):
    with embedded(begun.data):
        pass
    configuration = begun.cluster / "postgresql.conf"
    configuration.write_text(configuration.read_text() + "\nno_such_thing = 1\n")

    with refused("doesn't start.*mend what its log .*no_such_thing"), embedded(begun.data):
        pass

    assert begun.servers() == []


def test_a_data_directory_that_is_a_file_is_refused(trial):
    file = trial.folder / "file"
    file.write_text("")

    for wrong in (file, file / "data"):
        with refused("can't be used.*ANSWERABLE_DATA"), embedded(wrong):
            pass


@pytest.mark.soak
def test_a_server_that_others_use_but_that_broke_down_is_named(begun, until):
    user = begun.use()
    assert user.url
    os.kill(begun.server.pid, signal.SIGKILL)
    until(lambda: begun.servers() == [])

    with refused("Other processes use .*stop them"), embedded(begun.data):
        pass
