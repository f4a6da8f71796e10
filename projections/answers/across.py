"""The same recommendation across the bodies that it was made to, as an answer."""

from collections.abc import Mapping, Sequence
from typing import Annotated

from msgspec import Meta
from msgspec.structs import asdict

from ledger.events.entry import Provenance
from ledger.events.recommendation import Kind, Stance
from ledger.states.recommendation import Status
from ledger.states.service import Service
from projections import keeping
from projections.answers.completion import ClaimOfCompletion
from projections.answers.context import AnswerContext
from projections.answers.parts import Links, Redaction, Withheld
from projections.answers.recommendation import (
    ClaimMade,
    Decision,
    StatementOn,
    TargetStanding,
    recommendation,
)
from projections.answers.recommendation import RecommendationState as Recommendation
from projections.answers.response import ResponseLine, line
from projections.as_of import AsOf
from projections.fields import Answer, BodyId, PartialDay, Reference
from projections.states import values
from projections.states.values import JudgedResponse
from projections.verdict.compliance import Basis


class Word(Answer, frozen=True, kw_only=True):
    """On whose word an act is: its own body's (`first_hand`), or that of whoever reported it."""

    provenance: Provenance
    recorded_by: str
    name: Annotated[str, Meta(description="Of the body whose account recorded it.")]


class ResponseAcross(ResponseLine, frozen=True, kw_only=True):
    """A response to the report of the body, or of the body that answers for it, in short."""

    word: Annotated[Word | None, Meta(description="On which the publication is that decides.")]


class BodyAcross(Answer, frozen=True, kw_only=True):
    """A recommendation to one of its bodies: its words, the answer, the claim and the decision."""

    report: Reference
    number: str
    addressee: BodyId
    addressee_name: str
    kind: Kind
    publisher_number: str | None
    theme: Annotated[str | None, Meta(description="In the publisher's words, as `level` is.")]
    level: str | None
    text: str | None
    raised_on: PartialDay | None
    target: TargetStanding
    status: Annotated[Status, Meta(description="A claim is not closure.")]
    responses: list[ResponseAcross]
    stance: Stance | None
    statement: Annotated[StatementOn | None, Meta(description="The passage that answers it.")]
    claim: ClaimMade | None
    completion: ClaimOfCompletion | None
    updates: Annotated[int, Meta(description="How many were received.")]
    last_update_on: PartialDay | None
    closed: Decision | None
    refused: Decision | None
    reopened: Decision | None
    recorded: Annotated[
        bool,
        Meta(description="Whether an answer, an update or a decision is recorded."),
    ]
    record_kept_here: Annotated[
        bool,
        Meta(
            description="Whether the body, or the one that answers for it, has said that its "
            "record is kept here. Where it has not, what is missing here may have happened."
        ),
    ]
    held: list[Withheld]
    redacted: Annotated[dict[str, Redaction], Meta(description="By the path in this answer.")]
    links: Links


class Across(Answer, frozen=True, kw_only=True):
    """The same recommendation across the bodies that it was made to, by name. They are never sorted
    by outcome."""

    report: Reference
    report_title: str | None
    publisher: BodyId | None
    publisher_name: str | None
    published_on: PartialDay | None
    basis: Annotated[Basis | None, Meta(description="What that day rests on.")]
    word: Annotated[Word | None, Meta(description="On which the report is.")]
    number: str
    kind: Kind
    text: Annotated[str | None, Meta(description="Its words, if all bodies got the same.")]
    items: list[BodyAcross]
    as_of: AsOf
    links: Links


def body_across(
    context: AnswerContext,
    state: values.RecommendationState,
    responses: Sequence[JudgedResponse],
    words: Mapping[str, Word],
) -> BodyAcross:
    """Return a recommendation to one of its bodies. `responses` are all to the report; `words` says
    by entry on whose word each publication is that decides."""
    found = recommendation(context, state, {}, {})
    texts = ("text", "claim", "statement", "closed", "refused", "reopened")
    same = {one: getattr(found, one) for one in _OF_RECOMMENDATIONS}
    same["redacted"] = {
        path: why for path, why in found.redacted.items() if path.partition(".")[0] in texts
    }
    return BodyAcross(
        **same,
        responses=[
            _response(context, one, words)
            for one in responses
            if _answers(context.register, responses, one.body, state.addressee)
        ],
        updates=state.updates,
        recorded=found.status != "open" or bool(found.statement or state.updates),
        record_kept_here=keeping.is_kept(context.register, state),
    )


_OF_RECOMMENDATIONS = set(BodyAcross.__struct_fields__) & set(Recommendation.__struct_fields__)
"""The fields that both answers have."""


def _answers(
    register: Service, responses: Sequence[JudgedResponse], body: str, addressee: str
) -> bool:
    """Return whether a body answers for another about a report: one of its duties lists a
    recommendation to the other. If none lists any, the body is that one, or ever held it to
    account."""
    listed = {line.addressee for one in responses if one.body == body for line in one.listed}
    if listed:
        return addressee in listed
    registered = register.bodies.get(body)
    held = {one.body for one in registered.holds} if registered else set()
    return addressee in {body, *held}


def _response(
    context: AnswerContext, state: JudgedResponse, words: Mapping[str, Word]
) -> ResponseAcross:
    deciding = state.found.deciding
    word = words[deciding.entry] if deciding else None
    return ResponseAcross(**asdict(line(context, state)), word=word)
