"""The contents of files: every item of a list at two dates, and the open recommendations for a
force's sheet.

Rows are read in batches, so that memory stays flat.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from psycopg import sql

from ledger.dates import in_words, london_date
from ledger.errors import NotKnownThen, NotRecorded, Refused
from ledger.events.entry import Entry, days_late
from ledger.events.streams import RecommendationId, report_of
from ledger.intake.sheets.updates import Updates
from ledger.register import unknown_body
from projections.answers.context import AnswerContext
from projections.answers.entry import LateEntry
from projections.answers.entry import entry as entry_answer
from projections.answers.parts import Links
from projections.answers.readers import Opened, positions, texts_of
from projections.answers.report import given, graded_one
from projections.head import head
from projections.questions import across, filters
from projections.questions.changes import DEFAULT_LATE_BY, all_changes
from projections.questions.filters import (
    Filter,
    OfGrades,
    OfRecommendations,
    OfReports,
    OfResponses,
)
from projections.questions.lists import recommendations_of, report_items, responses_of, titles
from projections.questions.log_entries import LateSort, Wanted, sorted_late
from projections.questions.meetings import last_reviews, meetings
from projections.questions.paging import (
    RECOMMENDATIONS_BY,
    REPORTS_BY,
    RESPONSES_BY,
    Order,
)
from projections.questions.question import Question
from projections.questions.span import between
from projections.questions.totals import compliance
from projections.read_models import tables
from projections.read_models.tables import HERE, RECOMMENDATIONS
from projections.states.values import RecommendationState, TargetLine, TextRef

AT_ONCE = 500
Value = str | int | None
Texts = Literal["public", "office"]


@dataclass(frozen=True, slots=True)
class ExportedRow:
    """A row of an exported list: its answer, its report's title, and the texts that are gone."""

    item: Any
    """Its answer: a struct of `projections.answers`."""
    title: str | None = None
    removed: tuple[str, ...] = ()
    """The fields whose text the reader could read, and which is no longer there."""
    reviewed: tuple[str, str] | None = None
    """The day of the last meeting that reviewed a recommendation, and its panel."""


def each_recommendation(question: Question, asked: OfRecommendations) -> Iterator[ExportedRow]:
    """Yield recommendations in the order of the list, with its filters."""
    lists = question.listed
    wanted = filters.recommendations(lists, asked)
    for kept, context, named in _batches(lists, RECOMMENDATIONS_BY["report"], wanted):
        reviews = last_reviews(lists, [_name(one) for one in kept])
        for one, item in zip(kept, recommendations_of(lists, kept, context=context), strict=True):
            removed = _removed(one, context.opened)
            yield ExportedRow(item, named.get(one.report), removed, reviews.get(_name(one)))


def each_body_across(question: Question, report: str, number: str) -> Iterator[ExportedRow]:
    """Yield the same recommendation to each of its bodies, by name. Raise NotRecorded or
    NotKnownThen if it does not exist."""
    found = across.asked(question, report, number)
    title = titles(found.question, [report]).get(report)
    states, opened = {one.addressee: one for one in found.states}, found.context.opened
    return (
        ExportedRow(one, title, _removed(states[one.addressee], opened)) for one in found.bodies()
    )


def each_response(question: Question, asked: OfResponses) -> Iterator[ExportedRow]:
    """Yield responses owed in the order of the list, with its filters."""
    lists = question.listed
    wanted = filters.responses(lists, asked)
    for kept, context, named in _batches(lists, RESPONSES_BY["report"], wanted):
        for one, item in zip(kept, responses_of(lists, kept, context=context), strict=True):
            yield ExportedRow(item, named.get(one.report), _removed(one, context.opened))


def each_grade(question: Question, asked: OfGrades) -> Iterator[ExportedRow]:
    """Yield the grades that reports gave, the newest report first, by question."""
    lists, body = question.listed, asked.get("body")
    wanted = filters.grades(lists, asked)
    bodies = filters.bodies_of(lists.register, body) if body else None
    for kept, context, named in _batches(lists, REPORTS_BY["newest"], wanted):
        for one in kept:
            for line in given(context, one):
                if bodies is None or line.body in bodies:
                    item, removed = graded_one(context, one, line), _removed(line, context.opened)
                    yield ExportedRow(item, named.get(one.report), removed)


def each_report(question: Question, asked: OfReports) -> Iterator[ExportedRow]:
    """Yield reports, the newest first, with the number of records about each."""
    lists = question.listed
    for kept, _, _ in _batches(lists, REPORTS_BY["newest"], filters.reports(lists, asked)):
        yield from map(ExportedRow, report_items(lists, kept))


