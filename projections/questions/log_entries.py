"""Entries of the log that match a question, in the log's order, found by indexes; and entries
recorded late, sorted."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from datetime import date
from typing import Any, Literal, LiteralString, get_args

import psycopg
from psycopg.rows import class_row

from ledger.events.entry import Entry, is_backfill, recorded_late
from ledger.events.streams import report_of
from ledger.log.storage import Stored
from projections.as_of import At, at
from projections.head import head, reached
from projections.questions.filters import bodies_of
from projections.questions.paging import COUNTED
from projections.questions.question import Question
from projections.read_models.entry_index import doers
from projections.waiting import wait_for

_READ_AT_ONCE = 1000
LateSort = Literal["longest", "newest", "oldest", "office"]
LATE_SORTS: tuple[LateSort, ...] = get_args(LateSort)
_CURSOR: LiteralString = (
    "(SELECT {} FROM projections.recorded_late AS c WHERE c.position = %(cursor)s)"
)
_LATE_BY: dict[LateSort, tuple[LiteralString, LiteralString]] = {
    "longest": (
        "l.days DESC, l.position DESC",
        "(l.days, l.position) < " + _CURSOR.format("c.days, c.position"),
    ),
    "newest": ("l.position DESC", "l.position < %(cursor)s"),
    "oldest": ("l.position", "l.position > %(cursor)s"),
    "office": (
        "l.office, l.position",
        "(l.office, l.position) > " + _CURSOR.format("c.office, c.position"),
    ),
}
"""The order of entries recorded late, and the condition that one comes after the cursor's."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """The filters of entries; None means any."""

    types: tuple[str, ...] = ()
    """The wanted types; empty for all."""
    body: str | None = None
    """Entries that concern this body, or one whose matters are its own (`filters.bodies_of`)."""
    by: str | None = None
    """Entries in which this body acted, or which it recorded."""
    report: str | None = None
    late_by: int | None = None
    """Entries recorded more than so many days after the last day on which their act can have
    happened."""

    @classmethod
    def of(cls, asked: Mapping[str, Any]) -> "Wanted":
        """Return the filters that a request or a subscription gives: `type` is one or a list, and
        an empty field is no filter."""
        said = asked.get("type") or ()
        types = (said,) if isinstance(said, str) else tuple(sorted(set(said)))
        others = {one.name: asked[one.name] for one in fields(cls) if asked.get(one.name, "") != ""}
        return cls(types=types, **others)

    def fits(self, entry: Entry) -> bool:
        """Return whether an entry matches all filters but `body`. A backfill entry can match
        too."""
        return (
            (not self.types or entry.data.TOPIC in self.types)
            and (self.by is None or self.by in doers(entry))
            and self.report in (None, report_of(entry.stream))
            and (self.late_by is None or recorded_late(entry, self.late_by))
        )


@dataclass(frozen=True, slots=True)
class Found:
    """A page of entries."""

    entries: list[Entry]
    next: int | None
    """The position at which the next page continues; None for the last page."""
    backfill: int
    """The number of backfill entries that were left out among those recorded late."""
    when: At
    """The question as answered: up to the position of the read models, if they were needed."""


def entries(
    question: Question, wanted: Wanted, after: int, limit: int, since: str | None = None
) -> Found:
    """Return at most `limit` matching entries after a position. `since` is a moment, as requests
    give it: only entries recorded after it count. With `late_by`, backfill entries are left out and
    counted.

    Entries that the read models have not reached yet are read from the log. Only the read models
    tell whom an entry concerns.
    """
    conn, when = question.conn, question.when
    if since:
        begins = at(conn, since, None, question.now or head(conn), name="since")
        after = max(after, begins.position)
    bodies: list[str] = []
    if wanted.body is not None:
        if when.known_at is not None:
            wait_for(conn, when.position, question.waits)
        when = replace(when, position=min(when.position, reached(conn)))
        bodies = bodies_of(question.log.service(when.position), wanted.body)
    listing = _Listing(conn, wanted, bodies, when.position)
    found, last, backfill = listing.page(after, limit)
    more = len(found) == limit and listing.goes_on(last)
    return Found(found, last if more else None, backfill, when)


def newest(question: Question, wanted: Wanted, before: int | None, limit: int) -> Found:
    """Return at most `limit` matching entries before a position, newest first, up to the position
    of the read models if they are needed. `next` is the position before which older ones follow.
    With `late_by`, backfill entries are left out and not counted."""
    conn, when = question.conn, question.when
    if (wanted.body, wanted.by, wanted.late_by) != (None, None, None):
        when = replace(when, position=min(when.position, reached(conn)))
    bodies: list[str] = []
    if wanted.body is not None:
        bodies = bodies_of(question.log.service(when.position), wanted.body)
    upto = when.position if before is None else min(before - 1, when.position)
    listing = _Listing(conn, wanted, bodies, when.position)
    found = listing._selected(0, upto, limit + 1, newest_first=True)
    more = len(found) > limit
    return Found(found[:limit], found[limit - 1].position if more else None, 0, when)


