"""The verdict on a response duty, as known at a position; and each entry after the last day that
improved it. It follows from the duty and the days on which a response can have been published.

This is domain.md, section 5, step by step. A day that is not known is minus infinity on its left
side. The rules need the log and the register alone, so the same response can be asked about at
every position. The last day of a period is counted day by day.

A response of which nothing is recorded is overdue only where silence is a breach. Silence is one if
the body that owes it keeps its record here, or entered the duty itself by the last day, or if
somebody looked.

The bank holidays of England and Wales are those of the Banking and Financial Dealings Act 1971,
Schedule 1, and Good Friday and Christmas Day (common law). New Year's Day and the first Monday in
May were proclaimed each year since 1974 and 1978. If one falls on a weekend, another day takes its
place. Proclamations moved some days, or gave one once. Easter is by the anonymous Gregorian
algorithm.
"""

from calendar import monthrange
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import date, timedelta
from itertools import groupby
from typing import Any

from ledger.replay.log import Log, LogEntry
from ledger.replay.world import (
    SERVICE,
    Act,
    Holder,
    Interval,
    Report,
    World,
    concerned_by,
    first_day,
    gone_since,
    in_effect,
    moment,
    place,
    received_on,
    register_at,
    report_at,
)

SOON = 14
STRENGTH = ("stated", "recorded", "captured", "publisher")
EVERYTHING = "everything"
"""Whatever shows it, beside `captured` and `recorded` alone."""


@dataclass(frozen=True, slots=True)
class Duty:
    """A duty, with its last day if a period is set and its first day is known."""

    due_on: date | None
    latest: date | None
    """The last day with the extensions that may have been granted by the day asked. A response is
    not late or overdue before it is over."""
    has_period: bool
    disapplied: bool = False
    """True if a disapplication counts: effective by the day asked, recorded by the last day."""
    gone: date | None = None
    """The last day on which anybody held the office, if nobody does on the day asked."""
    heard: "Heard | None" = None
    """The reason why silence is a breach on the day asked; None if nobody has said that they
    looked."""
    denied: bool = False
    """True if the body says that another recorded it in error, and nobody confirmed it since."""

    def beyond(self, day: date) -> int:
        """Count the days of a day past the last one, among those on which somebody held the
        office."""
        assert self.latest is not None
        return (min(day, self.gone or day) - self.latest).days


@dataclass(frozen=True, slots=True)
class Heard:
    """The day up to which silence is a breach, and whether later days are unknown."""

    to: date
    at_least: bool
    looked: bool = False
    """True if somebody looked."""


@dataclass(frozen=True, slots=True)
class Verdict:
    verdict: str
    days: int | None = None
    at_least: bool = False


@dataclass(frozen=True, slots=True)
class Dated:
    """A part as published, or received: the days on which that can have been, and those that each
    kind of evidence shows."""

    days: Interval
    recorded_on: date
    captured_on: date | None
    not_before: date | None
    said: str | None
    unsure: bool = False
    """True if it may not have the part. Then no day shows that it had."""


@dataclass(frozen=True, slots=True)
class Received:
    """The chief officer's comments as received, by whose word."""

    dated: Dated
    own: bool
    """True if the body that owes the response recorded it."""
    by_the_force: bool
    disputed: bool

    def is_shown(self, due_on: date) -> bool:
        """Return whether the body's receipt of the comments is shown.

        It said so itself, a copy was here by the last day, or the force had entered it by then and
        the body does not dispute that.
        """
        if self.own or (self.dated.captured_on or date.max) <= due_on:
            return True
        return self.by_the_force and not self.disputed and self.dated.recorded_on <= due_on


@dataclass(frozen=True, slots=True)
class Asked:
    """The body asked for them before a day."""

    days: Interval
    position: int
    before: date
    recorded_on: date


