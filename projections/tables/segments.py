"""The states of a subject as known at a position, day by day in stretches; and those of what the
verdict on a response is reached from, and of what it explains."""

from bisect import bisect_right
from collections.abc import Callable, Hashable, Iterable, Sequence
from datetime import date
from typing import Any

import msgspec

from ledger import dates
from ledger.events.entry import Entry
from ledger.events.response import RESPONSE
from ledger.events.streams import kind, recommendation_of, report_stream, response_stream
from ledger.states.effect import Known
from ledger.states.report import Report, report
from ledger.states.response import duty_names, of_duty, responses
from projections.states import recommendation, response
from projections.states.report import report_state
from projections.states.response import (
    chief_officer,
    disapplications,
    duty,
    publications,
)
from projections.states.revisions import RevisedPassage, revised_passages
from projections.states.values import ResponseState
from projections.streams import Streams
from projections.tables.tables import (
    FOREVER,
    RECOMMENDATIONS,
    REPORTS,
    RESPONSES,
    CoverageRow,
    State,
    Subject,
    VerdictRow,
)
from projections.verdict import compliance
from projections.verdict.compliance import begun, first
from projections.verdict.coverage import coverage


class Segment(msgspec.Struct, frozen=True, gc=False):
    """A state from one day up to another (excluded), as known at one position."""

    effective_from: date
    effective_to: date
    state: State

    def holds(self, day: date) -> bool:
        """Whether it is the state on a day. One that lasts for ever lasts to the end of the last
        day that there is."""
        ends = self.effective_to
        return self.effective_from <= day and (day < ends or ends == FOREVER)


def subject_of(stream: str) -> Subject:
    """The subject of a recommendation's stream."""
    name = recommendation_of(stream)
    return RECOMMENDATIONS, (name.addressee, name.report, name.key)


def subjects_of(stream: str, reader: Streams, position: int) -> list[Subject]:
    """The subjects of a stream below a report: of a response, each duty that ever arose by then."""
    if kind(stream) == "recommendation":
        return [subject_of(stream)]
    _, reference, body = stream.split("/")
    names = duty_names(reader.stream(stream, position))
    return [(RESPONSES, (body, reference, name)) for name in names]


def state_on(subject: Subject, reader: Streams, position: int, day: date) -> State | None:
    """The state of a subject as known at a position, on a day; None: it was not there."""
    found = segments(subject, reader, position)
    return next((one.state for one in found if one.holds(day)), None)


def segments(subject: Subject, reader: Streams, position: int) -> list[Segment]:
    """The states of a subject as known at a position, day by day in stretches."""
    table, key = subject
    context = reader.context(position)
    if table is REPORTS:
        state = report_state(reader.stream(report_stream(key[0]), position), context)
        return [Segment(date.fromisoformat(state.hi), FOREVER, state)] if state else []
    reference = key[1]
    if (there := reader.report(reference, position)) is None:
        return []
    found, there_from = there
    if table is RECOMMENDATIONS:
        addressee, _, number = key
        stream = f"recommendation/{reference}/{number}/{addressee}"
        entries = reader.stream(stream, position)
        acts = recommendation.dated(entries, found, context, reader.worked_out)
        revised = revised_passages(
            reader.responses_about(reference, addressee, position),
            entries,
            found,
            context.captured_on,
        )
        perhaps = recommendation.perhaps(acts, found, context)
        seen = {date.fromisoformat(one.line.hi) for one in revised}
        begun = {one.lo for one in perhaps}
        days = sorted({max(day, there_from) for day in {hi for hi, _ in acts} | seen | begun})
        row = (stream, found.dated_by)
        return _stretches(days, _states(row, acts, perhaps, revised, reader.worked_out))
    listed: list[list[Entry]] = []
    if _has_to_explain(key, reader, position):
        listed = reader.recommendations_to(reference, key[0], position)
    return _responding(key, found, there_from, listed, reader, position)


