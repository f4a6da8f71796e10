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
# Each step finds the next theme by one look into the index, however many recommendations have it.
_THERE = sql.SQL(
    """
    WITH RECURSIVE each AS (
        (SELECT theme FROM projections.recommendations
          WHERE theme IS NOT NULL ORDER BY theme LIMIT 1)
         UNION ALL
        SELECT (SELECT theme FROM projections.recommendations
                 WHERE theme > each.theme ORDER BY theme LIMIT 1)
          FROM each WHERE each.theme IS NOT NULL)
    SELECT each.theme FROM each
     WHERE EXISTS (SELECT FROM projections.recommendations AS one
                    WHERE one.theme = each.theme AND {here} {wanted})
     LIMIT %(most)s
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
    query = _THERE.format(here=HERE.format(one=sql.Identifier("one")), wanted=wanted.whole)
    given = {**wanted.values, **lists.dates, "most": MOST + 1}
    found = [theme for (theme,) in lists.conn.execute(query, given).fetchall()]
    return Themes(
        items=[
            ThemeListed(theme=theme, page=f"/recommendations?{urlencode({'theme': theme})}")
            for theme in sorted(found[:MOST], key=lambda theme: (theme.casefold(), theme))
        ],
        more=len(found) > MOST,
        as_of=lists.as_of,
    )
