"""Measure how the read models are rebuilt: report by report, and event by event as the library's
runner does.

Both work out the same rows from the same log by the same rules
(`projections.read_models.projection`). Theirs gets fresh tables and the log's beginning, and stops
after a part of it, since its pace does not change on the way.
"""

import threading
import time
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import psycopg
from eventsourcing.persistence import Tracking
from eventsourcing.postgres import PostgresTrackingRecorder
from eventsourcing.projection import Projection, ProjectionRunner
from psycopg.rows import tuple_row
from psycopg_pool import ConnectionPool

from bench.figures import Aim, Figure, compared
from bench.systems import environment, make
from ledger.acts.service import set_up
from ledger.application import Ledger
from ledger.events.entry import Entry
from ledger.postgres.connections import connect, connect_owner, pool
from ledger.postgres.embedded import Running
from ledger.register import shipped_bodies, shipped_rules, shipped_successions
from ledger.seed import seed
from ledger.states.service import SETUP
from projections.read_models import projection, rebuild, schemas, tables
from projections.read_models.rectangles import Rectangles
from projections.streams import Streams

SCHEMA = tables.NEXT


def measure(server: Running, pairs: int, entries: int, theirs: int) -> list[Figure]:
    """Measure entries a second: ours over a log of this many, theirs over a number of its first
    ones."""
    url = make(server, "ours", "rebuilds")
    with pool(url, max_size=4) as connections:
        ledger = Ledger(connections, url)
        ledger.record(SETUP, set_up, shipped_bodies(), shipped_rules(), shipped_successions())
        head = seed(ledger, entries, 43, lambda done, of: None)
        with connect(url, autocommit=True) as conn:
            schemas.prepare(conn)
            conn.execute("VACUUM ANALYZE ledger.entries")
            found = [
                (_ours(conn, url, head), _theirs(conn, connections, url, theirs))
                for _ in range(pairs)
            ]
    return [
        compared(
            f"entries a second, of {head:,}",
            [one for one, _ in found],
            [other for _, other in found],
            Aim("≥", 20),
        )
    ]


def _ours(conn: psycopg.Connection, url: str, head: int) -> float:
    rebuild.begin(conn)
    started = time.perf_counter()
    rebuild.report_by_report(conn, url, head, lambda done, of: None)
    return head / (time.perf_counter() - started)


class View(PostgresTrackingRecorder):
    """Theirs: the same rows, each event's in the transaction that stores its position."""

    done = threading.Event()
    after = 0
    """Beyond the entries that set a service up: few of a whole log, and many of its beginning."""
    until = 0

    def max_tracking_id(self, application_name: str) -> int | None:
        return super().max_tracking_id(application_name) or self.after

    def add(self, entry: Entry, tracking: Tracking) -> None:
        position = tracking.notification_id
        with self.datastore.get_connection() as connection, connection.transaction():
            conn: Any = connection
            one, as_theirs = replace(entry, position=position), connection.row_factory
            conn.row_factory = tuple_row
            conn.execute("SET LOCAL enable_seqscan = off")  # as our followers' connections have it
            rectangles = Rectangles(SCHEMA)
            projection.set_states(conn, [one], Streams(conn, upto=position), rectangles)
            rectangles.write(conn)
            connection.row_factory = as_theirs
            with connection.cursor() as cursor:
                self._insert_tracking(cursor, tracking)
        if position >= self.until:
            self.done.set()


class Working(Projection[View]):
    """Theirs: each event into the view."""

    name = "working"

    def process_event(self, domain_event: Any, tracking: Tracking) -> None:
        self.view.add(domain_event, tracking)


def by_runner(
    conn: psycopg.Connection,
    connections: ConnectionPool[psycopg.Connection],
    url: str,
    entries: int,
) -> float:
    """Return the entries a second of the library's runner, over a number of entries from a log's
    first reports on."""
    try:
        return _theirs(conn, connections, url, entries)
    finally:
        with conn.transaction():
            schemas.drop(conn, SCHEMA)


def _theirs(
    conn: psycopg.Connection,
    connections: ConnectionPool[psycopg.Connection],
    url: str,
    entries: int,
) -> float:
    _fresh(conn)
    with connect_owner(url) as owner:  # as whom the runner made them, in a run before
        owner.execute("DROP TABLE IF EXISTS public.working_tracking, public.notification_tracking")
    View.done.clear()
    View.after, head = _first_report(conn)
    View.until = min(View.after + entries, head)

    class Ours(Ledger):
        """Our log, which the runner subscribes to."""

        def __init__(self, env: Mapping[str, str] | None = None) -> None:
            super().__init__(connections, url)

        def close(self) -> None:
            """Leave the pool open for the next run."""

    started = time.perf_counter()
    with ProjectionRunner(
        application_class=Ours,
        projection_class=Working,
        view_class=View,
        env=environment(url),
    ) as runner:
        while not View.done.wait(0.5):
            if runner.is_interrupted.is_set():
                runner.run_forever(timeout=0)
        return (View.until - View.after) / (time.perf_counter() - started)


def _first_report(conn: psycopg.Connection) -> tuple[int, int]:
    """Return the position before a log's first report, and the log's last position."""
    row = conn.execute(
        """
        SELECT (SELECT min(position) - 1 FROM ledger.entries WHERE topic = 'report-published'),
               (SELECT max(position) FROM ledger.entries)
        """
    ).fetchone()
    assert row is not None
    return int(row[0]), int(row[1])


def _fresh(conn: psycopg.Connection) -> None:
    with conn.transaction():
        schemas.drop(conn, SCHEMA)
        schemas.create(conn, SCHEMA)
