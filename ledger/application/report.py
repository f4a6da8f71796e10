"""A report and its recommendations."""

from collections.abc import Sequence

from ledger.acts import report
from ledger.acts.report import Raise
from ledger.application.deciding import NOTHING_SPECIAL, Deciding, How
from ledger.decision import Told
from ledger.events import ReportPublished
from ledger.reading import Recorded
from ledger.service import Account
from ledger.streams import report_stream
from ledger.texts import Text


class ReportActs(Deciding):
    """A report and its recommendations."""

    def publish_report(
        self,
        by: Account,
        event: ReportPublished,
        told: Told,
        *,
        reference: str | None = None,
        bodies: Sequence[str] = (),
        recommendations: Sequence[Raise] = (),
        how: How = NOTHING_SPECIAL,
    ) -> Recorded:
        return self.decide(
            by,
            lambda d: report.publish_report(
                d,
                event,
                told,
                reference=reference,
                bodies=bodies,
                recommendations=recommendations,
            ),
            how,
        )

    def revise_report(
        self,
        by: Account,
        reference: str,
        told: Told,
        *,
        field: str,
        now: str | Text | None,
        how: How = NOTHING_SPECIAL,
    ) -> Recorded:
        return self.decide(
            by,
            lambda d: report.revise_report(d, reference, told, field=field, now=now),
            how,
            report_stream(reference),
        )

    def take_report_over(
        self, by: Account, reference: str, told: Told, how: How = NOTHING_SPECIAL
    ) -> Recorded:
        return self.decide(
            by,
            lambda d: report.take_report_over(d, reference, told),
            how,
            report_stream(reference),
        )

    def raise_recommendation(
        self, by: Account, reference: str, item: Raise, told: Told, how: How = NOTHING_SPECIAL
    ) -> Recorded:
        return self.decide(
            by,
            lambda d: report.raise_recommendation(d, reference, item, told),
            how,
            report_stream(reference),
        )
