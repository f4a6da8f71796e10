"""Answer the list of one body without read models, by replaying its streams.

Each stream is read from the library's repository, and its state is worked out by the same rules. So
both answer the same question, as known at the same position and effective on the same day.
"""

import sys
from collections.abc import Iterable, Iterator
from datetime import date
from typing import Any

import psycopg
from eventsourcing.application import AggregateNotFoundError, Repository

from ledger.application import Ledger
from ledger.events import RecommendationEvent, streams
from ledger.events.entry import Entry
from ledger.states import recommendation
from projections.as_of import At
from projections.states.acts import Acts
from projections.states.report import revised_passages
from projections.states.values import RecommendationState
from projections.streams import Streams
from projections.timeline import Timeline


class Replayed(Streams):
    """Reads each stream through the repository, once."""

    def __init__(self, ledger: Ledger, conn: psycopg.Connection, timeline: Timeline) -> None:
        super().__init__(conn, sys.maxsize, timeline=timeline)
        self._repository = _repository(ledger)

    def read_ahead(self, names: Iterable[str]) -> None:
        for name in names:
            if name not in self._streams:
                self._streams[name] = self._replay(name)

    def _replay(self, name: str) -> list[Entry]:
        fold: Any = _all
        try:
            found: Any = self._repository.get(name, projector_func=fold)
        except AggregateNotFoundError:
            return []
        return list(found)


def _repository(ledger: Ledger) -> Repository[Any]:
    """Return a repository of the library that keeps nothing: a stream is replayed whenever it is
    asked for."""
    return Repository(ledger.events)


def _all(before: Any, entries: Iterator[Entry]) -> Any:
    return [*(before or ()), *entries]


def states(reader: Replayed, names: Iterable[str], when: At) -> list[RecommendationState]:
    """Return the states of the recommendations of these streams that exist at the two dates."""
    found = [_state(reader, name, when.position, when.effective_on) for name in names]
    return [one for one in found if one is not None]


def _state(reader: Replayed, name: str, position: int, on: date) -> RecommendationState | None:
    _, reference, _, addressee = name.split("/")
    there = reader.report(reference, position)
    if there is None or there[1] > on:
        return None
    report, context = there[0], reader.context(position)
    entries = reader.stream(name, position)
    revised = revised_passages(
        reader.responses_about(reference, addressee, position),
        entries,
        report,
        context.captured_on,
    )
    return Acts(entries, report, context).state(on, revised)


def statuses(ledger: Ledger, names: Iterable[str]) -> None:
    """Work out only the status of each, by the order of the log, as of now: the least that a replay
    can do."""
    fold: Any = _standing
    repository = _repository(ledger)
    for name in names:
        repository.get(name, projector_func=fold)


def _standing(before: Any, entries: Iterator[Entry]) -> Any:
    standing = before or recommendation.Standing()
    for entry in entries:
        if isinstance(entry.data, RecommendationEvent):
            placed = recommendation.Placed(date.min, entry.position, entry.id, entry.data)
            standing = recommendation.evolve(standing, placed)
    return standing


def stream_of(one: RecommendationState) -> str:
    return streams.recommendation_stream(one.report, one.key, one.addressee)
