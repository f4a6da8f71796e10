"""The themes of recommendations across reports and years, in the words of their publishers."""

from typing import Annotated, Unpack
from urllib.parse import urlencode

from msgspec import Meta
from psycopg import sql

from projections.answers.themes import ThemeListed, Themes
from projections.questions import filters
from projections.questions.filters import AboutReports
from projections.questions.question import Question
from projections.read_models.tables import HERE

MOST = 1000
"""At most so many themes are listed."""
_COUNTED = sql.SQL(
    """
    SELECT one.theme, count(*), count(DISTINCT one.report)
      FROM projections.recommendations AS one
     WHERE one.theme IS NOT NULL AND {here} {wanted} GROUP BY one.theme
    """
)


class OfThemes(AboutReports, total=False):
    """The filters of the recommendations whose themes are listed."""

    body: Annotated[str | None, Meta(description="Of those that concern this body.")]
    report: Annotated[str | None, Meta(description="Of those of this report.")]


def themes(question: Question, **asked: Unpack[OfThemes]) -> Themes:
    """Return the themes of the recommendations that these filters keep, by name, whatever their
    case."""
    lists = question.listed
    wanted = filters.recommendations(
        lists,
        {
            "body": asked.get("body"),
            "report": asked.get("report"),
            "publisher": asked.get("publisher"),
            "year": asked.get("year"),
        },
    )
    query = _COUNTED.format(
        here=HERE.format(one=sql.Identifier("one")),
        wanted=wanted.whole,
    )
    rows = lists.conn.execute(query, {**wanted.values, **lists.dates}).fetchall()
    rows.sort(key=lambda row: (row[0].casefold(), row[0]))
    return Themes(
        items=[
            ThemeListed(
                theme=theme,
                recommendations=many,
                reports=reports,
                page=f"/recommendations?{urlencode({'theme': theme})}",
            )
            for theme, many, reports in rows[:MOST]
        ],
        left_out=max(len(rows) - MOST, 0),
        as_of=lists.as_of,
    )
