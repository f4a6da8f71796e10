"""Which recommendations a response explains: by the last day, and on the day asked."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from ledger.replay.duty import Owed
from ledger.replay.effect import Act
from ledger.replay.recommendation import key, passages
from ledger.replay.world import World

CAUSES = ("cause_of_concern", "accelerated_cause_of_concern")


@dataclass(slots=True)
class Listed:
    """One number of the report's list, whoever of the body and its force it is addressed to."""

    kind: str
    parent: str | None
    now: set[str] = field(default_factory=set)
    by_due: set[str] = field(default_factory=set)
    """How the response explains it: `named`, `general`."""


def coverage(world: World, stream: str, found: Owed, is_shown: bool) -> dict[str, Any]:
    """The coverage of a response: recommendations alone count, causes of concern stand beside."""
    listed = _listed(world, stream, found.duty.due_on)
    counted = [one for one in listed.values() if one.kind == "recommendation"]
    causes = {number: one for number, one in listed.items() if one.kind in CAUSES}
    alone = [
        one
        for number, one in causes.items()
        if not any(each.parent and key(each.parent) == number for each in counted)
    ]
    with_day = is_shown and found.duty.due_on is not None
    return {
        "listed_by": found.report.act.data.get("listed_by", "report"),
        "addressed": len(counted),
        "explained_by_due": _explained(one.by_due for one in counted) if with_day else None,
        "explained_now": _explained(one.now for one in counted),
        "general": sum(one.now == {"general"} for one in counted),
        "causes_of_concern": {
            "addressed": len(causes),
            "without_recommendations": len(alone),
            "explained_now": _explained(one.now for one in alone),
        },
    }


def _explained(hows: Iterable[set[str]]) -> int:
    return sum(bool(one) for one in hows)


def recommendations(world: World, response: str) -> list[str]:
    """The streams of the report's recommendations that a response has to explain."""
    _, reference, body = response.split("/")
    lines = world.log.streams[response]
    asked = world.register.asked(body, next(x for x in lines if x.type == "response-duty-arose"))
    found = world.streams("recommendation", reference)
    world.log.look(len(found))
    return [stream for stream in found if stream.rpartition("/")[2] in asked]


def _listed(world: World, response: str, due_on: date | None) -> dict[str, Listed]:
    statements = world.published(response)  # from which day a passage counts, its own entry says
    by_due = world.at(min(due_on, world.on)) if due_on else None
    found: dict[str, Listed] = {}
    for stream in recommendations(world, response):
        number = stream.split("/")[2]
        raised = _raised(world.happened(stream))
        if raised is None:
            continue
        one = found.setdefault(
            number, Listed(raised.data.get("kind", "recommendation"), raised.data.get("parent"))
        )
        one.now |= _hows(world, stream, statements)
        if by_due:
            one.by_due |= _hows(by_due, stream, statements)
    return found


def _hows(world: World, stream: str, statements: set[str]) -> set[str]:
    return {
        one.how
        for one in passages(world, stream)
        if one.statement in statements and one.how in ("named", "general")
    }


def _raised(acts: Iterable[Act]) -> Act | None:
    return next((act for act in acts if act.type == "recommendation-raised"), None)
