"""What reads are asked for by, in the address of their JSON and of their page alike: the two dates,
lists, and entries of the log wherever they are listed, streamed or sent. What is answered, `shapes`
says."""

import re
from typing import Any, get_args

import marshmallow as ma

from ledger.events import BY_TOPIC
from ledger.events.recommendation import Kind
from ledger.events.report import REPORT_KINDS
from ledger.register import unknown_type
from ledger.states.recommendation import Status
from projections.answers import ORDERS
from projections.questions.changes import DEFAULT_LATE_BY
from projections.questions.filters import ASSURANCES, DECIDED, NOT_KNOWN
from projections.questions.paging import DEFAULT_LIMIT, MOST
from projections.questions.totals import GROUPS
from projections.states.recommendation import STANDINGS
from projections.verdict.compliance import BASES, VERDICTS


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


MOST_WORDS = 200
"""Characters of words to look for."""


COUNTED_WITH = (
    "Those that the page of this body counts: as `body`, but where one office follows another, "
    "what is open with whoever holds it, and the rest with whoever held it when the last day had "
    "passed or it was done with."
)


class AboutReports(ma.Schema):
    """What is asked of a report, or of the report that something is about."""

    publisher = ma.fields.String(
        metadata={
            "description": "Reports that this body published, alone or with others, or what is "
            "about them."
        }
    )
    year = ma.fields.String(
        validate=ma.validate.Regexp(
            rf"([0-9]{{4}}|{NOT_KNOWN})?\Z", error="Give a year in four digits, such as 2025."
        ),
        metadata={
            "description": f"The year in which the report was published; `{NOT_KNOWN}`: that is "
            "not known."
        },
    )


class AskedReports(AskedList, AboutReports):
    body = ma.fields.String(metadata={"description": "Those that concern this body."})
    kind = ma.fields.String(
        validate=ma.validate.OneOf(REPORT_KINDS), metadata={"description": "Those of this kind."}
    )
    q = ma.fields.String(
        validate=ma.validate.Length(max=MOST_WORDS),
        metadata={"description": "Words in its title, as in a web search."},
    )


class AskedRecommendations(AskedList, AboutReports):
    body = ma.fields.String(metadata={"description": "Those that concern this body."})
    counted_with = ma.fields.String(metadata={"description": COUNTED_WITH})
    addressee = ma.fields.String(metadata={"description": "Those to this body itself."})
    report = ma.fields.String(metadata={"description": "Those of this report, by its reference."})
    kind = ma.fields.String(
        validate=ma.validate.OneOf(get_args(Kind)),
        metadata={"description": "What the report calls it."},
    )
    status = ma.fields.String(
        validate=ma.validate.OneOf(get_args(Status)),
        metadata={"description": "How it stands. A claim is not closure."},
    )
    target = ma.fields.String(
        validate=ma.validate.OneOf(STANDINGS),
        metadata={
            "description": "`passed`: its day is over, and no closure, end or claim of "
            "completion stands; `over`: its day is over, and one stands, or an act without an "
            "exact day may have ended it or moved the target, which does not say that the target "
            "was met; `none`: none is recorded, or its day is to be confirmed again."
        },
    )
    decided = ma.fields.String(
        validate=ma.validate.OneOf(tuple(DECIDED)),
        metadata={
            "description": "The same as `status`, which has these words since 0.2: ask for that."
        },
    )
    assurances = ma.fields.String(
        validate=ma.validate.OneOf(ASSURANCES),
        metadata={"description": "`open`: an assurance was sought that has no reply on record."},
    )
    q = ma.fields.String(
        validate=ma.validate.Length(max=MOST_WORDS),
        metadata={
            "description": "Words in its texts that the reader may read, its updates and "
            "assurances among them, as in a web search: all of them, “in this order”, or, -not. "
            "Of a text, the first 50,000 characters count."
        },
    )


class AskedResponses(AskedList, AboutReports):
    body = ma.fields.String(metadata={"description": "Those that concern this body."})
    counted_with = ma.fields.String(metadata={"description": COUNTED_WITH})
    responder = ma.fields.String(metadata={"description": "Those that this body itself owes."})
    report = ma.fields.String(metadata={"description": "Those to this report, by its reference."})
    kind = ma.fields.String(
        validate=ma.validate.OneOf(REPORT_KINDS), metadata={"description": "Of the report."}
    )
    verdict = ma.fields.String(
        validate=ma.validate.OneOf(VERDICTS),
        metadata={"description": "Whether it is in time, on the day asked about."},
    )
    basis = ma.fields.String(
        validate=ma.validate.OneOf(BASES),
        metadata={"description": "What the verdict rests on."},
    )


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


class AskedCompliance(Asked, AboutReports):
    group_by = ma.fields.String(
        load_default="body",
        validate=ma.validate.OneOf(GROUPS),
        metadata={"description": "By body, by kind of report, or by the report's year."},
    )
    body = ma.fields.String(metadata={"description": "Responses that concern this body."})
    report = ma.fields.String(metadata={"description": "Responses to this report."})
    kind = ma.fields.String(
        validate=ma.validate.OneOf(REPORT_KINDS),
        metadata={"description": "Responses to reports of this kind."},
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
