"""What belongs to a cause of concern: its recommendations name it as their parent.

A parent is a cause of concern of the same report to the same body, recorded before what belongs
to it and in effect. A link is never corrected, and a retracted number is not raised again, so
that no chain of parents comes back to where it began.
"""

from ledger.acts.decision import Decision
from ledger.errors import Refused
from ledger.events import RecommendationRaised
from ledger.events.recommendation import CAUSES
from ledger.events.streams import RecommendationId, key_of, recommendation_of, recommendation_stream
from ledger.states.effect import Known, in_effect


def why_no_parent(
    decision: Decision, to: RecommendationId, number: str, parent: str | None
) -> str | None:
    """Why what a recommendation names as its parent can be none, in a sentence; None: it can."""
    if parent is None:
        return None
    try:
        key = key_of(parent)
    except ValueError as error:
        return str(error)
    if key == to.key:
        return f"{number} cannot belong to itself."
    found = _raised(decision, RecommendationId(to.report, key, to.addressee))
    if found is None:
        return (
            f"The cause of concern {parent}, which {number} belongs to, isn't recorded for "
            f"“{to.addressee}”; record it first."
        )
    if found.kind not in CAUSES:
        return (
            f"{number} cannot belong to {parent}, which is no cause of concern but of the kind "
            f"`{found.kind}`: correct that kind first, if it is wrong."
        )
    return None


def parent_possible(decision: Decision, to: RecommendationId, event: RecommendationRaised) -> None:
    """Refused where what a recommendation names as its parent can be none."""
    if (why := why_no_parent(decision, to, event.number, event.parent)) is not None:
        raise Refused("parent", why)


def children_of(decision: Decision, to: RecommendationId) -> list[str]:
    """The ids of the entries in effect that raise what belongs to a cause of concern."""
    return [
        one.id
        for stream, entries in decision.below(f"recommendation/{to.report}/").items()
        if recommendation_of(stream).addressee == to.addressee
        for one in in_effect(entries)
        if isinstance(one.data, RecommendationRaised)
        and one.data.parent is not None
        and key_of(one.data.parent) == to.key
    ]


def family_possible(decision: Decision, one: Known) -> None:
    """Refused where a recommendation, as it is known now, breaks what hangs together: whose
    parent it names, and what names it."""
    if not isinstance(one.data, RecommendationRaised):
        return
    to = recommendation_of(one.entry.stream)
    parent_possible(decision, to, one.data)
    if one.data.kind not in CAUSES and (children := children_of(decision, to)):
        raise Refused(
            "others-rest-on-it",
            f"{one.data.number} stays a cause of concern while others belong to it; retract them "
            "first: " + ", ".join(children) + ".",
        )


def _raised(decision: Decision, to: RecommendationId) -> RecommendationRaised | None:
    entries = decision.stream(recommendation_stream(to.report, to.key, to.addressee))
    acts = (one.data for one in in_effect(entries))
    return next((act for act in acts if isinstance(act, RecommendationRaised)), None)
