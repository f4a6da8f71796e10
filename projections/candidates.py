"""What can have changed between two moments, from the log's order and the read models."""

from collections.abc import Sequence
from typing import Any

import psycopg
from psycopg import sql

from ledger.streams import report_of
from projections import tables
from projections.answers import DONE
from projections.between import Between
from projections.compliance import DUE_SOON_DAYS
from projections.differing import State
from projections.moment import At
from projections.tables import Subject
from projections.verdict_sql import HERE

_WITH_ENTRIES = """
    SELECT stream, bool_or(topic IN ('entry-corrected', 'entry-retracted', 'report-taken-over'))
      FROM ledger.entries
     WHERE position > %(first)s AND position <= %(second)s
       AND stream ^@ ANY ('{report/,response/,recommendation/,meeting/}'::text[])
     GROUP BY stream
"""
_OWED = """
    SELECT DISTINCT 'response/' || report || '/' || body FROM projections.verdicts
     WHERE report = ANY (%(reports)s)
"""
_BY_TIME = sql.SQL("""
    SELECT 'response/' || v.report || '/' || v.body FROM projections.verdicts AS v
     WHERE {here_v} AND (
           (v.due_on >= %(d1)s AND v.due_on - {soon} <= %(d)s)
           OR (v.lo > %(d1)s AND v.lo <= %(d)s)
           OR (v.hi > %(d1)s AND v.hi <= %(d)s)
           OR (v.effective_from > %(d1)s AND v.effective_from <= %(d)s))
    UNION ALL
    SELECT 'recommendation/' || r.report || '/' || r.key || '/' || r.addressee
      FROM projections.recommendations AS r
     WHERE {here_r} AND r.target_last >= %(d1)s AND r.target_last < %(d)s
       AND r.status <> ALL ({done})
""").format(
    here_v=HERE.format(one=sql.Identifier("v")),
    here_r=HERE.format(one=sql.Identifier("r")),
    soon=sql.Literal(DUE_SOON_DAYS),
    done=sql.Literal(sorted(DONE)),
)
_CONCERNED = sql.SQL("""
    SELECT r.report FROM projections.recommendations AS r
     WHERE r.addressee = ANY (%(bodies)s) AND {here}
    UNION
    SELECT r.report FROM projections.responses AS r WHERE r.body = ANY (%(bodies)s) AND {here}
""").format(here=HERE.format(one=sql.Identifier("r")))


def streams_between(
    conn: psycopg.Connection, asked: Between, bodies: Sequence[str] | None, report: str | None
) -> list[str]:
    """The streams of which something can have changed, of these bodies and of this report where
    they are given; a report concerns every body with a duty or recommendation in it."""
    first, second = asked.first, asked.second
    here = {"k": second.position, "d": second.effective_on, "d1": first.effective_on}
    rows = conn.execute(
        _WITH_ENTRIES, {"first": first.position, "second": second.position}
    ).fetchall()
    found = {name for name, _ in rows}
    reached = [
        name.removeprefix("report/") for name, below in rows if below and name.startswith("report/")
    ]
    # What is owed comes and goes with its report, without an entry of its own.
    found |= {name for (name,) in conn.execute(_OWED, {"reports": reached})}
    if first.effective_on < second.effective_on:
        found |= {name for (name,) in conn.execute(_BY_TIME, here)}
    if report is not None:
        found = {name for name in found if report_of(name) == report}
    if bodies is None:
        return sorted(found)
    concerned = {
        row[0]
        for when in (first, second)
        for row in conn.execute(
            _CONCERNED, {"k": when.position, "d": when.effective_on, "bodies": list(bodies)}
        )
    }
    return sorted(name for name in found if _concerns(name, set(bodies), concerned))


def _concerns(stream: str, bodies: set[str], reports: set[str]) -> bool:
    kind, *parts = stream.split("/")
    if kind == "report":
        return parts[0] in reports
    return (parts[0] if kind == "meeting" else parts[-1]) in bodies


def states(conn: psycopg.Connection, when: At, subjects: Sequence[Subject]) -> dict[Subject, State]:
    """The states of these subjects at the two dates, of those that were there."""
    by_table: dict[str, list[Subject]] = {}
    for subject in subjects:
        by_table.setdefault(subject[0].name, []).append(subject)
    found: dict[Subject, State] = {}
    for wanted in by_table.values():
        table = wanted[0][0]
        query = sql.SQL(
            "SELECT {key}, one.state FROM unnest({args}) AS wanted ({key})"
            " JOIN {table} AS one USING ({key}) WHERE {here}"
        ).format(
            key=sql.SQL(", ").join(map(sql.Identifier, table.key)),
            args=sql.SQL(", ").join(
                sql.SQL("{}::text[]").format(sql.Placeholder(name)) for name in table.key
            ),
            table=sql.Identifier(tables.SCHEMA, table.name),
            here=HERE.format(one=sql.Identifier("one")),
        )
        given: dict[str, Any] = {
            name: [key[n] for _, key in wanted] for n, name in enumerate(table.key)
        }
        dates = {"k": when.position, "d": when.effective_on}
        for *key, state in conn.execute(query, {**given, **dates}).fetchall():
            found[(table, tuple(key))] = tables.decoded(table, state)
    return found
