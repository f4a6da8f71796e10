"""`answerable`: the command line."""

import gc
import os
from importlib import import_module

import click

from api.commands.context import Context, Sentences
from ledger import diagnostics
from ledger.settings import Settings, SettingsError, load

COMMANDS = {
    "account": ("accounts.account", "Role accounts and their scopes."),
    "audit": ("audits.audit_command", "Compare everything that is stored with the log."),
    "backup": ("backups.backup", "Back up the log, check a backup, restore one."),
    "capture": ("captures.capture_command", "Keep the bytes of a file or page as evidence."),
    "compare": ("checks.compare_command", "Check that two watchers were shown the same log."),
    "clock-was-wrong": (
        "clocks.clock_was_wrong_command",
        "Let a log go on whose last entries lie ahead of the clock.",
    ),
    "config": ("database.config", "Check the settings (environment variables ANSWERABLE_*)."),
    "erase": ("database.erase_command", "Erase redacted texts from disk."),
    "export": ("exports.export", "Write files: the log, tables, sheets, bundles."),
    "draft": ("drafts.draft_command", "Suggest what a page says, for a person to settle."),
    "import": ("imports.import_command", "Read pages and sheets, and record what they say."),
    "key": ("keys.key", "The log's signing key (Ed25519, C2SP signed-note)."),
    "migrate": ("database.migrate_command", "Bring the database's schema up to date."),
    "rebuild": ("database.rebuild_command", "Build the read models anew from the log."),
    "reconcile": (
        "reconciliation.reconcile",
        "Compare a publisher's list of reports with the log.",
    ),
    "recover": ("recovery.recover_command", "Bring back entries that an older backup lacks."),
    "register": ("register.register", "The bodies and the rules, as this log has them."),
    "replay": ("replay.replay_command", "Work every verdict out anew from an exported log."),
    "run": ("running.run", "Start everything: database, followers, web."),
    "seed": ("seeds.seed_command", "Record synthetic data, for trials and benchmarks."),
    "session": ("accounts.session", "Sessions of people who signed in by a browser."),
    "status": ("status.status", "Show positions, lags, the newest entry and checkpoint."),
    "token": ("accounts.token", "API tokens of role accounts."),
    "verify": ("checks.verify_command", "Check a log, a bundle or a served log."),
    "watch": ("checks.watch_command", "Keep a served log's checkpoint, and compare with it."),
    "witness": (
        "witnesses.witness_command",
        "Have the newest checkpoint cosigned, stamped or kept elsewhere.",
    ),
    "worker": ("worker.worker", "Run the followers of the log."),
}
"""Each command, its place below `api.commands`, and what it does. Only the one that is called is
imported."""


class Commands(Sentences):
    """The commands by name, each imported on first use."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        module, _, name = COMMANDS[cmd_name][0].partition(".")
        gc.disable()  # nothing here is garbage, and to collect it takes a seventh of the time
        try:
            found: click.Command = getattr(import_module(f"api.commands.{module}"), name)
        finally:
            gc.enable()
        return found

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([(name, does) for name, (_, does) in COMMANDS.items()])


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.option("--json", "as_json", is_flag=True, help="Answer with one JSON object.")
@click.version_option(package_name="answerable")
@click.pass_context
def main(context: click.Context, as_json: bool) -> None:
    """An audit ledger for the recommendations that inspectorates make, and the answers owed.

    Start with `answerable run --sample`, then open the address that it prints.
    """
    diagnostics.take_warnings()
    try:
        settings = load(os.environ)
    except SettingsError:
        if context.invoked_subcommand != "config":
            raise
        settings = Settings()
    context.obj = Context(settings, as_json)
