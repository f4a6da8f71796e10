"""The days of a body for its calendar: due dates of responses, targets, dates for replies, and
meetings of its panel. A day that was set aside stays among them, marked as called off."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Set
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from functools import partial
from itertools import groupby
from operator import attrgetter
from typing import Any, Literal

from psycopg import sql

from ledger import dates
from ledger.events import MeetingHeld
from ledger.events.recommendation import Kind
from ledger.events.response import RESPONSE
from ledger.events.streams import response_stream
from ledger.states.effect import in_effect
from ledger.states.service import Service
from projections import log_parts
from projections.answers.response import asked_by
from projections.questions.filters import bodies_of
from projections.questions.lists import titles_of
from projections.questions.question import Question, recorded_at
from projections.read_models import tables
from projections.read_models.tables import RECOMMENDATIONS, RESPONSES, Table
from projections.states.values import JudgedResponse, RecommendationState

What = Literal["response", "target", "reply", "meeting"]
Standing = Literal["open", "done", "set_aside", "to_confirm"]


@dataclass(frozen=True, slots=True)
class Deadline:
    """A day, and the matter that is due on it."""

    what: What
    id: str
    """The stream of the matter, with the name of a duty other than the response; for a reply, the
    entry that asked for it."""
    on: date
    """For a target that is a month or a year: the last day that it can mean."""
    standing: Standing
    """`done`: what was due is recorded, however late, so no reminder is needed. `set_aside`: it is
    not due, or its matter was set aside. `to_confirm`: the day was worked out from words and has to
    be confirmed again."""
    body: str
    """The body that owes the response, was addressed or was asked; or the panel that meets."""
    page: str
    """The path of the page about it."""
    report: str | None = None
    name: str = RESPONSE
    """The name of the duty, for a response."""
    number: str | None = None
    kind: Kind | None = None
    nobody_looked: bool = False
    """True if no response is recorded, and nobody has said that they looked for one."""
    counting: str | None = None
    """How the last day of a response was counted, or that a target was worked out from words."""
    position: int = field(default=0, compare=False)
    """The position of the entry that made it as it is. It rises with every change."""


@dataclass(frozen=True, slots=True)
class Deadlines:
    """The days of a body in order, with the names that describe them."""

    days: list[Deadline]
    titles: Mapping[str, str]
    """The titles of the reports, as last known."""
    name: Callable[[str], str]
    """Returns the name of a body."""
    recorded_at: Mapping[int, datetime]
    """The moments at which the entries at the days' positions were recorded."""


def of_body(question: Question, body: str) -> Deadlines:
    """Return the days of a body, and of the bodies whose matters concern it
    (`filters.bodies_of`)."""
    lists = question.listed
    bodies = bodies_of(lists.register, body)
    holders = {*bodies, *lists.register.followers_ever(body)}
    rows = [
        *_rows(lists, RESPONSES, "body", bodies),
        *_rows(lists, RECOMMENDATIONS, "addressee", bodies),
    ]
    found = [
        deadline
        for _, versions in groupby(rows, key=attrgetter("subject"))
        for deadline in _followed(versions, lists, partial(_is_of, lists.register, holders))
    ]
    panels = {lists.register.bodies[one].panel for one in bodies if one in lists.register.bodies}
    for panel in sorted({one for one in (*panels, *bodies) if one is not None}):
        found += _meetings(lists, panel)
    titles = titles_of(lists, {one.report for one in found if one.report})
    found.sort(key=lambda one: (one.on, one.what, one.id))
    times = recorded_at(lists.conn, {one.position for one in found})
    return Deadlines(found, titles, lists.register.name, times)


@dataclass(frozen=True, slots=True)
class _Row:
    """A response or a recommendation as known from one position up to another."""

    subject: tuple[str, ...]
    state: JudgedResponse | RecommendationState
    known_from: int
    known_to: int


def _rows(lists: Question, table: Table, column: str, bodies: list[str]) -> Iterator[_Row]:
    """Yield every state that the matters of some bodies have had by the day asked about: subject by
    subject, in the order in which each came to be known."""
    key = sql.SQL(", ").join(sql.Identifier("one", name) for name in table.key)
    rows = lists.conn.execute(
        sql.SQL(
            """
            SELECT DISTINCT ON ({key}, one.known_from) one.state, one.known_from, one.known_to
              FROM {table} AS one
             WHERE one.{column} = ANY (%(bodies)s)
               AND one.known_from <= %(k)s AND one.effective_from <= %(d)s
             ORDER BY {key}, one.known_from, one.effective_from DESC
            """
        ).format(
            key=key,
            table=sql.Identifier(tables.SCHEMA, table.name),
            column=sql.Identifier(column),
        ),
        {"bodies": bodies, **lists.dates},
    )
    for text, known_from, known_to in rows:
        state = tables.decoded(table, text)
        subject = tuple(getattr(state, name) for name in table.key)
        yield _Row(subject, state, known_from, known_to)


