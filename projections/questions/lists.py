"""Questions about many, answered from the read models: lists, panels' meetings among them, each
with filters and a cursor, cut into pages by the database; and a search by words, whose rest the
lists have."""

import re
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import islice
from typing import Any, Unpack

import psycopg
from psycopg import sql

from ledger.dates import is_exact, rfc3339
from ledger.errors import Fault, Unfit
from ledger.events import ListCompared, MeetingHeld, PaperIssued, RecommendationReviewed
from ledger.events.entry import Entry, to_plain
from ledger.events.recommendation import CAUSES
from ledger.events.response import RESPONSE
from ledger.events.streams import (
    BODY_ID,
    KEY,
    REFERENCE,
    SERVICE,
    RecommendationId,
    key_of,
    key_order,
    meeting_stream,
)
from ledger.states.effect import CapturedOn, Known, happened, in_effect
from projections.answers import Answers, Json
from projections.answers.register import in_office
from projections.moment import At
from projections.questions import filters, improvements
from projections.questions.filters import Filter, OfRecommendations, OfReports, OfResponses
from projections.questions.question import Question
from projections.states.values import RecommendationState, ReportState
from projections.tables import tables
from projections.tables.tables import HERE, RECOMMENDATIONS, REPORTS, RESPONSES, Table

DEFAULT_LIMIT = 50
MOST = 500
COUNTED = 10_000
"""So many are counted; of more it is said that they are more."""
_LISTED = (
    "report",
    "title",
    "kind",
    "publisher",
    "publisher_name",
    "publishers",
    "published_on",
    "basis",
    "links",
)


@dataclass(frozen=True, slots=True)
class Order:
    """An order of a read model's rows, and where a cursor stands in it."""

    by: str
    """The columns, as the index has them."""
    down: bool
    place: str
    """What a cursor's parameters come to, to be compared with the columns."""
    of: Callable[[str], dict[str, Any]]
    """The parameters of a cursor."""
    by_report: bool = False
    """Whether the rows are about reports and in their order: then only reports that are there at
    the two dates are looked into, however many others lie between them."""


def _of_recommendation(cursor: str) -> dict[str, Any]:
    report, key, addressee = _parts(cursor, REFERENCE, KEY, BODY_ID)
    return {
        "after_report": report,
        "after_order": key_order(key),
        "after_key": key,
        "after_addressee": addressee,
    }


def _of_response(cursor: str) -> dict[str, Any]:
    cursor = cursor if cursor.count("/") > 1 else f"{cursor}/{RESPONSE}"
    report, body, name = _parts(cursor, REFERENCE, BODY_ID, BODY_ID)
    return {"after_report": report, "after_body": body, "after_name": name}


def _of_report(cursor: str) -> dict[str, Any]:
    (report,) = _parts(cursor, REFERENCE)
    return {"after_report": report}


def _parts(cursor: str, *forms: re.Pattern[str]) -> list[str]:
    parts = cursor.split("/")
    if len(parts) != len(forms) or not all(map(re.fullmatch, forms, parts)):
        raise no_cursor(cursor)
    return parts


def no_cursor(cursor: str) -> Unfit:
    sentence = f"“{cursor[:80]}” is no cursor: give the one that the last page gave as next."
    return Unfit(sentence, Fault("after", sentence))


RECOMMENDATIONS_IN_ORDER = Order(
    "one.report, one.key_order, one.key, one.addressee",
    False,
    "%(after_report)s, %(after_order)s, %(after_key)s, %(after_addressee)s",
    _of_recommendation,
    by_report=True,
)
RESPONSES_IN_ORDER = Order(
    "one.report, one.body, one.name",
    False,
    "%(after_report)s, %(after_body)s, %(after_name)s",
    _of_response,
    by_report=True,
)
REPORTS_NEWEST_FIRST = Order(
    "one.published_text, one.report",
    True,
    """(SELECT c.published_text FROM projections.reports AS c
         WHERE c.report = %(after_report)s AND {here}), %(after_report)s""",
    _of_report,
)


