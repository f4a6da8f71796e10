"""Days in London, and dates as far as they are known: a day, a month, a year or nothing; and how
to say them.

A date that is not exactly known is an interval [lo, hi] of days. The capture that we received and
the day of recording cut it (`interval`).
"""

import calendar
import re
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

import msgspec

cache_of_days = lru_cache(maxsize=20_000)
"""The same days come again and again: fifty years of them."""
LONDON = ZoneInfo("Europe/London")
_FORM = re.compile(r"(\d{4})(?:-(\d{2})(?:-(\d{2}))?)?", re.ASCII)


class Interval(msgspec.Struct, frozen=True, gc=False):
    """Days from `lo` to `hi`, both included. `lo` is None where nothing bounds it below."""

    lo: date | None
    hi: date


def check(text: str) -> str:
    """Return the same text if it is `YYYY-MM-DD`, `YYYY-MM` or `YYYY`. Raise ValueError, in a
    sentence, if not.

    Every date that is recorded is checked here. Month or day `00` was once accepted: the rest of
    this module reads it as if it were left out.
    """
    if 0 in _parts(text):
        raise ValueError(f"“{text}” is no day of the calendar.")
    return text


@cache_of_days
def first_day(text: str) -> date:
    """Return the first day that a (partial) date can mean. Raise ValueError if it means none."""
    year, month, day = _parts(text)
    return date(year, month or 1, day or 1)


@cache_of_days
def last_day(text: str) -> date:
    """Return the last day that a (partial) date can mean. Raise ValueError if it means none."""
    year, month, day = _parts(text)
    month = month or 12
    return date(year, month, day or calendar.monthrange(year, month)[1])


@cache_of_days
def london_date(instant: datetime) -> date:
    """Return the civil date in London at an instant: 23:01 UTC on 15 May 2025 is 16 May (BST). It
    is no earlier than the first day that Python knows."""
    try:
        return instant.astimezone(LONDON).date()
    except OverflowError:
        return date.min


@cache_of_days
def rfc3339(instant: datetime) -> str:
    """Return an instant as `YYYY-MM-DDTHH:MM:SS.ffffffZ`, the one form that entries and answers
    use."""
    return instant.astimezone(UTC).isoformat(timespec="microseconds").removesuffix("+00:00") + "Z"


def day_before(day: date) -> date:
    """Return the day before a day. The calendar's first day has none before it."""
    return day if day == date.min else day - timedelta(days=1)


def shifted(day: date, days: int) -> date:
    """Return the day so many days after a day; the first or last day there is, beyond those."""
    return date.fromordinal(min(max(day.toordinal() + days, 1), date.max.toordinal()))


def is_exact(text: str | None) -> bool:
    """Return whether a date is known to the day."""
    return text is not None and len(text) == 10


def interval(occurred_on: str | None, *, not_before: date | None, received_by: date) -> Interval:
    """Return the days on which an act can have happened, [lo, hi], cut on both sides.

    `not_before` is the report's day (nothing about a report precedes it); `received_by` the
    earliest day by which this service provably had word of it (its recording, or a capture). Where
    the day that is said lies after that, it had happened by then all the same.
    """
    if occurred_on is None:
        return Interval(not_before and min(not_before, received_by), received_by)
    lo, hi = first_day(occurred_on), min(last_day(occurred_on), received_by)
    if not_before is not None and lo < not_before:
        lo = not_before
    return Interval(min(lo, hi), hi)


@lru_cache(4096)  # a page says few days, each many times
def in_words(day: date | str | None) -> str:
    """Return a date as a sentence says it: `16 May 2025`, `May 2025`, `2025` or `a day not
    known`."""
    if day is None:
        return "a day not known"
    if isinstance(day, date):
        return f"{day.day} {calendar.month_name[day.month]} {day.year}"
    year, month, number = _parts(day)
    if month is None:
        return str(year)
    return (
        f"{number} {calendar.month_name[month]} {year}"
        if number
        else (f"{calendar.month_name[month]} {year}")
    )


def _parts(text: str) -> tuple[int, int | None, int | None]:
    match = _FORM.fullmatch(text)
    if match is None:
        raise ValueError(f"“{text}” is not a date: give YYYY-MM-DD, YYYY-MM, YYYY or null.")
    year, month, day = (int(part) if part else None for part in match.groups())
    assert year is not None
    try:
        date(year, month or 1, day or 1)
    except ValueError:
        raise ValueError(f"“{text}” is no day of the calendar.") from None
    return year, month, day