def _has_to_explain(key: tuple[str, ...], reader: Streams, position: int) -> bool:
    """Whether each recommendation has to be explained: by the response itself, and by what its
    rule asks that for. An action plan beside the response is judged by its day."""
    body, reference, name = key
    if name == RESPONSE:
        return True
    rules = reader.context(position).rules
    return any(
        rules(owed.duty_event.rule.id, owed.duty_event.rule.version).per_recommendation
        for owed in responses(reader.stream(response_stream(reference, body), position))
        if owed.name == name
    )


def history(
    reference: str, body: str, name: str, reader: Streams, position: int
) -> list[tuple[int, list[Segment]]]:
    """What the verdict on a duty rests on, by each position up to one at which an entry of
    its stream or of its report's can have changed it: stretches of days, none where nothing is
    owed."""
    own = reader.stream(response_stream(reference, body), position)
    of_report = reader.stream(report_stream(reference), position)
    found = []
    for at in sorted({entry.position for entry in (*own, *of_report)}):
        as_known = report([entry for entry in of_report if entry.position <= at])
        owed = []
        if as_known:
            there_from = as_known.hi(reader.context(at).captured_on)
            owed = _responding((body, reference, name), as_known, there_from, [], reader, at)
        found.append((at, verdicts(owed)))
    return found


def _responding(
    key: tuple[str, ...],
    found: Report,
    there_from: date,
    listed: Sequence[Sequence[Entry]],
    reader: Streams,
    position: int,
) -> list[Segment]:
    body, reference, name = key
    context = reader.context(position)
    state = response.response_state(
        found,
        body,
        of_duty(reader.stream(response_stream(reference, body), position), name),
        listed,
        context,
        reader.worked_out,
        of_report=reader.stream(report_stream(reference), position),
    )
    if state is None:
        return []
    return [Segment(there_from, FOREVER, state)]


def _states(
    of: Hashable,
    acts: Sequence[recommendation.Dated],
    perhaps: Sequence[recommendation.Perhaps],
    revised: Sequence[RevisedPassage],
    worked_out: dict[Hashable, Any],
) -> Callable[[date], State | None]:
    """A recommendation's state on a day: that of the acts up to it, and of those that may have
    happened by then, each row of acts worked out once. `of`: its stream, with the days of its
    report. What an act says is told by its position and those of the corrections in effect; what
    responses came to say of it is told by their revisions, as these are known."""
    rows: list[Hashable] = [of]  # each by a number: what is in it is looked at once
    for hi, one in acts:
        row = (rows[-1], hi, *_told_by(one))
        rows.append(worked_out.setdefault(row, len(worked_out)))
    last_days = [hi for hi, _ in acts]

    def state_on(day: date) -> State | None:
        many = bisect_right(last_days, day)
        seen = tuple(one for one in revised if one.line.hi <= day.isoformat())
        movable = [one for one in perhaps if one.lo <= day]
        row = (rows[many], seen, tuple((one.lo, *_told_by(one.act)) for one in movable))
        if row not in worked_out:
            worked_out[row] = recommendation.recommendation_state(
                acts[:many], revised=seen, movable=movable
            )
        state: State | None = worked_out[row]
        return state

    return state_on


def _told_by(one: Known) -> tuple[int, tuple[int, ...]]:
    return one.entry.position, tuple(by.position for by in one.corrected_by.values())


def _stretches(days: Sequence[date], state_on: Callable[[date], State | None]) -> list[Segment]:
    found: list[Segment] = []
    for n, day in enumerate(days):
        state = state_on(day)
        if state is None:
            continue
        until = days[n + 1] if n + 1 < len(days) else FOREVER
        if found and found[-1].state == state and found[-1].effective_to == day:
            found[-1] = Segment(found[-1].effective_from, until, state)
        else:
            found.append(Segment(day, until, state))
    return found


def verdicts(owed: Sequence[Segment]) -> list[Segment]:
    """What the verdict is reached from, by stretches of days: until a publication may have
    happened, until it is disapplied or extended, until the chief officer's comments are there."""
    return _cut(owed, _verdict_days, verdict_row)


def coverages(owed: Sequence[Segment]) -> list[Segment]:
    """What is explained, by stretches of days: until a recommendation is raised or explained."""
    return _cut(owed, _coverage_days, coverage_row)


