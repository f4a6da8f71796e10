"""The questions: one and many, as known at a position and effective on a day, for one reader.

One subject is read from the log itself, and so always fresh; lists come from the read models.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import psycopg
from psycopg import sql

from ledger import streams
from ledger.application import Ledger
from ledger.entry import Entry, to_plain
from ledger.errors import NotKnownThen, NotRecorded
from ledger.report import report as report_in
from ledger.service import Account, Service
from projections import moment, tables, working
from projections.answers import Answers, Json, disapplications, duty, listed, publications
from projections.moment import At
from projections.projector import segments
from projections.reader import LogReader
from projections.state import ListedLine, RecommendationState, ReportState, ResponseState
from projections.tables import RECOMMENDATIONS, REPORTS, RESPONSES, State, Subject, Table
from projections.texts import Opened, Reader, positions
from projections.trail import trail_entries

DEFAULT_LIMIT = 50
MOST = 500


class Register:
    """Answers one reader's questions. `account` None reads as anybody does."""

    def __init__(self, ledger: Ledger, account: Account | None = None) -> None:
        self._ledger = ledger
        self._account = account

    # The two dates

    def at(
        self, known_at: str | None = None, effective_on: str | None = None, min_position: int = 0
    ) -> At:
        """The two dates of a question; waits until the read models are at `min_position`."""
        with self._connection() as conn:
            if min_position:
                moment.wait_for(conn, min_position)
            return moment.at(conn, known_at, effective_on, self._ledger.now())

    # One

    def report(self, when: At, reference: str) -> Json:
        """A report with its recommendations and the responses owed to it."""
        with self._connection() as conn:
            reader = LogReader(conn, upto=when.position)
            state = self._one(when, (REPORTS, (reference,)), reader, f"report “{reference}”")
            assert isinstance(state, ReportState)
            lists = moment.for_lists(conn, when)
            recommendations = self._rows(conn, lists, RECOMMENDATIONS, {"report": [reference]})
            responses = self._rows(conn, lists, RESPONSES, {"report": [reference]})
            answers = self._answers(conn, when, reader, [state, *recommendations, *responses])
            return {
                **answers.report(state),
                "recommendations": [answers.recommendation(one) for one in recommendations],
                "responses": [answers.response(one) for one in responses],
                "version": self._version(reader, streams.report_stream(reference), when),
                "as_of": when.as_of,
            }

    def recommendation(self, when: At, reference: str, number: str, addressee: str) -> Json:
        """Where a recommendation to a body stands."""
        key = _key(number)
        with self._connection() as conn:
            reader = LogReader(conn, upto=when.position)
            what = f"recommendation {number} of “{reference}” to “{addressee}”"
            state = self._one(when, (RECOMMENDATIONS, (addressee, reference, key)), reader, what)
            assert isinstance(state, RecommendationState)
            stream = streams.recommendation_stream(reference, key, addressee)
            return {
                **self._answers(conn, when, reader, [state]).recommendation(state),
                "report_title": self._title(reader, reference, when),
                "stream": stream,
                "version": self._version(reader, stream, when),
                "as_of": when.as_of,
            }

    def response(self, when: At, reference: str, body: str) -> Json:
        """What a body owes and published about a report, with the verdict."""
        with self._connection() as conn:
            reader = LogReader(conn, upto=when.position)
            state = self._response(when, reference, body, reader)
            recommendations = [
                one
                for line in state.listed
                if isinstance(
                    one := self._known(when, _subject(line, reference), reader), RecommendationState
                )
            ]
            answers = self._answers(conn, when, reader, [state, *recommendations])
            stream = streams.response_stream(reference, body)
            return {
                **answers.response(state),
                "report_title": self._title(reader, reference, when),
                "recommendations": [answers.recommendation(one) for one in recommendations],
                "stream": stream,
                "version": self._version(reader, stream, when),
                "as_of": when.as_of,
            }

    def working(self, when: At, reference: str, body: str) -> Json:
        """How the verdict on a response was reached."""
        with self._connection() as conn:
            reader = LogReader(conn, upto=when.position)
            state = self._response(when, reference, body, reader)
            found = working.working(
                duty(state),
                publications(state),
                disapplications(state),
                effective_on=when.effective_on,
                set_aside=[(line.entry, line.by) for line in state.set_aside],
                listed=[listed(line) for line in state.listed],
                listed_by=state.listed_by,
            )
            return {**found, "report": reference, "body": body, "as_of": when.as_of}

    def trail(self, when: At, stream: str) -> Json:
        """Every entry of a stream that was known, in the order of the log."""
        with self._connection() as conn:
            reader = LogReader(conn, upto=when.position)
            entries = reader.stream(stream, when.position)
            if not entries:
                raise NotRecorded(f"Nothing is recorded under “{stream}”.")
            return {
                "items": self._trail(reader, entries, when.position),
                "stream": stream,
                "as_of": when.as_of,
            }

    def entry(self, when: At, entry_id: str) -> Json:
        """One entry as the trail shows it."""
        entry = self._ledger.entry(entry_id)
        if entry.position > when.position:
            raise NotKnownThen(f"The entry “{entry_id}” was not recorded yet.")
        found = self.trail(when, entry.stream)
        one: Json = next(item for item in found["items"] if item["id"] == entry.id)
        return {**one, "as_of": when.as_of}

    def bodies(self, when: At) -> Json:
        """The register of bodies."""
        return self._of_service(when, lambda service: service.bodies.values())

    def rules(self, when: At) -> Json:
        """The rules adopted, every version."""
        return self._of_service(when, lambda service: service.rules.values())

    # Many

    def overview(self, when: At) -> Json:
        """How much is recorded, by status and verdict; the latest reports; the bodies."""
        with self._connection() as conn:
            lists = moment.for_lists(conn, when)
            reader = LogReader(conn, upto=lists.position)
            statuses = conn.execute(
                """
                SELECT status, count(*) FROM projections.recommendations
                 WHERE known_from <= %(k)s AND (known_to IS NULL OR known_to > %(k)s)
                   AND effective_from <= %(d)s AND effective_to > %(d)s
                 GROUP BY status
                """,
                {"k": lists.position, "d": lists.effective_on},
            ).fetchall()
            answers = self._answers(conn, lists, reader, [])
            verdicts: dict[str, int] = {}
            for state in self._rows(conn, lists, RESPONSES, {}):
                assert isinstance(state, ResponseState)
                word = answers.verdict(state).verdict
                verdicts[word] = verdicts.get(word, 0) + 1
            reports = self._rows(conn, lists, REPORTS, {})
            latest = sorted(reports, key=lambda one: one.published_on or "", reverse=True)[:10]
            service = reader.service(lists.position)
            return {
                "reports": len(reports),
                "recommendations": dict(statuses),
                "responses": verdicts,
                "latest": [self._report_item(conn, lists, answers, one) for one in latest],
                "bodies": [
                    {"id": body.id, "name": body.name, "kind": body.kind, "area": body.area}
                    for body in service.bodies.values()
                ],
                "as_of": lists.as_of,
            }

    def reports(
        self,
        when: At,
        body: str | None = None,
        after: str | None = None,
        limit: int = DEFAULT_LIMIT,
    ) -> Json:
        """The reports, newest first; `body` keeps those that concern it."""
        with self._connection() as conn:
            lists = moment.for_lists(conn, when)
            reader = LogReader(conn, upto=lists.position)
            rows = self._rows(conn, lists, REPORTS, {})
            if body is not None:
                service = reader.service(lists.position)
                concerned = self._reports_of(conn, lists, bodies_of(service, body))
                rows = [one for one in rows if one.report in concerned]
            rows.sort(key=lambda one: (one.published_on or "", one.report), reverse=True)
            page, more = _page(rows, lambda one: one.report, after, limit)
            answers = self._answers(conn, lists, reader, page)
            return {
                "items": [self._report_item(conn, lists, answers, one) for one in page],
                "next": page[-1].report if more else None,
                "as_of": lists.as_of,
            }

    def recommendations(
        self,
        when: At,
        *,
        body: str | None = None,
        report: str | None = None,
        kind: str | None = None,
        status: str | None = None,
        target: str | None = None,
        q: str | None = None,
        after: str | None = None,
        limit: int = DEFAULT_LIMIT,
    ) -> Json:
        """Recommendations by report and number; each filter keeps those that fit it."""
        with self._connection() as conn:
            lists = moment.for_lists(conn, when)
            reader = LogReader(conn, upto=lists.position)
            wanted: dict[str, Sequence[str]] = {}
            if body is not None:
                wanted["addressee"] = bodies_of(reader.service(lists.position), body)
            for name, value in (("report", report), ("kind", kind), ("status", status)):
                if value is not None:
                    wanted[name] = [value]
            rows = self._rows(conn, lists, RECOMMENDATIONS, wanted)
            answers = self._answers(conn, lists, reader, rows if q else [])
            if target is not None or q is not None:
                rows = [one for one in rows if _fits(answers.recommendation(one), target, q)]
            page, more = _page(rows, _name, after, limit)
            answers = self._answers(conn, lists, reader, page)
            return {
                "items": [answers.recommendation(one) for one in page],
                "next": _name(page[-1]) if more else None,
                "as_of": lists.as_of,
            }

    def responses(
        self,
        when: At,
        *,
        body: str | None = None,
        report: str | None = None,
        verdict: str | None = None,
        basis: str | None = None,
        after: str | None = None,
        limit: int = DEFAULT_LIMIT,
    ) -> Json:
        """Responses owed, by report and body; each filter keeps those that fit it."""
        with self._connection() as conn:
            lists = moment.for_lists(conn, when)
            reader = LogReader(conn, upto=lists.position)
            wanted: dict[str, Sequence[str]] = {}
            if body is not None:
                wanted["body"] = bodies_of(reader.service(lists.position), body)
            if report is not None:
                wanted["report"] = [report]
            rows = self._rows(conn, lists, RESPONSES, wanted)
            answers = self._answers(conn, lists, reader, [])
            fitting = []
            for one in rows:
                assert isinstance(one, ResponseState)
                found = answers.verdict(one)
                if verdict in (None, found.verdict) and basis in (None, found.basis):
                    fitting.append(one)
            page, more = _page(fitting, _name, after, limit)
            answers = self._answers(conn, lists, reader, page)
            return {
                "items": [answers.response(one) for one in page],
                "next": _name(page[-1]) if more else None,
                "as_of": lists.as_of,
            }

    # Reading

    def _of_service(self, when: At, items: Callable[[Service], Iterable[Any]]) -> Json:
        with self._connection() as conn:
            service = LogReader(conn, upto=when.position).service(when.position)
            return {"items": [to_plain(one) for one in items(service)], "as_of": when.as_of}

    @contextmanager
    def _connection(self) -> Iterator[psycopg.Connection]:
        with self._ledger.log.pool.connection() as conn:
            yield conn

    def _one(self, when: At, subject: Subject, reader: LogReader, what: str) -> State:
        if (state := self._known(when, subject, reader)) is not None:
            return state
        if self._recorded_at_all(subject):
            raise NotKnownThen(
                f"The {what} was not known at position {when.position}, or had not happened by "
                f"{when.effective_on.isoformat()}."
            )
        raise NotRecorded(f"No {what} is recorded.")

    def _known(self, when: At, subject: Subject, reader: LogReader) -> State | None:
        for segment in segments(subject, reader, when.position):
            if segment.effective_from <= when.effective_on < segment.effective_to:
                return segment.state
        return None

    def _recorded_at_all(self, subject: Subject) -> bool:
        table, key = subject
        if table is REPORTS:
            return bool(self._ledger.read_stream(streams.report_stream(key[0])))
        if table is RESPONSES:
            return bool(self._ledger.read_stream(streams.response_stream(key[1], key[0])))
        return bool(self._ledger.read_stream(streams.recommendation_stream(key[1], key[2], key[0])))

    def _response(self, when: At, reference: str, body: str, reader: LogReader) -> ResponseState:
        what = f"duty of “{body}” to respond to “{reference}”"
        state = self._one(when, (RESPONSES, (body, reference)), reader, what)
        assert isinstance(state, ResponseState)
        return state

    def _rows(
        self, conn: psycopg.Connection, when: At, table: Table, wanted: dict[str, Sequence[str]]
    ) -> list[Any]:
        order = {
            "reports": "report",
            "recommendations": "report, length(key), key, addressee",
            "responses": "report, body",
        }[table.name]
        query = sql.SQL(
            """
            SELECT state FROM {table}
             WHERE known_from <= %(k)s AND (known_to IS NULL OR known_to > %(k)s)
               AND effective_from <= %(d)s AND effective_to > %(d)s {filters}
             ORDER BY {order}
            """
        ).format(
            table=sql.Identifier(tables.SCHEMA, table.name),
            filters=sql.SQL(" ").join(
                sql.SQL("AND {} = ANY ({})").format(sql.Identifier(name), sql.Placeholder(name))
                for name in wanted
            ),
            order=sql.SQL(order),
        )
        values = {name: list(value) for name, value in wanted.items()}
        rows = conn.execute(query, {**values, "k": when.position, "d": when.effective_on})
        return [tables.decoded(table, row[0]) for row in rows.fetchall()]

    def _answers(
        self, conn: psycopg.Connection, when: At, reader: LogReader, states: Sequence[Any]
    ) -> Answers:
        service = reader.service(when.position)
        opened = Opened(self._reader(service), self._ledger.openings(positions(states)))
        return Answers(when, service, opened)

    def _reader(self, service: Service) -> Reader:
        return Reader(self._account, service)

    def _trail(self, reader: LogReader, entries: list[Entry], position: int) -> list[Json]:
        openings = self._ledger.openings([entry.position for entry in entries])
        service = reader.service(position)
        return trail_entries(entries, openings, self._reader(service), service)

    def _title(self, reader: LogReader, reference: str, when: At) -> str | None:
        found = report_in(reader.stream(streams.report_stream(reference), when.position))
        return found.data.title if found else None

    def _version(self, reader: LogReader, stream: str, when: At) -> int:
        entries = reader.stream(stream, when.position)
        return entries[-1].version if entries else 0

    def _report_item(
        self, conn: psycopg.Connection, when: At, answers: Answers, state: ReportState
    ) -> Json:
        counts = conn.execute(
            """
            SELECT (SELECT count(*) FROM projections.recommendations
                     WHERE report = %(r)s AND known_from <= %(k)s
                       AND (known_to IS NULL OR known_to > %(k)s)
                       AND effective_from <= %(d)s AND effective_to > %(d)s),
                   (SELECT count(*) FROM projections.responses
                     WHERE report = %(r)s AND known_from <= %(k)s
                       AND (known_to IS NULL OR known_to > %(k)s)
                       AND effective_from <= %(d)s AND effective_to > %(d)s)
            """,
            {"r": state.report, "k": when.position, "d": when.effective_on},
        ).fetchone()
        assert counts is not None
        item = answers.report(state)
        return {
            name: item[name]
            for name in (
                "report",
                "title",
                "kind",
                "publisher",
                "publisher_name",
                "published_on",
                "basis",
                "links",
            )
        } | {"recommendations": counts[0], "responses": counts[1]}

    def _reports_of(self, conn: psycopg.Connection, when: At, bodies: Sequence[str]) -> set[str]:
        found: set[str] = set()
        for table, column in ((RECOMMENDATIONS, "addressee"), (RESPONSES, "body")):
            found |= {one.report for one in self._rows(conn, when, table, {column: bodies})}
        return found


