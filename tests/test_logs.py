"""The log's lines: where they go when a command has run in this process before."""

import json

import pytest
from click.testing import CliRunner

from api.cli import main
from ledger import diagnostics


def test_a_line_goes_to_the_stderr_of_its_moment(capsys: pytest.CaptureFixture[str]) -> None:
    done = CliRunner().invoke(main, ["config", "check"])
    assert done.exit_code in (0, 1), done.output

    diagnostics.error("held", position=7)

    said = json.loads(capsys.readouterr().err)
    assert (said["event"], said["level"], said["position"]) == ("held", "error", 7)
