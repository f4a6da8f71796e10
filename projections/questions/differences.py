"""The differences of a stream between two moments: in the values of its subjects, with the entries
that caused them, and acts on entries.

A value differs because of entries if it still differs when both moments are asked about the later
day. Else it differs because time passed.
"""

from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import partial
from typing import Any

from msgspec.structs import replace

from ledger.dates import rfc3339
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
from ledger.events.entry import Entry, days_late, is_backfill, recorded_late
from ledger.events.recommendation import Means
from ledger.events.streams import SERVICE, kind, report_of, report_stream
from ledger.states.response import of_duty
from projections.answers.changes import ChangeWord, EntrySummary, LinkToEntry, Watched
from projections.answers.recommendation import DecisionTold, target
from projections.questions.span import Between
from projections.read_models.judged_anew import judged_anew
from projections.read_models.segments import state_on
from projections.read_models.subjects import subjects_of
from projections.read_models.tables import REPORTS, Subject
from projections.states.values import JudgedResponse, RecommendationState, ReportState
from projections.streams import Streams

State = ReportState | RecommendationState | JudgedResponse
_NO_ACCUSATION = {"not_due", "due", "overdue", "not_looked_for", "no_period", "disapplied"}
"""Verdicts that rest on no publication. Neither their days nor their basis are compared, since the
days change by themselves."""


@dataclass(frozen=True, slots=True)
class AsKnown:
    """A state as known at a position, for one day; None if the subject did not exist."""

    position: int
    state: State | None
    day: date


@dataclass(frozen=True, slots=True)
class Change:
    """One difference. `positions` are those of the entries that caused it; if empty, time
    passed."""

    word: ChangeWord
    before: Watched | None
    after: Watched | None
    positions: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Compared:
    """A value of a state for a day: how it is compared, and how it is shown."""

    word: ChangeWord
    value: Callable[[State, date], Hashable]
    told: Callable[[State, date], Watched]
    also: Callable[[Hashable, Hashable], bool] = lambda before, after: True
    """A further condition for showing such a difference."""


def changes(
    before: State | None,
    after: State | None,
    days: tuple[date, date],
    history: Callable[[], Sequence[AsKnown]],
) -> list[Change]:
    """Return the differences between a state as known then for the first day, and now for the
    second.

    `history` returns the state for the second day as known at the first moment, and after each
    entry that can have changed it. It is called only if something differs.
    """
    if before is None and after is None:
        return []
    if before is None or after is None:
        word: ChangeWord = "new" if before is None else "removed"
        made = _made(history(), lambda known: known.state is not None)
        old = told(before, days[0]) if before else None
        new = told(after, days[1]) if after else None
        return [Change(word, old, new, made)]
    found = []
    for one in COMPARED.get(type(after), ()):
        was, now = one.value(before, days[0]), one.value(after, days[1])
        if was == now or not one.also(was, now):
            continue
        made = _made(history(), partial(_value, one))
        found.append(Change(one.word, one.told(before, days[0]), one.told(after, days[1]), made))
    return found


def _made(history: Sequence[AsKnown], value: Callable[[AsKnown], Any]) -> tuple[int, ...]:
    """Return the positions at which a value changed, if it has changed in the end."""
    values = [value(one) for one in history]
    if values[0] == values[-1]:
        return ()
    return tuple(one.position for n, one in enumerate(history) if n and values[n] != values[n - 1])


def _value(watched: Compared, known: AsKnown) -> Hashable:
    return None if known.state is None else (watched.value(known.state, known.day),)


def told(state: State, day: date) -> Watched:
    """Return a subject's state as shown for one that is new or gone."""
    match state:
        case ReportState():
            return Watched(published_on=state.published_on)
        case JudgedResponse():
            return replace(_verdict(state, day), due_on=_due(state, day))
        case RecommendationState():
            return replace(
                _standing(state, day), target=target(state, day), raised_on=state.raised_on
            )


def _verdict_value(state: State, day: date) -> Hashable:
    assert isinstance(state, JudgedResponse)
    found = state.found.on(day)
    said = found.disapplication.entry if found.disapplication else None
    if found.verdict in _NO_ACCUSATION:
        return found.verdict, said
    return found.verdict, found.days, found.at_least, found.basis, said


