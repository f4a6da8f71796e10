"""Recording that a publisher's list of reports was compared with the log."""

from ledger.acts.decision import Decision, Told, has_word
from ledger.errors import Refused
from ledger.events import ListCompared
from ledger.events.entry import Entry
from ledger.events.streams import SERVICE


def compare_list(decision: Decision, event: ListCompared, told: Told) -> Entry:
    """Record a comparison. Without the list that was compared it says nothing."""
    decision.body(event.publisher)
    if not has_word(told.source):
        raise Refused("source-required", "Say which list was compared: keep it as a capture.")
    unnamed = event.count - event.matched - len(event.missing)
    if not 0 <= event.matched <= event.count or event.unlisted < 0 or unnamed < 0:
        raise Refused("counts", "The counts of this comparison do not go together.")
    return decision.add(SERVICE, event, told, by=decision.account.body)
