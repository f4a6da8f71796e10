"""Requests to the wrong place are refused before anything is started or made."""

import socket

import pytest
from click.testing import CliRunner

from api.cli import main
from ledger.postgres.embedded import begun
from tests.e2e.service import free_port, inside

pytestmark = pytest.mark.long

SAMPLE = "examples/kent-pcc-activism-and-impartiality.txt"


@pytest.mark.parametrize(
    "command",
    [
        ["token", "list"],
        ["token", "revoke", "x"],
        ["account", "list"],
        ["key", "list"],
        ["rebuild", "--verify"],
        ["erase"],
        ["export", "log", "out"],
        ["export", "responses", "out.csv"],
        ["export", "updates-sheet", "out.csv", "--body", "kent-pcc"],
        ["export", "bundle", "report/1/kent-police"],
        ["audit"],
        ["audit", "--json"],
        ["worker"],
        ["key", "rotate"],
        ["key", "compromised", "vkey", "--from-size", "1", "--reason", "Stolen."],
        ["key", "resume", "--reason", "Safe."],
        ["account", "revoke", "kent-pcc/x", "--scope", "record"],
        ["account", "close", "kent-pcc/x"],
        ["witness", "--stamp", "https://authority.example", "--stamp-roots", SAMPLE],
    ],
    ids=" ".join,
)
def test_a_command_about_a_log_begins_none_in_a_misspelt_directory(tmp_path, command):
    done = inside(*command, "--data", str(tmp_path / "dat"), expect=1)

    assert "There is no log in" in done.stderr
    assert "--data" in done.stderr
    assert not begun(tmp_path / "dat")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("options", [[], ["--dry-run"]], ids=["recording", "a dry run"])
def test_a_list_is_not_compared_with_a_log_that_is_not_there(tmp_path, options):
    listed = tmp_path / "list.csv"
    listed.write_text("title,published_on\nAn inspection,2025-05-16\n")
    command = ["reconcile", str(listed), "--publisher", "hmicfrs", *options]

    done = inside(*command, "--data", str(tmp_path / "dat"), expect=1)

    assert "There is no log in" in done.stderr
    assert list(tmp_path.iterdir()) == [listed]


@pytest.mark.parametrize(
    ("command", "says"),
    [(["recover"], "There is no notebook at"), (["key", "show"], "answerable key create")],
    ids=["recover", "key show"],
)
def test_a_command_about_a_file_makes_none_in_a_misspelt_directory(tmp_path, command, says):
    done = inside(*command, "--data", str(tmp_path / "dat"), expect=1)

    assert says in done.stderr
    assert list(tmp_path.iterdir()) == []


def test_a_port_that_is_taken_is_said_before_anything_is_started(tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        done = inside("run", "--data", str(tmp_path / "data"), "--port", str(port), expect=1)

    assert f"127.0.0.1:{port} cannot be listened on: another program does." in done.stderr
    assert "--port" in done.stderr
    assert list(tmp_path.iterdir()) == []


def test_an_address_that_is_not_this_machine_s_is_said_as_well(tmp_path):
    port, data = str(free_port()), str(tmp_path / "data")

    done = inside("run", "--data", data, "--host", "192.0.2.1", "--port", port, expect=1)

    assert f"192.0.2.1:{port} cannot be listened on" in done.stderr


@pytest.mark.parametrize("url", ["javascript:alert(1)", "ftp://a.example/x", "a.example", ""])
@pytest.mark.parametrize(
    "command", [["import", SAMPLE, "--body", "kent-pcc"], ["reconcile", SAMPLE, "--publisher", "x"]]
)
def test_an_address_that_is_none_of_the_web_is_wrong_usage(tmp_path, command, url):
    done = inside(*command, "--data", str(tmp_path / "data"), "--url", url, expect=2)

    assert "--url" in done.stderr
    assert list(tmp_path.iterdir()) == []


def test_a_misspelt_body_is_refused_with_those_that_are_near(service):
    done = service.command("import", SAMPLE, "--body", "kent-pc", "--yes", expect=1)

    assert "“kent-pc” is not in the register of bodies. Near it: kent-pcc" in done.stderr


def test_a_token_that_would_be_good_for_nothing_is_not_made(begun_url):
    there = {"ANSWERABLE_DATABASE_URL": begun_url}
    making = ["token", "create", "--name", "x", "--scope", "record", "--expires", "2020-01-01"]

    done = CliRunner().invoke(main, making, env=there)

    assert done.exit_code == 1
    assert "2020-01-01 is over: give another, or none." in done.stderr
    assert "No tokens yet" in CliRunner().invoke(main, ["token", "list"], env=there).stdout


def test_a_name_that_is_neither_file_nor_address_is_not_captured(tmp_path):
    data = ["--data", str(tmp_path / "data")]
    done = inside("capture", "ftp://a.example/x.pdf", "--body", "kent-pcc", *data, expect=1)

    assert "ftp://a.example/x.pdf was not fetched. Give an address that starts with" in done.stderr
    assert list(tmp_path.iterdir()) == []
