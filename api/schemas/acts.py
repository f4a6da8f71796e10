"""The request schema of every act. The parts of requests that events cannot declare are declared
here."""

from dataclasses import replace
from typing import Any, get_args

import marshmallow as ma

from api.schemas.derive import BodyId, Day, Plain, Strict, StringOrText, TextField, Url, schema_for
from ledger.acts.decision import Notice
from ledger.acts.duty import TakenOff
from ledger.acts.report import Raise
from ledger.acts.response import Covers, Explanation
from ledger.acts.table import ACTS
from ledger.events import (
    AccountOpened,
    AnyEvent,
    BodySucceeded,
    EntryCorrected,
    EntryDisputed,
    EntryRetracted,
    MeetingHeld,
    RecommendationRaised,
    RecommendationReviewed,
    RecordKeptHere,
    RedactionSought,
    ReportGraded,
    ReportPublished,
    ReportRevised,
    ReportTakenOver,
    ResponseDutyArose,
    ResponseLookedFor,
    ResponsePublished,
    RuleAdopted,
    StatementRevised,
    TextRedacted,
    TextReleased,
)
from ledger.events.recommendation import How, Stance
from ledger.events.response import Translation
from ledger.events.service import SCOPES
from ledger.events.texts import Language
from ledger.states.service import GROUPS


def _ids(description: str, *, required: bool = True) -> ma.fields.List[Any]:
    return ma.fields.List(
        BodyId(),
        required=required,
        validate=ma.validate.Length(max=500),
        metadata={"description": description},
    )


_IN_A_GROUP = 44
"""The largest group: the fire and rescue authorities of England."""
MOST_RAISED = 4_000
"""The most recommendations sent with a report, counted for each addressee. So many are recorded in
seconds. A report to every force and commissioner has 46 of them."""
_ADDRESSEES = {
    "addressees": _ids(
        "The bodies that it is addressed to: ids, names, or groups, for each member that there is "
        f"on the day of the report: {', '.join(GROUPS)}."
    )
}


def _raise(event: RecommendationRaised, addressees: list[str], notice: Notice) -> Raise:
    return Raise(event=event, addressees=tuple(addressees))


def _raise_one(
    event: RecommendationRaised, addressees: list[str], notice: Notice
) -> dict[str, Any]:
    return {"item": _raise(event, addressees, notice), "notice": notice}


def _can_be_recorded(raised: list[Raise]) -> None:
    each = (_IN_A_GROUP if name in GROUPS else 1 for one in raised for name in one.addressees)
    if sum(each) > MOST_RAISED:
        raise ma.ValidationError(
            f"These are more than {MOST_RAISED:,}, each counted for every body that it is "
            "addressed to: send the others by themselves, once the report is recorded."
        )


RecommendationRaisedSchema = schema_for(RecommendationRaised, more=_ADDRESSEES, into=_raise_one)


class ListedRecommendationSchema(
    schema_for(  # type: ignore[misc]  # a class made from the event's declaration
        RecommendationRaised, name="_ListedRecommendation", more=_ADDRESSEES, into=_raise
    )
):
    """A recommendation sent together with its report, whose day and source it shares."""

    class Meta(Strict.Meta):
        exclude = ("occurred_on", "by", "source", "batch")


class TakenOffSchema(Strict):
    """A body whose duty is disapplied when the report is recorded."""

    body = BodyId(required=True)
    reason = TextField(required=True, metadata={"description": "Why it does not apply, in words."})

    @ma.post_load
    def _build(self, data: dict[str, Any], **_: Any) -> TakenOff:
        return TakenOff(**data)


def _publish(
    notice: Notice, publisher: str | None = None, publishers: list[str] | None = None, **said: Any
) -> dict[str, Any]:
    """Return a report from a request: by one publisher, or by several, of whom the first leads."""
    brought = {name: said.pop(name) for name in _BROUGHT if name in said}
    all_of_them = tuple(publishers or filter(None, [publisher]))
    if not all_of_them:
        raise ma.ValidationError("Say who published it: publisher, or publishers.", "publisher")
    if publisher not in (None, all_of_them[0]):
        raise ma.ValidationError("The first of the publishers leads: it is another.", "publisher")
    several = all_of_them if len(all_of_them) > 1 else None
    event = ReportPublished(**said, publisher=all_of_them[0], publishers=several)
    return {"event": event, **brought, "notice": notice}


