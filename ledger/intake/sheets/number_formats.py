"""What the number formats of an Excel workbook make of a number: a date, a time, or how it looks.

Formats are those of ECMA-376, part 1, §18.8.30 (built-in ids) and §18.8.31 (codes).
"""

import re
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Literal

from ledger.intake.sheets.cells import Broken, Value

GENERAL = "General"
BUILT_IN = {
    0: GENERAL,
    1: "0",
    14: "d/m/y",
    15: "d-mmm-yy",
    16: "d-mmm",
    17: "mmm-yy",
    **dict.fromkeys((18, 19, 20, 21, 45, 46, 47), "h:mm"),
    22: "d/m/y h:mm",
    49: "@",
}
OTHER = "#,##0.00"
_NOT_CODE = re.compile(r'"[^"]*"|\\.|_.|\*.|\[(?!(?:h+|m+|s+)\])[^\]]*\]|am/pm|a/p', re.IGNORECASE)
_DATED = re.compile(r"[yd]|^[^hs]*m[^hs]*$")
_TIMED = re.compile(r"[hs]")
_ZEROS = re.compile(r"0{2,20}")
# Day 60 is 29 February 1900 to Excel, which never was; what lies before it is told differently.
_FIRST, _AFTER_LAST = 61, 2_958_466
_SINCE_1900, _SINCE_1904 = datetime(1899, 12, 30), datetime(1904, 1, 1)  # noqa: DTZ001, civil


@dataclass(frozen=True, slots=True)
class Format:
    """What a format makes of a number. `zeros`: how many figures it shows at least."""

    kind: Literal["plain", "zeros", "date", "time", "other"]
    zeros: int = 0
    year: bool = False
    day: bool = False


PLAIN = Format("plain")


def format_of(code: str) -> Format:
    """A format's code, read as far as it matters here: its first section, without its literals."""
    bare = _NOT_CODE.sub("", code[:1000].split(";", 1)[0]).lower()
    if bare in ("general", "@", "0", ""):
        return PLAIN
    if _ZEROS.fullmatch(bare):
        return Format("zeros", len(bare))
    if _DATED.search(bare):
        return Format("date", year="y" in bare, day="d" in bare)
    return Format("time" if _TIMED.search(bare) else "other")


def shown_as(number: float, form: Format, *, since_1904: bool) -> Value:
    """A number under a format: a date, a whole number, the text that it shows, or why not."""
    whole = number.is_integer() and abs(number) < 1e15
    match form.kind:
        case "plain":
            return int(number) if whole else number
        case "zeros" if whole and number >= 0:
            return str(int(number)).zfill(form.zeros)
        case "date":
            return _date(number, form, since_1904=since_1904)
        case "time":
            return Broken(f"{number:g}", "it is a time of day or a length of time")
        case _:
            return Broken(
                f"{number:g}",
                "it is a number in a format that changes how it looks: format the cell as text, "
                "and write it as it should read",
            )


def _date(serial: float, form: Format, *, since_1904: bool) -> Value:
    if not (0 if since_1904 else _FIRST) <= serial < _AFTER_LAST:
        return Broken(f"{serial:g}", "it is a number that is no date")
    start = _SINCE_1904 if since_1904 else _SINCE_1900
    moment = start + timedelta(seconds=round(serial * 86_400))
    return shown_in_part(moment, year=form.year, day=form.day)


def shown_in_part(moment: datetime, *, year: bool, day: bool) -> Value:
    """A date as far as its cell shows it: a spreadsheet makes 1 May of a typed “May 2025”.

    It adds the year in which one types, too, so that a date without its year is not taken.
    """
    if not year:
        return Broken(moment.date().isoformat(), "it is a date that is shown without its year")
    if day:
        return day_or_moment(moment)
    if moment.day != 1:
        return Broken(moment.date().isoformat(), "it is a date that is shown without its day")
    return f"{moment.year}-{moment.month:02}"


def day_or_moment(moment: datetime) -> date | datetime:
    """A date where the time of day is midnight."""
    return moment if moment.time() != moment.time().min else moment.date()
