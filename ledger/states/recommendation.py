"""The state of a recommendation: what each act is allowed in, and what it gives. Pure.

A standing is the fold of the acts in effect, by the last day on which each can have happened
and then by position. `evolve` is total: an act that is not allowed where it falls changes
nothing, so that an April update entered after a June closure stays in the trail without effect.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
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
    "open", "claimed_complete", "closure_proposed", "closed", "reopened", "withdrawn", "superseded"
]
ENDED: frozenset[Status] = frozenset({"withdrawn", "superseded"})
PROPOSABLE: frozenset[Status] = frozenset({"open", "claimed_complete", "reopened"})
DONE: frozenset[Status] = ENDED | {"closed", "claimed_complete"}
"""An end, closure or a claim of completion is recorded, and stands."""


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a recommendation stands; `before_proposal` is what a refusal goes back to."""

    status: Status = "open"
    before_proposal: Status = "open"
    closed_by: str | None = None
    """The entry that closed it, while it is closed."""

    @property
    def is_done(self) -> bool:
        """Whether an end, closure or a claim of completion is recorded and stands: a claim does
        while closure is proposed on it."""
        return self.status in DONE or (
            self.status == "closure_proposed" and self.before_proposal in DONE
        )


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
            wants = "but closure is proposed for one that is open, claimed complete or reopened"
        case ClosureConfirmed():
            allowed = status != "closed" and status not in ENDED
            wants = "so that it cannot be closed"
        case ClosureRefused():
            allowed = status == "closure_proposed"
            wants = "but only a proposed closure can be refused"
        case Reopened():
            allowed = status == "closed"
            wants = "but only a closed one can be reopened"
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
            return replace(standing, status="closure_proposed", before_proposal=standing.status)
        case ClosureConfirmed():
            return replace(standing, status="closed", closed_by=act.entry)
        case ClosureRefused():
            return replace(standing, status=standing.before_proposal)
        case Reopened():
            return replace(standing, status="reopened", closed_by=None)
        case Withdrawn():
            return replace(standing, status="withdrawn", closed_by=None)
        case Superseded():
            return replace(standing, status="superseded", closed_by=None)
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


def may_be_done(acts: Iterable[Placed], perhaps: Sequence[tuple[date, Placed]]) -> bool:
    """Whether it may be done with after all acts, if of those that may have happened, each from a
    day on, any did, in any order."""
    reached = {Standing()}
    for act in sorted(acts, key=lambda act: act.place):
        reached = _spread(reached, [one for day, one in perhaps if day <= act.hi])
        reached = {evolve(standing, act) for standing in reached}
    return any(one.is_done for one in _spread(reached, [one for _, one in perhaps]))


def _spread(reached: set[Standing], acts: Sequence[Placed]) -> set[Standing]:
    """The standings that are reached by any of these acts, in any order."""
    found, new = set(reached), set(reached)
    while new:
        new = {evolve(standing, act) for standing in new for act in acts} - found
        found |= new
    return found


def applied(acts: Iterable[Placed]) -> set[str]:
    """The entries whose acts are allowed where they fall."""
    return walked(acts)[1]


def in_words(status: Status) -> str:
    """A status as a sentence says it: “claimed complete”, “proposed for closure”."""
    return "proposed for closure" if status == "closure_proposed" else status.replace("_", " ")
