"""A meeting of a panel, as an answer."""

from typing import Annotated

from msgspec import Meta

from projections.answers.parts import Links, Paged
from projections.answers.trail import TrailEntry
from projections.as_of import AsOf
from projections.fields import Answer, BodyId, Count, Day, Version


class MeetingNamed(Answer, frozen=True, kw_only=True):
    """A meeting of a panel."""

    panel: BodyId
    panel_name: str
    date: Day
    links: Links


class MeetingListed(MeetingNamed, frozen=True, kw_only=True):
    """A meeting as lists show it. `still_open` counts the recommendations among those reviewed."""

    held: bool
    papers: Count
    reviewed: Count
    still_open: Count


class MeetingsPage(Paged, frozen=True, kw_only=True):
    """Meetings, the latest first."""

    items: list[MeetingListed]


class MeetingFound(Answer, frozen=True, kw_only=True):
    """A meeting: its papers and its reviews, entry by entry."""

    panel: BodyId
    date: Day
    held: bool
    papers: Annotated[list[TrailEntry], Meta(description="Those of `paper-issued`.")]
    reviews: Annotated[list[TrailEntry], Meta(description="Those of `recommendation-reviewed`.")]
    version: Version
    as_of: AsOf
