"""The log as known at a position and effective on a day: the acts in effect, the days on which each
can have happened, and the bodies, reports and holders of offices.

This is the rule of domain.md: the highest-position correction in effect for (target, field) gives a
field's value by its `now`. Read newest first, one pass is enough, for a retraction always comes
after its target. In the register a change or a succession counts from its own day, as known.
Rights, and the owners of websites, count as they stood when an act was recorded.

Where one body follows another, whoever holds the office has its duties and recommendations until
they are settled: answered or ended, or their last day over. From then on each is counted with the
body that held the office on that day.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import cached_property
from typing import Any

from ledger.replay.log import ABOUT_AN_ENTRY, DEEPEST, Log, LogEntry

OWN_DAY = ("occurred_on", "published_on", "seen_on", "looked_on")
"""The names under which the one stored day of an act is corrected."""
SERVICE = "service"
_REMEMBERED = 64
"""So many states of the register are remembered at once."""


@dataclass(slots=True)
class Act:
    """An act in effect, as it is known: its fields with the corrections in effect."""

    line: LogEntry
    occurred_on: str | None
    source: dict[str, Any]
    data: dict[str, Any]
    corrected: dict[str, LogEntry] = field(default_factory=dict)
    """By field, the correction that counts; the day under `occurred_on`."""

    @property
    def id(self) -> str:
        return self.line.id

    @property
    def type(self) -> str:
        return self.line.type

    @property
    def position(self) -> int:
        return self.line.position


def in_effect(lines: Iterable[LogEntry], known_at: int) -> list[Act]:
    """Return the acts among the lines up to a position that no retraction in effect sets aside."""
    then = [line for line in lines if line.position <= known_at]
    set_aside: set[str] = set()
    for line in reversed(then):
        if line.type == "entry-retracted" and line.id not in set_aside:
            set_aside.add(line.data["target"])
    acts = {
        line.id: Act(
            line, line.event.get("occurred_on"), dict(line.event.get("source") or {}), line.data
        )
        for line in then
        if line.type not in ABOUT_AN_ENTRY and line.id not in set_aside
    }
    for line in then:  # in order of position: the highest has the last word
        if line.type != "entry-corrected" or line.id in set_aside:
            continue
        if act := acts.get(line.data["target"]):
            correct(act, line)
    return list(acts.values())


def day_known(of: LogEntry, lines: Iterable[LogEntry]) -> str | None:
    """Return the day of an act as the lines have it, whether the act itself is set aside or not."""
    day: str | None = of.event.get("occurred_on")
    undone: set[str] = set()
    words = [line for line in lines if line.type in ("entry-corrected", "entry-retracted")]
    for line in reversed(words):
        if line.id in undone:
            continue
        if line.type == "entry-retracted":
            undone.add(line.data["target"])
        elif line.data["target"] == of.id and line.data["field"] in OWN_DAY:
            return line.data.get("now")
    return day


def correct(act: Act, by: LogEntry) -> None:
    """Put what a correction says in the place of what the act said."""
    path, now = by.data["field"], by.data.get("now")
    if path in OWN_DAY:
        act.occurred_on, act.corrected["occurred_on"] = now, by
        return
    act.corrected[path] = by
    if path.startswith("source."):
        act.source[path.removeprefix("source.")] = now
        return
    act.data = _with(act.data, path.split("."), now)


def _with(value: Any, way: Sequence[str], now: Any) -> Any:
    """Return a value with another value at the end of a path. Everything along the path is copied;
    the rest is shared. Raise ValueError if the path is too long."""
    if not way:
        return now
    if len(way) > DEEPEST:
        raise ValueError(f"a field lies more than {DEEPEST} deep")
    name, rest = way[0], way[1:]
    if isinstance(value, list):
        items = list(value)
        items[int(name)] = _with(items[int(name)], rest, now)
        return items
    members = {} if value is None else value
    return {**members, name: _with(members.get(name), rest, now)}


@dataclass(frozen=True, slots=True)
class Interval:
    """The days on which an act can have happened, both included; no first one: not known."""

    lo: date | None
    hi: date


def first_day(said: str | None) -> date | None:
    """Return the first day of a day, a month or a year; None if it is not known."""
    return date.fromisoformat((said + "-01-01")[:10]) if said else None


def last_day(said: str | None) -> date | None:
    """Return the last day of a day, a month or a year."""
    if not said or len(said) == 10:
        return first_day(said)
    year, month = int(said[:4]), int(said[5:7] or 12)
    following = date(year + month // 12, month % 12 + 1, 1)
    return following - timedelta(days=1)


def interval(log: Log, act: Act, not_before: date | None) -> Interval:
    """Return the days on which an act can have happened.

    They begin with the report's first day, and end with the day on which the act's capture was
    received, or on which it was recorded.
    """
    los = [day for day in (first_day(act.occurred_on), not_before) if day]
    his = [day for day in (last_day(act.occurred_on), received_on(log, act)) if day]
    hi = min([*his, act.line.recorded_on])
    lo = min(max(los), hi) if los else None
    granted = act.data.get("granted_on") if act.type == "extension-granted" else None
    if granted is not None:  # it has two days, and may have been granted on either
        day = date.fromisoformat(granted)
        return Interval(lo and min(lo, day), max(hi, day))
    return Interval(lo, hi)


def received_on(log: Log, act: Act) -> date | None:
    """Return the day on which the capture that an act cites was received here."""
    capture = kept(log, act.source.get("capture"))
    return capture.recorded_on if capture else None


def kept(log: Log, capture: str | None) -> LogEntry | None:
    """Return the entry that kept a capture."""
    return log.kept.get(f"capture/{capture}") if capture else None


def moment(line: LogEntry) -> str:
    """Return the moment at which a line was recorded, as answers write it."""
    return line.recorded_at.strftime("%Y-%m-%dT%H:%M:%S.%fZ")


@dataclass(frozen=True, slots=True)
class Succession:
    """The succession of a body: its successor, the day, and the entry."""

    successor: str
    on: date
    id: str


@dataclass(frozen=True, slots=True)
class Holder:
    """A body that holds an office from a day on, up to its last one, if that is known."""

    body: str
    since: date
    last_day: date | None
    kept: list[Act]
    """The acts by which it keeps its record here, in the order of the log."""

    def keeps(self, day: date | None) -> Act | None:
        """Return the last act that applies to reports published on a day; None if no act does."""
        of_it = [act for act in self.kept if day and _day_of(act, "since") <= day]
        return of_it[-1] if of_it else None

    def ends(self, kept: Act) -> list[date]:
        """Return the days on which a keeping ends: the stated one, and the end of the office."""
        said = [_day_of(kept, "until")] if kept.data.get("until") else []
        return said + ([self.last_day] if self.last_day else [])


def _day_of(act: Act, name: str) -> date:
    return date.fromisoformat(act.data[name])


class Register:
    """The state of the service's stream, as known at a position."""

    def __init__(self, log: Log, known_at: int) -> None:
        self._log = log
        self._acts = in_effect(log.filed.get(SERVICE, []), known_at)
        self.accounts = {
            act.data["account"]: act.data.get("body")
            for act in self._acts
            if act.type == "account-opened"
        }
        self._bodies = [act for act in self._acts if act.type.startswith("body-")]
        self._recorded: dict[int, dict[str, dict[str, Any]]] = {}
        days = {
            act.id: date.fromisoformat(act.data["on"])
            if act.type == "body-succeeded" and act.data.get("on")
            else interval(log, act, None).hi
            for act in self._acts
        }
        self._changes = sorted(
            (act for act in self._acts if act.type in ("body-changed", "body-succeeded")),
            key=lambda act: (days[act.id], act.position),
        )
        self._days = days
        self.successions: dict[str, list[Succession]] = {}
        for act in self._acts:
            if act.type == "body-succeeded":
                follows = Succession(act.data["successor"], days[act.id], act.id)
                self.successions.setdefault(act.data["id"], []).append(follows)

    @cached_property
    def _at_last(self) -> dict[str, dict[str, Any]]:
        """Return the bodies by all that is recorded of them, whatever its day."""
        return self.bodies(date.max)

    @cached_property
    def _kept(self) -> dict[str, list[Act]]:
        """Return the acts by which each body keeps its record here."""
        found: dict[str, list[Act]] = {}
        for act in self._acts:
            if act.type == "record-kept-here":
                found.setdefault(act.data["body"], []).append(act)
        return found

    def next(self, body: str, concerned: set[str]) -> Succession | None:
        """Return the succession by which a matter of a body passes on.

        It is the only one, or if the body was divided, the one to the body that holds all forces
        that the matter concerns.
        """
        several = self.successions.get(body, [])
        if len(several) < 2:
            return several[0] if several else None
        fit = [one for one in several if concerned and concerned <= self._forces(one)]
        return fit[0] if len(fit) == 1 else None

    def _forces(self, one: Succession) -> set[str]:
        """Return the forces that a successor holds on its first day."""
        known = self._at_last.get(one.successor, {})
        if known.get("force"):
            return {known["force"]}
        day = one.on.isoformat()
        return {
            held["body"]
            for held in known.get("forces") or []
            if (held.get("begins") or day) <= day <= (held.get("ends") or day)
        }

    def holders(self, body: str, concerned: set[str]) -> list[Holder]:
        """List the holders of an office, one after the other, from the body that held it first, in
        a matter that concerns these bodies."""
        found, at, since = list[Holder](), body, date.min
        while at not in (one.body for one in found):
            said = self._at_last.get(at, {}).get("ends")
            ends = [date.fromisoformat(said)] if said else []
            for one in self.successions.get(at, []):
                ends.append(max(one.on, date.min + timedelta(days=1)) - timedelta(days=1))
            kept = self._kept.get(at, [])
            found.append(Holder(at, since, min(ends, default=None), kept))
            if (after := self.next(at, concerned)) is None:
                break
            since, at = max(since, after.on), after.successor
        return found

    def bodies(self, on: date) -> dict[str, dict[str, Any]]:
        """Return the bodies by id, with what had changed by a day."""
        found = {
            act.data["id"]: dict(act.data) for act in self._acts if act.type == "body-registered"
        }
        for act in self._changes:
            if self._days[act.id] <= on:
                _change(found, act)
        for one in found.values():
            names = [
                former["name"]
                for former in one.get("former_names") or []
                if on.isoformat() <= former["ends"]
            ]
            one["name"] = [*names, one["name"]][0]
        return found

    def as_recorded(self, before: int) -> dict[str, dict[str, Any]]:
        """Return the bodies by id, by what was recorded before a position, whatever its day."""
        known = bisect_left(self._bodies, before, key=lambda act: act.position)
        if known not in self._recorded:
            self._log.look(known)
            if len(self._recorded) == _REMEMBERED:
                self._recorded.clear()
            found: dict[str, dict[str, Any]] = {}
            for act in self._bodies[:known]:
                if act.type == "body-registered":
                    found[act.data["id"]] = dict(act.data)
                else:
                    _change(found, act)
            self._recorded[known] = found
        return self._recorded[known]

    def websites(self, body: str, before: int) -> list[str]:
        """Return the hosts of a body's own websites, as recorded before a position."""
        return self.as_recorded(before).get(body, {}).get("websites") or []

    def asked(self, body: str, arose: LogEntry) -> set[str]:
        """Return the bodies whose recommendations a body has to explain: itself, and the forces
        that it held to account.

        The register counts as it was when the duty first arose, on the day from which that counts.
        A later change of the register moves no duty, not even one that is worked out again for
        another day.
        """
        known = self.as_recorded(arose.position).get(body, {})
        said = arose.event.get("occurred_on")
        first, last = str(first_day(said) or ""), str(last_day(said) or "9999-12-31")
        held = known.get("forces") or []
        if known.get("force"):
            held = [{"body": known["force"]}]
        return {body} | {
            one["body"]
            for one in held
            if (one.get("begins") or first) <= last and first <= (one.get("ends") or last)
        }


