"""The outcomes of the claims by which forces call recommendations complete.

A claim counts from the update that makes it (`claim.means` is `complete`) until the force takes it
back by a later update, before anybody decided. A decision answers it:

- `confirmed`: the inspectorate closed the recommendation, on the ground that it is done or on none
  that is recorded;
- `no_longer_relevant`: it closed it on this ground, which confirms nothing;
- `refused`: it refused to close it, and nothing followed that refusal;
- `reopened`: it opened it again after a closure;
- `ended`: it withdrew or superseded it;
- `waiting`: none of these, and the record about it is kept here (`projections/keeping.py`);
- `not_kept_here`: none of these, and nobody has said that the record is kept here. So the decision
  may be missing here alone, and the claim does not count as waiting.

A proposal to close without a claim is no claim. A proposal after a refusal lets the claim wait
anew, from its day on.
"""

from datetime import date
from typing import Annotated, Literal, get_args

from msgspec import Meta

from ledger.states.service import Service
from projections import keeping
from projections.fields import Answer, Count, Day
from projections.states.values import RecommendationState

Outcome = Literal[
    "waiting",
    "not_kept_here",
    "confirmed",
    "no_longer_relevant",
    "refused",
    "reopened",
    "ended",
]
OUTCOMES: tuple[Outcome, ...] = get_args(Outcome)


class ClaimOfCompletion(Answer, frozen=True, kw_only=True):
    """The outcome of the claim by which the force calls a recommendation complete."""

    outcome: Annotated[
        Outcome,
        Meta(
            description="`not_kept_here`: no decision is recorded, and nobody has said that the "
            "record is kept here."
        ),
    ]
    called_on: Annotated[Day, Meta(description="The last day on which it can have been made.")]


class Completions(Answer, frozen=True, kw_only=True):
    """The numbers of recommendations that forces call complete, by what became of the claim. Their
    sum is `called`."""

    called: Count
    confirmed: Count
    refused: Count
    reopened: Count
    no_longer_relevant: Annotated[
        int, Meta(description="Closed on the ground that they are no longer relevant.")
    ]
    ended: Annotated[int, Meta(description="Withdrawn or superseded.")]
    waiting: Count
    waiting_over_a_year: Annotated[int, Meta(description="Of `waiting`.")]
    not_kept_here: Annotated[
        int,
        Meta(
            description="Without a recorded decision, where nobody has said that the record is "
            "kept here. So they do not count as waiting."
        ),
    ]


def claim_of_completion(register: Service, state: RecommendationState) -> ClaimOfCompletion | None:
    """Return what became of the force's claim of completion; None if none is in force."""
    if state.completion is None or state.called_on is None:
        return None
    outcome: Outcome = state.completion
    if outcome == "waiting" and not keeping.is_kept(register, state):
        outcome = "not_kept_here"
    return ClaimOfCompletion(outcome=outcome, called_on=state.called_on)


def year_before(day: date) -> date:
    """Return the day of a year before a day; 28 February for 29 February."""
    year = max(day.year - 1, date.min.year)
    return day.replace(year=year, day=28 if (day.month, day.day) == (2, 29) else day.day)
