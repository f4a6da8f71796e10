"""What an answer says of a recommendation, worked out from the log."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from ledger.replay.effect import Act
from ledger.replay.standing import fold, is_done, may_be_done, may_be_last, target
from ledger.replay.world import World

Answer = dict[str, Any]
_LABELLED = re.compile(r"(?:recommendation|rec|r)?[\s.#-]*0*(\d\w*)")


@dataclass(frozen=True, slots=True)
class Said:
    """What a response said of a recommendation by a day: how, and which stance it takes."""

    statement: str
    how: str
    stance: str


def key(number: str) -> str:
    """A number as streams have it: without label or leading zeros, lower case.

    "Rec 02", "R2" and "Recommendation 2" are one; `afi-1` and `3a` stay what they are.
    """
    found = _LABELLED.fullmatch(number.strip().lower())
    return found[1] if found else number.strip().lower()


def recommendation(world: World, stream: str) -> Answer | None:
    """The fields of an answer that the log decides; None for what did not exist then."""
    _, reference, number, addressee = stream.split("/")
    report = world.report(reference)
    if report is None or report.days.hi > world.on:
        return None
    raised, acts = raising(world.happened(stream))
    if raised is None:
        return None
    standing = fold(acts)
    said = passages(world, stream)
    targets = [one for act in acts if (one := _target(act)) is not None]
    dates = [one["on"] for one in targets if one["on"]]
    updates = standing.updates
    claims = [act.data["claim"] for act in updates if act.data.get("claim")]
    sought = [act.id for act in acts if act.type == "assurance-sought"]
    answered = {act.data.get("answers") for act in updates}
    closing = standing.closing
    movable, happened = world.movable(stream), _happened(world, stream)
    sets = [(hi, act) for hi, act in happened if act.type == "target-date-set"]
    sure = {one.id for _, one in happened}
    perhaps = [act for _, act in movable if act.id not in sure]
    perhaps += may_be_last(sets, movable, world.log.look)
    reached = target(
        dates,
        [act.data["on"] for act in perhaps if act.type == "target-date-set"],
        world.on,
        done=is_done(standing.status, standing.before_proposal)
        or (bool(movable) and may_be_done(happened, movable, world.log.look)),
    )
    return {
        "report": reference,
        "number": raised.data["number"],
        "key": number,
        "addressee": addressee,
        "kind": raised.data.get("kind", "recommendation"),
        "parent": raised.data.get("parent"),
        "status": standing.status,
        "raised_on": raised.occurred_on,
        "target": {
            "standing": reached.standing,
            "on": reached.on,
            "original_on": reached.original_on,
            "moves": reached.moves,
            "days": reached.days,
        },
        "targets": targets,
        "assurances": {
            "open": sum(one not in answered for one in sought),
            "answered": sum(one in answered for one in sought),
        },
        "claim": _claim(claims[-1]) if claims else None,
        "last_update_on": updates[-1].occurred_on if updates else None,
        "stance": said[-1].stance if said else None,
        "statement": {"id": said[-1].statement, "how": said[-1].how} if said else None,
        "statements": [
            {"statement": one.statement, "how": one.how, "stance": one.stance} for one in said
        ],
        "closed": None
        if closing is None
        else {
            "by": closing.line.event["by"],
            "provenance": closing.line.event["provenance"],
            "on": closing.occurred_on,
        },
    }


def _happened(world: World, stream: str) -> list[tuple[date, Act]]:
    return [(hi, act) for hi, act in world.placed(stream) if hi <= world.on]


def raising(acts: Sequence[Act]) -> tuple[Act | None, list[Act]]:
    """The act that raised it, and all acts with that one first: none can come before it."""
    raised = next((act for act in acts if act.type == "recommendation-raised"), None)
    rest = [act for act in acts if act is not raised]
    return raised, [raised, *rest] if raised else rest


def _target(act: Act) -> Answer | None:
    """What an act says of when a recommendation shall be done, in a day or in words alone."""
    if act.type == "target-date-set":
        return {"on": act.data["on"], "origin": act.data["origin"], "entry": act.id}
    if act.type == "recommendation-raised" and (said := act.data.get("target")):
        return {"on": said.get("on"), "origin": "report", "entry": act.id}
    return None


def _claim(said: Answer) -> Answer:
    return {"means": said["means"], "expected_on": said.get("expected_on")}


def passages(world: World, stream: str) -> list[Said]:
    """What each published response says of a recommendation, as revised, in order."""
    _, reference, number, addressee = stream.split("/")
    found: dict[str, Said] = {}
    for act in world.happened(stream):
        if act.type == "commissioner-statement-issued":
            found[act.data["statement"]] = Said(
                act.data["statement"],
                act.data["how"],
                act.data["stance"],
            )
    for act in _revisions(world, reference, number, addressee):
        before = found.get(act.data["statement"])
        now = act.data.get("now")
        how = act.data.get("how") or (before.how if before and before.how != "not_found" else None)
        found[act.data["statement"]] = Said(
            act.data["statement"],
            (how or "named") if now else "not_found",
            before.stance if before else "not_stated",
        )
    return list(found.values())


def _revisions(world: World, reference: str, number: str, addressee: str) -> Sequence[Act]:
    """The revisions of passages about a recommendation, seen by then, of what is published then."""
    if reference not in world.revised:
        found = world.revised[reference] = {}
        for stream in world.streams("response", reference):
            there = world.published_by_then(stream)
            for act in world.happened(stream):
                if (
                    act.type == "statement-revised"
                    and act.data["field"] == "passage"
                    and act.data["statement"] in there
                ):
                    about = (key(act.data["number"]), act.data["addressee"])
                    found.setdefault(about, []).append(act)
    return world.revised[reference].get((number, addressee), ())
