"""The publishers' own lists that reports were compared with, as an answer."""

from msgspec import UNSET, UnsetType

from projections.as_of import AsOf
from projections.fields import Answer, BodyId, Count, Day, EntryId, Moment


class SourceListed(Answer, frozen=True, kw_only=True):
    """The source of a list: its address, or a capture."""

    url: str | None
    capture: str | None


class ReportMissing(Answer, frozen=True, kw_only=True):
    """A report that a publisher's list has and this log lacks."""

    title: str
    published_on: str | UnsetType = UNSET
    url: str | UnsetType = UNSET
    kind: str | UnsetType = UNSET


class Comparison(Answer, frozen=True, kw_only=True):
    """A comparison of a publisher's own list of its reports with the log."""

    publisher: BodyId
    entry: EntryId
    compared_on: Day
    recorded_at: Moment
    recorded_by: str
    source: SourceListed | None
    count: Count
    matched: Count
    missing_count: Count
    missing: list[ReportMissing]
    unlisted: Count


class ListCompared(Answer, frozen=True, kw_only=True):
    """A publisher, and the last comparison with its list; null if none is recorded."""

    publisher: BodyId
    publisher_name: str
    compared: Comparison | None


class ListsCompared(Answer, frozen=True, kw_only=True):
    """The last comparison for each publisher."""

    items: list[ListCompared]
    as_of: AsOf
