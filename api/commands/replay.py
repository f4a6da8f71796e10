"""`replay`: a standalone program, which this command only calls."""

from pathlib import Path

import click

from api.commands.context import Context, json_option, passes
from ledger.replay import replay


@click.command("replay")
@click.argument("log", type=click.Path(dir_okay=False, path_type=Path))
@click.option("--known-at", metavar="K", help="A position, a moment (RFC 3339) or a past day.")
@click.option("--effective-on", metavar="D", help="What had happened by this day (YYYY-MM-DD).")
@click.option("--compare", metavar="URL", help="Name each difference from this site, and exit 1.")
@json_option
@passes
def replay_command(
    here: Context, log: Path, known_at: str | None, effective_on: str | None, compare: str | None
) -> None:
    """Work out every verdict and standing anew from LOG, an exported log.jsonl.

    It does so by a small program that shares no code with the service and needs the file alone.
    """
    said = {"--known-at": known_at, "--effective-on": effective_on, "--compare": compare}
    options = [f"{name}={value}" for name, value in said.items() if value is not None]
    raise SystemExit(replay.main([*options, *(["--json"] * here.json), "--", str(log)]))
