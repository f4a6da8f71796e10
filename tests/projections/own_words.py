"""The acts that an exported log has in effect at a position, with the days on which each can have
happened; who holds an office; up to which day silence is a breach.

These parts of naive oracles are written from the rules and not from our code.
"""

import calendar
import json
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cached_property
from typing import Any, TypeVar, cast
from zoneinfo import ZoneInfo

LONDON = ZoneInfo("Europe/London")
FIRST = date.min
DAYS = ("occurred_on", "published_on", "seen_on", "looked_on")
"""The names under which the one day of an act is corrected."""
Json = dict[str, Any]


def london(moment: datetime) -> date:
    return moment.astimezone(LONDON).date()


def first(said: str) -> date:
    return date.fromisoformat((said + "-01-01")[:10])


def last(said: str) -> date:
    year, month, day = (*map(int, said.split("-")), 0, 0)[:3]
    month = month or 12
    return date(year, month, day or calendar.monthrange(year, month)[1])


@dataclass
class Said:
    """An act in effect, with its corrected values and the days on which it can have happened."""

    line: Json
    data: Json
    occurred_on: str | None
    source: Json
    lo: date = FIRST
    hi: date = FIRST
    dated_at: int | None = None
    """The position of the correction that its day is from."""
    recorded_on: date = FIRST
    captured_on: date | None = None
    """The day on which the capture was received that it cites."""
    disputed: bool = False
    """True if the office that owes the response disputes it."""

    @property
    def recorder(self) -> str:
        """The body whose account recorded it."""
        return str(self.line["event"]["recorded_by"]).split("/")[0]

    @property
    def type(self) -> str:
        return str(self.line["event"]["type"])

    @property
    def place(self) -> tuple[date, int]:
        return self.hi, self.line["position"]


@dataclass
class OwnWords:
    """The log, from its lines."""

    rows: Sequence[bytes]

    @cached_property
    def lines(self) -> list[Json]:
        return [json.loads(row) for row in self.rows]

    @cached_property
    def moments(self) -> list[datetime]:
        return [datetime.fromisoformat(one["recorded_at"]) for one in self.lines]

    def known(self, position: int) -> dict[str, list[Said]]:
        """Return the acts in effect by stream, each with its days."""
        lines = self.lines[:position]
        gone: set[str] = set()
        for line in reversed(lines):
            event = line["event"]
            if event["type"] == "entry-retracted" and event["id"] not in gone:
                gone.add(event["data"]["target"])
        acts: dict[str, Said] = {}
        for line in lines:
            event = line["event"]
            if event["id"] in gone or event["type"] == "entry-retracted":
                continue
            if event["type"] == "entry-corrected":
                if event["data"]["target"] in acts:
                    _correct(acts[event["data"]["target"]], line)
                continue
            source = dict(event.get("source") or {})
            acts[event["id"]] = Said(line, event["data"], event["occurred_on"], source)
        found: dict[str, list[Said]] = {}
        for act in acts.values():
            found.setdefault(act.line["event"]["stream"], []).append(act)
        for act in acts.values():
            act.recorded_on = london(self.moments[act.line["position"] - 1])
        reports = {stream: _published(of) for stream, of in found.items()}
        captured = {
            line["event"]["stream"]: london(self.moments[line["position"] - 1])
            for line in lines
            if line["event"]["type"] == "capture-kept"
        }
        for one in reports.values():
            if one is not None:
                self._place(one, None, captured)
        for stream, of in found.items():
            kind, _, rest = stream.partition("/")
            report = reports.get(f"report/{rest.partition('/')[0]}")
            for act in of:
                if report is not None and self._came_with(act, report):
                    act.occurred_on, act.lo, act.hi = report.occurred_on, report.lo, report.hi
                    self._count(act)
                elif kind != "report":
                    self._place(act, report, captured)
        for stream, of in found.items():
            if stream.startswith("response/"):
                office = {one for one, _, _ in terms(found, stream)}
                disputed = {
                    act.data["target"]
                    for act in of
                    if act.type == "entry-disputed" and act.line["event"]["by"] in office
                }
                for act in of:
                    act.disputed = act.line["event"]["id"] in disputed
        return found

    def _place(self, act: Said, report: Said | None, captured: Mapping[str, date]) -> None:
        """Set the days on which an act can have happened."""
        los, his = [], [london(self.moments[act.line["position"] - 1])]
        if report is not None and report.occurred_on:
            los.append(first(report.occurred_on))
        if (capture := f"capture/{act.source.get('capture')}") in captured:
            his.append(captured[capture])
            act.captured_on = captured[capture]
        if act.occurred_on:
            los.append(first(act.occurred_on))
            his.append(last(act.occurred_on))
        act.hi = min(his)
        act.lo = min(max(los, default=FIRST), act.hi)
        if act.type == "extension-granted":
            granted = first(act.data["granted_on"])
            act.lo, act.hi = min(act.lo, granted), max(act.hi, granted)

    def _count(self, duty: Said) -> None:
        """The last day of a duty by a rule: that of publication is day 1 of the period."""
        if duty.type != "response-duty-arose" or duty.data["rule"]["id"] == "manual":
            return
        said = duty.data["rule"]
        (rule,) = [
            line["event"]["data"]
            for line in self.lines
            if line["event"]["type"] == "rule-adopted"
            and (line["event"]["data"]["id"], line["event"]["data"]["version"])
            == (said["id"], said["version"])
        ]
        days = rule.get("period_days")
        exact = duty.occurred_on is not None and len(duty.occurred_on) == 10
        due_on = first(str(duty.occurred_on)) + timedelta(days=days - 1) if days and exact else None
        counted = {"wanted": rule.get("parts") or [], "due_on": due_on and due_on.isoformat()}
        duty.data = duty.data | counted

    def _came_with(self, act: Said, report: Said) -> bool:
        """Return whether an act has the report's day, whatever that day is known to be. A duty has
        it. A recommendation has it unless somebody gave it another day on which the report can have
        been there."""
        if act.type != "recommendation-raised":
            return act.type == "response-duty-arose"
        given_at = act.dated_at or act.line["position"]
        if act.occurred_on == self._day_of(report.line["event"]["id"], given_at):
            return True
        on, day = act.occurred_on, report.occurred_on
        return bool(on and day and last(on) < first(day))

    def _day_of(self, entry: str, position: int) -> str | None:
        """Return the day of an entry as known at a position, be it set aside or not."""
        gone: set[str] = set()
        for line in reversed(self.lines[:position]):
            event = line["event"]
            if event["id"] in gone:
                continue
            if event["type"] == "entry-retracted":
                gone.add(event["data"]["target"])
            corrects = event["type"] == "entry-corrected" and event["data"]["target"] == entry
            if corrects and event["data"]["field"] in DAYS:
                return cast("str | None", event["data"].get("now"))
            if event["id"] == entry:
                return cast("str | None", event["occurred_on"])
        raise KeyError(entry)


