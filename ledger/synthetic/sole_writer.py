"""A ledger that nobody else writes to: what it recorded it has at hand, and reads nothing again.

Acts are decided by the same rules on the same streams, and stored by the one function, whose guards
refuse them if somebody did write meanwhile.
"""

from collections.abc import Iterable

import psycopg
from psycopg_pool import ConnectionPool

from ledger import clock
from ledger.acts.decision import Decision
from ledger.application import How, Ledger, Recorded
from ledger.events.entry import Entry
from ledger.events.streams import SERVICE
from ledger.log.reading import Look
from ledger.states.service import Service, fold


class SoleWriter(Ledger):
    """The ledger of a log that begins with it."""

    def __init__(self, pool: ConnectionPool[psycopg.Connection], url: str) -> None:
        super().__init__(pool, url)
        self._by_stream: dict[str, list[Entry]] = {}
        self._below: dict[str, dict[str, list[Entry]]] = {}
        self._service = Service()
        self._head = 0

    def read_stream(self, stream: str) -> list[Entry]:
        return self._by_stream.get(stream, [])

    def read_below(self, prefix: str) -> list[Entry]:
        """The entries below a prefix of one or two parts, such as `report/` or `response/r-1/`."""
        found = self._below.get(prefix, {})
        return sorted((e for each in found.values() for e in each), key=lambda one: one.position)

    def look(self, streams: Iterable[str] = ()) -> Look:
        return Look(clock.now(), self._service, {})

    def service(self) -> Service:
        return self._service

    def head(self) -> int:
        return self._head

    def _store(self, decision: Decision, how: How) -> Recorded:
        done = super()._store(decision, how)
        for entry in done.entries:
            self._keep(entry)
        return done

    def _keep(self, entry: Entry) -> None:
        stream = self._by_stream.setdefault(entry.stream, [])
        stream.append(entry)
        kind, _, rest = entry.stream.partition("/")
        for prefix in {f"{kind}/", f"{kind}/{rest.partition('/')[0]}/"}:
            self._below.setdefault(prefix, {})[entry.stream] = stream
        if entry.stream == SERVICE:
            self._service = fold(self._service, [entry]) or self._service
        self._head = entry.position
