"""`verify`, `watch` and `compare`: a standalone program, which these commands only call."""

from collections.abc import Callable, Sequence

import click

from api.commands.context import Context, passes
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
