"""What an answer says of a recommendation: where it stands, its target, what responses say of it.

Where it stands is the fold of the acts in effect whose hi is not after the day, sorted by
(hi, position); an act whose precondition fails at its place changes nothing (domain.md, "What is
allowed when").
"""

import re
from collections.abc import Callable, Sequence, Set
from dataclasses import asdict, dataclass, field
from datetime import date
from itertools import pairwise
from typing import Any

from ledger.replay.world import Act, World, first_of, last_day, office

Answer = dict[str, Any]
_LABELLED = re.compile(r"(?:recommendation|rec|r)?[\s.#-]*0*(\d\w*)")
ENDED = ("withdrawn", "superseded")
Look = Callable[[int], object]
"""Counts how many acts are looked at again."""
_Order = tuple[tuple[str, bool], frozenset[str]]
"""A status with the one before a proposal, and the acts that came before their place."""


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
    claim = claims[-1] if claims else None
    sought = [act.id for act in acts if act.type == "assurance-sought"]
    answered = {act.data.get("answers") for act in updates}
    closing = standing.closing
    movable = world.movable(stream)
    happened = [(hi, act) for hi, act in world.placed(stream) if hi <= world.on]
    sets = [(hi, act) for hi, act in happened if act.type == "target-date-set"]
    sure = {one.id for _, one in happened}
    perhaps = [act for _, act in movable if act.id not in sure]
    perhaps += may_be_last(sets, movable, world.log.look)
    others = [act.data["on"] for act in perhaps if act.type == "target-date-set"]
    done = is_done(standing.status, standing.on_a_claim)
    done = done or (bool(movable) and may_be_done(happened, movable, world.log.look))
    reached = target(dates, others, world.on, done=done)
    last = max(map(_last, (dates[-1], *others))) if dates and not done else None
    ended = next((hi for hi, act in happened if act is standing.ended), None)
    return {
        "report": reference,
        "number": raised.data["number"],
        "key": number,
        "addressee": addressee,
        "kind": raised.data.get("kind", "recommendation"),
        "parent": raised.data.get("parent"),
        "status": standing.status,
        "raised_on": raised.occurred_on,
        "office": office(
            world, addressee, first_of(world.on, [last], [ended]), done=ended is not None
        ),
        "target": asdict(reached),
        "targets": targets,
        "assurances": {
            "open": sum(one not in answered for one in sought),
            "answered": sum(one in answered for one in sought),
        },
        "claim": claim and {"means": claim["means"], "expected_on": claim.get("expected_on")},
        "last_update_on": updates[-1].occurred_on if updates else None,
        "stance": said[-1].stance if said else None,
        "statement": {"id": said[-1].statement, "how": said[-1].how} if said else None,
        "statements": [asdict(one) for one in said],
        "closed": None
        if closing is None
        else {
            "by": closing.line.event["by"],
            "provenance": closing.line.event["provenance"],
            "on": closing.occurred_on,
        },
    }


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


@dataclass(slots=True)
class Standing:
    """A status, whether closure is proposed on a claim of completion, the act that closed it, and
    the updates that came while it had not ended: any other changes nothing."""

    status: str = "open"
    on_a_claim: bool = False
    closing: Act | None = None
    ended: Act | None = None
    """The act since which it is closed, withdrawn or superseded, while it is."""
    updates: list[Act] = field(default_factory=list)


def fold(acts: Sequence[Act]) -> Standing:
    """The standing after acts that are in order."""
    found = Standing()
    for act in acts:
        _apply(found, act)
    return found


def _apply(to: Standing, act: Act) -> None:
    match act.type, to.status:
        case "update-received", ("withdrawn" | "superseded"):
            pass
        case "update-received", status:
            to.updates.append(act)
            if status == "closed":
                pass
            elif (act.data.get("claim") or {}).get("means") == "complete":
                to.status = "claimed_complete"
            elif status == "claimed_complete":
                to.status = "open"
        case "closure-proposed", ("open" | "claimed_complete" | "reopened" | "refused" as status):
            to.status, to.on_a_claim = "closure_proposed", status == "claimed_complete"
        case "closure-confirmed", status if status not in (*ENDED, "closed"):
            to.status, to.closing, to.ended = "closed", act, act
        case "closure-refused", ("closure_proposed" | "claimed_complete"):
            to.status = "refused"
        case "reopened", status if status not in (*ENDED, "reopened"):
            to.status, to.closing, to.ended = "reopened", None, None
        case "withdrawn" | "superseded", status if status not in ENDED:
            to.status, to.closing, to.ended = act.type, None, to.ended or act
        case _:
            pass


