"""Compliance in numbers: responses owed by body, kind of report or year, from the read models."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from statistics import median_low
from typing import Any, Literal, LiteralString, Unpack, get_args

from psycopg import sql
from psycopg.rows import dict_row

from ledger.events.streams import kind, recommendation_of, response_stream
from ledger.states.service import Service
from projections import offices
from projections.answers import Json
from projections.questions.filters import AboutReports, about_reports, bodies_of
from projections.questions.question import Question
from projections.verdict.compliance import BASES, VERDICTS
from projections.verdict.sql import BASED, HERE, JUDGED, improved

GroupBy = Literal["body", "kind", "year"]
GROUPS: tuple[GroupBy, ...] = get_args(GroupBy)
_COLUMN: dict[GroupBy, LiteralString] = {
    "body": "coalesce(office.held_by, v.body)",
    "kind": "v.report_kind",
    "year": "v.report_year",
}
"""Of bodies the one that the response is counted with; the year is the one in which the report was
published."""

_WANTED = sql.SQL(
    "AND (%(bodies)s::text[] IS NULL OR v.body = ANY (%(bodies)s))"
    " AND (%(report)s::text IS NULL OR v.report = %(report)s)"
)
_OF_KIND = sql.SQL(" AND (%(kind)s::text IS NULL OR v.report_kind = %(kind)s)")
_OF_REPORTS = sql.SQL(
    " AND v.report IN (SELECT r.report FROM projections.reports AS r WHERE {here} {of_report})"
)
# What is not yet due can still be explained by its last day: of it nothing is told.
_COUNTED = sql.SQL("""
    SELECT o.grouped, o.verdict, o.basis,
           count(*) AS responses,
           count(*) FILTER (WHERE o.at_least) AS at_least,
           array_agg(o.days) FILTER (WHERE o.verdict IN ('late', 'overdue')) AS days,
           count(*) FILTER (WHERE o.bettered) AS improved_later,
           count(*) FILTER (WHERE o.listed) AS covered,
           coalesce(sum(o.addressed) FILTER (WHERE o.listed), 0) AS addressed,
           coalesce(sum(o.explained_now) FILTER (WHERE o.listed), 0) AS explained_now,
           coalesce(sum(o.general) FILTER (WHERE o.listed), 0) AS general,
           coalesce(sum(o.addressed) FILTER (WHERE o.told), 0) AS by_due_addressed,
           coalesce(sum(o.explained_by_due) FILTER (WHERE o.told), 0) AS by_due_explained,
           coalesce(sum(o.causes) FILTER (WHERE o.listed), 0) AS causes,
           coalesce(sum(o.causes_without) FILTER (WHERE o.listed), 0) AS causes_without,
           coalesce(sum(o.causes_explained) FILTER (WHERE o.listed), 0) AS causes_explained
      FROM (SELECT {group} AS grouped, w.verdict, n.days, n.at_least, b.basis,
                   {bettered} AS bettered,
                   v.listed_by = 'report' AS listed,
                   v.listed_by = 'report' AND v.due_on < %(d)s AND v.explained_by_due IS NOT NULL
                   AND w.verdict <> 'not_shown' AS told,
                   v.addressed, v.explained_now, v.explained_by_due, v.general, v.causes,
                   v.causes_without, v.causes_explained
              FROM projections.verdicts AS v {judged} {based} {held_by}
             WHERE {here} {wanted} {of_kind}) AS o
     GROUP BY o.grouped, o.verdict, o.basis
""")
# Rows tell whether a verdict was bettered, of an office that goes on.
_BETTERED = sql.SQL("v.bettered")
_BETTERED_OR_GONE = sql.SQL("""
    CASE WHEN gone.office IS NULL THEN v.bettered
         ELSE (v.body, v.report, v.name) IN (
             SELECT each.body, each.report, each.name FROM ({improved}) AS each)
    END
""").format(improved=improved(sql.SQL("AND v.body = ANY (%(gone_of)s)")))
_REDACTED = sql.SQL("""
    SELECT {group} AS grouped, v.report, v.body, r.stream, r.position
      FROM projections.redactions AS r
      JOIN projections.verdicts AS v ON v.report = split_part(r.stream, '/', 2) {held_by}
     WHERE (r.stream IN ('report/' || v.report, 'response/' || v.report || '/' || v.body)
            OR starts_with(r.stream, 'recommendation/'))
       AND r.position <= %(k)s AND {here} {wanted} {of_kind}
