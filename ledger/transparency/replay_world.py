"""The log as known at a position and effective on a day: the streams, and what is in effect."""

from bisect import bisect_left
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property

from ledger.transparency.replay_effect import Act, Interval, first_day, in_effect, interval
from ledger.transparency.replay_log import Line, Log
from ledger.transparency.replay_register import Register


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


@dataclass
class World:
    """What was known at a position, and what of that had happened by a day."""

    log: Log
    known_at: int
    on: date
    _reports: dict[str, Report | None] = field(default_factory=dict)
    _happened: dict[str, list[Act]] = field(default_factory=dict)

    @cached_property
    def register(self) -> Register:
        return Register(self.log, self.known_at)

    @cached_property
    def bodies(self) -> dict[str, dict[str, object]]:
        return self.register.bodies(self.on)

    @cached_property
    def _streams(self) -> dict[tuple[str, str | None], list[str]]:
        found: dict[tuple[str, str | None], list[str]] = {}
        for stream, lines in self.log.streams.items():
            kind, _, rest = stream.partition("/")
            if lines[0].position <= self.known_at:
                for report in (None, rest.partition("/")[0]):
                    found.setdefault((kind, report), []).append(stream)
        return found

    def streams(self, kind: str, report: str | None = None) -> list[str]:
        """The streams of a kind that had begun by then: all, or those of one report."""
        return self._streams.get((kind, report), [])

    def report(self, reference: str) -> Report | None:
        """A report, if one was in effect as known then."""
        if reference not in self._reports:
            self._reports[reference] = report_at(self.log, reference, self.known_at)
        return self._reports[reference]

    def happened(self, stream: str) -> list[Act]:
        """The acts of a stream in effect that had happened, in order of (hi, position)."""
        if stream not in self._happened:
            report = self.report(stream.split("/")[1])
            not_before = report.not_before if report else None
            acts = in_effect(self.log.filed.get(stream, []), self.known_at)
            placed = [(interval(self.log, act, not_before).hi, act.position, act) for act in acts]
            placed.sort(key=lambda one: one[:2])
            self._happened[stream] = [act for hi, _, act in placed if hi <= self.on]
        return self._happened[stream]


def report_at(log: Log, reference: str, known_at: int) -> Report | None:
    """A report as known at a position, if it was in effect."""
    acts = in_effect(log.filed.get(f"report/{reference}", []), known_at)
    act = next((one for one in acts if one.type == "report-published"), None)
    if act is None:
        return None
    takeovers = [one for one in acts if one.type == "report-taken-over"]
    return Report(act, interval(log, act, None), takeovers)


def commands(lines: list[Line], known_at: int) -> list[list[Line]]:
    """The lines up to a position, each command's together: one transaction has one time."""
    found: list[list[Line]] = []
    for line in lines[: bisect_left(lines, known_at + 1, key=lambda one: one.position)]:
        if found and found[-1][0].recorded_at == line.recorded_at:
            found[-1].append(line)
        else:
            found.append([line])
    return found