def page(
    conn: psycopg.Connection,
    when: At,
    table: Table,
    order: Order,
    wanted: Filter,
    after: str | None,
    limit: int,
) -> tuple[list[Any], bool]:
    """At most `limit` states after a cursor that fit, and whether more follow.

    What the database cannot decide (`wanted.keep`) is decided here, batch by batch.
    """
    found: list[Any] = []
    cursor = order.of(after) if after else None
    if after and order is REPORTS_NEWEST_FIRST and not _is_there(conn, when, table, after):
        raise no_cursor(after)  # its day, by which they are in order, is not known
    start = 0
    while True:
        rows = _rows(conn, when, table, order, wanted, cursor, limit + 1, start)
        found += wanted.keep(tables.states(table, rows))
        if len(found) > limit or len(rows) <= limit:
            return found[:limit], len(found) > limit
        start += len(rows)


def _is_there(conn: psycopg.Connection, when: At, table: Table, report: str) -> bool:
    query = sql.SQL("SELECT FROM {table} AS one WHERE one.report = %(report)s AND {here}").format(
        table=sql.Identifier(tables.SCHEMA, table.name),
        here=HERE.format(one=sql.Identifier("one")),
    )
    dates = {"k": when.position, "d": when.effective_on}
    return conn.execute(query, {"report": report, **dates}).fetchone() is not None


def _rows(
    conn: psycopg.Connection,
    when: At,
    table: Table,
    order: Order,
    wanted: Filter,
    cursor: dict[str, Any] | None,
    many: int,
    start: int,
) -> Sequence[tuple[Any, ...]]:
    after: sql.Composable = sql.SQL("")
    if cursor is not None:
        place = sql.SQL(order.place).format(here=HERE.format(one=sql.Identifier("c")))
        sign = sql.SQL("<" if order.down else ">")
        after = sql.SQL("AND ({by}) {sign} ({place})").format(
            by=sql.SQL(order.by), sign=sign, place=place
        )
    columns = order.by.split(", ")
    query = (_BY_REPORT if order.by_report else _AT_ONCE).format(
        table=sql.Identifier(tables.SCHEMA, table.name),
        joined=wanted.joined,
        here=HERE.format(one=sql.Identifier("one")),
        report_here=HERE.format(one=sql.Identifier("r")),
        filters=wanted.conditions,
        after=after,
        of_report=wanted.of_report or sql.SQL(""),
        from_report=sql.SQL("AND r.report >= %(after_report)s" if cursor else ""),
        of_reports=sql.SQL("AND r.report = ANY (%(report)s)" if "report" in wanted.columns else ""),
        columns=sql.SQL(", ").join(
            sql.SQL("{} AS {}").format(sql.SQL(column), sql.Identifier(f"by_{n}"))
            for n, column in enumerate(columns[1:])
        ),
        within=sql.SQL(", ").join(map(sql.SQL, columns[1:])),
        order=sql.SQL(", ").join(
            sql.SQL(f"{column} DESC" if order.down else column) for column in columns
        ),
        found=sql.SQL(", ").join(sql.Identifier("p", f"by_{n}") for n in range(len(columns) - 1)),
    )
    dates = {"k": when.position, "d": when.effective_on}
    return conn.execute(
        query, {**wanted.values, **dates, **(cursor or {}), "many": many, "start": start}
    ).fetchall()


_AT_ONCE = sql.SQL("""
    SELECT one.state FROM {table} AS one {joined} WHERE {here} {filters} {after}
     ORDER BY {order} LIMIT %(many)s OFFSET %(start)s
""")
_BY_REPORT = sql.SQL("""
    SELECT p.state FROM projections.reports AS r
     CROSS JOIN LATERAL (
        SELECT one.state, {columns} FROM {table} AS one {joined}
         WHERE one.report = r.report AND {here} {filters} {after}
         ORDER BY {within} LIMIT %(many)s + %(start)s) AS p
     WHERE {report_here} {from_report} {of_reports} {of_report}
     ORDER BY r.report, {found} LIMIT %(many)s OFFSET %(start)s
""")