def _change(bodies: dict[str, dict[str, Any]], act: Act) -> None:
    if act.type == "body-changed" and act.data["id"] in bodies:
        said = {name: value for name, value in act.data.items() if value is not None}
        if said.keys() & {"force", "forces"}:  # said anew, in the one form or the other
            said = {"force": None, "forces": None} | said
        bodies[act.data["id"]].update(said)
    elif act.type == "body-succeeded" and act.data["id"] in bodies:
        bodies[act.data["id"]]["successor"] = act.data["successor"]


@dataclass(frozen=True, slots=True)
class Report:
    """A report in effect: what it says, when it was published, and who took it over."""

    act: Act
    days: Interval
    takeovers: list[Act]

    @property
    def not_before(self) -> date | None:
        """Nothing that rests on the report was before this day, where it is known."""
        return first_day(self.act.occurred_on)

    def gives_its_day_to(self, log: Log, act: Act) -> bool:
        """Return whether an act happened with the report's publication and on its day, whatever
        that is known to be.

        A duty arose so. So was a recommendation raised, unless somebody gave it another day than
        the report had then, on which the report can have been there.
        """
        if act.type == "response-duty-arose":
            return True
        if act.type != "recommendation-raised":
            return False
        by = act.corrected.get("occurred_on")
        given = by.data.get("now") if by else act.line.event.get("occurred_on")
        lines = log.filed.get(self.act.line.stream, [])
        log.look(len(lines))
        until = (by or act.line).position
        if given == day_known(self.act.line, (one for one in lines if one.position <= until)):
            return True
        last, first = last_day(given), self.not_before
        return last is not None and first is not None and last < first


