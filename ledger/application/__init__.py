"""The ledger: one method an act, each decided on what is recorded and stored in one transaction."""

from ledger.application.deciding import NOTHING_SPECIAL, How
from ledger.application.entry import EntryActs
from ledger.application.meeting import MeetingActs
from ledger.application.recommendation import RecommendationActs
from ledger.application.report import ReportActs
from ledger.application.response import ResponseActs
from ledger.application.service import ServiceActs

__all__ = ["NOTHING_SPECIAL", "How", "Ledger"]


class Ledger(ServiceActs, ReportActs, ResponseActs, RecommendationActs, MeetingActs, EntryActs):
    """What happened, and the acts that add to it: a file for the acts of each kind of stream."""