def each_meeting(question: Question, asked: Mapping[str, Any]) -> Iterator[ExportedRow]:
    """Yield the meetings of panels, or of one, the latest first."""
    after: str | None = None
    more = True
    while more:
        found = meetings(question, after=after, limit=AT_ONCE, **asked)
        yield from map(ExportedRow, found.items)
        after, more = found.next, found.next is not None


def each_group(question: Question, asked: Mapping[str, Any]) -> Iterator[ExportedRow]:
    """Yield the responses owed in numbers, for each body by name, kind of report or year."""
    yield from map(ExportedRow, compliance(question, **asked).items)


def each_late_entry(question: Question, asked: Mapping[str, Any]) -> Iterator[ExportedRow]:
    """Yield the entries recorded late, sorted."""
    given = {"late_by": DEFAULT_LATE_BY, **asked}
    wanted, since = Wanted.of(given), given.get("since")
    sort: LateSort = given.get("sort") or "longest"
    after, more = 0, True
    while more:
        found = sorted_late(question, wanted, sort=sort, after=after, limit=AT_ONCE, since=since)
        yield from map(ExportedRow, late_entries(question.listed, found.entries))
        after, more = found.next or 0, found.next is not None


def late_entries(lists: Question, entries: Sequence[Entry]) -> list[LateEntry]:
    """Return entries as those recorded late, with names and titles."""
    name = lists.register.name
    titled = titles(lists, filter(None, (report_of(one.stream) for one in entries)))
    return [_late(one, name, titled) for one in entries]


def _late(one: Entry, name: Callable[[str], str], titled: Mapping[str, str]) -> LateEntry:
    said, (about, *parts) = entry_answer(one), one.stream.split("/")
    report, body = report_of(one.stream), None
    if about in ("recommendation", "response"):
        body = parts[-1]
    elif about == "meeting":
        body = parts[0]
    office = one.recorded_by.partition("/")[0]
    return LateEntry(
        position=said.position,
        entry=said.id,
        type=said.type,
        occurred_on=said.occurred_on,
        recorded_on=london_date(one.instant).isoformat(),
        days_late=days_late(one) or 0,
        office=office,
        office_name=name(office),
        recorded_by=said.recorded_by,
        recorded_at=said.recorded_at,
        by=said.by,
        by_name=name(said.by) if said.by else None,
        provenance=said.provenance,
        about=about,
        report=report,
        report_title=titled.get(report or ""),
        number=parts[1] if about == "recommendation" else None,
        body=body,
        body_name=name(body) if body else None,
        links=Links(self=f"/api/entries/{said.id}", page=f"/entries/{said.id}"),
    )


def each_change(question: Question, asked: Mapping[str, Any]) -> Iterator[ExportedRow]:
    """Yield the changes from one moment (`from`) or meeting (`since_meeting`) to that of the
    question, by report."""
    given = dict(asked)
    asked_for = between(
        question.conn,
        question.now or head(question.conn),
        since=given.pop("from", None),
        until=question.when.as_of.known_at,
        effective_on=question.when.effective_on.isoformat(),
        since_meeting=given.pop("since_meeting", None),
        patience=question.patience,
        waits=question.waits,
    )
    found = all_changes(question.at(asked_for.second), asked_for, **given)
    yield from map(ExportedRow, found)


def _batches(
    lists: Question, order: Order, wanted: Filter
) -> Iterator[tuple[Sequence[Any], AnswerContext, dict[str, str]]]:
    """Yield the states of a table in order, some at a time, with their context and the titles of
    their reports."""
    conn = lists.conn
    with conn.transaction(), conn.cursor(name="export") as cursor:
        # All rows are read. For the first tenth alone the planner would choose a scan over every
        # body.
        conn.execute("SET LOCAL cursor_tuple_fraction = 1")
        query, values = selecting(lists, order, wanted)
        cursor.execute(query, values)
        while rows := cursor.fetchmany(AT_ONCE):
            kept = wanted.keep(tables.states(order.table, rows))
            yield kept, lists.context(kept), titles(lists, (one.report for one in kept))


def _name(one: RecommendationState) -> RecommendationId:
    return RecommendationId(one.report, one.key, one.addressee)


def selecting(lists: Question, order: Order, wanted: Filter) -> tuple[sql.Composed, dict[str, Any]]:
    """Return the query for the states of a table at the two dates, in an order, and its
    parameters."""
    query = sql.SQL(
        "SELECT one.state FROM {table} AS one WHERE {here} {filters} ORDER BY {order}"
    ).format(
        table=sql.Identifier(tables.SCHEMA, order.table.name),
        here=HERE.format(one=sql.Identifier("one")),
        filters=wanted.whole,
        order=order.of_table,
    )
    return query, {**wanted.values, **lists.dates}


def _removed(state: Any, opened: Opened) -> tuple[str, ...]:
    if not opened.some_gone:
        return ()
    return tuple(said.field for said in dict.fromkeys(texts_of(state)) if opened.is_gone(said))


