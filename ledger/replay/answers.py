"""All that a log says at two dates: every recommendation, every response, compliance."""

from dataclasses import dataclass, field
from typing import Any

from ledger.replay.compliance import GROUPS, compliance
from ledger.replay.recommendation import recommendation
from ledger.replay.response import response
from ledger.replay.world import World

Answer = dict[str, Any]
FILTERS = {
    "/api/recommendations": (
        "status",
        (
            "open",
            "claimed_complete",
            "closure_proposed",
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
            "in_time",
            "late",
            "not_shown",
            "no_period",
            "disapplied",
        ),
    ),
}
"""What lists are filtered by, and all its values."""


@dataclass(frozen=True, slots=True)
class Answers:
    """The answers by their path, such as `/api/responses/{report}/{body}`."""

    recommendations: dict[str, Answer]
    responses: dict[str, Answer]
    compliance: dict[str, Answer]
    """By what the counts are grouped by."""
    reports: dict[str, Answer]
    filtered: dict[str, set[str]] = field(default_factory=dict)
    """The paths in each list that is filtered, such as `/api/responses?verdict=late`."""


def answers(world: World, report: str | None = None) -> Answers:
    """Everything that existed at a position and on a day; or what concerns one report alone.
    Refused where the log was made so that this has no end."""
    world.log.looked = 0
    recommendations = {
        f"/api/{stream.replace('recommendation/', 'recommendations/', 1)}": found
        for stream in world.streams("recommendation", report)
        if (found := recommendation(world, stream))
    }
    responses = {
        f"/api/{stream.replace('response/', 'responses/', 1)}": found
        for stream in world.streams("response", report)
        if (found := response(world, stream))
    }
    ones = list(responses.values())
    return Answers(
        recommendations,
        responses,
        {group_by: compliance(world, ones, group_by) for group_by in GROUPS},
        {
            f"/api/{stream.replace('report/', 'reports/', 1)}": found
            for stream in world.streams("report", report)
            if (found := _report(world, stream)) is not None
        },
        _filtered(recommendations | responses),
    )


def _report(world: World, stream: str) -> Answer | None:
    """The fields of an answer about a report that are no texts; None for what was not published
    by then. Its title is the one that its page was last seen to have."""
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
        "published_on": found.act.occurred_on,
    }


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
