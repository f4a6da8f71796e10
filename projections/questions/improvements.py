"""`improved_later` of an answer: of one response from the log itself, of many from read models."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

import psycopg
from psycopg import sql
from psycopg.rows import dict_row

from ledger.clock import london_date, rfc3339
from ledger.events.streams import report_stream, response_stream
from projections.moment import At
from projections.streams.reader import LogReader
from projections.tables.segments import history
from projections.verdict.compliance import Finding
from projections.verdict.improvements import Known, improvements
from projections.verdict.rows import Judged
from projections.verdict.sql import improved

Json = dict[str, Any]


def read(reader: LogReader, position: int, on: date, report: str, body: str) -> list[Json]:
    """What bettered the verdict on a response, as known at a position, asked for a day."""
    streams = (response_stream(report, body), report_stream(report))
    entries = {e.position: e for name in streams for e in reader.stream(name, position)}
    known = []
    for at, stretches in history(report, body, reader, position):
        here = [one.state for one in stretches if one.holds(on)]
        state = here[0] if here else None
        assert state is None or isinstance(state, Judged)
        known.append(Known(at, entries[at].instant, state))
    found = []
    for one in improvements(known, on):
        entry = entries[one.position]
        if one.due_on is not None and london_date(entry.instant) > one.due_on:
            found.append(_told(one.position, entry.id, entry.instant, one.before, one.after))
    return found


def of_many(
    conn: psycopg.Connection, when: At, responses: Sequence[tuple[str, str]]
) -> dict[tuple[str, str], list[Json]]:
    """The same of responses (report, body), from the read models."""
    found: dict[tuple[str, str], list[Json]] = {}
    wanted = sql.SQL(
        "AND (v.report, v.body) IN (SELECT * FROM unnest(%(reports)s::text[], %(bodies)s::text[]))"
    )
    with conn.cursor(row_factory=dict_row) as cursor:
        rows = cursor.execute(
            sql.SQL(
                "SELECT i.*, e.event_id::text AS entry, e.recorded_at FROM ({improved}) AS i"
                "  JOIN ledger.entries AS e ON e.position = i.position ORDER BY i.position"
            ).format(improved=improved(wanted)),
            {
                "reports": [report for report, _ in responses],
                "bodies": [body for _, body in responses],
                "k": when.position,
                "d": when.effective_on,
            },
        ).fetchall()
    for row in rows:
        found.setdefault((row["report"], row["body"]), []).append(
            _told(
                row["position"],
                row["entry"],
                row["recorded_at"],
                Finding(row["former"], row["former_days"], row["former_at_least"]),
                Finding(row["verdict"], row["days"], row["at_least"]),
            )
        )
    return found


def _told(
    position: int, entry: str, recorded_at: datetime, before: Finding, after: Finding
) -> Json:
    return {
        "entry": entry,
        "position": position,
        "recorded_at": rfc3339(recorded_at),
        "from": _verdict(before),
        "to": _verdict(after),
    }


def _verdict(found: Finding) -> Json:
    return {"verdict": found.verdict, "days": found.days, "at_least": found.at_least}
