"""Compare a site's answers at two dates, and its changes, with its log."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, timedelta
from functools import partial
from itertools import pairwise
from typing import Any

from ledger.replay.answers import GROUPS, Answers, answers, compliance
from ledger.replay.comparing import differences
from ledger.replay.log import Log
from ledger.replay.recommendation import Answer
from ledger.replay.site import graded, listed
from ledger.replay.world import Register, World
from tests.api.site import FORCE, PFCC, Site
from tests.projections.every_act import PANEL
from tests.projections.what_changed import WATCHED, words

MOST = 100_000
"""No list of a site is longer."""
BODIES = (PFCC, FORCE, "dorset-pcc", "dorset-police", "hmicfrs", PANEL)


def compared(site: Site, log: Log, mine: Answers, known_at: int, on: date) -> list[str]:
    """Return every difference at two dates: of everything, of what concerns a body, and of a
    report."""
    pinned = {"known_at": str(known_at), "effective_on": on.isoformat()}
    world = World(log, known_at, on)
    found = _differs(site, world, mine, pinned, "100")
    reports = listed(partial(_get, site, "100"), "/api/reports", pinned, mine.reports, MOST)
    grades = graded(partial(_get, site, "100"), pinned, mine.grades)
    of_all = Answers({}, {}, {}, reports, grades=grades)
    only_reports = replace(mine, recommendations={}, responses={}, compliance={}, filtered={})
    found += [f"{pinned} {one}" for one in differences(only_reports, of_all)]
    mine = replace(mine, reports={}, grades={})
    one_group = (GROUPS[known_at % len(GROUPS)],)
    bodies = [*BODIES, *(one for one in world.bodies if one.startswith("mayor-"))]
    body = bodies[known_at % len(bodies)]
    concerned = _concerned(world.register, on, body)
    theirs = replace(
        mine,
        recommendations=_only(mine.recommendations, "addressee", concerned),
        responses=_only(mine.responses, "body", concerned),
    )
    found += _differs(site, world, theirs, pinned | {"body": body}, "31", one_group)
    names = sorted({one["report"] for one in mine.responses.values()})
    for report in names[known_at % 5 :: max(1, len(names))]:
        its = replace(
            mine,
            recommendations=_only(mine.recommendations, "report", {report}),
            responses=_only(mine.responses, "report", {report}),
        )
        found += _differs(site, world, its, pinned | {"report": report}, "7", one_group)
    return found


def _concerned(register: Register, on: date, body: str) -> set[str]:
    """Return the bodies whose matters concern a body on a day: the body itself, the offices that
    hold it to account, those that it holds to account as their panel, and their forces.
    Predecessors of any of them count too. An office that is over holds nobody to account."""
    bodies = register.bodies(on)
    over = {n for n in bodies if (day := _last_day(register, bodies[n], n)) and day < on}
    offices = {body} | {n for n, one in bodies.items() if one.get("panel") == body}
    offices |= {n for n, one in bodies.items() if one.get("force") == body and n not in over}
    found = offices | {force for n in offices if (force := bodies.get(n, {}).get("force"))}
    while more := {n for n, one in bodies.items() if one.get("successor") in found} - found:
        found |= more
    return found


def _last_day(register: Register, body: Mapping[str, Any], name: str) -> date | None:
    """Return the last day of an office, if it ends."""
    ends = [one.on - timedelta(days=1) for one in register.successions.get(name, ())]
    if body.get("ends"):
        ends.append(date.fromisoformat(body["ends"]))
    return min(ends, default=None)


def _only(these: Mapping[str, Answer], name: str, wanted: set[str]) -> dict[str, Answer]:
    return {path: one for path, one in these.items() if one[name] in wanted}


def _get(site: Site, limit: str, path: str, asked: Mapping[str, str]) -> Answer:
    smaller = {"limit": limit} if "limit" in asked else {}
    return site.anybody.reads(path, **{**asked, **smaller})


def _differs(
    site: Site,
    world: World,
    mine: Answers,
    asked: Mapping[str, str],
    limit: str,
    groups: Sequence[str] = GROUPS,
) -> list[str]:
    get = partial(_get, site, limit)
    answered = Answers(
        listed(get, "/api/recommendations", asked, mine.recommendations, MOST),
        listed(get, "/api/responses", asked, mine.responses, MOST),
        {by: get("/api/compliance", {**asked, "group_by": by}) for by in groups},
        mine.reports,
        grades=mine.grades,
    )
    ones = list(mine.responses.values())
    counts = {by: compliance(world, ones, by) for by in groups}
    found = differences(replace(mine, compliance=counts, filtered={}), answered)
    return [f"{dict(asked)} {one}" for one in found]


def compared_changes(site: Site, log: Log, mine: Mapping[tuple[int, date], Answers]) -> list[str]:
    """Every difference between what a site says changed and two replays set side by side.

    The earlier moment is asked about for its own day.
    """
    found: list[str] = []
    for (first, _), (second, later) in list(pairwise(sorted(mine)))[::2]:
        day = log.lines[first - 1].recorded_on
        if first == second:
            continue
        on = max(day, later)
        was, now = _at(log, mine, first, day), _at(log, mine, second, on)
        naive = words(was, now)
        told = _told(site, first, second, on)
        for path, word in sorted(naive - told.keys()):
            found.append(f"{first}–{second} {on} {path} {word}: not among the changes")
        for path, word in sorted(told.keys() - naive):
            if not _is_of_a_late_disapplication(log, path, word, told[path, word]):
                found.append(f"{first}–{second} {on} {path} {word}: among the changes")
    return found


def _at(
    log: Log, mine: Mapping[tuple[int, date], Answers], known_at: int, on: date
) -> dict[str, Answer]:
    found = mine.get((known_at, on)) or answers(World(log, known_at, on))
    return found.recommendations | found.responses


def _told(site: Site, since: int, until: int, on: date) -> dict[tuple[str, str], Answer]:
    asked: dict[str, Any] = {"from": since, "to": until, "effective_on": on.isoformat()}
    get = partial(site.anybody.reads, "/api/changes", limit="500")
    page = get(**asked)
    items = list(page["items"])
    while page["next"]:
        page = get(**asked, after=page["next"])
        items += page["items"]
    for one in items:
        assert (one["because"] == "entries") == bool(one["entries"])
        assert all(since < each["position"] <= until for each in one["entries"])
    return {
        (one["about"]["links"]["self"], one["change"]): one
        for one in items
        if one["change"] in WATCHED and one["about"]["type"] != "report"
    }


def _is_of_a_late_disapplication(log: Log, path: str, word: str, told: Answer) -> bool:
    """Said after the last day it replaces no verdict, but stands beside it: that is a change."""
    if word != "verdict_changed" or told["from"]["verdict"] != told["to"]["verdict"]:
        return False
    path, _, name = path.removeprefix("/api/").partition("?name=")
    stream = path.replace("responses/", "response/", 1)
    return any(
        one.type == "duty-disapplied" and one.data.get("duty", "response") == (name or "response")
        for one in log.streams[stream]
    )
