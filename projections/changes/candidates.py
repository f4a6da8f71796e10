"""What can have changed between two moments, from the log's order and the read models: found in the
order in which it is told, a part at a time, so that a page costs what is on it."""

from collections.abc import Iterator, Sequence
from typing import Any

import psycopg

from ledger.events.streams import report_of
from projections.changes.moments import Between
from projections.changes.search import Search

_MOST_REPORTS = 512
"""Few reports are looked at first, then twice as many, and so on; so many at a time at most."""


def place(stream: str) -> tuple[Any, ...]:
    """Where a stream comes in the order of changes: by report, in it the report itself, what is
    owed, and its recommendations by number; meetings last."""
    kind, *parts = stream.split("/")
    if kind == "meeting":
        return (1, *parts)
    rank = ("report", "response", "recommendation").index(kind)
    key = parts[1] if rank == 2 else ""
    return (0, parts[0], rank, len(key), key, parts[-1])


def streams_between(
    conn: psycopg.Connection,
    asked: Between,
    bodies: Sequence[str] | None,
    report: str | None,
    start: str | None = None,
) -> Iterator[str]:
    """The streams of which something can have changed, in order from one on, of these bodies and
    of this report where they are given; a report concerns every body with a duty or recommendation
    in it."""
    search = Search(conn, asked, None if bodies is None else frozenset(bodies))
    concerned = search.concerned()
    first = report_of(start) if start else ""
    if first is not None:
        for names in _by_reports(search, concerned, report, first):
            theirs = (name for name in names if _concerns(name, search.bodies, concerned))
            wanted = [name for name in theirs if start is None or place(name) >= place(start)]
            yield from sorted(wanted, key=place)
    if report is None:
        meetings = search.meetings()
        wanted = [one for one in meetings if first is not None or place(one) >= place(start or "")]
        yield from sorted(wanted, key=place)


def _by_reports(
    search: Search, concerned: frozenset[str] | None, report: str | None, first: str
) -> Iterator[set[str]]:
    """What can have changed of some reports after others, from one on; where that is little, of
    all at once."""
    if report is not None:
        yield search.touched([report]) | search.by_time([report])
        return
    touched = search.touched(None) if search.few_entries else None
    by_time = search.by_time(None) if search.few_days else None
    if touched is not None and by_time is not None:
        yield touched | by_time
        return
    for reports in _some_by_some(search, concerned, first):
        these = set(reports)
        found = search.touched(reports) if touched is None else _of(touched, these)
        yield found | (search.by_time(reports) if by_time is None else _of(by_time, these))


def _some_by_some(
    search: Search, concerned: frozenset[str] | None, first: str
) -> Iterator[Sequence[str]]:
    """The reports from one on in order, some at a time; of those that concern bodies, if so
    asked."""
    theirs = None if concerned is None else sorted(concerned)
    many = 1 if theirs is None else 4
    while True:
        if theirs is None:
            some = search.reports_from(first, many)
        else:
            some = [one for one in theirs if one >= first][:many]
        if some:
            yield some
        if len(some) < many:
            return
        first = f"{some[-1]}-"  # the least name that follows: none has a lesser character
        many = min(2 * many, _MOST_REPORTS)


def _of(names: set[str], reports: set[str]) -> set[str]:
    return {name for name in names if report_of(name) in reports}


def _concerns(stream: str, bodies: frozenset[str] | None, concerned: frozenset[str] | None) -> bool:
    if bodies is None or concerned is None:
        return True
    kind, *parts = stream.split("/")
    return parts[0] in concerned if kind == "report" else parts[-1] in bodies
