"""What of a subject is watched between two moments, and by what it came to differ. Pure.

A value that differs as known at both moments for the two days differs by entries if it still
does when both are asked about the later day; else time alone has passed.
"""

from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass
from datetime import date
from functools import partial
from typing import Any, Literal, get_args

from projections.states import response
from projections.states.recommendation import target
from projections.states.values import RecommendationState, ReportState, ResponseState

Json = dict[str, Any]
State = ReportState | RecommendationState | ResponseState
ChangeWord = Literal[
    "new",
    "removed",
    "verdict_changed",
    "due_moved",
    "status_changed",
    "claim_changed",
    "target_moved",
    "target_passed",
    "entered_late",
    "revised",
    "corrected",
    "set_aside",
    "disputed",
    "redacted",
]
CHANGES: tuple[ChangeWord, ...] = get_args(ChangeWord)

_NO_ACCUSATION = {"not_due", "due", "overdue", "no_period", "disapplied"}
"""Verdicts that rest on no publication: neither their days nor their basis are watched, since
days pass of themselves."""


@dataclass(frozen=True, slots=True)
class AsKnown:
    """A state as known at a position, for one day; None: it was not there."""

    position: int
    state: State | None


@dataclass(frozen=True, slots=True)
class Change:
    """One thing that differs. `positions` are those of the entries that made it differ; none:
    time passed."""

    word: ChangeWord
    before: Json | None
    after: Json | None
    positions: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Watched:
    """A value of a state for a day: what is compared, and how it is told."""

    word: ChangeWord
    value: Callable[[State, date], Hashable]
    told: Callable[[State, date], Json]
    also: Callable[[Hashable, Hashable], bool] = lambda before, after: True
    """Whether such a difference is one that is told."""


def changes(
    before: State | None,
    after: State | None,
    days: tuple[date, date],
    history: Callable[[], Sequence[AsKnown]],
) -> list[Change]:
    """What differs between a state as known then for the first day, and now for the second.

    `history` gives the state for the second day as known at the first moment, and since each
    entry that can have changed it; it is asked only where something differs.
    """
    if before is None and after is None:
        return []
    if before is None or after is None:
        word: ChangeWord = "new" if before is None else "removed"
        made = _made(history(), lambda state: state is not None)
        old = told(before, days[0]) if before else None
        new = told(after, days[1]) if after else None
        return [Change(word, old, new, made)]
    found = []
    for one in WATCHED.get(type(after), ()):
        was, now = one.value(before, days[0]), one.value(after, days[1])
        if was == now or not one.also(was, now):
            continue
        made = _made(history(), partial(_value, one, days[1]))
        found.append(Change(one.word, one.told(before, days[0]), one.told(after, days[1]), made))
    return found


def _made(history: Sequence[AsKnown], value: Callable[[State | None], Any]) -> tuple[int, ...]:
    """The positions at which a value became another, if it is another in the end."""
    values = [value(one.state) for one in history]
    if values[0] == values[-1]:
        return ()
    return tuple(one.position for n, one in enumerate(history) if n and values[n] != values[n - 1])


def _value(watched: Watched, on: date, state: State | None) -> Hashable:
    return None if state is None else (watched.value(state, on),)


def told(state: State, on: date) -> Json:
    """Where a subject stands, for what is new and what is gone."""
    match state:
        case ReportState():
            return {"published_on": state.published_on}
        case ResponseState():
            return _verdict(state, on) | {"due_on": response.due_on(state, on)}
        case RecommendationState():
            return {
                "status": state.status,
                "target": target(state, on),
                "raised_on": state.raised_on,
            }


def _verdict_value(state: State, on: date) -> Hashable:
    assert isinstance(state, ResponseState)
    found = response.verdict(state, on)
    said = found.disapplication.entry if found.disapplication else None
    if found.verdict in _NO_ACCUSATION:
        return found.verdict, said
    return found.verdict, found.days, found.at_least, found.basis, said


def _verdict(state: State, on: date) -> Json:
    assert isinstance(state, ResponseState)
    found = response.verdict(state, on)
    return {
        "verdict": found.verdict,
        "days": found.days,
        "at_least": found.at_least,
        "basis": found.basis,
        "published_on": found.published_on,
    }


def _due(state: State, on: date) -> str | None:
    assert isinstance(state, ResponseState)
    return response.due_on(state, on)


def _status(state: State, on: date) -> str:
    assert isinstance(state, RecommendationState)
    return state.status


def _claim(state: State, on: date) -> str | None:
    assert isinstance(state, RecommendationState)
    return state.claim.means if state.claim else None


def _target(state: State, on: date) -> Json:
    assert isinstance(state, RecommendationState)
    return target(state, on)


def _target_on(state: State, on: date) -> str | None:
    found: str | None = _target(state, on)["on"]
    return found


def _passed(state: State, on: date) -> tuple[str | None, bool]:
    found = _target(state, on)
    return found["on"], found["standing"] == "passed"


def _has_passed(before: Hashable, after: Hashable) -> bool:
    """Whether the same target had not passed, and has."""
    assert isinstance(before, tuple)
    assert isinstance(after, tuple)
    return before[0] == after[0] and bool(after[1])


WATCHED: dict[type[State], tuple[Watched, ...]] = {
    ResponseState: (
        Watched("verdict_changed", _verdict_value, _verdict),
        Watched("due_moved", _due, lambda state, on: {"due_on": _due(state, on)}),
    ),
    RecommendationState: (
        Watched("status_changed", _status, lambda state, on: {"status": _status(state, on)}),
        Watched("claim_changed", _claim, lambda state, on: {"means": _claim(state, on)}),
        Watched("target_moved", _target_on, _target),
        Watched("target_passed", _passed, _target, _has_passed),
    ),
}
"""What is watched of a subject that was there at both moments."""
