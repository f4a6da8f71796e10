"""Compliance in numbers: responses owed by body, kind of report or year, from the read models."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from statistics import median_low
from typing import Annotated, Any, Unpack, get_args

from msgspec import Meta
from msgspec.structs import asdict
from psycopg import sql
from psycopg.rows import dict_row

from ledger.events.report import ReportKind
from ledger.events.streams import kind, recommendation_of, response_stream
from ledger.states.service import Service
from projections import offices
from projections.answers.register import ties
from projections.answers.response import CausesOfConcern
from projections.answers.totals import (
    Compliance,
    Counts,
    CoverageTotals,
    Days,
    ExplainedByDue,
    Group,
    GroupBy,
    LateDays,
)
from projections.questions.completions import completions
from projections.questions.filters import AboutReports, about_reports, bodies_of
from projections.questions.question import Question
from projections.read_models.tables import HERE
from projections.verdict.compliance import BASES, VERDICTS, Basis, VerdictWord

GROUPS: tuple[GroupBy, ...] = get_args(GroupBy)
_COLUMN: dict[GroupBy, sql.Composable] = {
    "body": offices.COUNTED_WITH,
    "kind": sql.SQL("one.report_kind"),
    "year": sql.SQL("one.report_year"),
}
"""The body is the one that the response is counted with; the year is the report's."""

_WANTED = sql.SQL(
    "AND (%(bodies)s::text[] IS NULL OR one.body = ANY (%(bodies)s))"
    " AND (%(report)s::text IS NULL OR one.report = %(report)s)"
    " AND (%(kind)s::text IS NULL OR one.report_kind = %(kind)s)"
)
_OF_REPORTS = sql.SQL(
    " AND one.report IN (SELECT r.report FROM projections.reports AS r WHERE {here} {of_report})"
)
# `told` leaves out responses that are not yet due: they can still explain by their last day.
_COUNTED = sql.SQL("""
    SELECT o.grouped, o.verdict, o.basis,
           count(*) AS responses,
           count(*) FILTER (WHERE o.at_least) AS at_least,
           array_agg(o.days) FILTER (WHERE o.verdict IN ('late', 'overdue')) AS days,
           count(*) FILTER (WHERE o.was_improved) AS improved_later,
           count(*) FILTER (WHERE o.listed) AS listed,
           count(*) FILTER (WHERE o.known) AS covered,
           coalesce(sum(o.addressed) FILTER (WHERE o.known), 0) AS addressed,
           coalesce(sum(o.explained_now) FILTER (WHERE o.known), 0) AS explained_now,
           coalesce(sum(o.general) FILTER (WHERE o.known), 0) AS general,
           coalesce(sum(o.addressed) FILTER (WHERE o.told), 0) AS by_due_addressed,
           coalesce(sum(o.explained_by_due) FILTER (WHERE o.told), 0) AS by_due_explained,
           coalesce(sum(o.causes) FILTER (WHERE o.known), 0) AS causes,
           coalesce(sum(o.causes_without) FILTER (WHERE o.known), 0) AS causes_without,
           coalesce(sum(o.causes_explained) FILTER (WHERE o.known), 0) AS causes_explained
      FROM (SELECT {group} AS grouped, one.verdict, one.basis, one.at_least,
                   coalesce(one.days, abs(%(d)s - one.days_from)) AS days,
                   (one.report, one.body, one.name) IN (
                        SELECT i.report, i.body, i.name FROM projections.improvements AS i
                         WHERE i.position <= %(k)s) AS was_improved,
                   one.listed_by = 'report' AS listed,
                   one.listed_by = 'report' AND one.explained_now IS NOT NULL
                   AND one.causes_explained IS NOT NULL AS known,
                   one.listed_by = 'report' AND one.due_on < %(d)s
                   AND one.explained_by_due IS NOT NULL AS told,
                   one.addressed, one.explained_now, one.explained_by_due, one.general,
                   one.causes, one.causes_without, one.causes_explained
              FROM projections.responses AS one
             WHERE {here} {wanted}) AS o
     GROUP BY o.grouped, o.verdict, o.basis
""")
_REDACTED = sql.SQL("""
    SELECT {group} AS grouped, one.report, one.body, r.stream, r.position
      FROM projections.redactions AS r
      JOIN projections.responses AS one ON one.report = split_part(r.stream, '/', 2)
     WHERE (r.stream IN ('report/' || one.report, 'response/' || one.report || '/' || one.body)
            OR starts_with(r.stream, 'recommendation/'))
       AND r.position <= %(k)s AND {here} {wanted}
""")


