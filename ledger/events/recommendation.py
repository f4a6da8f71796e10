"""Events of the stream `recommendation/{reference}/{key}/{addressee}`."""

from dataclasses import dataclass
from typing import Annotated, Any, ClassVar, Literal

from ledger.events.declare import Doc, Event, Stream, Upcast
from ledger.events.streams import RecommendationId, key_of
from ledger.events.texts import Audience, Text

Kind = Literal["recommendation", "cause_of_concern", "accelerated_cause_of_concern", "afi"]
CAUSES: tuple[Kind, ...] = ("cause_of_concern", "accelerated_cause_of_concern")
"""The kinds that recommendations can belong to."""
Means = Literal["not_started", "on_track", "at_risk", "off_track", "complete"]
Stance = Literal["taken", "proposed", "no_action", "not_stated"]
How = Literal["named", "general", "not_found"]
Origin = Literal["report", "force", "internal"]
Ground = Literal["done", "no_longer_relevant", "not_recorded"]
Words = Literal["own", "publisher"]


@dataclass(frozen=True, slots=True)
class Target:
    """When the report wants it done: a day where one is stated, and the words that say it."""

    on: Annotated[str | None, Doc("The day, where one is stated.", form="day")] = None
    phrase: Annotated[Text | None, Doc("The words that say when.")] = None
    worked_out: Annotated[
        bool | None,
        Doc(
            "Whether the day was worked out from the words, counted from the report's day, and "
            "confirmed by a person. Else the report states it."
        ),
    ] = None


@dataclass(frozen=True, slots=True)
class BodyOrName:
    """A body of the register, or a name."""

    body: Annotated[str | None, Doc("A body of the register.", form="body")] = None
    name: Annotated[Text | None, Doc("A name, where it is in no register.")] = None


@dataclass(frozen=True, slots=True)
class Partner(BodyOrName):
    """Somebody to work with, who is not an addressee: a body of the register, or a name."""


@dataclass(frozen=True, slots=True)
class Whose(BodyOrName):
    """The owner of evidence: a body of the register, or a name."""

    name: Annotated[Text | None, Doc("A name, where it is in no register.", audience="office")] = (
        None
    )


@dataclass(frozen=True, slots=True)
class Evidence:
    """Something that is said to show a claim: what it is, whose, and its day."""

    what: Annotated[
        Text,
        Doc("What shows it, such as an audit, a figure or a test in practice.", audience="office"),
    ]
    whose: Annotated[
        Whose,
        Doc(
            "Whose it is: a body of the register by its id or name, or another name. Where the "
            "inspectorate saw it done, that is the inspectorate."
        ),
    ]
    on: Annotated[
        str | None, Doc("Its day; of something that was seen, the day of that.", form="day")
    ] = None


@dataclass(frozen=True, slots=True)
class Claim:
    """The force's claim about progress: its words and their meaning. Never a fact."""

    as_stated: Annotated[Text, Doc("How the force puts it, such as GREEN.", audience="office")]
    means: Annotated[Means, Doc("What the words come to.")]
    expected_on: Annotated[
        str | None, Doc("The day by which it expects to be done.", form="day")
    ] = None
    evidence: Annotated[
        tuple[Evidence, ...] | None, Doc("What shows it. Left out: nothing is named.")
    ] = None


@dataclass(frozen=True, slots=True)
class RecommendationRef:
    """A recommendation to one body, by what identifies it."""

    report: Annotated[str, Doc("The report's reference.")]
    number: Annotated[str, Doc("The recommendation's number.")]
    addressee: Annotated[str, Doc("The body that it is addressed to.", form="body", before="body")]

    @property
    def id(self) -> RecommendationId:
        """Its identity, whichever way its number is written."""
        return RecommendationId(self.report, key_of(self.number), self.addressee)


def addressee_was_body(field: str) -> Upcast:
    """Return an upcast from form 1, in which the addressee of the recommendation in a field was its
    `body`."""

    def upcast(said: dict[str, Any]) -> dict[str, Any]:
        named = dict(said[field])
        named["addressee"] = named.pop("body")
        return {**said, field: named}

    return upcast