def overview(question: Question) -> Json:
    """How much is recorded, by status and verdict; the latest reports; the bodies."""
    lists = question.listed
    statuses = lists.conn.execute(
        sql.SQL(
            "SELECT status, count(*) FROM projections.recommendations AS one"
            " WHERE {here} GROUP BY status"
        ).format(here=HERE.format(one=sql.Identifier("one"))),
        lists.dates,
    ).fetchall()
    verdicts = lists.conn.execute(
        sql.SQL(
            "SELECT verdict, count(*) FROM projections.responses AS one"
            " WHERE {here} GROUP BY verdict"
        ).format(here=HERE.format(one=sql.Identifier("one"))),
        lists.dates,
    ).fetchall()
    latest, _ = page(lists.conn, lists.when, REPORTS, REPORTS_NEWEST_FIRST, Filter({}), None, 10)
    (reports,) = lists.conn.execute(
        sql.SQL("SELECT count(*) FROM projections.reports AS one WHERE {here}").format(
            here=HERE.format(one=sql.Identifier("one"))
        ),
        lists.dates,
    ).fetchone() or (0,)
    answers = lists.answers(latest)
    return {
        "reports": reports,
        "recommendations": dict(statuses),
        "responses": dict(verdicts),
        "latest": _report_items(lists, answers, latest),
        "bodies": in_office(lists.register),
        "as_of": lists.as_of,
    }


def reports(
    question: Question,
    *,
    after: str | None = None,
    limit: int = DEFAULT_LIMIT,
    counted: bool = False,
    **asked: Unpack[OfReports],
) -> Json:
    """The reports, newest first; each filter keeps those that fit it. `counted`: with how many."""
    lists = question.listed
    wanted = filters.reports(lists, asked)
    here, more = page(lists.conn, lists.when, REPORTS, REPORTS_NEWEST_FIRST, wanted, after, limit)
    answers = lists.answers(here)
    return {
        "items": _report_items(lists, answers, here),
        "next": here[-1].report if more else None,
        **(_total(lists, REPORTS, wanted) if counted else {}),
        "as_of": lists.as_of,
    }


def titles_of(lists: Question, reports: Collection[str]) -> dict[str, str]:
    """The titles of reports as they were last known, also of those that were set aside."""
    rows = lists.conn.execute(
        sql.SQL(
            """
            SELECT DISTINCT ON (one.report) one.state FROM {} AS one
             WHERE one.report = ANY (%(reports)s)
               AND one.known_from <= %(k)s AND one.effective_from <= %(d)s
             ORDER BY one.report, one.known_from DESC, one.effective_from DESC
            """
        ).format(sql.Identifier(tables.SCHEMA, REPORTS.name)),
        {"reports": sorted(reports), **lists.dates},
    )
    answers = lists.answers([])
    found: list[ReportState] = tables.states(REPORTS, rows.fetchall())
    return {one.report: answers.title(one) for one in found}


def lists_compared(question: Question, publisher: str | None = None) -> Json:
    """For each publisher of reports the last list that they were compared with, or None."""
    lists = question.listed
    made = _last_compared(
        lists.log.of_type(SERVICE, ListCompared.TOPIC),
        lists.when.effective_on,
        lists.log.context(lists.when.position).captured_on,
    )
    answers = lists.answers([])
    return {
        "items": [
            {
                "publisher": one,
                "publisher_name": answers.name(one),
                "compared": made.get(one),
            }
            for one in sorted({*published(question)[0], *made})
            if publisher in (None, one)
        ],
        "as_of": lists.as_of,
    }


