"""The verdict on a response duty for a day, its evidence, and which recommendations a published
response explains (Police Act 1996, s.55(5B)). Pure.

A publication is an interval of days [lo, hi] on which it can have happened. The verdict looks at
the first of them, whose day lies between the least lo and the least hi. It is "late" or "overdue"
only if that is so on every possible day. If no publication is recorded, it is "overdue" only if
silence is a breach (`projections.verdict.silence`).

A rule may ask for the chief officer's comments too (Police Act 1996, s.55(5)(b): those submitted in
accordance with subsection (4)). Then "in time" means both. The verdict is "incomplete" only if it
is shown that the body received them in time, and they were not published in time on any possible
day. No rule asks for a reply to them: only its publication shows that there is one.

An explanation says that a passage exists, not that it satisfies the Act.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Literal, Protocol, get_args

import msgspec
from msgspec.structs import replace

from ledger.dates import Interval, first_day, interval, is_exact
from ledger.events.recommendation import CAUSES, How, Kind
from ledger.events.response import Part
from ledger.events.service import Trigger
from projections.language import count_days, day, say
from projections.verdict.silence import NOBODY_LOOKED, Heard, Silence

Basis = Literal["stated", "recorded", "captured", "publisher"]
"""The basis of a date that decides, weak to strong.

`stated`: somebody's word (a typed date). `recorded`: the entry itself was made by that day.
`captured`: the bytes were received here by that day. `publisher`: the publisher's own word, bytes
held (`ledger.states.report.is_own_word`); only a report's day can have it.
"""
BASES: tuple[Basis, ...] = get_args(Basis)
AloneBasis = Literal["captured", "recorded"]
"""A basis that can show by itself, without anybody's word, by which day an act had happened."""
ALONE: tuple[AloneBasis, ...] = get_args(AloneBasis)
"""The stronger first."""
METHOD = 2
"""The number of the method of judging (docs/law.md): 1 until version 0.1, 2 since 0.2. The same
question has the same answer for ever by the same method."""
NOT_NAMED = "a party not named here"
"""The name shown for a decider whose name is a closed text."""


@dataclass(frozen=True, slots=True)
class Duty:
    """A response duty as it arose, by a rule in one version."""

    entry: str
    rule_id: str
    rule_version: int
    citation: str
    has_period: bool
    """True if there is a due date: the rule counts one, or a person gave one."""
    trigger_entry: str
    trigger_on: str | None
    trigger_basis: Basis
    due_on: date | None
    counting: str
    counts_from: Trigger = "published"
    """Which day starts the period: the report's, or another that is given with the duty."""
    read: bool = True
    """True if somebody read the wording by which the rule counts."""
    parts: tuple[Part, ...] | None = None
    """The parts that the rule wants published in time; None means the body's comments."""
    more_time_until: date | None = None
    """A later last day, from an extension that may have been granted by the day asked about and
    whose day is not exactly known. The verdict accuses nobody before that day is over."""
    ended_on: date | None = None
    """The last day of the office that owes it, if that office ended without a successor. No later
    day is counted against it."""
    denied_by: str | None = None
    """The body that the duty names, if that body says that another recorded the duty in error and
    nobody has confirmed it since. Silence is then no breach."""

    @property
    def latest_due_on(self) -> date | None:
        """The latest day that may be the last one."""
        return self.more_time_until or self.due_on


