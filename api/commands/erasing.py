"""`erase`: what was redacted, out of the tables where it is here again, and out of their files."""

from dataclasses import asdict

import click

from api.commands.context import (
    Context,
    data_option,
    database,
    json_option,
    needs_log,
    passes,
    prepare,
)
from ledger.log.redactions import TABLES, CannotErase, erase, remove
from ledger.postgres.connections import connect_owner


@click.command("erase")
@json_option
@data_option
@passes
def erase_command(here: Context) -> None:
    """Delete what is held against the log's redactions, and write the tables of texts and captures
    anew, so that no redacted byte is left in them.

    What was redacted and is here again, as after a backup was restored, is deleted and named.
    Recording and reading wait meanwhile. What this does not reach: docs/redaction.md.
    """
    needs_log(here.settings)
    with database(here.settings) as place:
        if place.embedded:
            prepare(place)
        with connect_owner(place.owner_url) as owner:
            removed = remove(owner)
            lines = [
                f"Removed “{one.field}” of position {one.position:,}, which position "
                f"{one.redacted_at:,} redacts."
                for one in removed
            ]
            try:
                erase(owner)
            except CannotErase as error:
                raise CannotErase(" ".join([*lines, str(error)])) from error
    here.answer(
        {"removed": [asdict(one) for one in removed], "erased": list(TABLES)},
        "\n".join(lines)
        + ("\n" if lines else "")
        + "The tables of texts and captures are written anew. Copies in backups, on replicas and "
        "in the write-ahead log stay until they expire.",
    )
