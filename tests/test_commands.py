"""The commands: all there, and listed whole."""

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
