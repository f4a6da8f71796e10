"""The state of a recommendation: what each act is allowed in, and what it gives. Pure.

A standing is the fold of the acts in effect, by the last day on which each can have happened
and then by position. `evolve` is total: an act that is not allowed where it falls changes
nothing, so that an April update entered after a June closure stays in the trail without effect.
"""

from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Literal, assert_never

import msgspec

from ledger.events import (
    AssuranceSought,
    ClosureConfirmed,
    ClosureProposed,
    ClosureRefused,
    CommissionerStatementIssued,
    RecommendationEvent,
    RecommendationRaised,
    Reopened,
    Superseded,
    TargetDateSet,
    UpdateReceived,
    Withdrawn,
)

Status = Literal[
    "open",
    "claimed_complete",
    "closure_proposed",
    "refused",
    "closed",
    "reopened",
    "withdrawn",
    "superseded",
]
ENDED: frozenset[Status] = frozenset({"withdrawn", "superseded"})
PROPOSABLE: frozenset[Status] = frozenset({"open", "claimed_complete", "reopened", "refused"})
REFUSABLE: frozenset[Status] = frozenset({"closure_proposed", "claimed_complete"})
DONE: frozenset[Status] = ENDED | {"closed", "claimed_complete"}
"""An end, closure or a claim of completion is recorded, and stands."""


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a recommendation stands."""

    status: Status = "open"
    on_a_claim: bool = False
    """Whether the closure that is proposed was proposed on a claim of completion."""
    closed_by: str | None = None
    """The entry that closed it, while it is closed."""
    ended_on: date | None = field(default=None, compare=False)
    """The day since which it is closed, withdrawn or superseded, while it is."""

    @property
    def is_done(self) -> bool:
        """Whether an end, closure or a claim of completion is recorded and stands: a claim does
        while closure is proposed on it."""
        return self.status in DONE or (self.status == "closure_proposed" and self.on_a_claim)


class Placed(msgspec.Struct, frozen=True, gc=False):
    """An act at its place: the last day on which it can have happened, then its position."""

    hi: date
    position: int
    entry: str
    event: RecommendationEvent

    @property
    def place(self) -> tuple[date, int]:
        return (self.hi, self.position)


def why_not(standing: Standing, event: RecommendationEvent) -> str | None:
    """Why an act is not allowed here, in a sentence; None if it is."""
    status = standing.status
    match event:
        case RecommendationRaised() | AssuranceSought() | TargetDateSet():
            return None
        case CommissionerStatementIssued():
            return None
        case UpdateReceived():
            allowed = status not in ENDED
            wants = "which ends the updates to it"
        case ClosureProposed():
            allowed = status in PROPOSABLE
            wants = (
                "but closure is proposed for one that is open, claimed complete, refused or "
                "reopened"
            )
        case ClosureConfirmed():
            allowed = status != "closed" and status not in ENDED
            wants = "so that it cannot be closed"
        case ClosureRefused():
            allowed = status in REFUSABLE
            wants = (
                "but closure is refused where it was proposed, or where the recommendation is "
                "claimed complete"
            )
        case Reopened():
            allowed = status != "reopened" and status not in ENDED
            wants = "so that it cannot be reopened"
        case Withdrawn() | Superseded():
            allowed = status not in ENDED
            wants = "which ended it already"
        case _:
            assert_never(event)
    return None if allowed else f"On that day the recommendation is {in_words(status)}, {wants}."


def evolve(standing: Standing, act: Placed) -> Standing:
    """The standing after an act. An act that is not allowed here changes nothing."""
    return standing if why_not(standing, act.event) is not None else _after(standing, act)


def _after(standing: Standing, act: Placed) -> Standing:
    """The standing after an act that is allowed here."""
    event = act.event
    match event:
        case UpdateReceived():
            if standing.status == "closed":
                return standing
            if event.claim is not None and event.claim.means == "complete":
                return replace(standing, status="claimed_complete")
            if standing.status == "claimed_complete":
                return replace(standing, status="open")
            return standing
        case ClosureProposed():
            claimed = standing.status == "claimed_complete"
            return replace(standing, status="closure_proposed", on_a_claim=claimed)
        case ClosureConfirmed():
            return replace(standing, status="closed", closed_by=act.entry, ended_on=act.hi)
        case ClosureRefused():
            return replace(standing, status="refused")
        case Reopened():
            return replace(standing, status="reopened", closed_by=None, ended_on=None)
        case Withdrawn():
            ended_on = standing.ended_on or act.hi
            return replace(standing, status="withdrawn", closed_by=None, ended_on=ended_on)
        case Superseded():
            ended_on = standing.ended_on or act.hi
            return replace(standing, status="superseded", closed_by=None, ended_on=ended_on)
        case (
            RecommendationRaised()
            | AssuranceSought()
            | TargetDateSet()
            | CommissionerStatementIssued()
        ):
            return standing
        case _:
            assert_never(event)


def fold(acts: Iterable[Placed], until: tuple[date, int] | None = None) -> Standing:
    """The standing after all acts, or after those placed before `until`."""
    standing = Standing()
    for act in sorted(acts, key=lambda act: act.place):
        if until is not None and act.place >= until:
            break
        standing = evolve(standing, act)
    return standing


def walked(acts: Iterable[Placed]) -> tuple[Standing, set[str]]:
    """The standing after all acts, and the entries whose acts are allowed where they fall."""
    standing, found = Standing(), set()
    for act in sorted(acts, key=lambda act: act.place):
        if why_not(standing, act.event) is None:
            found.add(act.entry)
            standing = _after(standing, act)
    return standing, found


def may_be_done(acts: Iterable[Placed], movable: Sequence[tuple[date, Placed]]) -> bool:
    """Whether it may be done with after all acts, in some order in which they can have happened.

    `movable`: the acts whose day is not exactly known, each with the first day on which it can have
    happened. Those among `acts` did happen, by their place; any other may have.
    """
    moves = {one.entry for _, one in movable}
    happened = sorted(acts, key=lambda act: (act.hi, act.entry in moves, act.position))
    there = {act.entry for act in happened}
    may = [one for one in movable if one[1].entry not in there]
    reached: set[_Reached] = {(Standing(), frozenset())}
    for n, act in enumerate(happened):
        ahead = {one.entry for one in happened[n:]}
        must = [one for one in movable if one[1].entry in ahead]
        reached = _spread(reached, [one for day, one in (*must, *may) if day <= act.hi], there)
        reached = {
            (standing if act.entry in moved else evolve(standing, act), moved - {act.entry})
            for standing, moved in reached
        }
    return any(one.is_done for one, _ in _spread(reached, [one for _, one in may], there))


_Reached = tuple[Standing, frozenset[str]]
"""A standing, and the entries whose acts were moved before it and have their place after it."""


def _spread(reached: set[_Reached], acts: Sequence[Placed], there: set[str]) -> set[_Reached]:
    """What is reached by any of these acts, in any order. One that happened, as those `there` did,
    does so once, beside any of its like: to do the same twice running changes nothing."""
    alike: dict[Hashable, list[Placed]] = {}
    for act in acts:
        claim = act.event.claim if isinstance(act.event, UpdateReceived) else None
        like = (type(act.event), claim is not None and claim.means == "complete")
        alike.setdefault(like, []).append(act)
    moves = [(like[0], there & {one.entry for one in like}) for like in alike.values()]
    found, new = set(reached), set(reached)
    while new:
        new = {
            (evolve(standing, act), moved | entries)
            for standing, moved in new
            for act, entries in moves
        } - found
        found |= new
    return found


def applied(acts: Iterable[Placed]) -> set[str]:
    """The entries whose acts are allowed where they fall."""
    return walked(acts)[1]


def in_words(status: Status) -> str:
    """A status as a sentence says it: “claimed complete”, “proposed for closure”."""
    return "proposed for closure" if status == "closure_proposed" else status.replace("_", " ")
