"""The parameters of reads, the same for JSON and pages: the two dates, lists, and entries of the
log wherever they are listed, streamed or sent."""

import re
from collections.abc import Sequence
from typing import Any, ClassVar, get_args, get_type_hints

import marshmallow as ma

from ledger.events import BY_TOPIC
from ledger.register import unknown_type
from projections.answers.trail import ORDERS
from projections.questions.changes import DEFAULT_LATE_BY, MOST_ENTRIES
from projections.questions.filters import (
    MOST_WORDS,
    OfGrades,
    OfRecommendations,
    OfReports,
    OfResponses,
)
from projections.questions.log_entries import LATE_SORTS
from projections.questions.paging import BY_DAY, DEFAULT_LIMIT, MOST, SORTS
from projections.questions.themes import OfThemes
from projections.questions.totals import GROUPS, OfTotals


class WholeNumber(ma.fields.Integer):
    """A whole number in an address, in ASCII digits only. (`int()` also reads “+5”, “1_000” and
    digits of other scripts.)"""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> int:
        if not re.fullmatch("[0-9]{1,16}", str(value)):
            raise ma.ValidationError("Give a whole number, in digits alone, such as 50.")
        return super()._deserialize(value, attr, data, **kwargs)


MOST_POSITION = 2**53 - 1


def string(says: str, **more: Any) -> ma.fields.String:
    """Return the field of a text, with what it says."""
    return ma.fields.String(metadata={"description": says}, **more)


def whole(says: str, *, most: int = MOST_POSITION, **more: Any) -> WholeNumber:
    """Return the field of a whole number from 0, with what it says."""
    check = ma.validate.Range(min=0, max=most)
    return WholeNumber(validate=check, metadata={"description": says}, **more)


class Limit(WholeNumber):
    """The most items of a page."""

    def __init__(self) -> None:
        super().__init__(
            load_default=DEFAULT_LIMIT,
            validate=ma.validate.Range(min=1, max=MOST),
            metadata={"description": f"How many at most, 1 to {MOST}."},
        )


class Asked(ma.Schema):
    """The parameters of every read."""

    class Meta:
        unknown = ma.EXCLUDE

    known_at = string(
        "As known at this position (`36517` or `36,517`), moment (RFC 3339) or "
        "past day. One in the future is refused: 422, `not-known-yet`."
    )
    effective_on = string(
        "As of this day (YYYY-MM-DD); default: the London day of `known_at`. A "
        "later day is refused, since nobody could know it then: 422, `not-known-yet`."
    )
    min_position = whole(
        "A position of the log (else 422). The answer waits until the read "
        "models have reached it, 2 s at most."
    )


class AskedHistory(Asked):
    """The parameters of a trail. A trail ignores `effective_on`."""

    order = string(
        "`recorded`: in the order of the log. `happened`: by the last day on "
        "which each can have happened, as known, then in the order of the log.",
        load_default="recorded",
        validate=ma.validate.OneOf(ORDERS),
    )
    after = whole("The page begins after the entry at this position: `next`.", load_default=0)
    limit = Limit()


class AskedList(Asked):
    """The parameters of every list."""

    after = string("The cursor that the last page gave.")
    limit = Limit()


def fields_of(asked: type) -> dict[str, ma.fields.Field[Any]]:
    """Return a request's fields for filters that are declared once (projections/questions/filters),
    each by its type and its Meta."""
    found: dict[str, ma.fields.Field[Any]] = {}
    for name, hint in get_type_hints(asked, include_extras=True).items():
        kind, said = get_args(hint)
        checks: list[ma.validate.Validator] = []
        if words := get_args(get_args(kind)[0]):
            checks.append(ma.validate.OneOf(words))
        if said.max_length is not None:
            checks.append(ma.validate.Length(max=said.max_length))
        if said.pattern is not None:
            checks.append(ma.validate.Regexp(said.pattern, error=said.extra["error"]))
        found[name] = string(said.description, validate=checks)
    return found


def names_of(schema: type[ma.Schema]) -> frozenset[str]:
    """Return the names of a schema's fields."""
    return frozenset(schema().fields)


def sorted_by(sorts: Sequence[str], says: str) -> ma.fields.String:
    """Return the field of a list's order."""
    return string(says, validate=ma.validate.OneOf(sorts))