class OfTotals(AboutReports, total=False):
    """The filters of the responses that are counted."""

    body: Annotated[str | None, Meta(description="Responses that concern this body.")]
    report: Annotated[str | None, Meta(description="Responses to this report.")]
    kind: Annotated[ReportKind | None, Meta(description="Responses to reports of this kind.")]


@dataclass
class Tally:
    """The numbers of one group's responses, added up row by row."""

    responses: int = 0
    verdicts: dict[VerdictWord, dict[Basis, int]] = field(default_factory=dict)
    """Numbers by verdict and basis."""
    late: list[int] = field(default_factory=list)
    """The days of each late response."""
    at_least: int = 0
    overdue: list[int] = field(default_factory=list)
    improved_later: int = 0
    listed: int = 0
    covered: int = 0
    sums: dict[str, int] = field(default_factory=dict)
    redactions: set[int] = field(default_factory=set)

    def add(self, row: dict[str, Any]) -> None:
        """Add the responses of one verdict and basis."""
        self.responses += row["responses"]
        by_basis = self.verdicts.setdefault(row["verdict"], {})
        by_basis[row["basis"]] = by_basis.get(row["basis"], 0) + row["responses"]
        if row["verdict"] == "late":
            self.late += row["days"]
            self.at_least += row["at_least"]
        elif row["verdict"] == "overdue":
            self.overdue += row["days"]
        self.improved_later += row["improved_later"]
        self.listed += row["listed"]
        self.covered += row["covered"]
        for name in _SUMMED:
            self.sums[name] = self.sums.get(name, 0) + int(row[name])

    @property
    def counts(self) -> Counts:
        """The counts as an answer."""
        words = [word for word in VERDICTS if word in self.verdicts]
        return Counts(
            responses=self.responses,
            verdicts={word: sum(self.verdicts[word].values()) for word in words},
            bases=_by_basis(list(self.verdicts.values())),
            verdicts_by_basis={word: _by_basis([self.verdicts[word]]) for word in words},
            late=LateDays(**asdict(_days(self.late)), at_least=self.at_least),
            overdue=_days(self.overdue),
            coverage=self._coverage,
            improved_later=self.improved_later,
            redactions=len(self.redactions),
        )

    @property
    def _coverage(self) -> CoverageTotals:
        sums = {name: self.sums.get(name, 0) for name in _SUMMED}
        return CoverageTotals(
            responses=self.covered,
            left_out=self.responses - self.listed,
            not_known=self.listed - self.covered,
            addressed=sums["addressed"],
            explained_now=sums["explained_now"],
            general=sums["general"],
            by_due=ExplainedByDue(
                addressed=sums["by_due_addressed"], explained=sums["by_due_explained"]
            ),
            causes_of_concern=CausesOfConcern(
                addressed=sums["causes"],
                without_recommendations=sums["causes_without"],
                explained_now=sums["causes_explained"],
            ),
        )


_SUMMED = (
    "addressed",
    "explained_now",
    "general",
    "by_due_addressed",
    "by_due_explained",
    "causes",
    "causes_without",
    "causes_explained",
)