def duties_of(act: Said) -> list[str]:
    """Return the names of the duties that an act of a response is about."""
    if act.type == "response-published":
        return act.data.get("duties") or ["response"]
    field = "name" if act.type == "response-duty-arose" else "duty"
    return [act.data.get(field) or "response"]


def _correct(act: Said, line: Json) -> None:
    by = line["event"]["data"]
    name, now = by["field"], by.get("now")
    if name in DAYS:
        act.occurred_on, act.dated_at = now, line["position"]
        return
    if name.startswith("source."):
        act.source[name.removeprefix("source.")] = now
        return
    place: Any = deepcopy(act.data)
    act.data = place
    *way, end = name.split(".")
    for step in way:
        if isinstance(place, dict) and place.get(step) is None:
            place[step] = {}
        place = place[int(step)] if isinstance(place, list) else place[step]
    place[int(end) if isinstance(place, list) else end] = now


def _published(acts: Iterable[Said]) -> Said | None:
    return next((act for act in acts if act.type == "report-published"), None)


Known = Mapping[str, Sequence[Said]]


def concerned(known: Known, response: str) -> set[str]:
    """Return the bodies to which recommendations are addressed that a response has to explain: as
    known, whatever their days. All forces that its body ever held are its own."""
    _, report, body = response.split("/")
    own = {body} | {
        held["body"]
        for act in known.get("service", ())
        if act.type in ("body-registered", "body-changed") and act.data["id"] == body
        for held in act.data.get("forces") or ()
    }
    streams = [one for one in known if one.startswith(f"recommendation/{report}/")]
    there = {
        one.split("/")[3]
        for one in streams
        if any(act.type == "recommendation-raised" for act in known[one])
    }
    return own & there


def held_on(known: Known, body: str, day: date) -> set[str]:
    """Return the forces of a body on a day, by the last that was said of them."""
    forces: list[Json] = []
    said = [
        act
        for act in known.get("service", ())
        if act.type in ("body-registered", "body-changed") and act.data["id"] == body
    ]
    for act in sorted(said, key=lambda act: act.place):
        forces = act.data.get("forces") or forces
    return {
        one["body"]
        for one in forces
        if first(one.get("begins") or str(FIRST)) <= day <= first(one.get("ends") or "9999-12-31")
    }


