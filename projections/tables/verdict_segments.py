"""From the state of a response, which holds for all days, to stretches of days. Pure."""

from collections.abc import Callable, Iterable, Sequence
from datetime import date
from typing import Any

from ledger import dates
from projections.states.response import disapplications, duty, listed, publications
from projections.states.values import ResponseState
from projections.tables.tables import CoverageRow, Segment, VerdictRow
from projections.verdict import compliance
from projections.verdict.compliance import begun, first
from projections.verdict.coverage import coverage


def stretches(owed: Sequence[Segment]) -> list[Segment]:
    """What the verdict is reached from, by stretches of days: until a publication may have
    happened, until it is disapplied or extended."""
    return _cut(owed, _verdict_days, judged)


def coverages(owed: Sequence[Segment]) -> list[Segment]:
    """What is explained, by stretches of days: until a recommendation is raised or explained."""
    return _cut(owed, _coverage_days, covered)


def judged(state: ResponseState, on: date) -> VerdictRow:
    """What the verdict for a day is reached from."""
    owed = duty(state, on)
    counted = begun(publications(state), on)
    between = first([one.interval for one in counted])
    captured = [one.captured_on for one in counted if one.captured_on is not None]
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
        not_before=dates.first_day(state.not_before) if state.not_before else None,
        begun=bool(counted),
        lo=between.lo if between else None,
        hi=between.hi if between else None,
        recorded_hi=min((one.recorded_on for one in counted), default=None),
        captured_hi=min(captured, default=None),
        duty_at=state.duty_at,
        because_at=state.because_at,
    )


def covered(state: ResponseState, on: date) -> CoverageRow:
    """What is explained by a day."""
    found = coverage(
        [listed(line) for line in state.listed],
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
    for line in state.extended:
        yield dates.first_day(line.hi)
        if line.lo is not None:
            yield dates.first_day(line.lo)


def _coverage_days(state: ResponseState) -> Iterable[date]:
    yield from (dates.first_day(line.hi) for line in state.extended)
    for line in state.listed:
        yield dates.first_day(line.hi)
        for one in line.explained:
            yield dates.first_day(one.hi)
            if one.until is not None:
                yield dates.first_day(one.until)


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