def _verdict(state: State, day: date) -> Watched:
    assert isinstance(state, JudgedResponse)
    found = state.found.on(day)
    return Watched(
        verdict=found.verdict,
        days=found.days,
        at_least=found.at_least,
        basis=found.basis,
        published_on=found.published_on,
    )


def _due(state: State, day: date) -> str | None:
    assert isinstance(state, JudgedResponse)
    return state.found.due_on.isoformat() if state.found.due_on else None


def _status(state: State, day: date) -> str:
    assert isinstance(state, RecommendationState)
    return state.status


def _standing(state: State, day: date) -> Watched:
    """Return the status, and the decision by which it is closed, refused or reopened. Names are
    added by `changes`."""
    assert isinstance(state, RecommendationState)
    if (made := state.decision) is None:
        return Watched(status=state.status)
    decided = DecisionTold(
        entry=made.entry,
        by=made.by,
        by_name=None,
        provenance=made.source.provenance,
        on=made.on,
        recorded_by=made.source.recorded_by,
        reported_by_name=None,
    )
    return Watched(status=state.status, decided=decided)


def _means(state: State, day: date) -> Means | None:
    assert isinstance(state, RecommendationState)
    return state.claim.means if state.claim else None


def _target(state: State, day: date) -> Watched:
    assert isinstance(state, RecommendationState)
    found = target(state, day)
    return Watched(
        standing=found.standing,
        on=found.on,
        original_on=found.original_on,
        moves=found.moves,
        days=found.days,
        worked_out=found.worked_out,
        to_confirm=found.to_confirm,
        undated=found.undated,
    )


def _target_on(state: State, day: date) -> str | None:
    assert isinstance(state, RecommendationState)
    return target(state, day).on


def _passed(state: State, day: date) -> tuple[str | None, bool]:
    assert isinstance(state, RecommendationState)
    found = target(state, day)
    return found.on, found.standing == "passed"


def _has_passed(before: Hashable, after: Hashable) -> bool:
    """Return whether the same target had not passed before, and has now."""
    assert isinstance(before, tuple)
    assert isinstance(after, tuple)
    return before[0] == after[0] and bool(after[1])


COMPARED: dict[type[State], tuple[Compared, ...]] = {
    JudgedResponse: (
        Compared("verdict_changed", _verdict_value, _verdict),
        Compared("due_moved", _due, lambda state, day: Watched(due_on=_due(state, day))),
    ),
    RecommendationState: (
        Compared("status_changed", _status, _standing),
        Compared("claim_changed", _means, lambda state, day: Watched(means=_means(state, day))),
        Compared("target_moved", _target_on, _target),
        Compared("target_passed", _passed, _target, _has_passed),
    ),
}
"""The values that are compared for a subject that existed at both moments."""


_DONE_TO_ENTRIES: dict[type, ChangeWord] = {
    ReportRevised: "revised",
    StatementRevised: "revised",
    EntryCorrected: "corrected",
    EntryRetracted: "set_aside",
    EntryDisputed: "disputed",
    TextRedacted: "redacted",
}
_FOUNDING = (ReportPublished, RecommendationRaised, ResponseDutyArose)
"""The events that make a subject new. A new subject is not also shown as entered late."""


@dataclass(frozen=True, slots=True)
class Found:
    """One change of a stream. `number` is its place among the stream's changes, from 1."""

    stream: str
    number: int
    change: Change
    state: State | None
    """The subject's state after it, or before it if the subject is gone."""
    entry: Entry | None = None
    """The entry, if the change is that this entry was made."""
    target: Entry | None = None
    """The entry that it is about, if there is one."""


def subjects(stream: str, reader: Streams, position: int) -> list[Subject]:
    """Return the subjects of a stream: a response has one for each duty, a meeting none."""
    match kind(stream):
        case "report":
            return [(REPORTS, (stream.removeprefix("report/"),))]
        case "meeting":
            return []
        case _:
            return subjects_of(stream, reader, position)


