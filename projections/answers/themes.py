"""The themes of recommendations, as an answer."""

from typing import Annotated

from msgspec import Meta

from projections.as_of import AsOf
from projections.fields import Answer, Count, Href


class ThemeListed(Answer, frozen=True, kw_only=True):
    """A theme in a publisher's words, with the number of recommendations that have it, each to one
    body, and of their reports."""

    theme: str
    recommendations: Count
    reports: Count
    page: Annotated[Href, Meta(description="The list of these recommendations.")]


class Themes(Answer, frozen=True, kw_only=True):
    """The themes that publishers gave to recommendations, by name."""

    items: list[ThemeListed]
    left_out: Annotated[int, Meta(description="Themes beyond the first thousand.")]
    as_of: AsOf
