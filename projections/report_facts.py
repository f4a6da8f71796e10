"""From entries to the state of a report, and what its day is known by. Pure."""

from collections.abc import Sequence
from dataclasses import replace

from ledger.effect import Known, in_effect
from ledger.entry import Entry
from ledger.report import Report, report
from projections.evidence import Basis
from projections.facts import Context
from projections.publishers import is_publishers_own
from projections.revisions import revision_lines
from projections.state import ReportState, said


def report_state(entries: Sequence[Entry], context: Context) -> ReportState | None:
    """A report as known, or None where none is in effect."""
    if (found := report(entries)) is None:
        return None
    one, data = found.published, found.data
    return ReportState(
        report=found.reference,
        entry=one.id,
        title=data.title,
        kind=data.kind,
        publisher=data.publisher,
        published_on=found.published_on,
        basis=trigger_basis(found, context),
        same_as=data.same_as,
        cites=said(one, "cites", data.cites),
        key_findings=said(one, "key_findings", data.key_findings),
        hi=found.hi(context.captured_on).isoformat(),
        revisions=revision_lines(
            in_effect(entries),
            {
                ("title", None, None): data.title,
                ("cites", None, None): said(one, "cites", data.cites),
                ("key_findings", None, None): said(one, "key_findings", data.key_findings),
            },
            found,
            context.captured_on,
        ),
    )


def trigger_basis(found: Report, context: Context) -> Basis:
    """How the report's day is known: by the publisher's own page, its bytes held, or stated."""
    for entry in _says_the_day(found):
        source = entry.source
        kept = context.capture(source.capture) if source and source.capture else None
        if kept is not None and is_publishers_own(kept, found, context.service(entry.position)):
            return "publisher"
    return "stated"


def _says_the_day(found: Report) -> list[Entry]:
    """The entries that say on what day a report was published, as that is known now: its own, or
    the correction of the day; and the publisher's taking it over, once that day stood."""
    own = found.published
    corrected = own.corrected_by.get("occurred_on")
    said = [corrected or _as_cited(own)]
    day_stood = (corrected or own.original).position
    if found.taken_over is not None and found.taken_over.position > day_stood:
        said.append(found.taken_over)
    return said


def _as_cited(one: Known) -> Entry:
    """An entry with its source as known, at the position of the last word on that source."""
    words = [entry.position for path, entry in one.corrected_by.items() if path == "source.capture"]
    return replace(one.entry, position=max([one.original.position, *words]))
