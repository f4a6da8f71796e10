"""The patrol of the read models. Each minute it works the rows about some reports out anew from the
log, in one snapshot at the projector's position, and compares them with the live ones. It reaches
every report within a day. A difference is kept, by the name of the row, until it is gone; meanwhile
`/readyz` is red.

The rows are worked out as a rebuild does, into temporary tables of this connection.
"""

import time
from collections.abc import Iterator, Sequence

import psycopg
from psycopg import sql

from ledger import diagnostics
from ledger.log.follower import Leader, passing
from projections.read_models import schemas, tables
from projections.read_models.comparison import differing_in, in_words
from projections.read_models.rebuild import Reports, note_beside_reports
from projections.read_models.rectangles import Rectangles
from projections.read_models.tables import NAMES, PROJECTOR

NAME = "patrol"
EVERY = 60.0
"""The seconds between two rounds, at least."""
SHARE = 0.05
"""The patrol works for at most this share of the time, so that reports of thousands of entries do
not keep the projector from its own work. Ten million entries still have their turn within a day
(reckoned)."""
ROUNDS = 720
"""Each report has its turn within so many rounds: half a day, which leaves the other half for a
busy machine."""
LEAST = 5
"""The least number of reports that have their turn in a round."""
BESIDE = ""
"""The name that stands for entries about no report, and for rows about reports that do not
exist."""
OWN = "pg_temp"
"""The schema of a connection's temporary tables."""
_BY_REPORT = ("reports", "recommendations", "responses", "improvements")
_BY_POSITION = ("redactions", "concerns", "recorded_late")
_MOST_NAMED = 3
"""At most so many rows of a table are named."""


class Patrol(Leader):
    """The process that goes the rounds, where it leads."""

    def __init__(self, url: str) -> None:
        super().__init__(NAME, url)
        self.turns: list[str] = []
        """The reports whose turn is still to come in this round."""
        self._has_tables = False
        self._worked = 0.0
        """The seconds that this round took so far."""
        self.rests = EVERY
        """The seconds from the last round to the next."""

    def close(self) -> None:
        """Close the connection, and with it its temporary tables."""
        super().close()
        self._has_tables = False

    def step(self) -> tuple[int, bool]:
        """Compare the rows about one report, and rest at the end of the round. Return 1 and that it
        is not held."""
        conn = self._connection()
        began = time.monotonic()
        if schemas.are_ours(conn):
            self._own_tables(conn)
            self.turns = self.turns or next_turns(conn)
            report = self.turns.pop(0)
            found = _compared(conn, report)
            if found is not None:
                _keep(conn, report, *found)
        self._worked += time.monotonic() - began
        if not self.turns:
            self.rests = max(EVERY, self._worked / SHARE)
            self._worked = 0.0
            self._did_all(0, rest=self.rests)
        return 1, False

    def _own_tables(self, conn: psycopg.Connection) -> None:
        if not self._has_tables:
            with conn.transaction():
                schemas.create(conn, OWN, indexed=False)
                # An audit asks about every comment, also in the tables of other connections.
                conn.execute("COMMENT ON TABLE pg_temp.responses IS NULL")
            self._has_tables = True


def differences(conn: psycopg.Connection) -> list[str]:
    """Return the differences that the patrol found, a sentence each, 20 at most."""
    rows = conn.execute(
        "SELECT difference FROM follow.patrol WHERE difference IS NOT NULL ORDER BY report LIMIT 20"
    ).fetchall()
    return [says for (says,) in rows]


def next_turns(conn: psycopg.Connection) -> list[str]:
    """Return the reports whose turn it is: those with a difference first, then those that were
    looked at longest ago."""
    rows = conn.execute(
        """
        WITH there (report) AS (
            SELECT substr(stream, 8) FROM ledger.entries
             WHERE stream > 'report/' AND stream < 'report0' AND version = 1
            UNION ALL SELECT %(beside)s
        ), turn AS (
            SELECT t.report, p.difference, row_number() OVER (
                       ORDER BY p.looked_at NULLS FIRST, t.report) AS place,
                   count(*) OVER () AS many
              FROM there t LEFT JOIN follow.patrol p USING (report)
        )
        SELECT report FROM turn
         WHERE difference IS NOT NULL
            OR place <= greatest(%(least)s, ceil(many / %(rounds)s::float))
         ORDER BY difference IS NULL, place
        """,
        {"beside": BESIDE, "least": LEAST, "rounds": ROUNDS},
    ).fetchall()
    return [report for (report,) in rows]


