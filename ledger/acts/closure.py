"""Who decides on closure: the inspectorate, or whom it lets (`closes_by`); never a force.

Both are as the register says when the act is recorded. What another records of such a decision is
`reported`, with its source; from the force that it is about, not even that is taken.
"""

from ledger.acts.decision import Decision
from ledger.errors import Refused
from ledger.events import (
    BodyRegistered,
    ClosureConfirmed,
    ClosureRefused,
    Reopened,
    Superseded,
    Withdrawn,
)
from ledger.events.streams import RecommendationId
from ledger.states.report import Report

Ending = ClosureConfirmed | Withdrawn | Superseded
Decided = Ending | ClosureRefused | Reopened
_OF_AN_AREA = {"local_policing_body", "panel", "fire_authority"}


def may_tell(decision: Decision, event: Decided) -> None:
    """Refuse a force's account that ends a recommendation, whosever act it says that is."""
    body = decision.account.body
    if body is None or not isinstance(event, Ending) or decision.body(body).kind != "force":
        return
    raise Refused(
        "force-never-closes",
        f"{decision.body(body).name} cannot record this: a force's own word never closes or ends a "
        "recommendation. The inspectorate records it, or the local policing body, from the letter "
        "that says so; a force records its update, or proposes closure.",
    )


def may_decide(
    decision: Decision, found: Report, to: RecommendationId, event: Decided, whose: str
) -> None:
    """Refuse a decision that is not this body's to make."""
    publisher, body = decision.body(found.data.publisher), decision.body(whose)
    if closes(decision, publisher, body, to):
        return
    closing = isinstance(event, ClosureConfirmed | ClosureRefused)
    if body.id == publisher.id and not closing:
        return
    named = closers(publisher) if closing else (publisher.id, *closers(publisher))
    more = ""
    if body.kind == "force":
        more = " A force never does."
    elif body.kind in named:
        more = f" A kind of body means the one that answers for {to.addressee}."
    raise Refused(
        "who-may-close",
        f"{body.name} cannot decide on {'closure' if closing else 'this'}: for {publisher.name} "
        f"that is {', '.join(dict.fromkeys(named))}.{more}",
    )


def closes(
    decision: Decision, publisher: BodyRegistered, body: BodyRegistered, to: RecommendationId
) -> bool:
    """Whether a publisher lets a body confirm the closure of a recommendation.

    A kind of body that has an area means the one that answers for the addressee, and not the
    addressee itself; by its id any body can be named, but a force.
    """
    named = closers(publisher)
    if body.kind == "force":
        return False
    if body.id in named:
        return True
    if body.kind not in named or body.id == to.addressee:
        return False
    return body.kind not in _OF_AN_AREA or decision.service.concerns(body.id, to.addressee)


def closers(publisher: BodyRegistered) -> tuple[str, ...]:
    """Who may confirm a closure, by ids and kinds: by itself the publisher alone."""
    return publisher.closes_by or (publisher.id,)