class Publication(msgspec.Struct, frozen=True, gc=False, array_like=True):
    """A publication in effect, or what was added to one later."""

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
    """True if the body itself recorded it; false if another reported it."""
    added_to: Interval | None = None
    """Where the publication lies to which these comments were seen added; None for a publication of
    its own. The comments can have been there since that publication, whenever they were seen
    (`occurred_on`)."""
    perhaps: bool = False
    """True if the publication may lack the part that is judged: no day then shows that it had the
    part."""

    @property
    def interval(self) -> Interval:
        received_by = min(self.recorded_on, self.captured_on or self.recorded_on)
        where = interval(self.occurred_on, not_before=self.not_before, received_by=received_by)
        if self.perhaps:
            return Interval(where.lo, date.max)
        if self.added_to is None:
            return where
        return Interval(self.added_to.lo, max(where.hi, self.added_to.hi))

    @property
    def lo(self) -> date | None:
        return self.interval.lo

    @property
    def hi(self) -> date:
        return self.interval.hi

    @property
    def word(self) -> str:
        """The source of its day, and how long after that day it was entered."""
        whose = say("on the body’s own word") if self.own_word else say("on another’s word")
        if not is_exact(self.occurred_on):
            return say("%(whose)s, entered on %(day)s", whose=whose, day=day(self.recorded_on))
        assert self.occurred_on is not None
        days = (self.recorded_on - date.fromisoformat(self.occurred_on)).days
        if days < 1:
            return say("%(whose)s, entered the same day", whose=whose)
        return say("%(whose)s, entered %(days)s later", whose=whose, days=count_days(days))

    def by(self, basis: AloneBasis) -> date | None:
        """Return the day by which one basis alone shows that it had happened, or None."""
        if self.perhaps:
            return None
        return self.captured_on if basis == "captured" else self.recorded_on


class Receipt(msgspec.Struct, frozen=True, gc=False, array_like=True):
    """The chief officer's comments as they reached the body."""

    entry: str
    interval: Interval
    """The days on which the body can have received them."""
    occurred_on: str | None
    recorded_on: date
    captured_on: date | None = None
    teller: Literal["body", "force", "another"] = "body"
    """The recorder: the body that owes the response, the force, or another."""
    recorder: str = ""
    """The body whose account recorded it."""
    force: str | None = None
    """The force whose chief officer commented."""
    disputed: bool = False
    """True if the body that owes the response disputes the entry."""

    def is_shown(self, due_on: date) -> bool:
        """Return whether the body's receipt is shown. Its own word shows it, or a copy received
        here by the last day. So does the force's entry made by then, unless the body disputes
        it."""
        if self.teller == "body" or (self.captured_on is not None and self.captured_on <= due_on):
            return True
        return self.teller == "force" and self.recorded_on <= due_on and not self.disputed

    def by(self, basis: AloneBasis) -> date | None:
        """Return the day by which one basis alone shows that the body had received them, or
        None."""
        return self.captured_on if basis == "captured" else self.recorded_on


class Invitation(msgspec.Struct, frozen=True, gc=False, array_like=True):
    """The body's request for the chief officer's comments before a date that it set (s.55(4))."""

    entry: str
    position: int
    interval: Interval
    """The days on which the body can have sent it."""
    before: date
    """The date by which the comments had to come. If it is not exactly known: the first day that it
    can mean."""
    recorded_on: date
    """The London date of the recording. An invitation that was entered after the last day has no
    effect."""

    def follows(self, other: "Invitation") -> bool:
        """Return whether it came after another invitation on every possible day of both."""
        lo, hi = self.interval.lo or date.min, other.interval.hi
        on_one_day = lo == self.interval.hi == other.interval.lo == hi
        return lo > hi or (on_one_day and self.position > other.position)


@dataclass(frozen=True, slots=True)
class ChiefOfficer:
    """The records about the chief officer's comments, if the rule asks for them."""

    received: Sequence[Receipt] = ()
    invited: Sequence[Invitation] = ()
    published: Sequence[Publication] = ()
    """The publications that contain them."""

    def before(self, due_on: date, on: date) -> date | None:
        """Return the date before which the comments had to come, as last set by a day. Return None
        if no invitation of that time is recorded by the last day.

        If it is not known which invitation was the last, return the earliest of their dates:
        comments after it need not be published.
        """
        entered = [one for one in self.invited if one.recorded_on <= due_on]
        begun = [one for one in entered if (one.interval.lo or date.min) <= on]
        sure = [one for one in begun if one.interval.hi <= on]
        last = [one for one in begun if not any(other.follows(one) for other in sure)]
        return min((one.before for one in last), default=None)

    def submitted(
        self, due_on: date | None, on: date, basis: AloneBasis | None = None
    ) -> list[Receipt]:
        """Return the receipts that make the comments a required part. The body's receipt is shown,
        by the day asked about, by the last day and before the date that was set. If `basis` is
        given, use that basis alone."""
        if due_on is None:
            return []
        return [one for one in self.in_time(due_on, on, basis) if one.is_shown(due_on)]

    def said_by_others(self, due_on: date | None, on: date) -> list[Receipt]:
        """Return the receipts in time that only others report: the body's own receipt is not
        shown."""
        if due_on is None:
            return []
        return [one for one in self.in_time(due_on, on) if not one.is_shown(due_on)]

    def in_time(self, due_on: date, on: date, basis: AloneBasis | None = None) -> list[Receipt]:
        """Return the receipts that, as recorded, lie by the day asked about, by the last day and
        before the date that was set, earliest first."""
        before = self.before(due_on, on) or date.max
        found = []
        for one in self.received:
            there = one.interval.hi if basis is None else one.by(basis)
            if there is not None and there <= min(on, due_on) and there < before:
                found.append(one)
        return sorted(found, key=lambda one: one.interval.hi)


