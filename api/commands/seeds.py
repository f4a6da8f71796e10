"""`seed`: records synthetic data for trials and benchmarks."""

import time

import click

from api.commands.context import Context, ledger, progress_bar, with_context
from ledger.seed import seed


@click.command("seed")
@click.option(
    "--events",
    type=click.IntRange(min=1),
    required=True,
    help="How many entries to record, at least.",
)
@click.option(
    "--bodies",
    type=click.IntRange(min=1),
    default=43,
    show_default=True,
    help="How many offices answer the reports.",
)
@with_context
def seed_command(here: Context, events: int, bodies: int) -> None:
    """Record synthetic reports, responses and updates for trials, never beside real ones.

    The same numbers give the same acts, by the same rules as a clerk's. A log with real reports is
    refused. A seeded log says so on every page, for ever.
    """
    with ledger(here.settings, begins=True) as (log, _):
        before, started = log.head(), time.monotonic()
        last = seed(log, events, bodies, progress_bar("seed"))
    seconds = time.monotonic() - started
    here.answer(
        {"recorded": last - before, "position": last, "seconds": round(seconds, 1)},
        f"Recorded {last - before:,} entries in {seconds:.0f} s; the log is at {last:,}.",
    )
