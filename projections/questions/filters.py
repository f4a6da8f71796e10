"""The filters of recommendations, responses and reports, for lists and files alike: by bodies,
reports and other columns, by verdict, and by words. Also the check that a named body or report
exists."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from functools import partial
from typing import Annotated, Any, Literal, LiteralString, TypedDict

import psycopg
from msgspec import Meta
from psycopg import sql

from ledger.application import Ledger
from ledger.errors import Fault, Unfit
from ledger.events import AssuranceSought, UpdateReceived, streams
from ledger.events.entry import texts
from ledger.events.recommendation import Kind
from ledger.events.report import ReportKind
from ledger.events.streams import (
    report_of,
    report_stream,
    response_stream,
)
from ledger.events.texts import LONGEST_LABEL
from ledger.register import body_named, unknown_body, unknown_report
from ledger.states.recommendation import Status
from ledger.states.report import report
from ledger.states.service import Service
from projections import keeping, offices
from projections.answers.completion import Outcome, year_before
from projections.answers.readers import texts_of
from projections.answers.response import published_texts
from projections.as_of import At
from projections.questions.question import Question
from projections.read_models.tables import HERE
from projections.states.acts import dated
from projections.states.recommendation import TARGET, Standing
from projections.states.values import JudgedResponse, RecommendationState, TextRef, said
from projections.streams import Streams
from projections.verdict.compliance import Basis, VerdictWord

Assurances = Literal["open"]
Completed = Literal["called", "waiting_over_a_year", Outcome]
Decided = Literal["refused", "reopened"]
DECIDED: dict[Decided, sql.SQL] = {
    "refused": sql.SQL("AND one.status = 'refused'"),
    "reopened": sql.SQL("AND one.status = 'reopened'"),
}
"""The statuses that `decided` can ask for too. It is the older way: `refused` was not a status
before 0.2."""
_KEPT = sql.SQL("EXISTS (SELECT FROM {} WHERE {})").format(keeping.KEPT, keeping.IS_KEPT)
_WAITING = sql.SQL("AND one.completion = 'waiting' AND {}").format(_KEPT)
COMPLETION: dict[Completed, sql.Composable] = {
    "called": sql.SQL("AND one.completion IS NOT NULL"),
    "waiting": _WAITING,
    "waiting_over_a_year": _WAITING + sql.SQL(" AND one.called_on < %(year_before)s"),
    "not_kept_here": sql.SQL("AND one.completion = 'waiting' AND NOT {}").format(_KEPT),
    "confirmed": sql.SQL("AND one.completion = 'confirmed'"),
    "no_longer_relevant": sql.SQL("AND one.completion = 'no_longer_relevant'"),
    "refused": sql.SQL("AND one.completion = 'refused'"),
    "reopened": sql.SQL("AND one.completion = 'reopened'"),
    "ended": sql.SQL("AND one.completion = 'ended'"),
}
"""The SQL conditions for what became of a claim of completion
(`answers.completion.claim_of_completion`)."""
Finished = Literal["no", "yes"]
OPEN_RECOMMENDATION = sql.SQL("one.status <> ALL ('{{closed,withdrawn,superseded}}')").format()
OPEN_RESPONSE = sql.SQL("one.verdict = ANY ('{{overdue,due,not_due,not_looked_for}}')").format()
"""The conditions of what is not finished yet: of a response, that one is awaited."""
MOST_WORDS = 200
"""The most characters of a search."""
NOT_KNOWN = "not_known"
"""The year of a report whose day of publication is not known."""
_FITTING = sql.SQL(
    "AND (%(verdict)s::text IS NULL OR one.verdict = %(verdict)s)"
    " AND (%(kind)s::text IS NULL OR one.report_kind = %(kind)s)"
    " AND (%(basis)s::text IS NULL OR one.basis = %(basis)s)"
)
_OF_RESPONDER = sql.SQL("AND {counted_with} = %(responder)s").format(
    counted_with=offices.COUNTED_WITH
)


_COUNTED_WITH = (
    "Those that this body’s page counts. As `body`, but where one office follows another, open "
    "matters count with its present holder, the others with the body that held the office when "
    "the last day passed or the matter ended."
)
# Each filter is declared here once. The request's field (api/schemas/reads.py) is made from its
# type and its Meta.


class AboutReports(TypedDict, total=False):
    """The filters on a report, or on the report that something is about."""

    publisher: Annotated[
        str | None,
        Meta(
            description="Reports that this body published, alone or with others, or matters about "
            "these reports."
        ),
    ]
    year: Annotated[
        str | None,
        Meta(
            pattern=rf"([0-9]{{4}}|{NOT_KNOWN})?\Z",
            extra={"error": "Give a year in four digits, such as 2025."},
            description="The year in which the report was published; `not_known` if it is not "
            "known.",
        ),
    ]


class OfReports(AboutReports, total=False):
    """The filters of reports."""

    body: Annotated[str | None, Meta(description="Those that concern this body.")]
    kind: Annotated[ReportKind | None, Meta(description="Those of this kind.")]
    q: Annotated[
        str | None,
        Meta(max_length=MOST_WORDS, description="Words in its title, as in a web search."),
    ]


class OfGrades(AboutReports, total=False):
    """The filters of the grades that reports gave."""

    body: Annotated[str | None, Meta(description="Those given to this body or to its forces.")]
    report: Annotated[str | None, Meta(description="Those of this report, by its reference.")]


class OfRecommendations(AboutReports, total=False):
    """The filters of recommendations."""

    body: Annotated[str | None, Meta(description="Those that concern this body.")]
    counted_with: Annotated[str | None, Meta(description=_COUNTED_WITH)]
    addressee: Annotated[str | None, Meta(description="Those to this body itself.")]
    report: Annotated[str | None, Meta(description="Those of this report, by its reference.")]
    kind: Annotated[Kind | None, Meta(description="What the report calls it.")]
    report_kind: Annotated[ReportKind | None, Meta(description="Those of reports of this kind.")]
    status: Annotated[Status | None, Meta(description="How it stands. A claim is not closure.")]
    finished: Annotated[
        Finished | None,
        Meta(description="`yes`: those closed, withdrawn or superseded. `no`: the others."),
    ]
    target: Annotated[
        Standing | None,
        Meta(
            description="`passed`: its day is over, and no closure, end or claim of completion "
            "stands. `over`: its day is over, and one of these stands, or an act without an exact "
            "day may have ended it or moved the target; that does not say that the target was "
            "met. `none`: no target is recorded, or its day has to be confirmed again."
        ),
    ]
    completion: Annotated[
        Completed | None,
        Meta(
            description="What became of the claim by which the force calls it complete; `called`: "
            "all of these. `waiting`: no decision is recorded, and the record about it is kept "
            "here; `not_kept_here`: nobody has said that it is. `no_longer_relevant`: closed on "
            "this ground. `ended`: withdrawn or superseded."
        ),
    ]
    theme: Annotated[
        str | None,
        Meta(
            max_length=LONGEST_LABEL,
            description="Those of this theme, in the publisher's words, letter by letter.",
        ),
    ]
    decided: Annotated[
        Decided | None,
        Meta(description="An older way to ask for these values of `status`: use `status`."),
    ]
    assurances: Annotated[
        Assurances | None,
        Meta(description="`open`: those with an assurance that has no reply on record."),
    ]
    q: Annotated[
        str | None,
        Meta(
            max_length=MOST_WORDS,
            description="Words in those of its texts that the reader may read, including updates "
            "and assurances, as in a web search: all of them, “in this order”, or, -not. Only the "
            "first 50,000 characters of a text are searched. A page for words that more than 5,000 "
            "texts have may end early, with fewer items or none: go on at `next`.",
        ),
    ]


class OfResponses(AboutReports, total=False):
    """The filters of responses."""

    body: Annotated[str | None, Meta(description="Those that concern this body.")]
    counted_with: Annotated[str | None, Meta(description=_COUNTED_WITH)]
    responder: Annotated[str | None, Meta(description="Those that this body itself owes.")]
    report: Annotated[str | None, Meta(description="Those to this report, by its reference.")]
    kind: Annotated[ReportKind | None, Meta(description="Of the report.")]
    verdict: Annotated[
        VerdictWord | None, Meta(description="Those with this verdict on the day asked about.")
    ]
    finished: Annotated[
        Finished | None,
        Meta(
            description="`no`: those that are awaited (`overdue`, `due`, `not_due`, "
            "`not_looked_for`). `yes`: the others."
        ),
    ]
    basis: Annotated[Basis | None, Meta(description="Those whose verdict rests on this.")]
    q: Annotated[
        str | None,
        Meta(
            max_length=MOST_WORDS,
            description="Words in their published text, in either language, as in a web search. A "
            "page for words that more than 5,000 texts have may end early, as in a list of "
            "recommendations.",
        ),
    ]


@dataclass(frozen=True, slots=True)
class Filter:
    """The wanted values of columns, further conditions for the database, and a function that keeps
    the rows which the database cannot decide."""

    columns: dict[str, Sequence[str]]
    keep: Callable[[Sequence[Any]], list[Any]] = list
    also: sql.Composable | None = None
    more: Mapping[str, Any] = field(default_factory=dict)
    """The parameters of `also`."""
    of_report: sql.Composable | None = None
    """The condition on its report, a row called `r`, to follow another condition."""

    @property
    def whole(self) -> sql.Composable:
        """All conditions on a row called `one`, to follow another condition."""
        if self.of_report is None:
            return self.conditions
        reports = "AND one.report IN (SELECT r.report FROM projections.reports AS r WHERE {} {})"
        here = HERE.format(one=sql.Identifier("r"))
        return sql.SQL("{} {}").format(
            self.conditions, sql.SQL(reports).format(here, self.of_report)
        )

    @property
    def conditions(self) -> sql.Composable:
        """The same without the condition on its report."""
        equal = [
            sql.SQL("AND {} = ANY ({})").format(sql.Identifier("one", name), sql.Placeholder(name))
            for name in self.columns
        ]
        return sql.SQL(" ").join([*equal, self.also or sql.SQL("")])

    @property
    def values(self) -> dict[str, Any]:
        """The parameters of these conditions."""
        return {**{name: list(value) for name, value in self.columns.items()}, **self.more}


def is_open(open_: sql.Composable, finished: Finished) -> sql.Composable:
    """Return the condition that something is open, or finished, to follow another condition."""
    return sql.SQL("AND {}" if finished == "no" else "AND NOT ({})").format(open_)


Places = frozenset[tuple[int, str]]
"""The (position, field) pairs of texts."""
_QUOTES = str.maketrans("“”", '""')


COMMON = 5000
"""Words are common if more texts than this have them. Then a list is looked through row by row, a
part of it for each page (`paging.LOOKED_THROUGH`): to gather the places of all these texts would
take seconds. How many texts have the words counts those that the reader may not read, too."""
_ARE_COMMON = """
    SELECT CASE querytree(websearch_to_tsquery('english', %(words)s))
           WHEN 'T' THEN true  -- the index does not know which texts lack a word
           ELSE (SELECT count(*) FROM (
                    SELECT FROM ledger.texts t
                     WHERE to_tsvector('english', left(t.body, 50000))
                           @@ websearch_to_tsquery('english', %(words)s)
                     LIMIT %(common)s + 1) AS those) > %(common)s END
