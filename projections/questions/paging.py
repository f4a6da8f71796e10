"""Pages of a list: the rows of a read model that match a filter, in order, after a cursor; and
their number."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal, LiteralString, get_args

from psycopg import sql

from ledger.errors import Fault, Unfit
from ledger.events.response import RESPONSE
from ledger.events.streams import BODY_ID, KEY, REFERENCE, key_order
from projections.questions.filters import (
    OPEN_RECOMMENDATION,
    OPEN_RESPONSE,
    Filter,
    Finished,
    is_open,
)
from projections.questions.question import Question
from projections.read_models import tables
from projections.read_models.tables import HERE, RECOMMENDATIONS, REPORTS, RESPONSES, Table
from projections.states.values import JudgedResponse, RecommendationState, ReportState

DEFAULT_LIMIT = 50
MOST = 500
COUNTED = 10_000
"""At most so many rows are counted."""
LOOKED_THROUGH = 500
"""For one page so many rows are looked through for common words, and ten more for each item."""


Sort = Literal["report", "open", "newest", "oldest", "body"]
SORTS: tuple[Sort, ...] = get_args(Sort)
ByDay = Literal["newest", "oldest"]
BY_DAY: tuple[ByDay, ...] = get_args(ByDay)
_PUBLISHED: LiteralString = """(SELECT c.published_text FROM projections.reports AS c
                  WHERE c.report = %(after_report)s AND {here})"""
"""The day of the cursor's report."""


@dataclass(frozen=True, slots=True)
class ByReport:
    """An order of rows by their reports. Only reports that exist at the two dates are searched."""

    order: LiteralString
    begin: LiteralString
    """The condition that a report is the cursor's or comes after it."""


_BY_REFERENCE = ByReport("r.report", "r.report >= %(after_report)s")
_NEWEST = ByReport(
    "r.published_text DESC, r.report",
    f"(r.published_text < {_PUBLISHED}"
    f" OR r.published_text = {_PUBLISHED} AND r.report >= %(after_report)s)",
)
_OLDEST = ByReport(
    "r.published_text, r.report",
    f"(r.published_text, r.report) >= ({_PUBLISHED}, %(after_report)s)",
)


@dataclass(frozen=True, slots=True)
class Order:
    """An order of a read model's rows, and the cursors in it."""

    table: Table
    by: LiteralString
    """The columns, as in the index; of an order by reports, those within a report."""
    place: LiteralString
    """The values of a cursor's parameters, compared with the columns."""
    parameters: Callable[[str], dict[str, Any]]
    """Returns the parameters of a cursor."""
    cursor: Callable[[Any], str]
    """Returns the cursor of a state: the next page begins after it."""
    reports: ByReport | None = None
    down: bool = False
    first: sql.Composable | None = None
    """The condition of rows that come before all others."""

    @property
    def columns(self) -> list[sql.Composable]:
        """The columns of `by`, one by one."""
        return [sql.SQL(column) for column in self.by.split(", ")]

    @property
    def of_table(self) -> sql.Composable:
        """The order of the table's rows alone; of an order by reports, by their references."""
        first: list[sql.Composable] = [sql.SQL("one.report")] if self.reports else []
        each = [sql.SQL("{} DESC").format(one) if self.down else one for one in self.columns]
        return sql.SQL(", ").join([*first, *each])


def _after_recommendation(cursor: str) -> dict[str, Any]:
    report, key, addressee = _parts(cursor, REFERENCE, KEY, BODY_ID)
    return {
        "after_report": report,
        "after_order": key_order(key),
        "after_key": key,
        "after_addressee": addressee,
    }


def _after_response(cursor: str) -> dict[str, Any]:
    cursor = cursor if cursor.count("/") > 1 else f"{cursor}/{RESPONSE}"
    report, body, name = _parts(cursor, REFERENCE, BODY_ID, BODY_ID)
    return {"after_report": report, "after_body": body, "after_name": name}


def _after_report(cursor: str) -> dict[str, Any]:
    (report,) = _parts(cursor, REFERENCE)
    return {"after_report": report}


def _parts(cursor: str, *forms: re.Pattern[str]) -> list[str]:
    parts = cursor.split("/")
    if len(parts) != len(forms) or not all(map(re.fullmatch, forms, parts)):
        raise no_cursor(cursor)
    return parts


def _of_recommendation(state: RecommendationState) -> str:
    return f"{state.report}/{state.key}/{state.addressee}"


