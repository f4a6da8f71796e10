"""What changed between two moments: of each subject what differs, and what was done to entries.

Looked at are the streams that have an entry in between, and of the others those alone whose
verdict or target can have changed because time passed. They are found in the log's order and the
read models: each query by index, in the order in which it is told, a part at a time, so that a page
costs what is on it.
"""

import re
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import islice
from typing import Any

import psycopg
from psycopg import sql

from ledger.errors import Fault, Unfit
from ledger.events.response import RESPONSE
from ledger.events.streams import key_order, report_of
from projections.answers import Json, asked_by
from projections.moment import At, Between
from projections.questions.differences import Found, State, changed, made_by, of_subjects, summary
from projections.questions.filters import bodies_of
from projections.questions.lists import DEFAULT_LIMIT
from projections.questions.one import entries_of_trail, title
from projections.questions.question import Question
from projections.states.values import JudgedResponse, RecommendationState
from projections.tables import tables
from projections.tables.tables import HERE, RESPONSES, THOUSAND, Subject
from projections.verdict.compliance import DUE_SOON_DAYS

_MOST_REPORTS = 512
"""Few reports are looked at first, then twice as many, and so on; so many at a time at most."""


FEW_ENTRIES = 10_000
"""So many entries between the two moments are looked through at once; of more, those of some
reports at a time."""
FEW_DAYS = timedelta(days=100)
"""So do the days on which time can have changed something."""
_SOON = timedelta(days=DUE_SOON_DAYS)

_FEW = """
    SELECT stream, bool_or(topic IN ('entry-corrected', 'entry-retracted', 'report-taken-over'))
      FROM ledger.entries
     WHERE position > %(first)s AND position <= %(second)s
       AND stream ^@ ANY ('{report/,response/,recommendation/}'::text[])
     GROUP BY stream
"""
_OF_REPORTS = """
    SELECT stream, bool_or(topic IN ('entry-corrected', 'entry-retracted', 'report-taken-over'))
      FROM unnest(%(reports)s::text[]) AS one (report)
     CROSS JOIN LATERAL (
        SELECT stream, topic, position FROM ledger.entries WHERE stream = 'report/' || one.report
        UNION ALL
        SELECT stream, topic, position FROM ledger.entries
         WHERE stream > 'recommendation/' || one.report || '/'
           AND stream < 'recommendation/' || one.report || '0'
        UNION ALL
        SELECT stream, topic, position FROM ledger.entries
         WHERE stream > 'response/' || one.report || '/'
           AND stream < 'response/' || one.report || '0') AS e
     WHERE position > %(first)s AND position <= %(second)s
     GROUP BY stream
"""
_OF_BODIES = """
    SELECT stream, bool_or(topic IN ('entry-corrected', 'entry-retracted', 'report-taken-over'))
      FROM ledger.entries
     WHERE position > %(first)s AND position <= %(second)s AND stream = ANY (ARRAY(
        SELECT 'report/' || r.report FROM unnest(%(reports)s::text[]) AS r (report)
        UNION ALL
        SELECT 'response/' || r.report || '/' || b.body
          FROM unnest(%(reports)s::text[]) AS r (report), unnest(%(bodies)s::text[]) AS b (body)
        UNION ALL
        SELECT DISTINCT 'recommendation/' || report || '/' || key || '/' || addressee
          FROM projections.recommendations
         WHERE addressee = ANY (%(bodies)s) AND report = ANY (%(reports)s)))
     GROUP BY stream
"""
_OWED = """
    SELECT DISTINCT 'response/' || report || '/' || body FROM projections.responses
     WHERE report = ANY (%(reports)s)
"""
_BY_TIME = sql.SQL("""
    SELECT 'response/' || v.report || '/' || v.body FROM projections.responses AS v
     WHERE {here_v} AND {of_v} AND v.due_on >= %(d1)s AND v.due_on <= %(soon)s
    UNION ALL
    SELECT 'recommendation/' || r.report || '/' || r.key || '/' || r.addressee
      FROM projections.recommendations AS r
     WHERE {here_r} AND {of_r}
       AND r.passes_after >= %(d1)s AND r.passes_after < %(d)s
""")
_OF_OFFICES = """
    SELECT DISTINCT 'response/' || report || '/' || body FROM projections.responses
     WHERE body = ANY (%(offices)s) AND known_from <= %(k)s
       AND (%(reports)s::text[] IS NULL OR report = ANY (%(reports)s))
       AND (%(bodies)s::text[] IS NULL OR body = ANY (%(bodies)s))
"""
_CONCERNED = """
    SELECT report FROM projections.recommendations
     WHERE addressee = ANY (%(bodies)s) AND known_from <= %(k)s
    UNION
    SELECT report FROM projections.responses WHERE body = ANY (%(bodies)s) AND known_from <= %(k)s
"""
_MEETINGS = """
    SELECT DISTINCT stream FROM ledger.entries
     WHERE stream > 'meeting/' AND stream < 'meeting0'
       AND position > %(first)s AND position <= %(second)s
       AND (%(bodies)s::text[] IS NULL OR position IN (
                SELECT position FROM projections.concerns WHERE body = ANY (%(bodies)s::text[])))
"""
# Of each report the first hit is enough: asked by EXISTS, the planner would gather all hits first.
_REPORTS_FROM = """
    SELECT r.report
      FROM (SELECT DISTINCT report FROM projections.reports
             WHERE report >= %(report)s
               AND (%(concerned)s::text[] IS NULL OR report = ANY (%(concerned)s))
             ORDER BY report) AS r
     WHERE (SELECT 1 FROM projections.touched AS t
             WHERE t.report = r.report
               AND t.thousand BETWEEN %(first)s / %(thousand)s AND %(second)s / %(thousand)s
             LIMIT 1) IS NOT NULL
        OR %(offices)s::text[] <> '{}' AND (
            SELECT 1 FROM projections.responses AS v
             WHERE v.report = r.report AND v.body = ANY (%(offices)s) LIMIT 1) IS NOT NULL
        OR %(d1)s::date < %(d)s::date AND (
           (SELECT 1 FROM projections.responses AS v
             WHERE v.report = r.report AND v.due_on >= %(d1)s AND v.due_on <= %(soon)s
             LIMIT 1) IS NOT NULL
           OR (SELECT 1 FROM projections.recommendations AS c
                WHERE c.report = r.report AND c.passes_after >= %(d1)s AND c.passes_after < %(d)s
                LIMIT 1) IS NOT NULL)
     ORDER BY r.report LIMIT %(many)s
"""


