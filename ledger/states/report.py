"""The state of a report, as known: what it is, when it was published. Pure."""

import re
import unicodedata
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date

from ledger import dates
from ledger.dates import Interval
from ledger.events import (
    CaptureKept,
    EntryCorrected,
    RecommendationRaised,
    ReportPublished,
    ReportRevised,
    ReportTakenOver,
    ResponseDutyArose,
)
from ledger.events.entry import Entry
from ledger.events.texts import Text
from ledger.states.effect import CapturedOn, Known, happened, in_effect, known
from ledger.states.service import Service

SLUG_LENGTH = 80
_TARGET_ON = ("on", "target", "target.on")
"""The paths under which the day of a target is corrected."""


@dataclass(frozen=True, slots=True)
class Report:
    """A report in effect."""

    reference: str
    published: Known
    """Its ReportPublished, with corrected values."""
    takeovers: tuple[Entry, ...] = ()
    """The entries by which accounts of its publishers took it over, one after the other."""
    entries: Sequence[Entry] = field(default=(), repr=False, compare=False)
    """Those of its stream, up to where knowledge ends."""

    @property
    def data(self) -> ReportPublished:
        assert isinstance(self.published.data, ReportPublished)
        return self.published.data

    @property
    def publishers(self) -> tuple[str, ...]:
        """The bodies that published it, the one that leads first."""
        return self.data.published_by

    def publisher_for(self, body: str | None) -> str:
        """Return the publisher whose act it is by default: the recording body if it is one of
        several publishers, else the lead publisher."""
        return body if body in self.publishers else self.data.publisher

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

    @property
    def dated_by(self) -> tuple[str | None, str | None]:
        """The evidence of the days on which the report can have been published: the stated day and
        the capture that shows it."""
        source = self.published.entry.source
        return self.published_on, source.capture if source else None

    def hi(self, captured_on: CapturedOn) -> date:
        """Return the last day on which it can have been published."""
        return happened(self.published, report_day=None, captured_on=captured_on).hi

    def on_its_day(self, one: Known) -> Known:
        """Return an act about the report with its day as known. An act that happened by the
        report's publication has the report's day."""
        if one.entry.occurred_on == self.published_on or not self._came_with_it(one):
            return one
        entry = replace(one.entry, occurred_on=self.published_on)
        return Known(entry, one.original, one.corrected_by, one.set_aside_by)

    def happened(self, one: Known, captured_on: CapturedOn) -> Interval:
        """Return the days on which an act about the report can have happened: never before the
        report. An act that happened by the publication itself has the publication's days."""
        if self._came_with_it(one):
            return happened(self.published, report_day=None, captured_on=captured_on)
        return happened(one, report_day=self.day, captured_on=captured_on)

    def is_to_confirm(self, raised: Known, setting: Known) -> bool:
        """Return whether the day from which the words of a target count was corrected since
        somebody confirmed the day that they give."""
        set_at = [setting.original.position]
        set_at += [by.position for path, by in setting.corrected_by.items() if path in _TARGET_ON]
        confirmed_at = max(set_at)
        if self._came_with_it(raised):
            return self._day_at(confirmed_at) != self.published_on
        moved = raised.corrected_by.get("occurred_on")
        return moved is not None and moved.position > confirmed_at

    def _came_with_it(self, one: Known) -> bool:
        """Return whether an act happened by the report's publication. Such an act has no day but
        the report's, whatever was known of that day when the act was recorded.

        A duty arose by that alone. A recommendation was made by it, unless it was said to have
        been raised on another day than the report's, as that was known then, and not before.
        """
        match one.data:
            case ResponseDutyArose():
                return True
            case RecommendationRaised():
                said_at = one.corrected_by.get("occurred_on", one.original).position
                own = _own_day(one)
                if own == self._day_at(said_at):
                    return True
                return bool(own and self.day and dates.last_day(own) < self.day)
            case _:
                return False

    def _day_at(self, position: int) -> str | None:
        """Return the day of publication as it was known at a position."""
        then = known(entry for entry in self.entries if entry.position <= position)
        return next((one.entry.occurred_on for one in then if one.id == self.published.id), None)


def _own_day(one: Known) -> str | None:
    """Return the day that an entry itself gives, as corrected."""
    by = one.corrected_by.get("occurred_on")
    if by is None:
        return one.original.occurred_on
    assert isinstance(by.data, EntryCorrected)
    assert by.data.now is None or isinstance(by.data.now, str)
    return by.data.now


def report(entries: Iterable[Entry]) -> Report | None:
    """Return the report that a stream's entries give, or None where it is not (or no longer) in
    effect."""
    found, entries = None, list(entries)
    for one in in_effect(entries):
        if isinstance(one.data, ReportPublished):
            reference = one.entry.stream.removeprefix("report/")
            found = Report(reference, one, entries=entries)
        elif isinstance(one.data, ReportTakenOver) and found is not None:
            found = replace(found, takeovers=(*found.takeovers, one.entry))
    return found


def is_own_word(kept: Entry, publishers: Collection[str], service: Service) -> bool:
    """Return whether a capture is the word of one of those who published a report, for all to
    check.

    It is what this service fetched over https from a website that the register names for one of
    them, or what the account of one of them sent. Any other sender only says where its
    bytes are from. `service` is the register as it stood when the capture was cited: a later
    one moves no basis.
    """
    said = kept.data
    if not isinstance(said, CaptureKept) or said.audience != "public":
        return False
    if said.how == "fetched":
        there = filter(None, map(service.bodies.get, publishers))
        hosted = any(said.host in (one.websites or ()) for one in there)
        return hosted and (said.url or "").startswith("https://")
    return kept.recorded_by.partition("/")[0] in publishers


def as_revised(acts: Iterable[Known], field: str) -> str | Text | None:
    """Return what a field of a report says after its revisions, in the order in which acts
    come."""
    value: str | Text | None = None
    for one in acts:
        if isinstance(one.data, ReportPublished):
            value = getattr(one.data, field)
        elif isinstance(one.data, ReportRevised) and one.data.field == field:
            value = one.data.now
    return value


def reference_for(
    publisher: str, published_on: str | None, title: str, taken: Collection[str]
) -> str:
    """Return `{publisher}-{published_on}-{slug of the title}`, 80 characters at most, that is not
    taken yet.

    It is a name, and is never parsed. If it is taken, `-2`, `-3` and so on are added.
    """
    plain = unicodedata.normalize("NFKD", title).encode("ascii", "ignore").decode().lower()
    slug = re.sub(r"[^a-z0-9]+", "-", plain).strip("-")
    whole = "-".join(part for part in (publisher, published_on, slug) if part)
    name, n = whole[:SLUG_LENGTH].rstrip("-"), 2
    while name in taken:
        name, n = f"{whole[: SLUG_LENGTH - len(str(n)) - 1].rstrip('-')}-{n}", n + 1
    return name
