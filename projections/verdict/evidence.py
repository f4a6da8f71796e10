"""What a verdict on a response duty is reached from: the duty, the publications, their bases."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal, get_args

from ledger.dates import Interval, in_words, interval, is_exact

Basis = Literal["stated", "recorded", "captured", "publisher"]
"""What a date that decides rests on, weak to strong.

`stated`: somebody's word (a typed date). `recorded`: the entry itself was made by that day.
`captured`: the bytes were received here by that day. `publisher`: the publisher's own word, bytes
held (`ledger.states.publisher`); only a report's day can have it.
"""
BASES: tuple[Basis, ...] = get_args(Basis)
NOT_NAMED = "a party not named here"
"""Who decided or granted, where that is a text that is not opened."""


@dataclass(frozen=True, slots=True)
class Duty:
    """A response duty as it arose, by a rule in one version."""

    entry: str
    rule_id: str
    rule_version: int
    citation: str
    has_period: bool
    """Whether there is a due date to be told: the rule counts one, or a person gave one."""
    trigger_entry: str
    trigger_on: str | None
    trigger_basis: Basis
    due_on: date | None
    counting: str
    more_time_until: date | None = None
    """The last day, if an extension counts whose day is not exactly known and that may have been
    granted by the day asked about: nobody is accused before it is over."""

    @property
    def latest_due_on(self) -> date | None:
        """The latest day that may be the last one."""
        return self.more_time_until or self.due_on


@dataclass(frozen=True, slots=True)
class Publication:
    """A response in effect whose parts include the body's comments."""

    entry: str
    position: int
    occurred_on: str | None
    """The day as known, corrections included: exact, a month, a year, or not known."""
    not_before: date | None
    """The report's day."""
    recorded_on: date
    """The London date of the recording."""
    captured_on: date | None
    """The London date on which a capture that it cites was received."""
    own_word: bool = True
    """Whether the body itself recorded it; else it is reported by another."""

    @property
    def interval(self) -> Interval:
        received_by = min(self.recorded_on, self.captured_on or self.recorded_on)
        return interval(self.occurred_on, not_before=self.not_before, received_by=received_by)

    @property
    def lo(self) -> date | None:
        return self.interval.lo

    @property
    def hi(self) -> date:
        return self.interval.hi

    @property
    def word(self) -> str:
        """Whose word its day is, and how long after it that was entered."""
        whose = "on the body’s own word" if self.own_word else "on another’s word"
        if not is_exact(self.occurred_on):
            return f"{whose}, entered on {in_words(self.recorded_on)}"
        assert self.occurred_on is not None
        days = (self.recorded_on - date.fromisoformat(self.occurred_on)).days
        if days < 1:
            return f"{whose}, entered the same day"
        return f"{whose}, entered {days} {'day' if days == 1 else 'days'} later"

    def by(self, basis: Basis) -> Interval | None:
        """Where it lies if this were all that is held; None where that says nothing of it.

        A recording or a capture alone bounds it from above only: it had happened by then. A
        typed date bounds both sides; a day not known leaves everything after the report's day.
        """
        match basis:
            case "publisher":
                return None
            case "captured":
                if self.captured_on is None:
                    return None
                return Interval(self.not_before, self.captured_on)
            case "recorded":
                return Interval(self.not_before, self.recorded_on)
            case "stated":
                not_before, received_by = self.not_before, date.max
                return interval(self.occurred_on, not_before=not_before, received_by=received_by)


@dataclass(frozen=True, slots=True)
class Extension:
    """More time was granted: the last day moved."""

    entry: str
    hi: date
    """The last day on which it can have been granted."""
    due_on: date
    """The last day that it gives."""
    granted_by: str = NOT_NAMED


@dataclass(frozen=True, slots=True)
class Disapplication:
    """Somebody decided that the duty does not apply."""

    entry: str
    hi: date
    recorded_on: date
    basis: str
    decided_by: str
    decided_on: str | None = None
    """The day of the decision, as far as it is known: exact, a month, a year, or not known."""


def first(intervals: Sequence[Interval]) -> Interval | None:
    """Where the first of several acts lies: the least lo and the least hi, each taken separately.

    The act with the least lo need not be the one with the least hi; every day between can be
    the first one, and no other.
    """
    if not intervals:
        return None
    los = [one.lo for one in intervals if one.lo is not None]
    lo = min(los) if len(los) == len(intervals) else None
    return Interval(lo, min(one.hi for one in intervals))


def begun(publications: Sequence[Publication], effective_on: date) -> list[Publication]:
    """Those that may have happened by a day. The others are no evidence yet; nothing changes."""
    return [one for one in publications if one.lo is None or one.lo <= effective_on]


def where(between: Interval | None) -> str:
    """`on 1 July 2025`, or `on a day between the one and the other`."""
    if between is None:
        return "on a day not known"
    if between.lo is None:
        return f"on a day not known, by {in_words(between.hi)}"
    if between.lo >= between.hi:
        return f"on {in_words(between.hi)}"
    return f"on a day between {in_words(between.lo)} and {in_words(between.hi)}"


def on_the_day(said: str | None) -> str:
    """`on 3 May 2026`, `in May 2026`, or `on a day not known`."""
    if said is None:
        return "on a day not known"
    return f"{'on' if is_exact(said) else 'in'} {in_words(said)}"