def _of_response(state: JudgedResponse) -> str:
    name = "" if state.name == RESPONSE else f"/{state.name}"
    return f"{state.report}/{state.body}{name}"


def _of_report(state: ReportState) -> str:
    return state.report


def no_cursor(cursor: str) -> Unfit:
    """Return the refusal of an invalid cursor."""
    sentence = f"“{cursor[:80]}” is no cursor: give the one that the last page gave as next."
    return Unfit(sentence, Fault("after", sentence))


def _recommendations(reports: ByReport) -> Order:
    return Order(
        RECOMMENDATIONS,
        "one.key_order, one.key, one.addressee",
        "%(after_order)s, %(after_key)s, %(after_addressee)s",
        _after_recommendation,
        _of_recommendation,
        reports,
    )


def _responses(reports: ByReport) -> Order:
    return Order(
        RESPONSES,
        "one.body, one.name",
        "%(after_body)s, %(after_name)s",
        _after_response,
        _of_response,
        reports,
    )


RECOMMENDATIONS_BY: dict[Sort, Order] = {
    "report": _recommendations(_BY_REFERENCE),
    "open": replace(_recommendations(_BY_REFERENCE), first=OPEN_RECOMMENDATION),
    "newest": _recommendations(_NEWEST),
    "oldest": _recommendations(_OLDEST),
    "body": Order(
        RECOMMENDATIONS,
        "one.addressee, one.report, one.key_order, one.key",
        "%(after_addressee)s, %(after_report)s, %(after_order)s, %(after_key)s",
        _after_recommendation,
        _of_recommendation,
    ),
}
RESPONSES_BY: dict[Sort, Order] = {
    "report": _responses(_BY_REFERENCE),
    "open": replace(_responses(_BY_REFERENCE), first=OPEN_RESPONSE),
    "newest": _responses(_NEWEST),
    "oldest": _responses(_OLDEST),
    "body": Order(
        RESPONSES,
        "one.body, one.report, one.name",
        "%(after_body)s, %(after_report)s, %(after_name)s",
        _after_response,
        _of_response,
    ),
}
REPORTS_BY: dict[ByDay, Order] = {
    sort: Order(
        REPORTS,
        "one.published_text, one.report",
        f"{_PUBLISHED}, %(after_report)s",
        _after_report,
        _of_report,
        down=sort == "newest",
    )
    for sort in BY_DAY
}
_BY_DAY = (_NEWEST, _OLDEST)
_FINISHED = "finished~"
"""The beginning of a cursor among those that are finished, where these come last."""


def page(
    lists: Question, order: Order, wanted: Filter, after: str | None, limit: int
) -> tuple[list[Any], str | None]:
    """Return at most `limit` matching states after a cursor, and the next page's cursor if more
    follow."""
    if order.first is None:
        return _page(lists, order, wanted, after, limit)
    found: list[Any] = []
    if after is None or not after.startswith(_FINISHED):
        found, cursor = _page(lists, order, _only(wanted, order.first, "no"), after, limit)
        if cursor is not None:
            return found, cursor
        after = None
    rest = _only(wanted, order.first, "yes")
    if len(found) == limit:
        others, further = _page(lists, order, rest, None, 1)
        return found, _FINISHED if others or further else None
    begun = (after or "").removeprefix(_FINISHED) or None
    others, cursor = _page(lists, order, rest, begun, limit - len(found))
    return [*found, *others], None if cursor is None else f"{_FINISHED}{cursor}"


def _only(wanted: Filter, first: sql.Composable, finished: Finished) -> Filter:
    condition = is_open(first, finished)
    return replace(wanted, also=sql.SQL(" ").join([wanted.also or sql.SQL(""), condition]))


def _page(
    lists: Question, order: Order, wanted: Filter, after: str | None, limit: int
) -> tuple[list[Any], str | None]:
    """Return the same of an order without rows that come first.

    Conditions that the database cannot decide (`wanted.keep`) are applied here, batch by batch. A
    page ends early once so many rows were looked at (LOOKED_THROUGH). Its cursor is the last one's.
    """
    found: list[Any] = []
    cursor = order.parameters(after) if after else None
    by_day = order.table is REPORTS or order.reports in _BY_DAY
    if cursor and by_day and not _is_there(lists, cursor["after_report"]):
        raise no_cursor(str(after))  # its day, by which reports are sorted, is not known
    left, many = LOOKED_THROUGH + 10 * limit, limit + 1
    while True:
        rows = tables.states(order.table, _rows(lists, order, wanted, cursor, many))
        found += wanted.keep(rows)
        if len(found) > limit:
            return found[:limit], order.cursor(found[limit - 1])
        if len(rows) < many:
            return found, None
        left -= many
        last = order.cursor(rows[-1])
        if left <= 0:
            return found, last
        cursor, many = order.parameters(last), min(2 * many, left)


