"""Measure single appends: how many are done in a second, and how long the slow ones take."""

import psycopg

from bench.figures import Aim, Figure, compared
from bench.systems import appender, make
from bench.writers import Run, Writers, with_and_without
from ledger.postgres.embedded import Running

AIMS = {1: 1.3, 8: 1.2}


def indexed(server: Running, index: str, writers: int, pairs: int, seconds: float) -> list[Figure]:
    """Measure ours as it is, and by turns without one of its indexes (`texts_words`, of
    migrations/006_search.sql, or `entries_by_topic`, of 011_topics.sql)."""
    without = make(server, "ours", "appends_without_index")
    with psycopg.connect(without, autocommit=True) as owner:
        owner.execute(f"DROP INDEX ledger.{index}".encode())
    runs: dict[str, list[Run]] = {"with": [], "without": []}
    with (
        Writers(appender("ours"), make(server, "ours", "appends_with_index"), writers) as whole,
        Writers(appender("ours"), without, writers) as lacking,
    ):
        for pair in range(pairs):
            both = [("with", whole), ("without", lacking)]
            for name, system in both if pair % 2 else reversed(both):
                runs[name].append(system.run(seconds))
    return with_and_without(runs)


def measure(server: Running, writers: int, pairs: int, seconds: float) -> list[Figure]:
    """Measure ours and theirs by turns, in an order that changes from pair to pair."""
    runs: dict[str, list[Run]] = {"ours": [], "theirs": []}
    with (
        Writers(appender("ours"), make(server, "ours", "appends_ours"), writers) as ours,
        Writers(appender("theirs"), make(server, "theirs", "appends_theirs"), writers) as theirs,
    ):
        for pair in range(pairs):
            both = [("ours", ours), ("theirs", theirs)]
            for name, system in both if pair % 2 else reversed(both):
                runs[name].append(system.run(seconds))
    return [
        compared(
            "appends a second",
            [run.rate for run in runs["ours"]],
            [run.rate for run in runs["theirs"]],
            Aim("≥", AIMS[writers]),
        ),
        compared(
            "99 of 100 within, ms",
            [run.p99 for run in runs["ours"]],
            [run.p99 for run in runs["theirs"]],
            Aim("≤", 1),
        ),
    ]
