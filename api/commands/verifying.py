"""`verify`: the verifier that needs nothing of ours, under the one command's name."""

import click

from api.commands.context import Context, passes
from ledger.transparency import verify


@click.command(
    "verify",
    context_settings={"ignore_unknown_options": True, "help_option_names": []},
    add_help_option=False,
)
@click.argument("arguments", nargs=-1, type=click.UNPROCESSED)
@passes
@click.pass_context
def verify_command(context: click.Context, here: Context, arguments: tuple[str, ...]) -> None:
    """Check a log, a bundle or a served log, from entry bytes up; no server, no database."""
    given = [*arguments, "--json"] if here.json else [*arguments]
    context.exit(verify.main(given, "answerable verify"))