NOT_ASKED = ChiefOfficer()
"""For a rule that looks at the body's own comments alone."""


@dataclass(frozen=True, slots=True)
class Extension:
    """More time was granted: the last day moved."""

    entry: str
    hi: date
    """The last day on which it can have been granted."""
    due_on: date
    """The last day that it gives."""
    granted_by: str = NOT_NAMED


class Disapplication(msgspec.Struct, frozen=True, gc=False, array_like=True):
    """Somebody decided that the duty does not apply."""

    entry: str
    hi: date
    recorded_on: date
    basis: str
    decided_by: str
    decided_on: str | None = None
    """The day of the decision, as far as it is known: exact, a month, a year, or not known."""
    with_duty: bool = False
    """True if it was recorded in the transaction that recorded the duty."""


def first(intervals: Sequence[Interval]) -> Interval | None:
    """Return the days between which the first of several acts lies: the least lo and the least hi,
    each taken separately.

    The act with the least lo need not be the one with the least hi; every day between can be the
    first one, and no other.
    """
    if not intervals:
        return None
    los = [one.lo for one in intervals if one.lo is not None]
    lo = min(los) if len(los) == len(intervals) else None
    return Interval(lo, min(one.hi for one in intervals))


def begun(publications: Sequence[Publication], effective_on: date) -> list[Publication]:
    """Return the publications that may have happened by a day. The others are no evidence yet."""
    return [one for one in publications if one.lo is None or one.lo <= effective_on]


def where(between: Interval) -> str:
    """Return `on 1 July 2025`, or `on a day between 1 July 2025 and 3 July 2025`."""
    if between.lo is None:
        return say("on a day not known, by %(day)s", day=day(between.hi))
    if between.lo >= between.hi:
        return say("on %(day)s", day=day(between.hi))
    first, last = day(between.lo), day(between.hi)
    return say("on a day between %(first)s and %(last)s", first=first, last=last)


def on_the_day(said: str | None) -> str:
    """Return `on 3 May 2026`, `in May 2026`, or `on a day not known`."""
    if said is None:
        return say("on a day not known")
    if is_exact(said):
        return say("on %(day)s", day=day(said))
    return say("in %(month)s", month=day(said))


VerdictWord = Literal[
    "not_due",
    "due",
    "overdue",
    "not_looked_for",
    "in_time",
    "incomplete",
    "late",
    "not_shown",
    "no_period",
    "disapplied",
]
VERDICTS: tuple[VerdictWord, ...] = get_args(VerdictWord)
DUE_SOON_DAYS = 14
"""`due` from this many days before the last one, `not_due` before."""


class Bases(msgspec.Struct, frozen=True, gc=False, array_like=True):
    """The bases of the two dates. `published` is None if no publication counts yet."""

    trigger: Basis
    published: Basis | None


@dataclass(frozen=True, slots=True)
class Finding:
    """The verdict's word, and the days left, overdue or late."""

    verdict: VerdictWord
    days: int | None = None
    at_least: bool = False
    days_from: date | None = field(default=None, compare=False)
    """The day that the days are counted to or from; None if their number does not depend on the day
    asked about."""


