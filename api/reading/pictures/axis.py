"""The years that begin on an axis of days."""

from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True, slots=True)
class Tick:
    """The first day of a year."""

    x: float
    label: str


def years_on(first: date, last: date, left: float, right: float) -> list[Tick]:
    """Return the years that begin on an axis, at most six of them."""
    starts = [date(year, 1, 1) for year in range(first.year, last.year + 1)]
    there = [one for one in starts if first <= one <= last]
    step = -(-len(there) // 6) if there else 1
    days = max((last - first).days, 1)
    return [
        Tick(round(left + (right - left) * (one - first).days / days, 1), str(one.year))
        for one in there[::step]
    ]
