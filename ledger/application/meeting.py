"""A panel's meeting: its papers, that it was held, what it reviewed."""

from ledger.acts import meeting
from ledger.application.deciding import NOTHING_SPECIAL, Deciding, How
from ledger.decision import Told
from ledger.events import MeetingHeld, PaperIssued, RecommendationReviewed
from ledger.reading import Recorded
from ledger.service import Account
from ledger.streams import meeting_stream


class MeetingActs(Deciding):
    """A panel's meeting: its papers, that it was held, what it reviewed."""

    def issue_paper(
        self,
        by: Account,
        panel: str,
        day: str,
        event: PaperIssued,
        told: Told,
        how: How = NOTHING_SPECIAL,
    ) -> Recorded:
        return self.decide(
            by,
            lambda d: meeting.issue_paper(d, panel, day, event, told),
            how,
            meeting_stream(panel, day),
        )

    def hold_meeting(
        self,
        by: Account,
        panel: str,
        day: str,
        event: MeetingHeld,
        told: Told,
        how: How = NOTHING_SPECIAL,
    ) -> Recorded:
        return self.decide(
            by,
            lambda d: meeting.hold_meeting(d, panel, day, event, told),
            how,
            meeting_stream(panel, day),
        )

    def review_recommendation(
        self,
        by: Account,
        panel: str,
        day: str,
        event: RecommendationReviewed,
        told: Told,
        how: How = NOTHING_SPECIAL,
    ) -> Recorded:
        return self.decide(
            by,
            lambda d: meeting.review_recommendation(d, panel, day, event, told),
            how,
            meeting_stream(panel, day),
        )
