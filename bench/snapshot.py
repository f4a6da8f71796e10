"""The rate of appending while somebody's snapshot stays open, and without one."""

import psycopg

from bench.figures import Aim, Figure, compared
from bench.systems import TABLES, System, appender, make
from bench.writers import Run, Writers
from ledger.postgres.embedded import Running

WRITERS = 4


def measure(server: Running, system: System, pairs: int, seconds: float) -> list[Figure]:
    """Measure two databases by turns; in one of them a REPEATABLE READ snapshot is open all the
    time."""
    watched = make(server, system, f"watched_{system}")
    alone = make(server, system, f"alone_{system}")
    runs: dict[str, list[Run]] = {"watched": [], "alone": []}
    with (
        Writers(appender(system), watched, WRITERS) as under_it,
        Writers(appender(system), alone, WRITERS) as without,
        psycopg.connect(watched) as reader,
    ):
        reader.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
        reader.execute(f"SELECT count(*) FROM {TABLES[system]}".encode())
        for pair in range(pairs):
            both = [("watched", under_it), ("alone", without)]
            for name, writers in both if pair % 2 else reversed(both):
                runs[name].append(writers.run(seconds))
        reader.rollback()
    half = pairs // 2  # by then it has been open for long
    return [
        compared(
            f"{system}: appends a second",
            [run.rate for run in runs["watched"][half:]],
            [run.rate for run in runs["alone"][half:]],
            Aim("≥", 0.8) if system == "ours" else None,
        )
    ]
