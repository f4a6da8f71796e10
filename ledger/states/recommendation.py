"""The state of a recommendation: what each act is allowed in, and what it gives. Pure.

A standing is the fold of the acts in effect, by the last day on which each can have happened
and then by position. `evolve` is total: an act that is not allowed where it falls changes
nothing, so that an April update entered after a June closure stays in the trail without effect.
"""

from bisect import bisect_left
from collections.abc import Iterable, Sequence
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
    RepeatNoted,
    Superseded,
    TargetDateSet,
    UpdateReceived,
    Withdrawn,
)
from ledger.events.entry import Entry
from ledger.events.recommendation import Ground, Target

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
Completion = Literal["waiting", "confirmed", "refused", "reopened", "no_longer_relevant", "ended"]
"""What became of a force's claim of completion."""
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
    """True if the proposed closure rests on a claim of completion."""
    ended_on: date | None = field(default=None, compare=False)
    """The day since which it is closed, withdrawn or superseded, while it is."""
    called_on: date | None = field(default=None, compare=False)
    """The day of the claim of completion that waits for a decision, or that the last decision
    answered. None without such a claim, or after the force took it back."""

    @property
    def is_done(self) -> bool:
        """Return whether an end, a closure or a claim of completion stands. A claim still stands
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


class Undated(msgspec.Struct, frozen=True, gc=False):
    """An act without an exact day: it happened on a day from `lo` to its place."""

    lo: date
    act: Placed
    occurred_on: str | None
    """The day as it was given: a month, a year, or not known."""


def why_not(standing: Standing, event: RecommendationEvent) -> str | None:
    """Return, in a sentence, why an act is not allowed here; None if it is."""
    status = standing.status
    match event:
        case RecommendationRaised() | AssuranceSought() | TargetDateSet():
            return None
        case CommissionerStatementIssued() | RepeatNoted() | UpdateReceived(remark=True):
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
    """Return the standing after an act. An act that is not allowed here changes nothing."""
    return standing if why_not(standing, act.event) is not None else _after(standing, act)


def _after(standing: Standing, act: Placed) -> Standing:
    """Return the standing after an act that is allowed here."""
    event = act.event
    match event:
        case UpdateReceived(claim=claim) if claim is not None and claim.means == "complete":
            called_on = act.hi if _is_answered(standing) else standing.called_on or act.hi
            status: Status = "closed" if standing.status == "closed" else "claimed_complete"
            return replace(standing, status=status, called_on=called_on)
        case UpdateReceived(remark=None):
            if standing.status == "claimed_complete":
                return replace(standing, status="open", called_on=None)
            return standing
        case ClosureProposed():
            claimed = standing.status == "claimed_complete"
            anew = act.hi if standing.called_on and _is_answered(standing) else standing.called_on
            return replace(standing, status="closure_proposed", on_a_claim=claimed, called_on=anew)
        case ClosureConfirmed():
            return replace(standing, status="closed", ended_on=act.hi)
        case ClosureRefused():
            return replace(standing, status="refused")
        case Reopened():
            return replace(standing, status="reopened", ended_on=None)
        case Withdrawn():
            ended_on = standing.ended_on or act.hi
            return replace(standing, status="withdrawn", ended_on=ended_on)
        case Superseded():
            ended_on = standing.ended_on or act.hi
            return replace(standing, status="superseded", ended_on=ended_on)
        case (
            RecommendationRaised()
            | AssuranceSought()
            | TargetDateSet()
            | CommissionerStatementIssued()
            | RepeatNoted()
            | UpdateReceived()
        ):
            return standing
        case _:
            assert_never(event)


def _is_answered(standing: Standing) -> bool:
    """Return whether a refusal or a reopening is the last word, so that a claim after it is a new
    one."""
    return standing.status in ("refused", "reopened")


def fold(acts: Iterable[Placed], until: tuple[date, int] | None = None) -> Standing:
    """Return the standing after all acts, or after those placed before `until`."""
    standing = Standing()
    for act in sorted(acts, key=lambda act: act.place):
        if until is not None and act.place >= until:
            break
        standing = evolve(standing, act)
    return standing


@dataclass(frozen=True, slots=True)
class Course:
    """The acts of a recommendation in effect by their places, with the standing after each, and the
    entries that they were read from. One more act is added without reading the others again."""

    acts: tuple[Placed, ...] = ()
    standings: tuple[Standing, ...] = (Standing(),)
    """The standing before the first act, then after each."""
    entries: int = 0
    """How many entries of the recommendation's stream it covers."""
    last: Entry | None = None
    """The last of them."""
    report: Entry | None = None
    """The last entry of the report's stream, on whose day the places depend."""

    def before(self, place: tuple[date, int]) -> Standing:
        """Return the standing after the acts that come before a place."""
        return self.standings[bisect_left(self.acts, place, key=lambda act: act.place)]

    def goes_on(self, entries: Sequence[Entry], report: Sequence[Entry]) -> bool:
        """Return whether these are the entries that it was read from, and later ones."""
        return (
            self.last is not None
            and len(entries) >= self.entries
            and entries[self.entries - 1] is self.last
            and report[-1] is self.report
        )

    def then(
        self, new: Iterable[Placed], entries: Sequence[Entry], report: Sequence[Entry]
    ) -> "Course":
        """Return the course with more acts, which these entries have brought."""
        acts, standings = [*self.acts], [*self.standings]
        for act in sorted(new, key=lambda act: act.place):
            at = bisect_left(acts, act.place, key=lambda act: act.place)
            acts.insert(at, act)
            standings.insert(at + 1, evolve(standings[at], act))
            if standings[at + 1] is not standings[at]:
                for n, later in enumerate(acts[at + 1 :], at + 1):
                    standings[n + 1] = evolve(standings[n], later)
        return Course(tuple(acts), tuple(standings), len(entries), entries[-1], report[-1])