_SEVERITIES: dict[VerdictWord, int] = {
    "late": 3,
    "overdue": 3,
    "incomplete": 2,
    "not_shown": 1,
    "not_looked_for": 1,
}
"""3 if the period was not kept, 2 if only a part missed it, 1 if that is not shown or nobody
looked. The other verdicts accuse nobody."""


def improves(after: Finding, before: Finding) -> bool:
    """Return whether one verdict is better than the one before it: less severe, or fewer days late
    or overdue. Nothing improves on `not_looked_for`."""
    if before.verdict == "not_looked_for":
        return False
    if after.verdict == before.verdict and after.verdict in ("late", "overdue"):
        assert after.days is not None
        assert before.days is not None
        return after.days < before.days
    return _SEVERITIES.get(after.verdict, 0) < _SEVERITIES.get(before.verdict, 0)


class Verdict(msgspec.Struct, frozen=True, gc=False, array_like=True):
    """The verdict on a duty for a day, with its basis. A row keeps it for a stretch of days
    (`undated`)."""

    verdict: VerdictWord
    days: int | None
    """Days left (`not_due`, `due`), days overdue, or days late; None for the others."""
    days_from: date | None
    """The day that the days are counted to or from; None if their number does not depend on the day
    asked about."""
    at_least: bool
    due_on: date | None
    published_on: str | None
    """The first publication's day, exact or partial, if one recorded date gives it; else None."""
    basis: Basis
    """The weaker of the two bases: a verdict is as good as its weakest evidence."""
    bases: Bases
    between: Interval | None
    """The days between which the first possible publication lies, or None."""
    held: bool
    """True if any publication is recorded, even after the day asked about."""
    more_time_until: date | None
    """A later last day that may hold already, because of an extension; else None."""
    deciding: Publication | None
    """The publication that the verdict and its basis rest on."""
    disapplication: Disapplication | None
    """The disapplication that replaces the verdict, or else the first that came too late to do
    so."""
    submitted: Receipt | None = None
    """The first receipt that makes the chief officer's comments a required part, or None."""
    with_them: Interval | None = None
    """The days between which their first possible publication lies, if they are required and
    published."""
    hangs_on_them: bool = False
    """True if the body's own comments are in time, so that the chief officer's decide."""
    ended_on: date | None = None
    """The last day of the body's office, if nobody follows it and the verdict would be another if
    the office had gone on."""
    heard: Heard | None = None
    """The ground on which silence is a breach, if the verdict rests on silence."""
    first_held: Interval | None = None
    """The days between which the first publication lies, if every publication lies after the day
    asked about."""
    said_by_others: Receipt | None = None
    """The first receipt of the chief officer's comments on another's word, if the verdict would
    change once the body's receipt were shown."""
    denied_by: str | None = None
    """The body that says that it does not owe this, once the last day is over; else None."""
    parts_not_known: bool = False
    """True if the chief officer's comments are required and a recorded publication may or may not
    contain them."""

    @property
    def finding(self) -> "Finding":
        """The word and the days alone."""
        return Finding(self.verdict, self.days, self.at_least, self.days_from)

    @property
    def answered_on(self) -> date | None:
        """The day by which all required parts had been published; None if one is missing."""
        needed = [self.between, *([self.with_them] if self.submitted is not None else [])]
        days = [one.hi for one in needed if one is not None]
        return max(days) if len(days) == len(needed) else None

    def undated(self) -> "Verdict":
        """Return the verdict for a whole stretch of days: without the number of days, if that
        depends on the day."""
        return self if self.days_from is None else replace(self, days=None)

    def on(self, day: date) -> "Verdict":
        """Return the verdict for a day of its stretch, with the days counted."""
        if self.days_from is None:
            return self
        return replace(self, days=abs((day - self.days_from).days))


