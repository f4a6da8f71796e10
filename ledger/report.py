"""The state of a report, as known: what it is, when it was published. Pure."""

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date

from ledger import dates
from ledger.effect import CapturedOn, Known, happened, in_effect
from ledger.entry import Entry
from ledger.events import ReportPublished, ReportRevised, ReportTakenOver
from ledger.texts import Text

SLUG_LENGTH = 80


@dataclass(frozen=True, slots=True)
class Report:
    """A report in effect."""

    reference: str
    published: Known
    """Its ReportPublished, with corrected values."""
    takeovers: tuple[Entry, ...] = ()
    """The entries by which accounts of its publisher took it over, one after the other."""

    @property
    def data(self) -> ReportPublished:
        assert isinstance(self.published.data, ReportPublished)
        return self.published.data

    @property
    def published_on(self) -> str | None:
        """The day of publication as far as it is known."""
        return self.published.entry.occurred_on

    @property
    def day(self) -> date | None:
        """The first day on which it can have been published; nothing about it precedes that."""
        return None if self.published_on is None else dates.first_day(self.published_on)

    @property
    def owner(self) -> str:
        """The account that it belongs to: the one that recorded it, or took it over."""
        return (self.takeovers[-1] if self.takeovers else self.published.entry).recorded_by

    def hi(self, captured_on: CapturedOn) -> date:
        """The last day on which it can have been published."""
        return happened(self.published, report_day=None, captured_on=captured_on).hi


def report(entries: Iterable[Entry]) -> Report | None:
    """The report that a stream's entries give, or None where it is not (or no longer) in effect."""
    found = None
    for one in in_effect(entries):
        if isinstance(one.data, ReportPublished):
            found = Report(one.entry.stream.removeprefix("report/"), one)
        elif isinstance(one.data, ReportTakenOver) and found is not None:
            found = replace(found, takeovers=(*found.takeovers, one.entry))
    return found


def as_revised(acts: Iterable[Known], field: str) -> str | Text | None:
    """What a field of a report says after its revisions, in the order in which acts come."""
    value: str | Text | None = None
    for one in acts:
        if isinstance(one.data, ReportPublished):
            value = getattr(one.data, field)
        elif isinstance(one.data, ReportRevised) and one.data.field == field:
            value = one.data.now
    return value


def reference_for(
    publisher: str, published_on: str | None, title: str, taken: Sequence[str]
) -> str:
    """`{publisher}-{published_on}-{slug of the title}`, 80 characters at most, not yet taken.

    A name, never parsed. A collision takes `-2`, `-3` and so on.
    """
    plain = unicodedata.normalize("NFKD", title).encode("ascii", "ignore").decode().lower()
    slug = re.sub(r"[^a-z0-9]+", "-", plain).strip("-")
    whole = "-".join(part for part in (publisher, published_on, slug) if part)
    name, n = whole[:SLUG_LENGTH].rstrip("-"), 2
    while name in taken:
        name, n = f"{whole[: SLUG_LENGTH - len(str(n)) - 1].rstrip('-')}-{n}", n + 1
    return name
