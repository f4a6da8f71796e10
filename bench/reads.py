"""Measure how soon one reads one's own write from a read model: the time from the answer until it
is there."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import count
from typing import Any
from uuid import uuid4

from eventsourcing.application import Application
from eventsourcing.domain import Aggregate
from eventsourcing.persistence import Tracking
from eventsourcing.postgres import PostgresTrackingRecorder
from eventsourcing.projection import Projection, ProjectionRunner
from psycopg.sql import SQL

from bench.figures import Aim, Figure, compared
from bench.systems import TEXT, environment, make
from ledger.acts.decision import Notice
from ledger.acts.recommendation import receive_update
from ledger.acts.report import Raise, publish_report
from ledger.acts.service import set_up
from ledger.application import Ledger
from ledger.events import RecommendationRaised, ReportPublished, Source, UpdateReceived
from ledger.events.streams import RecommendationId
from ledger.events.texts import say
from ledger.postgres.connections import connect, pool
from ledger.postgres.embedded import Running
from ledger.register import shipped_bodies, shipped_rules, shipped_successions
from ledger.states.service import SETUP
from projections.read_models import projector, schemas
from projections.waiting import wait_for

RECOMMENDATIONS = 100
FORCE = "cumbria-constabulary"
Once = Callable[[], float]
"""Write once; milliseconds from the answer until the read model has it."""


def measure(server: Running, pairs: int) -> list[Figure]:
    """Measure ours and theirs by turns."""
    with (
        _ours(make(server, "ours", "reads_ours")) as ours,
        _theirs(make(server, "theirs", "reads_theirs")) as theirs,
    ):
        for _ in range(10):
            ours(), theirs()
        found = [(ours(), theirs()) for _ in range(pairs)]
    return [
        compared(
            "until it can be read, ms",
            [one for one, _ in found],
            [other for _, other in found],
            Aim("≤", 15, of="ours"),
        )
    ]


@contextmanager
def _ours(url: str) -> Iterator[Once]:
    with connect(url, autocommit=True) as reader, pool(url) as connections:
        schemas.prepare(reader)
        ledger = Ledger(connections, url)
        ledger.record(SETUP, set_up, shipped_bodies(), shipped_rules(), shipped_successions())
        told = Notice(occurred_on="2025-05-16", source=Source(url="https://www.example.org/report"))
        ledger.record(
            SETUP,
            publish_report,
            ReportPublished(title="A report", kind="other", publisher="hmicfrs"),
            told,
            reference="r",
            recommendations=[
                Raise(
                    event=RecommendationRaised(number=str(n), text=say(TEXT)), addressees=(FORCE,)
                )
                for n in range(1, RECOMMENDATIONS + 1)
            ],
        )
        turn = count()

        def once() -> float:
            to = RecommendationId("r", str(next(turn) % RECOMMENDATIONS + 1), FORCE)
            done = ledger.record(SETUP, receive_update, to, UpdateReceived(text=say(TEXT)), told)
            return _milliseconds(lambda: wait_for(reader, done.entries[-1].position))

        stop = threading.Event()
        following = threading.Thread(target=projector.follower(url).run, args=[stop])
        following.start()
        try:
            wait_for(reader, ledger.log.max_notification_id() or 0)
            yield once
        finally:
            stop.set()
            following.join()


class Recorded(Aggregate):
    """Theirs: an aggregate with a text."""

    def __init__(self, text: str) -> None:
        self.text = text


class Recording(Application[Any]):
    """Theirs: an application with one command."""

    def record(self, text: str) -> int:
        recordings = self.save(Recorded(text))
        return recordings[-1].notification.id


class View(PostgresTrackingRecorder):
    """Theirs: a table with a row for each event, written with the position."""

    def __init__(self, datastore: Any, **kwargs: Any) -> None:
        super().__init__(datastore, **kwargs)
        self.sql_create_statements.append(
            SQL("CREATE TABLE IF NOT EXISTS {0}.seen (id uuid PRIMARY KEY, at bigint)").format(
                SQL(datastore.schema)
            )
        )

    def add(self, tracking: Tracking) -> None:
        with self.datastore.transaction(commit=True) as cursor:
            self._insert_tracking(cursor, tracking)
            cursor.execute("INSERT INTO seen VALUES (%s, %s)", (uuid4(), tracking.notification_id))


class Reading(Projection[View]):
    """Theirs: each event into the view."""

    name = "reading"

    def process_event(self, domain_event: Any, tracking: Tracking) -> None:
        self.view.add(tracking)


@contextmanager
def _theirs(url: str) -> Iterator[Once]:
    with ProjectionRunner(
        application_class=Recording,
        projection_class=Reading,
        view_class=View,
        env=environment(url),
    ) as runner:

        def once() -> float:
            position = runner.app.record(TEXT)
            return _milliseconds(lambda: runner.wait(position))

        yield once


def _milliseconds(wait: Callable[[], object]) -> float:
    started = time.perf_counter()
    wait()
    return (time.perf_counter() - started) * 1000
