"""Read parts of the log as known at a position, each by one query: streams by their names, entries
of a type, everything about a report."""

from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby
from typing import Any, LiteralString

import psycopg
from psycopg import sql
from psycopg.rows import class_row

from ledger.events.entry import Entry, decode
from ledger.log.storage import STORED, Stored
from ledger.states.effect import KNOWLEDGE

_NAMED: LiteralString = "WHERE stream = ANY ((SELECT %(names)s)::text[])"
"""This query is planned once a connection (bench/README.md)."""
_TO: LiteralString = """
    WHERE stream >= {} AND stream < {} AND split_part(stream, '/', 4) = ANY ({})
      AND position <= %(upto)s
"""
"""The entries of a report's recommendations to certain bodies."""


def named(conn: psycopg.Connection, upto: int, names: Sequence[str]) -> list[Entry]:
    """Return the entries of the streams of these names, by position."""
    return _entries(conn, upto, _NAMED, prepare=True, names=list(names))


def part(conn: psycopg.Connection, upto: int, name: str, begin: int, most: int) -> list[Entry]:
    """Return at most `most` entries of a stream from position `begin` on, and all its entries that
    say what is known of others."""
    return _entries(
        conn,
        upto,
        """WHERE stream = %(name)s AND (topic = ANY (%(knowledge)s) OR position IN (
             SELECT position FROM ledger.entries
              WHERE stream = %(name)s AND position >= %(begin)s AND position <= %(upto)s
              ORDER BY version LIMIT %(most)s))""",
        name=name,
        begin=begin,
        most=most,
        knowledge=[event.TOPIC for event in KNOWLEDGE],
    )


def of_type(conn: psycopg.Connection, upto: int, name: str, topic: str) -> list[Entry]:
    """Return the entries of a stream that are of one type, without reading the others."""
    where: LiteralString = "WHERE stream = %(name)s AND topic = %(topic)s"
    return _entries(conn, upto, where, name=name, topic=topic)


def below(conn: psycopg.Connection, upto: int, prefix: str) -> list[Entry]:
    """Return the entries of all streams whose names begin with a prefix (which ends in `/`), by
    position."""
    where: LiteralString = "WHERE stream >= %(prefix)s AND stream < %(end)s"
    return _entries(conn, upto, where, prefix=prefix, end=f"{prefix[:-1]}0")


def about(conn: psycopg.Connection, upto: int, reference: str) -> list[Entry]:
    """Return every entry about a report, in the order of the log."""
    # One report a query, planned for its name: otherwise the planner reads the whole log.
    rows = conn.execute(
        """
        SELECT state, position, recorded_at, counted_at FROM ledger.counted_entries
         WHERE (stream = 'report/' || %(reference)s
            OR stream > 'recommendation/' || %(reference)s || '/'
           AND stream < 'recommendation/' || %(reference)s || '0'
            OR stream > 'response/' || %(reference)s || '/'
           AND stream < 'response/' || %(reference)s || '0')
           AND position <= %(upto)s
         ORDER BY position
        """,
        {"reference": reference, "upto": upto},
        prepare=False,
    )
    return [decode(*row) for row in rows]


def subjects_of(conn: psycopg.Connection, upto: int, reference: str) -> list[str]:
    """Return the names of the streams of a report's recommendations and responses."""
    # `+ 0`: else the projector's plan, which is for any name, looks at every position of the log.
    rows = conn.execute(
        """
        SELECT DISTINCT stream FROM ledger.entries
         WHERE position + 0 <= %(upto)s AND (
            (stream >= %(rec)s || '/' AND stream < %(rec)s || '0')
            OR (stream >= %(res)s || '/' AND stream < %(res)s || '0'))
         ORDER BY stream
        """,
        {"upto": upto, "rec": f"recommendation/{reference}", "res": f"response/{reference}"},
    ).fetchall()
    return [row[0] for row in rows]


def raised_to(
    conn: psycopg.Connection, upto: int, wanted: Iterable[tuple[str, str]]
) -> list[Entry]:
    """Return the entries of recommendations, by pairs of report and addressee, in one query."""
    # One part a report: by a join, the planner reads the whole log.
    each: list[sql.Composable] = []
    given: dict[str, Any] = {"upto": upto}
    for n, (reference, pairs) in enumerate(groupby(sorted(wanted), key=lambda one: one[0])):
        bounds = {
            f"from_{n}": f"recommendation/{reference}/",
            f"end_{n}": f"recommendation/{reference}0",
        }
        given |= {**bounds, f"to_{n}": [addressee for _, addressee in pairs]}
        each.append(
            sql.SQL(STORED + _TO).format(
                *map(sql.Placeholder, (f"from_{n}", f"end_{n}", f"to_{n}"))
            )
        )
    query = sql.SQL(" UNION ALL ").join(each) + sql.SQL(" ORDER BY id")
    with conn.cursor(row_factory=class_row(Stored)) as cursor:
        return [one.entry for one in cursor.execute(query, given)]


def beside_reports(conn: psycopg.Connection, upto: int, at_once: int) -> Iterator[list[Entry]]:
    """Yield the entries of all streams that are not about reports, at most `at_once` at a time."""
    position = 0
    while True:
        # By ranges of the index of streams: these entries are few among all.
        entries = _entries(
            conn,
            upto,
            """
            WHERE position > %(after)s
              AND (stream < 'recommendation/'
                OR stream >= 'recommendation0' AND stream < 'report/'
                OR stream >= 'report0' AND stream < 'response/'
                OR stream >= 'response0')
            """,
            at_once,
            after=position,
        )
        if not entries:
            return
        position = entries[-1].position
        yield entries


def _entries(
    conn: psycopg.Connection,
    upto: int,
    where: LiteralString,
    limit: int | None = None,
    *,
    prepare: bool | None = None,
    **parameters: int | str | list[str],
) -> list[Entry]:
    query = STORED + where + " AND position <= %(upto)s ORDER BY position"
    if limit is not None:  # where all are wanted, a limit misleads the planner
        query += " LIMIT %(limit)s"
    given = {**parameters, "upto": upto, "limit": limit}
    with conn.cursor(row_factory=class_row(Stored)) as cursor:
        return [one.entry for one in cursor.execute(query, given, prepare=prepare)]
