"""The last day of a period, counted day by day, with the bank holidays of England and Wales.

The holidays are those of the Banking and Financial Dealings Act 1971, Schedule 1, Good Friday and
Christmas Day (common law), New Year's Day and the first Monday in May (proclaimed each year since
1974 and 1978), each with the day in its place where it falls on a weekend; and the days that were
moved or given once, by proclamation. Easter is by the anonymous Gregorian algorithm.
"""

from calendar import monthrange
from datetime import date, timedelta
from typing import Any

DAY = timedelta(days=1)
MOVED = {date(1995, 5, 1): date(1995, 5, 8), date(2020, 5, 4): date(2020, 5, 8)}
"""The first Monday in May gave its place to the anniversary of VE Day."""
MOVED_SPRING = {2002: date(2002, 6, 4), 2012: date(2012, 6, 4), 2022: date(2022, 6, 2)}
"""The last Monday in May gave its place to a jubilee's day."""
ONCE = {
    date(1981, 7, 29),
    date(1999, 12, 31),
    date(2002, 6, 3),
    date(2011, 4, 29),
    date(2012, 6, 5),
    date(2022, 6, 3),
    date(2022, 9, 19),
    date(2023, 5, 8),
}


def last_day(rule: dict[str, Any], begins: date) -> date | None:
    """The last day of the period of a rule that begins with a day, or after it; None: no period."""
    period = rule.get("period") or {"count": rule.get("period_days"), "unit": "day"}
    left: int | None = period["count"]
    if left is None:
        return None
    counted = rule.get("first_day") != "not_counted"
    if period["unit"] == "month":
        return _months(begins, left, counted=counted)
    day = begins if counted else begins + DAY
    if period["unit"] == "day":
        return day + DAY * (left - 1)
    holidays: dict[int, set[date]] = {}
    while True:
        if day.year not in holidays:
            holidays[day.year] = bank_holidays(day.year)
        if day.weekday() < 5 and day not in holidays[day.year]:
            left -= 1
            if left == 0:
                return day
        day += DAY


def _months(begins: date, count: int, *, counted: bool) -> date:
    month = begins.replace(day=1)
    for _ in range(count):
        month += DAY * monthrange(month.year, month.month)[1]
    length = monthrange(month.year, month.month)[1]
    if begins.day > length:  # there is no day of that number
        return month.replace(day=length)
    return month.replace(day=begins.day) - (DAY if counted else 0 * DAY)


def bank_holidays(year: int) -> set[date]:
    """Those of a year in England and Wales, from 1978."""
    easter = _easter(year)
    first = _monday(date(year, 5, 1))
    spring = MOVED_SPRING.get(year, _monday(date(year, 5, 25)))
    found = {
        easter - 2 * DAY,
        easter + DAY,
        MOVED.get(first, first),
        spring,
        _monday(date(year, 8, 25)),
    }
    for days in ([date(year, 1, 1)], [date(year, 12, 25), date(year, 12, 26)]):
        for day in days:
            found.add(day)
        instead = days[-1] + DAY
        for day in days:
            if day.weekday() >= 5:
                while instead.weekday() >= 5 or instead in found:
                    instead += DAY
                found.add(instead)
    return found | {day for day in ONCE if day.year == year}


def _monday(day: date) -> date:
    """The first Monday from a day on."""
    while day.weekday() != 0:
        day += DAY
    return day


def _easter(year: int) -> date:
    a, b, c = year % 19, year // 100, year % 100
    d, e = b // 4, b % 4
    g = (8 * b + 13) // 25
    h = (19 * a + b - d - g + 15) % 30
    i, k = c // 4, c % 4
    r = (32 + 2 * e + 2 * i - h - k) % 7
    m = (a + 11 * h + 22 * r) // 451
    month, day = divmod(h + r - 7 * m + 114, 31)
    return date(year, month, day + 1)
