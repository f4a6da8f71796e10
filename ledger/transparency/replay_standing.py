"""Where a recommendation stands: the fold of the acts in effect whose hi is not after the day.

The acts are sorted by (hi, position); an act whose precondition fails at its place changes
nothing (domain.md, "What is allowed when").
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from itertools import pairwise

from ledger.transparency.replay_effect import Act, last_day

ENDED = ("withdrawn", "superseded")


@dataclass(slots=True)
class Standing:
    """A status, what it was before closure was proposed, and the act that closed it."""

    status: str = "open"
    before_proposal: str = "open"
    closing: Act | None = None


def fold(acts: Sequence[Act]) -> Standing:
    """The standing after acts that are in order."""
    found = Standing()
    for act in acts:
        _apply(found, act)
    return found


def _apply(to: Standing, act: Act) -> None:
    match act.type, to.status:
        case "update-received", ("withdrawn" | "superseded" | "closed"):
            pass
        case "update-received", status:
            if (act.data.get("claim") or {}).get("means") == "complete":
                to.status = "claimed_complete"
            elif status == "claimed_complete":
                to.status = "open"
        case "closure-proposed", ("open" | "claimed_complete" | "reopened" as status):
            to.status, to.before_proposal = "closure_proposed", status
        case "closure-confirmed", status if status not in (*ENDED, "closed"):
            to.status, to.closing = "closed", act
        case "closure-refused", "closure_proposed":
            to.status = to.before_proposal
        case "reopened", "closed":
            to.status, to.closing = "reopened", None
        case "withdrawn" | "superseded", status if status not in ENDED:
            to.status, to.closing = act.type, None
        case _:
            pass


@dataclass(frozen=True, slots=True)
class Target:
    """A target as it stands on a day: `days` are left, or over where it passed."""

    standing: str
    on: str | None
    original_on: str | None
    moves: int
    days: int | None


def target(dates: Sequence[str], status: str, on: date) -> Target:
    """The target from the days that were set, in order.

    It is passed where the day is over and neither closure nor a claim of completion is recorded.
    """
    if not dates:
        return Target("none", None, None, 0, None)
    moves = sum(one != other for one, other in pairwise(dates))
    left = (_last(dates[-1]) - on).days
    done = status in (*ENDED, "closed", "claimed_complete")
    return Target(
        "passed" if left < 0 and not done else "ahead",
        dates[-1],
        dates[0],
        moves,
        None if left < 0 and done else abs(left),
    )


def _last(said: str) -> date:
    day = last_day(said)
    assert day is not None
    return day
