"""Parts that several answers share: links, names of bodies, held and redacted texts, offices, and
revisions."""

from msgspec import UNSET, UnsetType, field

from ledger.events.entry import Provenance
from ledger.events.recommendation import How
from projections.as_of import AsOf
from projections.fields import (
    Answer,
    BodyId,
    Cursor,
    Day,
    EntryId,
    Href,
    Moment,
    PartialDay,
)


class Links(Answer, frozen=True, kw_only=True):
    """The addresses of something: as JSON (`self`) and as a page."""

    self: Href
    page: Href
    history: Href | UnsetType = UNSET
    working: Href | UnsetType = UNSET
    parent: Href | UnsetType = UNSET


class NamedBody(Answer, frozen=True, kw_only=True):
    """A body by its id and name."""

    id: BodyId
    name: str


class Withheld(Answer, frozen=True, kw_only=True):
    """A text that this reader may not read, with the body that holds it and since when."""

    field: str
    by: BodyId
    by_name: str
    since: Moment


class Redaction(Answer, frozen=True, kw_only=True):
    """The redaction of a text: when, on what basis, and by which entry."""

    on: Day
    basis: str
    entry: EntryId


class ToldBy(Answer, frozen=True, kw_only=True):
    """The entry of an act, with its day, whose act it is, and who reported it."""

    entry: EntryId
    by: BodyId | None
    by_name: str | None
    provenance: Provenance
    on: PartialDay | None
    recorded_by: str
    reported_by_name: str | None


class Succession(Answer, frozen=True, kw_only=True):
    """The succession of one body by another, from a day on."""

    from_: BodyId = field(name="from")
    from_name: str
    to: BodyId
    to_name: str
    on: Day
    entry: EntryId


class Office(Answer, frozen=True, kw_only=True):
    """The bodies that a matter belongs to, where one body follows another."""

    counted_with: BodyId
    counted_with_name: str
    now: BodyId
    now_name: str
    taken_over: bool
    successions: list[Succession]


class Revision(Answer, frozen=True, kw_only=True):
    """A later wording or value of a page's field, as seen on a day. For a passage, also its
    recommendation."""

    entry: EntryId
    field: str
    was: str | None
    now: str | None
    seen_on: PartialDay | None
    number: str | UnsetType | None = UNSET
    addressee: BodyId | UnsetType | None = UNSET
    how: How | UnsetType | None = UNSET


class AboutReport(Answer, frozen=True, kw_only=True):
    """The report that something is about, in short; null if it is not there."""

    report_title: str | None
    publisher: BodyId | None
    publisher_name: str | None


NOT_THERE = AboutReport(report_title=None, publisher=None, publisher_name=None)


class Paged(Answer, frozen=True, kw_only=True):
    """A page of a list; the header `Link` leads to the next one."""

    next: Cursor
    as_of: AsOf