def _is_of(
    register: Service, holders: Set[str], state: JudgedResponse | RecommendationState
) -> bool:
    """Return whether a matter stays with, or passes to, one of some bodies (`holders`). A response
    of a divided body can pass to another one."""
    if not isinstance(state, JudgedResponse) or not state.line:
        return True
    divided = [n for n, one in enumerate(state.line) if len(register.successions.get(one, ())) > 1]
    since = state.line[divided[0] + 1 :] if divided else ()
    return not since or not holders.isdisjoint(since)


def _followed(
    rows: Iterable[_Row],
    lists: Question,
    is_theirs: Callable[[JudgedResponse | RecommendationState], bool],
) -> Iterable[Deadline]:
    """Return the days of one response or recommendation as last known. `rows` are its states in
    order."""
    there: dict[str, Deadline] = {}
    gone = None
    for row in rows:
        said = {one.id: one for one in _days(row.state)} if is_theirs(row.state) else {}
        for name in there.keys() - said.keys():
            said[name] = replace(there[name], standing="set_aside")
        there = {
            name: there[name] if there.get(name) == one else replace(one, position=row.known_from)
            for name, one in said.items()
        }
        gone = row.known_to if row.known_to <= lists.when.position else None
    if gone is None:
        return there.values()
    return [
        one if one.standing == "set_aside" else replace(one, standing="set_aside", position=gone)
        for one in there.values()
    ]


def _days(state: JudgedResponse | RecommendationState) -> Iterator[Deadline]:
    if isinstance(state, JudgedResponse):
        yield from _of_response(state)
    else:
        yield from _of_recommendation(state)


def _of_response(state: JudgedResponse) -> Iterator[Deadline]:
    found = state.found
    if (due_on := found.due_on) is None:
        return
    is_open = found.between is None or found.verdict in ("not_due", "due")  # or a part is missing
    standing: Standing = "open" if is_open else "done"
    if found.verdict == "disapplied":
        standing = "set_aside"
    yield Deadline(
        "response",
        response_stream(state.report, state.body) + asked_by(state.name),
        due_on,
        standing,
        state.body,
        f"/responses/{state.report}/{state.body}{asked_by(state.name)}",
        state.report,
        state.name,
        nobody_looked=found.verdict == "not_looked_for",
        counting=state.counting,
    )


def _of_recommendation(state: RecommendationState) -> Iterator[Deadline]:
    stream = state.stream
    about: dict[str, Any] = {
        "page": f"/{stream.replace('recommendation/', 'recommendations/', 1)}",
        "report": state.report,
        "number": state.number,
        "kind": state.kind,
    }
    over = state.status in ("withdrawn", "superseded")
    if (on := state.target_last) is not None:
        is_open = state.passes_after is not None or state.undated
        done: Standing = "open" if is_open else "done"
        standing: Standing = "set_aside" if over else done
        worked_out = state.dated_targets[-1].worked_out
        how = "Worked out from the words of the report." if worked_out else None
        yield Deadline("target", stream, on, standing, state.addressee, counting=how, **about)
    elif (again := state.target_to_confirm) is not None:
        day = dates.last_day(str(again.on))
        standing = "set_aside" if over else "to_confirm"
        yield Deadline("target", stream, day, standing, state.addressee, **about)
    for line in state.assurances:
        if line.reply_by is not None:
            done = "open" if line.answered_by is None else "done"
            standing = "set_aside" if over and done == "open" else done
            day = dates.last_day(line.reply_by)
            yield Deadline("reply", line.entry, day, standing, line.of, **about)


def _meetings(lists: Question, panel: str) -> Iterator[Deadline]:
    """Yield the meetings of a panel about which anything was recorded. A meeting that was held is
    `done`."""
    found = log_parts.below(lists.conn, lists.when.position, f"meeting/{panel}/")
    entries = sorted(found, key=attrgetter("stream", "position"))
    for stream, group in groupby(entries, key=attrgetter("stream")):
        recorded = list(group)
        here = in_effect(recorded)
        held = any(isinstance(one.data, MeetingHeld) for one in here)
        yield Deadline(
            "meeting",
            stream,
            date.fromisoformat(stream.rpartition("/")[2]),
            "done" if held else "open" if here else "set_aside",
            panel,
            f"/{stream.replace('meeting/', 'meetings/', 1)}",
            position=recorded[-1].position,
        )
