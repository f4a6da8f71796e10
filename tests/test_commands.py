"""The commands: all there, and listed whole."""

import subprocess
import sys
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from api.cli import COMMANDS, main


def test_help_names_every_command_with_its_whole_sentence():
    said = CliRunner().invoke(main, ["--help"], terminal_width=100).output

    for name, (_, does) in COMMANDS.items():
        assert f"  {name}" in said
        assert does in said


@pytest.mark.parametrize("name", COMMANDS)
def test_each_says_how_it_is_used(name):
    command = main.get_command(click.Context(main), name)

    assert command is not None
    assert command.name == name
    assert command.help, f"{name} has no docstring"
    assert CliRunner().invoke(main, [name, "--help"]).exit_code == 0


LOADS = {
    "a check of a log, which needs no database and no replay": (
        "from api.cli import main; main(['verify', '--help'], standalone_mode=False)",
        {"psycopg", "flask", "ledger.application", "ledger.events", "ledger.replay"},
    ),
    "the web service, until somebody signs in or asks for a calendar": (
        "import api.app",
        {"authlib", "joserfc", "requests", "icalendar"},
    ),
}


@pytest.mark.parametrize(("code", "without"), LOADS.values(), ids=LOADS)
def test_a_process_loads_no_code_that_it_does_not_need(code, without):
    command = [sys.executable, "-c", f"{code}; import sys; print({without!r} & {{*sys.modules}})"]
    done = subprocess.run(command, cwd=Path(__file__).parents[1], check=True, capture_output=True)

    assert done.stdout.splitlines()[-1] == b"set()"
