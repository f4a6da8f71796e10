"""Which rule a response is owed under, its due date, and how that was counted; and the day that
the words of a target give. Pure.

Police Act 1996, s.55(5) and (5A): published before the end of the period of 56 days *beginning
with* the day on which the report is published. The day of publication is day 1, so that the last
day is 55 days later. Calendar days; a last day on a weekend or a bank holiday stays there.

A working day is not a Saturday, Sunday or bank holiday of England and Wales (Banking and Financial
Dealings Act 1971, Schedule 1, proclamations, and the two days of common law). The package
`holidays` lists the holidays, and the counting names its version.

The words of a target are counted too: “within three months”, from the report's day. Their day is a
proposal: a person confirms it, and it is recorded beside the words. A period “from” a day leaves
that day out: 28 days from 16 May end on 13 June. Months end on the day with the same number, or on
the month's last day if it has none (Dodds v Walker [1981] 1 WLR 1027). What the grammar cannot
read (`ledger.date_phrases`) gives none.
"""

import calendar
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from importlib.metadata import version

from ledger import dates
from ledger.date_phrases import DateProblem, Length, period, read_date
from ledger.events.service import SEVERAL_PUBLISHERS, Period, RuleAdopted

COMMENTS_DUE_WITHOUT_PERIOD = "pa96-s55-2001"
MANUAL = "manual"
INSPECTORATE = "inspectorate"
BEGUN = {
    "published": "the report was published",
    "made": "it was made",
    "sent": "it was sent",
    "received": "it was received",
}
"""The start of the period, as the beginning of a sentence."""
_UNITS = {"day": "day", "working_day": "working day", "month": "month"}
_LAST = 2199
"""The last year in which a target can lie, as in the grammar of dates."""


@dataclass(frozen=True, slots=True)
class Due:
    """The last day of a period, where there is one and it can be told; and why, in a sentence."""

    due_on: date | None
    counting: str


def applies(
    rule: RuleAdopted,
    *,
    report_kind: str,
    publishers: Collection[str],
    body_kind: str,
    published_on: str | None,
) -> bool:
    """Return whether a rule applies by itself to a kind of body and a report of a kind and a day.

    `publishers`: the ids and the kinds of those who published the report. A rule that names no
    publishers and sets a period applies to reports of inspectors (Police Act 1996, s.54(2) and
    s.55(1)). Another publisher's report of the same kind binds nobody.

    A day that is not exactly known stands for every day that it can mean. The rule applies if one
    of them falls in its range; an unknown day falls in any range. A rule that lists neither bodies
    nor reports (`manual`) never applies by itself: a person picks it.
    """
    whose = rule.publishers or ((INSPECTORATE,) if rule.gives is not None else ())
    if whose and not set(whose) & set(publishers):
        return False
    listed = (body_kind in rule.bodies, report_kind in rule.reports)
    if not (any(listed) if rule.match == "either" else all(listed)):
        return False
    if published_on is None:
        return True
    first, last = dates.first_day(published_on), dates.last_day(published_on)
    if rule.applies_from is not None and last < date.fromisoformat(rule.applies_from):
        return False
    return rule.applies_until is None or first <= date.fromisoformat(rule.applies_until)


def choose(
    rules: Iterable[RuleAdopted],
    *,
    report_kind: str,
    publishers: Collection[str],
    body_kind: str,
    published_on: str | None,
    named: str | None = None,
    beside: bool = False,
) -> RuleAdopted | None:
    """Return the rule that applies; None where a person decides.

    Only the newest version of each rule makes duties: where that does not reach, an older version
    does not either. A person who decides may name it: one of several that apply, or one that
    applies to no kind by itself. Where a rule applies by itself, no name puts another in its
    place; but for a duty `beside` that one, which is owed by a rule that is named.

    A person decides where no rule applies, and where two rules apply to one exact day. A day not
    exactly known may reach over the change from one rule to the next: then it is the one with
    the latest beginning. Nothing is lost by that: a period cannot be counted from such a day, so
    that no verdict rests on the choice, and the day's correction makes it anew. (The earlier
    rule might say "no period" of a report that in truth has one.)
    """
    picked: RuleAdopted | None = None
    found: list[RuleAdopted] = []
    for rule in newest(rules):
        if rule.id == MANUAL:
            continue
        if rule.id == named and not rule.bodies and not rule.reports:
            picked = rule
        elif applies(
            rule,
            report_kind=report_kind,
            publishers=publishers,
            body_kind=body_kind,
            published_on=published_on,
        ):
            found.append(rule)
    if beside:
        return picked or next((rule for rule in found if rule.id == named), None)
    if len(found) > 1 and not dates.is_exact(published_on):
        beginning = max(rule.applies_from or "" for rule in found)
        found = [rule for rule in found if (rule.applies_from or "") == beginning]
    if len(found) == 1:
        return found[0]
    return next((rule for rule in found if rule.id == named), None if found else picked)