@dataclass(frozen=True, slots=True)
class ChiefOfficerComments:
    """The chief officer's comments, where the rule of the duty asks for them."""

    received: list[Received]
    asked_before: list[Asked]
    published: list[Dated]

    def required(self, due_on: date | None, on: date, evidence: str) -> bool:
        """Return whether some comments had come for certain in time to be published.

        They came by a day and by the last day, and before the day that the body had set in its last
        request, if it had set one. Where the last request can be any of several, the first of their
        days counts.
        """
        if due_on is None:
            return False
        in_time = [one for one in self.asked_before if one.recorded_on <= due_on]
        over = [one for one in in_time if one.days.hi <= on]
        limits = [
            one.before
            for one in in_time
            if _begun(one.days, on) and not any(_later(other, one) for other in over)
        ]
        for one in self.received:
            if not one.is_shown(due_on):
                continue
            come = one.dated.days.hi
            if evidence != EVERYTHING:
                shown = one.dated.recorded_on
                if evidence == "captured":
                    shown = one.dated.captured_on or date.max
                come = shown
            if come <= due_on and come <= on and all(come < day for day in limits):
                return True
        return False


def _later(one: Asked, other: Asked) -> bool:
    """Return whether one request came after another for certain. Those of one day came in the order
    of the log."""
    if one.days.lo is None:
        return False
    same = one.days.lo == one.days.hi == other.days.lo == other.days.hi
    return one.position > other.position if same else one.days.lo > other.days.hi


def _begun(days: Interval, on: date) -> bool:
    return days.lo is None or days.lo <= on


def of_a_part(duty: Duty, published: Sequence[Interval], on: date, heard: Heard | None) -> Verdict:
    """Return the verdict on a day as if one part were the whole duty. `heard`: the reason why
    silence is a breach."""
    due_on, latest = duty.due_on, duty.latest
    if not duty.has_period:  # nor does an extension give it one
        return Verdict("no_period")
    if due_on is None or latest is None:
        return Verdict("not_shown")
    if duty.disapplied:
        return Verdict("disapplied")
    lo = min((one.lo or date.min for one in published), default=date.max)
    hi = min((one.hi for one in published), default=date.max)
    unsure = latest != due_on
    if hi <= on and hi <= due_on:
        return Verdict("in_time")
    if on <= due_on and (not published or lo > on or hi > on):
        left = (due_on - on).days
        return Verdict("due" if left <= SOON else "not_due", left)
    if not published or lo > on:
        if heard is None:
            return Verdict("not_looked_for")
        days, word, at_least = duty.beyond(heard.to), "overdue", unsure or heard.at_least
    else:
        days, word, at_least = duty.beyond(lo), "late", lo != hi or unsure
    return Verdict(word, days, at_least) if days > 0 else Verdict("not_shown")


def verdict(
    duty: Duty,
    published: Sequence[Dated],
    chief_officer: ChiefOfficerComments | None,
    on: date,
    evidence: str = EVERYTHING,
) -> Verdict:
    """Return the verdict on a day, by everything or by captures or recordings alone.

    In time means with the chief officer's comments, where they are required.
    """
    judged = of_a_part(duty, _shown(published, on, evidence), on, duty.heard)
    if duty.denied and judged.verdict in ("overdue", "not_looked_for"):
        return Verdict("not_shown")
    if judged.verdict != "in_time" or chief_officer is None:
        return judged
    if not chief_officer.required(duty.due_on, on, EVERYTHING):
        return judged
    counted = _shown(chief_officer.published, on, evidence)
    there = [one for one in chief_officer.published if _begun(one.days, on)]
    if there and not counted:  # the evidence shows nothing of what there is: it may be any day
        counted = [Interval(there[0].not_before, date.max)]
    rest = of_a_part(duty, counted, on, Heard(on, at_least=False))
    if rest.verdict not in ("late", "overdue"):
        return rest
    if any(one.unsure for one in there):
        return Verdict("not_shown")
    # Against the body: the evidence shows by itself that they had come, or it shows nothing.
    return Verdict("incomplete") if chief_officer.required(duty.due_on, on, evidence) else judged


