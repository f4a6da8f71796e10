"""Pages of a read model, cut by the database: rows of the two dates, in order, after a cursor."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import psycopg
from psycopg import sql

from ledger.errors import Fault, Unfit
from ledger.events.streams import BODY_ID, KEY, REFERENCE
from projections.moment import At
from projections.questions.filters import Filter
from projections.tables import tables
from projections.tables.tables import Table
from projections.verdict.sql import HERE


@dataclass(frozen=True, slots=True)
class Order:
    """An order of a read model's rows, and where a cursor stands in it."""

    by: str
    """The columns, as the index has them."""
    down: bool
    place: str
    """What a cursor's parameters come to, to be compared with the columns."""
    of: Callable[[str], dict[str, Any]]
    """The parameters of a cursor."""
    by_report: bool = False
    """Whether the rows are about reports and in their order: then only reports that are there at
    the two dates are looked into, however many others lie between them."""


def _of_recommendation(cursor: str) -> dict[str, Any]:
    report, key, addressee = _parts(cursor, REFERENCE, KEY, BODY_ID)
    return {"after_report": report, "after_key": key, "after_addressee": addressee}


def _of_response(cursor: str) -> dict[str, Any]:
    report, body = _parts(cursor, REFERENCE, BODY_ID)
    return {"after_report": report, "after_body": body}


def _of_report(cursor: str) -> dict[str, Any]:
    (report,) = _parts(cursor, REFERENCE)
    return {"after_report": report}


def _parts(cursor: str, *forms: re.Pattern[str]) -> list[str]:
    parts = cursor.split("/")
    if len(parts) != len(forms) or not all(map(re.fullmatch, forms, parts)):
        raise _no_cursor(cursor)
    return parts


def _no_cursor(cursor: str) -> Unfit:
    sentence = f"“{cursor[:80]}” is no cursor: give the one that the last page gave as next."
    return Unfit(sentence, Fault("after", sentence))


RECOMMENDATIONS_IN_ORDER = Order(
    "one.report, length(one.key), one.key, one.addressee",
    False,
    "%(after_report)s, length(%(after_key)s), %(after_key)s, %(after_addressee)s",
    _of_recommendation,
    by_report=True,
)
RESPONSES_IN_ORDER = Order(
    "one.report, one.body", False, "%(after_report)s, %(after_body)s", _of_response, by_report=True
)
REPORTS_NEWEST_FIRST = Order(
    "one.published_text, one.report",
    True,
    """(SELECT c.published_text FROM projections.reports AS c
         WHERE c.report = %(after_report)s AND {here}), %(after_report)s""",
    _of_report,
)


def page(
    conn: psycopg.Connection,
    when: At,
    table: Table,
    order: Order,
    wanted: Filter,
    after: str | None,
    limit: int,
) -> tuple[list[Any], bool]:
    """At most `limit` states after a cursor that fit, and whether more follow.

    What the database cannot decide (`wanted.keep`) is decided here, batch by batch.
    """
    found: list[Any] = []
    cursor = order.of(after) if after else None
    if after and order is REPORTS_NEWEST_FIRST and not _is_there(conn, when, table, after):
        raise _no_cursor(after)  # its day, by which they are in order, is not known
    start = 0
    while True:
        rows = _rows(conn, when, table, order, wanted, cursor, limit + 1, start)
        found += wanted.keep(tables.states(table, rows))
        if len(found) > limit or len(rows) <= limit:
            return found[:limit], len(found) > limit
        start += len(rows)


def _is_there(conn: psycopg.Connection, when: At, table: Table, report: str) -> bool:
    query = sql.SQL("SELECT FROM {table} AS one WHERE one.report = %(report)s AND {here}").format(
        table=sql.Identifier(tables.SCHEMA, table.name),
        here=HERE.format(one=sql.Identifier("one")),
    )
    dates = {"k": when.position, "d": when.effective_on}
    return conn.execute(query, {"report": report, **dates}).fetchone() is not None


def _rows(
    conn: psycopg.Connection,
    when: At,
    table: Table,
    order: Order,
    wanted: Filter,
    cursor: dict[str, Any] | None,
    many: int,
    start: int,
) -> Sequence[tuple[Any, ...]]:
    after: sql.Composable = sql.SQL("")
    if cursor is not None:
        place = sql.SQL(order.place).format(here=HERE.format(one=sql.Identifier("c")))
        sign = sql.SQL("<" if order.down else ">")
        after = sql.SQL("AND ({by}) {sign} ({place})").format(
            by=sql.SQL(order.by), sign=sign, place=place
        )
    columns = order.by.split(", ")
    query = (_BY_REPORT if order.by_report else _AT_ONCE).format(
        table=sql.Identifier(tables.SCHEMA, table.name),
        joined=wanted.joined,
        here=HERE.format(one=sql.Identifier("one")),
        report_here=HERE.format(one=sql.Identifier("r")),
        filters=wanted.conditions,
        after=after,
        from_report=sql.SQL("AND r.report >= %(after_report)s" if cursor else ""),
        of_reports=sql.SQL("AND r.report = ANY (%(report)s)" if "report" in wanted.columns else ""),
        columns=sql.SQL(", ").join(
            sql.SQL("{} AS {}").format(sql.SQL(column), sql.Identifier(f"by_{n}"))
            for n, column in enumerate(columns[1:])
        ),
        within=sql.SQL(", ").join(map(sql.SQL, columns[1:])),
        order=sql.SQL(", ").join(
            sql.SQL(f"{column} DESC" if order.down else column) for column in columns
        ),
        found=sql.SQL(", ").join(sql.Identifier("p", f"by_{n}") for n in range(len(columns) - 1)),
    )
    dates = {"k": when.position, "d": when.effective_on}
    return conn.execute(
        query, {**wanted.values, **dates, **(cursor or {}), "many": many, "start": start}
    ).fetchall()


_AT_ONCE = sql.SQL("""
    SELECT one.state FROM {table} AS one {joined} WHERE {here} {filters} {after}
     ORDER BY {order} LIMIT %(many)s OFFSET %(start)s
""")
_BY_REPORT = sql.SQL("""
    SELECT p.state FROM projections.reports AS r
     CROSS JOIN LATERAL (
        SELECT one.state, {columns} FROM {table} AS one {joined}
         WHERE one.report = r.report AND {here} {filters} {after}
         ORDER BY {within} LIMIT %(many)s + %(start)s) AS p
     WHERE {report_here} {from_report} {of_reports}
     ORDER BY r.report, {found} LIMIT %(many)s OFFSET %(start)s
""")