def _is_there(lists: Question, report: str) -> bool:
    query = sql.SQL(
        "SELECT FROM projections.reports AS one WHERE one.report = %(report)s AND {}"
    ).format(HERE.format(one=sql.Identifier("one")))
    return lists.conn.execute(query, {"report": report, **lists.dates}).fetchone() is not None


def _rows(
    lists: Question,
    order: Order,
    wanted: Filter,
    cursor: dict[str, Any] | None,
    many: int,
) -> Sequence[tuple[Any, ...]]:
    place = sql.SQL(order.place).format(here=HERE.format(one=sql.Identifier("c")))
    after = sql.SQL("({by}) {sign} ({place})").format(
        by=sql.SQL(order.by), sign=sql.SQL("<" if order.down else ">"), place=place
    )
    parts: dict[str, sql.Composable] = {
        "table": sql.Identifier(tables.SCHEMA, order.table.name),
        "here": HERE.format(one=sql.Identifier("one")),
    }
    if order.reports is None:
        query = _AT_ONCE.format(
            **parts,
            filters=wanted.whole,
            after=sql.SQL("AND {}").format(after) if cursor else sql.SQL(""),
            order=order.of_table,
        )
    else:
        begin = sql.SQL(order.reports.begin).format(here=HERE.format(one=sql.Identifier("c")))
        within = sql.SQL("AND (one.report <> %(after_report)s OR {})").format(after)
        query = _BY_REPORT.format(
            **parts,
            report_here=HERE.format(one=sql.Identifier("r")),
            filters=wanted.conditions,
            after=within if cursor else sql.SQL(""),
            begin=sql.SQL("AND {}").format(begin) if cursor else sql.SQL(""),
            of_report=wanted.of_report or sql.SQL(""),
            of_reports=sql.SQL(
                "AND r.report = ANY (%(report)s)" if "report" in wanted.columns else ""
            ),
            columns=sql.SQL(", ").join(
                sql.SQL("{} AS {}").format(column, sql.Identifier(f"by_{n}"))
                for n, column in enumerate(order.columns)
            ),
            within=sql.SQL(", ").join(order.columns),
            reports=sql.SQL(order.reports.order),
            found=sql.SQL(", ").join(
                sql.Identifier("p", f"by_{n}") for n in range(len(order.columns))
            ),
        )
    given = {**wanted.values, **lists.dates, **(cursor or {}), "many": many}
    return lists.conn.execute(query, given).fetchall()


_AT_ONCE = sql.SQL("""
    SELECT one.state FROM {table} AS one WHERE {here} {filters} {after}
     ORDER BY {order} LIMIT %(many)s
""")
_BY_REPORT = sql.SQL("""
    SELECT p.state FROM projections.reports AS r
     CROSS JOIN LATERAL (
        SELECT one.state, {columns} FROM {table} AS one
         WHERE one.report = r.report AND {here} {filters} {after}
         ORDER BY {within} LIMIT %(many)s) AS p
     WHERE {report_here} {begin} {of_reports} {of_report}
     ORDER BY {reports}, {found} LIMIT %(many)s
""")


def total(lists: Question, order: Order, wanted: Filter) -> tuple[int | None, int | None]:
    """Return how many rows match, at most COUNTED + 1; and how many of these come first, if all are
    counted. Return None for a search by words, which the database alone cannot count."""
    if wanted.keep is not list:
        return None, None
    query = sql.SQL(
        "SELECT count(*), count(*) FILTER (WHERE those.first)"
        "  FROM (SELECT {first} AS first FROM {table} AS one WHERE {here} {filters}"
        "         LIMIT %(counted)s) AS those"
    ).format(
        first=order.first or sql.SQL("false"),
        table=sql.Identifier(tables.SCHEMA, order.table.name),
        here=HERE.format(one=sql.Identifier("one")),
        filters=wanted.whole,
    )
    given = {**wanted.values, **lists.dates, "counted": COUNTED + 1}
    many, first = lists.conn.execute(query, given).fetchone() or (0, 0)
    return many, first if order.first is not None and many <= COUNTED else None
