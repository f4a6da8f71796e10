"""Improvements: entries made after the last day that improved a verdict (domain, "Improved later").
The projector works each out with its entry and keeps it as a row.

The verdict as known before a step is compared with the verdict as known with it, both on the day of
recording. `overdue` and `late` are the most severe: both say that the period was not kept. Then
comes `incomplete`: it was kept, but for the chief officer's comments. Then comes `not_shown`; the
other verdicts accuse nobody. An improvement is a step to a less severe verdict, or fewer days of
the same verdict. From `overdue` to `late` is none: a response came, and the period was still not
kept. An improvement stays a row when its entry is retracted later.

Entries with the same moment are one step, for example a duty and its response that are entered
together. Nobody could ask in between, so they are compared as a whole. Entries of the batch that
recorded the duty never improve its verdict.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from operator import attrgetter

from ledger.dates import london_date
from ledger.events import EntryRetracted, RecordKeptHere, ResponseDutyArose
from ledger.events.entry import Entry
from ledger.events.streams import report_stream, response_stream
from ledger.states.response import of_duty
from projections.read_models.segments import state_on
from projections.read_models.tables import Subject
from projections.states.values import JudgedResponse
from projections.streams import Streams
from projections.verdict.compliance import Finding, improves


@dataclass(frozen=True, slots=True)
class Improvement:
    """An entry that improved a verdict after the last day, with the verdicts before and after."""

    position: int
    entry: str
    type: str
    recorded_at: datetime
    before: Finding
    after: Finding


COLUMNS = (
    *("report", "body", "name", "position", "entry", "type", "recorded_at"),
    *("was", "was_days", "was_at_least", "now", "now_days", "now_at_least"),
)
"""The columns of the table."""


def row(subject: Subject, one: Improvement) -> tuple[object, ...]:
    """Return an improvement of a duty as the values of these columns."""
    body, report, name = subject[1]
    return (
        *(report, body, name, one.position, one.entry, one.type, one.recorded_at),
        *(one.before.verdict, one.before.days, one.before.at_least),
        *(one.after.verdict, one.after.days, one.after.at_least),
    )


def may_improve(before: JudgedResponse, after: JudgedResponse, recorded_on: date) -> bool:
    """Return whether a step improved the verdict after the last day, by the states before it and
    with it on the day of recording."""
    due_on = before.found.due_on or after.found.due_on
    if due_on is None or recorded_on <= due_on:
        return False
    return improves(_on(after, recorded_on), _on(before, recorded_on))


def improvement(
    subject: Subject,
    reader: Streams,
    step_at: tuple[datetime, int],
    before: JudgedResponse,
    after: JudgedResponse,
) -> Improvement | None:
    """Return the improvement by the entries of one moment, the last of them at a position, which
    improved the verdict (`may_improve`). Return None if none of them is about the response or its
    report, or if the deciding one belongs to the batch that recorded the duty."""
    at, position = step_at
    entries = _entries(subject, reader, position)
    step = [one for one in entries if one.instant == at]
    if not step:
        return None
    recorded_on = london_date(at)
    former: Finding | None = _on(before, recorded_on)
    named = step[0]
    for one in step:
        state = state_on(subject, reader, one.position, recorded_on)
        found = _on(state, recorded_on) if isinstance(state, JudgedResponse) else None
        if found != former:
            named = max(named, _because(one, state, entries), key=attrgetter("position"))
        former = found
    if named.batch is not None and named.batch.id in _batches(subject, reader, position):
        return None
    return Improvement(
        named.position,
        named.id,
        named.data.TOPIC,
        named.instant,
        _on(before, recorded_on),
        _on(after, recorded_on),
    )


def _entries(subject: Subject, reader: Streams, position: int) -> list[Entry]:
    """Return the entries that can improve a verdict: those of the response and of the report, and
    retractions of the body's statement that it keeps its record here."""
    body, reference, _ = subject[1]
    own = reader.stream(response_stream(reference, body), position)
    of_report = reader.stream(report_stream(reference), position)
    taken_back = _keepings_taken_back(reference, body, reader, position) if own else []
    return sorted((*own, *of_report, *taken_back), key=attrgetter("position"))


def _keepings_taken_back(reference: str, body: str, reader: Streams, position: int) -> list[Entry]:
    """Return the retractions by which a holder of the office took back that it keeps its record
    here."""
    said = reader.service(position).said
    holders = {one.body for one in reader.holders(reference, body, position)}
    kept = {
        one.id for one in said if isinstance(one.data, RecordKeptHere) and one.data.body in holders
    }
    return [one for one in said if isinstance(one.data, EntryRetracted) and one.data.target in kept]


def _on(state: JudgedResponse, day: date) -> Finding:
    return state.found.on(day).finding


def _because(entry: Entry, state: object, entries: Sequence[Entry]) -> Entry:
    """Return the entry to name for one: the correction of the report's day instead of the duty that
    was worked out anew because of it."""
    if isinstance(state, JudgedResponse) and state.duty_at == entry.position:
        return next((one for one in entries if one.position == state.because_at), entry)
    return entry


def _batches(subject: Subject, reader: Streams, position: int) -> set[str]:
    """Return the batches that recorded the duty itself, not those that worked it out anew for
    another day."""
    body, reference, name = subject[1]
    return {
        one.batch.id
        for one in of_duty(reader.stream(response_stream(reference, body), position), name)
        if isinstance(one.data, ResponseDutyArose) and one.data.because is None and one.batch
    }