def _last_compared(
    entries: Iterable[Entry], effective_on: date, captured_on: CapturedOn
) -> dict[str, dict[str, Any]]:
    """The last comparison that had been made by a day, by publisher.

    `entries` are those that were known of this type. It stands from the London date of its
    recording.
    """
    found: dict[str, dict[str, Any]] = {}
    for one in in_effect(entries):
        interval = happened(one, report_day=None, captured_on=captured_on)
        if interval.hi <= effective_on:
            answer = _comparison(one, interval.hi)
            found[answer["publisher"]] = answer
    return found


def _comparison(one: Known, on: date) -> dict[str, Any]:
    data, source = one.data, one.entry.source
    assert isinstance(data, ListCompared)
    return {
        "publisher": data.publisher,
        "entry": one.id,
        "compared_on": on.isoformat(),
        "recorded_at": rfc3339(one.original.instant),
        "recorded_by": one.entry.recorded_by,
        "source": {"url": source.url, "capture": source.capture} if source else None,
        "count": data.count,
        "matched": data.matched,
        "missing_count": data.count - data.matched,
        "missing": [to_plain(row) for row in data.missing],
        "unlisted": data.unlisted,
    }


def recommendations(
    question: Question,
    *,
    after: str | None = None,
    limit: int = DEFAULT_LIMIT,
    counted: bool = False,
    **asked: Unpack[OfRecommendations],
) -> Json:
    """Recommendations by report and number; each filter keeps those that fit it. `counted`: with
    how many there are, and their reports' titles and publishers."""
    lists = question.listed
    wanted = filters.recommendations(lists, asked)
    here, more = page(
        lists.conn, lists.when, RECOMMENDATIONS, RECOMMENDATIONS_IN_ORDER, wanted, after, limit
    )
    answers = answers_of(lists, RECOMMENDATIONS, here)
    return {
        "items": [answers.recommendation(one) for one in here],
        "next": _name(here[-1]) if more else None,
        **(_total(lists, RECOMMENDATIONS, wanted) | _titled(lists, here) if counted else {}),
        "as_of": lists.as_of,
    }


def responses(
    question: Question,
    *,
    after: str | None = None,
    limit: int = DEFAULT_LIMIT,
    counted: bool = False,
    **asked: Unpack[OfResponses],
) -> Json:
    """Responses owed, by report and body; each filter keeps those that fit it. `counted`: with how
    many there are, and their reports' titles and publishers."""
    lists = question.listed
    wanted = filters.responses(lists, asked)
    here, more = page(lists.conn, lists.when, RESPONSES, RESPONSES_IN_ORDER, wanted, after, limit)
    answers = answers_of(lists, RESPONSES, here)
    return {
        "items": [answers.response(one) for one in here],
        "next": _name(here[-1]) if more else None,
        **(_total(lists, RESPONSES, wanted) | _titled(lists, here) if counted else {}),
        "as_of": lists.as_of,
    }


def answers_of(lists: Question, table: Table, states: Sequence[Any]) -> Answers:
    """What answers recommendations or responses, with what answers say beside their states."""
    if table is RECOMMENDATIONS:
        return lists.answers(states, children(lists, states))
    return lists.answers(states, improved=improvements.of_rows(lists, states))


def _total(lists: Question, table: Table, wanted: Filter) -> Json:
    """How many there are that fit, at most one more than are counted; None where the database
    alone cannot tell, since words are looked for."""
    if wanted.keep is not list:
        return {"total": None}
    query = sql.SQL(
        "SELECT count(*) FROM (SELECT FROM {table} AS one {joined} WHERE {here} {filters}"
        " LIMIT %(counted)s) AS those"
    ).format(
        table=sql.Identifier(tables.SCHEMA, table.name),
        joined=wanted.joined,
        here=HERE.format(one=sql.Identifier("one")),
        filters=wanted.whole,
    )
    given = {**wanted.values, **lists.dates, "counted": COUNTED + 1}
    row = lists.conn.execute(query, given).fetchone()
    return {"total": int(row[0]) if row else 0}


def _titled(lists: Question, here: Sequence[Any]) -> Json:
    return {"about": about_reports(lists, (one.report for one in here))}


