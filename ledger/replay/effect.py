"""Which acts are in effect at a position, and what their corrected fields say.

domain.md's rule: a field's value is `now` of the highest-position correction in effect for
(target, field); what is evaluated newest first needs no second look, for a retraction always
stands after its target.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from ledger.replay.log import ABOUT_AN_ENTRY, DEEPEST, Line, Log

OWN_DAY = ("occurred_on", "published_on", "seen_on")
"""The names under which the one stored day of an act is corrected."""


@dataclass(slots=True)
class Act:
    """An act in effect, as it is known: its fields with the corrections in effect."""

    line: Line
    occurred_on: str | None
    source: dict[str, Any]
    data: dict[str, Any]
    corrected: dict[str, Line] = field(default_factory=dict)
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


def in_effect(lines: Iterable[Line], known_at: int) -> list[Act]:
    """The acts among the lines up to a position that no retraction in effect sets aside."""
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


def day_known(of: Line, lines: Iterable[Line]) -> str | None:
    """The day of an act as the lines have it, be the act itself set aside or not."""
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


def correct(act: Act, by: Line) -> None:
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
    """A value in which another stands at the end of a way: what lies along it is copied, and the
    rest is the lines' own, which stay as they are. ValueError where the way is too long."""
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
    """The first day of a day, a month or a year; None for what is not known."""
    return date.fromisoformat((said + "-01-01")[:10]) if said else None


def last_day(said: str | None) -> date | None:
    """The last day of a day, a month or a year."""
    if not said or len(said) == 10:
        return first_day(said)
    year, month = int(said[:4]), int(said[5:7] or 12)
    following = date(year + month // 12, month % 12 + 1, 1)
    return following - timedelta(days=1)


def interval(log: Log, act: Act, not_before: date | None) -> Interval:
    """When an act can have happened, cut on both sides: after the report's first day, and by the
    day on which its capture was received and that on which it was recorded."""
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
    """The day on which the capture that an act cites was received here."""
    capture = kept(log, act.source.get("capture"))
    return capture.recorded_on if capture else None


def kept(log: Log, capture: str | None) -> Line | None:
    """The entry that a capture was kept by."""
    return log.kept.get(f"capture/{capture}") if capture else None


def moment(line: Line) -> str:
    """When a line was recorded, as answers write it."""
    return _rfc3339(line.recorded_at)


def _rfc3339(instant: datetime) -> str:
    return instant.strftime("%Y-%m-%dT%H:%M:%S.%fZ")
