"""The indexes of entries beside the states: the bodies that an entry concerns, entries recorded
late, streams with redacted texts, and recommendations reviewed by meetings."""

import dataclasses
import typing
from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from functools import cache
from typing import Any, NamedTuple

import psycopg
from psycopg import sql

from ledger.dates import london_date
from ledger.events import (
    AccountClosed,
    AccountOpened,
    BodyChanged,
    BodyRegistered,
    BodySucceeded,
    Doc,
    EntryCorrected,
    RecommendationRaised,
    RecommendationReviewed,
    ReportPublished,
    ReportTakenOver,
    ResponseDutyArose,
    ScopeGranted,
    ScopeRevoked,
    TextRedacted,
)
from ledger.events.entry import Entry, days_late, is_backfill
from ledger.events.recommendation import RecommendationRef
from ledger.events.streams import key_of, kind, report_of, report_stream
from projections.read_models.rectangles import add, quarter
from projections.streams import Streams


class Concern(NamedTuple):
    """An entry that concerns a body."""

    body: str
    position: int
    since: int
    """The position from which this is known. It is a later one if the entry is a report's and the
    body came with a duty or a recommendation later."""
    own: bool
    """True if the body acted in it or recorded it."""


def doers(entry: Entry) -> set[str]:
    """Return the bodies that act in an entry: the one whose act it is, and the one that recorded
    it."""
    return {name for name in (entry.by, _body(entry.recorded_by)) if name}


def concerns(entries: Sequence[Entry], reader: Streams) -> list[Concern]:
    """Return the bodies that these entries, in the order of the log, concern. Earlier entries are
    among the results if a body came to a report by these."""
    found: dict[tuple[str, int], Concern] = {}
    for entry in entries:
        own = doers(entry)
        for body in sorted(own | _named(entry, reader)):
            _add(found, Concern(body, entry.position, entry.position, body in own))
        for body, position in _by_report(entry, reader):
            _add(found, Concern(body, position, entry.position, False))
    return list(found.values())


def about(entry: Entry, reader: Streams, upto: int) -> set[str]:
    """Return the bodies that an entry is about, as known at a position: the body whose act it is,
    and those that it names. An entry of a report is also about every body with a duty or
    recommendation in it."""
    found = _named(entry, reader) | ({entry.by} if entry.by else set())
    if (reference := report_of(entry.stream)) is not None and kind(entry.stream) == "report":
        found |= {_last(stream) for stream in reader.subjects_of(reference, upto)}
    return found


def _add(found: dict[tuple[str, int], Concern], one: Concern) -> None:
    found.setdefault((one.body, one.position), one)


def _by_report(entry: Entry, reader: Streams) -> Iterator[tuple[str, int]]:
    """Yield the (body, position) pairs by which a report concerns every body with a duty or
    recommendation in it. An entry of the report concerns the bodies that are there already; a new
    duty or recommendation makes the report's earlier entries concern its body."""
    reference = report_of(entry.stream)
    if reference is None:
        return
    if kind(entry.stream) == "report":
        if not isinstance(entry.data, ReportPublished):  # the first of all: nothing is below it yet
            for stream in reader.subjects_of(reference, entry.position):
                yield _last(stream), entry.position
    elif isinstance(entry.data, RecommendationRaised | ResponseDutyArose):
        for one in reader.stream(report_stream(reference), entry.position):
            yield _last(entry.stream), one.position


def _named(entry: Entry, reader: Streams) -> set[str]:
    """Return the bodies that an entry names: in its stream's name, in its data, and in the entry
    that it is about."""
    match kind(entry.stream):
        case "recommendation" | "response":
            found = {_last(entry.stream)}
        case "meeting":
            found = {entry.stream.split("/")[1]}
        case _:
            found = set()
    found |= set(_said(entry.data))
    match entry.data:
        case AccountOpened() | AccountClosed() | ScopeGranted() | ScopeRevoked():
            found.add(_body(entry.data.account))
        case ReportTakenOver(from_account=account):
            found.add(_body(account))
        case BodyRegistered() | BodyChanged():
            found |= {entry.data.id, *(entry.data.closes_by or ())}
        case BodySucceeded():
            found |= {entry.data.id, entry.data.successor}
        case _:
            pass
    if (target := _target(entry, reader)) is not None:
        found |= _named(target, reader) | doers(target)
        if isinstance(entry.data, EntryCorrected):
            of: type = type(target.data)
            if (entry.data.field, True) in _bodies(of):
                found |= {one for one in (entry.data.was, entry.data.now) if isinstance(one, str)}
    return found - {""}


