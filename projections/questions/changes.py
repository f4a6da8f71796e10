"""The changes between two moments: of the state of each subject, and by acts on entries.

A stream can have changed if it has an entry in between, or if its verdict or target changed because
time passed. One query finds these streams. They are compared in order, some at a time, until a page
is full.
"""

import re
from collections.abc import Collection, Iterator, Sequence
from itertools import islice
from typing import Any

import psycopg
from msgspec.structs import replace
from psycopg import sql

from ledger.errors import Fault, Unfit
from ledger.events.response import RESPONSE
from ledger.events.streams import key_order
from projections.answers.changes import Changed, ChangesPage, Watched
from projections.answers.changes import Subject as About
from projections.answers.parts import Links
from projections.answers.response import asked_by
from projections.as_of import At
from projections.questions.differences import Found, State, changed, made_by, of_subjects, summary
from projections.questions.filters import bodies_of
from projections.questions.paging import DEFAULT_LIMIT, no_cursor
from projections.questions.question import Question
from projections.questions.report import title
from projections.questions.span import Between
from projections.questions.trail import entries_of_trail
from projections.read_models import tables
from projections.read_models.judged_anew import judged_anew
from projections.read_models.tables import HERE, Subject
from projections.states.values import JudgedResponse, RecommendationState

MOST_ENTRIES = 20_000
"""The most entries between the two moments, if the question names no body, report or meeting."""
DEFAULT_LATE_BY = 14
"""An entry counts as late if it was made more than so many days after its act."""
_AT_ONCE = 50
_HERE_AT = sql.SQL(HERE.as_string().replace("%(k)s", "at.k").replace("%(d)s", "at.d"))
"""The condition that a row called `one` holds for the two dates of a row called `at`."""

_STREAMS = sql.SQL("""
    WITH entered (stream, with_its_duties) AS MATERIALIZED (
        SELECT stream, bool_or(topic IN ('entry-corrected', 'entry-retracted', 'report-taken-over'))
          FROM ledger.entries
         WHERE position > %(first)s AND position <= %(k)s AND {of_entries}
         GROUP BY stream
    ), found (stream) AS (
        SELECT stream FROM entered
        UNION
        -- Duties come and go with their report, without an entry of their own.
        SELECT 'response/' || one.report || '/' || one.body FROM projections.responses AS one
         WHERE one.report IN (SELECT substr(stream, 8) FROM entered
                               WHERE with_its_duties AND stream ^@ 'report/')
        UNION
        -- An act on the register judges all responses of some bodies anew.
        SELECT 'response/' || one.report || '/' || one.body FROM projections.responses AS one
         WHERE one.body = ANY (%(judged_anew)s) AND one.known_from <= %(k)s AND {of_responses}
        UNION
        -- Time alone turns a verdict: the row that holds in the end holds since a later day.
        SELECT 'response/' || one.report || '/' || one.body FROM projections.responses AS one
         WHERE {here} AND one.effective_from > %(d1)s AND {of_responses}
        UNION
        SELECT 'recommendation/' || one.report || '/' || one.key || '/' || one.addressee
          FROM projections.recommendations AS one
         WHERE {here} AND one.passes_after >= %(d1)s AND one.passes_after < %(d)s
           AND {of_recommendations}
    )
    SELECT stream FROM found WHERE {of_streams}
""")
_OF_SUBJECTS = sql.SQL("stream ^@ ANY ('{report/,response/,recommendation/,meeting/}'::text[])")
_OF_REPORT = sql.SQL("""
    (stream = 'report/' || %(report)s::text
     OR stream > 'response/' || %(report)s || '/' AND stream < 'response/' || %(report)s || '0'
     OR stream > 'recommendation/' || %(report)s || '/'
        AND stream < 'recommendation/' || %(report)s || '0')
""")
# As an array, so that entries are read by their positions. Else the planner would join the two, and
# read all entries between the moments.
_CONCERNING = sql.SQL("""
    position = ANY (ARRAY(SELECT position FROM projections.concerns
                           WHERE body = ANY (%(bodies)s)
                             AND position > %(first)s AND position <= %(k)s AND since <= %(k)s))
""")
# One row for each report is enough. With EXISTS the planner would read all rows of the bodies.
_THEIRS = sql.SQL("""
    CASE split_part(stream, '/', 1)
    WHEN 'meeting' THEN true
    WHEN 'report' THEN
        (SELECT 1 FROM projections.responses AS one
          WHERE one.report = substr(stream, 8) AND one.body = ANY (%(bodies)s)
            AND one.known_from <= %(k)s LIMIT 1) IS NOT NULL
        OR (SELECT 1 FROM projections.recommendations AS one
             WHERE one.report = substr(stream, 8) AND one.addressee = ANY (%(bodies)s)
               AND one.known_from <= %(k)s LIMIT 1) IS NOT NULL
    ELSE split_part(stream, '/', -1) = ANY (%(bodies)s)
    END
""")


