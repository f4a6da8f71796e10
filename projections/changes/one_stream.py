"""What changed of one stream between two moments: of its subject, and what was done to entries."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from ledger.clock import rfc3339
from ledger.events import (
    EntryCorrected,
    EntryDisputed,
    EntryRetracted,
    RecommendationRaised,
    ReportPublished,
    ReportRevised,
    ResponseDutyArose,
    StatementRevised,
    TextRedacted,
)
from ledger.events.entry import Entry
from ledger.events.streams import kind, report_of, report_stream
from projections.changes.differences import AsKnown, Change, ChangeWord, Json, State, changes
from projections.changes.moments import Between
from projections.streams import LogStreams
from projections.tables.entry_index import days_late, is_backfill, recorded_late
from projections.tables.segments import segments
from projections.tables.subjects import subject_of
from projections.tables.tables import REPORTS, Subject

_DONE_TO_ENTRIES: dict[type, ChangeWord] = {
    ReportRevised: "revised",
    StatementRevised: "revised",
    EntryCorrected: "corrected",
    EntryRetracted: "set_aside",
    EntryDisputed: "disputed",
    TextRedacted: "redacted",
}
_FOUNDING = (ReportPublished, RecommendationRaised, ResponseDutyArose)
"""What makes a subject new: how late it was entered is told with that."""


@dataclass(frozen=True, slots=True)
class Found:
    """One change of a stream; `number` is its place among them, from 1."""

    stream: str
    number: int
    change: Change
    state: State | None
    """The subject's state after it, or before where it is gone."""
    entry: Entry | None = None
    """The entry itself, where the change is that it was made."""
    target: Entry | None = None
    """The entry that it is about, if it is about another one."""


def subject(stream: str) -> Subject | None:
    """The subject of a stream; None of a meeting's, which has no standing."""
    match kind(stream):
        case "report":
            return REPORTS, (stream.removeprefix("report/"),)
        case "meeting":
            return None
        case _:
            return subject_of(stream)


def changed(
    reader: LogStreams,
    asked: Between,
    stream: str,
    before: Mapping[Subject, State],
    after: Mapping[Subject, State],
    late_by: int,
) -> tuple[list[Found], int]:
    """What changed of a stream, in order; and how many entries of backfill were passed over."""
    first, second = asked.first, asked.second
    of = subject(stream)
    was, now = (before.get(of), after.get(of)) if of else (None, None)
    own = [
        entry for entry in reader.stream(stream, second.position) if entry.position > first.position
    ]

    def history() -> list[AsKnown]:
        assert of is not None
        above = report_of(stream)
        others = reader.stream(report_stream(above), second.position) if above else []
        since = {one.position for one in (*own, *others) if one.position > first.position}
        return [
            AsKnown(at, _known(of, reader, at, asked)) for at in (first.position, *sorted(since))
        ]

    found: list[tuple[Change, Entry | None]] = [
        (one, None) for one in changes(was, now, (first.effective_on, second.effective_on), history)
    ]
    new = was is None and now is not None
    backfill = 0
    for entry in own:
        late = recorded_late(entry, late_by) and not (new and isinstance(entry.data, _FOUNDING))
        if late and is_backfill(entry):
            backfill += 1
        elif late:
            days: Json = {"days": days_late(entry), "occurred_on": entry.occurred_on}
            found.append((Change("entered_late", None, days, (entry.position,)), entry))
        if (word := _DONE_TO_ENTRIES.get(type(entry.data))) is not None:
            found.append((Change(word, None, None, (entry.position,)), entry))
    state = now or was
    by_id = {entry.id: entry for entry in reader.stream(stream, second.position)}
    return [
        Found(stream, number, change, state, entry, by_id.get(_target(entry)))
        for number, (change, entry) in enumerate(found, start=1)
    ], backfill


def made_by(reader: LogStreams, found: Found, position: int) -> list[Entry]:
    """The entries by which it changed; none where time passed."""
    above = report_of(found.stream)
    names = {found.stream, *([report_stream(above)] if above else [])}
    entries = [entry for name in names for entry in reader.stream(name, position)]
    wanted = set(found.change.positions)
    return sorted((one for one in entries if one.position in wanted), key=_position)


def summary(entry: Entry) -> Json:
    """An entry that something rests on, to be named and linked."""
    return {
        "id": entry.id,
        "position": entry.position,
        "type": entry.data.TOPIC,
        "stream": entry.stream,
        "occurred_on": entry.occurred_on,
        "by": entry.by,
        "provenance": entry.provenance,
        "recorded_by": entry.recorded_by,
        "recorded_at": rfc3339(entry.instant),
        "links": {"self": f"/api/entries/{entry.id}"},
    }


def _target(entry: Entry | None) -> str:
    return str(getattr(entry.data, "target", "")) if entry else ""


def _known(of: Subject, reader: LogStreams, position: int, asked: Between) -> State | None:
    day = asked.second.effective_on
    for one in segments(of, reader, position):
        if one.holds(day):
            return one.state  # type: ignore[return-value]  # those of subjects alone
    return None


def _position(entry: Entry) -> int:
    return entry.position


def of_subjects(streams: Sequence[str]) -> list[Subject]:
    """The subjects of these streams, of those that have one."""
    return [of for name in streams if (of := subject(name)) is not None]
