"""A meeting of a panel, as an answer."""

from projections.answers.parts import Links, Paged
from projections.fields import Answer, BodyId, Count, Day


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
