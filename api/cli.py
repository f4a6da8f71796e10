"""`answerable`: the one command."""

from importlib import import_module

import click

from api.commands.context import Context, Sentences, environment_settings
from ledger.settings import Settings, SettingsError

COMMANDS = {
    "account": "accounts.account",
    "audit": "auditing.audit_command",
    "capture": "capturing.capture_command",
    "compare": "verifying.compare_command",
    "config": "schema.config",
    "erase": "erasing.erase_command",
    "export": "exporting.export",
    "import": "importing.import_command",
    "key": "keys.key",
    "migrate": "schema.migrate_command",
    "rebuild": "projecting.rebuild_command",
    "reconcile": "reconciling.reconcile",
    "recover": "recovering.recover_command",
    "register": "schema.register",
    "replay": "replaying.replay_command",
    "run": "running.run",
    "seed": "seeding.seed_command",
    "status": "schema.status",
    "token": "tokens.token",
    "verify": "verifying.verify_command",
    "watch": "verifying.watch_command",
    "witness": "witnessing.witness_command",
    "worker": "following.worker",
}
"""Each command, and where below `api.commands` it is: only the one that is called is imported."""


class Commands(Sentences):
    """The commands by name, imported when they are asked for."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if (where := COMMANDS.get(cmd_name)) is None:
            return None
        module, _, name = where.partition(".")
        found: click.Command = getattr(import_module(f"api.commands.{module}"), name)
        return found


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.option("--json", "as_json", is_flag=True, help="Answer with one JSON object.")
@click.version_option(package_name="answerable")
@click.pass_context
def main(context: click.Context, as_json: bool) -> None:
    """An audit ledger for the recommendations that inspectorates make, and the answers owed.

    Start with `answerable run --sample`, then open the address that it prints.
    """
    try:
        settings = environment_settings()
    except SettingsError:
        if context.invoked_subcommand != "config":
            raise
        settings = Settings()
    context.obj = Context(settings, as_json)
