"""What reads are asked for by, in the address of their JSON and of their page alike: the two dates,
lists, and entries of the log wherever they are listed, streamed or sent. What is answered, `shapes`
says."""

import re
from typing import Any, ClassVar, get_args, get_type_hints

import marshmallow as ma

from ledger.events import BY_TOPIC
from ledger.register import unknown_type
from projections.answers.trail import ORDERS
from projections.questions.changes import DEFAULT_LATE_BY
from projections.questions.filters import MOST_WORDS, OfRecommendations, OfReports, OfResponses
from projections.questions.paging import DEFAULT_LIMIT, MOST
from projections.questions.totals import GROUPS, OfTotals


class WholeNumber(ma.fields.Integer):
    """A whole number in an address, in ASCII digits alone: int() reads “+5”, “1_000” and digits of
    other scripts too."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> int:
        if not re.fullmatch("[0-9]{1,16}", str(value)):
            raise ma.ValidationError("Give a whole number, in digits alone, such as 50.")
        return super()._deserialize(value, attr, data, **kwargs)


class Limit(WholeNumber):
    """How many a page has at most."""

    def __init__(self) -> None:
        super().__init__(
            load_default=DEFAULT_LIMIT,
            validate=ma.validate.Range(min=1, max=MOST),
            metadata={"description": f"How many at most, 1 to {MOST}."},
        )


class Asked(ma.Schema):
    """What every read takes."""

    class Meta:
        unknown = ma.EXCLUDE

    known_at = ma.fields.String(
        metadata={
            "description": "What was known at: a position, a moment (RFC 3339) or a past day. "
            "One that has not come is refused: 422, `not-known-yet`."
        }
    )
    effective_on = ma.fields.String(
        metadata={
            "description": "What had happened by this day (YYYY-MM-DD); default: the London day of "
            "`known_at`. A later one is refused, since nobody could know: 422, `not-known-yet`."
        }
    )
    min_position = WholeNumber(
        validate=ma.validate.Range(min=0, max=2**53 - 1),
        metadata={
            "description": "A position that the log has (else 422): waits until the read models "
            "have reached it, 2 s at most."
        },
    )


class AskedHistory(Asked):
    """What a trail takes. A trail ignores `effective_on`."""

    order = ma.fields.String(
        load_default="recorded",
        validate=ma.validate.OneOf(ORDERS),
        metadata={
            "description": "`recorded`: in the order of the log; `happened`: by the last day on "
            "which each can have happened, as it is known, then in the order of the log."
        },
    )
    after = WholeNumber(
        load_default=0,
        validate=ma.validate.Range(min=0, max=2**53 - 1),
        metadata={"description": "The position of the entry after which a page begins: `next`."},
    )
    limit = Limit()


class AskedList(Asked):
    """What every list takes."""

    after = ma.fields.String(metadata={"description": "The cursor that the last page gave."})
    limit = Limit()


def fields_of(asked: type) -> dict[str, ma.fields.Field[Any]]:
    """Return a request's fields for filters that are declared once (projections/questions/filters):
    by the type of each one of some words or any text, and as its Meta says."""
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
        found[name] = ma.fields.String(validate=checks, metadata={"description": said.description})
    return found


def names_of(schema: type[ma.Schema]) -> frozenset[str]:
    """Return the names that a request takes."""
    return frozenset(schema().fields)


class AskedReports(AskedList):
    class Meta(AskedList.Meta):
        include: ClassVar[dict[str, ma.fields.Field[Any]]] = fields_of(OfReports)


class AskedRecommendations(AskedList):
    class Meta(AskedList.Meta):
        include: ClassVar[dict[str, ma.fields.Field[Any]]] = fields_of(OfRecommendations)


class AskedResponses(AskedList):
    class Meta(AskedList.Meta):
        include: ClassVar[dict[str, ma.fields.Field[Any]]] = fields_of(OfResponses)


class EveryRecommendation(AskedRecommendations):
    """What a file of all of them takes."""

    class Meta(AskedRecommendations.Meta):
        exclude = ("after", "limit")


class EveryResponse(AskedResponses):
    """What a file of all of them takes."""

    class Meta(AskedResponses.Meta):
        exclude = ("after", "limit")


class AskedSearch(Asked):
    q = ma.fields.String(
        required=True,
        validate=ma.validate.Length(min=1, max=MOST_WORDS),
        metadata={
            "description": "Words, as in the lists of reports and recommendations; of bodies, the "
            "beginnings of words in their names."
        },
    )


class AskedCompliance(Asked):
    class Meta(Asked.Meta):
        include: ClassVar[dict[str, ma.fields.Field[Any]]] = fields_of(OfTotals)

    group_by = ma.fields.String(
        load_default="body",
        validate=ma.validate.OneOf(GROUPS),
        metadata={"description": "By body, by kind of report, or by the report's year."},
    )


class AskedMeetings(AskedList):
    panel = ma.fields.String(metadata={"description": "Those of this panel."})


class EventType(ma.fields.String):
    """The type of an event: `update-received`, or as CloudEvents and the code have it
    (`answerable.update-received.v1`, `UpdateReceived`). One that there is not is refused."""

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
    """Some of them: each by the same name, said again (`type=update-received&type=reopened`)."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> Any:
        said = [value] if isinstance(value, str) else value
        return list(filter(None, map(self.inner.deserialize, said)))


class _OfAnyType(ma.Schema):
    """Which entries are wanted, whatever their type."""

    body = ma.fields.String(
        metadata={
            "description": "Only those that concern this body: its own doings, what is about its "
            "duties, its recommendations, its meetings or its place in the register, what names "
            "it, and entries of reports with a duty or recommendation of it; so too of its force, "
            "of those that answer for it, and of those that it follows."
        }
    )
    by = ma.fields.String(
        metadata={
            "description": "Only those of this body's own doing: its act, or recorded by an "
            "account of it."
        }
    )
    report = ma.fields.String(metadata={"description": "Only those about this report."})
    late_by = WholeNumber(
        validate=ma.validate.Range(min=0, max=99_999),
        metadata={
            "description": "Only acts recorded more than so many days after the last day on "
            "which they can have happened (0: after that day; 14: on the 15th day after it or "
            "later); backfill is left out, and counted."
        },
    )


class Filters(_OfAnyType):
    """Which entries are wanted."""

    type = EventType(metadata={"description": "Only this event, such as update-received."})


class AskedStream(_OfAnyType):
    """What a stream of entries takes, as their list does."""

    class Meta(Asked.Meta):
        pass

    type = EventTypes(
        EventType(),
        metadata={
            "description": "Only these events, such as update-received: give the name once for "
            "each.",
        },
    )
    after = WholeNumber(
        load_default=0,
        validate=ma.validate.Range(min=0, max=2**53 - 1),
        metadata={"description": "The position after which to start."},
    )
    origin = ma.fields.String(
        metadata={
            "description": "The log that the position is of (`source` of its entries): 409 if "
            "this is another one."
        }
    )


class AskedEntries(AskedStream, Asked):
    """What the list of entries takes. The log itself ignores `effective_on`."""

    limit = Limit()
    since = ma.fields.String(
        metadata={
            "description": "Only those recorded after a position, a moment (RFC 3339) or the end "
            "of a past day."
        }
    )


class AskedLateEntries(AskedEntries):
    """The same of those recorded late alone: what the page of them takes."""

    late_by = WholeNumber(
        load_default=DEFAULT_LATE_BY, validate=ma.validate.Range(min=0, max=99_999)
    )