@dataclass(frozen=True, slots=True)
class Search:
    """Looks for what can have changed between two moments."""

    conn: psycopg.Connection
    asked: Between
    bodies: frozenset[str] | None
    offices: frozenset[str] = frozenset()
    """The bodies whose responses an act on the register had judged anew."""

    @property
    def few_entries(self) -> bool:
        return self.asked.second.position - self.asked.first.position <= FEW_ENTRIES

    @property
    def few_days(self) -> bool:
        return self.asked.second.effective_on - self.asked.first.effective_on <= FEW_DAYS

    def concerned(self) -> frozenset[str] | None:
        """The reports that concern the bodies, whatever became of it; None: whatever does."""
        return None if self.bodies is None else frozenset(self.names(_CONCERNED))

    def meetings(self) -> list[str]:
        """The meetings of which there are entries, of those bodies where they are given."""
        return self.names(_MEETINGS)

    def reports_from(self, first: str, many: int, concerned: list[str] | None) -> list[str]:
        """So many reports from a name on, in order, of those that can have changed; and of those
        that concern bodies, if so asked."""
        return self.names(_REPORTS_FROM, report=first, many=many, concerned=concerned)

    def touched(self, reports: Sequence[str] | None) -> set[str]:
        """The streams about reports that have an entry between the two moments; and what is owed,
        which comes and goes with its report without an entry of its own, or is counted up to the
        end of an office."""
        given = self._given(reports=reports)
        whose = _OF_REPORTS if self.bodies is None else _OF_BODIES
        query = _FEW if reports is None else whose
        rows = self.conn.execute(query, given).fetchall()
        reached = [
            name.removeprefix("report/")
            for name, below in rows
            if below and name.startswith("report/")
        ]
        found = {name for name, _ in rows}
        if self.offices:
            found |= set(self.names(_OF_OFFICES, reports=reports))
        return found | set(self.names(_OWED, reports=reached) if reached else ())

    def by_time(self, reports: Sequence[str] | None) -> set[str]:
        """The streams whose verdict or target can be another because time passed.

        What happened, as far as it is recorded by the first moment, happened by its day: time
        alone brings due days and targets, and nothing else.
        """
        first, second = self.asked.first, self.asked.second
        if first.effective_on >= second.effective_on:
            return set()
        of_v, of_r = [sql.SQL("true")], [sql.SQL("true")]
        if reports is not None:
            of_v.append(sql.SQL("v.report = ANY (%(reports)s)"))
            of_r.append(sql.SQL("r.report = ANY (%(reports)s)"))
        if self.bodies is not None:
            of_v.append(sql.SQL("v.body = ANY (%(bodies)s)"))
            of_r.append(sql.SQL("r.addressee = ANY (%(bodies)s)"))
        query = _BY_TIME.format(
            of_v=sql.SQL(" AND ").join(of_v),
            of_r=sql.SQL(" AND ").join(of_r),
            here_v=HERE.format(one=sql.Identifier("v")),
            here_r=HERE.format(one=sql.Identifier("r")),
        )
        return set(self.names(query, reports=reports))

    def names(self, query: Any, **given: Any) -> list[str]:
        rows = self.conn.execute(query, self._given(**given)).fetchall()
        return [name for (name,) in rows]

    def _given(self, **given: Any) -> dict[str, Any]:
        first, second = self.asked.first, self.asked.second
        return {
            "first": first.position,
            "second": second.position,
            "k": second.position,
            "d": second.effective_on,
            "d1": first.effective_on,
            "soon": min(second.effective_on, date.max - _SOON) + _SOON,
            "thousand": THOUSAND,
            "bodies": None if self.bodies is None else sorted(self.bodies),
            "offices": sorted(self.offices),
            **given,
        }