@dataclass(frozen=True, slots=True)
class FoundLate(Found):
    """A page of entries recorded late, sorted. `next` is the position of its last entry."""

    total: int
    """How many match, at most COUNTED + 1. `backfill` is counted as far."""
    by_quarter: Mapping[tuple[str, date], int]
    """How many of these were recorded by the accounts of a body in a quarter; the ones recorded
    last, if more match."""


def sorted_late(
    question: Question,
    wanted: Wanted,
    *,
    sort: LateSort,
    after: int = 0,
    limit: int,
    since: str | None = None,
    counted: bool = False,
) -> FoundLate:
    """Return at most `limit` matching entries after the one at position `after` (0: from the
    first), by the read models. With `counted` their number and that of backfill entries."""
    lists = question.listed
    conn, when = lists.conn, lists.when
    first = at(conn, since, None, lists.now or head(conn), name="since").position if since else 0
    body = wanted.body
    bodies = bodies_of(lists.log.service(when.position), body) if body is not None else []
    listing = _Listing(conn, wanted, bodies, when.position)
    found = listing.late(first, after, sort, limit + 1)
    by_quarter = listing.by_quarter(first, backfill=False) if counted else {}
    return FoundLate(
        entries=found[:limit],
        next=found[limit - 1].position if len(found) > limit else None,
        backfill=sum(listing.by_quarter(first, backfill=True).values()) if counted else 0,
        when=when,
        total=sum(by_quarter.values()),
        by_quarter=by_quarter,
    )


_SAID: LiteralString = """
    SELECT e.stream AS originator_id, e.version AS originator_version, e.topic, e.state,
           e.position AS id, e.recorded_at, e.counted_at
"""
_EACH: LiteralString = """
      FROM ledger.counted_entries AS e WHERE e.position IN (
        SELECT p.position FROM unnest(%(bodies)s::text[]) AS one (body)
         CROSS JOIN unnest(%(types)s::text[]) AS this (type)
         CROSS JOIN LATERAL (SELECT
"""
_BY_QUARTER: LiteralString = """
    SELECT those.office, those.quarter, count(*) FROM (
        SELECT DISTINCT p.position, p.office, p.quarter
          FROM unnest(%(bodies)s::text[]) AS one (body)
         CROSS JOIN unnest(%(types)s::text[]) AS this (type)
         CROSS JOIN LATERAL
           (SELECT l.position, l.office, l.quarter{fitting}
             ORDER BY l.position DESC LIMIT %(most)s) AS p
         ORDER BY p.position DESC LIMIT %(most)s) AS those
     GROUP BY those.office, those.quarter
"""
_OF_REPORT: LiteralString = """(
    SELECT position FROM ledger.entries
     WHERE stream = 'report/' || %(report)s
    UNION ALL
    SELECT position FROM ledger.entries
     WHERE stream > 'recommendation/' || %(report)s || '/'
       AND stream < 'recommendation/' || %(report)s || '0'
       AND split_part(stream, '/', 2) = %(report)s
    UNION ALL
    SELECT position FROM ledger.entries
     WHERE stream > 'response/' || %(report)s || '/'
       AND stream < 'response/' || %(report)s || '0'
       AND split_part(stream, '/', 2) = %(report)s
    OFFSET 0)"""


