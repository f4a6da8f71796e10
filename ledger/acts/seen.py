"""What was said before a revision's own place: by the day on which each was seen, then entered."""

from collections.abc import Iterable
from datetime import date

from ledger import dates
from ledger.acts.decision import Decision, Told
from ledger.clock import london_date
from ledger.events import ReportRevised, StatementRevised
from ledger.states.effect import Known
from ledger.states.report import Report


def before(decision: Decision, found: Report, acts: Iterable[Known], told: Told) -> list[Known]:
    """The acts without the revisions that were seen after a day told; those before come last, in
    the order of (hi, position).

    One that is entered late is judged at its own place: what was seen since is no word on it.
    """
    day = by(decision, found, told)
    others, seen = [], []
    for act in acts:
        if not isinstance(act.data, ReportRevised | StatementRevised):
            others.append(act)
            continue
        hi = found.happened(act, decision.captured_on).hi
        if hi <= day:
            seen.append((hi, act.original.position, act))
    seen.sort(key=lambda one: one[:2])
    return [*others, *(act for _, _, act in seen)]


def by(decision: Decision, found: Report, told: Told) -> date:
    """The last day on which what is told can have been seen."""
    received = london_date(decision.now)
    if told.source is not None and told.source.capture is not None:
        received = min(received, decision.captured_on(told.source.capture) or received)
    return dates.interval(told.occurred_on, not_before=found.day, received_by=received).hi
