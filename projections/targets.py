"""Where a recommendation stands against its target: as an answer says it, and for the database."""

from datetime import date
from itertools import pairwise
from typing import Any, Literal, get_args

from psycopg import sql

from ledger import dates
from projections.state import RecommendationState

DONE: frozenset[str] = frozenset({"closed", "claimed_complete", "withdrawn", "superseded"})
"""Standings in which a target does not pass: an end, or a claim of completion, is recorded. Once
its day is over it is `over`, which does not say that it was met."""
Standing = Literal["none", "ahead", "passed", "over"]
STANDINGS: tuple[Standing, ...] = get_args(Standing)


def target(state: RecommendationState, today: date) -> dict[str, Any]:
    """Where a recommendation stands, on a day, against the one by which it shall be done."""
    dated = [line.on for line in state.targets if line.on]
    current, original = (dated[-1], dated[0]) if dated else (None, None)
    standing: Standing = "none"
    days = None
    if current is not None:
        passed = (today - dates.last_day(current)).days
        done = state.status in DONE
        standing = "ahead" if passed <= 0 else "over" if done else "passed"
        days = None if standing == "over" else abs(passed)
    moves = sum(one != other for one, other in pairwise(dated))
    return {
        "standing": standing,
        "on": current,
        "original_on": original,
        "moves": moves,
        "days": days,
    }


_DONE = sql.Literal(sorted(DONE))
TARGET: dict[Standing, sql.Composable] = {
    "none": sql.SQL("AND one.target_last IS NULL"),
    "ahead": sql.SQL("AND one.target_last >= %(d)s"),
    "passed": sql.SQL("AND one.target_last < %(d)s AND one.status <> ALL ({})").format(_DONE),
    "over": sql.SQL("AND one.target_last < %(d)s AND one.status = ANY ({})").format(_DONE),
}
"""Where a recommendation stands against its target (`target`), for the database."""