def verdict(
    duty: Duty,
    publications: Sequence[Publication],
    disapplications: Sequence[Disapplication],
    effective_on: date,
    chief_officer: ChiefOfficer = NOT_ASKED,
    silence: Silence = NOBODY_LOOKED,
) -> Verdict:
    """Return the verdict on a duty for a day. All arguments are what is known and in effect.
    `publications` are those of the body's comments; `chief_officer` holds those of the chief
    officer's, if the rule asks for them; `silence` says who looked and who keeps a record here."""
    counted = begun(publications, effective_on)
    between = first([one.interval for one in counted])
    submitted = chief_officer.submitted(duty.due_on, effective_on)
    their_comments = begun(chief_officer.published, effective_on) if submitted else []
    with_them = first([one.interval for one in their_comments])
    said = sorted(
        (one for one in disapplications if one.hi <= effective_on), key=lambda one: one.recorded_on
    )
    disapplied = any(replaces(one, duty) for one in said)
    rest = ChiefOfficerPart(bool(submitted), with_them, any(one.perhaps for one in their_comments))
    heard = silence.heard(duty.trigger_on, duty.due_on, effective_on)
    found = find(duty, between, disapplied, effective_on, rest, duty.ended_on, heard)
    over = duty.due_on is not None and effective_on > duty.due_on
    if duty.denied_by is not None and found.verdict in ("overdue", "not_looked_for"):
        found, heard = Finding("not_shown"), None
    published: Basis | None = None
    deciding: Publication | None = None
    if found.verdict == "overdue" and heard is not None and heard.how == "looked":
        published = "stated"
    if counted:
        alone = _by_basis(duty, counted, their_comments, chief_officer, effective_on)
        published = _strongest(duty, alone, disapplied, effective_on, found, rest)
        deciding = _deciding(counted, published, found)
        if their_comments and found.verdict == "in_time":
            own = _strongest(duty, alone, disapplied, effective_on, found, NO_SUCH_PART)
            if published != own:
                deciding = _deciding(their_comments, published, found)
    return Verdict(
        verdict=found.verdict,
        days=found.days,
        days_from=found.days_from,
        at_least=found.at_least,
        due_on=duty.due_on,
        published_on=_published_on(counted, between, effective_on),
        basis=min(duty.trigger_basis, published or duty.trigger_basis, key=BASES.index),
        bases=Bases(duty.trigger_basis, published),
        between=between,
        held=bool(publications),
        more_time_until=duty.more_time_until,
        deciding=deciding,
        disapplication=said[0] if said else None,
        submitted=submitted[0] if submitted else None,
        with_them=with_them,
        hangs_on_them=bool(submitted)
        and _find(duty, between, disapplied, effective_on).verdict == "in_time",
        ended_on=duty.ended_on
        if found != find(duty, between, disapplied, effective_on, rest, heard=heard)
        else None,
        heard=heard if found.verdict == "overdue" else None,
        first_held=None if counted else first([one.interval for one in publications]),
        said_by_others=_said_by_others(duty, found, chief_officer, effective_on),
        denied_by=duty.denied_by if over and not disapplied else None,
        parts_not_known=rest.perhaps,
    )


def _said_by_others(
    duty: Duty, found: Finding, chief_officer: ChiefOfficer, effective_on: date
) -> Receipt | None:
    """Return the first receipt on another's word that would change the verdict if the body's
    receipt were shown."""
    said = chief_officer.said_by_others(duty.due_on, effective_on)
    if found.verdict != "in_time" or not said:
        return None
    if chief_officer.submitted(duty.due_on, effective_on):
        return None
    their_comments = first([one.interval for one in begun(chief_officer.published, effective_on)])
    with_them = _find(duty, their_comments, False, effective_on, duty.ended_on, ALWAYS)
    return None if with_them.verdict == "in_time" else said[0]


class Owed(Protocol):
    """The parts of a duty that the rule needs."""

    @property
    def has_period(self) -> bool: ...
    @property
    def due_on(self) -> date | None: ...
    @property
    def latest_due_on(self) -> date | None: ...


@dataclass(frozen=True, slots=True)
class ChiefOfficerPart:
    """The chief officer's comments as a part to publish: whether they are required, and the days
    between which their first publication lies, if there is one."""

    required: bool
    between: Interval | None
    perhaps: bool = False
    """True if a recorded publication may or may not contain them."""


