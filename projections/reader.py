"""Streams of the log as known at a position, read once for a batch of entries."""

from collections.abc import Sequence
from typing import LiteralString

import psycopg
from psycopg.rows import class_row

from ledger.entry import Entry, decode
from ledger.events import RuleAdopted
from ledger.service import Service, fold
from ledger.storage import Stored
from ledger.streams import SERVICE, capture_stream, recommendation_of
from projections.facts import Context

_SELECT: LiteralString = """
    SELECT stream AS originator_id, version AS originator_version, topic, state,
           position AS id, recorded_at
      FROM ledger.entries
"""


class LogReader:
    """Reads streams up to a position, each once; answers for any position before it."""

    def __init__(self, conn: psycopg.Connection, upto: int) -> None:
        self._conn = conn
        self._upto = upto
        self._streams: dict[str, list[Entry]] = {}
        self._listed: dict[tuple[str, str], list[str]] = {}
        self._services: list[tuple[int, Service]] = []

    def stream(self, name: str, position: int) -> list[Entry]:
        """The entries of a stream up to a position."""
        if name not in self._streams:
            self._keep([name], self._select("WHERE stream = %(name)s", name=name))
        return [entry for entry in self._streams[name] if entry.position <= position]

    def recommendations_to(self, reference: str, body: str, position: int) -> list[list[Entry]]:
        """The streams of the recommendations of a report that a body has to explain."""
        service = self.service(position)
        registered = service.bodies.get(body)
        found: list[list[Entry]] = []
        for addressee in sorted({body, (registered and registered.force) or body}):
            for stream in self._recommendations(reference, addressee):
                if entries := self.stream(stream, position):
                    found.append(entries)
        return sorted(found, key=lambda entries: _in_order(entries[0].stream))

    def responses_about(self, reference: str, addressee: str, position: int) -> list[list[Entry]]:
        """The streams of the responses to a report that have to explain what an addressee got."""
        service = self.service(position)
        bodies = {addressee, *(body.id for body in service.responders_for(addressee))}
        found = [self.stream(f"response/{reference}/{body}", position) for body in sorted(bodies)]
        return [entries for entries in found if entries]

    def subjects_of(self, reference: str, position: int) -> list[str]:
        """The streams of a report's recommendations and responses, as far as there are any."""
        rows = self._conn.execute(
            """
            SELECT DISTINCT stream FROM ledger.entries
             WHERE position <= %(position)s AND (
                (stream >= %(rec)s || '/' AND stream < %(rec)s || '0')
                OR (stream >= %(res)s || '/' AND stream < %(res)s || '0'))
             ORDER BY stream
            """,
            {
                "position": position,
                "rec": f"recommendation/{reference}",
                "res": f"response/{reference}",
            },
        ).fetchall()
        return [row[0] for row in rows]

    def read_below(self, reference: str) -> list[str]:
        """Read the streams of a report's recommendations and responses at once; their names."""
        found = self._select(
            """
            WHERE ((stream >= %(rec)s || '/' AND stream < %(rec)s || '0')
                OR (stream >= %(res)s || '/' AND stream < %(res)s || '0'))
            """,
            rec=f"recommendation/{reference}",
            res=f"response/{reference}",
        )
        names = sorted({str(one.originator_id) for one in found})
        self._keep(names, found)
        return names

    def service(self, position: int) -> Service:
        """Register and rules as known at a position."""
        if not self._services:
            service = Service()
            self._services.append((0, service))
            for entry in self.stream(SERVICE, self._upto):
                service = fold(service, [entry]) or service
                self._services.append((entry.position, service))
        return next(s for at, s in reversed(self._services) if at <= position)

    def context(self, position: int) -> Context:
        """What states need from other streams, as known at a position."""
        service = self.service(position)

        def rule(name: str, version: int) -> RuleAdopted:
            return service.rules[(name, version)]

        def capture(name: str) -> Entry | None:
            return next(iter(self.stream(capture_stream(name), position)), None)

        return Context(capture, rule)

    def _recommendations(self, reference: str, addressee: str) -> Sequence[str]:
        if (reference, addressee) not in self._listed:
            stored = self._select(
                "WHERE stream >= %(prefix)s AND stream < %(end)s AND stream LIKE %(to)s",
                prefix=f"recommendation/{reference}/",
                end=f"recommendation/{reference}0",
                to=f"%/{addressee}",
            )
            names = list(dict.fromkeys(str(one.originator_id) for one in stored))
            self._keep(names, stored)
            self._listed[(reference, addressee)] = names
        return self._listed[(reference, addressee)]

    def _keep(self, names: Sequence[str], stored: Sequence[Stored]) -> None:
        for name in names:
            self._streams[name] = []
        for one in stored:
            entry = decode(one.state, one.id, one.recorded_at)
            self._streams[entry.stream].append(entry)

    def _select(self, where: LiteralString, **parameters: str) -> list[Stored]:
        query = _SELECT + where + " AND position <= %(upto)s ORDER BY position"
        with self._conn.cursor(row_factory=class_row(Stored)) as cursor:
            return cursor.execute(query, {**parameters, "upto": self._upto}).fetchall()


def _in_order(stream: str) -> tuple[int, str]:
    key = recommendation_of(stream).key
    digits = "".join(ch for ch in key if ch.isdigit())
    return (int(digits) if digits and key[0].isdigit() else 10**6, key)
