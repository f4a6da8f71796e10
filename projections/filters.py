"""Which recommendations and responses a question is about: for lists and for files alike."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain
from typing import Any, TypedDict

import psycopg
from psycopg import sql

from ledger.service import Service
from ledger.streams import recommendation_stream
from projections import judging, search
from projections.moment import At
from projections.reader import LogReader
from projections.response_state import ResponseState
from projections.search import Places
from projections.state import RecommendationState
from projections.targets import TARGET, Standing
from projections.texts import Opened, texts_of
from projections.verdict_sql import HERE

Opens = Callable[[list[int]], Opened]
"""The texts at these positions, as far as the reader may read them."""


class OfRecommendations(TypedDict, total=False):
    """What recommendations are asked for by."""

    body: str | None
    report: str | None
    kind: str | None
    status: str | None
    target: Standing | None
    q: str | None


class OfResponses(TypedDict, total=False):
    """What responses are asked for by."""

    body: str | None
    report: str | None
    verdict: str | None
    basis: str | None


@dataclass(frozen=True, slots=True)
class Filter:
    """The values wanted of columns of the read model, and what else the database decides; of rows
    that have them, those to keep."""

    columns: dict[str, Sequence[str]]
    keep: Callable[[Sequence[Any]], list[Any]] = list
    also: sql.Composable | None = None
    more: Mapping[str, Any] = field(default_factory=dict)
    """The parameters of `also` and `joined`."""
    joined: sql.Composable = field(default_factory=lambda: sql.SQL(""))
    """What `also` needs beside a row called `one`."""

    @property
    def conditions(self) -> sql.Composable:
        """What the database decides of a row called `one`, to follow another condition."""
        equal = [
            sql.SQL("AND {} = ANY ({})").format(sql.Identifier("one", name), sql.Placeholder(name))
            for name in self.columns
        ]
        return sql.SQL(" ").join([*equal, self.also or sql.SQL("")])

    @property
    def values(self) -> dict[str, Any]:
        """The parameters of these conditions."""
        return {**{name: list(value) for name, value in self.columns.items()}, **self.more}


def recommendations(
    conn: psycopg.Connection,
    when: At,
    reader: LogReader,
    service: Service,
    opens: Opens,
    asked: OfRecommendations,
) -> Filter:
    """`q` looks for words in what the answer says of one (its text, passages, questions, claims,
    notes) and in its updates and assurances, as far as the reader may read them."""
    columns = _equal(asked, "report", "kind", "status")
    if body := asked.get("body"):
        columns["addressee"] = bodies_of(service, body)
    target, words = asked.get("target"), (asked.get("q") or "").strip()
    found = search.places(conn, words, when.position) if words else {}
    if words:
        reports = {stream.split("/")[1] for stream in found}
        columns["report"] = sorted(reports & set(columns.get("report", reports)))

    def keep(rows: Sequence[RecommendationState]) -> list[RecommendationState]:
        kept = list(rows)
        if words:
            kept = [one for one in kept if _stream(one) in found]
            opened = opens([place[0] for one in kept for place in found[_stream(one)]])
            kept = [one for one in kept if _says(one, found[_stream(one)], opened, reader, when)]
        return kept

    return Filter(columns, keep, TARGET[target] if target else None)


def responses(when: At, service: Service, asked: OfResponses) -> Filter:
    """Verdict and basis are those of the day asked about."""
    columns = _equal(asked, "report")
    if body := asked.get("body"):
        columns["body"] = bodies_of(service, body)
    word, basis = asked.get("verdict"), asked.get("basis")

    def keep(rows: Sequence[ResponseState]) -> list[ResponseState]:
        if word is None and basis is None:
            return list(rows)
        kept = []
        for one in rows:
            found = judging.verdict(one, when.effective_on)
            if word in (None, found.verdict) and basis in (None, found.basis):
                kept.append(one)
        return kept

    return Filter(columns, keep)


def reports_of(bodies: Sequence[str]) -> Filter:
    """Reports with a recommendation to, or a duty of, one of these bodies."""
    here = HERE.format(one=sql.Identifier("r"))
    concerned = sql.SQL(
        """
        AND one.report IN (
            SELECT r.report FROM projections.recommendations AS r
             WHERE r.addressee = ANY (%(bodies)s) AND {here}
            UNION
            SELECT r.report FROM projections.responses AS r
             WHERE r.body = ANY (%(bodies)s) AND {here})
        """
    ).format(here=here)
    return Filter({}, also=concerned, more={"bodies": list(bodies)})


def bodies_of(service: Service, body: str) -> list[str]:
    """The bodies whose matters concern a body: itself, its force, who answers for it, and those
    that any of these follows, since it took on what they owed."""
    registered = service.bodies.get(body)
    found = {body}
    if registered is not None and registered.force:
        found.add(registered.force)
    found |= {one.id for one in service.responders_for(body)}
    return sorted(service.with_predecessors(found))


def _equal(asked: OfRecommendations | OfResponses, *names: str) -> dict[str, Sequence[str]]:
    values: Mapping[str, object] = asked
    return {name: [str(values[name])] for name in names if values.get(name) is not None}


def _stream(one: RecommendationState) -> str:
    return recommendation_stream(one.report, one.key, one.addressee)


def _says(
    one: RecommendationState, places: Places, opened: Opened, reader: LogReader, when: At
) -> bool:
    """Whether it has a text at one of these places that the reader may read: a word in another
    is not found, not even counted."""
    return any(
        (said.position, said.field) in places and opened.may_read(said)
        for said in chain(texts_of(one), search.told(reader, when, _stream(one)))
    )
