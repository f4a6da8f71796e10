"""The longest append while an index is built and the table is vacuumed, and without that."""

import psycopg

from bench.figures import Aim, Row, compared
from bench.systems import TABLES, System, fill, make
from bench.writers import Run, Writers
from ledger.embedded import Running

ROWS = 250_000
MAINTENANCE = (
    "CREATE INDEX CONCURRENTLY built ON {table} (topic, {column})",
    "DROP INDEX CONCURRENTLY {schema}.built",
    "VACUUM (DISABLE_PAGE_SKIPPING) {table}",
)
COLUMNS = {"ours": "stream", "theirs": "originator_id"}


def measure(server: Running, system: System, pairs: int, rows: int = ROWS) -> list[Row]:
    """Runs with the work and without it by turns, each about as long as the work takes."""
    url = make(server, system, f"stalls_{system}")
    fill(system, url, rows)
    disturbed: list[Run] = []
    calm: list[Run] = []
    with Writers(system, url, 2) as writers, psycopg.connect(url, autocommit=True) as owner:
        for _ in range(pairs):
            writers.start()
            for statement in MAINTENANCE:
                owner.execute(_of(statement, system))
            disturbed.append(writers.stop())
            calm.append(writers.run(disturbed[-1].seconds))
    return [
        compared(
            f"{system}: longest append, ms",
            [run.longest for run in disturbed],
            [run.longest for run in calm],
            Aim("≤", 2) if system == "ours" else None,
        )
    ]


def _of(statement: str, system: System) -> bytes:
    table = TABLES[system]
    schema = table.partition(".")[0]
    return statement.format(table=table, schema=schema, column=COLUMNS[system]).encode()
