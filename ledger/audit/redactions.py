"""Redactions in the log: each was sought by one account and confirmed by another, for what it is,
while the request stood.

The service lets nothing else through, so what is found here was put into the log beside it.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field

from ledger.audit.findings import Check, Kind
from ledger.events import EntryRetracted, RedactionSought, TextRedacted
from ledger.events.entry import Entry
from ledger.states.effect import known
from ledger.verify.texts import Retraction, standing

_Said = tuple[Entry, RedactionSought]
_Done = tuple[Entry, TextRedacted]
_NAMED = 10
"""Of so many redactions it is named what had set their requests aside: that takes a while."""


@dataclass
class Redactions:
    """Requests and confirmations, as the entries come. A finding goes to the texts' check."""

    check: Check
    _sought: dict[str, _Said] = field(default_factory=dict)
    _confirmed: dict[str, list[_Done]] = field(default_factory=dict)
    _retractions: dict[str, list[Entry]] = field(default_factory=dict)
    """By stream, in order."""

    def see(self, entry: Entry | None) -> None:
        """The next entry; None where the row is none."""
        if entry is None:
            return
        if isinstance(entry.data, RedactionSought):
            self._sought.setdefault(entry.id, (entry, entry.data))
        elif isinstance(entry.data, EntryRetracted):
            self._retractions.setdefault(entry.stream, []).append(entry)
        elif isinstance(entry.data, TextRedacted):
            self._confirmed.setdefault(entry.data.sought, []).append((entry, entry.data))

    def end(self) -> None:
        """All entries were seen."""
        faults = sorted(self._faults(), key=lambda one: one[0].position)
        named = 0
        for entry, fault, request in faults:
            by = ""
            if request is not None and named < _NAMED:
                by, named = f", by entry {self._aside_by(request, entry.position)}", named + 1
            self._find(entry, fault + by)
        for sought, several in self._confirmed.items():
            if (said := self._sought.get(sought)) is None:
                continue
            asked = said[1].target, said[1].field
            if all((one.target, one.field) != asked for _, one in several):
                self._find(several[0][0], "by a request for another text")

    def _faults(self) -> Iterator[tuple[Entry, str, Entry | None]]:
        """Each redaction that is none, why, and its request, where that had been set aside."""
        stood = self._standing()
        for sought, several in self._confirmed.items():
            said = self._sought.get(sought)
            for entry, redacted in several:
                if said is None or said[0].position > entry.position:
                    yield entry, "what nobody had asked to have redacted", None
                elif (fault := _unlike(entry, redacted, *said)) is not None:
                    yield entry, fault, None
                elif (sought, entry.position) not in stood:
                    yield entry, "by a request that had been set aside", said[0]
                elif (fault := _again(entry, several[0][0])) is not None:
                    yield entry, fault, None

    def _standing(self) -> set[tuple[str, int]]:
        """Id of a request, and position of a redaction by it, where it was not set aside."""
        asked: dict[str, list[tuple[str, int]]] = {}
        for sought, several in self._confirmed.items():
            if (said := self._sought.get(sought)) is not None:
                of = asked.setdefault(said[0].stream, [])
                of += ((sought, entry.position) for entry, _ in several)
        found: set[tuple[str, int]] = set()
        for stream, questions in asked.items():
            retractions = map(_retraction, self._retractions.get(stream, ()))
            found |= standing(retractions, questions)
        return found

    def _aside_by(self, request: Entry, at: int) -> str | None:
        """The id of the entry that had set a request aside at a position."""
        several = self._retractions.get(request.stream, ())
        then = known([request, *(one for one in several if one.position < at)])
        return next(one.set_aside_by for one in then if one.id == request.id)

    def _find(self, entry: Entry, fault: str) -> None:
        says = f"Position {entry.position:,} redacts {fault}: it did not come through the service."
        self.check.find(Kind.REDACTION_ALONE, entry.position, says)


def _retraction(entry: Entry) -> Retraction:
    assert isinstance(entry.data, EntryRetracted)
    return entry.position, entry.id, entry.data.target


def _unlike(
    entry: Entry, redacted: TextRedacted, request: Entry, sought: RedactionSought
) -> str | None:
    if request.recorded_by == entry.recorded_by:
        return f"by {entry.recorded_by}, who had asked for it"
    return None if sought.basis == redacted.basis else "on another basis than was asked"


def _again(entry: Entry, first: Entry) -> str | None:
    if (first.recorded_at, first.recorded_by) != (entry.recorded_at, entry.recorded_by):
        return f"by a request that was confirmed at position {first.position:,}"
    return None
