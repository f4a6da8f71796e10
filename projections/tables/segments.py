"""The states of a subject as known at a position, day by day in stretches."""

from bisect import bisect_right
from collections.abc import Callable, Hashable, Sequence
from datetime import date
from typing import Any

from ledger.events.entry import Entry
from ledger.events.streams import report_stream, response_stream
from ledger.states.effect import Known
from ledger.states.report import Report, report
from projections.states import recommendation, response
from projections.states.report import report_state
from projections.states.revisions import RevisedPassage, revised_passages
from projections.streams.streams import Streams
from projections.tables import verdict_segments
from projections.tables.tables import FOREVER, RECOMMENDATIONS, REPORTS, Segment, State, Subject


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
    listed = reader.recommendations_to(reference, key[0], position)
    return _responding(key, found, there_from, listed, reader, position)


def history(
    reference: str, body: str, reader: Streams, position: int
) -> list[tuple[int, list[Segment]]]:
    """What the verdict on a response rests on, by each position up to one at which an entry of
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
            owed = _responding((body, reference), as_known, there_from, [], reader, at)
        found.append((at, verdict_segments.stretches(owed)))
    return found


def _responding(
    key: tuple[str, ...],
    found: Report,
    there_from: date,
    listed: Sequence[Sequence[Entry]],
    reader: Streams,
    position: int,
) -> list[Segment]:
    body, reference = key
    context = reader.context(position)
    state = response.response_state(
        found,
        body,
        reader.stream(response_stream(reference, body), position),
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
