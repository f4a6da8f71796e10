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


def test_a_command_without_a_database_begins_without_the_code_of_one():
    code = """if True:
        import sys
        from api.cli import main
        main(["verify", "--help"], standalone_mode=False)
        print({"psycopg", "flask", "ledger.application", "ledger.events"} & set(sys.modules))
    """
    command = [sys.executable, "-c", code]
    done = subprocess.run(command, cwd=Path(__file__).parents[1], check=True, capture_output=True)

    assert b"usage: answerable verify" in done.stdout
    assert done.stdout.splitlines()[-1] == b"set()"
