"""The verdict on a response duty, asked for a day, and what it rests on. Pure; never stored.

Every publication is an interval of days [lo, hi] on which it can have happened. The verdict
looks at the first of them, whose day lies between the least lo and the least hi, and says "late"
or "overdue" only where that is so on every day that remains possible.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal, Protocol, get_args

from ledger.dates import Interval, first_day
from projections.verdict.evidence import (
    BASES,
    Basis,
    Disapplication,
    Duty,
    Publication,
    begun,
    first,
)

__all__ = [
    "BASES",
    "VERDICTS",
    "Bases",
    "Basis",
    "Disapplication",
    "Duty",
    "Publication",
    "Verdict",
    "VerdictWord",
    "verdict",
]

VerdictWord = Literal[
    "not_due", "due", "overdue", "in_time", "late", "not_shown", "no_period", "disapplied"
]
VERDICTS: tuple[VerdictWord, ...] = get_args(VerdictWord)
DUE_SOON_DAYS = 14
"""`due` from this many days before the last one, `not_due` before."""


@dataclass(frozen=True, slots=True)
class Bases:
    """What the two dates rest on. `published` is None where no publication counts yet."""

    trigger: Basis
    published: Basis | None


@dataclass(frozen=True, slots=True)
class Finding:
    """The verdict alone: the word, and days left, overdue or late."""

    verdict: VerdictWord
    days: int | None = None
    at_least: bool = False


@dataclass(frozen=True, slots=True)
class Verdict:
    """The verdict on a duty for the day asked, and what it is worth."""

    verdict: VerdictWord
    days: int | None
    """Days left (`not_due`, `due`), days overdue, or days late; None for the others."""
    at_least: bool
    due_on: date | None
    published_on: str | None
    """The first publication's day, exact or partial, where one date says it; else None."""
    basis: Basis
    """The weaker of the two: a verdict is as good as its weakest."""
    bases: Bases
    between: Interval | None
    """Where the first publication lies, of those that may have happened; None: there is none."""
    held: bool
    """Whether any publication is recorded, be it after the day asked about."""
    more_time_until: date | None
    """A later last day that may hold already; None: there is none."""
    deciding: Publication | None
    """The publication that the verdict and its basis rest on."""
    disapplication: Disapplication | None
    """The one that replaces the verdict, or else the first one that came too late for that."""


def verdict(
    duty: Duty,
    publications: Sequence[Publication],
    disapplications: Sequence[Disapplication],
    effective_on: date,
) -> Verdict:
    """The verdict on a duty for a day, from what is known and in effect."""
    counted = begun(publications, effective_on)
    between = first([one.interval for one in counted])
    said = sorted(
        (one for one in disapplications if one.hi <= effective_on), key=lambda one: one.recorded_on
    )
    disapplied = any(replaces(one, duty) for one in said)
    found = find(duty, between, disapplied, effective_on)
    published: Basis | None = None
    if counted:
        published = _strongest(duty, counted, disapplied, effective_on, found)
    return Verdict(
        verdict=found.verdict,
        days=found.days,
        at_least=found.at_least,
        due_on=duty.due_on,
        published_on=_published_on(counted, between, effective_on),
        basis=min(duty.trigger_basis, published or duty.trigger_basis, key=BASES.index),
        bases=Bases(duty.trigger_basis, published),
        between=between,
        held=bool(publications),
        more_time_until=duty.more_time_until,
        deciding=published and _deciding(counted, published, found),
        disapplication=said[0] if said else None,
    )


class Owed(Protocol):
    """What the rule needs to know of a duty."""

    @property
    def has_period(self) -> bool: ...
    @property
    def due_on(self) -> date | None: ...
    @property
    def latest_due_on(self) -> date | None: ...


def find(duty: Owed, between: Interval | None, disapplied: bool, effective_on: date) -> Finding:
    """The rule itself. `between`: where the first publication lies, if there is one at all.

    A rule without a period is said first: where none is set, no day could make a difference. More
    time that may have been granted already takes back no verdict that accuses nobody, and gives
    none that accuses.
    """
    due_on, latest = duty.due_on, duty.latest_due_on
    if not duty.has_period:
        return Finding("no_period")
    if due_on is None or latest is None:
        return Finding("not_shown")
    if disapplied:
        return Finding("disapplied")
    if between is not None and between.hi <= effective_on:
        lo = between.lo or date.min  # no bound below: any day before
        if between.hi <= due_on:
            return Finding("in_time")
        if lo > latest:
            at_least = lo != between.hi or latest != due_on
            return Finding("late", (lo - latest).days, at_least)
        return Finding("not_shown")
    left = (due_on - effective_on).days
    if left >= 0:
        return Finding("due" if left <= DUE_SOON_DAYS else "not_due", left)
    if between is None or (between.lo or date.min) > effective_on:
        if effective_on <= latest:
            return Finding("not_shown")
        return Finding("overdue", (effective_on - latest).days, at_least=latest != due_on)
    # It may have happened already: accuse of no more than holds on every possible day.
    if between.lo is not None and between.lo > latest:
        return Finding("late", (between.lo - latest).days, at_least=True)
    return Finding("not_shown")


def replaces(disapplication: Disapplication, duty: Duty) -> bool:
    """Whether it replaces the verdict: recorded by the last day. A later one is named beside it."""
    return duty.due_on is not None and disapplication.recorded_on <= duty.due_on


def _strongest(
    duty: Duty, counted: Sequence[Publication], disapplied: bool, on: date, found: Finding
) -> Basis:
    """The strongest basis that alone gives this verdict, to the day.

    From strong to weak, the verdict is worked out again from what each basis alone says of each
    publication, leaving out those of which it says nothing. Recordings and captures bound a day
    from above only, so that they can show a response in time, and can leave it not shown, but a
    late one always rests on somebody's word. Where only the bases together give the verdict
    (said to be in August, entered on 1 August), it is as weak as the weakest of them; that is
    `stated`, since among captures and recordings the earliest alone does whatever all do.
    """
    for basis in reversed(BASES):
        said = [where for one in counted if (where := one.by(basis)) is not None]
        if said and find(duty, first(said), disapplied, on) == found:
            return basis
    return "stated"


def _published_on(
    counted: Sequence[Publication], between: Interval | None, effective_on: date
) -> str | None:
    """The first publication's day as its entry says it, once it has happened for certain.

    None where another publication could have been the first one, on a day that is not known.
    """
    if between is None or between.hi > effective_on:
        return None
    said = [one.occurred_on for one in counted if one.interval == between and one.occurred_on]
    said = [day for day in said if first_day(day) <= effective_on]
    return max(said, key=len, default=None)  # of two that mean the same day, the exact one


def _deciding(counted: Sequence[Publication], basis: Basis, found: Finding) -> Publication:
    """The publication with the earliest day by that basis: for "late", the earliest possible."""
    late = found.verdict == "late"

    def day(one: Publication) -> tuple[date, int]:
        where = one.by(basis)
        assert where is not None
        return (where.lo or date.min) if late else where.hi, one.position

    return min((one for one in counted if one.by(basis) is not None), key=day)
