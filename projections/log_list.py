"""Entries of the log that fit a question, in its order: found by index, however long it is."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import LiteralString

import psycopg
from psycopg.rows import class_row

from ledger.entry import Entry, decode
from ledger.storage import Stored
from ledger.streams import report_of
from projections.asking import Asking
from projections.doings import doers
from projections.lateness import is_backfill, recorded_late
from projections.moment import At, reached

_READ_AT_ONCE = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What entries are asked for by; None: whatever."""

    type: str | None = None
    body: str | None = None
    report: str | None = None
    late_by: int | None = None

    def fits(self, entry: Entry) -> bool:
        """Whether an entry is wanted; one of backfill may be, too."""
        return (
            self.type in (None, entry.data.TOPIC)
            and (self.body is None or self.body in doers(entry))
            and self.report in (None, report_of(entry.stream))
            and (self.late_by is None or recorded_late(entry, self.late_by))
        )


@dataclass(frozen=True, slots=True)
class Found:
    """A page of entries."""

    entries: list[Entry]
    next: int | None
    """The position after which the next page starts; None where the log ends."""
    backfill: int
    """How many entries of backfill were passed over, of those recorded late."""


class LogList(Asking):
    """The log as a list, with its filters."""

    def entries(self, when: At, wanted: Wanted, after: int, limit: int) -> Found:
        """The entries after a position that fit, at most so many. With `late_by`, those of
        backfill are left out and counted."""
        with self._connection() as conn:
            return page(conn, wanted, after, when.position, limit)


def page(conn: psycopg.Connection, wanted: Wanted, after: int, upto: int, limit: int) -> Found:
    """The entries that fit after a position and up to another. What the read models have not
    reached yet is read from the log itself."""
    by_models = wanted.body is not None or wanted.late_by is not None
    listed = min(upto, reached(conn)) if by_models else upto
    found = _selected(conn, wanted, after, listed, limit)
    backfill = 0
    for entry in _from_the_log(conn, wanted, max(after, listed), upto):
        if len(found) == limit:
            break
        if wanted.late_by is not None and is_backfill(entry):
            backfill += 1
        else:
            found.append(entry)
    last = found[-1].position if len(found) == limit else upto
    if wanted.late_by is not None:
        backfill += _backfill(conn, wanted, after, min(last, listed))
    more = len(found) == limit and _goes_on(conn, wanted, last, upto)
    return Found(found, last if more else None, backfill)


_SAID: LiteralString = """
    SELECT e.stream AS originator_id, e.version AS originator_version, e.topic, e.state,
           e.position AS id, e.recorded_at
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


def _fitting(wanted: Wanted, *, backfill: bool, whole: bool) -> LiteralString:
    """FROM and WHERE of the entries that fit: of the log itself (`e`) where they are wanted whole
    or by type, and of the tables that have what else is wanted.

    Each table has the positions in order in an index. The range is said of each, since the planner
    does not conclude it from one for the others.
    """
    tables: list[LiteralString] = []
    conditions: list[LiteralString] = []
    if wanted.report is not None:
        tables.append(f"{_OF_REPORT} AS r")
    if wanted.body is not None:
        tables.append("projections.doings AS b")
        conditions.append("b.body = %(body)s")
    if wanted.late_by is not None:
        tables.append("projections.recorded_late AS l")
        conditions.append("l.days > %(late_by)s")
        conditions.append("l.backfill" if backfill else "NOT l.backfill")
    if whole or wanted.type is not None:
        tables.append("ledger.entries AS e")
    if wanted.type is not None:
        conditions.append("e.topic = %(type)s")
    names: list[LiteralString] = [table[-1] for table in tables]
    conditions += [f"{name}.position = {names[0]}.position" for name in names[1:]]
    conditions += [f"{n}.position > %(after)s AND {n}.position <= %(upto)s" for n in names]
    return f" FROM {', '.join(tables)} WHERE {' AND '.join(conditions)}"


def _selected(
    conn: psycopg.Connection, wanted: Wanted, after: int, upto: int, limit: int
) -> list[Entry]:
    query = _SAID + _fitting(wanted, backfill=False, whole=True)
    with conn.cursor(row_factory=class_row(Stored)) as cursor:
        rows = cursor.execute(
            query + " ORDER BY e.position LIMIT %(limit)s",
            {**_given(wanted, after, upto), "limit": limit},
        ).fetchall()
    return [decode(one.state, one.id, one.recorded_at) for one in rows]


def _backfill(conn: psycopg.Connection, wanted: Wanted, after: int, upto: int) -> int:
    query: LiteralString = "SELECT count(*)" + _fitting(wanted, backfill=True, whole=False)
    row = conn.execute(query, _given(wanted, after, upto)).fetchone()
    return int(row[0]) if row else 0


def _from_the_log(
    conn: psycopg.Connection, wanted: Wanted, after: int, upto: int
) -> Iterator[Entry]:
    while after < upto:
        batch = _selected(conn, Wanted(type=wanted.type), after, upto, _READ_AT_ONCE)
        yield from filter(wanted.fits, batch)
        after = batch[-1].position if len(batch) == _READ_AT_ONCE else upto


def _goes_on(conn: psycopg.Connection, wanted: Wanted, after: int, upto: int) -> bool:
    """Whether another entry follows, of the type wanted, if one is."""
    return bool(_selected(conn, Wanted(type=wanted.type), after, upto, 1))


def _given(wanted: Wanted, after: int, upto: int) -> dict[str, int | str | None]:
    return {
        "type": wanted.type,
        "body": wanted.body,
        "report": wanted.report,
        "late_by": wanted.late_by,
        "after": after,
        "upto": upto,
    }
