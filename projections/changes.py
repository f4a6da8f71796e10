"""What changed between two moments: of each subject what differs, and what was done to entries.

Looked at are the streams that have an entry in between, and of the others those alone whose
verdict or target can have changed because time passed.
"""

import re
from collections.abc import Iterator, Sequence
from itertools import islice
from typing import Any

import psycopg
from psycopg import sql

from ledger import streams
from ledger.errors import Fault, Unfit
from ledger.service import Service
from projections import between, candidates, tables
from projections.answers import Json
from projections.asking import Asking
from projections.between import Between
from projections.changed import Found, changed, made_by, of_subjects, summary
from projections.differing import State
from projections.filters import bodies_of
from projections.lists import DEFAULT_LIMIT
from projections.moment import At
from projections.reader import LogReader
from projections.state import RecommendationState
from projections.tables import RESPONSES, Subject
from projections.verdict_sql import HERE

DEFAULT_LATE_BY = 14
"""Days after which an entry counts as made long after what it tells of happened."""
_AT_ONCE = 50


class Changes(Asking):
    """What changed."""

    def between(
        self,
        *,
        since: str | None = None,
        until: str | None = None,
        effective_on: str | None = None,
        since_meeting: str | None = None,
    ) -> Between:
        """The two moments of a question, by what a request calls from, to and since_meeting."""
        with self._connection() as conn:
            return between.between(
                conn,
                self._ledger.now(),
                since=since,
                until=until,
                effective_on=effective_on,
                since_meeting=since_meeting,
                patience=self._patience,
                waits=self._waits,
            )

    def changes(
        self,
        asked: Between,
        *,
        body: str | None = None,
        report: str | None = None,
        late_by: int = DEFAULT_LATE_BY,
        after: str | None = None,
        limit: int = DEFAULT_LIMIT,
    ) -> Json:
        """What changed, by report; each with the entries that did it, or that time passed."""
        first, second = asked.first, asked.second
        with self._connection() as conn:
            reader = LogReader(conn, upto=second.position)
            service = reader.register(second.position, second.effective_on)
            bodies = bodies_of(service, body) if body is not None else None
            cursor = _cursor(after)
            named = candidates.streams_between(
                conn, asked, bodies, report, cursor[0] if cursor else None
            )
            backfill = 0
            found: list[Found] = []
            for name, changes, passed_over in self._looked_at(conn, reader, asked, named, late_by):
                backfill += passed_over
                if cursor is not None and name == cursor[0]:
                    changes = changes[cursor[1] :]
                found += changes
                if len(found) > limit:
                    break
            here, more = found[:limit], len(found) > limit
            return {
                "from": first.as_of,
                "to": second.as_of,
                "since_meeting": asked.meeting,
                "late_by": late_by,
                "items": self._told(conn, reader, service, asked, here),
                "next": f"{here[-1].stream}~{here[-1].number}" if more else None,
                "backfill_left_out": backfill,
                "as_of": second.as_of,
            }

    def _looked_at(
        self,
        conn: psycopg.Connection,
        reader: LogReader,
        asked: Between,
        named: Iterator[str],
        late_by: int,
    ) -> Iterator[tuple[str, list[Found], int]]:
        """Each stream with what changed of it, and how much backfill was passed over."""
        while batch := list(islice(named, _AT_ONCE)):
            reports = {streams.report_of(name) for name in batch} - {None}
            reader.read_ahead([*batch, *(f"report/{one}" for one in reports)])
            subjects = of_subjects(batch)
            reader.read_listed_ahead(
                ((key[1], key[0]) for table, key in subjects if table is RESPONSES),
                asked.second.position,
            )
            before = _states(conn, asked.first, subjects)
            after = _states(conn, asked.second, subjects)
            for name in batch:
                yield (name, *changed(reader, asked, name, before, after, late_by))

    def _told(
        self,
        conn: psycopg.Connection,
        reader: LogReader,
        service: Service,
        asked: Between,
        found: Sequence[Found],
    ) -> list[Json]:
        position = asked.second.position
        names = sorted({one.stream for one in found if one.entry is not None})
        entries = [entry for name in names for entry in reader.stream(name, position)]
        trails = {one["id"]: one for one in self._trail(conn, reader, entries, position)}
        items = []
        for one in found:
            made = made_by(reader, one, position)
            items.append(
                {
                    "change": one.change.word,
                    "about": self._about(reader, service, asked, one),
                    "from": one.change.before,
                    "to": one.change.after,
                    "because": "entries" if made else "time passed",
                    "entries": [summary(entry) for entry in made],
                    "entry": trails[one.entry.id] if one.entry else None,
                    "target": summary(one.target) if one.target else None,
                }
            )
        return items

    def _about(self, reader: LogReader, service: Service, asked: Between, found: Found) -> Json:
        kind, *parts = found.stream.split("/")

        def name(body: str) -> str:
            return service.bodies[body].name if body in service.bodies else body

        path = f"/{kind}s/{'/'.join(parts)}"
        links = {"self": f"/api{path}", "page": path}
        if kind == "meeting":
            panel, day = parts
            return {
                "type": kind,
                "panel": panel,
                "panel_name": name(panel),
                "date": day,
                "links": links,
            }
        title = self._title(reader, parts[0], asked.second)
        about: Json = {"type": kind, "report": parts[0], "report_title": title}
        if kind == "response":
            about |= {"body": parts[1], "body_name": name(parts[1])}
        if kind == "recommendation":
            state = found.state
            there = state if isinstance(state, RecommendationState) else None
            about |= {
                "number": there.number if there else parts[1],
                "key": parts[1],
                "kind": there.kind if there else "recommendation",
                "addressee": parts[2],
                "addressee_name": name(parts[2]),
            }
        return about | {"links": links}


def _cursor(after: str | None) -> tuple[str, int] | None:
    if after is None:
        return None
    stream, _, number = after.rpartition("~")
    parts = stream.split("/")
    many = {"report": 2, "response": 3, "recommendation": 4, "meeting": 3}.get(parts[0])
    if len(parts) != many or not re.fullmatch("[0-9]{1,9}", number):
        sentence = f"“{after[:80]}” is no cursor: give the one that the last page gave as next."
        raise Unfit(sentence, Fault("after", sentence))
    return stream, int(number)


def _states(
    conn: psycopg.Connection, when: At, subjects: Sequence[Subject]
) -> dict[Subject, State]:
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