def streams_between(
    conn: psycopg.Connection,
    asked: Between,
    bodies: Sequence[str] | None,
    report: str | None,
    judged_anew: Collection[str] = (),
) -> list[str]:
    """Return the streams that can have changed, in order; only those of these bodies or of this
    report, if given. A report concerns every body with a duty or recommendation in it.
    `judged_anew` are the bodies whose responses an act on the register had judged anew."""
    of_entries = [_OF_SUBJECTS if report is None else _OF_REPORT]
    of_responses = [sql.SQL("true")]
    of_recommendations = [sql.SQL("true")]
    of_streams = sql.SQL("true")
    if report is not None:
        of_responses.append(sql.SQL("one.report = %(report)s"))
        of_recommendations.append(sql.SQL("one.report = %(report)s"))
    if bodies is not None:
        of_entries.append(_CONCERNING)
        of_responses.append(sql.SQL("one.body = ANY (%(bodies)s)"))
        of_recommendations.append(sql.SQL("one.addressee = ANY (%(bodies)s)"))
        of_streams = _THEIRS
    both = sql.SQL(" AND ")
    query = _STREAMS.format(
        of_entries=both.join(of_entries),
        of_responses=both.join(of_responses),
        of_recommendations=both.join(of_recommendations),
        of_streams=of_streams,
        here=HERE.format(one=sql.Identifier("one")),
    )
    given = {
        "first": asked.first.position,
        "k": asked.second.position,
        "d1": asked.first.effective_on,
        "d": asked.second.effective_on,
        "bodies": bodies,
        "report": report,
        "judged_anew": sorted(judged_anew),
    }
    return sorted((name for (name,) in conn.execute(query, given).fetchall()), key=place)


def place(stream: str) -> tuple[Any, ...]:
    """Return the sort key of a stream among changes. They are ordered by report: the report itself,
    its responses, then its recommendations by number. Meetings come last."""
    kind, *parts = stream.split("/")
    if kind == "meeting":
        return (1, *parts)
    rank = ("report", "response", "recommendation").index(kind)
    key = parts[1] if rank == 2 else ""
    return (0, parts[0], rank, key_order(key), key, parts[-1])


def changes(
    question: Question,
    asked: Between,
    *,
    body: str | None = None,
    report: str | None = None,
    late_by: int = DEFAULT_LATE_BY,
    after: str | None = None,
    limit: int = DEFAULT_LIMIT,
) -> ChangesPage:
    """Return the changes, by report, each with the entries that made it, or because time passed.
    The question is asked at the second of the two moments."""
    first, second = asked.first, asked.second
    cursor = _cursor(after)
    named = _streams(question, asked, body, report)
    if cursor is not None:
        start = place(cursor[0])
        named = [name for name in named if place(name) >= start]
    backfill = 0
    found: list[Found] = []
    for name, changes, passed_over in _looked_at(question, asked, iter(named), late_by):
        backfill += passed_over
        if cursor is not None and name == cursor[0]:
            changes = changes[cursor[1] :]
        found += changes
        if len(found) > limit:
            break
    here, more = found[:limit], len(found) > limit
    return ChangesPage(
        from_=first.as_of,
        to=second.as_of,
        since_meeting=asked.meeting,
        late_by=late_by,
        items=_told(question, here),
        next=f"{here[-1].stream}~{here[-1].number}" if more else None,
        backfill_left_out=backfill,
        as_of=second.as_of,
    )


