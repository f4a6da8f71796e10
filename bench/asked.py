"""Measure what questions to a grown log cost: as known now, and as known at a random moment of the
past.

The whole time of an answer is from the question to the plain data of its JSON. The database's own
time is that of the same statements under EXPLAIN ANALYZE: plans are made anew, the rows are made
ready to be sent (SERIALIZE), and no time is taken within the plan.
"""

import random
import statistics
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import psycopg
from psycopg import sql
from psycopg.abc import Params

from bench import replayed
from bench.grown import Grown
from ledger.application import Ledger
from ledger.events.streams import SERVICE
from ledger.postgres.connections import pool
from projections.answers.totals import GroupBy
from projections.as_of import At
from projections.questions import lists, totals
from projections.questions.exports import selecting
from projections.questions.filters import Filter, bodies_of
from projections.questions.paging import RECOMMENDATIONS_BY
from projections.questions.question import Question, asking
from projections.questions.totals import GROUPS
from projections.read_models import tables
from projections.read_models.tables import RECOMMENDATIONS
from projections.states.values import RecommendationState
from projections.timeline import Timeline

PAGE = 50
WHOLE = 500
"""So many are asked for at a time where all are wanted: as many as a page may have."""
FIRST, DAYS = date(2019, 6, 1), 2700
"""Days asked about: those after which the seed's reports begin, to about its last acts."""


class Asked(psycopg.Cursor[Any]):
    """A cursor that remembers what it was asked, so that it can be explained."""

    asked: list[tuple[Any, Params | None]] | None = None

    def execute(self, query: Any, params: Params | None = None, **how: Any) -> Any:
        if Asked.asked is not None:
            Asked.asked.append((query, params))
        return super().execute(query, params, **how)


@dataclass(frozen=True)
class Cost:
    """The cost of a question in ms: the medians of the whole time and of the database's own, and
    the longest time."""

    whole_ms: float
    database_ms: float
    worst_ms: float

    @classmethod
    def of(cls, found: list[tuple[float, float]]) -> "Cost":
        whole, own = zip(*found, strict=True)
        return cls(statistics.median(whole), statistics.median(own), max(own))


