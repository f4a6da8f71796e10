"""Every recommendation or response of one moment, one after the other: for files of any size.

Read in batches, so that memory stays flat; the rows of a moment do not change while it lasts.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Literal

import psycopg
from psycopg import sql

from projections import filters, improved_later, tables
from projections.answers import Answers, Json
from projections.filters import Filter, OfRecommendations, OfResponses
from projections.lists import Lists
from projections.moment import At
from projections.reader import LogReader
from projections.tables import RECOMMENDATIONS, REPORTS, RESPONSES, Table
from projections.texts import Opened, texts_of
from projections.verdict_sql import HERE

AT_ONCE = 500
Value = str | int | None
Texts = Literal["public", "office"]


@dataclass(frozen=True, slots=True)
class Line:
    """One of them: the answer of the API, its report's title, and the texts that are gone."""

    item: Json
    title: str | None
    removed: tuple[str, ...]
    """The fields of texts that the reader could read, and that are no longer there."""


class Exports(Lists):
    """Writes out one reader's answers. The dates are those that a list would be asked for."""

    def each_recommendation(self, when: At, asked: OfRecommendations) -> Iterator[Line]:
        """Recommendations in the order of the list, with its filters."""
        with self._connection() as conn:
            lists = self._for_lists(conn, when)
            reader = LogReader(conn, upto=lists.position)
            wanted = self._recommendations(conn, lists, reader, asked)
            yield from self._lines(conn, lists, reader, RECOMMENDATIONS, wanted)

    def each_response(self, when: At, asked: OfResponses) -> Iterator[Line]:
        """Responses owed, in the order of the list, with its filters."""
        with self._connection() as conn:
            lists = self._for_lists(conn, when)
            reader = LogReader(conn, upto=lists.position)
            wanted = filters.responses(
                lists, reader.register(lists.position, lists.effective_on), asked
            )
            yield from self._lines(conn, lists, reader, RESPONSES, wanted)

    def _lines(
        self,
        conn: psycopg.Connection,
        when: At,
        reader: LogReader,
        table: Table,
        wanted: Filter,
    ) -> Iterator[Line]:
        with conn.transaction(), conn.cursor(name="export") as cursor:
            # All are wanted: for the first tenth the planner would look among those of every body.
            conn.execute("SET LOCAL cursor_tuple_fraction = 1")
            query, values = self._query(when, table, wanted)
            cursor.execute(query, values)
            while rows := cursor.fetchmany(AT_ONCE):
                kept = wanted.keep(tables.states(table, rows))
                answers = self._whole_answers(conn, when, reader, table, kept)
                titles = self._titles(conn, when, answers, {one.report for one in kept})
                answer: Callable[[Any], Json] = answers.response
                if table is RECOMMENDATIONS:
                    answer = answers.recommendation
                for one in kept:
                    yield Line(
                        answer(one),
                        titles.get(one.report),
                        tuple(_removed(one, answers.opened)),
                    )

    def _query(self, when: At, table: Table, wanted: Filter) -> tuple[sql.Composed, Json]:
        """What selects the states of a table at the two dates, in order; and its parameters."""
        order = {
            "reports": "report",
            "recommendations": "report, length(key), key, addressee",
            "responses": "report, body",
        }[table.name]
        query = sql.SQL(
            "SELECT one.state FROM {table} AS one WHERE {here} {filters} ORDER BY {order}"
        ).format(
            table=sql.Identifier(tables.SCHEMA, table.name),
            here=HERE.format(one=sql.Identifier("one")),
            filters=wanted.conditions,
            order=sql.SQL(order),
        )
        return query, {**wanted.values, "k": when.position, "d": when.effective_on}

    def _whole_answers(
        self, conn: psycopg.Connection, when: At, reader: LogReader, table: Table, kept: list[Any]
    ) -> Answers:
        if table is RECOMMENDATIONS:
            children = self._listed_children(conn, when, kept)
            return self._answers(conn, when, reader, kept, children)
        improved = improved_later.of_many(conn, when, [(one.report, one.body) for one in kept])
        return self._answers(conn, when, reader, kept, improved=improved)

    def _titles(
        self, conn: psycopg.Connection, when: At, answers: Answers, reports: set[str]
    ) -> dict[str, str]:
        query, values = self._query(when, REPORTS, Filter({"report": sorted(reports)}))
        found = tables.states(REPORTS, conn.execute(query, values).fetchall())
        return {one.report: answers.title(one) for one in found}


def _removed(state: Any, opened: Opened) -> Iterator[str]:
    for said in dict.fromkeys(texts_of(state)):
        if opened.may_read(said) and opened.opening(said) is None:
            yield said.field