NO_SUCH_PART = ChiefOfficerPart(required=False, between=None)


ALWAYS = Heard("kept", "", None, None)
"""Silence is a breach, whoever keeps a record."""


def find(
    duty: Owed,
    between: Interval | None,
    disapplied: bool,
    effective_on: date,
    rest: ChiefOfficerPart = NO_SUCH_PART,
    ended_on: date | None = None,
    heard: Heard | None = None,
) -> Finding:
    """Apply the rule to the body's comments, whose first publication lies `between` two days, and
    then to the chief officer's (`rest`). These are judged in the same way once the body's are in
    time. If they are late or absent after the last day, the verdict is `incomplete`, or `not_shown`
    if a publication's parts are not known.

    `ended_on` is the last day of an office without a successor: no later day is counted, and the
    verdict accuses nobody if the office ended before the breach. `heard` is the ground on which
    silence is a breach. For `rest` silence always is one, since a response of the body is recorded.
    """
    found = _find(duty, between, disapplied, effective_on, ended_on, heard)
    if found.verdict != "in_time" or not rest.required:
        return found
    other = _find(duty, rest.between, disapplied, effective_on, ended_on, ALWAYS)
    if other.verdict not in ("late", "overdue"):
        return other
    return Finding("not_shown" if rest.perhaps else "incomplete")


def _find(
    duty: Owed,
    between: Interval | None,
    disapplied: bool,
    effective_on: date,
    ended_on: date | None = None,
    heard: Heard | None = None,
) -> Finding:
    """Apply the rule to one part alone.

    A rule without a period comes first, since no day could then make a difference. An extension
    that may have been granted already neither takes back a verdict that accuses nobody nor lets one
    accuse.
    """
    due_on, latest = duty.due_on, duty.latest_due_on
    if not duty.has_period:
        return Finding("no_period")
    if due_on is None or latest is None:
        return Finding("not_shown")
    if disapplied:
        return Finding("disapplied")
    counted_to = ended_on or date.max
    if between is not None and between.hi <= effective_on:
        lo = between.lo or date.min  # no bound below: any day before
        if between.hi <= due_on:
            return Finding("in_time")
        if min(lo, counted_to) > latest:
            at_least = lo != between.hi or latest != due_on
            return Finding("late", (min(lo, counted_to) - latest).days, at_least)
        return Finding("not_shown")
    left = (due_on - effective_on).days
    if left >= 0:
        word: VerdictWord = "due" if left <= DUE_SOON_DAYS else "not_due"
        return Finding(word, left, days_from=due_on)
    if between is None or (between.lo or date.min) > effective_on:
        if heard is None:
            return Finding("not_looked_for")
        if (until := min(heard.to or effective_on, counted_to)) <= latest:
            return Finding("not_shown")
        goes_on = until == effective_on and not heard.at_least
        at_least = heard.at_least or latest != due_on
        return Finding("overdue", (until - latest).days, at_least, latest if goes_on else None)
    # It may have happened already: accuse of no more than holds on every possible day.
    if between.lo is not None and (until := min(between.lo, counted_to)) > latest:
        return Finding("late", (until - latest).days, at_least=True)
    return Finding("not_shown")


def replaces(disapplication: Disapplication, duty: Duty) -> bool:
    """Return whether a disapplication replaces the verdict: it was recorded by the last day, or
    together with the duty. A later one stands beside the verdict."""
    if disapplication.with_duty:
        return True
    return duty.due_on is not None and disapplication.recorded_on <= duty.due_on


@dataclass(frozen=True, slots=True)
class ByBasis:
    """The days that one basis alone gives: for the first publication of the body's comments, and
    for that of the chief officer's; and whether these are required."""

    basis: AloneBasis
    own: Interval
    their_comments: Interval | None
    required: bool