REMOVED = "[the text was removed]"
HELD = "[held by {}, and not open to you]"
_DONE = ("closed", "withdrawn", "superseded")
_OPEN = sql.SQL("""
    SELECT one.state FROM projections.recommendations AS one
      JOIN projections.reports AS r ON r.report = one.report AND {here_r}
     WHERE one.addressee = %(force)s AND one.status <> ALL (%(done)s) AND {here}
     ORDER BY r.published_text, one.report, one.key_order, one.key
""").format(
    here=HERE.format(one=sql.Identifier("one")), here_r=HERE.format(one=sql.Identifier("r"))
)
_VERSIONS = """
    SELECT stream, max(version) FROM ledger.entries
     WHERE stream = ANY (%(streams)s) AND position <= %(k)s GROUP BY stream
"""


@dataclass(frozen=True, slots=True)
class OpenQuestion:
    """An assurance without a reply: its entry's id, and its question, or why that is not shown."""

    entry: str
    question: str
    reply_by: str | None


@dataclass(frozen=True, slots=True)
class OpenRecommendation:
    """A recommendation as a row of the sheet. `version` is its stream's."""

    report: str
    title: str
    number: str
    addressee: str
    text: str
    status: str
    target: str | None
    last_update_on: str | None
    version: int
    questions: tuple[OpenQuestion, ...] = ()


def open_recommendations(question: Question, body: str) -> list[OpenRecommendation]:
    """Return the open recommendations to the force of a body (or to the body, if it is a force), by
    report, with the texts that the reader may read.

    Raise NotRecorded or NotKnownThen if the register has no such body, and Refused if the body has
    no force or several.
    """
    force = _force(question, body)
    lists = question.listed
    asked = {"force": force, "done": list(_DONE), **lists.dates}
    rows = lists.conn.execute(_OPEN, asked).fetchall()
    found: list[RecommendationState] = tables.states(RECOMMENDATIONS, rows)
    named = titles(lists, (one.report for one in found))
    versions = _versions(lists, found)
    opened = lists.opened(sorted(set(positions(found))))
    return [_row(one, named[one.report], versions[one.stream], opened) for one in found]


def open_to_forces_of(question: Question, updates: Updates) -> list[OpenRecommendation]:
    """Return the open recommendations to the forces that a sheet's rows name."""
    bodies = question.register.bodies
    named = {row.addressee for row in updates.rows}
    forces = sorted(one for one in named if one in bodies and bodies[one].kind == "force")
    return [each for force in forces for each in open_recommendations(question, force)]


def _versions(question: Question, states: Sequence[RecommendationState]) -> dict[str, int]:
    """Return the version of each one's stream. An update from the sheet is recorded on that
    version."""
    asked = {"streams": [one.stream for one in states], "k": question.when.position}
    return dict(question.conn.execute(_VERSIONS, asked).fetchall())


def _force(question: Question, body: str) -> str:
    if (registered := question.register.bodies.get(body)) is None:
        now = question.ledger.service().bodies
        if body in now:
            raise NotKnownThen(f"{now[body].name} was not in the register then.")
        raise NotRecorded(unknown_body(body, now).sentence)
    forces = [body] if registered.kind == "force" else question.register.forces_of(body)
    if not forces:
        raise Refused("no-force", f"{registered.name} has no force that could fill in a sheet.")
    if len(forces) > 1:
        named = " or ".join(forces)
        raise Refused("no-force", f"{registered.name} has several forces: ask for {named}.")
    return forces[0]


def _when(target: TargetLine, opened: Opened) -> str | None:
    """Return the target: a day, with a note if words gave it; or the words alone."""
    how = " (worked out from the words)" if target.worked_out else ""
    how = " (to be confirmed again)" if target.to_confirm else how
    return f"{in_words(target.on)}{how}" if target.on else opened.text(target.phrase)


def _row(
    state: RecommendationState, title: str, version: int, opened: Opened
) -> OpenRecommendation:
    target = state.targets[-1] if state.targets else None
    return OpenRecommendation(
        report=state.report,
        title=title,
        number=state.number,
        addressee=state.addressee,
        text=_words(state.text, opened),
        status=state.status,
        target=_when(target, opened) if target else None,
        last_update_on=state.last_update_on,
        version=version,
        questions=tuple(
            OpenQuestion(line.entry, _words(line.question, opened), line.reply_by)
            for line in state.assurances
            if line.answered_by is None
        ),
    )


def _words(said: TextRef, opened: Opened) -> str:
    """Return a text, or why it is not shown."""
    if not opened.may_read(said):
        return HELD.format(said.recorded_by.partition("/")[0])
    return opened.text(said) or REMOVED
