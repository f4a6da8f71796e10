"""Where a recommendation stands against its target: as an answer says it, and for the database."""

from datetime import date
from itertools import pairwise
from typing import Any, Literal, get_args

from psycopg import sql

from ledger import dates
from projections.states.values import RecommendationState

Standing = Literal["none", "ahead", "passed", "over"]
STANDINGS: tuple[Standing, ...] = get_args(Standing)


def target(state: RecommendationState, today: date) -> dict[str, Any]:
    """Where a recommendation stands, on a day, against the one by which it shall be done.

    `passed`: the day is over and nothing is recorded by which it is done with, nor a later target,
    that may have happened by then; else, once the day is over, it is `over`, which does not say
    that the target was met.
    """
    dated = [line.on for line in state.targets if line.on]
    current, original = (dated[-1], dated[0]) if dated else (None, None)
    standing: Standing = "none"
    days = None
    if current is not None:
        passed = (today - dates.last_day(current)).days
        certain = state.passes_after is not None and state.passes_after < today.isoformat()
        standing = "ahead" if passed <= 0 else "passed" if certain else "over"
        days = None if standing == "over" else abs(passed)
    moves = sum(one != other for one, other in pairwise(dated))
    return {
        "standing": standing,
        "on": current,
        "original_on": original,
        "moves": moves,
        "days": days,
    }


TARGET: dict[Standing, sql.Composable] = {
    "none": sql.SQL("AND one.target_last IS NULL"),
    "ahead": sql.SQL("AND one.target_last >= %(d)s"),
    "passed": sql.SQL("AND one.passes_after < %(d)s"),
    "over": sql.SQL(
        "AND one.target_last < %(d)s AND (one.passes_after IS NULL OR one.passes_after >= %(d)s)"
    ),
}
"""Where a recommendation stands against its target (`target`), for the database."""
