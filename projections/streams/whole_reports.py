"""Streams of whole reports, held in memory: what a rebuild works from, report by report."""

from bisect import bisect_right
from collections.abc import Iterable, Sequence

from ledger.events.entry import Entry
from ledger.events.streams import kind, recommendation_of
from ledger.states.service import Service
from projections.streams.reader import LogReader
from projections.streams.streams import Streams
from projections.streams.timeline import Timeline


class HeldReader(Streams):
    """Reads the streams of one report from its entries. Captures are read from the log."""

    def __init__(self, entries: Iterable[Entry], timeline: Timeline, log: LogReader) -> None:
        super().__init__()
        self._timeline = timeline
        self._log = log
        self._streams: dict[str, list[Entry]] = {}
        for entry in entries:
            self._streams.setdefault(entry.stream, []).append(entry)
        self._at = {
            name: [entry.position for entry in entries] for name, entries in self._streams.items()
        }
        self._to: dict[str, list[str]] = {}
        for name in self._streams:
            if kind(name) == "recommendation":
                self._to.setdefault(recommendation_of(name).addressee, []).append(name)

    def stream(self, name: str, position: int) -> list[Entry]:
        if name.startswith("capture/"):
            return self._log.stream(name, position)
        if (entries := self._streams.get(name)) is None:
            return []
        return entries[: bisect_right(self._at[name], position)]

    def service(self, position: int) -> Service:
        return self._timeline.at(position)

    def answering(self, force: str) -> Iterable[str]:
        return self._timeline.answering(force)

    def subjects_of(self, reference: str, position: int) -> list[str]:
        return sorted(
            name
            for name, entries in self._streams.items()
            if kind(name) != "report" and entries[0].position <= position
        )

    def recommendations_of(self, reference: str, addressee: str) -> Sequence[str]:
        return self._to.get(addressee, ())