_BROUGHT = ("reference", "bodies", "taken_off", "recommendations")
ReportPublishedSchema = schema_for(
    ReportPublished,
    day="published_on",
    leave_out=("publisher", "publishers"),
    into=_publish,
    more={
        "publisher": BodyId(
            metadata={"description": "The body that published it; or several, by publishers."}
        ),
        "publishers": ma.fields.List(
            BodyId(),
            validate=ma.validate.Length(min=1, max=50),
            metadata={
                "description": "The bodies that published it, where several did: the first leads."
            },
        ),
        "reference": Plain(
            metadata={"description": "Its name here; made from publisher, day and title if absent."}
        ),
        "bodies": _ids(
            "The bodies that owe a response: ids, names, or all-local-policing-bodies. Left out: "
            "no duty is recorded.",
            required=False,
        ),
        "taken_off": ma.fields.List(
            ma.fields.Nested(TakenOffSchema),
            validate=ma.validate.Length(max=500),
            metadata={
                "description": "Those of them that it does not bind: each duty is recorded with "
                "its disapplication, and the reason."
            },
        ),
        "recommendations": ma.fields.List(
            ma.fields.Nested(ListedRecommendationSchema),
            validate=_can_be_recorded,
            metadata={"description": "Its recommendations."},
        ),
    },
)


class ExplanationSchema(Strict):
    """A statement's passage about one recommendation."""

    number = Plain(required=True)
    addressee = BodyId(required=True)
    how = ma.fields.String(
        required=True,
        validate=ma.validate.OneOf(get_args(How)),
    )
    stance = ma.fields.String(
        required=True,
        validate=ma.validate.OneOf(get_args(Stance)),
    )
    text = TextField(allow_none=True)
    reason = TextField(allow_none=True)

    @ma.post_load
    def _build(self, data: dict[str, Any], **_: Any) -> Explanation:
        return Explanation(**data)


class TranslationSchema(Strict):
    """The same response in another language."""

    lang = ma.fields.String(
        validate=ma.validate.OneOf(get_args(Language)),
        load_default="cy",
        metadata={"description": "Its language. Left out: Welsh (`cy`).", "label": "Language"},
    )
    text = TextField(
        required=True,
        metadata={"description": "The whole text in that language.", "label": "Text in Welsh"},
    )
    url = Url(
        metadata={
            "description": "Where it is published in that language.",
            "label": "Address of the Welsh page",
        }
    )

    @ma.post_load
    def _build(self, data: dict[str, Any], **_: Any) -> Translation:
        return Translation(replace(data["text"], lang=data["lang"]), data.get("url"))


class CoversSchema(Strict):
    """Another report that the same statement covers."""

    report = Plain(required=True)
    explanations = ma.fields.List(ma.fields.Nested(ExplanationSchema), required=True)

    @ma.post_load
    def _build(self, data: dict[str, Any], **_: Any) -> Covers:
        return Covers(report=data["report"], explanations=tuple(data["explanations"]))


class EntryCorrectedSchema(
    schema_for(  # type: ignore[misc]  # a class made from the event's declaration
        EntryCorrected, name="_EntryCorrected", leave_out=("target", "was")
    )
):
    """A correction. Its `now` is required, so that null always means that a date is not known."""

    now = StringOrText(
        required=True,
        allow_none=True,
        metadata={"description": "What it should have said; null for a date that is not known."},
    )


_NOW = {
    "now": StringOrText(
        required=True,
        metadata={
            "description": "What it says since; a text as {text, …}.",
            "label": "What it says now",
        },
    )
}

_STATEMENT_NOW = {
    "now": StringOrText(
        required=True,
        allow_none=True,
        metadata={
            "description": "What it says since; a text as {text, …}; null where a passage, or the "
            "chief officer's comments, are gone.",
            "label": "What it says now",
        },
    )
}


class BodySucceededSchema(
    schema_for(  # type: ignore[misc]  # a class made from the event's declaration
        BodySucceeded, name="_BodySucceeded"
    )
):
    """A succession. Its day (`on`) may lie ahead. Without one, it counts from the day on which it
    happened."""

    occurred_on = Day(
        allow_none=True,
        metadata={"description": "When it happened, where no day is given from which (on)."},
    )

    @ma.validates_schema
    def _has_a_day(self, data: dict[str, Any], **_: Any) -> None:
        if not {"on", "occurred_on"} & data.keys():
            raise ma.ValidationError(
                "Say from which day: the first one of the body that follows, which may lie ahead.",
                "on",
            )


_ON_ITS_DAY = {
    "occurred_on": Day(
        allow_none=True,
        metadata={"description": "The meeting's day, which its address says: no other is taken."},
    )
}


def _rule(notice: Notice, **said: Any) -> dict[str, Any]:
    """Return a rule from a request. Its fingerprint is made from its contents when it is
    adopted."""
    return {"event": RuleAdopted(**said, sha256=""), "notice": notice}


