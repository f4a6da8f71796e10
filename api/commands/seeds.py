"""`seed`: synthetic data for trials and benchmarks; and the country that `demo` shows."""

import time
from datetime import timedelta

import click

from api.commands.context import (
    Context,
    Database,
    ledger,
    opened,
    progress_bar,
    with_context,
)
from ledger.clock import now
from ledger.dates import london_date
from ledger.errors import Refused
from ledger.postgres.connections import connect_owner
from ledger.synthetic import country
from ledger.synthetic.seed import seed
from projections.tables.rebuild import fill

YEARS = timedelta(days=3652)
"""How long a made-up country lasts: ten years."""


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
    """Record synthetic reports, responses and updates: for trials, never beside real ones.

    The same numbers give the same acts, each by the rules that hold for a clerk's. A log with real
    reports is refused; one that was seeded says so on every page, for ever.
    """
    with ledger(here.settings, begins=True) as (log, _):
        before, started = log.head(), time.monotonic()
        last = seed(log, events, bodies, progress_bar("seed"))
    seconds = time.monotonic() - started
    here.answer(
        {"recorded": last - before, "position": last, "seconds": round(seconds, 1)},
        f"Recorded {last - before:,} entries in {seconds:.0f} s; the log is at {last:,}.",
    )


def make_country(place: Database) -> None:
    """Make a country in an embedded database that is new, and its read models. Nothing where it is
    made already; Refused where something else is there, or a country that was not finished."""
    with connect_owner(place.owner_url) as owner:
        country.put_back(owner)
    with opened(place) as log:
        service = log.service()
    if not service.version:
        ends = london_date(now()) - timedelta(days=1)
        country.make(place.owner_url, begins=ends - YEARS, ends=ends, progress=progress_bar("days"))
    elif not service.synthetic:
        raise Refused(
            "not-beside-real-ones",
            "There is a log in this directory that is not made up: name another, with --data.",
        )
    elif not country.is_finished(service):
        raise Refused(
            "not-finished",
            "The country in this directory was not finished: delete the directory, and begin anew.",
        )
    fill(place.url, progress_bar("read models"))  # anew, too, where a version has another shape
