"""`erase`: what was redacted, out of the database's files too."""

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
from ledger.database import connect_owner
from ledger.erasing import TABLES, erase


@click.command("erase")
@json_option
@data_option
@passes
def erase_command(here: Context) -> None:
    """Write the tables of texts and captures anew, so that no redacted byte is left in them.

    Recording and reading wait meanwhile. What this does not reach: docs/redaction.md.
    """
    needs_log(here.settings)
    with database(here.settings) as place:
        if place.embedded:
            prepare(place)
        with connect_owner(place.owner_url) as owner:
            erase(owner)
    here.answer(
        {"erased": list(TABLES)},
        "The tables of texts and captures are written anew. Copies in backups, on replicas and "
        "in the write-ahead log stay until they expire.",
    )