def _shown(several: Sequence[Dated], on: date, evidence: str) -> list[Interval]:
    """Return the days of those that may have happened by a day, by everything or by one kind of
    evidence.

    A capture, or the recording, shows by which day something was published, and not from which.
    """
    begun = [one for one in several if _begun(one.days, on)]
    shown: list[tuple[Dated, date | None, date | None]] = []
    for one in begun:
        if evidence == EVERYTHING:
            shown.append((one, one.days.lo, one.days.hi))
        else:
            by = one.captured_on if evidence == "captured" else one.recorded_on
            shown.append((one, one.not_before, by))
    return [Interval(lo, date.max if one.unsure else hi) for one, lo, hi in shown if hi]


def basis(
    duty: Duty,
    published: Sequence[Dated],
    chief_officer: ChiefOfficerComments | None,
    on: date,
) -> str | None:
    """Return the strongest evidence that alone gives the verdict; None if nothing is recorded."""
    if not any(_begun(one.days, on) for one in published):
        overdue = verdict(duty, published, chief_officer, on).verdict == "overdue"
        return "stated" if overdue and duty.heard and duty.heard.looked else None
    found = verdict(duty, published, chief_officer, on)
    for evidence in ("captured", "recorded"):
        shown = _shown(published, on, evidence)
        if shown and verdict(duty, published, chief_officer, on, evidence) == found:
            return evidence
    return "stated"


def weaker(one: str, other: str | None) -> str:
    """Return the weaker of two bases."""
    return min(one, other or one, key=STRENGTH.index)


def day_shown(published: Sequence[Dated], on: date) -> str | None:
    """Return the day that the earliest publication states, if it must be the first of all.

    None if the first can lie elsewhere, or the day is not over. If two publications qualify, the
    more exact day counts. A publication whose day was corrected to after the capture that it cites
    had happened when that came. Its day is not told before the capture has come.
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
    """Return whether one verdict is better than another: less severe, or fewer days of the same. A
    verdict `not_looked_for` cannot be improved on."""
    if before.verdict == "not_looked_for":
        return False
    worst_first = (("late", "overdue"), ("incomplete",), ("not_shown", "not_looked_for"))
    was, is_now = (
        next((n for n, words in enumerate(worst_first) if one.verdict in words), len(worst_first))
        for one in (before, now)
    )
    if was == is_now == 0 and now.verdict == before.verdict:
        return (now.days or 0) < (before.days or 0)
    return is_now > was


@dataclass(frozen=True, slots=True)
class Owed:
    """A response as known at a position: the duty that counts, what moved or lifted it by a day."""

    report: Report
    arose: Act
    duty: Duty
    published: list[Dated]
    """The publications in effect that have the body's comments, whenever they were."""
    chief_officer: ChiefOfficerComments | None

    def on(self, day: date) -> Verdict:
        return verdict(self.duty, self.published, self.chief_officer, day)

    def answered_on(self, on: date) -> date | None:
        """Return the day by which everything that must be published was, as far as it may have
        begun by a day; None if anything is missing."""
        parts = [_shown(self.published, on, EVERYTHING)]
        part = self.chief_officer
        if part is not None and part.required(self.duty.due_on, on, EVERYTHING):
            parts.append(_shown(part.published, on, EVERYTHING))
        if not all(parts):
            return None
        return max(min(one.hi for one in part) for part in parts)


def owed(log: Log, filed: str, known_at: int, on: date, gone: date | None) -> Owed | None:
    """Return a duty at two dates, by the place where its lines are filed; None if it had not arisen
    by then.

    `gone`: the last day on which anybody held the office, if nobody does.
    """
    reference = filed.split("/")[1]
    report = report_at(log, reference, known_at)
    if report is None or report.days.hi > on:
        return None
    acts = in_effect(log.filed.get(filed, []), known_at)
    days = {act.id: place(log, report, act) for act in acts}
    arising = (act for act in acts if act.type == "response-duty-arose")
    arose = max(arising, key=lambda act: act.position, default=None)
    if arose is None:
        return None
    duty = replace(_duty(log, arose, acts, days, on), gone=gone)
    concerned = concerned_by(log, known_at, filed)
    holders = register_at(log, known_at).holders(filed.split("/")[2], concerned)
    duty = replace(duty, heard=_heard(log, report, arose, acts, days, duty.due_on, on, holders))
    duty = replace(duty, denied=_denied(acts, filed.split("/")[2]))
    published = publications(log, report, acts, "comments")
    chief_officer = None
    if "chief_officer_comments" in (_rule(log, arose).get("parts") or ()):
        due_on = original_due_on(log, arose)
        owes = [one.body for one in holders if due_on and one.since <= due_on + DAY][-1:]
        own = {holders[0].body, *owes}
        chief_officer = _chief_officer(log, report, acts, days, [one.body for one in holders], own)
    return Owed(report, arose, duty, published, chief_officer)


