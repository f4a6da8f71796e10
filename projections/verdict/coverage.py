"""Which recommendations of a report a published response explains (Police Act 1996, s.55(5B)).

An explanation says that a passage exists, not that it satisfies the Act.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal

import msgspec

from ledger.events.recommendation import CAUSES, How, Kind
from projections.verdict.compliance import VerdictWord

ListedBy = Literal["report", "response"]


class Explained(msgspec.Struct, frozen=True, gc=False, array_like=True):
    """What a statement of the body says of a recommendation, and where its day lies.

    `until`: the first day on which it was seen to be revised; from then on another holds.
    """

    entry: str
    how: How
    lo: date | None
    hi: date
    until: date | None = None


class Listed(msgspec.Struct, frozen=True, gc=False, array_like=True):
    """A recommendation that the response has to explain, as one addressee has it, and what it says
    of it; `hi`: raised by then. Rows keep it as it is here, too."""

    number: str
    key: str
    addressee: str
    kind: Kind
    hi: date
    explained: tuple[Explained, ...]
    parent: str | None = None
    """The key of the cause of concern that it belongs to."""


@dataclass(frozen=True, slots=True)
class Causes:
    """Counts of causes of concern, which stand beside the recommendations and are none."""

    addressed: int
    without_recommendations: int
    """Of those: with no recommendation that belongs to it, so that nothing is counted for it."""
    explained_now: int
    """Of those without: named, or covered in general, all the same."""


@dataclass(frozen=True, slots=True)
class Coverage:
    """Counts of recommendations. `response` as the list means that the report's is not held."""

    listed_by: ListedBy
    addressed: int
    explained_by_due: int | None
    """Shown to be explained by the due date; None where the verdict is `not_shown`, or where
    there is no due date."""
    explained_now: int
    general: int
    """Of those explained now: in general terms only, named nowhere."""
    causes_of_concern: Causes = Causes(0, 0, 0)


def coverage(
    listed: Sequence[Listed],
    *,
    listed_by: ListedBy,
    due_on: date | None,
    verdict: VerdictWord,
    effective_on: date,
) -> Coverage:
    """How many of the recommendations are explained, by the due date and by the day asked about.

    Counts the kind `recommendation` alone: what s.55(5B) speaks of. An area for improvement is
    none; a cause of concern is followed by recommendations of its own (`parent`), and counting
    both would count the same thing twice. A cause of concern to which no recommendation belongs is
    none either, by the Act's word, so it is named beside the counts (`causes_of_concern`) and is
    in none of them: whether it needs an explanation is not ours to say.

    One with several addressees counts once: a passage on it explains it. `not_found` explains
    nothing. An explanation counts from the last day on which it can have been published, one that
    was added to the page from the day on which it was seen there, and none after the day on which
    it was seen to be gone.
    """
    here = [one for one in listed if one.hi <= effective_on]
    recommendations = list(_by_key(here, ("recommendation",)).values())
    now = [_how(one, effective_on) for one in recommendations]
    by_due: int | None = None
    if due_on is not None and verdict != "not_shown":
        then = min(due_on, effective_on)
        by_due = sum(1 for one in recommendations if _how(one, then))
    return Coverage(
        listed_by=listed_by,
        addressed=len(recommendations),
        explained_by_due=by_due,
        explained_now=sum(1 for how in now if how),
        general=sum(1 for how in now if how == {"general"}),
        causes_of_concern=_causes(here, effective_on),
    )


def _by_key(listed: Sequence[Listed], kinds: Sequence[str]) -> dict[str, tuple[Explained, ...]]:
    """What explains those of some kinds: one with several addressees once."""
    explained: dict[str, tuple[Explained, ...]] = {}
    for one in listed:
        if one.kind in kinds:
            explained[one.key] = explained.get(one.key, ()) + one.explained
    return explained


def _causes(here: Sequence[Listed], effective_on: date) -> Causes:
    causes = _by_key(here, CAUSES)
    followed = {one.parent for one in here if one.kind == "recommendation"}
    without = {key: explained for key, explained in causes.items() if key not in followed}
    return Causes(
        addressed=len(causes),
        without_recommendations=len(without),
        explained_now=sum(1 for one in without.values() if _how(one, effective_on)),
    )


def _how(explained: tuple[Explained, ...], by: date) -> set[str]:
    """The ways in which a recommendation is explained by a day; none of them: not explained."""
    return {
        one.how
        for one in explained
        if one.hi <= by and (one.until is None or by < one.until) and one.how != "not_found"
    }