def place(stream: str) -> tuple[Any, ...]:
    """Where a stream comes in the order of changes: by report, in it the report itself, what is
    owed, and its recommendations by number; meetings last."""
    kind, *parts = stream.split("/")
    if kind == "meeting":
        return (1, *parts)
    rank = ("report", "response", "recommendation").index(kind)
    key = parts[1] if rank == 2 else ""
    return (0, parts[0], rank, key_order(key), key, parts[-1])


def streams_between(
    conn: psycopg.Connection,
    asked: Between,
    bodies: Sequence[str] | None,
    report: str | None,
    start: str | None = None,
    offices: Collection[str] = (),
) -> Iterator[str]:
    """The streams of which something can have changed, in order from one on, of these bodies and
    of this report where they are given; a report concerns every body with a duty or recommendation
    in it. `offices`: the bodies whose responses an act on the register had judged anew."""
    concerning = None if bodies is None else frozenset(bodies)
    search = Search(conn, asked, concerning, frozenset(offices))
    concerned = search.concerned()
    first = report_of(start) if start else ""
    if first is not None:
        for names in _by_reports(search, concerned, report, first):
            theirs = (name for name in names if _concerns(name, search.bodies, concerned))
            wanted = [name for name in theirs if start is None or place(name) >= place(start)]
            yield from sorted(wanted, key=place)
    if report is None:
        meetings = search.meetings()
        wanted = [one for one in meetings if first is not None or place(one) >= place(start or "")]
        yield from sorted(wanted, key=place)


def _by_reports(
    search: Search, concerned: frozenset[str] | None, report: str | None, first: str
) -> Iterator[set[str]]:
    """What can have changed of some reports after others, from one on; where that is little, of
    all at once."""
    if report is not None:
        yield search.touched([report]) | search.by_time([report])
        return
    touched = search.touched(None) if search.few_entries else None
    by_time = search.by_time(None) if search.few_days else None
    if touched is not None and by_time is not None:
        yield touched | by_time
        return
    for reports in _some_by_some(search, concerned, first):
        these = set(reports)
        found = search.touched(reports) if touched is None else _of(touched, these)
        yield found | (search.by_time(reports) if by_time is None else _of(by_time, these))


def _some_by_some(
    search: Search, concerned: frozenset[str] | None, first: str
) -> Iterator[Sequence[str]]:
    """The reports from one on in order, some at a time; of those that concern bodies, if so
    asked."""
    theirs = None if concerned is None else sorted(concerned)
    many = 1 if theirs is None else 4
    while some := search.reports_from(first, many, theirs):
        yield some
        first = f"{some[-1]}-"  # the least name that follows: none has a lesser character
        many = min(2 * many, _MOST_REPORTS)


def _of(names: set[str], reports: set[str]) -> set[str]:
    return {name for name in names if report_of(name) in reports}


def _concerns(stream: str, bodies: frozenset[str] | None, concerned: frozenset[str] | None) -> bool:
    if bodies is None or concerned is None:
        return True
    kind, *parts = stream.split("/")
    return parts[0] in concerned if kind == "report" else parts[-1] in bodies


DEFAULT_LATE_BY = 14
"""Days after which an entry counts as made long after what it tells of happened."""
_AT_ONCE = 50
_HERE_AT = sql.SQL(HERE.as_string().replace("%(k)s", "at.k").replace("%(d)s", "at.d"))
"""Whether a row, called `one`, holds for the two dates of a row called `at`."""


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
    named = streams_between(
        question.conn,
        asked,
        bodies,
        report,
        cursor[0] if cursor else None,
        _judged_anew(question, asked),
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


def _judged_anew(question: Question, asked: Between) -> set[str]:
    """The bodies all of whose responses were judged anew between the two moments, by acts on the
    register."""
    log, second = question.log, asked.second.position
    acts = (one for one in log.timeline.ties(second) if one.position > asked.first.position)
    return {body for one in acts for body in log.judged_anew(one)}


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
        before, after = _states(question.conn, (asked.first, asked.second), subjects)
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
                "from": _with_names(question, one.change.before),
                "to": _with_names(question, one.change.after),
                "because": "entries" if made else "time passed",
                "entries": [summary(entry) for entry in made],
                "entry": trails[one.entry.id] if one.entry else None,
                "target": summary(one.target) if one.target else None,
            }
        )
    return items


def _with_names(question: Question, told: Json | None) -> Json | None:
    """Return what is told of a subject, with the names of who decided and of who reported it."""
    if told is None or "decided" not in told:
        return told
    decided, name = told["decided"], question.register.name
    teller = decided["recorded_by"].partition("/")[0]
    reported = decided["provenance"] == "reported"
    named = {
        "by_name": name(decided["by"]) if decided["by"] else None,
        "reported_by_name": name(teller) if reported else None,
    }
    return told | {"decided": decided | named}


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
        duty = there.name if isinstance(there, JudgedResponse) else RESPONSE
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
    conn: psycopg.Connection, moments: Sequence[At], subjects: Sequence[Subject]
) -> list[dict[Subject, State]]:
    """The states of these subjects at each of some moments, of those that were there."""
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
