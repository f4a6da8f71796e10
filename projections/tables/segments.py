"""The states of a subject as known at a position, day by day in stretches; and of a response, what
the verdict is reached from, when it was bettered, and what is explained."""

from bisect import bisect_right
from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence
from datetime import date, datetime, timedelta
from itertools import product
from operator import attrgetter
from typing import Any

import msgspec
from msgspec.structs import astuple

from ledger import dates
from ledger.dates import Interval, london_date
from ledger.events.entry import Entry
from ledger.events.response import RESPONSE
from ledger.events.streams import kind, recommendation_of, report_stream, response_stream
from ledger.states.effect import Known
from ledger.states.report import Report, report
from ledger.states.response import duty_names, of_duty, responses
from projections.states import recommendation, response
from projections.states.report import RevisedPassage, report_state, revised_passages
from projections.states.response import (
    chief_officer,
    disapplications,
    duty,
    publications,
)
from projections.states.values import ResponseState
from projections.streams import Streams
from projections.tables.tables import (
    FOREVER,
    RECOMMENDATIONS,
    REPORTS,
    RESPONSES,
    CountedRow,
    State,
    Subject,
    VerdictRow,
)
from projections.verdict import compliance
from projections.verdict.compliance import Finding, Rest, begun, better, coverage, find, first


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
    found = segments(subject, reader, position, day)
    return next((one.state for one in found if one.holds(day)), None)


def segments(
    subject: Subject, reader: Streams, position: int, on: date | None = None
) -> list[Segment]:
    """The states of a subject as known at a position, day by day in stretches. `on`: no more is
    asked than which it is on that day, so that others need not be worked out."""
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
        if on is not None:
            days = [day for day in days if day <= on][-1:]
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
) -> list[tuple[Entry, list[Segment]]]:
    """What the verdict on a duty rests on, by each entry up to a position, of its stream or of its
    report's, that can have changed it: stretches of days, none where nothing is owed."""
    own = reader.stream(response_stream(reference, body), position)
    of_report = reader.stream(report_stream(reference), position) if own else []
    found = []
    for entry in sorted((*own, *of_report), key=attrgetter("position")):
        at = entry.position
        as_known = report([entry for entry in of_report if entry.position <= at])
        owed = []
        if as_known:
            there_from = as_known.hi(reader.context(at).captured_on)
            owed = _responding((body, reference, name), as_known, there_from, [], reader, at)
        found.append((entry, verdicts(owed)))
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


class Bettered:
    """On which days the verdict was bettered by an entry made after the last one: followed entry by
    entry. What was recorded at one moment is one step, whose end is compared with that of the one
    before (improvements.py)."""

    def __init__(self) -> None:
        self._at: datetime | None = None
        self._before: Sequence[Segment] = ()
        self._now: Sequence[Segment] = ()
        self._days_before: tuple[Days, ...] = ()
        self.days: tuple[Days, ...] = ()

    def follow(self, at: datetime, now: Sequence[Segment]) -> None:
        """What the verdict rests on with one more entry, recorded at a moment."""
        if at != self._at:
            self._at, self._before, self._days_before = at, self._now, self.days
        self._now = now
        new = _bettered(self._before, now, london_date(at))
        self.days = tuple(dict.fromkeys((*self._days_before, *new)))


Days = tuple[date, date]
"""From one day up to another (excluded)."""


def _bettered(before: Sequence[Segment], now: Sequence[Segment], on: date) -> Iterator[Days]:
    """The days for which a step bettered the verdict, recorded on one after the last."""
    for one, other in product(before, now):
        was, state = one.state, other.state
        assert isinstance(was, VerdictRow)
        assert isinstance(state, VerdictRow)
        begins = max(one.effective_from, other.effective_from)
        ends = min(one.effective_to, other.effective_to)
        due_on = was.due_on or state.due_on
        if due_on is None or on <= due_on or was == state:
            continue
        for day, until in _between(begins, ends, {*_turns(was), *_turns(state)}):
            if better(finding(state, day), finding(was, day)):
                yield day, until


def _turns(row: VerdictRow) -> Iterator[date]:
    """The days on which the verdict that rests on a row may become another, but for counting."""
    for last in (row.due_on, row.latest_due_on):
        if last is not None:
            yield last + timedelta(days=1)
    for day in (row.lo, row.hi, row.rest_lo, row.rest_hi):
        if day is not None:
            yield day


def finding(judged: VerdictRow, on: date, ended_on: date | None = None) -> Finding:
    """The verdict alone. `ended_on`: the last day of an office that nobody follows."""
    between = Interval(judged.lo, judged.hi) if judged.hi is not None else None
    with_them = Interval(judged.rest_lo, judged.rest_hi) if judged.rest_hi is not None else None
    rest = Rest(judged.required, with_them)
    return find(judged, between, judged.disapplied, on, rest, ended_on)


def counted(
    judged: Sequence[Segment], bettered: Sequence[Days], owed: Sequence[Segment]
) -> list[Segment]:
    """What the verdict is reached from, with what is counted beside it, by stretches of days: until
    it is bettered, or a recommendation is raised or explained."""
    covered = _cut(owed, _coverage_days, _coverage)
    turns = {day for stretch in bettered for day in stretch}
    found: list[Segment] = []
    for one, other in product(judged, covered):
        begins = max(one.effective_from, other.effective_from)
        ends = min(one.effective_to, other.effective_to)
        also: Any = other.state
        for start, end in _between(begins, ends, turns):
            better_then = any(since <= start < until for since, until in bettered)
            values: tuple[Any, ...] = (*astuple(one.state), better_then, *also)
            row = CountedRow(*values)
            if found and found[-1].state == row:
                found[-1] = Segment(found[-1].effective_from, end, row)
            else:
                found.append(Segment(start, end, row))
    return found


def _between(begins: date, ends: date, turns: Iterable[date]) -> Iterator[Days]:
    """The stretches from one day up to another (excluded) that begin there, or at a turn."""
    starts = sorted({begins, *(day for day in turns if begins < day < ends)})
    return zip(starts, [*starts[1:], ends], strict=True) if begins < ends else iter(())


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


def _coverage(state: ResponseState, on: date) -> tuple[Any, ...]:
    """What is explained by a day, as the last columns of a row say it."""
    found = coverage(
        state.listed,
        listed_by=state.listed_by,
        due_on=duty(state, on).due_on,
        verdict="due",
        effective_on=on,
    )
    causes = found.causes_of_concern
    return (
        found.listed_by,
        found.addressed,
        found.explained_by_due,
        found.explained_now,
        found.general,
        causes.addressed,
        causes.without_recommendations,
        causes.explained_now,
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
        for start, end in _between(whole.effective_from, whole.effective_to, days(state)):
            now = drawn(state, start)
            if found and found[-1].state == now and found[-1].effective_to == start:
                found[-1] = Segment(found[-1].effective_from, end, now)
            else:
                found.append(Segment(start, end, now))
    return found