def _by_basis(
    duty: Duty,
    counted: Sequence[Publication],
    their_comments: Sequence[Publication],
    chief_officer: ChiefOfficer,
    effective_on: date,
) -> list[ByBasis]:
    """Return what each basis alone shows of the publications, the strongest basis first."""
    return [
        ByBasis(
            basis,
            Interval(None, min(days)),
            _alone(their_comments, basis),
            bool(chief_officer.submitted(duty.due_on, effective_on, basis)),
        )
        for basis in ALONE
        if (days := [day for one in counted if (day := one.by(basis)) is not None])
    ]


def _strongest(
    duty: Duty,
    alone: Sequence[ByBasis],
    disapplied: bool,
    on: date,
    found: Finding,
    rest: ChiefOfficerPart,
) -> Basis:
    """Return the strongest basis that alone gives this verdict, to the day.

    From strong to weak, the verdict is worked out again by each basis alone (`alone`), without the
    publications of which it shows nothing. Recordings and captures bound a day from above only.
    They can show that a response was in time, or leave it not shown, but a late one always rests on
    somebody's word. If only the bases together give the verdict (reported for August, entered on 1
    August), its basis is the weakest of them: `stated`, since among captures and recordings the
    earliest alone decides.

    If the chief officer's comments were published in time, their receipt is taken as known. A basis
    that gives `incomplete` has to show the receipt too.
    """
    for one in alone:
        rest_alone = ChiefOfficerPart(rest.required, one.their_comments)
        again = find(duty, one.own, disapplied, on, rest_alone)
        if again == found and (one.required or found.verdict != "incomplete"):
            return one.basis
    return "stated"


def _alone(several: Sequence[Publication], basis: AloneBasis) -> Interval | None:
    """Return the days between which the first of several publications lies, by one basis alone.
    Any day is possible if the basis shows nothing of them. Return None without publications."""
    if not several:
        return None
    days = [day for one in several if (day := one.by(basis)) is not None]
    return Interval(None, min(days, default=date.max))


def _published_on(
    counted: Sequence[Publication], between: Interval | None, effective_on: date
) -> str | None:
    """Return the first publication's day as its entry gives it, once it has happened for certain.

    Return None if another publication may have been the first, on a day that is not known.
    """
    if between is None or between.hi > effective_on:
        return None
    said = [one.occurred_on for one in counted if one.interval == between and one.occurred_on]
    said = [day for day in said if first_day(day) <= effective_on]
    return max(said, key=len, default=None)  # if two mean the same day, take the exact one


def _deciding(counted: Sequence[Publication], basis: Basis, found: Finding) -> Publication:
    """Return the publication with the earliest day by that basis: for "late", the earliest
    possible."""

    def day(one: Publication) -> tuple[date, int]:
        if found.verdict == "late":
            assert one.lo is not None  # else it need not have been late
            return one.lo, one.position
        if basis == "captured" or basis == "recorded":
            return one.by(basis) or date.max, one.position
        return one.hi, one.position

    return min(counted, key=day)


ListedBy = Literal["report", "response"]


class Explained(msgspec.Struct, frozen=True, gc=False, array_like=True):
    """A statement's passage about a recommendation, with the days on which it can have been
    published.

    `how` is `not_known` for a statement that was recorded without its text, if nothing is recorded
    of what it says about the recommendation. `until` is the first day on which a later wording was
    seen: from then on that wording counts.
    """

    entry: str
    how: How | Literal["not_known"]
    lo: date | None
    hi: date
    until: date | None = None


_NOT_LOOKED_FOR = Explained("", "not_known", None, date.min)
"""The explanation of any recommendation if nobody looked for the response: nothing is known of
it."""


class Listed(msgspec.Struct, frozen=True, gc=False, array_like=True):
    """A recommendation to one addressee that the response has to explain, and what the response
    says about it. `hi` is the day by which it was raised. Rows store it in this form."""

    number: str
    key: str
    addressee: str
    kind: Kind
    hi: date
    explained: tuple[Explained, ...]
    parent: str | None = None
    """The key of the cause of concern that it belongs to."""


class Causes(msgspec.Struct, frozen=True, gc=False, array_like=True):
    """Counts of causes of concern. They stand beside the recommendations and are not counted among
    them."""

    addressed: int
    without_recommendations: int
    """The causes of concern without a recommendation of their own, which no count includes."""
    explained_now: int | None
    """How many of these the response names or covers in general; None if a response without its
    text may do so, or if nobody looked for a response."""


