"""The verdict on a response duty, from the days on which a response can have been published.

domain.md, section 5, step by step. Days not known are minus infinity on their left side.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from ledger.replay.effect import Interval

SOON = 14
STRENGTH = ("stated", "recorded", "captured", "publisher")


@dataclass(frozen=True, slots=True)
class Duty:
    """What is owed: by when, if a period is set and its first day is known."""

    due_on: date | None
    latest: date | None
    """With the extensions that may have been granted by the day asked: nobody is called late or
    overdue who would not be by that day."""
    has_period: bool
    disapplied: bool = False
    """Whether a disapplication counts: effective by the day asked, recorded by the last day."""


@dataclass(frozen=True, slots=True)
class Verdict:
    verdict: str
    days: int | None = None
    at_least: bool = False


@dataclass(frozen=True, slots=True)
class Publication:
    """The body's comments as published: when that can have been, and what each evidence shows."""

    days: Interval
    recorded_on: date
    captured_on: date | None
    not_before: date | None
    said: str | None


def verdict(duty: Duty, published: Sequence[Interval], on: date) -> Verdict:
    """The verdict on a day."""
    due_on, latest = duty.due_on, duty.latest
    if due_on is None or latest is None:
        return Verdict("not_shown" if duty.has_period else "no_period")
    if duty.disapplied:
        return Verdict("disapplied")
    lo = min((one.lo or date.min for one in published), default=date.max)
    hi = min((one.hi for one in published), default=date.max)
    unsure = latest != due_on
    if hi <= on and hi <= due_on:
        return Verdict("in_time")
    if on <= due_on and (not published or lo > on or hi > on):
        return _waiting(due_on, on)
    if not published or lo > on:
        if on <= latest:
            return Verdict("not_shown")
        return Verdict("overdue", (on - latest).days, at_least=unsure)
    if lo > latest:
        return Verdict("late", (lo - latest).days, at_least=lo != hi or unsure)
    return Verdict("not_shown")


def _waiting(due_on: date, on: date) -> Verdict:
    left = (due_on - on).days
    return Verdict("due" if left <= SOON else "not_due", left)


def basis(duty: Duty, published: Sequence[Publication], on: date) -> str | None:
    """The strongest evidence that alone gives the verdict; none where nothing is recorded.

    A capture, or the recording, shows by which day it was published and not from which.
    """
    begun = [one for one in published if one.days.lo is None or one.days.lo <= on]
    if not begun:
        return None
    found = verdict(duty, [one.days for one in begun], on)
    captured = [Interval(one.not_before, one.captured_on) for one in begun if one.captured_on]
    recorded = [Interval(one.not_before, one.recorded_on) for one in begun]
    if captured and verdict(duty, captured, on) == found:
        return "captured"
    return "recorded" if verdict(duty, recorded, on) == found else "stated"


def weaker(one: str, other: str | None) -> str:
    """The weaker of two bases."""
    return min(one, other or one, key=STRENGTH.index)


def day_shown(published: Sequence[Publication], on: date) -> str | None:
    """The day said of one that lies just where the first of all must lie, once that is over.

    None where the first of all can lie elsewhere. Of two such, the more exact. One whose day was
    corrected to after the capture that it cites had happened when that came; its day is not told
    before it has come.
    """
    published = [one for one in published if one.days.lo is None or one.days.lo <= on]
    lo = min((one.days.lo or date.min for one in published), default=date.max)
    hi = min((one.days.hi for one in published), default=date.max)
    said = [
        one.said
        for one in published
        if one.said and (one.days.lo or date.min, one.days.hi) == (lo, hi)
        if date.fromisoformat((one.said + "-01-01")[:10]) <= on
    ]
    return max(said, key=len, default=None) if hi <= on else None


def better(now: Verdict, before: Verdict) -> bool:
    """Whether one verdict is better than another: less bad, or fewer days of the same."""
    bad = ("late", "overdue")
    if before.verdict in bad:
        if now.verdict == before.verdict:
            return (now.days or 0) < (before.days or 0)
        return now.verdict not in bad
    return before.verdict == "not_shown" and now.verdict not in (*bad, "not_shown")