_OF_RECORDS = (
    "`report` (the default): by the reports' references; `open`: the same, those that are not "
    "finished first; `newest`, `oldest`: by the day of the "
    "report; `body`: by the body that each concerns."
)
_BY_DAY = "By day: `newest` (the default) or `oldest` first."


class AskedReports(AskedList):
    sort = sorted_by(BY_DAY, _BY_DAY)

    class Meta(AskedList.Meta):
        include: ClassVar[dict[str, ma.fields.Field[Any]]] = fields_of(OfReports)


class AskedRecommendations(AskedList):
    sort = sorted_by(SORTS, _OF_RECORDS)

    class Meta(AskedList.Meta):
        include: ClassVar[dict[str, ma.fields.Field[Any]]] = fields_of(OfRecommendations)


class AskedResponses(AskedList):
    sort = sorted_by(SORTS, _OF_RECORDS)

    class Meta(AskedList.Meta):
        include: ClassVar[dict[str, ma.fields.Field[Any]]] = fields_of(OfResponses)


class EveryRecommendation(AskedRecommendations):
    """The parameters of a file of all recommendations."""

    class Meta(AskedRecommendations.Meta):
        exclude = ("after", "limit", "sort")


class EveryResponse(AskedResponses):
    """The parameters of a file of all responses."""

    class Meta(AskedResponses.Meta):
        exclude = ("after", "limit", "sort")


class EveryReport(AskedReports):
    """The parameters of a file of all reports."""

    class Meta(AskedReports.Meta):
        exclude = ("after", "limit", "sort")


class EveryGrade(Asked):
    """The parameters of a file of grades."""

    class Meta(Asked.Meta):
        include: ClassVar[dict[str, ma.fields.Field[Any]]] = fields_of(OfGrades)


class AskedThemes(Asked):
    """The filters of the recommendations whose themes are listed."""

    class Meta(Asked.Meta):
        include: ClassVar[dict[str, ma.fields.Field[Any]]] = fields_of(OfThemes)


class AskedAcross(Asked):
    """The recommendation that is asked about across its bodies."""

    report = string(
        "The report, by its reference.", required=True, validate=ma.validate.Length(min=1)
    )
    number = string(
        "Its number, with or without leading zeros.",
        required=True,
        validate=ma.validate.Length(min=1),
    )


class AskedSearch(Asked):
    q = string(
        "Words, as in the lists of reports and recommendations. For bodies, "
        "the beginnings of words in their names.",
        required=True,
        validate=ma.validate.Length(min=1, max=MOST_WORDS),
    )


class AskedCompliance(Asked):
    class Meta(Asked.Meta):
        include: ClassVar[dict[str, ma.fields.Field[Any]]] = fields_of(OfTotals)

    group_by = string(
        "By body, by kind of report, or by the report's year.",
        load_default="body",
        validate=ma.validate.OneOf(GROUPS),
    )


class AskedMeetings(AskedList):
    sort = sorted_by(BY_DAY, _BY_DAY)
    panel = string("Those of this panel.")


class EventType(ma.fields.String):
    """The type of an event: `update-received`, or in the form of CloudEvents or of the code
    (`answerable.update-received.v1`, `UpdateReceived`). An unknown type is refused."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> Any:
        said: str = super()._deserialize(value, attr, data, **kwargs)
        if not said:
            return None
        topic = re.sub(r"^answerable\.|\.v[0-9]+$", "", said)
        topic = re.sub(r"(?<=[a-z])(?=[A-Z])", "-", topic).lower()
        if topic not in BY_TOPIC:
            raise ma.ValidationError(unknown_type(said[:80], topic[:80], list(BY_TOPIC)))
        return topic


class EventTypes(ma.fields.List[str]):
    """Several types: the name is given once for each (`type=update-received&type=reopened`)."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> Any:
        said = [value] if isinstance(value, str) else value
        return list(filter(None, map(self.inner.deserialize, said)))


