"""Where a recommendation stands against its target on a day, and how overdue a reply is."""

from datetime import date
from typing import Literal

from psycopg import sql

from ledger.dates import last_day
from projections.states.values import AssuranceLine


def days_overdue(asked: AssuranceLine, today: date) -> int | None:
    """Return by how many days a reply is overdue. Return None if a reply came, or no date was set,
    or the date has not passed."""
    if asked.answered_by is not None or asked.reply_by is None:
        return None
    days = (today - last_day(asked.reply_by)).days
    return days if days > 0 else None


Standing = Literal["none", "ahead", "passed", "over"]


TARGET: dict[Standing, sql.Composable] = {
    "none": sql.SQL("AND one.target_last IS NULL"),
    "ahead": sql.SQL("AND one.target_last >= %(d)s"),
    "passed": sql.SQL("AND one.passes_after < %(d)s"),
    "over": sql.SQL("AND one.target_last < %(d)s AND one.passes_after IS NULL"),
}
"""The SQL conditions for where a recommendation stands against its target
(`answers.recommendation.target`)."""