def register_at(log: Log, known_at: int) -> Register:
    """Return the register as known at a position, worked out once for each number of its lines."""
    lines = log.filed.get(SERVICE, [])
    many = bisect_left(lines, known_at + 1, key=lambda line: line.position)
    if many not in log.registers:
        log.look(many)
        if len(log.registers) == _REMEMBERED:
            log.registers.clear()
        log.registers[many] = Register(log, known_at)
    found: Register = log.registers[many]
    return found


@dataclass
class World:
    """The log as known at a position, and the acts that had happened by a day."""

    log: Log
    known_at: int
    on: date
    _reports: dict[str, Report | None] = field(default_factory=dict)
    _placed: dict[str, list[tuple[date, Act]]] = field(default_factory=dict)
    _happened: dict[str, list[Act]] = field(default_factory=dict)
    _then: dict[str, set[str]] = field(default_factory=dict)
    revised: dict[str, dict[tuple[str, str], list[Act]]] = field(default_factory=dict)
    """By report, then by number and addressee: the revisions of passages, kept for
    `recommendation`."""
    _others: dict[date, "World"] = field(default_factory=dict)
    _known_before: dict[tuple[int, date], "World"] = field(default_factory=dict)

    def at(self, day: date) -> "World":
        """Return the world on another day, as known at the same position."""
        if day not in self._others:
            other = World(self.log, self.known_at, day, self._reports, self._placed)
            self._others[day] = other
        return self._others[day]

    def known_before(self, position: int, day: date) -> "World":
        """Return the register as known at an earlier position, for a day. Nothing else is looked
        at."""
        lines = self.log.filed.get(SERVICE, [])
        known = bisect_right(lines, position, key=lambda line: line.position)
        key = known, day
        if key not in self._known_before:
            self.log.look(known)
            if len(self._known_before) == _REMEMBERED:
                self._known_before.clear()
            self._known_before[key] = World(self.log, position, day)
        return self._known_before[key]

    @cached_property
    def register(self) -> Register:
        return register_at(self.log, self.known_at)

    @cached_property
    def bodies(self) -> dict[str, dict[str, object]]:
        return self.register.bodies(self.on)

    def streams(self, kind: str, report: str | None = None) -> list[str]:
        """List the streams of a kind that had begun by then: all, or those of one report."""
        return [
            stream
            for stream in self.log.below.get((kind, report), [])
            if self.log.streams[stream][0].position <= self.known_at
        ]

    def report(self, reference: str) -> Report | None:
        """Return a report if it was in effect as known then, else None."""
        if reference not in self._reports:
            self._reports[reference] = report_at(self.log, reference, self.known_at)
        return self._reports[reference]

    def placed(self, stream: str) -> list[tuple[date, Act]]:
        """List the acts of a stream in effect, whatever their day, each with its hi, in order of
        (hi, position)."""
        if stream not in self._placed:
            report = self.report(stream.split("/")[1])
            acts = in_effect(self.log.filed.get(stream, []), self.known_at)
            placed = [(place(self.log, report, act).hi, act) for act in acts]
            placed.sort(key=lambda one: (one[0], one[1].position))
            self._placed[stream] = placed
        return self._placed[stream]

    def happened(self, stream: str) -> list[Act]:
        """List the acts of a stream in effect that had happened, in order of (hi, position)."""
        if stream not in self._happened:
            self._happened[stream] = [act for hi, act in self.placed(stream) if hi <= self.on]
        return self._happened[stream]

    def movable(self, stream: str) -> list[tuple[date, Act]]:
        """List the acts of a stream in effect whose day is not exactly known and that may have
        happened by the day.

        Each comes with the first day on which it can have happened, or the calendar's first day if
        none is known.
        """
        report = self.report(stream.split("/")[1])
        not_before = report.not_before if report else None
        found = []
        for hi, act in self.placed(stream):
            lo = interval(self.log, act, not_before).lo or date.min
            if lo <= self.on and lo < hi:
                found.append((lo, act))
        return found

    def published(self, response: str) -> set[str]:
        """Return the ids of a response's statements whose publication is in effect.

        A statement without it counts for nothing. Several entries retract a statement, the
        publication's first, and a position can lie between them.
        """
        return {
            act.data["statement"]
            for _, act in self.placed(response)
            if act.type == "response-published"
        }

    def published_by_then(self, response: str) -> set[str]:
        """Return the ids of the statements that were published by the day asked about."""
        if response not in self._then:
            self._then[response] = {
                act.data["statement"]
                for act in self.happened(response)
                if act.type == "response-published"
            }
        return self._then[response]