def is_done(status: str, on_a_claim: bool) -> bool:
    """Whether it ended, was closed or is claimed complete, also while closure is proposed on that
    claim."""
    claimed = status == "closure_proposed" and on_a_claim
    return claimed or status in (*ENDED, "closed", "claimed_complete")


def may_be_done(
    acts: Sequence[tuple[date, Act]], movable: Sequence[tuple[date, Act]], look: Look
) -> bool:
    """Whether it may be done with, in some order. The acts are at their places, the last days on
    which they can have happened; those of them that are movable may have done so from a day on. A
    movable act that is not among them may not have happened at all. `look` is told what is looked
    at, and refuses what has no end."""
    free = {act.id for _, act in movable}
    acts = sorted(acts, key=lambda one: (one[0], one[1].id in free))  # any may end its last day
    last = {act.id: n for n, (_, act) in enumerate(acts)}
    orders: set[_Order] = {(("open", False), frozenset())}
    for n, (day, act) in enumerate(acts):
        look((1 + len(movable)) * len(orders))
        could = [one for since, one in movable if since <= day and last.get(one.id, n) >= n]
        orders = {
            (status if act.id in early else _after(status, act), early - {act.id})
            for status, early in _with_any(orders, could, last.keys(), look)
        }
    could = [one for _, one in movable if one.id not in last]
    return any(is_done(*status) for status, _ in _with_any(orders, could, last.keys(), look))


def _with_any(orders: set[_Order], acts: Sequence[Act], sure: Set[str], look: Look) -> set[_Order]:
    """The orders in which any of the acts come here. Those that do the same come together."""
    same: dict[tuple[str, bool], list[Act]] = {}
    for act in acts:
        complete = (act.data.get("claim") or {}).get("means") == "complete"
        same.setdefault((act.type, complete), []).append(act)
    found, new = set(orders), set(orders)
    while new:
        look(len(new) * len(acts))
        new = {
            (_after(status, them[0]), early | {one.id for one in them if one.id in sure})
            for status, early in new
            for them in same.values()
        } - found
        found |= new
    return found


def may_be_last(
    acts: Sequence[tuple[date, Act]], movable: Sequence[tuple[date, Act]], look: Look
) -> list[Act]:
    """Of acts at their places, those that come after all others in some order."""
    since = {act.id: lo for lo, act in movable}
    found = []
    for n, (hi, act) in enumerate(acts):
        look(len(acts))
        earlier = {one.id for _, one in acts[:n]}
        others = [(since.get(one.id, day), one) for day, one in acts if one is not act]
        if all(
            day < hi or (day == hi and (one.id in earlier or {one.id, act.id} & since.keys()))
            for day, one in others
        ):
            found.append(act)
    return found


def _after(status: tuple[str, bool], act: Act) -> tuple[str, bool]:
    to = Standing(*status)
    _apply(to, act)
    return to.status, to.on_a_claim


@dataclass(frozen=True, slots=True)
class Target:
    """A target as it stands on a day: `days` are left, or over where it passed."""

    standing: str
    on: str | None
    original_on: str | None
    moves: int
    days: int | None


def target(dates: Sequence[str], perhaps: Sequence[str], on: date, *, done: bool) -> Target:
    """The target from the days that were set, in order; `perhaps`: that may have been set too.

    It is passed where the day is over, also that of any that may have been set, and nothing is
    recorded by which it is done with, or may be; else the day is over and no more is said.
    """
    if not dates:
        return Target("none", None, None, 0, None)
    moves = sum(one != other for one, other in pairwise(dates))
    left = (_last(dates[-1]) - on).days
    more_time = any(_last(one) >= on for one in perhaps)
    standing, days = ("over", None) if done or more_time else ("passed", -left)
    if left >= 0:
        standing, days = "ahead", left
    return Target(standing, dates[-1], dates[0], moves, days)


def _last(said: str) -> date:
    day = last_day(said)
    assert day is not None
    return day
