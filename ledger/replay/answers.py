"""The answers that a log gives at two dates: every report, recommendation and response, and the
counts of compliance by body, by kind of report and by the report's year.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from ledger.replay.log import RESPONSE
from ledger.replay.recommendation import Answer, recommendation
from ledger.replay.response import recommendations, response
from ledger.replay.world import World

FILTERS = {
    "/api/recommendations": (
        "status",
        (
            "open",
            "claimed_complete",
            "closure_proposed",
            "refused",
            "closed",
            "reopened",
            "withdrawn",
            "superseded",
        ),
    ),
    "/api/responses": (
        "verdict",
        (
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
        ),
    ),
}
"""The filter of each list, with all its values."""
GROUPS = ("body", "kind", "year")


@dataclass(frozen=True, slots=True)
class Answers:
    """The answers by their path, such as `/api/responses/{report}/{body}`."""

    recommendations: dict[str, Answer]
    responses: dict[str, Answer]
    compliance: dict[str, Answer]
    """By the property by which the counts are grouped."""
    reports: dict[str, Answer]
    """As lists have them."""
    filtered: dict[str, set[str]] = field(default_factory=dict)
    """The paths in each list that is filtered, such as `/api/responses?verdict=late`."""
    grades: dict[str, Answer] = field(default_factory=dict)
    """The grades of each report that gave some, by the report's path."""


def answers(world: World, report: str | None = None) -> Answers:
    """Return the answers about everything that existed at a position and on a day, or about one
    report. Raise Refused if the log was made so that this never ends."""
    world.log.looked = 0
    recommendations = {
        f"/api/{stream.replace('recommendation/', 'recommendations/', 1)}": found
        for stream in world.streams("recommendation", report)
        if (found := recommendation(world, stream))
    }
    responses = {
        _duty_path(found): found
        for stream in world.streams("response", report)
        for name in world.log.duties[stream]
        if (found := response(world, stream, name))
    }
    ones = list(responses.values())
    reports: dict[str, Answer] = {}
    grades: dict[str, Answer] = {}
    for stream in world.streams("report", report):
        path = f"/api/{stream.replace('report/', 'reports/', 1)}"
        given = _grades(world, stream)
        if (found := _report(world, stream)) is not None:
            reports[path] = found | {"grades": len(given)}
            grades |= {path: {"grades": given}} if given else {}
    return Answers(
        recommendations,
        responses,
        {group_by: compliance(world, ones, group_by) for group_by in GROUPS},
        reports,
        _filtered(recommendations | responses),
        grades,
    )


def _duty_path(one: Answer) -> str:
    named = "" if one["name"] == RESPONSE else f"?name={one['name']}"
    return f"/api/responses/{one['report']}/{one['body']}{named}"


def _report(world: World, stream: str) -> Answer | None:
    """Return the fields of an answer about a report that are no texts; None if it was not published
    by then. Its title is the last one that was seen on its page."""
    reference = stream.partition("/")[2]
    found = world.report(reference)
    if found is None or found.days.hi > world.on:
        return None
    titles = [
        act.data["now"]
        for act in world.happened(stream)
        if act.type == "report-revised" and act.data["field"] == "title" and act.data.get("now")
    ]
    return {
        "report": reference,
        "title": [found.act.data.get("title"), *titles][-1],
        "kind": found.act.data.get("kind"),
        "publishers": [
            {"id": one, "name": world.bodies[one]["name"]}
            for one in found.act.data.get("publishers") or [found.act.data["publisher"]]
        ],
        "published_on": found.act.occurred_on,
    }


def _grades(world: World, stream: str) -> list[Answer]:
    """Return the grades that a report had given by then: by question, whatever its capitals and
    spaces, in the order in which they were recorded."""
    by_question: dict[str, list[Answer]] = {}
    for act in sorted(world.happened(stream), key=lambda one: one.position):
        if act.type == "report-graded":
            said = {name: act.data[name] for name in ("question", "grade", "body")}
            asked = " ".join(said["question"].casefold().split())
            given = said | {"on": act.occurred_on, "by": act.line.event["by"], "entry": act.id}
            by_question.setdefault(asked, []).append(given)
    return [one for given in by_question.values() for one in given]