def _heard(
    log: Log,
    report: Report,
    arose: Act,
    acts: Sequence[Act],
    days: dict[str, Interval],
    due_on: date | None,
    on: date,
    holders: Sequence[Holder],
) -> Heard | None:
    """Return the reason why silence is a breach on a day after the last one.

    The body that owes the response is the one that holds the office on the day after that.
    """
    if due_on is None or due_on >= on:
        return None
    owes = [one for one in holders if one.since <= due_on + DAY][-1]
    for act in acts:
        if act.type == "response-duty-arose" and act.line.recorded_on <= due_on:
            batch = act.line.event.get("batch")
            by_a_person = batch is None or batch.get("kind") == "entered"
            if by_a_person and _recorder(act) == owes.body:
                return Heard(on, at_least=False)
    kept = owes.keeps(first_day(trigger_on(log, arose, report.act.occurred_on)))
    if kept is not None:
        to = min([on, *owes.ends(kept)])
        if to > due_on:
            return Heard(to, at_least=to < on)
    looked = [days[act.id] for act in acts if act.type == "response-looked-for"]
    later = [one.lo for one in looked if one.hi <= on and one.lo and one.lo > due_on]
    return Heard(max(later), at_least=True, looked=True) if later else None


def _denied(acts: Sequence[Act], body: str) -> bool:
    """Return whether a body said first hand that another recorded the duty in error, and nobody
    confirmed it later."""
    in_order = sorted(acts, key=lambda act: act.position)
    first = next(act for act in in_order if act.type == "response-duty-arose")
    denied = False
    for act in in_order:
        if act.type == "duty-confirmed":
            denied = False
        elif act.type == "duty-disapplied" and act.data["basis"] == "recorded_in_error":
            denied = denied or act.line.event["provenance"] == "first_hand"
    return denied and _recorder(first) != body


def _recorder(act: Act) -> str:
    """Return the body whose account recorded an act: the account's name begins with it."""
    return str(act.line.event["recorded_by"]).partition("/")[0]


def publications(log: Log, report: Report, acts: Sequence[Act], part: str) -> list[Dated]:
    """List the acts by which a part was published.

    If the parts of one are not known, it counts for the body's comments, and may have any other
    part.
    """
    found = []
    for act in acts:
        if act.type == "response-published":
            parts: Sequence[str] = act.data.get("parts", ("comments",))
            unsure = not parts and part != "comments"
            if part in parts or not parts:
                one = _dated(log, report, act, place(log, report, act))
                found.append(replace(one, unsure=unsure))
    return found


def _dated(log: Log, report: Report, act: Act, days: Interval) -> Dated:
    received = received_on(log, act)
    return Dated(days, act.line.recorded_on, received, report.not_before, act.occurred_on)


