"""Which recommendations of a report a published response explains (Police Act 1996, s.55(5B)).

An explanation says that a passage exists, not that it satisfies the Act.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal

from projections.compliance import VerdictWord

ListedBy = Literal["report", "response"]


@dataclass(frozen=True, slots=True)
class Explained:
    """What one statement in effect says of a recommendation, and where its day lies."""

    how: Literal["named", "general", "not_found"]
    lo: date | None
    hi: date
    entry: str
    until: date | None = None
    """From then on the page was seen to say something else of it, or nothing."""


@dataclass(frozen=True, slots=True)
class Listed:
    """A recommendation as one addressee has it; `hi`: raised by then."""

    number: str
    key: str
    kind: str
    hi: date
    explained: tuple[Explained, ...]


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
    both would count the same thing twice. One with several addressees counts once: a passage
    on it explains it. `not_found` explains nothing. An explanation counts from the last day on
    which it can have been published, one that was added to the page from the day on which it was
    seen there, and none after the day on which it was seen to be gone.
    """
    explained: dict[str, tuple[Explained, ...]] = {}
    for one in listed:
        if one.kind == "recommendation" and one.hi <= effective_on:
            explained[one.key] = explained.get(one.key, ()) + one.explained
    recommendations = list(explained.values())
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
    )


def _how(explained: tuple[Explained, ...], by: date) -> set[str]:
    """The ways in which a recommendation is explained by a day; none of them: not explained."""
    return {
        one.how
        for one in explained
        if one.hi <= by and (one.until is None or by < one.until) and one.how != "not_found"
    }
