"""The accusations that the log's own words allow: late, overdue, incomplete or past a target.

This naive oracle is written from the rules and not from our code. It reads the lines of an exported
log, and tries every order in which acts without an exact day can have happened. It accuses only if
every order does. It is slow, and short.
"""

import calendar
import json
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import cached_property
from typing import Any, TypeVar, cast
from zoneinfo import ZoneInfo

LONDON = ZoneInfo("Europe/London")
FIRST, TICK = date.min, timedelta(microseconds=1)
DAYS = ("occurred_on", "published_on", "seen_on", "looked_on")
"""The names under which the one day of an act is corrected."""
Json = dict[str, Any]
Accused = dict[str, tuple[str, int]]
"""By the path of an answer, what it is accused of: `overdue`, `late` or `passed`, by how many
days; or `incomplete`, by 0."""


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

    # The two dates

    def dates(self, known_at: str | None, on: str | None, now: datetime) -> tuple[int, date] | None:
        """Return the position and the day that are meant; None where nobody could know what is
        asked."""
        until = None
        if known_at is None:
            moment = now
        elif known_at.isdigit():
            moment = self.moments[int(known_at) - 1]
            later = [one for one in self.moments if one > moment]
            until = london(later[0] - TICK) if later else london(now)
        elif len(known_at) == 10:
            moment = datetime.fromisoformat(known_at).replace(tzinfo=LONDON) + timedelta(days=1)
            moment = moment.astimezone(UTC) - TICK
        else:
            moment = datetime.fromisoformat(known_at)
        day = date.fromisoformat(on) if on else london(moment)
        if day > (until or london(moment)):
            return None
        return sum(one <= moment for one in self.moments), day

    # Knowledge at a position

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

    # Who is accused

    def accused(self, position: int, on: date) -> tuple[Accused, set[str]]:
        """Return all that may be said against anybody at two dates; and the paths of all that there
        is."""
        known = self.known(position)
        there = {
            stream.removeprefix("report/")
            for stream, acts in known.items()
            for act in acts
            if act.type == "report-published" and act.hi <= on
        }
        found: Accused = {}
        paths: set[str] = set()
        for stream, acts in known.items():
            kind, *parts = stream.split("/")
            if kind not in ("response", "recommendation") or parts[0] not in there:
                continue
            path = f"/api/{kind}s/{'/'.join(parts)}"
            judged = {path: _recommendation(acts, on)}
            if kind == "response":
                arose = [act for act in acts if act.type == "response-duty-arose"]
                judged = {
                    path + ("" if name == "response" else f"?name={name}"): _response(
                        known, [act for act in acts if name in duties_of(act)], on
                    )
                    for name in {name for act in arose for name in duties_of(act)}
                }
            for each, (exists, said) in judged.items():
                if exists:
                    paths.add(each)
                    if said is not None:
                        found[each] = said
        return found, paths


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


def _response(known: Known, acts: Sequence[Said], on: date) -> tuple[bool, tuple[str, int] | None]:
    """Return whether the response is owed by then, and its accusation: late or overdue by the days
    that are certain. It is incomplete if the rule requires the chief officer's comments and only
    that is certain."""
    duties = [act for act in acts if act.type == "response-duty-arose"]
    if not duties or duties[-1].hi > on:
        return False, None
    if duties[-1].data.get("due_on") is None:
        return True, None
    due_on = date.fromisoformat(duties[-1].data["due_on"])
    extended = [act for act in acts if act.type == "extension-granted" and act.lo <= on]
    latest = max([due_on, *(date.fromisoformat(act.data["due_on"]) for act in extended)])
    for act in acts:
        if act.type == "duty-disapplied" and act.hi <= on and act.recorded_on <= latest:
            return True, None
    sure = [act.data["due_on"] for act in extended if act.hi <= on]
    due_on = max([due_on, *map(date.fromisoformat, sure)])
    published = [
        act
        for act in acts
        if act.type == "response-published"
        and "comments" in (act.data.get("parts") or ["comments"])
        and act.lo <= on  # it may have happened by then
    ]
    if not published:
        found = heard(known, acts, due_on, on) if on > latest else None
        days = (found[0] - latest).days if found else 0
        return True, ("overdue", days) if days > 0 else None
    earliest = min(act.lo for act in published)
    if earliest > latest:
        return True, ("late", (earliest - latest).days)
    in_time = min(act.hi for act in published) <= min(due_on, on)
    wanted = "chief_officer_comments" in duties[-1].data.get("wanted", [])
    if not wanted or not in_time or on <= latest or not to_publish(known, acts, due_on, on):
        return True, None
    if any(act.data.get("parts") == [] for act in published):
        return True, None  # which parts it has is not known
    if any(day <= latest for day in _first_days_of_theirs(acts, on)):
        return True, None
    return True, ("incomplete", 0)


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


def _first_days_of_theirs(acts: Sequence[Said], on: date) -> list[date]:
    """Return the first days on which each publication with the chief officer's comments can have
    been there. A part that was added later can have been there as soon as its publication."""
    published = [act for act in acts if act.type == "response-published"]
    days = {act.data["statement"]: act.lo for act in published}
    found = [
        act.lo
        for act in published
        if "chief_officer_comments" in (act.data.get("parts") or ["chief_officer_comments"])
    ]
    found += [
        days[act.data["statement"]]
        for act in acts
        if act.type == "statement-revised"
        and act.data["field"] == "chief_officer_comments"
        and act.data.get("now") is not None
        and act.data["statement"] in days
    ]
    return [day for day in found if day <= on]


