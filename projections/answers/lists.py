"""Pages of lists of reports, recommendations and responses, as answers."""

from projections.answers.parts import Paged
from projections.answers.recommendation import RecommendationState
from projections.answers.report import ReportListed
from projections.answers.response import ResponseState
from projections.fields import Count


class ReportsPage(Paged, frozen=True, kw_only=True):
    """Reports, the newest first."""

    items: list[ReportListed]


class ReportsCounted(ReportsPage, frozen=True, kw_only=True):
    """The same with the number of all; null: it was not counted."""

    total: Count | None


class RecommendationsPage(Paged, frozen=True, kw_only=True):
    """Recommendations by report and number."""

    items: list[RecommendationState]


class RecommendationsCounted(RecommendationsPage, frozen=True, kw_only=True):
    """The same with the number of all and, sorted by `open`, of those that are not finished; null:
    it was not counted."""

    total: Count | None
    unfinished: Count | None


class ResponsesPage(Paged, frozen=True, kw_only=True):
    """Responses owed, by report and body."""

    items: list[ResponseState]


class ResponsesCounted(ResponsesPage, frozen=True, kw_only=True):
    """The same with the number of all and, sorted by `open`, of those that are not finished; null:
    it was not counted."""

    total: Count | None
    unfinished: Count | None
