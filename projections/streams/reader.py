"""Streams of the log as known at a position, read once for a batch of entries."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from typing import LiteralString

import psycopg
from psycopg.rows import class_row

from ledger.events import BodyChanged, BodySucceeded
from ledger.events.entry import Entry, decode
from ledger.events.streams import capture_stream, recommendation_of
from ledger.log.storage import STORED, Stored
from ledger.states.effect import Known, happened
from ledger.states.service import Service
from projections.streams.streams import Streams, upto
from projections.streams.timeline import Timeline, timeline


class LogReader(Streams):
    """Reads streams from the log up to a position, each once; answers for any before it."""

    def __init__(
        self,
        conn: psycopg.Connection,
        upto: int,
        streams: dict[str, list[Entry]] | None = None,
    ) -> None:
        """`streams`: those that are at hand, up to the position; what is read joins them."""
        super().__init__()
        self._conn = conn
        self._upto = upto
        self._streams = {} if streams is None else streams
        self._listed: dict[tuple[str, str], list[str]] = {}
        self._timeline: Timeline | None = None
        self._registers: dict[tuple[int, date], Service] = {}

    def read_ahead(self, names: Iterable[str]) -> None:
        """Read these streams at once, as far as they were not read yet."""
        wanted = sorted(set(names) - self._streams.keys())
        if wanted:
            self._keep(wanted, self._select("WHERE stream = ANY (%(names)s)", names=wanted))

    def read_captures_ahead(self, names: Iterable[str]) -> None:
        """Read the captures that are cited in these streams, at once."""
        self.read_ahead(
            capture_stream(entry.source.capture)
            for name in names
            for entry in self._streams[name]
            if entry.source is not None and entry.source.capture is not None
        )

    def stream(self, name: str, position: int) -> list[Entry]:
        if name not in self._streams:
            self.read_ahead([name])
        return upto(self._streams[name], position)

    def about(self, reference: str) -> list[Entry]:
        """Every entry about a report, in the order of the log."""
        # Of one at a time, and planned for its name: else the planner reads the whole log.
        rows = self._conn.execute(
            """
            SELECT state, position, recorded_at FROM ledger.entries
             WHERE (stream = 'report/' || %(reference)s
                OR stream > 'recommendation/' || %(reference)s || '/'
               AND stream < 'recommendation/' || %(reference)s || '0'
                OR stream > 'response/' || %(reference)s || '/'
               AND stream < 'response/' || %(reference)s || '0')
               AND position <= %(upto)s
             ORDER BY position
            """,
            {"reference": reference, "upto": self._upto},
            prepare=False,
        )
        return [decode(*row) for row in rows]

    def beside_reports(self, at_once: int) -> Iterator[list[Entry]]:
        """Every entry of other streams than those about reports, some at a time."""
        position = 0
        while True:
            # As the index of streams has them: few among all the others.
            stored = self._select(
                """
                WHERE position > %(after)s
                  AND (stream < 'recommendation/'
                    OR stream >= 'recommendation0' AND stream < 'report/'
                    OR stream >= 'report0' AND stream < 'response/'
                    OR stream >= 'response0')
                """,
                at_once,
                after=position,
            )
            if not stored:
                return
            position = stored[-1].id
            yield [decode(one.state, one.id, one.recorded_at) for one in stored]

    def subjects_of(self, reference: str, position: int) -> list[str]:
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
        return self._read_timeline().at(min(position, self._upto))

    def answering(self, force: str) -> Iterable[str]:
        return self._read_timeline().answering(force, self._upto)

    def _read_timeline(self) -> Timeline:
        if self._timeline is None:
            self._timeline = timeline(self._conn)
        return self._timeline

    def register(self, position: int, day: date) -> Service:
        """The register by the names and ties that bodies had on a day, as known at a position.

        Changes and successions count from the last day on which they can have happened, in the
        order of those days; what is recorded of a body otherwise has no day.
        """
        if (position, day) not in self._registers:
            self._registers[(position, day)] = self._register(position, day)
        return self._registers[(position, day)]

    def _register(self, position: int, day: date) -> Service:
        position = min(position, self._upto)
        captured_on = self.context(position).captured_on
        known = self._read_timeline()
        dated = [
            (happened(Known(one, one), report_day=None, captured_on=captured_on).hi, one)
            for one in known.entries(position)
            if isinstance(one.data, BodyChanged | BodySucceeded)
        ]
        if not dated:
            return self.service(position)
        dated.sort(key=lambda pair: (pair[0], pair[1].position))
        counted = [one for hi, one in dated if hi <= day]
        return known.changed(position, counted, [one for _, one in dated])

    def recommendations_of(self, reference: str, addressee: str) -> Sequence[str]:
        """The streams of the recommendations of a report to a body."""
        if (reference, addressee) not in self._listed:
            self._read_to(reference, {addressee})
        return self._listed[(reference, addressee)]

    def read_listed_ahead(self, owed: Iterable[tuple[str, str]], position: int) -> None:
        """Read what responses (by report and body) have to explain, of each report at once."""
        wanted: dict[str, set[str]] = {}
        for reference, body in owed:
            wanted.setdefault(reference, set()).update(self.asked(reference, body, position))
        for reference, addressees in wanted.items():
            self._read_to(
                reference, {one for one in addressees if (reference, one) not in self._listed}
            )

    def _read_to(self, reference: str, addressees: set[str]) -> None:
        stored = self._select(
            "WHERE stream >= %(prefix)s AND stream < %(end)s"
            " AND split_part(stream, '/', 4) = ANY (%(to)s)",
            prefix=f"recommendation/{reference}/",
            end=f"recommendation/{reference}0",
            to=sorted(addressees),
        )
        names = list(dict.fromkeys(str(one.originator_id) for one in stored))
        self._keep(names, stored)
        for addressee in addressees:
            self._listed[(reference, addressee)] = []
        for name in names:
            self._listed[(reference, recommendation_of(name).addressee)].append(name)

    def _keep(self, names: Sequence[str], stored: Sequence[Stored]) -> None:
        for name in names:
            self._streams[name] = []
        for one in stored:
            entry = decode(one.state, one.id, one.recorded_at)
            self._streams[entry.stream].append(entry)

    def _select(
        self, where: LiteralString, limit: int | None = None, **parameters: int | str | list[str]
    ) -> list[Stored]:
        query = STORED + where + " AND position <= %(upto)s ORDER BY position"
        if limit is not None:  # where all are wanted, a limit misleads the planner
            query += " LIMIT %(limit)s"
        given = {**parameters, "upto": self._upto, "limit": limit}
        with self._conn.cursor(row_factory=class_row(Stored)) as cursor:
            return cursor.execute(query, given).fetchall()
