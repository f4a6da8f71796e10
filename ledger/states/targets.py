"""The day that the words of a target give: “within three months”, counted from the report's day.

It is a proposal: a person confirms it, and it is recorded beside the words. A period from a day on
leaves that day out, so that 28 days from 16 May end on 13 June; months end on the day with the same
number, or on the month's last where it has none (Dodds v Walker [1981] 1 WLR 1027). What the
grammar cannot read (`ledger.date_phrases`) gives none.
"""

from dataclasses import dataclass
from datetime import date

from ledger import dates
from ledger.date_phrases import DateProblem, Length, period, read_date
from ledger.events.service import Period
from ledger.states import duties

_LAST = 2199
"""The last year in which a target can lie, as in the grammar of dates."""


@dataclass(frozen=True, slots=True)
class WorkedOut:
    """The day that words give (ISO); None where they give none. `why` says how it is counted, or
    why there is none, in a sentence."""

    on: str | None
    why: str


def worked_out(phrase: str, counted_from: str | None) -> WorkedOut:
    """The day that the words of a target give, counted from the day of its report, as far as known.

    A day, or the end of a month or year, that the words name needs no day to count from.
    """
    if (length := period(phrase)) is not None:
        return _counted(length, counted_from)
    read = read_date(phrase)
    if isinstance(read, DateProblem):
        return WorkedOut(None, f"The words “{phrase[:200]}” give no day: {read.why}.")
    if read.on is None:
        return WorkedOut(None, f"The words “{phrase[:200]}” give no day that is counted here.")
    if not dates.is_exact(read.on) and "end of " not in read.phrase.lower():
        return WorkedOut(
            None,
            f"The words “{phrase[:200]}” give no day: whether the beginning or the end is meant, "
            "they do not say.",
        )
    on = dates.last_day(read.on)
    return WorkedOut(on.isoformat(), f"The words name {dates.in_words(on)}.")


def _counted(length: Length, counted_from: str | None) -> WorkedOut:
    if counted_from is None or not dates.is_exact(counted_from):
        known = (
            "is not known"
            if counted_from is None
            else f"is known as {dates.in_words(counted_from)}"
        )
        return WorkedOut(
            None, f"The report’s day, from which the words count, {known}: they give no day."
        )
    first = date.fromisoformat(counted_from)
    if not length.count:
        return WorkedOut(
            counted_from, f"At once is on the report’s own day, {dates.in_words(first)}."
        )
    try:
        on = duties.last_day(Period(length.count, length.unit), first, counted=False)
    except (OverflowError, ValueError):
        on = date.max
    if on.year > _LAST:
        return WorkedOut(None, f"The words give a day after {_LAST}: is that meant?")
    unit = length.unit.replace("_", " ") + ("" if length.count == 1 else "s")
    return WorkedOut(
        on.isoformat(),
        f"{length.count} {unit} from {dates.in_words(first)}, that day not counted, end on "
        f"{dates.in_words(on)}.",
    )
