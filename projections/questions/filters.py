"""Which recommendations and responses a question is about, for lists and for files alike: by
bodies, reports and other columns, by verdict, by words; and whether what is named is anything."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Annotated, Any, Literal, LiteralString, TypedDict, get_args

import psycopg
from msgspec import Meta
from psycopg import sql

from ledger.application import Ledger
from ledger.errors import Fault, Unfit
from ledger.events import AssuranceSought, UpdateReceived, streams
from ledger.events.entry import texts
from ledger.events.recommendation import Kind
from ledger.events.report import ReportKind
from ledger.events.streams import recommendation_stream, report_of, report_stream
from ledger.register import unknown_body, unknown_report
from ledger.states.recommendation import Status
from ledger.states.report import report
from ledger.states.service import Service
from projections import offices
from projections.answers.readers import texts_of
from projections.as_of import At
from projections.questions.question import Question
from projections.states import recommendation
from projections.states.recommendation import TARGET, Standing
from projections.states.values import RecommendationState, TextRef, said
from projections.streams import LogStreams
from projections.tables.tables import HERE
from projections.verdict.compliance import Basis, VerdictWord

Assurances = Literal["open"]
ASSURANCES: tuple[Assurances, ...] = get_args(Assurances)
Decided = Literal["refused", "reopened"]
DECIDED: dict[Decided, sql.SQL] = {
    "refused": sql.SQL("AND one.status = 'refused'"),
    "reopened": sql.SQL("AND one.status = 'reopened'"),
}
"""The statuses that `decided` can ask for too, as it did before `refused` was one."""
MOST_WORDS = 200
"""Characters of words to look for."""
NOT_KNOWN = "not_known"
"""The year of a report of which it is not known when it was published."""
_FITTING = sql.SQL(
    "AND (%(verdict)s::text IS NULL OR one.verdict = %(verdict)s)"
    " AND (%(kind)s::text IS NULL OR one.report_kind = %(kind)s)"
    " AND (%(basis)s::text IS NULL OR one.basis = %(basis)s)"
)
_OF_RESPONDER = sql.SQL("AND {counted_with} = %(responder)s").format(
    counted_with=offices.COUNTED_WITH
)


_COUNTED_WITH = (
    "Those that the page of this body counts: as `body`, but where one office follows another, "
    "what is open with whoever holds it, and the rest with whoever held it when the last day had "
    "passed or it was done with."
)
# Each filter is declared here once. The request's field (api/schemas/reads.py) is made of its type,
# and of what its Meta says.


class AboutReports(TypedDict, total=False):
    """What is asked of a report, or of the report that something is about."""

    publisher: Annotated[
        str | None,
        Meta(
            description="Reports that this body published, alone or with others, or what is about "
            "them."
        ),
    ]
    year: Annotated[
        str | None,
        Meta(
            pattern=rf"([0-9]{{4}}|{NOT_KNOWN})?\Z",
            extra={"error": "Give a year in four digits, such as 2025."},
            description=f"The year in which the report was published; `{NOT_KNOWN}`: that is not "
            "known.",
        ),
    ]


class OfReports(AboutReports, total=False):
    """What reports are asked for by."""

    body: Annotated[str | None, Meta(description="Those that concern this body.")]
    kind: Annotated[ReportKind | None, Meta(description="Those of this kind.")]
    q: Annotated[
        str | None,
        Meta(max_length=MOST_WORDS, description="Words in its title, as in a web search."),
    ]


class OfRecommendations(AboutReports, total=False):
    """What recommendations are asked for by."""

    body: Annotated[str | None, Meta(description="Those that concern this body.")]
    counted_with: Annotated[str | None, Meta(description=_COUNTED_WITH)]
    addressee: Annotated[str | None, Meta(description="Those to this body itself.")]
    report: Annotated[str | None, Meta(description="Those of this report, by its reference.")]
    kind: Annotated[Kind | None, Meta(description="What the report calls it.")]
    status: Annotated[Status | None, Meta(description="How it stands. A claim is not closure.")]
    target: Annotated[
        Standing | None,
        Meta(
            description="`passed`: its day is over, and no closure, end or claim of completion "
            "stands; `over`: its day is over, and one stands, or an act without an exact day may "
            "have ended it or moved the target, which does not say that the target was met; "
            "`none`: none is recorded, or its day is to be confirmed again."
        ),
    ]
    decided: Annotated[
        Decided | None,
        Meta(description="The same as `status`, which has these words since 0.2: ask for that."),
    ]
    assurances: Annotated[
        Assurances | None,
        Meta(description="`open`: an assurance was sought that has no reply on record."),
    ]
    q: Annotated[
        str | None,
        Meta(
            max_length=MOST_WORDS,
            description="Words in its texts that the reader may read, its updates and assurances "
            "among them, as in a web search: all of them, “in this order”, or, -not. Of a text, "
            "the first 50,000 characters count.",
        ),
    ]


class OfResponses(AboutReports, total=False):
    """What responses are asked for by."""

    body: Annotated[str | None, Meta(description="Those that concern this body.")]
    counted_with: Annotated[str | None, Meta(description=_COUNTED_WITH)]
    responder: Annotated[str | None, Meta(description="Those that this body itself owes.")]
    report: Annotated[str | None, Meta(description="Those to this report, by its reference.")]
    kind: Annotated[ReportKind | None, Meta(description="Of the report.")]
    verdict: Annotated[
        VerdictWord | None, Meta(description="Whether it is in time, on the day asked about.")
    ]
    basis: Annotated[Basis | None, Meta(description="What the verdict rests on.")]


@dataclass(frozen=True, slots=True)
class Filter:
    """The values wanted of columns of the read model, and what else the database decides; of rows
    that have them, those to keep."""

    columns: dict[str, Sequence[str]]
    keep: Callable[[Sequence[Any]], list[Any]] = list
    also: sql.Composable | None = None
    more: Mapping[str, Any] = field(default_factory=dict)
    """The parameters of `also`."""
    """What `also` needs beside a row called `one`."""
    of_report: sql.Composable | None = None
    """What the database decides of the report that it is about, a row called `r`, to follow
    another condition."""

    @property
    def whole(self) -> sql.Composable:
        """All that the database decides of a row called `one`, to follow another condition."""
        if self.of_report is None:
            return self.conditions
        reports = "AND one.report IN (SELECT r.report FROM projections.reports AS r WHERE {} {})"
        here = HERE.format(one=sql.Identifier("r"))
        return sql.SQL("{} {}").format(
            self.conditions, sql.SQL(reports).format(here, self.of_report)
        )

    @property
    def conditions(self) -> sql.Composable:
        """The same, but what it decides of its report."""
        equal = [
            sql.SQL("AND {} = ANY ({})").format(sql.Identifier("one", name), sql.Placeholder(name))
            for name in self.columns
        ]
        return sql.SQL(" ").join([*equal, self.also or sql.SQL("")])

    @property
    def values(self) -> dict[str, Any]:
        """The parameters of these conditions."""
        return {**{name: list(value) for name, value in self.columns.items()}, **self.more}


Places = frozenset[tuple[int, str]]
"""(position, field) of texts."""
_QUOTES = str.maketrans("“”", '""')


_WITH_THESE_WORDS = """
    SELECT e.stream, array_agg(t.position), array_agg(t.field)
      FROM ledger.shown_texts t JOIN ledger.entries e USING (position)
      LEFT JOIN ledger.entries o  -- a correction's text is read by whoever reads the original
        ON o.event_id = CASE WHEN e.topic = 'entry-corrected' THEN
               (convert_from(e.state, 'UTF8')::jsonb #>> '{data,target}')::uuid END
     CROSS JOIN LATERAL (
        SELECT convert_from(e.state, 'UTF8')::jsonb AS entry,
               convert_from(coalesce(o.state, e.state), 'UTF8')::jsonb AS original,
               string_to_array(t.field, '.') AS path OFFSET 0) AS said
     WHERE to_tsvector('english', left(t.body, 50000))
           @@ websearch_to_tsquery('english', %(words)s)
       AND t.position <= %(upto)s
       AND e.stream >= 'recommendation/' AND e.stream < 'recommendation0'
       AND (%(offices)s::text[] IS NULL
            OR CASE WHEN said.path[1] = 'source' THEN said.entry
                    ELSE said.entry -> 'data' END #>> (said.path || 'audience'::text) = 'public'
            OR said.original ->> 'by' = ANY (%(offices)s)
            OR split_part(said.original ->> 'recorded_by', '/', 1) = ANY (%(offices)s)
            OR EXISTS (SELECT FROM ledger.released_texts r
                        WHERE (r.position, r.field) = (t.position, t.field)))
     GROUP BY e.stream
"""


def places(question: Question, words: str) -> dict[str, Places]:
    """Return where texts of recommendations that the reader may read have these words, by stream,
    as known at the question's position.

    `words` are as one types them into a web search: all of them, “in this order”, or, -not; by
    their English stems. Unfit where there is none to look for. The query leaves out what the
    reader may not read, so that the time that an answer takes says little of it.
    """
    offices_read = question.reader.offices
    rows = question.conn.execute(
        _WITH_THESE_WORDS,
        {
            "words": search_for(question.conn, words),
            "upto": question.when.position,
            "offices": None if offices_read is None else sorted(offices_read),
        },
    ).fetchall()
    return {
        stream: frozenset(zip(positions, fields, strict=True)) for stream, positions, fields in rows
    }


def search_for(conn: psycopg.Connection, words: str) -> str:
    """Words as PostgreSQL's web search takes them. Unfit where there is none to look for."""
    words = words.translate(_QUOTES)
    row = conn.execute("SELECT numnode(websearch_to_tsquery('english', %s))", [words]).fetchone()
    if row is None or not row[0]:
        sentence = f"“{words[:80]}” has no word that could be looked for."
        raise Unfit(sentence, Fault("q", sentence))
    return words


def told(reader: LogStreams, when: At, stream: str) -> Iterator[TextRef]:
    """The texts of the updates and assurances of a recommendation that are in effect and had
    happened, as known at the two dates: those that its state does not hold, too."""
    reader.read_ahead([stream, _above(stream)])
    found = report(reader.stream(_above(stream), when.position))
    if found is None:
        return
    acts = recommendation.dated(
        reader.stream(stream, when.position), found, reader.context(when.position)
    )
    for hi, act in acts:
        if hi <= when.effective_on and isinstance(act.data, UpdateReceived | AssuranceSought):
            for path, text in texts(act.entry):
                if (one := said(act, path, text)) is not None:
                    yield one


def _above(stream: str) -> str:
    """The stream of the report of a recommendation."""
    reference = report_of(stream)
    assert reference is not None
    return report_stream(reference)


def recommendations(question: Question, asked: OfRecommendations) -> Filter:
    """`q` looks for words in what the answer says of one (its text, passages, questions, claims,
    notes) and in its updates and assurances, as far as the reader may read them."""
    columns = _equal(asked, "report", "kind", "status", "addressee")
    if body := asked.get("body"):
        columns["addressee"] = _both(columns, "addressee", bodies_of(question.register, body))
    target, words = asked.get("target"), (asked.get("q") or "").strip()
    found = places(question, words) if words else {}
    if words:
        reports = {stream.split("/")[1] for stream in found}
        columns["report"] = _both(columns, "report", reports)

    def keep(rows: Sequence[RecommendationState]) -> list[RecommendationState]:
        kept = [one for one in rows if _stream(one) in found]

        def says(said: Iterable[TextRef], one: RecommendationState) -> bool:
            """Return whether the recommendation has a text at one of these places."""
            there = found[_stream(one)]
            return any((t.position, t.field) in there for t in said)

        theirs = {_stream(one): one for one in kept if not says(texts_of(one), one)}
        question.log.read_ahead([name for stream in theirs for name in (stream, _above(stream))])
        silent = {
            stream
            for stream, one in theirs.items()
            if not says(told(question.log, question.when, stream), one)
        }
        return [one for one in kept if _stream(one) not in silent]

    also: list[sql.Composable] = [TARGET[target]] if target else []
    if decided := asked.get("decided"):
        also.append(DECIDED[decided])
    if asked.get("assurances"):
        also.append(sql.SQL("AND one.unanswered > 0"))
    of_report, more = about_reports(asked, "r")
    if holder := asked.get("counted_with"):
        own = offices.tenures(question.register, holder)
        columns["addressee"] = _both(columns, "addressee", (one.body for one in own))
        of_each = sql.Identifier("one", "addressee")
        also.append(offices.within(own, of_each, offices.RECOMMENDATION_ASSIGNED, lines=False))
        more |= offices.parameters(question.register, own) | {"d": question.when.effective_on}
    kept = keep if words else list
    return Filter(columns, kept, sql.SQL(" ").join(also), more, of_report=of_report)


def responses(question: Question, asked: OfResponses) -> Filter:
    """The responses that fit, as they stand on the day asked about."""
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
    theirs = offices.within(own, of_each, offices.RESPONSE_ASSIGNED, lines=True)
    more |= offices.parameters(register, own)
    values: Mapping[str, Any] = asked
    more |= {name: values.get(name) or None for name in ("verdict", "basis", "kind")}
    also: list[sql.Composable] = [_FITTING, theirs]
    if responder and (len(columns["body"]) > 1 or responder in register.successors):
        also.append(_OF_RESPONDER)
        more["responder"] = responder
    return Filter(columns, also=sql.SQL(" ").join(also), more=more, of_report=of_report)


def reports(question: Question, asked: OfReports) -> Filter:
    """Those that fit; `body` keeps those that concern it, `q` those with words in their titles."""
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


_TITLED = sql.SQL(
    "AND to_tsvector('english', one.titles) @@ websearch_to_tsquery('english', %(words)s)"
)


def about_reports(asked: AboutReports, row: str) -> tuple[sql.Composable | None, dict[str, Any]]:
    """What a row of reports, called so, has to be, to follow another condition (None: anything);
    and its parameters."""
    wanted: list[LiteralString] = []
    if asked.get("publisher"):
        wanted.append("AND %(publisher)s = ANY ({row}.publishers)")
    if year := asked.get("year"):
        known = "AND left({row}.published_text, 4) = %(year)s"
        wanted.append("AND {row}.published_text = ''" if year == NOT_KNOWN else known)
    if not wanted:
        return None, {}
    each = [sql.SQL(one).format(row=sql.Identifier(row)) for one in wanted]
    return sql.SQL(" ").join(each), {"publisher": asked.get("publisher"), "year": asked.get("year")}


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
    """The bodies whose matters concern a body: itself, its force, who answers for it, of a panel
    those whom it holds to account with their forces, and those that any of these follows, since it
    took on what they owed."""
    scrutinised = {body, *(one.id for one in service.bodies.values() if one.panel == body)}
    found = scrutinised.union(*map(service.forces_until, scrutinised))
    found |= {one.id for one in service.responders_for(body)}
    return sorted(service.with_predecessors(found))


def _both(columns: Mapping[str, Sequence[str]], name: str, others: Iterable[str]) -> list[str]:
    """The values wanted of a column already, if any are, that are among others too."""
    found = set(others)
    return sorted(found & set(columns.get(name, found)))


def _equal(asked: AboutReports, *names: str) -> dict[str, Sequence[str]]:
    values: Mapping[str, object] = asked
    return {name: [str(values[name])] for name in names if values.get(name)}


def _stream(one: RecommendationState) -> str:
    return recommendation_stream(one.report, one.key, one.addressee)


_COMPARED = 2000
"""With how many reports, the newest, a misspelt one is compared."""


OF_BODIES = ("body", "by", "addressee", "responder", "counted_with", "publisher", "panel")
"""The fields of questions that name a body."""


def check_names(ledger: Ledger, asked: Mapping[str, Any]) -> None:
    """Unfit where a question names a body or a report that there is none of, with the names near
    it. One that is recorded, but was not yet at the dates asked about, is a name."""
    faults = []
    report = asked.get("report")
    if given := {name: asked[name] for name in OF_BODIES if asked.get(name)}:
        service = ledger.service()
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