"""
_ANYWHERE = sql.SQL("ledger.shown_texts")
_IN_STREAMS = sql.SQL("""
    (SELECT t.* FROM ledger.entries e JOIN ledger.shown_texts t USING (position)
      WHERE e.stream = ANY (%(streams)s) OFFSET 0)""")
"""The texts to search. Those of some streams are read one by one (OFFSET 0): for common words the
planner would read the index and all that it names."""
_WITH_THESE_WORDS = sql.SQL("""
    SELECT e.stream, array_agg(t.position), array_agg(t.field)
      FROM {texts} t JOIN ledger.entries e USING (position)
      LEFT JOIN ledger.entries o  -- a correction's text is read by whoever reads the original
        ON o.event_id = CASE WHEN e.topic = 'entry-corrected' THEN
               (convert_from(e.state, 'UTF8')::jsonb #>> '{{data,target}}')::uuid END
     CROSS JOIN LATERAL (
        SELECT convert_from(e.state, 'UTF8')::jsonb AS entry,
               string_to_array(t.field, '.') AS path OFFSET 0) AS said
     CROSS JOIN LATERAL (
        SELECT CASE WHEN o.state IS NULL THEN said.entry
                    ELSE convert_from(o.state, 'UTF8')::jsonb END AS entry) AS original
     WHERE to_tsvector('english', left(t.body, 50000))
           @@ websearch_to_tsquery('english', %(words)s)
       AND t.position <= %(upto)s
       AND e.stream >= %(kind)s || '/' AND e.stream < %(kind)s || '0'
       AND NOT (t.field = 'reason' AND e.topic IN ('entry-corrected', 'entry-retracted'))
       AND (%(fields)s::text[] IS NULL OR t.field = ANY (%(fields)s))
       AND (%(offices)s::text[] IS NULL
            OR CASE WHEN said.path[1] = 'source' THEN said.entry
                    ELSE said.entry -> 'data' END #>> (said.path || 'audience'::text) = 'public'
            OR original.entry ->> 'by' = ANY (%(offices)s)
            OR split_part(original.entry ->> 'recorded_by', '/', 1) = ANY (%(offices)s)
            OR EXISTS (SELECT FROM ledger.released_texts r
                        WHERE (r.position, r.field) = (t.position, t.field)))
     GROUP BY e.stream
""")


@dataclass(frozen=True, slots=True)
class Search:
    """A search for words in the texts of recommendations, or of responses, that the reader may
    read, as known at the question's position; in some fields alone, if they are named.

    `words` are as in a web search: all of them, “in this order”, or, -not; by their English stems.
    The query leaves out texts that the reader may not read, so that the time of an answer tells
    little about them.
    """

    question: Question
    words: str
    kind: Literal["recommendation", "response"]
    fields: Sequence[str] | None
    everywhere: dict[str, Places] | None
    """The places of all the texts with these words, by stream; None if the words are common."""

    def places(self, streams: Iterable[str]) -> dict[str, Places]:
        """Return the places of the texts with these words, by stream, at least in these streams."""
        if self.everywhere is not None:
            return self.everywhere
        return _places(self, sorted(set(streams)))

    def narrow(
        self,
        stream: LiteralString,
        columns: dict[str, Sequence[str]],
        also: list[sql.Composable],
        more: dict[str, Any],
    ) -> None:
        """Keep a filter's rows to the streams that have the words, if these are rare. `stream` is a
        row's stream in SQL."""
        if self.everywhere is not None:
            reports = {name.split("/")[1] for name in self.everywhere}
            columns["report"] = _both(columns, "report", reports)
            also.append(sql.SQL("AND {} = ANY (%(with_words)s)").format(sql.SQL(stream)))
            more["with_words"] = sorted(self.everywhere)


def search(
    question: Question,
    words: str,
    kind: Literal["recommendation", "response"],
    fields: Sequence[str] | None = None,
) -> Search:
    """Return a search for words. Raise Unfit if there is none to look for."""
    words = search_for(question.conn, words)
    given = {"words": words, "common": COMMON}
    row = question.conn.execute(_ARE_COMMON, given).fetchone()
    found = Search(question, words, kind, fields, None)
    if row is None or row[0]:
        return found
    return replace(found, everywhere=_places(found, None))


def _places(search: Search, streams: Sequence[str] | None) -> dict[str, Places]:
    """Return the places of a search's texts, by stream; in some streams alone, if they are
    named."""
    offices_read = search.question.reader.offices
    rows = search.question.conn.execute(
        _WITH_THESE_WORDS.format(texts=_ANYWHERE if streams is None else _IN_STREAMS),
        {
            "words": search.words,
            "kind": search.kind,
            "streams": streams,
            "fields": None if search.fields is None else list(search.fields),
            "upto": search.question.when.position,
            "offices": None if offices_read is None else sorted(offices_read),
        },
    ).fetchall()
    return {
        stream: frozenset(zip(positions, fields, strict=True)) for stream, positions, fields in rows
    }


def search_for(conn: psycopg.Connection, words: str) -> str:
    """Return words in the form of PostgreSQL's web search. Raise Unfit if there is none to look
    for."""
    words = words.translate(_QUOTES)
    row = conn.execute("SELECT numnode(websearch_to_tsquery('english', %s))", [words]).fetchone()
    if row is None or not row[0]:
        sentence = f"“{words[:80]}” has no word that could be looked for."
        raise Unfit(sentence, Fault("q", sentence))
    return words


def told(reader: Streams, when: At, stream: str) -> Iterator[TextRef]:
    """Yield the texts of the updates and assurances of a recommendation that are in effect and had
    happened, as known at the two dates. The state does not hold all of them."""
    reader.read_ahead([stream, _above(stream)])
    found = report(reader.stream(_above(stream), when.position))
    if found is None:
        return
    entries = reader.stream(stream, when.position)
    for hi, act in dated(entries, found, reader.context(when.position)):
        if hi <= when.effective_on and isinstance(act.data, UpdateReceived | AssuranceSought):
            for path, text in texts(act.entry):
                if (one := said(act, path, text)) is not None:
                    yield one


_RECOMMENDATION: LiteralString = (
    "'recommendation/' || one.report || '/' || one.key || '/' || one.addressee"
)
_RESPONSE: LiteralString = "'response/' || one.report || '/' || one.body"


def _above(stream: str) -> str:
    """Return the stream of a recommendation's report."""
    reference = report_of(stream)
    assert reference is not None
    return report_stream(reference)


def recommendations(question: Question, asked: OfRecommendations) -> Filter:
    """Return the filter of recommendations. `q` searches the texts that the reader may read: its
    own, passages, questions, claims, notes, updates and assurances."""
    columns = _equal(asked, "report", "kind", "status", "addressee", "theme")
    if body := asked.get("body"):
        columns["addressee"] = _both(columns, "addressee", bodies_of(question.register, body))
    target, words = asked.get("target"), (asked.get("q") or "").strip()
    searched = search(question, words, "recommendation") if words else None

    def keep(rows: Sequence[RecommendationState]) -> list[RecommendationState]:
        assert searched is not None
        found = searched.places(one.stream for one in rows)
        kept = [one for one in rows if one.stream in found]

        def says(said: Iterable[TextRef], one: RecommendationState) -> bool:
            """Return whether the recommendation has a text at one of these places."""
            there = found[one.stream]
            return any((t.position, t.field) in there for t in said)

        others = {one.stream: one for one in kept if not says(texts_of(one), one)}
        question.log.read_ahead([name for stream in others for name in (stream, _above(stream))])
        silent = {
            stream
            for stream, one in others.items()
            if not says(told(question.log, question.when, stream), one)
        }
        return [one for one in kept if one.stream not in silent]

    also: list[sql.Composable] = [TARGET[target]] if target else []
    if finished := asked.get("finished"):
        also.append(is_open(OPEN_RECOMMENDATION, finished))
    if decided := asked.get("decided"):
        also.append(DECIDED[decided])
    if asked.get("assurances"):
        also.append(sql.SQL("AND one.unanswered > 0"))
    of_report, more = about_reports(asked, "r")
    if completed := asked.get("completion"):
        also.append(COMPLETION[completed])
        more |= keeping.parameters(question.register)
        more["year_before"] = year_before(question.when.effective_on)
    if holder := asked.get("counted_with"):
        own = offices.tenures(question.register, holder)
        columns["addressee"] = _both(columns, "addressee", (one.body for one in own))
        of_each = sql.Identifier("one", "addressee")
        also.append(offices.within(own, of_each, offices.RECOMMENDATION_ASSIGNED, lines=False))
        more |= offices.parameters(question.register, own) | {"d": question.when.effective_on}
    kept: Callable[[Sequence[Any]], list[Any]] = list
    if searched is not None:
        kept = keep
        searched.narrow(_RECOMMENDATION, columns, also, more)
    return Filter(columns, kept, sql.SQL(" ").join(also), more, of_report=of_report)


def responses(question: Question, asked: OfResponses) -> Filter:
    """Return the filter of responses, on the day asked about."""
    columns = _equal(asked, "report")
    register, responder = question.register, asked.get("responder") or None
    if responder:
        columns["body"] = sorted(register.with_predecessors([responder]))
    if body := asked.get("body"):
        columns["body"] = _both(columns, "body", bodies_of(register, body))
    of_report, more = about_reports(asked, "r")
    own = offices.tenures(register, holder) if (holder := asked.get("counted_with")) else []
    if own:
        columns["body"] = _both(columns, "body", (one.body for one in own))
    of_each = sql.Identifier("one", "body")
    of_holder = offices.within(own, of_each, offices.RESPONSE_ASSIGNED, lines=True)
    more |= offices.parameters(register, own)
    values: Mapping[str, Any] = asked
    more |= {name: values.get(name) or None for name in ("verdict", "basis", "kind")}
    also: list[sql.Composable] = [_FITTING, of_holder]
    if finished := asked.get("finished"):
        also.append(is_open(OPEN_RESPONSE, finished))
    if responder and (len(columns["body"]) > 1 or responder in register.successors):
        also.append(_OF_RESPONDER)
        more["responder"] = responder
    keep: Callable[[Sequence[Any]], list[Any]] = list
    if words := (asked.get("q") or "").strip():
        searched = search(question, words, "response", _PUBLISHED)
        searched.narrow(_RESPONSE, columns, also, more)
        keep = partial(_published_with, searched, question.when.effective_on)
    return Filter(columns, keep, sql.SQL(" ").join(also), more, of_report=of_report)


_PUBLISHED = ("text", "translations.0.text", "now")
"""The fields of a response's published texts, as recorded, corrected and revised."""


def _published_with(
    searched: Search, day: date, rows: Sequence[JudgedResponse]
) -> list[JudgedResponse]:
    """Return the responses that were published by a day with a text that has the words."""
    found = searched.places(response_stream(one.report, one.body) for one in rows)

    def says(one: JudgedResponse) -> bool:
        there = found.get(response_stream(one.report, one.body), frozenset())
        return any((said.position, said.field) in there for said in published_texts(one, day))

    return list(filter(says, rows))


def reports(question: Question, asked: OfReports) -> Filter:
    """Return the filter of reports: `body` keeps those that concern it, `q` those with the words in
    their titles."""
    also, more = about_reports(asked, "one")
    wanted = [also] if also else []
    if body := asked.get("body"):
        concerned = reports_of(bodies_of(question.register, body))
        wanted.append(concerned.conditions)
        more |= concerned.more
    if words := (asked.get("q") or "").strip():
        wanted.append(_TITLED)
        more["words"] = search_for(question.conn, words)
    return Filter(_equal(asked, "kind"), also=sql.SQL(" ").join(wanted), more=more)


def grades(question: Question, asked: OfGrades) -> Filter:
    """Return the filter of the reports that gave such grades."""
    about, more = about_reports(asked, "one")
    wanted = [sql.SQL("AND one.graded <> '{{}}'").format(), *([about] if about else [])]
    if body := asked.get("body"):
        wanted.append(sql.SQL("AND one.graded && %(graded)s"))
        more["graded"] = bodies_of(question.register, body)
    return Filter(_equal(asked, "report"), also=sql.SQL(" ").join(wanted), more=more)


_TITLED = sql.SQL(
    "AND to_tsvector('english', one.titles) @@ websearch_to_tsquery('english', %(words)s)"
)


def about_reports(asked: AboutReports, row: str) -> tuple[sql.Composable | None, dict[str, Any]]:
    """Return the condition on a row of reports with this name, to follow another condition (None:
    no condition), and its parameters."""
    wanted: list[LiteralString] = []
    values: Mapping[str, Any] = asked
    if values.get("report_kind"):
        wanted.append("AND {row}.kind = %(report_kind)s")
    if asked.get("publisher"):
        wanted.append("AND %(publisher)s = ANY ({row}.publishers)")
    if year := asked.get("year"):
        known = "AND left({row}.published_text, 4) = %(year)s"
        wanted.append("AND {row}.published_text = ''" if year == NOT_KNOWN else known)
    if not wanted:
        return None, {}
    each = [sql.SQL(one).format(row=sql.Identifier(row)) for one in wanted]
    given = {name: values.get(name) for name in ("publisher", "year", "report_kind")}
    return sql.SQL(" ").join(each), given


def reports_of(bodies: Sequence[str]) -> Filter:
    """Return the filter of reports with a recommendation to, or a duty of, one of these bodies."""
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
    """Return the bodies whose matters concern a body: itself, its forces, and the bodies that
    answer for it. For a panel, add the bodies that it holds to account, with their forces. Add the
    predecessors of all these, since their successors took on what they owed."""
    scrutinised = {body, *(one.id for one in service.bodies.values() if one.panel == body)}
    found = scrutinised.union(*map(service.forces_until, scrutinised))
    found |= {one.id for one in service.responders_for(body)}
    return sorted(service.with_predecessors(found))


def _both(columns: Mapping[str, Sequence[str]], name: str, others: Iterable[str]) -> list[str]:
    """Return the values that are among others and, if the column has a filter already, among its
    values."""
    found = set(others)
    return sorted(found & set(columns.get(name, found)))


def _equal(asked: AboutReports, *names: str) -> dict[str, Sequence[str]]:
    values: Mapping[str, object] = asked
    return {name: [str(values[name])] for name in names if values.get(name)}


_COMPARED = 2000
"""A misspelt reference is compared with so many of the newest reports."""


OF_BODIES = ("body", "by", "addressee", "responder", "counted_with", "publisher", "panel")
"""The fields of questions that name a body."""


def with_ids(ledger: Ledger, asked: Mapping[str, Any]) -> dict[str, Any]:
    """Return what a question asks, with the ids of the bodies that it names. Raise Unfit if it
    names a body or a report that does not exist, with similar names. One that exists now, but did
    not at the dates asked about, is accepted."""
    faults = []
    report = asked.get("report")
    if given := {name: asked[name] for name in OF_BODIES if asked.get(name)}:
        service = ledger.service()
        given = {name: body_named(one, service.bodies) or one for name, one in given.items()}
        accounts = {account.partition("/")[0] for account in service.accounts}
        faults += [
            Fault(name, unknown_body(body[:80], service.bodies).sentence)
            for name, body in given.items()
            if body not in service.bodies and body not in accounts
        ]
    if report and not ledger.read_stream(streams.report_stream(report)):
        faults.append(Fault("report", unknown_report(report[:80], _references(ledger))))
    if faults:
        raise Unfit(" ".join(fault.message for fault in faults), *faults)
    return {**asked, **given}


def _references(ledger: Ledger) -> list[str]:
    with ledger.pool.connection() as conn:
        rows = conn.execute(
            """
            SELECT stream FROM ledger.entries WHERE topic = 'report-published'
             ORDER BY position DESC LIMIT %s
            """,
            [_COMPARED],
        ).fetchall()
    return [stream.removeprefix("report/") for (stream,) in rows]
