"""`answerable`: the one command."""

import click

from api.commands import (
    accounts,
    auditing,
    capturing,
    erasing,
    export_sheets,
    export_tables,
    exporting,
    importing,
    keys,
    projecting,
    reconciling,
    recovering,
    replaying,
    running,
    schema,
    seeding,
    tokens,
    verifying,
    witnessing,
)
from api.commands.context import Context, Sentences, environment_settings
from api.logs import configure
from ledger.settings import Settings, SettingsError


@click.group(cls=Sentences, context_settings={"help_option_names": ["-h", "--help"]})
@click.option("--json", "as_json", is_flag=True, help="Answer with one JSON object.")
@click.version_option(package_name="answerable")
@click.pass_context
def main(context: click.Context, as_json: bool) -> None:
    """An audit ledger for the recommendations that inspectorates make, and the answers owed.

    Start with `answerable run --sample`, then open the address that it prints.
    """
    configure()
    try:
        settings = environment_settings()
    except SettingsError:
        if context.invoked_subcommand != "config":
            raise
        settings = Settings()
    context.obj = Context(settings, as_json)


for command in (
    running.run,
    running.worker,
    schema.migrate_command,
    schema.config,
    schema.status,
    schema.register,
    importing.import_command,
    capturing.capture_command,
    exporting.export,
    projecting.rebuild_command,
    auditing.audit_command,
    recovering.recover_command,
    reconciling.reconcile,
    replaying.replay_command,
    erasing.erase_command,
    tokens.token,
    accounts.account,
    keys.key,
    seeding.seed_command,
    verifying.verify_command,
    verifying.watch_command,
    verifying.compare_command,
    witnessing.witness_command,
):
    main.add_command(command)
for files in (
    export_sheets.export_updates_sheet,
    export_sheets.export_template,
    export_tables.export_recommendations,
    export_tables.export_responses,
):
    exporting.export.add_command(files)
