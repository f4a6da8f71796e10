"""`verify`, `watch`, `compare` and `replay`: standalone programs, which these commands only
call."""

from collections.abc import Callable, Sequence
from pathlib import Path

import click

from api.commands.context import (
    Context,
    json_option,
    passes,
)
from ledger.replay import replay
from ledger.verify import compare, verify, watch


def _command(name: str, main: Callable[[Sequence[str], str], int], says: str) -> click.Command:
    """Return a command that passes its arguments, and the general --json, to a standalone
    program."""

    @click.command(
        name,
        help=says,
        context_settings={"ignore_unknown_options": True, "help_option_names": []},
        add_help_option=False,
    )
    @click.argument("arguments", nargs=-1, type=click.UNPROCESSED)
    @passes
    @click.pass_context
    def run(context: click.Context, here: Context, arguments: tuple[str, ...]) -> None:
        given = [*arguments, "--json"] if here.json else [*arguments]
        context.exit(main(given, f"answerable {name}"))

    return run


verify_command = _command(
    "verify",
    verify.main,
    "Check a log, a bundle or a served log, from entry bytes up; no server, no database.",
)
watch_command = _command(
    "watch",
    watch.main,
    "Keep a served log's checkpoint with your clock's time; fail if the log was rewritten.",
)
compare_command = _command(
    "compare",
    compare.main,
    "Compare two watchers' files, to check that both were shown the same log.",
)


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
