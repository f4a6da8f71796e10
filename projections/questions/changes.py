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

from ledger.errors import Fault, Unfit
from ledger.events.response import RESPONSE
from projections import offices
from projections.answers.answers import Json, asked_by
from projections.moment import At, Between
from projections.questions import candidates
from projections.questions.differences import Found, State, changed, made_by, of_subjects, summary
from projections.questions.filters import bodies_of
from projections.questions.lists import DEFAULT_LIMIT
from projections.questions.one import entries_of_trail, title
from projections.questions.question import Question
from projections.states.values import RecommendationState, ResponseState
from projections.tables import tables
from projections.tables.tables import RESPONSES, Subject
from projections.verdict.sql import HERE

DEFAULT_LATE_BY = 14
"""Days after which an entry counts as made long after what it tells of happened."""
_AT_ONCE = 50


def changes(
    question: Question,
    asked: Between,
    *,
    body: str | None = None,
    report: str | None = None,
    late_by: int = DEFAULT_LATE_BY,
    after: str | None = None,
    limit: int = DEFAULT_LIMIT,
) -> Json:
    """What changed, by report; each with the entries that did it, or that time passed. The
    question is asked at the second of the two moments."""
    first, second = asked.first, asked.second
    bodies = bodies_of(question.register, body) if body is not None else None
    cursor = _cursor(after)
    named = candidates.streams_between(
        question.conn,
        asked,
        bodies,
        report,
        cursor[0] if cursor else None,
        _ended_otherwise(question, asked),
    )
    backfill = 0
    found: list[Found] = []
    for name, changes, passed_over in _looked_at(question, asked, named, late_by):
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
        "items": _told(question, here),
        "next": f"{here[-1].stream}~{here[-1].number}" if more else None,
        "backfill_left_out": backfill,
        "as_of": second.as_of,
    }


def _ended_otherwise(question: Question, asked: Between) -> set[str]:
    """The bodies of which it is known otherwise at the second moment when their office ended."""
    on, register = asked.second.effective_on, question.log.register
    was, now = (
        offices.ended(register(at, on)) for at in (asked.first.position, asked.second.position)
    )
    return {body for body in was.keys() | now.keys() if was.get(body) != now.get(body)}


def _looked_at(
    question: Question, asked: Between, named: Iterator[str], late_by: int
) -> Iterator[tuple[str, list[Found], int]]:
    """Each stream with what changed of it, and how much backfill was passed over."""
    log = question.log
    while batch := list(islice(named, _AT_ONCE)):
        names = {one for name in batch for one in log.rests_on(name)}
        log.read_ahead(names)
        subjects = of_subjects(batch, log, asked.second.position)
        names |= log.read_listed_ahead(
            ((key[1], key[0]) for table, key in subjects if table is RESPONSES),
            asked.second.position,
        )
        log.read_captures_ahead(log.at_hand(names))
        before = _states(question.conn, asked.first, subjects)
        after = _states(question.conn, asked.second, subjects)
        for name in batch:
            yield (name, *changed(log, asked, name, before, after, late_by))


def _told(question: Question, found: Sequence[Found]) -> list[Json]:
    log, position = question.log, question.when.position
    names = sorted({one.stream for one in found if one.entry is not None})
    entries = [entry for name in names for entry in log.stream(name, position)]
    trails = {one["id"]: one for one in entries_of_trail(question, entries)}
    items = []
    for one in found:
        made = made_by(log, one, position)
        items.append(
            {
                "change": one.change.word,
                "about": _about(question, one),
                "from": one.change.before,
                "to": one.change.after,
                "because": "entries" if made else "time passed",
                "entries": [summary(entry) for entry in made],
                "entry": trails[one.entry.id] if one.entry else None,
                "target": summary(one.target) if one.target else None,
            }
        )
    return items


def _about(question: Question, found: Found) -> Json:
    kind, *parts = found.stream.split("/")

    bodies = question.register.bodies

    def name(body: str) -> str:
        return bodies[body].name if body in bodies else body

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
    about: Json = {"type": kind, "report": parts[0], "report_title": title(question, parts[0])}
    if kind == "response":
        there = found.state
        duty = there.name if isinstance(there, ResponseState) else RESPONSE
        about |= {"body": parts[1], "body_name": name(parts[1]), "name": duty}
        links = {of: f"{one}{asked_by(duty)}" for of, one in links.items()}
    if kind == "recommendation":
        state = found.state
        raised = state if isinstance(state, RecommendationState) else None
        about |= {
            "number": raised.number if raised else parts[1],
            "key": parts[1],
            "kind": raised.kind if raised else "recommendation",
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
    if not by_table:
        return {}
    each: list[sql.Composed] = []
    given: dict[str, Any] = {"k": when.position, "d": when.effective_on}
    for name, wanted in by_table.items():
        table = wanted[0][0]
        key = sql.SQL(", ").join(map(sql.Identifier, table.key))
        columns = {
            f"{name}_{part}": [of[n] for _, of in wanted] for n, part in enumerate(table.key)
        }
        each.append(
            sql.SQL(
                "SELECT {name} AS name, ARRAY[{key}] AS key, one.state"
                "  FROM unnest({args}) AS wanted ({key}) JOIN {table} AS one USING ({key})"
                " WHERE {here}"
            ).format(
                name=sql.Literal(name),
                key=key,
                args=sql.SQL(", ").join(
                    sql.SQL("{}::text[]").format(sql.Placeholder(one)) for one in columns
                ),
                table=sql.Identifier(tables.SCHEMA, name),
                here=HERE.format(one=sql.Identifier("one")),
            )
        )
        given |= columns
    rows = conn.execute(sql.SQL(" UNION ALL ").join(each), given).fetchall()
    by_name = {table.name: table for table in tables.TABLES}
    return {
        (by_name[name], tuple(key)): tables.decoded(by_name[name], state)
        for name, key, state in rows
    }
