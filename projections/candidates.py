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

_WITH_ENTRIES = sql.SQL("""
    SELECT stream, bool_or(topic IN ('entry-corrected', 'entry-retracted', 'report-taken-over'))
      FROM ledger.entries
     WHERE position > %(first)s AND position <= %(second)s AND {there}
     GROUP BY stream
""")
_ALL = sql.SQL("stream ^@ ANY ('{report/,response/,recommendation/,meeting/}'::text[])")
_OF_REPORT = sql.SQL("""(
           stream = 'report/' || %(report)s
           OR (stream > 'recommendation/' || %(report)s || '/'
               AND stream < 'recommendation/' || %(report)s || '0')
           OR (stream > 'response/' || %(report)s || '/'
               AND stream < 'response/' || %(report)s || '0'))
""")
_OF_BODIES = sql.SQL("""position = ANY (ARRAY(
           SELECT position FROM projections.concerns
            WHERE body = ANY (%(bodies)s) AND position > %(first)s AND position <= %(second)s
           UNION ALL
           SELECT position FROM ledger.entries
            WHERE position > %(first)s AND position <= %(second)s
              AND stream = ANY (%(reports)s)))
       AND {kinds}
""").format(kinds=_ALL)
_OWED = """
    SELECT DISTINCT 'response/' || report || '/' || body FROM projections.verdicts
     WHERE report = ANY (%(reports)s)
"""
_BY_TIME = sql.SQL("""
    SELECT 'response/' || v.report || '/' || v.body FROM projections.verdicts AS v
     WHERE {here_v} AND {of_v} AND (
           (v.due_on >= %(d1)s AND v.due_on - {soon} <= %(d)s)
           OR (v.lo > %(d1)s AND v.lo <= %(d)s)
           OR (v.hi > %(d1)s AND v.hi <= %(d)s)
           OR (v.effective_from > %(d1)s AND v.effective_from <= %(d)s))
    UNION ALL
    SELECT 'recommendation/' || r.report || '/' || r.key || '/' || r.addressee
      FROM projections.recommendations AS r
     WHERE {here_r} AND {of_r}
       AND r.target_last >= %(d1)s AND r.target_last < %(d)s
       AND r.status <> ALL ({done})
""")
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
    here: dict[str, Any] = {"k": second.position, "d": second.effective_on, "report": report}
    here |= {"d1": first.effective_on, "bodies": None if bodies is None else list(bodies)}
    concerned: set[str] = set()
    there: sql.Composable = _ALL
    if bodies is not None:
        for when in (first, second):
            dates = {"k": when.position, "d": when.effective_on}
            concerned |= {row[0] for row in conn.execute(_CONCERNED, here | dates)}
        there = _OF_BODIES
    if report is not None:
        there = _OF_REPORT
    between = {"first": first.position, "second": second.position}
    streams = {"reports": [f"report/{one}" for one in concerned]}
    rows = conn.execute(_WITH_ENTRIES.format(there=there), here | between | streams).fetchall()
    found = {name for name, _ in rows}
    reached = [
        name.removeprefix("report/") for name, below in rows if below and name.startswith("report/")
    ]
    # What is owed comes and goes with its report, without an entry of its own.
    found |= {name for (name,) in conn.execute(_OWED, {"reports": reached})}
    if first.effective_on < second.effective_on:
        found |= {name for (name,) in conn.execute(_by_time(bodies, report), here)}
    if report is not None:
        found = {name for name in found if report_of(name) == report}
    if bodies is not None:
        found = {name for name in found if _concerns(name, set(bodies), concerned)}
    return sorted(found)


def _by_time(bodies: Sequence[str] | None, report: str | None) -> sql.Composed:
    """The query of what time alone can have changed, of these bodies or of this report."""
    of_v, of_r = [sql.SQL("true")], [sql.SQL("true")]
    if report is not None:
        of_v.append(sql.SQL("v.report = %(report)s"))
        of_r.append(sql.SQL("r.report = %(report)s"))
    if bodies is not None:
        of_v.append(sql.SQL("v.body = ANY (%(bodies)s)"))
        of_r.append(sql.SQL("r.addressee = ANY (%(bodies)s)"))
    return _BY_TIME.format(
        of_v=sql.SQL(" AND ").join(of_v),
        of_r=sql.SQL(" AND ").join(of_r),
        here_v=HERE.format(one=sql.Identifier("v")),
        here_r=HERE.format(one=sql.Identifier("r")),
        soon=sql.Literal(DUE_SOON_DAYS),
        done=sql.Literal(sorted(DONE)),
    )


def _concerns(stream: str, bodies: set[str], reports: set[str]) -> bool:
    kind, *parts = stream.split("/")
    if kind == "meeting":
        return True  # found by what it says of these bodies alone
    return parts[0] in reports if kind == "report" else parts[-1] in bodies


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