def all_changes(
    question: Question,
    asked: Between,
    *,
    body: str | None = None,
    report: str | None = None,
    late_by: int = DEFAULT_LATE_BY,
) -> Iterator[Changed]:
    """Yield all changes, as the pages of `changes` have them."""
    named = _streams(question, asked, body, report)
    for _, changes, _ in _looked_at(question, asked, iter(named), late_by):
        yield from _told(question, changes)


def _streams(question: Question, asked: Between, body: str | None, report: str | None) -> list[str]:
    """Return the streams that can have changed, in order. Raise Unfit for a question about
    everybody that is too wide."""
    if body is None and report is None and asked.meeting is None:
        _check_span(asked)
    bodies = bodies_of(question.register, body) if body is not None else None
    return streams_between(question.conn, asked, bodies, report, _judged_anew(question, asked))


def _check_span(asked: Between) -> None:
    """Refuse a question about everybody over more than MOST_ENTRIES entries."""
    many = asked.second.position - asked.first.position
    if many > MOST_ENTRIES:
        sentence = (
            f"There are {many:,} entries between the two moments. What changed for everybody is "
            f"answered for {MOST_ENTRIES:,} at most. Narrow it: name a body or a report, or give a "
            "later from or an earlier to."
        )
        raise Unfit(sentence, Fault("from", sentence))


def _judged_anew(question: Question, asked: Between) -> set[str]:
    """Return the bodies all of whose responses were judged anew between the two moments, because of
    acts on the register."""
    log, second = question.log, asked.second.position
    acts = (one for one in log.timeline.ties(second) if one.position > asked.first.position)
    return {body for one in acts for body in judged_anew(one, log)}


def _looked_at(
    question: Question, asked: Between, named: Iterator[str], late_by: int
) -> Iterator[tuple[str, list[Found], int]]:
    """Yield each stream with its changes, and the number of backfill entries that were left out."""
    log = question.log
    while batch := list(islice(named, _AT_ONCE)):
        log.read_ahead({one for name in batch for one in log.rests_on(name)})
        subjects = of_subjects(batch, log, asked.second.position)
        before, after = _states(question.conn, (asked.first, asked.second), subjects)
        for name in batch:
            yield (name, *changed(log, asked, name, before, after, late_by))


def _told(question: Question, found: Sequence[Found]) -> list[Changed]:
    log, position = question.log, question.when.position
    names = sorted({one.stream for one in found if one.entry is not None})
    entries = [entry for name in names for entry in log.stream(name, position)]
    trails = {one.id: one for one in entries_of_trail(question, entries)}
    items = []
    for one in found:
        made = made_by(log, one, position)
        items.append(
            Changed(
                change=one.change.word,
                about=_about(question, one),
                from_=_with_names(question, one.change.before),
                to=_with_names(question, one.change.after),
                because="entries" if made else "time passed",
                entries=[summary(entry) for entry in made],
                entry=trails[one.entry.id] if one.entry else None,
                target=summary(one.target) if one.target else None,
            )
        )
    return items


