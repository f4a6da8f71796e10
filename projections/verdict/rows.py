"""What is drawn out of the state of a response for the database to judge and to count by.

Each holds for a stretch of days on which nothing in it changes, so that every column is one
value: `tables/verdict_segments.py` cuts the stretches, `sql.py` judges them.
"""

from datetime import date
from typing import Literal

import msgspec

from projections.verdict.compliance import Basis


class Judged(msgspec.Struct, frozen=True, gc=False):
    """What the verdict on a response is reached from, for a stretch of days."""

    report_kind: str
    report_year: int | None
    has_period: bool
    due_on: date | None
    """Extensions included that had been granted by then."""
    latest_due_on: date | None
    """Those included, too, that may have been."""
    trigger_basis: Basis
    disapplied: bool
    """Whether a disapplication replaces the verdict."""
    not_before: date | None
    begun: bool
    """Whether any publication of the comments may have happened; else the days below are None."""
    lo: date | None
    """The first publication lies from here (None: nothing bounds it) to `hi`."""
    hi: date | None
    recorded_hi: date | None
    captured_hi: date | None
    """The earliest recording, and the earliest capture of one (None: none is captured)."""
    duty_at: int
    because_at: int | None


class Covered(msgspec.Struct, frozen=True, gc=False):
    """What a response explains, in numbers, for a stretch of days."""

    listed_by: Literal["report", "response"]
    addressed: int
    explained_by_due: int | None
    """None where there is no due date. Not told where the verdict is `not_shown`."""
    explained_now: int
    general: int
    causes: int
    causes_without: int
    causes_explained: int
