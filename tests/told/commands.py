"""Commands as a user gives them, run in this process over the log of a test."""

import json
import os
from pathlib import Path
from typing import Any

from click.testing import CliRunner, Result

from api.cli import main

HERE = Path(__file__).parent
REGISTERS = HERE / "registers"
TODAY = "2026-11-30"


def run(url: str, *arguments: str) -> Result:
    """Run a command over a database. Its fault is raised, as a user would see it."""
    none = {name: None for name in os.environ if "ANSWERABLE" in name}
    env = {**none, "ANSWERABLE_DATABASE_URL": url}
    done = CliRunner().invoke(main, arguments, env=env, prog_name="answerable")
    if done.exception is not None and not isinstance(done.exception, SystemExit):
        raise done.exception
    return done


def answer(url: str, *arguments: str) -> Any:
    """Return what a command that succeeds says as JSON."""
    done = run(url, *arguments, "--json")
    assert done.exit_code == 0, done.output
    return json.loads(done.stdout)


def draft(url: str, page: Path, body: str, *options: str) -> Any:
    """Return the draft of a page as JSON."""
    return answer(url, "draft", str(page), "--body", body, *options)
