"""The results of a search, as an answer."""

from typing import Annotated

from msgspec import UNSET, Meta, UnsetType

from ledger.events.service import BodyKind
from projections.answers.parts import Links
from projections.answers.recommendation import RecommendationState
from projections.answers.register import NamesBeside
from projections.answers.report import ReportListed
from projections.answers.response import ResponseState
from projections.as_of import AsOf
from projections.fields import Answer, BodyId, Day


class BodyByWords(Answer, frozen=True, kw_only=True):
    """A body with the words in its name."""

    id: BodyId
    name: str
    names: NamesBeside | UnsetType = UNSET
    kind: BodyKind
    area: str | None
    until: Annotated[Day | None, Meta(description="The last day of its office, if that is over.")]
    links: Links


class More(Answer, frozen=True, kw_only=True):
    """True for each kind that has more results. The lists give them for the same `q`."""

    bodies: bool
    reports: bool
    recommendations: bool
    responses: bool


class Found(Answer, frozen=True, kw_only=True):
    """The first results of each kind."""

    q: str
    bodies: list[BodyByWords]
    reports: list[ReportListed]
    recommendations: list[RecommendationState]
    responses: list[ResponseState]
    more: More
    as_of: AsOf
