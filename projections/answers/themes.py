"""The themes of recommendations, as an answer."""

from typing import Annotated

from msgspec import Meta

from projections.as_of import AsOf
from projections.fields import Answer, Href


class ThemeListed(Answer, frozen=True, kw_only=True):
    """A theme in a publisher's words."""

    theme: str
    page: Annotated[Href, Meta(description="The list of these recommendations.")]


class Themes(Answer, frozen=True, kw_only=True):
    """The themes that publishers gave to recommendations, by name."""

    items: list[ThemeListed]
    more: Annotated[bool, Meta(description="Whether there are more than these thousand.")]
    as_of: AsOf
