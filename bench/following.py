"""Measure acts while the projector follows: what an act costs on logs of any size, and how far
behind the projector is.

An act is a whole command of the service, an update to a recommendation: it reads what it rests on,
decides, and is stored. Each log is a copy. The same three hundred reports are added to every copy
first, so that the acts are alike and the logs differ only in what was there before. There are so
many reports that no recommendation gets many more entries than a real one.
"""

import multiprocessing
import statistics
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from itertools import cycle

import psycopg

from bench.grown import Grown, copied
from bench.systems import TEXT
from bench.writers import Run, Writers
from ledger.acts.decision import Notice
from ledger.acts.recommendation import receive_update
from ledger.acts.report import Raise, publish_report
from ledger.application import Ledger
from ledger.events import RecommendationRaised, ReportPublished, Source, UpdateReceived
from ledger.events.streams import RecommendationId
from ledger.events.texts import say
from ledger.postgres.connections import connect, pool
from ledger.postgres.embedded import Running
from ledger.states.service import SETUP
from projections.head import reached
from projections.read_models import projector, tables

_spawning = multiprocessing.get_context("spawn")
REPORTS, NUMBERS = 300, 10
FORCE = "cumbria-constabulary"
TOLD = Notice(occurred_on="2025-05-16", source=Source(url="https://www.example.org/updates"))
LOOK_AGAIN = 0.05


@dataclass(frozen=True)
class Following:
    """Acts on one log: medians over the rounds, and the longest wait of the read models."""

    act_ms: float
    """The median act of one writer, of each round."""
    acts_a_second: float
    """Of eight writers."""
    lag_s: float
    """The longest that an entry of eight writers waited until the read models had it."""


def measure(server: Running, logs: list[Grown], rounds: int, seconds: float) -> list[Following]:
    """Measure one writer and eight, on each log by turns."""
    with ExitStack() as stack:
        trials = [stack.enter_context(_trial(server, log)) for log in logs]
        for n in range(rounds):
            # To and fro: what the machine does meanwhile falls on none more than on the others.
            turn = trials if n % 2 else trials[::-1]
            for trial in turn:
                trial.one.append(trial.run(trial.alone, seconds))
            for trial in turn:
                trial.eight.append(trial.run(trial.together, seconds))
        return [trial.found for trial in trials]


class Trial:
    """A log with writers, and the projector following them."""

    def __init__(self, url: str, alone: Writers, together: Writers) -> None:
        self.alone, self.together = alone, together
        self.one: list[Run] = []
        self.eight: list[Run] = []
        self._url = url
        self._lags: list[float] = []

    def run(self, writers: Writers, seconds: float) -> Run:
        """Let the projector catch up with what was, then write."""
        with connect(self._url, autocommit=True) as conn:
            _caught_up(conn)
            writers.start()
            until = time.perf_counter() + seconds
            while time.perf_counter() < until:
                self._lags += [lag(conn)] if writers is self.together else []
                time.sleep(LOOK_AGAIN)
            return writers.stop()

    @property
    def found(self) -> Following:
        acts = [statistics.median(run.latencies) * 1000 for run in self.one]
        rates = [run.rate for run in self.eight]
        return Following(statistics.median(acts), statistics.median(rates), max(self._lags))


def lag(conn: psycopg.Connection) -> float:
    """Return the seconds for which the oldest entry that the read models lack has been waiting."""
    row = conn.execute(
        """
        SELECT extract(epoch FROM clock_timestamp() - e.recorded_at) FROM ledger.entries AS e
         WHERE e.position = 1 + (SELECT position FROM follow.positions WHERE name = %s)
        """,
        [tables.PROJECTOR],
    ).fetchone()
    return float(row[0]) if row else 0.0


def appender(url: str, number: int) -> Callable[[], object]:
    """Return a function that records one more update, to recommendations that no other writer
    uses."""
    connections = pool(url, min_size=1, max_size=2)
    ledger = Ledger(connections, url)
    each = cycle(
        RecommendationId(f"growing-{report}", str(n), FORCE)
        for n in range(1, NUMBERS + 1)
        for report in range(number, REPORTS, 8)
    )
    return lambda: ledger.record(
        SETUP, receive_update, next(each), UpdateReceived(text=say(TEXT)), TOLD
    )


@contextmanager
def _trial(server: Running, log: Grown) -> Iterator[Trial]:
    with copied(server, log) as copy:
        _publish(copy.url)
        process = _spawning.Process(target=_follow, args=(copy.url,), daemon=True)
        process.start()
        try:
            with (
                Writers(appender, copy.url, 1) as alone,
                Writers(appender, copy.url, 8) as together,
            ):
                yield Trial(copy.url, alone, together)
        finally:
            process.terminate()
            process.join()


def _publish(url: str) -> None:
    with pool(url, max_size=2) as connections:
        ledger = Ledger(connections, url)
        for report in range(REPORTS):
            ledger.record(
                SETUP,
                publish_report,
                ReportPublished(
                    title=f"Report {report}", kind="force_inspection", publisher="hmicfrs"
                ),
                TOLD,
                reference=f"growing-{report}",
                recommendations=[
                    Raise(
                        event=RecommendationRaised(number=str(n), text=say(TEXT)),
                        addressees=(FORCE,),
                    )
                    for n in range(1, NUMBERS + 1)
                ],
            )


def _follow(url: str) -> None:
    projector.follower(url).run(threading.Event())


def _caught_up(conn: psycopg.Connection) -> None:
    row = conn.execute("SELECT max(position) FROM ledger.entries").fetchone()
    assert row is not None
    while reached(conn) < row[0]:
        time.sleep(LOOK_AGAIN)