class TypeOrTypes(ma.fields.Field[str | list[str]]):
    """One type or a list of types, in the body of a request. A list of one is that type."""

    def __init__(self, description: str) -> None:
        one = {"type": "string"}
        which = [one, {"type": "array", "items": one, "minItems": 1}]
        super().__init__(metadata={"anyOf": which, "description": description})

    def _deserialize(
        self, value: Any, attr: str | None, data: Any, **kwargs: Any
    ) -> str | list[str]:
        said = value if isinstance(value, list) else [value]
        types = sorted(filter(None, {EventType().deserialize(one) for one in said}))
        if isinstance(value, list) and not types:
            raise ma.ValidationError("Name one type at least, or leave `type` out.")
        return types if len(types) > 1 else "".join(types)


class FiltersButType(ma.Schema):
    """The filters of entries, except their type."""

    body = string(
        "Only entries that concern this body. It acted in them or recorded "
        "them; they are about its duties, recommendations, meetings or place in the register; "
        "they name it; or they are of a report with a duty or recommendation of it. Entries "
        "that concern its force, the bodies that answer for it, or its predecessors count too."
    )
    by = string("Only acts of this body, and entries that its accounts recorded.")
    report = string("Only those about this report.")
    late_by = whole(
        "Only acts recorded more than so many days after the last day on "
        "which they can have happened (0: after that day; 14: on the 15th day after it or "
        "later). Backfill is left out, and counted.",
        most=99_999,
    )


class Filters(FiltersButType):
    """The filters of entries."""

    type = EventType(metadata={"description": "Only this event, such as update-received."})


class AskedStream(FiltersButType):
    """The parameters of a stream of entries: the same as those of their list."""

    class Meta(Asked.Meta):
        pass

    type = EventTypes(
        EventType(),
        metadata={
            "description": "Only these events, such as update-received: give `type` once for each.",
        },
    )
    after = whole("The position after which to start.", load_default=0)
    origin = string(
        "The log of the position (`source` of its entries): 409 if this is another log."
    )


class AskedEntries(AskedStream, Asked):
    """The parameters of the list of entries. The log ignores `effective_on`."""

    limit = Limit()
    since = string(
        "Only those recorded after a position, a moment (RFC 3339) or the end of a past day."
    )


class AskedLateEntries(AskedEntries):
    """The parameters of the page of entries that were recorded late."""

    late_by = whole(
        "Acts recorded more than so many days after the last day on which they "
        f"can have happened; {DEFAULT_LATE_BY} if not given. Backfill is left out.",
        load_default=DEFAULT_LATE_BY,
        most=99_999,
    )
    sort = sorted_by(
        LATE_SORTS,
        "`longest` (the default): the most days late first; `newest`, `oldest`: in the order of "
        "the log; `office`: by the body whose account recorded each.",
    )


class EveryLateEntry(AskedLateEntries):
    """The parameters of a file of entries that were recorded late."""

    class Meta(AskedLateEntries.Meta):
        exclude = ("after", "limit", "origin")


class EveryMeeting(AskedMeetings):
    """The parameters of a file of meetings."""

    class Meta(AskedMeetings.Meta):
        exclude = ("after", "limit", "sort")


class AskedChanges(AskedList):
    """Either `from` or `since_meeting` is needed; `known_at` is another name of `to`."""

    class Meta(AskedList.Meta):
        include: ClassVar[dict[str, ma.fields.Field[Any]]] = {
            "from": string(
                "The first moment: a position, a moment (RFC 3339) or the end "
                "of a past day. The log is compared as known then, for the London day of "
                "that moment. Without `body`, `report` or `since_meeting` at most "
                f"{MOST_ENTRIES:,} entries may lie between the two moments; more are 422."
            )
        }

    to = string("The second moment, in the same three forms; default: now.")
    since_meeting = string(
        "Instead of `from`: the end of the day of a meeting, given as {panel}/{date}."
    )
    effective_on = string(
        "The day for which the second moment is asked; default and latest: its London day."
    )
    body = string("Changes that concern this body.")
    report = string("Changes about this report.")
    late_by = whole(
        "An entry counts as late if it was made more than so many days after "
        "its act. Backfill is left out, and counted.",
        load_default=DEFAULT_LATE_BY,
        most=99_999,
    )


class EveryChange(AskedChanges):
    """The parameters of a file of changes. Its second moment is `known_at`."""

    class Meta(AskedChanges.Meta):
        exclude = ("after", "limit", "to")
