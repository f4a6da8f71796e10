"""What becomes of one recommendation at one addressee."""

from ledger.acts import recommendation
from ledger.application.deciding import NOTHING_SPECIAL, Deciding, How
from ledger.decision import Told
from ledger.events import (
    AssuranceSought,
    ClosureConfirmed,
    ClosureProposed,
    ClosureRefused,
    Reopened,
    Superseded,
    TargetDateSet,
    UpdateReceived,
    Withdrawn,
)
from ledger.reading import Recorded
from ledger.service import Account
from ledger.streams import RecommendationId, recommendation_stream


class RecommendationActs(Deciding):
    """What becomes of one recommendation at one addressee."""

    def seek_assurance(
        self,
        by: Account,
        to: RecommendationId,
        event: AssuranceSought,
        told: Told,
        how: How = NOTHING_SPECIAL,
    ) -> Recorded:
        return self._act(by, to, event, told, how)

    def receive_update(
        self,
        by: Account,
        to: RecommendationId,
        event: UpdateReceived,
        told: Told,
        how: How = NOTHING_SPECIAL,
    ) -> Recorded:
        return self._act(by, to, event, told, how)

    def set_target_date(
        self,
        by: Account,
        to: RecommendationId,
        event: TargetDateSet,
        told: Told,
        how: How = NOTHING_SPECIAL,
    ) -> Recorded:
        return self._act(by, to, event, told, how)

    def propose_closure(
        self,
        by: Account,
        to: RecommendationId,
        event: ClosureProposed,
        told: Told,
        how: How = NOTHING_SPECIAL,
    ) -> Recorded:
        return self._act(by, to, event, told, how)

    def confirm_closure(
        self,
        by: Account,
        to: RecommendationId,
        event: ClosureConfirmed,
        told: Told,
        how: How = NOTHING_SPECIAL,
    ) -> Recorded:
        return self._act(by, to, event, told, how)

    def refuse_closure(
        self,
        by: Account,
        to: RecommendationId,
        event: ClosureRefused,
        told: Told,
        how: How = NOTHING_SPECIAL,
    ) -> Recorded:
        return self._act(by, to, event, told, how)

    def reopen(
        self,
        by: Account,
        to: RecommendationId,
        event: Reopened,
        told: Told,
        how: How = NOTHING_SPECIAL,
    ) -> Recorded:
        return self._act(by, to, event, told, how)

    def withdraw(
        self,
        by: Account,
        to: RecommendationId,
        event: Withdrawn,
        told: Told,
        how: How = NOTHING_SPECIAL,
    ) -> Recorded:
        return self._act(by, to, event, told, how)

    def supersede(
        self,
        by: Account,
        to: RecommendationId,
        event: Superseded,
        told: Told,
        how: How = NOTHING_SPECIAL,
    ) -> Recorded:
        return self._act(by, to, event, told, how)

    def _act(
        self, by: Account, to: RecommendationId, event: recommendation.Act, told: Told, how: How
    ) -> Recorded:
        return self.decide(
            by,
            lambda d: recommendation.act(d, to, event, told),
            how,
            recommendation_stream(to.report, to.key, to.addressee),
        )