def verdict_row(state: ResponseState, on: date) -> VerdictRow:
    """What the verdict for a day is reached from."""
    owed = duty(state, on)
    counted = begun(publications(state), on)
    between = first([one.interval for one in counted])
    captured = [one.captured_on for one in counted if one.captured_on is not None]
    theirs = chief_officer(state)
    required = bool(theirs.submitted(owed.due_on, on))
    rest = begun(theirs.published, on) if required else []
    with_them = first([one.interval for one in rest])
    return VerdictRow(
        report_kind=state.report_kind,
        report_year=state.report_year,
        has_period=owed.has_period,
        due_on=owed.due_on,
        latest_due_on=owed.latest_due_on,
        trigger_basis=owed.trigger_basis,
        disapplied=any(
            one.hi <= on and compliance.replaces(one, owed) for one in disapplications(state)
        ),
        not_before=state.not_before,
        begun=bool(counted),
        lo=between.lo if between else None,
        hi=between.hi if between else None,
        recorded_hi=min((one.recorded_on for one in counted), default=None),
        captured_hi=min(captured, default=None),
        required=required,
        required_recorded=bool(theirs.submitted(owed.due_on, on, "recorded")),
        required_captured=bool(theirs.submitted(owed.due_on, on, "captured")),
        rest_lo=with_them.lo if with_them else None,
        rest_hi=with_them.hi if with_them else None,
        rest_recorded_hi=min((one.recorded_on for one in rest), default=None),
        rest_captured_hi=min((one.captured_on or FOREVER for one in rest), default=None),
        duty_at=state.duty_at,
        because_at=state.because_at,
    )


def coverage_row(state: ResponseState, on: date) -> CoverageRow:
    """What is explained by a day."""
    found = coverage(
        state.listed,
        listed_by=state.listed_by,
        due_on=duty(state, on).due_on,
        verdict="due",
        effective_on=on,
    )
    causes = found.causes_of_concern
    return CoverageRow(
        listed_by=found.listed_by,
        addressed=found.addressed,
        explained_by_due=found.explained_by_due,
        explained_now=found.explained_now,
        general=found.general,
        causes=causes.addressed,
        causes_without=causes.without_recommendations,
        causes_explained=causes.explained_now,
    )


def _verdict_days(state: ResponseState) -> Iterable[date]:
    yield from (one.lo for one in publications(state) if one.lo is not None)
    yield from (one.hi for one in disapplications(state))
    theirs = chief_officer(state)
    yield from (one.interval.lo for one in theirs.published if one.interval.lo is not None)
    for one in theirs.received:
        yield one.interval.hi
        yield one.recorded_on
        if one.captured_on is not None:
            yield one.captured_on
    for invited in theirs.invited:
        yield invited.interval.hi
        if invited.interval.lo is not None:
            yield invited.interval.lo
    for line in state.extended:
        yield dates.first_day(line.hi)
        if line.lo is not None:
            yield dates.first_day(line.lo)


def _coverage_days(state: ResponseState) -> Iterable[date]:
    yield from (dates.first_day(line.hi) for line in state.extended)
    for line in state.listed:
        yield line.hi
        for one in line.explained:
            yield one.hi
            if one.until is not None:
                yield one.until


def _cut(
    owed: Sequence[Segment],
    days: Callable[[ResponseState], Iterable[date]],
    drawn: Callable[[ResponseState, date], Any],
) -> list[Segment]:
    found: list[Segment] = []
    for whole in owed:
        state = whole.state
        assert isinstance(state, ResponseState)
        later = {day for day in days(state) if whole.effective_from < day < whole.effective_to}
        starts = [whole.effective_from, *sorted(later)]
        for start, end in zip(starts, [*starts[1:], whole.effective_to], strict=True):
            now = drawn(state, start)
            if found and found[-1].state == now and found[-1].effective_to == start:
                found[-1] = Segment(found[-1].effective_from, end, now)
            else:
                found.append(Segment(start, end, now))
    return found