def _chief_officer(
    log: Log,
    report: Report,
    acts: Sequence[Act],
    days: dict[str, Interval],
    office: Sequence[str],
    own: set[str],
) -> ChiefOfficerComments:
    """Return the chief officer's comments: received, asked for, and published.

    They were published at once, or seen as an addition to a response, which can have happened on
    any day since that. `own`: the body that the duty names, and the one that holds its office on
    the day after the last one.
    """
    responses = {act.data["statement"]: act for act in acts if act.type == "response-published"}
    published = publications(log, report, acts, "chief_officer_comments")
    for act in acts:
        if act.type != "statement-revised" or act.data["field"] != "chief_officer_comments":
            continue
        response = responses.get(act.data["statement"])
        if response is not None and act.data.get("now") is not None:
            first = days[response.id]
            since = Interval(first.lo, max(first.hi, days[act.id].hi))
            published.append(_dated(log, report, act, since))
    asked_before = [
        Asked(days[act.id], act.position, before, act.line.recorded_on)
        for act in acts
        if act.type == "chief-officer-comments-invited"
        if (before := first_day(act.data.get("reply_by"))) is not None
    ]
    disputed = {
        act.data["target"]
        for act in acts
        if act.type == "entry-disputed" and act.line.event.get("by") in office
    }
    received = [
        Received(
            _dated(log, report, act, days[act.id]),
            own=_recorder(act) in own,
            by_the_force=_recorder(act) == act.line.event.get("by"),
            disputed=act.id in disputed,
        )
        for act in acts
        if act.type == "chief-officer-comments-received"
    ]
    return ChiefOfficerComments(received, asked_before, published)


def _duty(log: Log, arose: Act, acts: Sequence[Act], days: dict[str, Interval], on: date) -> Duty:
    happened = sorted(
        (act for act in acts if days[act.id].hi <= on),
        key=lambda act: (days[act.id].hi, act.position),
    )
    due_on = original_due_on(log, arose)
    has_period = due_on is not None or _has_period(log, arose)
    for act in happened:
        if act.type == "extension-granted":  # it gives more time, or it changes nothing
            due_on = max(due_on or date.min, date.fromisoformat(act.data["due_on"]))
    arising = {act.line.recorded_at for act in acts if act.type == "response-duty-arose"}
    disapplied = any(
        act.type == "duty-disapplied"
        and due_on is not None
        and (act.line.recorded_on <= due_on or act.line.recorded_at in arising)
        for act in happened
    )
    return Duty(due_on, _latest(due_on, acts, days, on), has_period, disapplied)


def _latest(
    due_on: date | None, acts: Sequence[Act], days: dict[str, Interval], on: date
) -> date | None:
    """Return the last day with every extension that may have been granted by then.

    If a disapplication was recorded after the original last day and by the extended one, return the
    calendar's last day: nothing is late then.
    """
    if due_on is None:
        return None
    latest = due_on
    for act in acts:
        if act.type == "extension-granted" and (days[act.id].lo or date.min) <= on:
            latest = max(latest, date.fromisoformat(act.data["due_on"]))
    lifted = (
        act.type == "duty-disapplied"
        and days[act.id].hi <= on
        and due_on < act.line.recorded_on <= latest
        for act in acts
    )
    return date.max if any(lifted) else latest


def original_due_on(log: Log, arose: Act) -> date | None:
    """Return the last day of the period, counted anew; the given day where the rule sets no period.

    The day of publication is day 1: "beginning with the day on which the report is published"
    (Police Act 1996, s.55(5A)). Another rule says from which day it counts, and how.
    """
    if not _has_period(log, arose):
        given = arose.data.get("due_on")
        return date.fromisoformat(given) if given else None
    rule = _rule(log, arose)
    begins = trigger_on(log, arose, arose.occurred_on)
    if begins is None or len(begins) < len("2025-05-16"):
        return None
    return last_day(rule, date.fromisoformat(begins))


def trigger_on(log: Log, arose: Act, report: str | None) -> str | None:
    """Return the day from which a duty's rule counts: the report's, unless the rule names
    another."""
    if counts_from_the_report(log, arose):
        return report
    given: str | None = arose.data.get("trigger_on")
    return given


def counts_from_the_report(log: Log, arose: Act) -> bool:
    """Return whether the period begins with the report's own day."""
    return bool(_rule(log, arose).get("trigger", "published") == "published")


def _has_period(log: Log, arose: Act) -> bool:
    rule = _rule(log, arose)
    return rule.get("period_days") is not None or rule.get("period") is not None