def _target(entry: Entry, reader: Streams) -> Entry | None:
    """Return the earlier entry of the same stream that an entry is about, if it is about one."""
    if (name := getattr(entry.data, "target", None)) is None or not isinstance(name, str):
        return None
    stream = reader.stream(entry.stream, entry.position - 1)
    return next((one for one in stream if one.id == name), None)


def _said(value: Any) -> Iterator[str]:
    """Yield the bodies that an event, or a part of it, names by their ids."""
    if isinstance(value, tuple):
        for item in value:
            yield from _said(item)
    elif dataclasses.is_dataclass(value) and not isinstance(value, type):
        for name, is_body in _bodies(type(value)):
            said = getattr(value, name)
            if not is_body:
                yield from _said(said)
            elif isinstance(said, tuple):
                yield from said
            elif said is not None:
                yield said


@cache
def _bodies(of: type) -> list[tuple[str, bool]]:
    """Return the fields of an event, or of a part of one, that can name a body. The flag is true if
    the field is declared as a body's id, and false if it has parts that can name one."""
    found = []
    for name, hint in typing.get_type_hints(of, include_extras=True).items():
        if name.isupper():
            continue
        doc = next((one for one in getattr(hint, "__metadata__", ()) if isinstance(one, Doc)), None)
        if doc is not None and doc.form == "body":
            found.append((name, True))
        elif doc is not None and _has_parts(hint):
            found.append((name, False))
    return found


def _has_parts(hint: Any) -> bool:
    """Return whether a type has parts that can name a body."""
    if dataclasses.is_dataclass(hint):
        return isinstance(hint, type) and bool(_bodies(hint))
    return any(_has_parts(one) for one in typing.get_args(hint))


def _body(account: str) -> str:
    return account.partition("/")[0]


def _last(stream: str) -> str:
    return stream.rpartition("/")[2]


def note(conn: psycopg.Connection, entries: Sequence[Entry], reader: Streams, schema: str) -> None:
    """Fill the indexes for these entries: whom they concern, which were recorded late, and what
    they redacted or reviewed."""
    first = entries[0].position
    concerned = concerns(entries, reader)
    list_entries(
        conn,
        schema,
        [one for one in concerned if one.position >= first],
        (
            (one.position, days, is_backfill(one), _body(one.recorded_by), _quarter(one))
            for one in entries
            if (days := days_late(one) or 0) > 0
        ),
    )
    if before := [one for one in concerned if one.position < first]:
        came_to_concern(conn, schema, before)
    for entry in entries:
        match entry.data:
            case TextRedacted():
                redact(conn, schema, entry.position, entry.stream)
            case RecommendationReviewed(recommendation=reviewed):
                review(conn, schema, reviewed, entry.stream)
            case _:
                pass


def _quarter(entry: Entry) -> date:
    return quarter(london_date(entry.instant))


def redact(conn: psycopg.Connection, schema: str, position: int, stream: str) -> None:
    """Record that the entry at a position redacted a text of a stream."""
    conn.execute(
        sql.SQL("INSERT INTO {} VALUES (%s, %s) ON CONFLICT DO NOTHING").format(
            sql.Identifier(schema, "redactions")
        ),
        [position, stream],
    )


def review(conn: psycopg.Connection, schema: str, of: RecommendationRef, meeting: str) -> None:
    """Record that a recommendation was reviewed in the meeting of a stream."""
    conn.execute(
        sql.SQL("INSERT INTO {} VALUES (%s, %s, %s, %s) ON CONFLICT DO NOTHING").format(
            sql.Identifier(schema, "reviews")
        ),
        [of.report, key_of(of.number), of.addressee, meeting],
    )


def list_entries(
    conn: psycopg.Connection,
    schema: str,
    concerned: Sequence[tuple[str, int, int, bool]],
    late: Iterable[tuple[int, int, bool, str, date]],
) -> None:
    """Record whom entries concern, as (body, position, since, own), and which were recorded late,
    as (position, days, backfill, office, quarter)."""
    rows: Iterable[tuple[Any, ...]]
    with conn.cursor() as cursor:
        for table, columns, rows in (
            ("concerns", ("body", "position", "since", "own"), concerned),
            ("recorded_late", ("position", "days", "backfill", "office", "quarter"), late),
        ):
            add(cursor, schema, table, columns, list(rows))


def came_to_concern(
    conn: psycopg.Connection, schema: str, concerned: Sequence[tuple[str, int, int, bool]]
) -> None:
    """Record the bodies that earlier entries came to concern, except those recorded already."""
    conn.execute(
        sql.SQL(
            "INSERT INTO {} SELECT * FROM unnest(%s::text[], %s::bigint[], %s::bigint[],"
            " %s::boolean[]) ON CONFLICT DO NOTHING"
        ).format(sql.Identifier(schema, "concerns")),
        [list(column) for column in zip(*concerned, strict=True)],
    )
