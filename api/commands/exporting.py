"""`export`: the log as files that anybody can check."""

from pathlib import Path

import click

from api.commands.context import Context, data_option, json_option, ledger, passes
from ledger.entry import line

_AT_ONCE = 5000


@click.group()
def export() -> None:
    """Write files from the log."""


@export.command("log")
@click.argument("directory", type=click.Path(file_okay=False, path_type=Path))
@json_option
@data_option
@passes
def export_log(here: Context, directory: Path) -> None:
    """Write DIRECTORY/log.jsonl: the canonical entries, one a line, byte for byte."""
    directory.mkdir(parents=True, exist_ok=True)
    target, count = directory / "log.jsonl", 0
    unfinished = target.with_suffix(".part")
    with ledger(here.settings) as (log, _), unfinished.open("wb") as file:
        while batch := log.log.select_notifications(count + 1, _AT_ONCE):
            for one in batch:
                file.write(line(one.state, one.id, one.recorded_at) + b"\n")
            count = batch[-1].id
    unfinished.replace(target)
    here.answer({"entries": count, "file": str(target)}, f"{count} entries written to {target}.")
