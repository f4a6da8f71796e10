"""From entries to the state of a report, and what its day is known by. Pure."""

from collections.abc import Sequence
from dataclasses import replace

from ledger.events.entry import Entry
from ledger.states.effect import in_effect
from ledger.states.report import Report, is_own_word, report
from projections.states.recommendation import Context
from projections.states.revisions import revision_lines
from projections.states.values import ReportState, said
from projections.verdict.compliance import Basis


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
        publishers=found.publishers,
    )


def trigger_basis(found: Report, context: Context) -> Basis:
    """How the report's day is known: by a publisher's own word, its bytes held, or stated."""
    for entry in _says_the_day(found):
        source = entry.source
        kept = context.capture(source.capture) if source and source.capture else None
        if kept is not None and is_own_word(
            kept, found.publishers, context.service(entry.position)
        ):
            return "publisher"
    return "stated"


def _says_the_day(found: Report) -> list[Entry]:
    """The entries that say on what day a report was published, as that is known now: its own, or
    the correction of the day; and, once that day stood, the correction of what its own entry
    cites, and the publishers' takings over."""
    own = found.published
    day, capture = (own.corrected_by.get(path) for path in ("occurred_on", "source.capture"))
    said = [day or own.original]
    if capture is not None and capture.position > said[0].position:
        # What is cited now, at the position of the last word on that.
        cited = replace(own.entry, position=capture.position)
        said = [cited] if day is None else [day, cited]
    stood = (day or own.original).position
    return [*said, *(one for one in found.takeovers if one.position > stood)]
