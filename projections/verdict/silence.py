"""The rule on when silence is a breach (domain.md, "Silence is a breach only where somebody
looked"). Pure.

A duty without a publication past its last day is overdue in one of two cases. Either the body that
owes the response keeps its record here by its own word, or its own clerk entered this very duty by
the last day. Or somebody looked for the response after the last day and did not find it. Else the
verdict is `not_looked_for`.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal

import msgspec

from ledger.dates import Interval, first_day


class KeepingSaid(msgspec.Struct, frozen=True, gc=False, array_like=True):
    """A body's statement on keeping its record here, for reports published from a day on."""

    entry: str
    since: date
    until: date | None
    """The last day on which it keeps its record here; None if it gave no end."""


class Holder(msgspec.Struct, frozen=True, gc=False, array_like=True):
    """A body that holds the office from a day on, and its statements on keeping its record here."""

    body: str
    since: date
    last_day: date | None
    """The last day on which it holds the office, if one is known."""
    said: tuple[KeepingSaid, ...] = ()
    """Its statements, the newest last: each replaces those before it for the reports that it
    covers."""

    def keeps(self, day: date) -> KeepingSaid | None:
        """Return its latest statement that covers reports published on a day; None if no statement
        does."""
        return next((one for one in reversed(self.said) if one.since <= day), None)


class Entered(msgspec.Struct, frozen=True, gc=False, array_like=True):
    """A form of the duty that a person entered, neither imported nor entered long afterwards."""

    entry: str
    body: str
    """The body of the account that entered it."""
    recorded_on: date


class LookUp(msgspec.Struct, frozen=True, gc=False, array_like=True):
    """A search for the response that did not find it."""

    entry: str
    position: int
    interval: Interval
    """The days on which they can have looked."""
    by: str | None
    """The body that looked; None if the account belongs to no body."""


How = Literal["kept", "entered", "looked"]


class Heard(msgspec.Struct, frozen=True, gc=False, array_like=True):
    """The ground on which silence is a breach, and the day up to which it holds."""

    how: How
    entry: str
    body: str | None
    """The body that keeps its record here, entered the duty, or looked."""
    to: date | None
    """The day after which nothing is known; None: the ground holds up to the day asked about."""

    @property
    def at_least(self) -> bool:
        """Return whether the true number of days may be larger."""
        return self.to is not None


@dataclass(frozen=True, slots=True)
class Silence:
    """All that is known of a response beside its publications: who holds the office, who entered
    the duty, and who looked."""

    holders: Sequence[Holder] = ()
    entered: Sequence[Entered] = ()
    looked: Sequence[LookUp] = ()

    @property
    def turns(self) -> set[date]:
        """The days on which the ground for a breach can change, beside the duty's last day."""
        found = {one.interval.hi for one in self.looked}
        for holder in self.holders:
            ends = [holder.last_day, *(one.until for one in holder.said)]
            found |= {day + timedelta(days=1) for day in ends if day and day < date.max}
        return found

    def owed_by(self, due_on: date) -> Holder | None:
        """Return the body that holds the office on the day after the last one: it owes what is not
        published by then. Return None if nobody holds it."""
        after = due_on + timedelta(days=1)
        return next((one for one in reversed(self.holders) if one.since <= after), None)

    def heard(self, trigger_on: str | None, due_on: date | None, on: date) -> Heard | None:
        """Return the ground on which silence is a breach on a day after the last one, or None."""
        if due_on is None:
            return None
        holder = self.owed_by(due_on)
        if holder is not None:
            for one in self.entered:
                if one.body == holder.body and one.recorded_on <= due_on:
                    return Heard("entered", one.entry, holder.body, None)
            if (kept := _kept(holder, trigger_on, due_on, on)) is not None:
                return kept
        later = [one for one in self.looked if one.interval.hi <= on and _lo(one) > due_on]
        if not later:
            return None
        last = max(later, key=lambda one: (_lo(one), one.position))
        return Heard("looked", last.entry, last.by, _lo(last))


def _kept(holder: Holder, trigger_on: str | None, due_on: date, on: date) -> Heard | None:
    """Return the body's statement that it keeps its record here as a ground, up to the day on which
    it or the office ended. Return None if either ended by the last day."""
    said = holder.keeps(first_day(trigger_on)) if trigger_on is not None else None
    if said is None:
        return None
    ends = [day for day in (said.until, holder.last_day) if day is not None]
    if any(day <= due_on for day in ends):
        return None
    over = [day for day in ends if day < on]
    return Heard("kept", said.entry, holder.body, min(over, default=None))


def _lo(one: LookUp) -> date:
    return one.interval.lo or date.min


NOBODY_LOOKED = Silence()
"""Silence is no breach: there was no look-up, and no body keeps its record here."""
