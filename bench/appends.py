"""Measure single appends: how many are done in a second, and how long the slow ones take."""

import psycopg

from bench.figures import Aim, Figure, compared
from bench.systems import appender, make
from bench.writers import Run, Writers, with_and_without
from ledger.postgres.embedded import Running

AIMS = {(1, 1): 1.25, (8, 1): 1.2, (1, 8): 2.5, (1, 32): 3.5}
"""How many times as many as theirs, by processes and threads of each."""


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


def measure(
    server: Running, writers: int, pairs: int, seconds: float, threads: int = 1
) -> list[Figure]:
    """Measure ours and theirs by turns, in an order that changes from pair to pair. Each writer is
    a process with so many threads."""
    runs: dict[str, list[Run]] = {"ours": [], "theirs": []}
    at_ours = make(server, "ours", "appends_ours")
    at_theirs = make(server, "theirs", "appends_theirs")
    with (
        Writers(appender("ours"), at_ours, writers, threads) as ours,
        Writers(appender("theirs"), at_theirs, writers, threads) as theirs,
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
            Aim("≥", AIMS[writers, threads]),
        ),
        compared(
            "99 of 100 within, ms",
            [run.p99 for run in runs["ours"]],
            [run.p99 for run in runs["theirs"]],
            Aim("≤", 1),
        ),
    ]
