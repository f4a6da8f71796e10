"""What is said about an entry: corrected, retracted, disputed, released, redacted."""

from ledger.acts import correction, openness, redaction, retraction
from ledger.application.deciding import NOTHING_SPECIAL, Deciding, How
from ledger.decision import Told
from ledger.events import RedactionSought
from ledger.events.knowledge import Basis
from ledger.reading import Recorded
from ledger.service import Account
from ledger.texts import Text


class EntryActs(Deciding):
    """What is said about an entry: corrected, retracted, disputed, released, redacted."""

    def dispute_entry(
        self, by: Account, entry_id: str, told: Told, *, text: Text, how: How = NOTHING_SPECIAL
    ) -> Recorded:
        target = self.entry(entry_id)
        return self.decide(
            by, lambda d: openness.dispute_entry(d, target, text, told), how, target.stream
        )

    def release_text(
        self, by: Account, entry_id: str, told: Told, *, field: str, how: How = NOTHING_SPECIAL
    ) -> Recorded:
        target = self.entry(entry_id)
        return self.decide(
            by, lambda d: openness.release_text(d, target, field, told), how, target.stream
        )

    def seek_redaction(
        self,
        by: Account,
        entry_id: str,
        told: Told,
        *,
        field: str,
        basis: Basis,
        how: How = NOTHING_SPECIAL,
    ) -> Recorded:
        target = self.entry(entry_id)
        event = RedactionSought(target=target.id, field=field, basis=basis)
        return self.decide(
            by, lambda d: redaction.seek_redaction(d, target, event, told), how, target.stream
        )

    def confirm_redaction(
        self, by: Account, entry_id: str, told: Told, how: How = NOTHING_SPECIAL
    ) -> Recorded:
        """Confirm a redaction: `entry_id` names the request, or its target where it has one."""
        named = self.entry(entry_id)
        return self.decide(
            by, lambda d: redaction.confirm_redaction(d, named, told, self), how, named.stream
        )

    def correct_entry(
        self,
        by: Account,
        entry_id: str,
        told: Told,
        *,
        field: str,
        now: str | Text | None,
        reason: Text,
        how: How = NOTHING_SPECIAL,
    ) -> Recorded:
        target = self.entry(entry_id)
        return self.decide(
            by,
            lambda d: correction.correct_entry(d, target, field, now, reason, told),
            how,
            target.stream,
        )

    def retract_entry(
        self, by: Account, entry_id: str, told: Told, *, reason: Text, how: How = NOTHING_SPECIAL
    ) -> Recorded:
        target = self.entry(entry_id)
        return self.decide(
            by, lambda d: retraction.retract_entry(d, target, reason, told), how, target.stream
        )