@dataclass(frozen=True, kw_only=True, slots=True)
class RecommendationRaised(Event):
    """A report made a recommendation (a cause of concern, an area for improvement) to a body: on
    the report's day, whatever that comes to be known as, unless another day is given for it."""

    TOPIC: ClassVar[str] = "recommendation-raised"
    STREAM: ClassVar[Stream] = "recommendation"
    NOTE: ClassVar[Audience] = "public"

    number: Annotated[
        str,
        Doc(
            "Its number in the form published, such as `02`.",
            fixed="a recommendation's number is its identity",
        ),
    ]
    text: Annotated[Text, Doc("The recommendation, word for word.")]
    kind: Annotated[Kind, Doc("What the report calls it.")] = "recommendation"
    parent: Annotated[
        str | None,
        Doc(
            "The number of the cause of concern that it belongs to.",
            fixed="it is a link to another recommendation",
        ),
    ] = None
    partners: Annotated[
        tuple[Partner, ...], Doc("Bodies to work with, who are not its addressees.")
    ] = ()
    target: Annotated[Target | None, Doc("When the report wants it done.")] = None
    numbered_by: Annotated[
        Literal["publisher", "us"],
        Doc(
            "Who gave the number: a page without numbers gets ours.",
            fixed="it says who gave the number",
        ),
    ] = "publisher"
    publisher_number: Annotated[
        str | None,
        Doc(
            "The number that it has in the publisher's own register, as given there.", form="label"
        ),
    ] = None
    theme: Annotated[
        str | None,
        Doc("The publisher's word for what it is about. It cannot be redacted.", form="label"),
    ] = None
    level: Annotated[
        str | None,
        Doc("The publisher's word for its level. It cannot be redacted.", form="label"),
    ] = None


@dataclass(frozen=True, kw_only=True, slots=True)
class AssuranceSought(Event):
    """The commissioner asked for assurance about a recommendation."""

    TOPIC: ClassVar[str] = "assurance-sought"
    STREAM: ClassVar[Stream] = "recommendation"

    of: Annotated[str, Doc("The body that is asked.", form="body")]
    question: Annotated[Text, Doc("What is asked.", audience="office")]
    reply_by: Annotated[str | None, Doc("The day by which a reply is asked for.", form="day")] = (
        None
    )


@dataclass(frozen=True, kw_only=True, slots=True)
class UpdateReceived(Event):
    """The body that does the work said how it stands. What it claims is a claim."""

    TOPIC: ClassVar[str] = "update-received"
    STREAM: ClassVar[Stream] = "recommendation"

    text: Annotated[
        Text, Doc("What the force wrote.", audience="office", label="What the force wrote")
    ]
    claim: Annotated[Claim | None, Doc("The progress that it claims, as stated and as meant.")] = (
        None
    )
    answers: Annotated[
        str | None,
        Doc(
            "The entry (an assurance sought) that it answers.",
            form="entry",
            fixed="it is a link to another entry",
        ),
    ] = None
    remark: Annotated[
        bool | None,
        Doc(
            "Whether it is a remark of somebody else (by), such as the inspectorate: it is no "
            "update of the force's, and changes nothing.",
            fixed="whose word it is decides what it changes",
        ),
    ] = None


@dataclass(frozen=True, kw_only=True, slots=True)
class CommissionerStatementIssued(Event):
    """A published response said something, or nothing, about this recommendation.

    Not closure: it says that a passage exists, not that it satisfies the Act.
    """

    TOPIC: ClassVar[str] = "commissioner-statement-issued"
    STREAM: ClassVar[Stream] = "recommendation"
    NOTE: ClassVar[Audience] = "public"

    statement: Annotated[
        str,
        Doc(
            "The statement's id, as in the response that it is part of.",
            fixed="it links the entries of one statement",
        ),
    ]
    how: Annotated[
        How, Doc("Whether it names this recommendation, covers it in general, or does not.")
    ]
    stance: Annotated[
        Stance, Doc("The action the body has taken or proposes, or that it says why none.")
    ]
    text: Annotated[Text | None, Doc("The passage.")] = None
    reason: Annotated[Text | None, Doc("Why no action is taken or proposed.")] = None


@dataclass(frozen=True, kw_only=True, slots=True)
class TargetDateSet(Event):
    """A day was set, or moved, by which it shall be done. It never moves the statutory day."""

    TOPIC: ClassVar[str] = "target-date-set"
    STREAM: ClassVar[Stream] = "recommendation"
    NOTE: ClassVar[Audience] = "public"

    on: Annotated[str, Doc("The day by which it shall be done.", form="day")]
    origin: Annotated[Origin, Doc("Whose date it is.")]
    reason: Annotated[Text, Doc("Why it was set or moved.")]
    worked_out: Annotated[
        bool | None,
        Doc(
            "Whether it is the day that the words of the report's target give, confirmed by a "
            "person: only with the origin `report`."
        ),
    ] = None


