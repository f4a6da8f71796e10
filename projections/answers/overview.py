"""The numbers of records, for the first page."""

from ledger.states.recommendation import Status
from projections.answers.completion import Completions
from projections.answers.register import BodyByKind
from projections.answers.report import ReportListed
from projections.as_of import AsOf
from projections.fields import Answer, Count
from projections.verdict.compliance import VerdictWord


class Overview(Answer, frozen=True, kw_only=True):
    """The numbers of records by status and verdict, the latest reports, and the bodies."""

    reports: Count
    recommendations: dict[Status, int]
    completion: Completions
    responses: dict[VerdictWord, int]
    latest: list[ReportListed]
    bodies: list[BodyByKind]
    as_of: AsOf