@dataclass(frozen=True, slots=True)
class _Listing:
    """The matching entries up to a position."""

    conn: psycopg.Connection
    wanted: Wanted
    bodies: Sequence[str]
    """The bodies of which an entry has to concern one; empty for no such filter."""
    upto: int

    def page(self, after: int, limit: int) -> tuple[list[Entry], int, int]:
        """Return the entries after a position, the position up to which they are complete, and the
        number of backfill entries left out."""
        wanted = self.wanted
        by_models = wanted.by is not None or wanted.late_by is not None
        listed = min(self.upto, reached(self.conn)) if by_models else self.upto
        found = self._selected(after, listed, limit)
        backfill = 0
        for entry in self._from_the_log(max(after, listed)):
            if len(found) == limit:
                break
            if wanted.late_by is not None and is_backfill(entry):
                backfill += 1
            else:
                found.append(entry)
        last = found[-1].position if len(found) == limit else self.upto
        if wanted.late_by is not None:
            backfill += self._backfill(after, min(last, listed))
        return found, last, backfill

    def goes_on(self, after: int) -> bool:
        """Return whether another entry of the wanted types follows."""
        of_type = _Listing(self.conn, Wanted(types=self.wanted.types), (), self.upto)
        return bool(of_type._selected(after, self.upto, 1))

    def _selected(
        self, after: int, upto: int, limit: int, *, newest_first: bool = False
    ) -> list[Entry]:
        """Return at most `limit` matching entries of a range. For several bodies or types, the
        query takes a page of each in the index's order."""
        down: LiteralString = " DESC" if newest_first else ""
        query = _SAID + _fitting(self.wanted, backfill=False, whole=True)
        if place := self._each():
            fitting = _fitting(self.wanted, backfill=False, whole=False)
            query = _SAID + _EACH + f"{place}{fitting}"
            query += f" ORDER BY {place}{down} LIMIT %(limit)s) AS p)"
        with self.conn.cursor(row_factory=class_row(Stored)) as cursor:
            rows = cursor.execute(
                query + f" ORDER BY e.position{down} LIMIT %(limit)s",
                {**self._given(after, upto), "limit": limit},
            ).fetchall()
        return [one.entry for one in rows]

    def late(self, first: int, after: int, sort: LateSort, limit: int) -> list[Entry]:
        """Return at most `limit` entries recorded late after position `first`, sorted, that come
        after the one at position `after`."""
        order, follows = _LATE_BY[sort]
        fitting = _fitting(self.wanted, backfill=False, whole=False)
        beyond: LiteralString = f" AND {follows}" if after else ""
        query = _SAID + _EACH.replace(
            "e WHERE", "e JOIN projections.recorded_late AS l USING (position) WHERE"
        )
        query += f"l.position{fitting}{beyond} ORDER BY {order} LIMIT %(limit)s) AS p)"
        with self.conn.cursor(row_factory=class_row(Stored)) as cursor:
            rows = cursor.execute(
                query + f" ORDER BY {order} LIMIT %(limit)s",
                {**self._given(first, self.upto), "limit": limit, "cursor": after},
            ).fetchall()
        return [one.entry for one in rows]

    def by_quarter(self, first: int, *, backfill: bool) -> dict[tuple[str, date], int]:
        """Return how many entries were recorded late after position `first`, by body and quarter:
        of the COUNTED + 1 that were recorded last."""
        fitting = _fitting(self.wanted, backfill=backfill, whole=False)
        given = {**self._given(first, self.upto), "most": COUNTED + 1}
        rows = self.conn.execute(_BY_QUARTER.replace("{fitting}", fitting), given).fetchall()
        return {(office, quarter): many for office, quarter, many in rows}

    def _each(self) -> LiteralString:
        """Return the column of positions by which each body or type is queried, or an empty
        text."""
        return "b.position" if self.bodies else "e.position" if self.wanted.types else ""

    def _backfill(self, after: int, upto: int) -> int:
        fitting = _fitting(self.wanted, backfill=True, whole=False)
        query: LiteralString = "SELECT count(*)" + fitting
        if place := self._each():
            query = "SELECT count(*)" + _EACH + f"{place}{fitting}) AS p)"
        row = self.conn.execute(query, self._given(after, upto)).fetchone()
        return int(row[0]) if row else 0

    def _from_the_log(self, after: int) -> Iterator[Entry]:
        of_type = _Listing(self.conn, Wanted(types=self.wanted.types), (), self.upto)
        while after < self.upto:
            batch = of_type._selected(after, self.upto, _READ_AT_ONCE)
            yield from filter(self.wanted.fits, batch)
            after = batch[-1].position if len(batch) == _READ_AT_ONCE else self.upto

    def _given(self, after: int, upto: int) -> dict[str, Any]:
        return {
            "types": list(self.wanted.types) or [None],
            "bodies": list(self.bodies) or [None],
            "by": self.wanted.by,
            "report": self.wanted.report,
            "late_by": self.wanted.late_by,
            "after": after,
            "upto": upto,
            "known": self.upto,
        }


def _fitting(wanted: Wanted, *, backfill: bool, whole: bool) -> LiteralString:
    """Return the FROM and WHERE for matching entries. They come from the log (`e`) if they are
    wanted whole or by type, and from the tables for the other filters. `one.body` is the body that
    they concern and `this.type` their type, if these are asked for.

    Each table has its positions in order in an index. The range is given for each table, since the
    planner does not infer it from one for the others.
    """
    tables: list[LiteralString] = []
    conditions: list[LiteralString] = []
    if wanted.report is not None:
        tables.append(f"{_OF_REPORT} AS r")
    if wanted.body is not None:
        tables.append("projections.concerns AS b")
        conditions.append("b.body = one.body AND b.since <= %(known)s")
    if wanted.by is not None:
        tables.append("projections.concerns AS o")
        conditions.append("o.body = %(by)s AND o.own")
    if wanted.late_by is not None:
        tables.append("projections.recorded_late AS l")
        conditions.append("l.days > %(late_by)s")
        conditions.append("l.backfill" if backfill else "NOT l.backfill")
    if whole or wanted.types:
        tables.append("ledger.counted_entries AS e")
    if wanted.types:
        conditions.append("e.topic = this.type")
    names: list[LiteralString] = [table[-1] for table in tables]
    conditions += [f"{name}.position = {names[0]}.position" for name in names[1:]]
    conditions += [f"{n}.position > %(after)s AND {n}.position <= %(upto)s" for n in names]
    return f" FROM {', '.join(tables)} WHERE {' AND '.join(conditions)}"
