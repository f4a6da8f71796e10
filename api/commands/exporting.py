"""`export log` and `export bundle`: the log, or its record of one recommendation, as files."""

from pathlib import Path

import click

from api.commands.context import Context, data_option, json_option, ledger, passes
from api.commands.export_sheets import CannotWrite, export_template, export_updates_sheet
from api.commands.export_tables import OFFICE, export_recommendations, export_responses
from ledger.errors import NotRecorded
from ledger.events.streams import RecommendationId, key_of
from ledger.seal.checkpoints import Sealed
from ledger.seal.log_files import LOG, write_log
from ledger.seal.witnesses import Witnessed
from projections.questions.bundles import bundle
from projections.questions.question import asking

_office_option = click.option(
    "--office-texts",
    is_flag=True,
    help="With the texts that are for the office. Without it: those that the public may read.",
)


@click.group()
def export() -> None:
    """Write files from the log."""


@export.command("log")
@click.argument("directory", type=click.Path(file_okay=False, path_type=Path))
@_office_option
@json_option
@data_option
@passes
def export_log(here: Context, directory: Path, office_texts: bool) -> None:
    """Write the sealed log to DIRECTORY: log.jsonl, log.checkpoint and log.texts.jsonl.

    Line N of log.jsonl is the entry at position N, byte for byte. Where nothing is sealed yet, it
    is the whole log without a checkpoint.
    """
    with ledger(here.settings) as (log, _):
        sealing = Sealed(log.log.pool).checkpoint()
        outside = Witnessed(log.log.pool)
        try:
            done = write_log(
                directory,
                log,
                sealing,
                outside.kept(),
                outside.stamps(),
                lambda _, text: office_texts or text.audience == "public",
            )
        except OSError as error:
            raise CannotWrite(f"{directory} cannot be written: {error.strerror}.") from error
    sealed = "not sealed: there is no checkpoint" if sealing is None else "with their checkpoint"
    held = f"; {done.held} texts are for the office, and not there" if done.held else ""
    here.answer(
        {
            "entries": done.entries,
            "file": str(directory / LOG),
            "sealed": sealing is not None,
            "texts": done.texts,
            "held": done.held,
        },
        f"{done.entries} entries ({sealed}) and {done.texts} texts written to {directory}{held}.",
    )


@export.command("bundle")
@click.argument("recommendation", metavar="REPORT/NUMBER/BODY")
@click.argument("out", required=False, type=click.Path(dir_okay=False, path_type=Path))
@click.option(
    "--known-at",
    help="What was known at: a position, a moment, a past day; by itself, all that is sealed.",
)
@_office_option
@json_option
@data_option
@passes
def export_bundle(
    here: Context,
    recommendation: str,
    out: Path | None,
    known_at: str | None,
    office_texts: bool,
) -> None:
    """Write what the log has about a recommendation, with its proofs, as one ZIP.

    OUT is by itself REPORT-NUMBER-BODY.zip. `answerable verify` checks it.
    """
    try:
        report, number, body = recommendation.split("/")
        of = RecommendationId(report, key_of(number), body)
    except ValueError:
        raise NotRecorded(f"“{recommendation}” is not of the form REPORT/NUMBER/BODY.") from None
    target = out or Path(f"{of.report}-{of.key}-{of.addressee}.zip")
    with ledger(here.settings) as (log, _):
        reader = OFFICE if office_texts else None
        with asking(log, reader, known_at) as question:
            made = bundle(log, Sealed(log.log.pool), reader, of, question.when)
    try:
        target.write_bytes(made)
    except OSError as error:
        raise CannotWrite(f"{target} cannot be written: {error.strerror}.") from error
    here.answer({"file": str(target), "bytes": len(made)}, f"{target} is written.")


for files in (export_updates_sheet, export_template, export_recommendations, export_responses):
    export.add_command(files)