def _compared(conn: psycopg.Connection, report: str) -> tuple[int, str | None] | None:
    """Return the position up to which the rows about a report were worked out, and the difference,
    if there is one. Return None if the read models do not exist just now, or are about to be built
    anew (ClockWasWrong)."""
    before = conn.isolation_level
    conn.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
    try:
        with conn.transaction():
            row = conn.execute(
                "SELECT position FROM follow.positions p WHERE name = %s AND NOT EXISTS ("
                " SELECT FROM ledger.wrong_clocks w WHERE w.position > p.position)",
                [PROJECTOR],
            ).fetchone()
            if row is None:
                return None
            position: int = row[0]
            try:
                with conn.transaction():
                    return position, _difference(conn, report, position)
            except Exception as error:
                if passing(conn, error):
                    raise
                diagnostics.error("the patrol cannot work a report out", exc_info=error)
                what = f"of report/{report}" if report else "of what is about no report"
                return position, (
                    f"The rows {what} cannot be worked out from the log "
                    f"({type(error).__name__}: {error}): see `answerable audit`."
                )
    finally:
        conn.isolation_level = before


def _difference(conn: psycopg.Connection, report: str, position: int) -> str | None:
    """Work the rows about a report out and compare them with the live ones. Return the first
    difference in words, or None."""
    names = (sql.Identifier(OWN, name) for name in NAMES)
    conn.execute(sql.SQL("TRUNCATE {}").format(sql.SQL(", ").join(names)))
    conditions: Iterator[tuple[str, sql.Composable]]
    if report == BESIDE:
        note_beside_reports(conn, position, OWN)
        conditions = beside_reports()
    else:
        rectangles = Rectangles(OWN, fresh=True)
        entries = Reports.at(conn, position).work_out(report, rectangles)
        rectangles.write(conn)
        conditions = _about(report, [one.position for one in entries])
    found = [
        in_words(row)
        for table, only in conditions
        for row in differing_in(conn, table, tables.SCHEMA, OWN, _MOST_NAMED, only)
    ]
    if len(found) > 1:
        return f"{found[0]} And {len(found) - 1} or more others about the same."
    return found[0] if found else None


def _about(report: str, positions: Sequence[int]) -> Iterator[tuple[str, sql.Composable]]:
    """Yield the tables with rows about a report or its entries, each with the condition for these
    rows."""
    for table in _BY_REPORT:
        yield table, sql.SQL("report = {}").format(sql.Literal(report))
    for table in _BY_POSITION:
        yield table, sql.SQL("position = ANY ({})").format(sql.Literal(list(positions)))


def beside_reports() -> Iterator[tuple[str, sql.Composable]]:
    """Yield the tables, each with the condition for its rows that are about no existing report."""
    for table in _BY_REPORT:
        yield (
            table,
            sql.SQL(
                "NOT EXISTS (SELECT FROM ledger.entries e WHERE e.version = 1"
                " AND e.stream = 'report/' || {}.report)"
            ).format(sql.Identifier(table)),
        )
    for table in _BY_POSITION:
        yield (
            table,
            sql.SQL(
                "NOT EXISTS (SELECT FROM ledger.entries e WHERE e.position = {}.position"
                " AND (e.stream > 'recommendation/' AND e.stream < 'recommendation0'"
                " OR e.stream > 'report/' AND e.stream < 'report0'"
                " OR e.stream > 'response/' AND e.stream < 'response0'))"
            ).format(sql.Identifier(table)),
        )
    yield "reviews", sql.SQL("TRUE")


def _keep(conn: psycopg.Connection, report: str, position: int, difference: str | None) -> None:
    conn.execute(
        """
        INSERT INTO follow.patrol AS p (report, looked_at, position, difference)
        VALUES (%(report)s, clock_timestamp(), %(position)s, %(difference)s)
        ON CONFLICT (report) DO UPDATE
           SET looked_at = excluded.looked_at, position = excluded.position,
               difference = excluded.difference
        """,
        {"report": report, "position": position, "difference": difference},
    )
