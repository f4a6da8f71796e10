"""The states of a subject as known at a position, by stretches of days. A response's stretches end
where its verdict or its coverage changes."""

from bisect import bisect_right
from collections.abc import Callable, Hashable, Sequence
from datetime import date
from typing import Any

import msgspec
from msgspec.structs import astuple, replace

from ledger.events.entry import Entry
from ledger.events.response import RESPONSE
from ledger.events.streams import recommendation_stream, report_stream, response_stream
from ledger.states.report import Report
from ledger.states.response import (
    as_if_standing,
    of_duty,
    responses,
    retraction_of,
)
from projections.read_models.tables import (
    FOREVER,
    RECOMMENDATIONS,
    REPORTS,
    State,
    Subject,
)
from projections.states import response
from projections.states.acts import acts_of
from projections.states.report import report_state, revised_passages
from projections.states.values import JudgedResponse, ResponseState
from projections.streams import Streams
from projections.verdict.compliance import Verdict


class Segment(msgspec.Struct, frozen=True, gc=False):
    """A state from one day up to another (excluded), as known at one position."""

    effective_from: date
    effective_to: date
    state: State

    def holds(self, day: date) -> bool:
        """Return whether it is the state on a day. A segment that lasts for ever includes the last
        day that there is."""
        ends = self.effective_to
        return self.effective_from <= day and (day < ends or ends == FOREVER)


def state_on(subject: Subject, reader: Streams, position: int, day: date) -> State | None:
    """Return the state of a subject as known at a position, on a day; None if it did not exist."""
    found = segments(subject, reader, position, day)
    return next((one.state for one in found if one.holds(day)), None)


def segments(
    subject: Subject,
    reader: Streams,
    position: int,
    on: date | None = None,
    since: date = date.min,
) -> list[Segment]:
    """Return the states of a subject as known at a position, by stretches of days. If `on` is
    given, only the one that holds on that day is needed, so others may be left out. Those that
    begin before `since` may be left out too."""
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
        begin = since if since > there_from else date.min
        turns, state_then = _recommendation(key, found, reader, position, begin)
        days = sorted({max(day, there_from) for day in turns})
        if on is not None:
            days = [day for day in days if day <= on][-1:]
        return _stretches(days, state_then)
    owed = _response(key, found, reader, position)
    if owed is None:
        return []
    if on is None:
        return cut(owed, there_from, reader.worked_out)
    if on < there_from:
        return []
    return [Segment(on, FOREVER, _judged(owed, response.verdict(owed, on).undated(), on))]


def _has_to_explain(key: tuple[str, ...], reader: Streams, position: int) -> bool:
    """Return whether the response has to explain each recommendation. The duty named `response`
    does, and any other whose rule says so. An action plan beside it is judged by its day alone."""
    body, reference, name = key
    if name == RESPONSE:
        return True
    rules = reader.context(position).rules
    return any(
        rules(owed.duty_event.rule.id, owed.duty_event.rule.version).per_recommendation
        for owed in responses(reader.stream(response_stream(reference, body), position))
        if owed.name == name
    )


def retracted_on(key: tuple[str, ...], reader: Streams, position: int, day: date) -> State | None:
    """Return a retracted duty as it would stand on a day, or None."""
    body, reference, name = key
    stream = reader.stream(response_stream(reference, body), position)
    there = reader.report(reference, position)
    if there is None or day < there[1] or retraction_of(stream, name) is None:
        return None
    owed = _response(key, there[0], reader, position, as_if_standing(stream))
    return None if owed is None else _judged(owed, response.verdict(owed, day).undated(), day)


def _response(
    key: tuple[str, ...],
    found: Report,
    reader: Streams,
    position: int,
    entries: Sequence[Entry] | None = None,
) -> ResponseState | None:
    """Return a duty's state, or None. `entries` replace those of its stream, if given."""
    body, reference, name = key
    if entries is None:
        entries = reader.stream(response_stream(reference, body), position)
    listed: list[list[Entry]] = []
    if _has_to_explain(key, reader, position):
        listed = reader.recommendations_to(reference, body, position)
    holders = reader.holders(reference, body, position)
    return response.response_state(
        found,
        body,
        of_duty(entries, name),
        listed,
        reader.context(position),
        reader.worked_out,
        of_report=reader.stream(report_stream(reference), position),
        office_over=reader.office_over(tuple(one.body for one in holders), position),
        holders=holders,
    )


def _judged(state: ResponseState, found: Verdict, on: date) -> JudgedResponse:
    values: tuple[Any, ...] = (*astuple(state), found, response.covered(state, on, found))
    return JudgedResponse(*values)


def cut(state: ResponseState, there_from: date, worked_out: dict[Hashable, Any]) -> list[Segment]:
    """Return a response by stretches of days. Neither its verdict (apart from the number of days)
    nor its coverage changes within one."""
    verdicts = _verdicts(state, there_from, worked_out)
    turns = [day for day, _ in verdicts]
    explains = (day for day in response.coverage_days(state) if there_from < day < FOREVER)

    def judged(day: date) -> JudgedResponse:
        return _judged(state, verdicts[bisect_right(turns, day) - 1][1], day)

    return _stretches(sorted({*turns, *explains}), judged)


def _verdicts(
    state: ResponseState, there_from: date, worked_out: dict[Hashable, Any]
) -> list[tuple[date, Verdict]]:
    """Return each day on which the verdict becomes another one, with the new verdict.

    The verdict does not depend on the coverage, which changes most often. So the verdicts are
    worked out anew only if another part of the state has changed.
    """
    key = ("verdicts", state.report, state.body, state.name)
    rest = there_from, replace(state, listed=())
    last: object
    found: list[tuple[date, Verdict]]
    last, found = worked_out.get(key, (None, []))
    if last != rest:
        turns = (day for day in response.turn_days(state) if there_from < day < FOREVER)
        days = there_from, *sorted(turns)
        found = []
        for day, verdict in zip(days, response.verdicts(state, days), strict=True):
            if not found or found[-1][1] != verdict.undated():
                found.append((day, verdict.undated()))
        worked_out[key] = rest, found
    return found


def _recommendation(
    key: tuple[str, ...], found: Report, reader: Streams, position: int, since: date
) -> tuple[set[date], Callable[[date], State | None]]:
    """Return the days from `since` on at which the state of a recommendation can change, and the
    function that gives its state on a day."""
    addressee, reference, number = key
    context = reader.context(position)
    entries = reader.stream(recommendation_stream(reference, number, addressee), position)
    acts = acts_of(entries, found, context, reader.worked_out)
    revised = revised_passages(
        reader.responses_about(reference, addressee, position),
        entries,
        found,
        context.captured_on,
    )
    seen = {date.fromisoformat(one.line.hi) for one in revised}
    days = acts.turn_days(since) | {day for day in seen if day >= since}
    return days, lambda day: acts.state(day, revised)


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