def changed(
    reader: Streams,
    asked: Between,
    stream: str,
    before: Mapping[Subject, State],
    after: Mapping[Subject, State],
    late_by: int,
) -> tuple[list[Found], int]:
    """Return the changes of a stream, in order, and the number of backfill entries that were left
    out."""
    first, second = asked.first, asked.second
    of = subjects(stream, reader, second.position)
    own = [
        entry for entry in reader.stream(stream, second.position) if entry.position > first.position
    ]

    def history(one: Subject) -> list[AsKnown]:
        above = report_of(stream)
        others = reader.stream(report_stream(above), second.position) if above else []
        if kind(stream) == "response":
            anew = _judging_anew(reader, stream, first.position, second.position)
            others = [*others, *anew]
        since = {one.position for one in (*own, *others) if one.position > first.position}
        return [
            AsKnown(
                at,
                state_on(one, reader, at, second.effective_on),
                second.effective_on,
            )
            for at in (first.position, *sorted(since))
        ]

    days = first.effective_on, second.effective_on
    found: list[tuple[Change, State | None, Entry | None]] = [
        (change, after.get(one) or before.get(one), None)
        for one in of
        for change in changes(before.get(one), after.get(one), days, partial(history, one))
    ]
    new = {one for one in of if one not in before and one in after}
    backfill = 0
    for entry in own:
        about = _about_which(entry, of, reader)
        state = (after.get(about) or before.get(about)) if about else None
        late = recorded_late(entry, late_by) and not (
            isinstance(entry.data, _FOUNDING) and about in new
        )
        if late and is_backfill(entry):
            backfill += 1
        elif late:
            said = Watched(days=days_late(entry), occurred_on=entry.occurred_on)
            found.append((Change("entered_late", None, said, (entry.position,)), state, entry))
        if (word := _DONE_TO_ENTRIES.get(type(entry.data))) is not None:
            found.append((Change(word, None, None, (entry.position,)), state, entry))
    by_id = {entry.id: entry for entry in reader.stream(stream, second.position)}
    return [
        Found(stream, number, change, of_one, entry, by_id.get(_about(entry)))
        for number, (change, of_one, entry) in enumerate(found, start=1)
    ], backfill


def _judging_anew(reader: Streams, stream: str, since: int, position: int) -> list[Entry]:
    """Return the acts on the register after a position because of which a response was judged
    anew."""
    body = stream.rpartition("/")[2]
    acts = (one for one in reader.timeline.ties(position) if one.position > since)
    return [one for one in acts if body in judged_anew(one, reader)]


def made_by(reader: Streams, found: Found, position: int) -> list[Entry]:
    """Return the entries that caused a change; none if time passed."""
    above = report_of(found.stream)
    names = {found.stream, *([report_stream(above)] if above else [])}
    if kind(found.stream) == "response":
        names.add(SERVICE)
    entries = [entry for name in names for entry in reader.stream(name, position)]
    wanted = set(found.change.positions)
    return sorted((one for one in entries if one.position in wanted), key=lambda one: one.position)


def summary(entry: Entry) -> EntrySummary:
    """Return an entry in short."""
    return EntrySummary(
        id=entry.id,
        position=entry.position,
        type=entry.data.TOPIC,
        stream=entry.stream,
        occurred_on=entry.occurred_on,
        by=entry.by,
        provenance=entry.provenance,
        recorded_by=entry.recorded_by,
        recorded_at=rfc3339(entry.instant),
        links=LinkToEntry(self=f"/api/entries/{entry.id}"),
    )


def _about(entry: Entry | None) -> str:
    return str(getattr(entry.data, "target", "")) if entry else ""


def _about_which(entry: Entry, of: Sequence[Subject], reader: Streams) -> Subject | None:
    """Return the subject of a stream that an entry is about, the first if there are several."""
    if len(of) < 2:
        return of[0] if of else None
    entries = reader.stream(entry.stream, entry.position)
    return next((one for one in of if entry in of_duty(entries, one[1][-1])), of[0])


def of_subjects(streams: Sequence[str], reader: Streams, position: int) -> list[Subject]:
    """Return the subjects of these streams."""
    return [of for name in streams for of in subjects(name, reader, position)]