def _with_names(question: Question, told: Watched | None) -> Watched | None:
    """Return a subject's state with the names of the decider and of the reporter."""
    if told is None or not (decided := told.decided):
        return told
    name = question.register.name
    teller = decided.recorded_by.partition("/")[0]
    return replace(
        told,
        decided=replace(
            decided,
            by_name=name(decided.by) if decided.by else None,
            reported_by_name=name(teller) if decided.provenance == "reported" else None,
        ),
    )


def _about(question: Question, found: Found) -> About:
    kind, *parts = found.stream.split("/")
    name, state = question.register.name, found.state
    path = f"/{kind}s/{'/'.join(parts)}"
    links = Links(self=f"/api{path}", page=path)
    if kind == "meeting":
        panel, day = parts
        return About(type="meeting", panel=panel, panel_name=name(panel), date=day, links=links)
    report, titled = parts[0], title(question, parts[0])
    if kind == "response":
        duty = state.name if isinstance(state, JudgedResponse) else RESPONSE
        by = asked_by(duty)
        return About(
            type="response",
            report=report,
            report_title=titled,
            body=parts[1],
            body_name=name(parts[1]),
            name=duty,
            links=Links(self=f"{links.self}{by}", page=f"{links.page}{by}"),
        )
    if kind == "recommendation":
        raised = state if isinstance(state, RecommendationState) else None
        return About(
            type="recommendation",
            report=report,
            report_title=titled,
            number=raised.number if raised else parts[1],
            key=parts[1],
            kind=raised.kind if raised else "recommendation",
            addressee=parts[2],
            addressee_name=name(parts[2]),
            links=links,
        )
    return About(type="report", report=report, report_title=titled, links=links)


def _cursor(after: str | None) -> tuple[str, int] | None:
    if after is None:
        return None
    stream, _, number = after.rpartition("~")
    parts = stream.split("/")
    many = {"report": 2, "response": 3, "recommendation": 4, "meeting": 3}.get(parts[0])
    if len(parts) != many or not re.fullmatch("[0-9]{1,9}", number):
        raise no_cursor(after)
    return stream, int(number)


def _states(
    conn: psycopg.Connection, moments: Sequence[At], subjects: Sequence[Subject]
) -> list[dict[Subject, State]]:
    """Return the states of these subjects at each of some moments. A subject that did not exist
    then is missing."""
    found: list[dict[Subject, State]] = [{} for _ in moments]
    by_table: dict[str, list[Subject]] = {}
    for subject in subjects:
        by_table.setdefault(subject[0].name, []).append(subject)
    if not by_table:
        return found
    each: list[sql.Composed] = []
    given: dict[str, Any] = {
        "k": [one.position for one in moments],
        "d": [one.effective_on for one in moments],
    }
    for name, wanted in by_table.items():
        table = wanted[0][0]
        key = sql.SQL(", ").join(map(sql.Identifier, table.key))
        columns = {
            f"{name}_{part}": [of[n] for _, of in wanted] for n, part in enumerate(table.key)
        }
        each.append(
            sql.SQL(
                "SELECT {name} AS name, ARRAY[{key}] AS key, one.state, at.nth"
                "  FROM unnest({args}) AS wanted ({key}) JOIN {table} AS one USING ({key})"
                "  JOIN unnest(%(k)s::bigint[], %(d)s::date[]) WITH ORDINALITY AS at (k, d, nth)"
                "    ON {here}"
            ).format(
                name=sql.Literal(name),
                key=key,
                args=sql.SQL(", ").join(
                    sql.SQL("{}::text[]").format(sql.Placeholder(one)) for one in columns
                ),
                table=sql.Identifier(tables.SCHEMA, name),
                here=_HERE_AT.format(one=sql.Identifier("one")),
            )
        )
        given |= columns
    rows = conn.execute(sql.SQL(" UNION ALL ").join(each), given).fetchall()
    by_name = {table.name: table for table in tables.TABLES}
    for name, key, text, nth in rows:
        subject = by_name[name], tuple(key)
        found[nth - 1][subject] = tables.decoded(subject[0], text)
    return found