class Coverage(msgspec.Struct, frozen=True, gc=False, array_like=True):
    """Counts of recommendations. `listed_by` is `response` if the report's own list is not recorded
    here. A count is None if a response that was recorded without its text could change it, or if
    nobody looked for a response."""

    listed_by: ListedBy
    addressed: int
    explained_by_due: int | None
    """Shown to be explained by the due date; None also if the verdict is `not_shown` or
    `not_looked_for`, or if there is no due date."""
    explained_now: int | None
    general: int | None
    """The recommendations that are explained in general terms only and named nowhere."""
    not_known: int = 0
    """The recommendations of which it is not known whether they are explained, because a response
    lacks its text here, or nobody looked for one."""
    causes_of_concern: Causes = Causes(0, 0, 0)


def coverage(
    listed: Sequence[Listed],
    *,
    listed_by: ListedBy,
    due_on: date | None,
    verdict: VerdictWord,
    effective_on: date,
) -> Coverage:
    """Return how many of the recommendations are explained, by the due date and by the day asked
    about.

    Only the kind `recommendation` counts, since s.55(5B) speaks of recommendations. An area for
    improvement is not one. A cause of concern has recommendations of its own (`parent`), and
    counting both would count the same thing twice. A cause of concern without any stands beside the
    counts (`causes_of_concern`): whether the Act wants it explained is not ours to say.

    A recommendation to several addressees counts once: a passage about it explains it. `not_found`
    explains nothing. An explanation counts from the last day on which it can have been published;
    one that was added to the page, from the day on which it was seen there. It no longer counts
    from the day on which it was seen to be gone.
    """
    here = [one for one in listed if one.hi <= effective_on]
    if verdict == "not_looked_for":
        here = [replace(one, explained=(_NOT_LOOKED_FOR,)) for one in here]
    recommendations = list(_by_key(here, ("recommendation",)).values())
    now = [_how(one, effective_on) for one in recommendations]
    by_due: int | None = None
    if due_on is not None and verdict not in ("not_shown", "not_looked_for"):
        then = min(due_on, effective_on)
        by_due = _many([_how(one, then) for one in recommendations])
    may_be_named = any("not_known" in how and "named" not in how for how in now)
    return Coverage(
        listed_by=listed_by,
        addressed=len(recommendations),
        explained_by_due=by_due,
        explained_now=_many(now),
        general=None if may_be_named else sum(1 for how in now if how == {"general"}),
        not_known=sum(1 for how in now if how == {"not_known"}),
        causes_of_concern=_causes(here, effective_on),
    )


def _many(hows: Sequence[set[str]]) -> int | None:
    """Return how many recommendations are explained; None if that is not known of one of them."""
    if {"not_known"} in hows:
        return None
    return sum(1 for how in hows if how)


def _by_key(listed: Sequence[Listed], kinds: Sequence[str]) -> dict[str, tuple[Explained, ...]]:
    """Return the passages about the recommendations of some kinds, by key, so that one with several
    addressees counts once."""
    explained: dict[str, tuple[Explained, ...]] = {}
    for one in listed:
        if one.kind in kinds:
            explained[one.key] = explained.get(one.key, ()) + one.explained
    return explained


def _causes(here: Sequence[Listed], effective_on: date) -> Causes:
    causes = _by_key(here, CAUSES)
    followed = {one.parent for one in here if one.kind == "recommendation"}
    without = {key: explained for key, explained in causes.items() if key not in followed}
    return Causes(
        addressed=len(causes),
        without_recommendations=len(without),
        explained_now=_many([_how(one, effective_on) for one in without.values()]),
    )


def _how(explained: tuple[Explained, ...], by: date) -> set[str]:
    """Return the ways in which a recommendation is explained by a day; an empty set if it is not.
    `not_known` is among them if a response without its text may explain it."""
    return {
        one.how
        for one in explained
        if one.hi <= by and (one.until is None or by < one.until) and one.how != "not_found"
    }