def _filtered(all_of_them: dict[str, Answer]) -> dict[str, set[str]]:
    return {
        f"{path}?{name}={value}": {
            one
            for one, said in all_of_them.items()
            if one.startswith(f"{path}/") and said[name] == value
        }
        for path, (name, values) in FILTERS.items()
        for value in values
    }


def compliance(world: World, responses: Sequence[dict[str, Any]], group_by: str) -> dict[str, Any]:
    """Count each group and all, from the answers about all responses."""
    groups: dict[Any, list[dict[str, Any]]] = {}
    for one in responses:
        groups.setdefault(_group(world, one, group_by), []).append(one)
    items = []
    for name, ones in groups.items():
        said = {group_by: name}
        if group_by == "body":
            said["body_name"] = str(world.bodies[name]["name"])
        items.append(said | _totals(world, ones))
    return {"group_by": group_by, "items": items, "total": _totals(world, responses)}


def _group(world: World, one: dict[str, Any], group_by: str) -> Any:
    if group_by == "body":
        return one["office"]["counted_with"] if one["office"] else one["body"]
    report = world.report(one["report"])
    assert report is not None
    if group_by == "kind":
        return report.act.data["kind"]
    day = report.act.occurred_on
    return int(day[:4]) if day else None


def _totals(world: World, ones: Sequence[dict[str, Any]]) -> dict[str, Any]:
    words = Counter(one["verdict"] for one in ones)
    late = [one for one in ones if one["verdict"] == "late"]
    return {
        "responses": len(ones),
        "verdicts": dict(words),
        "bases": dict(Counter(one["basis"] for one in ones)),
        "verdicts_by_basis": {
            word: dict(Counter(one["basis"] for one in ones if one["verdict"] == word))
            for word in words
        },
        "late": _days(late) | {"at_least": sum(one["at_least"] for one in late)},
        "overdue": _days([one for one in ones if one["verdict"] == "overdue"]),
        "coverage": _coverage(ones, world.on.isoformat()),
        "improved_later": sum(bool(one["improved_later"]) for one in ones),
        "redactions": _redactions(world, ones),
    }


def _days(ones: Iterable[dict[str, Any]]) -> dict[str, Any]:
    days = sorted(one["days"] for one in ones)
    return {
        "count": len(days),
        "median_days": days[(len(days) - 1) // 2] if days else None,
        "worst_days": days[-1] if days else None,
    }


def _coverage(ones: Sequence[dict[str, Any]], day: str) -> dict[str, Any]:
    """Add up the coverage of those whose list is the report's own; a list by the body judged is
    left out.

    The totals by the last day count only responses whose last day is over on the day asked.
    """
    ours = [one for one in ones if one["coverage"]["listed_by"] == "report"]
    counted = [one["coverage"] for one in ours if _is_known(one["coverage"])]
    over = [one["coverage"] for one in ours if one["due_on"] and one["due_on"] < day]
    told = [one for one in over if one["explained_by_due"] is not None]
    causes = [one["causes_of_concern"] for one in counted]
    return {
        "responses": len(counted),
        "left_out": len(ones) - len(ours),
        "not_known": len(ours) - len(counted),
        "addressed": sum(one["addressed"] for one in counted),
        "explained_now": sum(one["explained_now"] for one in counted),
        "general": sum(one["general"] or 0 for one in counted),
        "by_due": {
            "addressed": sum(one["addressed"] for one in told),
            "explained": sum(one["explained_by_due"] for one in told),
        },
        "causes_of_concern": {
            name: sum(one[name] for one in causes)
            for name in ("addressed", "without_recommendations", "explained_now")
        },
    }


def _is_known(coverage: dict[str, Any]) -> bool:
    """Return whether all that a response explains is known: it was recorded with its text."""
    causes = coverage["causes_of_concern"]
    return None not in (coverage["explained_now"], causes["explained_now"])


def _redactions(world: World, ones: Sequence[dict[str, Any]]) -> int:
    """Count the texts that were redacted in these reports and responses, and in the recommendations
    that the responses have to explain, as known then."""
    streams = {f"report/{one['report']}" for one in ones}
    for stream in {f"response/{one['report']}/{one['body']}" for one in ones}:
        streams |= {stream, *recommendations(world, stream)}
    return sum(
        position <= world.known_at
        for stream in streams
        for position in world.log.redacted.get(stream, [])
    )