def in_doubt(acts: Iterable[Placed], undated: Sequence[Undated]) -> tuple[str, ...]:
    """Return the entries of the undated acts that may have ended it, or moved its target, by the
    day asked. With none of them, neither happened.

    `acts`: those that happened by that day. `undated`: those without an exact day that may have
    happened by it, some of `acts` and others beside them. An undated act undoes nothing that it
    may have come before.
    """
    begins = {one.act.entry: one.lo for one in undated}
    happened = sorted(acts, key=lambda act: act.place)
    undoing = [act for act in happened if _is_undoing(act.event)]
    found = [
        one.act.entry
        for one in undated
        if _may_end(one.act.event)
        and not any(
            begins.get(act.entry, act.hi) > one.act.hi and _undoes(act.event, one.act.event)
            for act in undoing
        )
    ]
    exact = [act for act in happened if act.entry not in begins]
    last_end = max((act.hi for act in exact if _may_end(act.event)), default=date.min)
    earlier = {act.entry for act in undoing if begins.get(act.entry, date.max) <= last_end}
    after = [act for act in undoing if act.entry in begins and act.entry not in earlier]
    if fold([*exact, *after]).is_done:
        found += earlier
    return (*found, *_may_move(happened, undated))


def _may_move(happened: Sequence[Placed], undated: Sequence[Undated]) -> list[str]:
    """Return the undated acts by which another target may be the last that was set."""
    begins = {one.act.entry: one.lo for one in undated}
    there = {act.entry for act in happened}
    own = [act for act in happened if isinstance(act.event, RecommendationRaised) and _on(act)]
    sets = [act for act in happened if isinstance(act.event, TargetDateSet)]
    others = [one.act for one in undated if isinstance(one.act.event, TargetDateSet)]
    others = [act for act in others if act.entry not in there]
    if sets or own:
        *earlier, current = sets or own  # nothing comes before the report's own
        since = begins.get(current.entry, current.hi)
        rivals = [
            act for act in earlier if act.hi >= since and begins.keys() & {act.entry, current.entry}
        ]
        others = [act for act in (*rivals, *others) if _on(act) != _on(current)]
        if others and current.entry in begins:
            others.append(current)
    return [act.entry for act in others if act.entry in begins]


def _on(act: Placed) -> str | None:
    """Return the day by which an act wants it done."""
    match act.event:
        case TargetDateSet(on=on):
            return on
        case RecommendationRaised(target=Target(on=on)):
            return on
        case _:
            return None


def _may_end(event: RecommendationEvent) -> bool:
    """Return whether an act ends a recommendation, claims that it is done, or proposes closure,
    which keeps a claim alive."""
    match event:
        case UpdateReceived(claim=claim):
            return claim is not None and claim.means == "complete"
        case ClosureProposed() | ClosureConfirmed() | Withdrawn() | Superseded():
            return True
        case _:
            return False


def _is_undoing(event: RecommendationEvent) -> bool:
    """Return whether an act takes back a claim, a proposal or a closure."""
    return isinstance(event, ClosureRefused | Reopened) or (
        isinstance(event, UpdateReceived) and not (_may_end(event) or event.remark)
    )


def _undoes(event: RecommendationEvent, other: RecommendationEvent) -> bool:
    """Return whether an act certainly takes back another one that came before it: a reopening
    takes back each but an end, a refusal a claim and a proposal."""
    match other:
        case Withdrawn() | Superseded():
            return False
        case ClosureConfirmed():
            return isinstance(event, Reopened)
        case _:
            return isinstance(event, Reopened | ClosureRefused)


def completion(standing: Standing, ground: Ground | None) -> Completion | None:
    """Return what became of the force's claim of completion; None if none is in force. `ground` is
    that of the closure, if it is closed."""
    if standing.called_on is None:
        return None
    match standing.status:
        case "claimed_complete" | "closure_proposed":
            return "waiting"
        case "closed":
            return "no_longer_relevant" if ground == "no_longer_relevant" else "confirmed"
        case "refused" | "reopened":
            return standing.status
        case "withdrawn" | "superseded":
            return "ended"
        case "open":
            return None
        case _:
            assert_never(standing.status)


def applied(acts: Iterable[Placed]) -> set[str]:
    """Return the entries whose acts are allowed where they fall."""
    standing, found = Standing(), set()
    for act in sorted(acts, key=lambda act: act.place):
        if why_not(standing, act.event) is None:
            found.add(act.entry)
            standing = _after(standing, act)
    return found


def in_words(status: Status) -> str:
    """Return a status as a sentence says it: “claimed complete”, “proposed for closure”."""
    return "proposed for closure" if status == "closure_proposed" else status.replace("_", " ")