_UNDECIDED = {"open", "claimed_complete", "closure_proposed", "refused", "reopened"}
_STEPS: dict[str, tuple[set[str], str]] = {
    "closure-proposed": (_UNDECIDED - {"closure_proposed"}, "closure_proposed"),
    "closure-confirmed": (_UNDECIDED, "closed"),
    "closure-refused": ({"closure_proposed", "claimed_complete"}, "refused"),
    "reopened": (_UNDECIDED - {"reopened"} | {"closed"}, "reopened"),
    "withdrawn": (_UNDECIDED | {"closed"}, "withdrawn"),
    "superseded": (_UNDECIDED | {"closed"}, "superseded"),
}
"""In what each act is allowed, and what it gives."""
Standing = tuple[str, str]


def _after(standing: Standing, act: Said) -> Standing:
    status, before = standing
    if act.type == "update-received":
        if status in ("withdrawn", "superseded", "closed"):
            return standing
        if (act.data.get("claim") or {}).get("means") == "complete":
            return "claimed_complete", before
        return ("open", before) if status == "claimed_complete" else standing
    allowed, gives = _STEPS.get(act.type, (set(), ""))
    if status not in allowed:
        return standing
    return gives, status if act.type == "closure-proposed" else before


def _done(standing: Standing) -> bool:
    """Return whether an end, a closure or a claim of completion is recorded and was not undone."""
    ended = {"closed", "claimed_complete", "withdrawn", "superseded"}
    return standing[0] in ended or standing == ("closure_proposed", "claimed_complete")


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


def _recommendation(acts: Sequence[Said], on: date) -> tuple[bool, tuple[str, int] | None]:
    """Return whether the recommendation is raised by then, and by how many days it is past its
    target. It is past only if every order says so, and no act without an exact day leaves it in
    doubt."""
    happened = sorted((act for act in acts if act.hi <= on), key=lambda act: act.place)
    raised = next((act for act in happened if act.type == "recommendation-raised"), None)
    if raised is None:
        return False, None
    targets = [(raised.data.get("target") or {}).get("on")]
    targets += [act.data["on"] for act in happened if act.type == "target-date-set"]
    if not (set_ := [one for one in targets if one]):
        return True, None
    sets = [act for act in acts if act.type == "target-date-set"]
    may_stand = _ends(sets, on, set_[-1], lambda _, act: str(act.data["on"]))
    if max(map(last, [set_[-1], *may_stand])) >= on:
        return True, None
    acting = [act for act in acts if act.type in (*_STEPS, "update-received", "closure-refused")]
    if any(map(_done, _ends(acting, on, ("open", "open"), _after))):
        return True, None
    if _may_be_done(acting, on) or _may_be_moved(sets, on, targets[0]):
        return True, None
    return True, ("passed", (on - last(set_[-1])).days)


def _is_end(act: Said) -> bool:
    """Return whether an act ends a recommendation, closes it, proposes that, or claims that it is
    done."""
    if act.type == "update-received":
        return (act.data.get("claim") or {}).get("means") == "complete"
    return act.type in ("closure-proposed", "closure-confirmed", "withdrawn", "superseded")


_SETTLED_BY = {
    "update-received": {"closure-refused", "reopened"},
    "closure-proposed": {"closure-refused", "reopened"},
    "closure-confirmed": {"reopened"},
}
"""By an act of no exact day that may be an end: the decisions on a later day that settle it."""


def _may_be_done(acts: Sequence[Said], on: date) -> bool:
    """Return whether an act without an exact day may have ended it. Such an act is an end that no
    later decision settles, or undoes an exact end that it may have preceded."""
    happened = sorted((act for act in acts if act.hi <= on), key=lambda act: act.place)
    for end in acts:
        if end.lo < end.hi and end.lo <= on and _is_end(end):
            settling = _SETTLED_BY.get(end.type, set())
            if not any(act.type in settling and act.lo > end.hi for act in happened):
                return True
    exact = [act for act in happened if act.lo == act.hi]
    last_end = max((act.hi for act in exact if _is_end(act)), default=FIRST)
    surely_later = [
        act for act in happened if act.lo < act.hi and act.lo > last_end and not _is_end(act)
    ]
    standing: Standing = ("open", "open")
    for act in [*exact, *surely_later]:
        standing = _after(standing, act)
    return _done(standing)


def _may_be_moved(sets: Sequence[Said], on: date, own: str | None) -> bool:
    """Return whether another day may be the one that was set last, if one of the two acts has no
    exact day. `own`: the day that the report itself sets, before all others."""
    happened = sorted((act for act in sets if act.hi <= on), key=lambda act: act.place)
    may_have = [act for act in sets if act.lo <= on < act.hi]
    if not happened:
        return any(act.data["on"] != own for act in may_have)
    *earlier, current = happened
    rivals = may_have + [
        act
        for act in earlier
        if act.hi >= current.lo and (act.lo < act.hi or current.lo < current.hi)
    ]
    return any(act.data["on"] != current.data["on"] for act in rivals)