def bodies_of(service: Service, body: str) -> list[str]:
    """The bodies whose matters concern a body: itself, its force, and who answers for it."""
    registered = service.bodies.get(body)
    found = {body}
    if registered is not None and registered.force:
        found.add(registered.force)
    found |= {one.id for one in service.responders_for(body)}
    return sorted(found)


def _subject(line: ListedLine, reference: str) -> Subject:
    return RECOMMENDATIONS, (line.addressee, reference, line.key)


def _key(number: str) -> str:
    try:
        return streams.key_of(number)
    except ValueError as error:
        raise NotRecorded(str(error)) from None


def _name(one: Any) -> str:
    if isinstance(one, RecommendationState):
        return f"{one.report}/{one.key}/{one.addressee}"
    return f"{one.report}/{one.body}"


def _page(
    rows: list[Any], name: Callable[[Any], str], after: str | None, limit: int
) -> tuple[list[Any], bool]:
    """The rows after a cursor, at most `limit`, and whether more follow."""
    start = 0
    if after is not None:
        start = next((n + 1 for n, one in enumerate(rows) if name(one) == after), len(rows))
    page = rows[start : start + limit]
    return page, start + limit < len(rows)


def _fits(item: Json, target: str | None, q: str | None) -> bool:
    if target is not None and item["target"]["standing"] != target:
        return False
    return q is None or q.casefold() in (item["text"] or "").casefold()