def titles(question: Question, references: Iterable[str]) -> dict[str, str]:
    """The titles of reports by reference, of those that are there."""
    found = about_reports(question, references)
    return {reference: one["report_title"] for reference, one in found.items()}


def about_reports(question: Question, references: Iterable[str]) -> dict[str, Json]:
    """What is said of a report beside what is about it, by reference, of those that are there."""
    lists = question.listed
    wanted = Filter({"report": sorted(set(references))})
    query = sql.SQL("SELECT one.state FROM projections.reports AS one WHERE {here} {filters}")
    rows = lists.conn.execute(
        query.format(here=HERE.format(one=sql.Identifier("one")), filters=wanted.conditions),
        {**wanted.values, **lists.dates},
    ).fetchall()
    found = tables.states(REPORTS, rows)
    answers = lists.answers([])
    return {one.report: answers.about_report(one) for one in found}


def published(question: Question) -> tuple[list[str], list[str]]:
    """Who published the reports that are there, by name; and in which years, the latest first."""
    lists = question.listed
    rows = lists.conn.execute(
        sql.SQL(
            "SELECT DISTINCT unnest(one.publishers), left(one.published_text, 4)"
            "  FROM projections.reports AS one WHERE {here}"
        ).format(here=HERE.format(one=sql.Identifier("one"))),
        lists.dates,
    ).fetchall()
    name = lists.answers([]).name
    return (
        sorted({one for one, _ in rows}, key=lambda one: str(name(one))),
        sorted({year or filters.NOT_KNOWN for _, year in rows}, reverse=True),
    )


def children(lists: Question, states: Sequence[RecommendationState]) -> list[RecommendationState]:
    """The recommendations that belong to causes of concern among these."""
    causes = [one for one in states if one.kind in CAUSES]
    if not causes:
        return []
    rows = lists.conn.execute(
        sql.SQL(
            """
            SELECT state FROM projections.recommendations AS one
             WHERE (report, addressee, parent_key) IN (SELECT * FROM unnest(
                       %(reports)s::text[], %(bodies)s::text[], %(keys)s::text[]))
               AND {here}
            """
        ).format(here=HERE.format(one=sql.Identifier("one"))),
        {
            "reports": [one.report for one in causes],
            "bodies": [one.addressee for one in causes],
            "keys": [one.key for one in causes],
            **lists.dates,
        },
    )
    return tables.states(RECOMMENDATIONS, rows.fetchall())


def _report_items(lists: Question, answers: Answers, states: Sequence[ReportState]) -> list[Json]:
    """Reports as lists show them, each with how much is recorded about it."""
    counts: dict[str, dict[str, int]] = {
        table: dict(
            lists.conn.execute(
                sql.SQL(
                    "SELECT report, count(*) FROM {table} AS one"
                    " WHERE report = ANY (%(reports)s) AND {here} GROUP BY report"
                ).format(
                    table=sql.Identifier(tables.SCHEMA, table),
                    here=HERE.format(one=sql.Identifier("one")),
                ),
                {
                    "reports": [one.report for one in states],
                    **lists.dates,
                },
            ).fetchall()
        )
        for table in ("recommendations", "responses")
    }
    return [
        {name: value for name, value in answers.report(one).items() if name in _LISTED}
        | {name: found.get(one.report, 0) for name, found in counts.items()}
        for one in states
    ]


def _name(one: Any) -> str:
    if isinstance(one, RecommendationState):
        return f"{one.report}/{one.key}/{one.addressee}"
    name = "" if one.name == RESPONSE else f"/{one.name}"
    return f"{one.report}/{one.body}{name}"


FIRST = 10
"""How many of each a search answers with."""


