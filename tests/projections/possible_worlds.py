"""An oracle of verdicts, written from the law's page alone. It knows what was sent to the service
and taken, and nothing of the log.

A day that is not known exactly is an interval. An accusation has to be true in every world, that
is on every day that each act can have had, and so has `in_time`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from typing import Literal, NamedTuple

OFFICE, MAYOR, FORCE = "cumbria-pfcc", "cumbria-mayor", "cumbria-constabulary"
PERIOD = timedelta(days=55)
DAY = timedelta(days=1)
SOON = 14
Kind = Literal[
    "report",
    "published",
    "added",
    "comments",
    "invited",
    "looked",
    "disapplied",
    "confirmed",
    "disputed",
    "corrected",
    "retracted",
    "kept",
    "succeeded",
]


class Days(NamedTuple):
    """The first and the last day on which something can have happened."""

    lo: date
    hi: date


@dataclass(frozen=True, kw_only=True)
class Noted:
    """An act that the service took."""

    kind: Kind
    id: str
    position: int
    recorded_on: date
    recorder: str
    """The body of the account that recorded it."""
    said: str | None = None
    """Its day as it was said: a day, a month or a year; None: not known."""
    captured_on: date | None = None
    """When the copy was received that it cites."""
    parts: tuple[str, ...] = ()
    """The parts of a publication. If it is empty, they are not known."""
    before: str | None = None
    """The day before which an invitation wants comments."""
    target: str = ""
    """The entry that it corrects, retracts, disputes or adds to."""
    field: str = ""
    """The field that a correction changes. If it is empty, `said` is the corrected day."""
    basis: str = ""
    until: str | None = None
    duty_by: str | None = None
    """The body of the account by which the duty was recorded, or worked out anew."""


class Said(NamedTuple):
    """The part of an answer about a response that the oracle gives."""

    verdict: str
    days: int | None
    at_least: bool


def spans(said: str | None) -> Days:
    """Return the first and the last day of a day, a month or a year."""
    if said is None:
        return Days(date.min, date.max)
    if len(said) == 10:
        return Days(date.fromisoformat(said), date.fromisoformat(said))
    year, month = int(said[:4]), int(said[5:7] or 0)
    after = date(year + month // 12, month % 12 + 1, 1) if month else date(year + 1, 1, 1)
    return Days(date(year, month or 1, 1), after - DAY)


def _as_corrected(one: Noted, now: Mapping[tuple[str, str], Noted]) -> Noted:
    """Return an act with the last corrections of its day, of its first part and of the day that it
    sets."""
    if (day := now.get((one.id, ""))) is not None:
        one = replace(one, said=day.said)
    if (part := now.get((one.id, "parts.0"))) is not None:
        one = replace(one, parts=(*part.parts, *one.parts[1:]))
    if (set_ := now.get((one.id, "reply_by"))) is not None:
        one = replace(one, before=set_.before)
    return one


@dataclass
class Matter:
    """A report to Cumbria's office, with all that was taken about it and about the office."""

    acts: Sequence[Noted]
    known_at: int
    on: date
    known: list[Noted] = field(init=False)

    def __post_init__(self) -> None:
        then = sorted(
            (one for one in self.acts if one.position <= self.known_at),
            key=lambda one: one.position,
        )
        gone: set[str] = set()
        for one in reversed(then):
            if one.kind == "retracted" and one.id not in gone:
                gone.add(one.target)
        stands = [one for one in then if one.id not in gone]
        now = {(one.target, one.field): one for one in stands if one.kind == "corrected"}
        self.known = [_as_corrected(one, now) for one in stands]

    def of(self, kind: Kind) -> list[Noted]:
        return [one for one in self.known if one.kind == kind]

    @property
    def report(self) -> Noted | None:
        return next(iter(self.of("report")), None)

    @property
    def is_there(self) -> bool:
        return self.report is not None and self.days(self.report, date.min).hi <= self.on

    @property
    def published_on(self) -> date | None:
        """The day on which the report was published, if that is known exactly."""
        assert self.report is not None
        said = self.report.said
        return date.fromisoformat(said) if said and len(said) == 10 else None

    @property
    def due_on(self) -> date | None:
        day = self.published_on
        return day + PERIOD if day else None

    def days(self, one: Noted, not_before: date | None = None) -> Days:
        """Return when an act can have happened: not before the report, and not after it was
        recorded or its copy was received."""
        if not_before is None:
            assert self.report is not None
            not_before = spans(self.report.said).lo
        lo, hi = spans(one.said)
        hi = min(hi, one.recorded_on, one.captured_on or date.max)
        return Days(min(max(lo, not_before), hi), hi)

    def with_part(self, part: str) -> list[Days]:
        """Return when each publication that is known to have a part can have been. A part that was
        added later can have been there as soon as its publication."""
        published = {one.id: self.days(one) for one in self.of("published")}
        found = [self.days(one) for one in self.of("published") if part in one.parts]
        if part == "comments":
            found += [self.days(one) for one in self.of("published") if not one.parts]
            return found
        for one in self.of("added"):
            if (to := published.get(one.target)) is not None:
                found.append(Days(to.lo, max(to.hi, self.days(one).hi)))
        return found

    # Holders of the office

    @property
    def succession(self) -> date | None:
        """The first day of the mayor, if it is known that one follows."""
        said = [one.said for one in self.of("succeeded")]
        return date.fromisoformat(said[-1]) if said and said[-1] else None

    def holder(self, day: date) -> str:
        first = self.succession
        return MAYOR if first is not None and first <= day else OFFICE

    @property
    def counted_with(self) -> str:
        """Return whoever held the office when the response was settled, or holds it."""
        days = [self.on]
        if self.due_on is not None:
            days.append(self.due_on + DAY)
        needed = [self.with_part("comments")]
        if self.theirs_are_required:
            needed.append(self.with_part("chief_officer_comments"))
        begun = [[one for one in part if one.lo <= self.on] for part in needed]
        if all(begun):
            days.append(max(min(one.hi for one in part) for part in begun))
        return self.holder(min(days))

    # The verdict

    def judged(self) -> Said:
        if self.due_on is None:
            return Said("not_shown", None, False)
        due, on = self.due_on, self.on
        if any(self.days(one).hi <= on and one.recorded_on <= due for one in self.of("disapplied")):
            return Said("disapplied", None, False)
        own = self.with_part("comments")
        lo = min((one.lo for one in own), default=date.max)
        hi = min((one.hi for one in own), default=date.max)
        if hi <= min(on, due):
            return self._with_theirs(due)
        if on <= due:
            return self._pending(due)
        if lo > on:
            return self._of_silence(due)
        if lo > due:
            return Said("late", (lo - due).days, lo != hi)
        return Said("not_shown", None, False)

    def _pending(self, due: date) -> Said:
        left = (due - self.on).days
        return Said("due" if left <= SOON else "not_due", left, False)

    def _with_theirs(self, due: date) -> Said:
        """Return the verdict where the office's own comments were in time."""
        theirs = self.with_part("chief_officer_comments")
        if not self.theirs_are_required or any(one.hi <= min(self.on, due) for one in theirs):
            return Said("in_time", None, False)
        if self.on <= due:
            return self._pending(due)
        perhaps = any(
            not one.parts and self.days(one).lo <= self.on for one in self.of("published")
        )
        if perhaps or any(one.lo <= due for one in theirs):
            return Said("not_shown", None, False)
        return Said("incomplete", None, False)

    @property
    def theirs_are_required(self) -> bool:
        """Return whether it is shown that the office had the chief officer's comments by the last
        day, and before the day that it had set for them."""
        if (due := self.due_on) is None:
            return False
        before = min((spans(one).lo for one in self._days_set(due)), default=date.max)
        return any(
            self.days(one).hi <= min(due, self.on)
            and self.days(one).hi < before
            and self._receipt_is_shown(one, due)
            for one in self.of("comments")
        )

    def _receipt_is_shown(self, one: Noted, due: date) -> bool:
        if one.recorder in (OFFICE, self.holder(due + DAY)):
            return True
        if one.captured_on is not None and one.captured_on <= due:
            return True
        disputed = any(other.target == one.id for other in self.of("disputed"))
        return one.recorder == FORCE and one.recorded_on <= due and not disputed

    def _days_set(self, due: date) -> list[str]:
        """Return the days that an invitation can have set last. One that was entered after the
        last day binds nobody."""
        begun = [
            one
            for one in self.of("invited")
            if one.recorded_on <= due and self.days(one).lo <= self.on
        ]
        return [
            str(one.before)
            for one in begun
            if not any(
                self.days(other).hi <= self.on and self._follows(other, one) for other in begun
            )
        ]

    def _follows(self, other: Noted, one: Noted) -> bool:
        """Return whether an act surely came after another."""
        mine, theirs = self.days(one), self.days(other)
        exact = mine.lo == mine.hi == theirs.lo == theirs.hi
        return theirs.lo > mine.hi or (exact and other.position > one.position)

    def _of_silence(self, due: date) -> Said:
        """Return the verdict after the last day where nothing was published by then."""
        if self._is_denied:
            return Said("not_shown", None, False)
        owes = self.holder(due + DAY)
        for form in self.known:
            if form.duty_by == owes and form.recorded_on <= due:
                return Said("overdue", (self.on - due).days, False)
        if (to := self._kept_up_to(owes, due)) is not None:
            return Said("overdue", (to - due).days, to < self.on)
        looked = [self.days(one) for one in self.of("looked")]
        later = [one.lo for one in looked if one.hi <= self.on and one.lo > due]
        if later:
            return Said("overdue", (max(later) - due).days, True)
        return Said("not_looked_for", None, False)

    def _kept_up_to(self, owes: str, due: date) -> date | None:
        """Return the last day by which silence is a breach, since the office keeps its record."""
        assert self.published_on is not None
        kept = [
            one
            for one in self.of("kept")
            if one.recorder == owes and str(one.said) <= self.published_on.isoformat()
        ]
        if not kept:
            return None
        ends = [date.fromisoformat(kept[-1].until)] if kept[-1].until else []
        if owes == OFFICE and self.succession is not None:
            ends.append(self.succession - DAY)
        last = min([self.on, *ends])
        return last if last > due else None

    @property
    def _is_denied(self) -> bool:
        """Return whether the office says that another body recorded the duty in error, unless
        somebody confirmed it since."""
        assert self.report is not None
        denied = False
        for one in self.known:
            if one.kind == "disapplied" and one.basis == "recorded_in_error":
                denied = True
            denied = denied and one.kind != "confirmed"
        return denied and self.report.recorder != OFFICE