class Questions:
    """Asks one log, over one connection."""

    def __init__(self, ledger: Ledger, conn: psycopg.Connection, head: int) -> None:
        self.ledger = ledger
        self._conn = conn
        self._head = head
        self._chance = random.Random(head)

    def cost(self, ask: Callable[[], object]) -> tuple[float, float]:
        """Return the whole time of a question and the database's own, in milliseconds."""
        started = time.perf_counter()
        ask()
        whole = (time.perf_counter() - started) * 1000
        Asked.asked = []
        try:
            ask()
            statements, Asked.asked = Asked.asked, None
        finally:
            Asked.asked = None
        with self._conn.transaction(force_rollback=True):  # for what is SET LOCAL
            return whole, sum(self._explained(*one) for one in statements)

    def _explained(self, query: Any, params: Params | None) -> float:
        if isinstance(query, sql.Composable):
            text = query.as_string(self._conn)
        else:
            text = query.decode() if isinstance(query, bytes) else str(query)
        if not text.lstrip().startswith(("SELECT", "WITH")):
            self._conn.execute(text.encode(), params)
            return 0.0
        explain = "EXPLAIN (ANALYZE, TIMING OFF, SERIALIZE TEXT, FORMAT JSON) " + text
        row = self._conn.execute(explain.encode(), params, prepare=False).fetchone()
        assert row is not None
        (plan,) = row[0]
        return float(plan["Planning Time"] + plan["Execution Time"])

    def now(self) -> At:
        """Return the moment that the read models have reached, and today."""
        with asking(self.ledger) as question:
            return question.when

    def past(self) -> At:
        """Return a random moment of the past, and a random day."""
        position = self._chance.randrange(self._head // 50, self._head)
        day = FIRST + timedelta(days=self._chance.randrange(DAYS))
        with asking(self.ledger, None, str(position), day.isoformat()) as question:
            return question.when

    def _asked(self, when: At, ask: Callable[[Question], Any]) -> Any:
        with self.ledger.pool.connection() as conn:
            return ask(Question(self.ledger, conn, when))

    def somewhere(self) -> str:
        """Return a cursor: the name of a recommendation drawn at random."""
        row = self._conn.execute(
            "SELECT report || '/' || key || '/' || addressee FROM projections.recommendations"
            " WHERE known_from >= %s ORDER BY known_from LIMIT 1",
            [self._chance.randrange(self._head)],
        ).fetchone()
        return str(row[0]) if row else ""

    def pages(self, pairs: int) -> tuple[Cost, Cost]:
        """Measure a page of fifty, now and at a random moment by turns: the first page, or a page
        after a cursor."""
        now: list[tuple[float, float]] = []
        past: list[tuple[float, float]] = []
        for n in range(pairs + 2):
            after = self.somewhere() if n % 2 else None
            for when, found in ((self.now(), now), (self.past(), past)):
                ask = self._page(when, after)
                found.append(self.cost(ask))
        return Cost.of(now[2:]), Cost.of(past[2:])

    def _page(self, when: At, after: str | None) -> Callable[[], object]:
        return lambda: self._asked(
            when, lambda q: lists.recommendations(q, after=after, limit=PAGE)
        )

    def compliance(self, times: int) -> dict[str, Cost]:
        """Measure national compliance, now and at random moments, by each grouping."""
        whens = [self.past() if n % 2 else self.now() for n in range(times)]
        return {
            group: Cost.of([self.cost(self._compliance(when, group)) for when in whens])
            for group in GROUPS
        }

    def _compliance(self, when: At, group: GroupBy) -> Callable[[], object]:
        return lambda: self._asked(when, lambda q: totals.compliance(q, group_by=group))

    def whole_list(self, body: str, when: At) -> list[Any]:
        """Return all recommendations that concern a body, read page after page."""
        found, after = [], None
        while True:
            page = self._asked(
                when, lambda q: lists.recommendations(q, after=after, limit=WHOLE, body=body)
            )
            found += page.items
            if (after := page.next) is None:
                return found

    def states(self, body: str, when: At) -> tuple[list[RecommendationState], float, float]:
        """Return the states of the same list as a file of it reads them, by one query.

        Beside them are the milliseconds that reading and decoding took, and those of the database
        alone.
        """
        wanted = Filter({"addressee": bodies_of(self.ledger.service(), body)})
        question = Question(self.ledger, self._conn, when)
        order = RECOMMENDATIONS_BY["report"]
        query, values = selecting(question, order, wanted)
        started = time.perf_counter()
        found = tables.states(RECOMMENDATIONS, self._conn.execute(query, values).fetchall())
        whole = (time.perf_counter() - started) * 1000
        return found, whole, self._explained(query, values)

    def replayed(self, states: list[RecommendationState], when: At) -> tuple[float, float]:
        """Return the milliseconds that the library's repository takes to replay these streams one
        by one.

        The first figure is for the same states, which are compared; the second is for the status
        alone.
        """
        names = [replayed.stream_of(one) for one in states]
        timeline = Timeline(self.ledger.read_stream(SERVICE))
        started = time.perf_counter()
        found = replayed.states(replayed.Replayed(self.ledger, self._conn, timeline), names, when)
        same = (time.perf_counter() - started) * 1000
        assert found == states, "the replay answers something else"
        started = time.perf_counter()
        replayed.statuses(self.ledger, names)
        return same, (time.perf_counter() - started) * 1000

    def longest_list(self) -> str:
        """Return the body that has the most recommendations."""
        row = self._conn.execute(
            "SELECT addressee FROM projections.recommendations WHERE known_to = 9223372036854775807"
            " GROUP BY addressee ORDER BY count(*) DESC, addressee LIMIT 1"
        ).fetchone()
        assert row is not None
        return str(row[0])


@contextmanager
def questions(log: Grown) -> Iterator[Questions]:
    """Yield questions to a log; statements are remembered while `Asked.asked` is a list."""
    with (
        pool(log.url, min_size=3, max_size=3) as connections,
        connections.connection() as beside,  # with the settings that the service asks with
    ):
        with connections.connection() as one, connections.connection() as other:
            one.cursor_factory = other.cursor_factory = Asked
        yield Questions(Ledger(connections, log.url), beside, log.head)
