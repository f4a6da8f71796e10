"""A body with what needs attention before its panel meets, as an answer; and the same as the paper
of a meeting."""

from typing import Annotated

from msgspec import Meta

from ledger.states.recommendation import Status
from projections.answers.completion import Completions
from projections.answers.meeting import MeetingNamed
from projections.answers.parts import Links
from projections.answers.recommendation import RecommendationWanting, Unanswered
from projections.answers.register import BodyListed
from projections.answers.report import ReportGrades
from projections.answers.response import ResponseWanting
from projections.as_of import AsOf
from projections.fields import Answer, Count, Day, Position
from projections.verdict.compliance import VerdictWord


class TakenOver(Answer, frozen=True, kw_only=True):
    """The matters that the body's predecessors left behind."""

    responses: list[ResponseWanting]
    recommendations: list[RecommendationWanting]


class ResponsesOfYear(Answer, frozen=True, kw_only=True):
    """The responses to the reports of one year, by verdict."""

    year: Annotated[int | None, Meta(description="Null: the report's day is not known.")]
    responses: dict[VerdictWord, int]


class PackCounts(Answer, frozen=True, kw_only=True):
    """The numbers of matters that need attention. At most the first hundred of each are listed."""

    attention: Count
    passed: Count
    unanswered: Count
    refused: Count
    reopened: Count
    claimed: Count
    claimed_after_target: Count
    entries_since: Annotated[int | None, Meta(description="Since the last meeting.")]


class BodyFound(BodyListed, frozen=True, kw_only=True):
    """A body, with the matters that need attention before its panel meets."""

    reports: Count
    published: Annotated[int, Meta(description="Reports that it published itself.")]
    responses: Annotated[dict[VerdictWord, int], Meta(description="How many, by verdict.")]
    by_year: Annotated[
        list[ResponsesOfYear], Meta(description="The responses by the report's year, latest first.")
    ]
    recommendations: Annotated[dict[Status, int], Meta(description="How many, by status.")]
    counts: PackCounts
    completion: Annotated[
        Completions,
        Meta(description="Of the recommendations that it counts; of an inspectorate, its own."),
    ]
    taken_over: TakenOver
    attention: list[ResponseWanting]
    passed: list[RecommendationWanting]
    claimed: list[RecommendationWanting]
    decided: list[RecommendationWanting]
    unanswered: list[Unanswered]
    grades: Annotated[
        list[ReportGrades],
        Meta(description="Of the last three reports that graded it or its forces."),
    ]
    last_meeting: MeetingNamed | None
    next_meeting: Annotated[
        MeetingNamed | None, Meta(description="The first recorded one from this day on.")
    ]
    as_of: AsOf
    links: Links


class PaperAct(Answer, frozen=True, kw_only=True):
    """The fields of the act that records a pack as the paper of a meeting."""

    title: str
    known_at: Position
    effective_on: Day
    occurred_on: Day | None


class Paper(Answer, frozen=True, kw_only=True):
    """A pack as the paper of a meeting: the address to send it to (`{date}` left open), and the
    act."""

    to: str | None
    act: PaperAct


class Pack(BodyFound, frozen=True, kw_only=True):
    """The pack of a body for a meeting."""

    paper: Paper