def compliance(
    question: Question,
    *,
    group_by: GroupBy = "body",
    **asked: Unpack[OfTotals],
) -> Compliance:
    """Return the responses owed in numbers, by group; bodies by name, never ranked.

    Days of late responses are lower bounds if no exact date decides. Coverage leaves out responses
    whose report's own list is not recorded, and those that lack their text. Coverage by the last
    day also leaves out responses whose last day is not over. Redactions are those of the texts of
    the reports, of the responses, and of the recommendations that these have to explain.
    """
    lists = question.listed
    body = asked.get("body")
    of_report, more = about_reports(asked, "r")
    given = {
        **more,
        **lists.dates,
        "bodies": bodies_of(lists.register, body) if body else None,
        "report": asked.get("report") or None,
        "kind": asked.get("kind") or None,
    }
    wanted: sql.Composable = _WANTED
    if of_report is not None:
        here = HERE.format(one=sql.Identifier("r"))
        wanted = _WANTED + _OF_REPORTS.format(here=here, of_report=of_report)
    groups, whole = _counted(lists, group_by, wanted, given)
    items = [_group(group_by, name, one, lists.register) for name, one in groups.items()]
    items.sort(key=lambda one: _order(group_by, one))
    return Compliance(
        group_by=group_by,
        items=items,
        total=whole.counts,
        completion=completions(
            lists,
            {
                "body": body,
                "report": asked.get("report"),
                "report_kind": asked.get("kind"),
                "publisher": asked.get("publisher"),
                "year": asked.get("year"),
            },
        ),
        as_of=lists.as_of,
    )


def _counted(
    lists: Question, group_by: GroupBy, wanted: sql.Composable, asked: dict[str, Any]
) -> tuple[dict[Any, Tally], Tally]:
    parts: dict[str, sql.Composable] = {
        "group": _COLUMN[group_by],
        "here": HERE.format(one=sql.Identifier("one")),
        "wanted": wanted,
    }
    counted, redacted = _COUNTED.format(**parts), _REDACTED.format(**parts)
    groups: dict[Any, Tally] = {}
    whole = Tally()
    with lists.conn.transaction(), lists.conn.cursor(row_factory=dict_row) as cursor:
        cursor.execute("SET LOCAL work_mem = '64MB'")  # to sort all in memory
        for row in cursor.execute(counted, asked).fetchall():
            groups.setdefault(row["grouped"], Tally()).add(row)
            whole.add(row)
        for row in _of_their_responses(cursor.execute(redacted, asked).fetchall(), lists):
            groups[row["grouped"]].redactions.add(row["position"])
            whole.redactions.add(row["position"])
    return groups, whole


def _of_their_responses(rows: list[dict[str, Any]], lists: Question) -> Iterator[dict[str, Any]]:
    """Yield the redaction rows that concern their response. Each redaction in a report's streams is
    paired with every response to the report. One in a recommendation concerns only the responses
    that have to explain it: its addressee's, or those of the bodies that answer for it."""
    reader, asked_for = lists.log, []
    for row in rows:
        if kind(row["stream"]) != "recommendation":
            yield row
            continue
        addressee = recommendation_of(row["stream"]).addressee
        if row["body"] in {addressee, *reader.answering(addressee)}:
            asked_for.append((row, addressee))
    reader.read_ahead(response_stream(row["report"], row["body"]) for row, _ in asked_for)
    for row, addressee in asked_for:
        if addressee in reader.asked(row["report"], row["body"], lists.when.position):
            yield row


def _group(group_by: GroupBy, name: Any, tally: Tally, service: Service) -> Group:
    counts = asdict(tally.counts)
    match group_by:
        case "body":
            of_body = asdict(ties(service, name))
            return Group(**counts, **of_body, body=name, body_name=service.name(name))
        case "kind":
            return Group(**counts, kind=name)
        case "year":
            return Group(**counts, year=name)


def _order(group_by: GroupBy, group: Group) -> tuple[bool, Any]:
    """Return the sort key of a group: by name, by kind, or by year with unknown years last."""
    match group_by:
        case "body":
            return False, (group.body_name, group.body)
        case "kind":
            return group.kind is None, group.kind or ""
        case "year":
            return group.year is None, group.year or 0


def _by_basis(counts: Sequence[dict[Basis, int]]) -> dict[Basis, int]:
    found = {basis: sum(one.get(basis, 0) for one in counts) for basis in BASES}
    return {basis: count for basis, count in found.items() if count}


def _days(days: Sequence[int]) -> Days:
    """Return the numbers of days. The median of an even number is the lower of the two in the
    middle."""
    return Days(
        count=len(days),
        median_days=median_low(days) if days else None,
        worst_days=max(days, default=None),
    )
