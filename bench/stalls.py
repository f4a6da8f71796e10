"""Measure the longest append while an index is built and the table is vacuumed, and without that
work.

The same work on a table beside the log is measured too. It tells a busy machine from a log that is
held up.
"""

import psycopg

from bench.figures import Aim, Figure, compared
from bench.systems import TABLES, System, appender, fill, make
from bench.writers import Run, Writers
from ledger.postgres.embedded import Running

ROWS = 250_000
MAINTENANCE = (
    "CREATE INDEX CONCURRENTLY built ON {table} (topic, {column})",
    "DROP INDEX CONCURRENTLY {schema}.built",
    "VACUUM (DISABLE_PAGE_SKIPPING) {table}",
)
COLUMNS = {"ours": "stream", "theirs": "originator_id"}


def measure(server: Running, system: System, pairs: int, rows: int = ROWS) -> list[Figure]:
    """Run with the work and without it by turns, each for about as long as the work takes."""
    url = make(server, system, f"stalls_{system}")
    fill(system, url, rows)
    beside = f"{TABLES[system]}_beside"
    with psycopg.connect(url, autocommit=True) as owner:
        owner.execute(f"CREATE TABLE {beside} AS TABLE {TABLES[system]}".encode())
    disturbed: list[Run] = []
    elsewhere: list[Run] = []
    calm: list[Run] = []
    with (
        Writers(appender(system), url, 2) as writers,
        psycopg.connect(url, autocommit=True) as owner,
    ):
        for _ in range(pairs):
            for table, runs in ((TABLES[system], disturbed), (beside, elsewhere)):
                writers.start()
                for statement in MAINTENANCE:
                    owner.execute(_of(statement, system, table))
                runs.append(writers.stop())
            calm.append(writers.run(disturbed[-1].seconds))
    return [
        compared(
            f"{system}: longest append, ms",
            [run.longest for run in disturbed],
            [run.longest for run in calm],
            Aim("≤", 2) if system == "ours" else None,
        ),
        compared(
            f"{system}: the same, of another table, ms",
            [run.longest for run in disturbed],
            [run.longest for run in elsewhere],
            Aim("≤", 2) if system == "ours" else None,
        ),
    ]


def _of(statement: str, system: System, table: str) -> bytes:
    schema = table.partition(".")[0]
    return statement.format(table=table, schema=schema, column=COLUMNS[system]).encode()