def search(question: Question, q: str) -> Json:
    """What has these words: bodies by name, reports by title, recommendations by their
    texts; the first of each, and whether there are more. Unfit where there is no word."""
    titled = reports(question, q=q, limit=FIRST)
    asked = recommendations(question, q=q, limit=FIRST)
    bodies = _bodies(question, q)
    return {
        "q": q,
        "bodies": bodies[:FIRST],
        "reports": titled["items"],
        "recommendations": asked["items"],
        "more": {
            "bodies": len(bodies) > FIRST,
            "reports": titled["next"] is not None,
            "recommendations": asked["next"] is not None,
        },
        "as_of": asked["as_of"],
    }


def _bodies(question: Question, q: str) -> list[Json]:
    """The bodies of the register that have each word, or its beginning, in their name, area or id;
    by name."""
    wanted = q.lower().replace("-", " ").split()
    found = [
        {
            "id": one.id,
            "name": one.name,
            "kind": one.kind,
            "area": one.area,
            "links": {"self": f"/api/bodies/{one.id}", "page": f"/bodies/{one.id}"},
        }
        for one in question.register.bodies.values()
        if all(
            any(word.startswith(asked) for word in _words(f"{one.name} {one.area or ''} {one.id}"))
            for asked in wanted
        )
    ]
    return sorted(found, key=lambda one: str(one["name"]))


def _words(name: str) -> list[str]:
    return name.lower().replace("-", " ").replace(",", " ").split()


DONE_WITH = ("closed", "withdrawn", "superseded")
"""Where a recommendation stands of which nothing is open any more."""
_MEETINGS_AT_ONCE = 50
Meeting = tuple[str, str]
"""Its day, and the panel."""


def meetings(
    question: Question,
    panel: str | None = None,
    after: str | None = None,
    limit: int = DEFAULT_LIMIT,
) -> Json:
    """The meetings of panels, the latest first: those of which something is recorded that was not
    set aside."""
    start = _cursor(after) if after else None
    named = _named(question, panel)
    there = _there(question, [one for one in named if start is None or one < start])
    found = list(islice(there, limit + 1))
    here = found[:limit]
    now = standings(question, {ref for _, _, refs in here for ref in refs})
    still_open = {one for one, status in now.items() if status not in DONE_WITH}
    return {
        "items": [
            _item(question, day, whose) | said | {"still_open": len(still_open & refs)}
            for ((day, whose), said, refs) in here
        ],
        "next": "{1}/{0}".format(*here[-1][0]) if len(found) > limit else None,
        "as_of": question.as_of,
    }


def last_before(question: Question, panel: str, day: str) -> Json | None:
    """The last meeting of a panel before a day."""
    named = [one for one in _named(question, panel) if one[0] < day]
    return _first(question, named)


def first_after(question: Question, panel: str, day: str) -> Json | None:
    """The first meeting of a panel after a day, of which there is word already."""
    named = [one for one in reversed(_named(question, panel)) if one[0] > day]
    return _first(question, named)


def _first(question: Question, named: Sequence[Meeting]) -> Json | None:
    for (day, whose), _, _ in _there(question, named):
        return _item(question, day, whose)
    return None


def _named(question: Question, panel: str | None) -> list[Meeting]:
    """The meetings of which anything was known, the latest first."""
    prefix = f"meeting/{panel}/" if panel else "meeting/"
    rows = question.conn.execute(
        """
        SELECT DISTINCT stream FROM ledger.entries
         WHERE stream > %(prefix)s AND stream < %(end)s AND position <= %(k)s
        """,
        {"prefix": prefix, "end": f"{prefix[:-1]}0", **question.dates},
    ).fetchall()
    split = [stream.split("/") for (stream,) in rows]
    return sorted(((day, whose) for _, whose, day in split), reverse=True)


def _cursor(after: str) -> Meeting:
    panel, _, day = after.partition("/")
    if not BODY_ID.fullmatch(panel) or not is_exact(day):
        raise no_cursor(after)
    return day, panel


Found = tuple[Meeting, Json, set[RecommendationId]]


