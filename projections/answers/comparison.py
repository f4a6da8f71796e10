"""With which lists of their publishers reports were compared, as an answer."""

from msgspec import UNSET, UnsetType

from projections.as_of import AsOf
from projections.fields import Answer, BodyId, Count, Day, EntryId, Moment


class SourceListed(Answer, frozen=True, kw_only=True):
    """Where a list was read."""

    url: str | None
    capture: str | None


class ReportMissing(Answer, frozen=True, kw_only=True):
    """A report that a publisher's list has and this log has not."""

    title: str
    published_on: str | UnsetType = UNSET
    url: str | UnsetType = UNSET
    kind: str | UnsetType = UNSET


class Comparison(Answer, frozen=True, kw_only=True):
    """How a publisher's own list of its reports compares with the log."""

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
    """Of a publisher, the list that its reports were last compared with; null: not known."""

    publisher: BodyId
    publisher_name: str
    compared: Comparison | None


class ListsCompared(Answer, frozen=True, kw_only=True):
    """For each publisher the last comparison."""

    items: list[ListCompared]
    as_of: AsOf
