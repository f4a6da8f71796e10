"""All that a log says at two dates: every recommendation, every response, compliance."""

from dataclasses import dataclass
from typing import Any

from ledger.transparency.replay_compliance import GROUPS, compliance
from ledger.transparency.replay_recommendation import recommendation
from ledger.transparency.replay_response import response
from ledger.transparency.replay_world import World

Answer = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Answers:
    """The answers by their path, such as `/api/responses/{report}/{body}`."""

    recommendations: dict[str, Answer]
    responses: dict[str, Answer]
    compliance: dict[str, Answer]
    """By what the counts are grouped by."""


def answers(world: World, report: str | None = None) -> Answers:
    """Everything that existed at a position and on a day; or what concerns one report alone."""
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
    )
