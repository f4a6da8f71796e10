"""The log as known at a position and effective on a day: the streams, and what is in effect."""

from dataclasses import dataclass, field
from datetime import date
from functools import cached_property

from ledger.replay.effect import Act, Interval, day_known, first_day, in_effect, interval, last_day
from ledger.replay.log import Log
from ledger.replay.register import Register


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
        """Whether an act happened with the report's publication and on its day, whatever that is
        known to be: a duty arose so; so was a recommendation raised, unless somebody gave it
        another day than the report had then, on which the report can have been there."""
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


@dataclass
class World:
    """What was known at a position, and what of that had happened by a day."""

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

    def at(self, day: date) -> "World":
        """What had happened by another day, as known at the same position."""
        if day not in self._others:
            other = World(self.log, self.known_at, day, self._reports, self._placed)
            self._others[day] = other
        return self._others[day]

    @cached_property
    def register(self) -> Register:
        return Register(self.log, self.known_at)

    @cached_property
    def bodies(self) -> dict[str, dict[str, object]]:
        return self.register.bodies(self.on)

    def streams(self, kind: str, report: str | None = None) -> list[str]:
        """The streams of a kind that had begun by then: all, or those of one report."""
        return [
            stream
            for stream in self.log.below.get((kind, report), [])
            if self.log.streams[stream][0].position <= self.known_at
        ]

    def report(self, reference: str) -> Report | None:
        """A report, if one was in effect as known then."""
        if reference not in self._reports:
            self._reports[reference] = report_at(self.log, reference, self.known_at)
        return self._reports[reference]

    def placed(self, stream: str) -> list[tuple[date, Act]]:
        """The acts of a stream in effect, whatever their day, each with its hi: in order of
        (hi, position)."""
        if stream not in self._placed:
            report = self.report(stream.split("/")[1])
            acts = in_effect(self.log.filed.get(stream, []), self.known_at)
            placed = [(place(self.log, report, act).hi, act) for act in acts]
            placed.sort(key=lambda one: (one[0], one[1].position))
            self._placed[stream] = placed
        return self._placed[stream]

    def happened(self, stream: str) -> list[Act]:
        """The acts of a stream in effect that had happened, in order of (hi, position)."""
        if stream not in self._happened:
            self._happened[stream] = [act for hi, act in self.placed(stream) if hi <= self.on]
        return self._happened[stream]

    def movable(self, stream: str) -> list[tuple[date, Act]]:
        """The acts of a stream in effect whose day is not exactly known and that may have happened
        by the day: each with the first day on which it can have (the first that there is, where
        none is known)."""
        report = self.report(stream.split("/")[1])
        not_before = report.not_before if report else None
        found = []
        for hi, act in self.placed(stream):
            lo = interval(self.log, act, not_before).lo or date.min
            if lo <= self.on and lo < hi:
                found.append((lo, act))
        return found

    def published(self, response: str) -> set[str]:
        """The ids of the statements of a response whose publication is in effect.

        What has none counts for nothing: a statement is retracted by several entries, the
        publication's first, and a position can lie between them.
        """
        return {
            act.data["statement"]
            for _, act in self.placed(response)
            if act.type == "response-published"
        }

    def published_by_then(self, response: str) -> set[str]:
        """Those of them that were published by the day asked about."""
        if response not in self._then:
            self._then[response] = {
                act.data["statement"]
                for act in self.happened(response)
                if act.type == "response-published"
            }
        return self._then[response]


def place(log: Log, report: Report | None, act: Act) -> Interval:
    """When an act about a report can have happened. One that came with the report takes its day."""
    if report is None:
        return interval(log, act, None)
    if report.gives_its_day_to(log, act):
        act.occurred_on = report.act.occurred_on
        return report.days
    return interval(log, act, report.not_before)


def report_at(log: Log, reference: str, known_at: int) -> Report | None:
    """A report as known at a position, if it was in effect."""
    acts = in_effect(log.filed.get(f"report/{reference}", []), known_at)
    act = next((one for one in acts if one.type == "report-published"), None)
    if act is None:
        return None
    takeovers = [one for one in acts if one.type == "report-taken-over"]
    return Report(act, interval(log, act, None), takeovers)