""")


class OfTotals(AboutReports, total=False):
    """Which responses are counted."""

    body: str | None
    report: str | None
    kind: str | None
    """Of the report."""


@dataclass
class Group:
    """What is counted of the responses of one group."""

    responses: int = 0
    verdicts: dict[str, dict[str, int]] = field(default_factory=dict)
    """By verdict and basis."""
    late: list[int] = field(default_factory=list)
    """The days of each that is late."""
    at_least: int = 0
    overdue: list[int] = field(default_factory=list)
    improved_later: int = 0
    covered: int = 0
    sums: dict[str, int] = field(default_factory=dict)
    redactions: set[int] = field(default_factory=set)

    def add(self, row: dict[str, Any]) -> None:
        """Count the responses of one verdict and basis."""
        self.responses += row["responses"]
        by_basis = self.verdicts.setdefault(row["verdict"], {})
        by_basis[row["basis"]] = by_basis.get(row["basis"], 0) + row["responses"]
        if row["verdict"] == "late":
            self.late += row["days"]
            self.at_least += row["at_least"]
        elif row["verdict"] == "overdue":
            self.overdue += row["days"]
        self.improved_later += row["improved_later"]
        self.covered += row["covered"]
        for name in _SUMMED:
            self.sums[name] = self.sums.get(name, 0) + int(row[name])

    @property
    def answer(self) -> Json:
        sums = {name: self.sums.get(name, 0) for name in _SUMMED}
        return {
            "responses": self.responses,
            "verdicts": {
                word: sum(self.verdicts[word].values())
                for word in VERDICTS
                if word in self.verdicts
            },
            "bases": _by_basis(list(self.verdicts.values())),
            "verdicts_by_basis": {
                word: _by_basis([self.verdicts[word]]) for word in VERDICTS if word in self.verdicts
            },
            "late": _days(self.late) | {"at_least": self.at_least},
            "overdue": _days(self.overdue),
            "coverage": {
                "responses": self.covered,
                "left_out": self.responses - self.covered,
                "addressed": sums["addressed"],
                "explained_now": sums["explained_now"],
                "general": sums["general"],
                "by_due": {
                    "addressed": sums["by_due_addressed"],
                    "explained": sums["by_due_explained"],
                },
                "causes_of_concern": {
                    "addressed": sums["causes"],
                    "without_recommendations": sums["causes_without"],
                    "explained_now": sums["causes_explained"],
                },
            },
            "improved_later": self.improved_later,
            "redactions": len(self.redactions),
        }


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
) -> Json:
    """How the responses owed stand, in numbers; bodies by name, never ranked.

    Days of those that are late: at least so many, where no exact date decides. Coverage
    leaves out where the report's own list is not recorded; by the last day, it counts those
    alone whose last day is over, since no other can be found wanting. Redactions are those of
    texts of the reports, of the responses, and of the recommendations that these have to
    explain.
    """
    lists = question.listed
    body = asked.get("body")
    of_report, more = about_reports(asked, "r")
    given = {
        **more,
        **lists.dates,
        **offices.offices(lists.register),
        **offices.gone(lists.register),
        "bodies": bodies_of(lists.register, body) if body else None,
        "report": asked.get("report") or None,
        "kind": asked.get("kind") or None,
    }
    wanted: sql.Composable = _WANTED
    if of_report is not None:
        here = HERE.format(one=sql.Identifier("r"))
        wanted = _WANTED + _OF_REPORTS.format(here=here, of_report=of_report)
    groups, whole = _counted(lists, group_by, wanted, given)
    items = [_named(group_by, name, lists.register) | one.answer for name, one in groups.items()]
    items.sort(key=lambda one: _order(group_by, one))
    return {
        "group_by": group_by,
        "items": items,
        "total": whole.answer,
        "as_of": lists.as_of,
    }


def _counted(
    lists: Question, group_by: GroupBy, wanted: sql.Composable, asked: dict[str, Any]
) -> tuple[dict[Any, Group], Group]:
    group, here = sql.SQL(_COLUMN[group_by]), HERE.format(one=sql.Identifier("v"))
    counted = _COUNTED.format(
        group=group,
        bettered=_BETTERED_OR_GONE if asked["gone_of"] else _BETTERED,
        judged=JUDGED,
        based=BASED,
        here=here,
        wanted=wanted,
        held_by=offices.HELD_BY,
        of_kind=_OF_KIND,
    )
    redacted = _REDACTED.format(
        group=group, held_by=offices.HELD_BY, here=here, wanted=wanted, of_kind=_OF_KIND
    )
    groups: dict[Any, Group] = {}
    whole = Group()
    with lists.conn.transaction(), lists.conn.cursor(row_factory=dict_row) as cursor:
        cursor.execute("SET LOCAL work_mem = '64MB'")  # to sort all in memory
        for row in cursor.execute(counted, asked).fetchall():
            groups.setdefault(row["grouped"], Group()).add(row)
            whole.add(row)
        for row in _of_their_responses(cursor.execute(redacted, asked).fetchall(), lists):
            groups[row["grouped"]].redactions.add(row["position"])
            whole.redactions.add(row["position"])
    return groups, whole


def _of_their_responses(rows: list[dict[str, Any]], lists: Question) -> Iterator[dict[str, Any]]:
    """Of redactions in a report's streams, each beside every response to it, those of what that
    response is about: a recommendation is explained by its addressee, or by who answers for it."""
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


def _named(group_by: GroupBy, name: Any, service: Service) -> Json:
    if group_by == "body":
        registered = service.bodies.get(name)
        return {
            "body": name,
            "body_name": registered.name if registered else name,
            **offices.ties(service, name),
        }
    return {group_by: name}


def _order(group_by: GroupBy, item: Json) -> tuple[bool, Any]:
    """By name, by kind, or by year with those not known last."""
    if group_by == "body":
        return False, (item["body_name"], item["body"])
    return item[group_by] is None, item[group_by] or 0


def _by_basis(counts: Sequence[dict[str, int]]) -> dict[str, int]:
    found = {basis: sum(one.get(basis, 0) for one in counts) for basis in BASES}
    return {basis: count for basis, count in found.items() if count}


def _days(days: Sequence[int]) -> Json:
    """Days are whole: of an even number, the median is the lower of the two in the middle."""
    return {
        "count": len(days),
        "median_days": median_low(days) if days else None,
        "worst_days": max(days, default=None),
    }