def place(log: Log, report: Report | None, act: Act) -> Interval:
    """Return the days on which an act about a report can have happened. An act that came with the
    report takes its day."""
    if report is None:
        return interval(log, act, None)
    if report.gives_its_day_to(log, act):
        act.occurred_on = report.act.occurred_on
        return report.days
    return interval(log, act, report.not_before)


def report_at(log: Log, reference: str, known_at: int) -> Report | None:
    """Return a report as known at a position, if it was in effect."""
    acts = in_effect(log.filed.get(f"report/{reference}", []), known_at)
    act = next((one for one in acts if one.type == "report-published"), None)
    if act is None:
        return None
    takeovers = [one for one in acts if one.type == "report-taken-over"]
    return Report(act, interval(log, act, None), takeovers)


def first_of(on: date, last_days: Iterable[date | None], others: Iterable[date | None]) -> date:
    """Return the day that settles a matter: the first of the days after its last days, and of
    others; the day asked about, if none has come."""
    over = [day + timedelta(days=1) for day in last_days if day and day < date.max]
    return min([on, *over, *(day for day in others if day)])


def concerned_by(log: Log, known_at: int, response: str) -> set[str]:
    """Return the addressees of the recommendations that a response has to explain, by its stream:
    as known at a position, whatever their days.

    The set is empty if no body was divided.
    """
    _, reference, body, *_ = response.split("/")
    register = register_at(log, known_at)
    known = register.successions
    more = [body]
    for one in more:  # it grows meanwhile
        more += [after.successor for after in known.get(one, []) if after.successor not in more]
    if not any(len(known.get(one, [])) > 1 for one in more):
        return set()
    lines = log.streams[f"response/{reference}/{body}"]
    asked = register.asked(body, next(x for x in lines if x.type == "response-duty-arose"))
    found = log.below.get(("recommendation", reference), [])
    log.look(len(found))
    return {
        addressee
        for stream in found
        if (addressee := stream.rpartition("/")[2]) in asked
        and any(
            act.type == "recommendation-raised"
            for act in in_effect(log.filed.get(stream, []), known_at)
        )
    }


