"""`rebuild`: the read models anew from the log."""

import click

from api.commands.context import Context, data_option, json_option, ledger, passes, progress
from projections.tables.rebuild import compare, rebuild


@click.command("rebuild")
@click.option("--verify", is_flag=True, help="Compare with the live ones, and change nothing.")
@json_option
@data_option
@passes
def rebuild_command(here: Context, verify: bool) -> None:
    """Build the read models anew from the log, beside the live ones, then swap them in."""
    with ledger(here.settings) as (_, place):
        work = compare if verify else rebuild
        done = work(place.url, progress("rebuild"))
    differing = sum(done.differences.values())
    text = f"Rebuilt up to position {done.position}; {differing} rows differ from the live ones."
    here.answer({"position": done.position, "differences": done.differences}, text)
    if verify and differing:
        raise SystemExit(1)