def _there(question: Question, named: Sequence[Meeting]) -> Iterator[Found]:
    """Of these, those of which something is in effect: what there is of each."""
    for start in range(0, len(named), _MEETINGS_AT_ONCE):
        batch = named[start : start + _MEETINGS_AT_ONCE]
        question.log.read_ahead(meeting_stream(whose, day) for day, whose in batch)
        for day, whose in batch:
            stream = meeting_stream(whose, day)
            acts = [
                one.data for one in in_effect(question.log.stream(stream, question.when.position))
            ]
            if not acts:
                continue
            refs = {
                RecommendationId(ref.report, key_of(ref.number), ref.addressee)
                for ref in (
                    one.recommendation for one in acts if isinstance(one, RecommendationReviewed)
                )
            }
            said = {
                "held": any(isinstance(one, MeetingHeld) for one in acts),
                "papers": sum(isinstance(one, PaperIssued) for one in acts),
                "reviewed": len(refs),
            }
            yield (day, whose), said, refs


def _item(question: Question, day: str, panel: str) -> Json:
    path = f"/meetings/{panel}/{day}"
    return {
        "panel": panel,
        "panel_name": question.register.name(panel),
        "date": day,
        "links": {"self": f"/api{path}", "page": path},
    }


def last_reviews(
    question: Question, of: Collection[RecommendationId]
) -> dict[RecommendationId, Meeting]:
    """Return the last meeting, by the day asked about, that reviewed each of these."""
    if not of:
        return {}
    rows = question.conn.execute(
        """
        SELECT DISTINCT meeting FROM projections.reviews
          JOIN unnest(%(reports)s::text[], %(keys)s::text[], %(bodies)s::text[])
               AS wanted (report, key, addressee) USING (report, key, addressee)
        """,
        _columns(of),
    ).fetchall()
    split = sorted((stream.split("/") for (stream,) in rows), key=lambda parts: parts[2])
    found: dict[RecommendationId, Meeting] = {}
    for meeting, _, refs in _there(question, [(day, whose) for _, whose, day in split]):
        if meeting[0] <= question.when.effective_on.isoformat():
            found |= dict.fromkeys(refs, meeting)
    return found


def standings(
    question: Question, reviewed: Collection[RecommendationId]
) -> dict[RecommendationId, str]:
    """Return the status of each of these recommendations that is there."""
    rows = _reviewed(question, reviewed, sql.Identifier("one", "status"))
    return {RecommendationId(*name): status for *name, status in rows}


def reviewed_now(
    question: Question, reviewed: Collection[RecommendationId]
) -> dict[RecommendationId, Json]:
    """Return the answer for each of these recommendations that is there."""
    rows = _reviewed(question, reviewed, sql.Identifier("one", "state"))
    states = {
        RecommendationId(*name): tables.decoded(RECOMMENDATIONS, state) for *name, state in rows
    }
    answers = answers_of(question.listed, RECOMMENDATIONS, list(states.values()))
    return {name: answers.recommendation(state) for name, state in states.items()}


def _reviewed(
    question: Question, reviewed: Collection[RecommendationId], column: sql.Composable
) -> list[tuple[str, ...]]:
    """Return report, key, addressee and a column of each of these recommendations."""
    if not reviewed:
        return []
    lists = question.listed
    rows = lists.conn.execute(
        sql.SQL(
            """
            SELECT one.report, one.key, one.addressee, {column}
              FROM unnest(%(reports)s::text[], %(keys)s::text[], %(bodies)s::text[])
                   AS wanted (report, key, addressee)
              JOIN projections.recommendations AS one USING (report, key, addressee)
             WHERE {here}
            """
        ).format(column=column, here=HERE.format(one=sql.Identifier("one"))),
        {**_columns(reviewed), **lists.dates},
    )
    return rows.fetchall()


def _columns(of: Collection[RecommendationId]) -> Json:
    """Return the names of recommendations column by column, as parameters of a query."""
    return {
        "reports": [one.report for one in of],
        "keys": [one.key for one in of],
        "bodies": [one.addressee for one in of],
    }