def gone_since(world: World, body: str, concerned: set[str]) -> date | None:
    """Return the last day on which a body's office was held, if nobody holds it on the day asked
    about.

    Neither the body holds it, nor any that follow it by then in a matter that concerns these
    bodies.
    """
    known = world.register
    seen: set[str] = set()
    at = body
    while at not in seen and (one := known.next(at, concerned)) and one.on <= world.on:
        seen.add(at)
        at = one.successor
    ends = world.bodies.get(at, {}).get("ends")
    last = date.fromisoformat(str(ends)) if ends else date.max
    several = known.successions.get(at, [])
    if len(several) > 1 and (first := min(one.on for one in several)) <= world.on:
        last = min(last, first - timedelta(days=1))
    return last if last < world.on else None


def office(
    world: World, body: str, concerned: set[str], assigned_on: date, *, done: bool
) -> dict[str, Any] | None:
    """Return the office in an answer; None if nobody follows the body. A matter that is `done`
    passes to nobody."""
    known = world.register.successions
    if body not in known:
        return None
    counted_with = now = at = body
    on = date.min
    follow: list[dict[str, Any]] = []
    seen: set[str] = set()
    while at in known and at not in seen:  # a log made to mislead may come back to where it began
        seen.add(at)
        follow += [
            {"from": at, "to": one.successor, "on": one.on.isoformat(), "entry": one.id}
            for one in known[at]
        ]
        if (after := world.register.next(at, concerned)) is None:
            break
        on = max(on, after.on)  # a successor that was followed earlier never held the office
        if on <= assigned_on:
            counted_with = after.successor
        if on <= world.on:
            now = after.successor
        at = after.successor
    return {
        "counted_with": counted_with,
        "now": now,
        "taken_over": counted_with != now and not done,
        "successions": follow,
    }
