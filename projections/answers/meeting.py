"""A meeting of a panel, as an answer."""

from projections.answers.parts import Links
from projections.fields import Answer, BodyId, Day


class MeetingNamed(Answer, frozen=True, kw_only=True):
    """A meeting of a panel."""

    panel: BodyId
    panel_name: str
    date: Day
    links: Links
