"""`clock-was-wrong`: lets a log go on whose last entries lie ahead of the clock."""

import click

from api.commands.context import Context, ledger, with_context
from ledger.acts.decision import Notice
from ledger.acts.service import clock_was_wrong
from ledger.dates import rfc3339
from ledger.events import ClockWasWrong
from ledger.states.service import SETUP


@click.command("clock-was-wrong")
@click.option(
    "--first-position",
    type=click.IntRange(min=1),
    metavar="N",
    help="The first position that was recorded by the wrong clock; default: the first that lies "
    "ahead of the clock now.",
)
@with_context
def clock_was_wrong_command(here: Context, first_position: int | None) -> None:
    """Record that the clock was ahead, so that the log goes on. Put the clock right first.

    Entries from that position on stay as they are. An entry with a later moment counts as recorded
    at the moment of this one.
    """
    with ledger(here.settings) as (log, _):
        first = first_position or log.ahead()[0] or 1
        event = ClockWasWrong(first_position=first)
        entry = log.record(SETUP, clock_was_wrong, event, Notice()).entries[0]
    here.answer(
        {
            "position": entry.position,
            "first_position": first,
            "recorded_at": rfc3339(entry.instant),
        },
        f"Position {entry.position:,} says that the clock was wrong from position {first:,} on. "
        "Those entries count as recorded by now, and the log goes on.",
    )
