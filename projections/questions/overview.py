"""The overview: the numbers of records by status and verdict, the latest reports, and the
bodies."""

from psycopg import sql

from projections.answers.overview import Overview
from projections.answers.register import in_office
from projections.questions.completions import completions
from projections.questions.filters import Filter
from projections.questions.lists import report_items
from projections.questions.paging import REPORTS_BY, page
from projections.questions.question import Question
from projections.read_models.tables import HERE

LATEST = 10


def overview(question: Question) -> Overview:
    """Return the numbers of records by status and verdict, the latest reports, and the bodies."""
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
    latest, _ = page(lists, REPORTS_BY["newest"], Filter({}), None, LATEST)
    (reports,) = lists.conn.execute(
        sql.SQL("SELECT count(*) FROM projections.reports AS one WHERE {here}").format(
            here=HERE.format(one=sql.Identifier("one"))
        ),
        lists.dates,
    ).fetchone() or (0,)
    return Overview(
        reports=reports,
        recommendations=dict(statuses),
        completion=completions(question, {}),
        responses=dict(verdicts),
        latest=report_items(lists, latest),
        bodies=in_office(lists.register),
        as_of=lists.as_of,
    )