def terms(known: Known, response: str) -> list[tuple[str, date, date | None]]:
    """Return the holders of the office of a response's body, one after the other, each with its
    first day and its last, if known. A divided body passes the response to the one that holds all
    forces that it concerns."""
    follows: dict[str, list[tuple[str, date]]] = {}
    ends: dict[str, date] = {}
    for act in sorted(known.get("service", ()), key=lambda act: act.place):
        if act.type == "body-succeeded":
            on = act.data.get("on")
            after = act.data["successor"], first(on) if on else act.hi
            follows.setdefault(act.data["id"], []).append(after)
        if act.type in ("body-registered", "body-changed") and act.data.get("ends"):
            ends[act.data["id"]] = first(act.data["ends"])
    found: list[tuple[str, date, date | None]] = []
    since, body = FIRST, response.split("/")[2]
    while body not in {one for one, _, _ in found}:
        several = follows.get(body, [])
        lasts = [ends[body]] if body in ends else []
        lasts += [on - timedelta(days=1) for _, on in several]
        found.append((body, since, min(lasts, default=None)))
        if len(several) > 1:
            about = concerned(known, response)
            several = [one for one in several if about and about <= held_on(known, *one)]
        if len(several) != 1:
            break
        body, on = several[0]
        since = max(since, on)
    return found


def heard(known: Known, acts: Sequence[Said], due_on: date, on: date) -> tuple[date, bool] | None:
    """Up to which day silence is a breach, by the log's own words, and whether no more is known of
    later days. `acts`: those about one duty."""
    duty = [act for act in acts if act.type == "response-duty-arose"][-1]
    owes, ends = [
        (one, last_day)
        for one, since, last_day in terms(known, duty.line["event"]["stream"])
        if (since - due_on).days <= 1
    ][-1]
    for act in acts:
        batch = act.line["event"].get("batch")
        typed = act.type == "response-duty-arose" and (not batch or batch["kind"] == "entered")
        if typed and act.recorder == owes and act.recorded_on <= due_on:
            return on, False
    said = [
        act
        for act in known.get("service", ())
        if act.type == "record-kept-here"
        and act.data["body"] == owes
        and duty.occurred_on is not None
        and first(act.data["since"]) <= first(duty.occurred_on)
    ]
    if said:
        newest = max(said, key=lambda act: act.line["position"])
        days = [day for day in (ends, newest.data.get("until") and first(newest.data["until"]))
                if day]  # fmt: skip
        if all(day > due_on for day in days):
            return min([on, *days]), min([on, *days]) < on
    looked = [
        act.lo
        for act in acts
        if act.type == "response-looked-for" and act.lo > due_on and act.hi <= on
    ]
    return (max(looked), True) if looked else None


def is_shown(known: Known, act: Said, due_on: date) -> bool:
    """Return whether it is shown that the office received the chief officer's comments."""
    event = act.line["event"]
    held = [one for one, since, _ in terms(known, event["stream"]) if (since - due_on).days <= 1]
    if act.recorder in (held[0], held[-1]):
        return True
    if act.captured_on is not None and act.captured_on <= due_on:
        return True
    return act.recorder == event["by"] and act.recorded_on <= due_on and not act.disputed


def to_publish(known: Known, acts: Sequence[Said], due_on: date, on: date) -> bool:
    """Return whether the chief officer's comments came by the last day, and before the day that the
    body had set. If it set several days, every order of them has to agree."""
    invited = [
        act
        for act in acts
        if act.type == "chief-officer-comments-invited" and act.recorded_on <= due_on
    ]
    setting = [act for act in invited if act.data.get("reply_by")]
    may_stand = _ends(setting, on, "9999", lambda _, act: str(act.data["reply_by"]))
    return any(
        act.hi <= min(due_on, on) and all(act.hi < first(before) for before in may_stand)
        for act in acts
        if act.type == "chief-officer-comments-received" and is_shown(known, act, due_on)
    )


End = TypeVar("End", bound=Hashable)


def _ends(
    acts: Sequence[Said], on: date, start: End, after: Callable[[End, Said], End]
) -> set[End]:
    """Return the outcomes of every order. An order gives each act a day, never an earlier one than
    to the act before. Acts with an exact day keep their order. An act that may not have happened by
    the day asked is left out, or not."""
    acts = sorted((act for act in acts if act.lo <= on), key=lambda act: act.place)
    sure = {n for n, act in enumerate(acts) if act.hi <= on}
    exact = {n for n, act in enumerate(acts) if act.lo == act.hi}
    seen: set[tuple[frozenset[int], End]] = set()
    found: set[End] = set()

    def try_(left: frozenset[int], so_far: End) -> None:
        if (left, so_far) in seen:
            return
        seen.add((left, so_far))
        if not left & sure:
            found.add(so_far)
        came = [act.lo for n, act in enumerate(acts) if n not in left]
        for n in left:
            day = max([acts[n].lo, *came])
            kept = n not in exact or n == min(left & exact)
            if kept and all(day <= acts[other].hi for other in left & sure):
                try_(left - {n}, after(so_far, acts[n]))

    try_(frozenset(range(len(acts))), start)
    return found
