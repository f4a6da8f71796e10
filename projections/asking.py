"""What every question needs: a connection, the two dates, states and who reads them."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from functools import partial
from typing import Any

import psycopg
from psycopg import sql

from ledger import streams
from ledger.application import Ledger
from ledger.effect import known
from ledger.entry import Entry, to_plain
from ledger.events import CaptureKept
from ledger.events.recommendation import CAUSES
from ledger.report import report as report_in
from ledger.service import Account, Service
from ledger.waits import ANYBODY, Waits
from projections import moment, schemas, tables
from projections.answers import Answers, Improved, Json
from projections.captures import copy_held
from projections.moment import At
from projections.noted import released
from projections.reader import LogReader
from projections.revisions import passages_revised_in
from projections.state import RecommendationState, ReportState
from projections.tables import RECOMMENDATIONS
from projections.texts import Opened, Reader, texts_of
from projections.trail import trail_entries
from projections.verdict_sql import HERE


class Asking:
    """Questions of one reader. `account` None reads as anybody does."""

    def __init__(
        self,
        ledger: Ledger,
        account: Account | None = None,
        patience: float = moment.WAIT,
        waits: Waits = ANYBODY,
    ) -> None:
        """`patience`: the seconds that a list waits for the read models to have all that is
        recorded. `waits`: how many questions of this process wait at once."""
        self._ledger = ledger
        self._account = account
        self._patience = patience
        self._waits = waits

    # The two dates

    def at(
        self, known_at: str | None = None, effective_on: str | None = None, min_position: int = 0
    ) -> At:
        """The two dates of a question; waits until the read models are at `min_position`."""
        with self._connection() as conn:
            if min_position:
                moment.wait_for(conn, min_position, self._waits)
            return moment.at(conn, known_at, effective_on, self._ledger.now())

    def as_far_as(self, when: At, position: int) -> At:
        """A question about now, as far as an earlier position goes."""
        with self._connection() as conn:
            return moment.as_far_as(conn, when, position)

    def wait_for(self, position: int) -> None:
        """Wait until the read models are at a position."""
        with self._connection() as conn:
            moment.wait_for(conn, position, self._waits)

    def _for_lists(self, conn: psycopg.Connection, when: At) -> At:
        """The same question to the read models, when they have all that was recorded before it."""
        return moment.for_lists(conn, when, self._patience, self._waits)

    def models_are_there(self) -> bool:
        """Whether the read models have their tables, of the shape that this version reads."""
        with self._connection() as conn:
            return schemas.are_ours(conn)

    # Reading

    def _of_service(self, when: At, items: Callable[[Service], Iterable[Any]]) -> Json:
        with self._connection() as conn:
            reader = LogReader(conn, upto=when.position)
            service = reader.register(when.position, when.effective_on)
            return {"items": [to_plain(one) for one in items(service)], "as_of": when.as_of}

    @contextmanager
    def _connection(self) -> Iterator[psycopg.Connection]:
        with self._ledger.log.pool.connection() as conn:
            yield conn

    def _listed_children(
        self, conn: psycopg.Connection, when: At, states: Sequence[RecommendationState]
    ) -> list[RecommendationState]:
        """The same from the read models."""
        causes = [one for one in states if one.kind in CAUSES]
        rows = conn.execute(
            sql.SQL(
                """
                SELECT state FROM projections.recommendations AS one
                 WHERE (report, addressee, parent_key) IN (SELECT * FROM unnest(
                           %(reports)s::text[], %(bodies)s::text[], %(keys)s::text[]))
                   AND {here}
                """
            ).format(here=HERE.format(one=sql.Identifier("one"))),
            {
                "reports": [one.report for one in causes],
                "bodies": [one.addressee for one in causes],
                "keys": [one.key for one in causes],
                "k": when.position,
                "d": when.effective_on,
            },
        )
        return tables.states(RECOMMENDATIONS, rows.fetchall())

    def _answers(
        self,
        conn: psycopg.Connection,
        when: At,
        reader: LogReader,
        states: Sequence[Any],
        children: Sequence[RecommendationState] = (),
        improved: Improved | None = None,
    ) -> Answers:
        said = texts_of(list(states))
        opened = self._opened(conn, sorted({one.position for one in said}))
        held = {one.position for one in said if not opened.may_read(one)}
        register = reader.register(when.position, when.effective_on)
        return Answers(when, register, opened, _recorded_at(conn, held), children, improved)

    def _opened(self, conn: psycopg.Connection, at: list[int]) -> Opened:
        return Opened(
            self._reader(),
            self._ledger.openings(at),
            released(conn, at),
            lambda: self._ledger.redactions(at),
        )

    def _reader(self) -> Reader:
        """Who may read goes by the register as it is now, whatever moment is asked about."""
        return Reader(self._account, self._ledger.service())

    def _trail(
        self, conn: psycopg.Connection, reader: LogReader, entries: list[Entry], position: int
    ) -> list[Json]:
        beside = [
            entry
            for stream in passages_revised_in(entries)
            for entry in reader.stream(stream, position)
        ]
        service = reader.service(position)
        opened = self._opened(conn, [entry.position for entry in (*entries, *beside)])
        copies = self._copies(reader, entries, position)
        about = partial(reader.report_about, position=position)
        return trail_entries(entries, opened, service, copies, about, beside)

    def _copies(
        self, reader: LogReader, entries: Sequence[Entry], position: int
    ) -> dict[str, Json]:
        """What is held of the captures that entries cite, or are, by their ids."""
        names = {
            one.entry.source.capture
            for one in known(entries)
            if one.entry.source is not None and one.entry.source.capture is not None
        } | {e.stream.removeprefix("capture/") for e in entries if isinstance(e.data, CaptureKept)}
        kept = [
            entry
            for name in sorted(names)
            for entry in reader.stream(streams.capture_stream(name), position)
            if isinstance(entry.data, CaptureKept)
        ]
        there = self._ledger.log.captures_at([entry.position for entry in kept])
        found = [copy_held(one, self._reader(), there) for one in kept]
        return {one["id"]: one for one in found}

    def _title(self, reader: LogReader, reference: str, when: At) -> str | None:
        found = report_in(reader.stream(streams.report_stream(reference), when.position))
        return found.data.title if found else None

    def _report_items(
        self, conn: psycopg.Connection, when: At, answers: Answers, states: Sequence[ReportState]
    ) -> list[Json]:
        """Reports as lists show them, each with how much is recorded about it."""
        counts: dict[str, dict[str, int]] = {
            table: dict(
                conn.execute(
                    sql.SQL(
                        "SELECT report, count(*) FROM {table} AS one"
                        " WHERE report = ANY (%(reports)s) AND {here} GROUP BY report"
                    ).format(
                        table=sql.Identifier(tables.SCHEMA, table),
                        here=HERE.format(one=sql.Identifier("one")),
                    ),
                    {
                        "reports": [one.report for one in states],
                        "k": when.position,
                        "d": when.effective_on,
                    },
                ).fetchall()
            )
            for table in ("recommendations", "responses")
        }
        return [
            {name: value for name, value in answers.report(one).items() if name in _LISTED}
            | {name: found.get(one.report, 0) for name, found in counts.items()}
            for one in states
        ]


_LISTED = (
    "report",
    "title",
    "kind",
    "publisher",
    "publisher_name",
    "published_on",
    "basis",
    "links",
)


def _recorded_at(conn: psycopg.Connection, positions: set[int]) -> dict[int, datetime]:
    """When the entries at these positions were recorded."""
    if not positions:
        return {}
    rows = conn.execute(
        "SELECT position, recorded_at FROM ledger.entries WHERE position = ANY (%s)",
        [sorted(positions)],
    ).fetchall()
    return dict(rows)
