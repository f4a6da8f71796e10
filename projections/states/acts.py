"""The acts of a recommendation that are in effect, by their places, and the fold after each. One
more act is added without going through the others again."""

from bisect import bisect_left, bisect_right, insort
from collections.abc import Hashable, Iterable, Sequence
from datetime import date
from operator import attrgetter, itemgetter
from typing import Any

from msgspec.structs import replace

from ledger.dates import is_exact
from ledger.events import (
    ClosureConfirmed,
    ClosureProposed,
    ClosureRefused,
    Reopened,
    Superseded,
    TargetDateSet,
    UpdateReceived,
    Withdrawn,
)
from ledger.events.entry import Entry
from ledger.states.effect import CHANGING, KNOWLEDGE, Known, in_effect
from ledger.states.recommendation import Undated, in_doubt
from ledger.states.report import Report
from projections.states.fold import Fold, placed
from projections.states.report import RevisedPassage
from projections.states.values import Context, RecommendationState, UndatedLine

Dated = tuple[date, Known]
"""An act with the last day on which it can have happened."""
_DECIDES_A_TARGET = (
    ClosureConfirmed
    | ClosureProposed
    | ClosureRefused
    | Reopened
    | Superseded
    | TargetDateSet
    | UpdateReceived
    | Withdrawn
)
_day = itemgetter(0)
_place_of_undated = attrgetter("act.place")


def _place(pair: Dated) -> tuple[date, int]:
    return pair[0], pair[1].entry.position


def dated(entries: Iterable[Entry], found: Report, context: Context) -> list[Dated]:
    """Return the acts of a stream that are in effect, in the order of their places. Acts that came
    with the report have the report's day."""
    return _dated(in_effect(entries), found, context)


def _dated(acts: Iterable[Known], found: Report, context: Context) -> list[Dated]:
    pairs = [(found.happened(one, context.captured_on).hi, found.on_its_day(one)) for one in acts]
    return sorted(pairs, key=_place)


class Acts:
    """The acts of a recommendation that are in effect, as known after some entries of its stream.
    Acts that came with the report have the report's day."""

    def __init__(self, entries: Sequence[Entry], found: Report, context: Context) -> None:
        self.dated: list[Dated] = []
        """The acts in the order of their places."""
        self._folds = [Fold()]
        """The fold before the first act, then after each."""
        self._undated: list[Undated] = []
        """The acts without an exact day that may decide whether a target has passed."""
        self._found = found
        self._many, self._last = len(entries), entries[-1] if entries else None
        self._add(in_effect(entries), context)

    def go_on(self, entries: Sequence[Entry], found: Report, context: Context) -> bool:
        """Add the acts that later entries of the stream bring. Return False, with nothing added, if
        these are not the same entries and later ones, if the report has another day, or if what is
        known of former acts changed."""
        before = self._many
        if (
            before > len(entries)
            or (before and entries[before - 1] is not self._last)
            or found.dated_by != self._found.dated_by
            or any(isinstance(one.data, CHANGING) for one in entries[before:])
        ):
            return False
        self._found = found
        if new := entries[before:]:
            self._many, self._last = len(entries), new[-1]
            acts = (Known(one, one) for one in new if not isinstance(one.data, KNOWLEDGE))
            self._add(acts, context)
        return True

    def _add(self, acts: Iterable[Known], context: Context) -> None:
        first = len(self.dated)
        for pair in _dated(acts, self._found, context):
            at = bisect_right(self.dated, _place(pair), key=_place)
            self.dated.insert(at, pair)
            first = min(first, at)
            if (undated := self._as_undated(*pair, context)) is not None:
                insort(self._undated, undated, key=_place_of_undated)
        del self._folds[first + 1 :]
        for hi, one in self.dated[first:]:
            self._folds.append(self._folds[-1].then(hi, one))

    def _as_undated(self, hi: date, one: Known, context: Context) -> Undated | None:
        if is_exact(one.entry.occurred_on) or not isinstance(one.data, _DECIDES_A_TARGET):
            return None
        lo = self._found.happened(one, context.captured_on).lo or date.min
        return Undated(lo, placed(hi, one), one.entry.occurred_on) if lo < hi else None

    def turn_days(self, since: date) -> set[date]:
        """Return the days from `since` on at which the state can change."""
        last = self.dated[bisect_left(self.dated, since, key=_day) :]
        return {hi for hi, _ in last} | {one.lo for one in self._undated if one.lo >= since}

    def state(self, day: date, revised: Sequence[RevisedPassage]) -> RecommendationState | None:
        """Return the state on a day, by the acts that had happened by it. Return None if it wasn't
        raised by then. `revised` are the later passages about it in published responses."""
        many = bisect_right(self.dated, day, key=_day)
        seen = [one for one in revised if one.line.hi <= day.isoformat()]
        fold = self._folds[many]
        state = fold.state(self._found, seen)
        if state is None or fold.standing.is_done or (last := state.target_last) is None:
            return state
        to_confirm = {one.entry for one in state.targets if one.to_confirm}
        if lines := self._in_doubt(many, day, to_confirm):
            return replace(state, undated=lines)
        return replace(state, passes_after=last.isoformat())

    def _in_doubt(self, many: int, day: date, to_confirm: set[str]) -> tuple[UndatedLine, ...]:
        """Return the acts without an exact day that may have ended it by a day, or moved its
        target, whether or not they are among the acts up to it. A target that has to be confirmed
        again moves none."""
        there = {
            one.act.entry: one
            for one in self._undated
            if one.lo <= day and one.act.entry not in to_confirm
        }
        if not there:
            return ()
        counted = [placed(*pair) for pair in self.dated[:many] if pair[1].id not in to_confirm]
        return tuple(
            UndatedLine(name, there[name].act.event.TOPIC, there[name].occurred_on)
            for name in in_doubt(counted, list(there.values()))
        )


def acts_of(
    entries: Sequence[Entry],
    found: Report,
    context: Context,
    worked_out: dict[Hashable, Any],
) -> Acts:
    """Return the acts of a stream as known after some entries. `worked_out` keeps them, to go on
    from when the stream has more. Only a correction or a retraction, another day of the report, or
    a question about an earlier position has them worked out from the start."""
    if not entries:
        return Acts(entries, found, context)
    key = kept_as(entries[0].stream)
    kept: Acts | None = worked_out.get(key)
    if kept is None or not kept.go_on(entries, found, context):
        kept = worked_out[key] = Acts(entries, found, context)
    return kept


def kept_as(stream: str) -> Hashable:
    """Return the key under which the acts of a stream are kept."""
    return "acts", stream
