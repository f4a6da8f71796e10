"""From the state of a response to what a verdict is reached from, and to the verdict. Pure."""

from collections.abc import Callable
from datetime import date
from functools import lru_cache

from projections.states.values import ListedLine, PublicationLine, ResponseState, Said
from projections.verdict import compliance
from projections.verdict.compliance import (
    NOT_NAMED,
    Disapplication,
    Duty,
    Extension,
    Publication,
    Verdict,
)
from projections.verdict.coverage import Coverage, Explained, Listed, coverage

Tell = Callable[[Said], str | None]
"""The text that is meant, or None where its reader may not know it."""


def _nothing(_: Said) -> None:
    """Of a verdict for nobody in particular, which rests on no text."""


def duty(state: ResponseState, effective_on: date) -> Duty:
    """The duty that a verdict is about, with the extensions granted by the day asked about."""
    return Duty(
        entry=state.duty,
        rule_id=state.rule_id,
        rule_version=state.rule_version,
        citation=state.citation,
        has_period=state.has_period,
        trigger_entry=state.trigger,
        trigger_on=state.trigger_on,
        trigger_basis=state.trigger_basis,
        due_on=_day(due_on(state, effective_on)),
        counting=state.counting,
        more_time_until=_more_time_until(state, effective_on),
    )


def _more_time_until(state: ResponseState, effective_on: date) -> date | None:
    """The last day with the extensions that may have been granted by a day; the last day that there
    is, where a disapplication would then have been recorded in time."""
    due, day = due_on(state, effective_on), effective_on.isoformat()
    begun = [line.due_on for line in state.extended if (line.lo or "") <= day < line.hi]
    latest = max(begun, default=None)
    if due is None or latest is None or latest <= due:
        return None
    lifted = any(line.hi <= day and due < line.recorded_on <= latest for line in state.disapplied)
    return date.max if lifted else date.fromisoformat(latest)


def publications(state: ResponseState) -> list[Publication]:
    """The publications that count: those whose parts include the body's comments."""
    return [publication(line, state) for line in state.publications if "comments" in line.parts]


def disapplications(state: ResponseState, tell: Tell = _nothing) -> list[Disapplication]:
    """The disapplications in effect. Who decided is a text: `tell` opens it."""
    return [
        Disapplication(
            entry=line.entry,
            hi=date.fromisoformat(line.hi),
            recorded_on=date.fromisoformat(line.recorded_on),
            basis=line.basis,
            decided_by=tell(line.decided_by) or NOT_NAMED,
            decided_on=line.decided_on,
        )
        for line in state.disapplied
    ]


def extensions(state: ResponseState, effective_on: date, tell: Tell = _nothing) -> list[Extension]:
    """The extensions that had been granted by a day, in the order in which they were. Who granted
    it is a text: `tell` opens it.

    One gives more time than there was at its place, else it changes nothing: it may have been
    entered late, or corrected.
    """
    due, found = state.due_on, []
    for line in sorted(state.extended, key=lambda one: one.hi):
        if line.hi <= effective_on.isoformat() and (due is None or due < line.due_on):
            due = line.due_on
            days = date.fromisoformat(line.hi), date.fromisoformat(due)
            granted_by = tell(line.granted_by) or NOT_NAMED
            found.append(Extension(line.entry, *days, granted_by))
    return found


def due_on(state: ResponseState, effective_on: date) -> str | None:
    """The day by which it is due, with the extensions that had been granted by a day."""
    granted = extensions(state, effective_on)
    return granted[-1].due_on.isoformat() if granted else state.due_on


def verdict(state: ResponseState, effective_on: date) -> Verdict:
    """The verdict on a response for a day."""
    return compliance.verdict(
        duty(state, effective_on), publications(state), disapplications(state), effective_on
    )


def covered(state: ResponseState, effective_on: date, found: Verdict) -> Coverage:
    """Which recommendations the response explains, by a day. `found`: the verdict for it."""
    return coverage(
        [listed(line) for line in state.listed],
        listed_by=state.listed_by,
        due_on=_day(due_on(state, effective_on)),
        verdict=found.verdict,
        effective_on=effective_on,
    )


@lru_cache(maxsize=20_000)
def listed(line: ListedLine) -> Listed:
    """A recommendation to explain, as coverage counts it."""
    return Listed(
        number=line.number,
        key=line.key,
        kind=line.kind,
        hi=date.fromisoformat(line.hi),
        parent=line.parent,
        explained=tuple(
            Explained(
                how=one.how,
                lo=_day(one.lo),
                hi=date.fromisoformat(one.hi),
                entry=one.entry,
                until=_day(one.until),
            )
            for one in line.explained
        ),
    )


def publication(line: PublicationLine, state: ResponseState) -> Publication:
    return Publication(
        entry=line.entry,
        position=line.position,
        occurred_on=line.occurred_on,
        not_before=_day(state.not_before),
        recorded_on=date.fromisoformat(line.recorded_on),
        captured_on=_day(line.captured_on),
        own_word=_own_word(line),
    )


def _own_word(line: PublicationLine) -> bool:
    """Whether the body whose act it is recorded it: one that followed the one that owed it, too."""
    return line.text.recorded_by.partition("/")[0] == line.text.by


def _day(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None
