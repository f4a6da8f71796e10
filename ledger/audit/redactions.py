"""Redactions in the log: each was sought by one account and confirmed by another, for what it is,
while the request stood.

The service lets nothing else through, so what is found here was put into the log beside it.
"""

from ledger.audit.findings import Check, Kind
from ledger.effect import known
from ledger.entry import Entry
from ledger.events import EntryRetracted, RedactionSought, TextRedacted

_Said = tuple[Entry, RedactionSought]


class Redactions:
    """Requests and confirmations, as the entries come. A finding goes to the texts' check."""

    def __init__(self, check: Check) -> None:
        self._check = check
        self._sought: dict[str, _Said] = {}
        self._confirmed: dict[str, list[tuple[Entry, TextRedacted]]] = {}
        self._retractions: dict[str, list[Entry]] = {}
        """By stream, in order."""

    def see(self, entry: Entry | None) -> None:
        """The next entry; None where the row is none."""
        if entry is None:
            return
        if isinstance(entry.data, RedactionSought):
            self._sought[entry.id] = entry, entry.data
        elif isinstance(entry.data, EntryRetracted):
            self._retractions.setdefault(entry.stream, []).append(entry)
        elif isinstance(entry.data, TextRedacted):
            self._confirmed.setdefault(entry.data.sought, []).append((entry, entry.data))
            if (fault := self._fault(entry, entry.data)) is not None:
                self._find(entry, fault)

    def end(self) -> None:
        """All entries were seen: each request that was confirmed was for one of what went."""
        for sought, several in self._confirmed.items():
            if (said := self._sought.get(sought)) is None:
                continue
            asked = said[1].target, said[1].field
            if all((one.target, one.field) != asked for _, one in several):
                self._find(several[0][0], "by a request for another text")

    def _fault(self, entry: Entry, redacted: TextRedacted) -> str | None:
        if (said := self._sought.get(redacted.sought)) is None:
            return "what nobody had asked to have redacted"
        request, sought = said
        if request.recorded_by == entry.recorded_by:
            return f"by {entry.recorded_by}, who had asked for it"
        if sought.basis != redacted.basis:
            return "on another basis than was asked"
        as_known = known([request, *self._retractions.get(request.stream, ())])
        by = next(one.set_aside_by for one in as_known if one.id == request.id)
        if by is not None:
            return f"by a request that had been set aside, by entry {by}"
        first = self._confirmed[redacted.sought][0][0]
        if (first.recorded_at, first.recorded_by) != (entry.recorded_at, entry.recorded_by):
            return f"by a request that was confirmed at position {first.position:,}"
        return None

    def _find(self, entry: Entry, fault: str) -> None:
        says = f"Position {entry.position:,} redacts {fault}: it did not come through the service."
        self._check.find(Kind.REDACTION_ALONE, entry.position, says)