@dataclass(frozen=True, kw_only=True, slots=True)
class ClosureProposed(Event):
    """Somebody asked that it be closed."""

    TOPIC: ClassVar[str] = "closure-proposed"
    STREAM: ClassVar[Stream] = "recommendation"
    NOTE: ClassVar[Audience] = "public"

    reason: Annotated[Text, Doc("Why it should be closed.")]


@dataclass(frozen=True, kw_only=True, slots=True)
class ClosureConfirmed(Event):
    """The inspectorate, or whom it lets decide, closed it."""

    TOPIC: ClassVar[str] = "closure-confirmed"
    STREAM: ClassVar[Stream] = "recommendation"
    NOTE: ClassVar[Audience] = "public"

    reason: Annotated[Text, Doc("Why it was closed.")]
    ground: Annotated[
        Ground | None, Doc("On what ground, as the publisher states it. Left out: not said.")
    ] = None


@dataclass(frozen=True, kw_only=True, slots=True)
class ClosureRefused(Event):
    """The inspectorate, or whom it lets decide, refused to close it."""

    TOPIC: ClassVar[str] = "closure-refused"
    STREAM: ClassVar[Stream] = "recommendation"
    NOTE: ClassVar[Audience] = "public"

    reason: Annotated[Text, Doc("Why closure was refused.")]


@dataclass(frozen=True, kw_only=True, slots=True)
class Reopened(Event):
    """A closed recommendation was opened again."""

    TOPIC: ClassVar[str] = "reopened"
    STREAM: ClassVar[Stream] = "recommendation"
    NOTE: ClassVar[Audience] = "public"

    reason: Annotated[Text, Doc("Why it was opened again.")]


@dataclass(frozen=True, kw_only=True, slots=True)
class Withdrawn(Event):
    """The inspectorate withdrew it. A duty that arose stays."""

    TOPIC: ClassVar[str] = "withdrawn"
    STREAM: ClassVar[Stream] = "recommendation"
    NOTE: ClassVar[Audience] = "public"

    reason: Annotated[Text, Doc("Why it was withdrawn.")]


@dataclass(frozen=True, kw_only=True, slots=True)
class Superseded(Event):
    """Another recommendation took its place."""

    TOPIC: ClassVar[str] = "superseded"
    STREAM: ClassVar[Stream] = "recommendation"
    NOTE: ClassVar[Audience] = "public"
    SCHEMA: ClassVar[int] = 2
    UPCASTS: ClassVar[tuple[Upcast, ...]] = (addressee_was_body("superseded_by"),)

    superseded_by: Annotated[
        RecommendationRef | None,
        Doc(
            "The recommendation that took its place. Left out: it is not known which.",
            fixed="it is a link to another recommendation",
        ),
    ] = None
    reason: Annotated[Text, Doc("Why.")]


@dataclass(frozen=True, kw_only=True, slots=True)
class RepeatNoted(Event):
    """Somebody noted that this recommendation repeats one of an earlier report: because the
    publisher says so, or because they say so themselves."""

    TOPIC: ClassVar[str] = "repeat-noted"
    STREAM: ClassVar[Stream] = "recommendation"
    NOTE: ClassVar[Audience] = "public"

    of: Annotated[
        RecommendationRef,
        Doc(
            "The earlier recommendation that it repeats.",
            label="Which earlier one it repeats",
            fixed="retract it, and note the repeat as it should have been",
        ),
    ]
    words: Annotated[
        Words,
        Doc(
            "Whose words say so: those of the publisher, with their source, or one's `own`, of "
            "whoever notes it.",
            fixed="retract it, and note the repeat as it should have been",
        ),
    ]


RecommendationEvent = (
    RecommendationRaised
    | AssuranceSought
    | UpdateReceived
    | CommissionerStatementIssued
    | TargetDateSet
    | ClosureProposed
    | ClosureConfirmed
    | ClosureRefused
    | Reopened
    | Withdrawn
    | Superseded
    | RepeatNoted
)