def _rule(log: Log, arose: Act) -> dict[str, Any]:
    """Return the rule in the version that the duty names."""
    rule = arose.data["rule"]
    return log.rules[rule["id"], rule["version"]]


def improved_later(world: World, filed: str) -> list[dict[str, Any]]:
    """List each step that improved the verdict on the day of its recording: its last entry that
    changed the verdict, and the verdict before and with it.

    The verdict is worked out again as known before and after each entry about the report or the
    response. Entries of one moment are one step, since nobody could know the verdict within it.
    Examples are a duty and the response entered with it, or a correction of the report's day and
    the duty worked out again. Entries of the batch that recorded the duty improve nothing.

    An entry is made after the last day if that day is over in London when it is recorded. The last
    day before the entry counts, or if that was not known, the one since.
    """
    own = world.log.filed.get(filed, [])
    of_report = world.log.filed.get(f"report/{filed.split('/')[1]}", [])
    lines = [*of_report, *own, *_keepings_taken_back(world, filed)]
    lines = sorted(
        (line for line in lines if line.position <= world.known_at), key=lambda line: line.position
    )
    batches = {
        batch
        for line in own
        if line.type == "response-duty-arose" and line.data.get("because") is None
        if line.position <= world.known_at and (batch := _batch(line))
    }
    found: list[dict[str, Any]] = []
    world.log.look(len(lines) ** 2)
    for _, step in groupby(lines, key=lambda line: line.recorded_at):
        made = list(step)
        on, named = made[0].recorded_on, made[0]
        before = last = _known(world, filed, made[0].position - 1, on)
        for line in made:
            last, known = _known(world, filed, line.position, on), last
            if (last and last[1]) != (known and known[1]):
                named = max(named, because(line, made), key=lambda one: one.position)
        if before is None or last is None or not better(last[1], before[1]):
            continue
        due_on = before[0].duty.due_on or last[0].duty.due_on
        if due_on and on > due_on and _batch(named) not in batches:
            found.append(
                {
                    "entry": named.id,
                    "type": named.type,
                    "position": named.position,
                    "recorded_at": moment(named),
                    "from": asdict(before[1]),
                    "to": asdict(last[1]),
                }
            )
    return found


def _keepings_taken_back(world: World, filed: str) -> list[LogEntry]:
    """List the retractions by which a body, or one that follows it, took back that it keeps its
    record here."""
    concerned = concerned_by(world.log, world.known_at, filed)
    holders = {one.body for one in world.register.holders(filed.split("/")[2], concerned)}
    lines = world.log.filed.get(SERVICE, [])
    kept = {
        line.id
        for line in lines
        if line.type == "record-kept-here" and line.data["body"] in holders
    }
    return [one for one in lines if one.type == "entry-retracted" and one.data["target"] in kept]


def _known(world: World, filed: str, position: int, on: date) -> tuple[Owed, Verdict] | None:
    """Return the duty as known at a position, and the verdict for a day."""
    concerned = concerned_by(world.log, position, filed)
    gone = gone_since(world.known_before(position, on), filed.split("/")[2], concerned)
    found = owed(world.log, filed, position, on, gone)
    return (found, found.on(on)) if found else None


def _batch(line: LogEntry) -> str | None:
    batch = line.event.get("batch")
    return str(batch["id"]) if batch else None


def because(line: LogEntry, step: Iterable[LogEntry]) -> LogEntry:
    """Return the line that is named for a line of a step: for a duty that arose again, its
    cause."""
    if line.type == "response-duty-arose" and (cause := line.data.get("because")) is not None:
        return next((one for one in step if one.id == cause), line)
    return line


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
    """Return the last day of the period of a rule that begins with a day, or after it, if there is
    a period."""
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
    if begins.day > length:  # the month is too short
        return month.replace(day=length)
    return month.replace(day=begins.day) - (DAY if counted else 0 * DAY)


def bank_holidays(year: int) -> set[date]:
    """Return the bank holidays of a year in England and Wales, from 1978."""
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
    """Return the first Monday from a day on."""
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