def newest(rules: Iterable[RuleAdopted]) -> list[RuleAdopted]:
    """Return the highest version of each rule, in the order in which their ids first come."""
    latest: dict[str, RuleAdopted] = {}
    for rule in rules:
        if rule.id not in latest or latest[rule.id].version < rule.version:
            latest[rule.id] = rule
    return list(latest.values())


def question(rule: RuleAdopted, *, report_kind: str, publishers: int) -> str | None:
    """Return what a person has to answer before a rule binds a body by a report of a kind and of
    so many publishers; None where the rule asks nothing of it."""
    if rule.asks_of is None or report_kind in rule.asks_of:
        return rule.asks
    return rule.asks if publishers > 1 and SEVERAL_PUBLISHERS in rule.asks_of else None


def due(rule: RuleAdopted, begins: str | None) -> Due:
    """Return the due date that a rule gives from the day that starts its period (`counts_from`).

    `manual` gives none: whoever picks it says the date, with its source.
    """
    if rule.id == MANUAL:
        return Due(None, "No days are counted: the due date is the one given, with its source.")
    if rule.gives is None:
        if rule.id == COMMENTS_DUE_WITHOUT_PERIOD:
            return Due(None, "Comments were due; no period was set.")
        return Due(None, "No period is set.")
    period = rule.gives
    begun = BEGUN[rule.counts_from]
    last = f"the last of the {_length(period)} cannot be told"
    if begins is None:
        return Due(None, f"The day on which {begun} is not known, so {last}.")
    if not dates.is_exact(begins):
        known = dates.in_words(begins)
        return Due(
            None, f"{begun[0].upper()}{begun[1:]} in {known}, on a day not known, so {last}."
        )
    first = date.fromisoformat(begins)
    due_on = last_day(period, first, counted=rule.counts_first_day)
    return Due(due_on, _counting(rule, period, first, due_on))


def last_day(period: Period, first: date, *, counted: bool) -> date:
    """Return the last day of a period that begins with a day (`counted`), or after it.

    Months end on the day with the same number (*after*), or on the day before it (*beginning
    with*). If the month has no such day, they end on its last (Dodds v Walker [1981] 1 WLR 1027).
    """
    match period.unit:
        case "day":
            return first + timedelta(days=period.count - (1 if counted else 0))
        case "working_day":
            day, left = first if counted else first + timedelta(days=1), period.count
            while True:
                left -= is_working_day(day)
                if not left:
                    return day
                day += timedelta(days=1)
        case "month":
            months = first.year * 12 + first.month - 1 + period.count
            year, month = months // 12, months % 12 + 1
            length = calendar.monthrange(year, month)[1]
            if first.day > length:
                return date(year, month, length)
            return date(year, month, first.day) - timedelta(days=1 if counted else 0)


def is_working_day(day: date) -> bool:
    """Return whether a day is no Saturday, Sunday or bank holiday of England and Wales."""
    return day.weekday() < 5 and day not in _bank_holidays(day.year)


@cache
def _bank_holidays(year: int) -> frozenset[date]:
    import holidays  # a tenth of what a process loads, and few of them count working days

    return frozenset(holidays.country_holidays("GB", subdiv="ENG", years=year))


def _length(period: Period) -> str:
    return f"{period.count} {_UNITS[period.unit]}{'' if period.count == 1 else 's'}"


def _counting(rule: RuleAdopted, period: Period, first: date, due_on: date) -> str:
    counted = rule.counts_first_day
    begins = dates.in_words(first)
    if period.unit == "month":
        said = (
            f"{_length(period)} {'beginning with' if counted else 'after'} {begins} end on "
            f"{dates.in_words(due_on)}."
        )
    else:
        if counted and (period.unit == "day" or is_working_day(first)):
            start = f"{begins} is {_UNITS[period.unit]} 1"
        elif counted:
            start = f"{begins} is no working day, and the next one is working day 1"
        else:
            start = f"{begins} is not counted"
        said = f"{start}, {dates.in_words(due_on)} is {_UNITS[period.unit]} {period.count}."
    if period.unit == "working_day":
        said += (
            " Saturdays, Sundays and the bank holidays of England and Wales are left out (holidays "
            f"{version('holidays')})."
        )
    if rule.read is False:
        day = "itself" if counted else "after it"
        said += f" The wording was not read: it is counted from the day {day}."
    return said


@dataclass(frozen=True, slots=True)
class WorkedOut:
    """The day that words give (ISO); None where they give none. `why` says how it is counted, or
    why there is none, in a sentence."""

    on: str | None
    why: str


def worked_out(phrase: str, counted_from: str | None) -> WorkedOut:
    """Return the day that the words of a target give, counted from the day of its report, as far
    as known.

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
        return WorkedOut(counted_from, "That is the day of the report.")
    try:
        on = last_day(Period(length.count, length.unit), first, counted=False)
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
