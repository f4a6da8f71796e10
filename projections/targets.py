"""Where a recommendation stands against its target: as an answer says it, and for the database."""

from datetime import date
from itertools import pairwise
from typing import Any

from psycopg import sql

from ledger import dates
from projections.state import RecommendationState

DONE: frozenset[str] = frozenset({"closed", "claimed_complete", "withdrawn", "superseded"})
"""Standings in which a target does not pass: an end, or a claim of completion, is recorded."""


def target(state: RecommendationState, today: date) -> dict[str, Any]:
    """Where a recommendation stands, on a day, against the one by which it shall be done."""
    dated = [line.on for line in state.targets if line.on]
    current, original = (dated[-1], dated[0]) if dated else (None, None)
    standing, days = "none", None
    if current is not None:
        passed = (today - dates.last_day(current)).days
        done = state.status in DONE
        standing = "passed" if passed > 0 and not done else "ahead"
        days = abs(passed) if not (done and passed > 0) else None
    moves = sum(one != other for one, other in pairwise(dated))
    return {
        "standing": standing,
        "on": current,
        "original_on": original,
        "moves": moves,
        "days": days,
    }


_PASSED = sql.SQL("one.target_last < %(d)s AND one.status <> ALL ({done})").format(
    done=sql.Literal(sorted(DONE))
)
TARGET: dict[str, sql.Composable] = {
    "none": sql.SQL("AND one.target_last IS NULL"),
    "passed": sql.SQL("AND ({})").format(_PASSED),
    "ahead": sql.SQL("AND one.target_last IS NOT NULL AND NOT ({})").format(_PASSED),
}
"""Where a recommendation stands against its target (`target`), for the database."""