_DERIVED: dict[type[AnyEvent], type[ma.Schema]] = {
    AccountOpened: schema_for(
        AccountOpened,
        more={
            "scopes": ma.fields.List(
                ma.fields.String(validate=ma.validate.OneOf(SCOPES)),
                metadata={"description": "What it may do, each granted by an entry of its own."},
            )
        },
    ),
    ReportRevised: schema_for(ReportRevised, leave_out=("was", "now"), day="seen_on", more=_NOW),
    ReportGraded: schema_for(ReportGraded, day="on"),
    ReportTakenOver: schema_for(ReportTakenOver, leave_out=("from_account",)),
    StatementRevised: schema_for(
        StatementRevised,
        leave_out=("statement", "was", "now"),
        day="seen_on",
        more=_STATEMENT_NOW,
    ),
    MeetingHeld: schema_for(MeetingHeld, dated=False, more=_ON_ITS_DAY),
    RecommendationReviewed: schema_for(RecommendationReviewed, dated=False, more=_ON_ITS_DAY),
    EntryDisputed: schema_for(EntryDisputed, leave_out=("target",)),
    TextReleased: schema_for(TextReleased, leave_out=("target",)),
    RedactionSought: schema_for(RedactionSought, leave_out=("target",)),
    TextRedacted: schema_for(
        TextRedacted, leave_out=("target", "field", "basis", "sought", "length")
    ),
    ReportPublished: ReportPublishedSchema,
    RecommendationRaised: RecommendationRaisedSchema,
    ResponseDutyArose: schema_for(
        ResponseDutyArose,
        dated=False,
        leave_out=("rule", "trigger", "trigger_on", "due_on", "counting", "because"),
        more={
            "rule": Plain(
                metadata={
                    "description": "`manual`, with due_on and source, or which of several rules; "
                    "else the one that applies to the report."
                }
            ),
            "due_on": Day(metadata={"description": "Only with the rule `manual`."}),
            "trigger_on": Day(
                metadata={
                    "description": "The day from which the rule counts, with its source: only "
                    "where that is another than the report's."
                }
            ),
        },
    ),
    ResponsePublished: schema_for(
        ResponsePublished,
        leave_out=("statement", "also", "translations"),
        day="published_on",
        more={
            "translations": ma.fields.List(
                ma.fields.Nested(TranslationSchema),
                validate=ma.validate.Length(max=1),
                metadata={
                    "description": "The same text in another language. It is no second response: "
                    "the first publication in either language counts.",
                    "label": "The same in Welsh",
                },
            ),
            "explanations": ma.fields.List(
                ma.fields.Nested(ExplanationSchema),
                required=True,
                validate=ma.validate.Length(max=500),
                metadata={"description": "What it says of each recommendation."},
            ),
            "also": ma.fields.List(
                ma.fields.Nested(CoversSchema),
                validate=ma.validate.Length(max=50),
                metadata={"description": "Further reports that the same statement covers."},
            ),
        },
    ),
    ResponseLookedFor: schema_for(ResponseLookedFor, day="looked_on"),
    RecordKeptHere: schema_for(RecordKeptHere, leave_out=("body",)),
    RuleAdopted: schema_for(RuleAdopted, leave_out=("sha256",), into=_rule),
    BodySucceeded: BodySucceededSchema,
    EntryCorrected: EntryCorrectedSchema,
    EntryRetracted: schema_for(EntryRetracted, leave_out=("target",)),
}

SCHEMAS: dict[type[AnyEvent], type[ma.Schema]] = {
    act.event: _DERIVED.get(act.event) or schema_for(act.event) for act in ACTS
}
"""The request schema of each act, by its event."""

HUNDRED = 100
"""The acts of a request with many that are recorded together."""
MOST_ACTS = 1_000
"""The most acts of a request: a few seconds of work."""


class SentActSchema(Strict):
    """An act as a request to its own route has it."""

    to = ma.fields.String(
        required=True,
        metadata={
            "description": "The address that the act is sent to by itself.",
            "example": "/api/recommendations/a-report/2/cumbria-constabulary/updates",
        },
    )
    says = ma.fields.Dict(
        keys=ma.fields.String(),
        required=True,
        metadata={"description": "What is sent there, by the schema of that route."},
    )


class ManyActsSchema(Strict):
    """Many acts, in the order in which they are recorded."""

    acts = ma.fields.List(
        ma.fields.Nested(SentActSchema),
        required=True,
        validate=ma.validate.Length(min=1),
        metadata={"maxItems": MOST_ACTS, "description": f"At most {MOST_ACTS:,}; more are 413."},
    )
