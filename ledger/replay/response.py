"""What an answer says of a response duty, worked out from the log."""

from typing import Any

from ledger.replay.coverage import coverage
from ledger.replay.duty import original_due_on, owed
from ledger.replay.improvement import improved_later
from ledger.replay.register import trigger_basis
from ledger.replay.verdict import basis, day_shown, weaker
from ledger.replay.world import World

PARTS = ("comments", "chief_officer_comments", "reply")


def response(world: World, stream: str) -> dict[str, Any] | None:
    """The fields of an answer that the log decides; None for what did not exist then."""
    _, reference, body = stream.split("/")
    found = owed(world.log, reference, body, world.known_at, world.on)
    if found is None:
        return None
    judged = found.on(world.on)
    trigger = trigger_basis(world.log, world.register, found.report.act, found.report.takeovers)
    shown = basis(found.duty, found.published, world.on)
    rule, first = found.arose.data["rule"], original_due_on(world.log, found.arose)
    return {
        "report": reference,
        "body": body,
        "body_name": world.bodies[body]["name"],
        "rule": {
            "id": rule["id"],
            "version": rule["version"],
            "citation": world.log.rules[rule["id"], rule["version"]]["citation"],
        },
        "trigger_on": found.report.act.occurred_on,
        "due_on": found.duty.due_on.isoformat() if found.duty.due_on else None,
        "original_due_on": first.isoformat() if first else None,
        "published_on": day_shown(found.published, world.on),
        "verdict": judged.verdict,
        "days": judged.days,
        "at_least": judged.at_least,
        "basis": weaker(trigger, shown),
        "bases": {"trigger": trigger, "published": shown},
        "coverage": coverage(world, stream, found, is_shown=judged.verdict != "not_shown"),
        "parts": _parts(world, stream),
        "comments_received_not_published": _not_published(world, stream),
        "improved_later": improved_later(world.log, reference, body, world.known_at, world.on),
    }


def _parts(world: World, stream: str) -> list[str]:
    """The parts that are published by the day, those that came by a revision too."""
    there = world.published_by_then(stream)
    found: set[str] = set()
    for act in world.happened(stream):
        if act.type == "response-published":
            found.update(act.data.get("parts", ("comments",)))
        elif act.data.get("field") == "chief_officer_comments" and act.data["statement"] in there:
            found.add("chief_officer_comments")  # a revision comes after what it revises
    return [part for part in PARTS if part in found]


def _not_published(world: World, stream: str) -> bool:
    """Whether the chief officer's comments are received and not published."""
    received = any(act.type == "chief-officer-comments-received" for act in world.happened(stream))
    parts = {*_parts(world, stream)}.union(  # and those of what may have been published already
        *(
            act.data.get("parts", ("comments",))
            for _, act in world.movable(stream)
            if act.type == "response-published"
        )
    )
    return received and "chief_officer_comments" not in parts
