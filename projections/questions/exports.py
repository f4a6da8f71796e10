"""Every recommendation or response of one moment, one after the other: for files of any size.

Read in batches, so that memory stays flat; the rows of a moment do not change while it lasts.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Literal

from psycopg import sql

from projections.answers.answers import Json
from projections.answers.texts import Opened, texts_of
from projections.questions import filters
from projections.questions.filters import Filter, OfRecommendations, OfResponses
from projections.questions.lists import (
    RECOMMENDATIONS_IN_ORDER,
    RESPONSES_IN_ORDER,
    Order,
    answers_of,
    titles,
)
from projections.questions.question import Question
from projections.tables import tables
from projections.tables.tables import RECOMMENDATIONS, RESPONSES, Table
from projections.verdict.sql import HERE

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


def each_recommendation(question: Question, asked: OfRecommendations) -> Iterator[Line]:
    """Recommendations in the order of the list, with its filters."""
    lists = question.listed
    wanted = filters.recommendations(lists, asked)
    return _lines(lists, RECOMMENDATIONS, RECOMMENDATIONS_IN_ORDER, wanted)


def each_response(question: Question, asked: OfResponses) -> Iterator[Line]:
    """Responses owed, in the order of the list, with its filters."""
    lists = question.listed
    return _lines(lists, RESPONSES, RESPONSES_IN_ORDER, filters.responses(lists, asked))


def _lines(lists: Question, table: Table, order: Order, wanted: Filter) -> Iterator[Line]:
    conn = lists.conn
    with conn.transaction(), conn.cursor(name="export") as cursor:
        # All are wanted: for the first tenth the planner would look among those of every body.
        conn.execute("SET LOCAL cursor_tuple_fraction = 1")
        query, values = selecting(lists, table, order, wanted)
        cursor.execute(query, values)
        while rows := cursor.fetchmany(AT_ONCE):
            kept = wanted.keep(tables.states(table, rows))
            answers = answers_of(lists, table, kept)
            named = titles(lists, (one.report for one in kept))
            answer: Callable[[Any], Json] = answers.response
            if table is RECOMMENDATIONS:
                answer = answers.recommendation
            for one in kept:
                yield Line(answer(one), named.get(one.report), tuple(_removed(one, answers.opened)))


def selecting(
    lists: Question, table: Table, order: Order, wanted: Filter
) -> tuple[sql.Composed, Json]:
    """What selects the states of a table at the two dates, in order; and its parameters."""
    query = sql.SQL(
        "SELECT one.state FROM {table} AS one {joined} WHERE {here} {filters} ORDER BY {order}"
    ).format(
        table=sql.Identifier(tables.SCHEMA, table.name),
        joined=wanted.joined,
        here=HERE.format(one=sql.Identifier("one")),
        filters=wanted.whole,
        order=sql.SQL(order.by),
    )
    return query, {**wanted.values, **lists.dates}


def _removed(state: Any, opened: Opened) -> Iterator[str]:
    for said in dict.fromkeys(texts_of(state)):
        if opened.is_gone(said):
            yield said.field
