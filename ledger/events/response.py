"""Events of the stream `response/{reference}/{body}`: what a body owes, and what it published."""

from dataclasses import dataclass
from typing import Annotated, ClassVar, Literal, get_args

from ledger.events.declare import Doc, Event, Stream
from ledger.events.recommendation import How
from ledger.events.texts import Audience, Text

Part = Literal["comments", "chief_officer_comments", "reply"]
PARTS: tuple[str, ...] = get_args(Part)
RESPONSE = "response"
"""The name of the duty that is meant where an entry names none."""


WhichDuty = Annotated[
    str | None,
    Doc(
        "Which of the body's duties about the report, by its name. Left out: `response`.",
        form="id",
        fixed="it says which duty this is about",
    ),
]


@dataclass(frozen=True, slots=True)
class RuleRef:
    """A rule by its id and version, as adopted in the log."""

    id: Annotated[str, Doc("The rule's id.")]
    version: Annotated[int, Doc("Its version.")]


@dataclass(frozen=True, kw_only=True, slots=True)
class ResponseDutyArose(Event):
    """A body came to owe a published response, by a rule as it stood in the log."""

    TOPIC: ClassVar[str] = "response-duty-arose"
    STREAM: ClassVar[Stream] = "response"
    NOTE: ClassVar[Audience] = "public"

    rule: Annotated[RuleRef, Doc("The rule that it arises under, with its version.")]
    trigger: Annotated[
        str,
        Doc(
            "The report's entry: its day starts the period, unless the rule names another.",
            form="entry",
        ),
    ]
    trigger_on: Annotated[
        str | None,
        Doc(
            "The day that starts the period, as far as it was known then. Where that is the "
            "report's, an answer gives it as it is known.",
            form="day",
        ),
    ] = None
    due_on: Annotated[
        str | None,
        Doc("The last day of the period; none where none is set or can be told.", form="day"),
    ] = None
    counting: Annotated[str, Doc("How the last day was counted, in a sentence.")]
    because: Annotated[
        str | None,
        Doc("The correction that made it be worked out again, if one did.", form="entry"),
    ] = None
    name: Annotated[
        str | None,
        Doc(
            "Its name among the body's duties about the report. Left out: `response`.",
            form="id",
            fixed="it is which duty this is",
        ),
    ] = None


@dataclass(frozen=True, kw_only=True, slots=True)
class ChiefOfficerCommentsInvited(Event):
    """The local policing body invited the chief officer's comments (Police Act 1996, s.55(4))."""

    TOPIC: ClassVar[str] = "chief-officer-comments-invited"
    STREAM: ClassVar[Stream] = "response"
    NOTE: ClassVar[Audience] = "public"

    reply_by: Annotated[
        str | None, Doc("The day by which comments were asked for.", form="day")
    ] = None
    duty: WhichDuty = None


@dataclass(frozen=True, kw_only=True, slots=True)
class ChiefOfficerCommentsReceived(Event):
    """The chief officer's comments reached the local policing body."""

    TOPIC: ClassVar[str] = "chief-officer-comments-received"
    STREAM: ClassVar[Stream] = "response"

    text: Annotated[Text, Doc("The comments.", audience="office")]
    duty: WhichDuty = None


@dataclass(frozen=True, slots=True)
class Translation:
    """The same response in another language: it is no second response."""

    text: Annotated[Text, Doc("The whole text in the other language, which it names (`lang`).")]
    url: Annotated[str | None, Doc("Where it is published in that language.", form="url")] = None


@dataclass(frozen=True, kw_only=True, slots=True)
class ResponsePublished(Event):
    """A body published its response, or a part of it (Police Act 1996, s.55(5), (5A))."""

    TOPIC: ClassVar[str] = "response-published"
    STREAM: ClassVar[Stream] = "response"
    NOTE: ClassVar[Audience] = "public"

    statement: Annotated[
        str,
        Doc(
            "The statement's id, shared by every entry that it made.",
            fixed="it links the entries of one statement",
        ),
    ]
    parts: Annotated[
        tuple[Part, ...],
        Doc(
            "Which parts it has: the body's comments, the chief officer's, any reply to them. "
            "Empty: not known, since its text is not recorded."
        ),
    ] = ("comments",)
    url: Annotated[str | None, Doc("Where it is published.", form="url")] = None
    also: Annotated[
        tuple[str, ...],
        Doc(
            "The other reports that the same statement covers, by reference.",
            fixed="it is a link to other reports",
        ),
    ] = ()
    text: Annotated[
        Text | None,
        Doc("The whole text of what was published. It may be left out where day or url is known."),
    ] = None
    duties: Annotated[
        tuple[str, ...] | None,
        Doc(
            "The duties of the body that it answers, by name. Left out: `response`.",
            form="id",
            fixed="it says which duties this answers",
        ),
    ] = None

    translations: Annotated[
        tuple[Translation, ...] | None,
        Doc("The same text in another language: a response in two languages has two texts."),
    ] = None

    @property
    def translation(self) -> Translation | None:
        """The text in the other language, if it was recorded with the response."""
        return self.translations[0] if self.translations else None

    @property
    def has_comments(self) -> bool:
        """Return whether it counts as a publication of the body's own comments. It does if its
        parts are not known."""
        return not self.parts or "comments" in self.parts


@dataclass(frozen=True, kw_only=True, slots=True)
class ResponseLookedFor(Event):
    """Somebody looked for the response, on the act's day, and did not find it."""

    TOPIC: ClassVar[str] = "response-looked-for"
    STREAM: ClassVar[Stream] = "response"
    NOTE: ClassVar[Audience] = "public"

    where: Annotated[Text, Doc("Where they looked, such as: the office's page of responses.")]
    url: Annotated[str | None, Doc("The address at which they looked.", form="url")] = None
    duty: WhichDuty = None


@dataclass(frozen=True, kw_only=True, slots=True)
class CopySent(Event):
    """A copy of the response went to those who are owed one (Police Act 1996, s.55(6))."""

    TOPIC: ClassVar[str] = "copy-sent"
    STREAM: ClassVar[Stream] = "response"
    NOTE: ClassVar[Audience] = "public"

    to: Annotated[Literal["inspectorate", "secretary_of_state"], Doc("Who was sent the copy.")]


Disapplied = Literal["not_the_subject", "same_findings_as", "recorded_in_error"]


@dataclass(frozen=True, kw_only=True, slots=True)
class DutyDisapplied(Event):
    """Somebody decided that the duty does not apply to this body for this report."""

    TOPIC: ClassVar[str] = "duty-disapplied"
    STREAM: ClassVar[Stream] = "response"
    NOTE: ClassVar[Audience] = "public"

    basis: Annotated[Disapplied, Doc("Why it does not apply.")]
    decided_by: Annotated[Text, Doc("Who decided so.")]
    reason: Annotated[Text | None, Doc("Why, in words.")] = None
    same_as_report: Annotated[
        str | None,
        Doc(
            "The report whose findings are the same, by its reference.",
            fixed="it is a link to another report",
        ),
    ] = None
    duty: WhichDuty = None


@dataclass(frozen=True, kw_only=True, slots=True)
class DutyConfirmed(Event):
    """The recorder, the publisher or an administrator says that a duty stands which the body that
    owes it calls recorded in error."""

    TOPIC: ClassVar[str] = "duty-confirmed"
    STREAM: ClassVar[Stream] = "response"
    NOTE: ClassVar[Audience] = "public"

    reason: Annotated[Text, Doc("Why the duty stands.")]
    duty: WhichDuty = None


@dataclass(frozen=True, kw_only=True, slots=True)
class ExtensionGranted(Event):
    """More time was granted, where the rule allows it: the day by which it is due moved."""

    TOPIC: ClassVar[str] = "extension-granted"
    STREAM: ClassVar[Stream] = "response"
    NOTE: ClassVar[Audience] = "public"

    applied_on: Annotated[str, Doc("When it was applied for: not after the due day.", form="day")]
    granted_on: Annotated[str, Doc("When it was granted.", form="day")]
    granted_by: Annotated[Text, Doc("Who granted it.")]
    due_on: Annotated[str, Doc("The new day by which it is due.", form="day")]
    basis: Annotated[Text, Doc("On what ground.")]
    duty: WhichDuty = None


Revisable = Literal["text", "url", "chief_officer_comments", "passage", "translation"]


@dataclass(frozen=True, kw_only=True, slots=True)
class StatementRevised(Event):
    """The published response says something else than before. The first keeps its date.

    What it says of one recommendation is revised as that passage: `number` and `addressee` name
    the recommendation, `how` says how the response covers it since.
    """

    TOPIC: ClassVar[str] = "statement-revised"
    STREAM: ClassVar[Stream] = "response"
    NOTE: ClassVar[Audience] = "public"

    statement: Annotated[str, Doc("The statement's id.")]
    field: Annotated[
        Revisable,
        Doc(
            "What of it: its whole text, its address, the comments, the passage of a number, or "
            "its text in the other language (`translation`)."
        ),
    ]
    number: Annotated[
        str | None, Doc("For a passage: the number of the recommendation that it is about.")
    ] = None
    addressee: Annotated[
        str | None, Doc("For a passage: the body that this one is addressed to.", form="body")
    ] = None
    how: Annotated[
        How | None,
        Doc("For a passage: whether it names the recommendation, or what else it does since."),
    ] = None
    was: Annotated[
        str | Text | None, Doc("What was published before; null for a passage that was added.")
    ] = None
    now: Annotated[
        str | Text | None, Doc("What is published since; null for a passage that is gone.")
    ] = None
    url: Annotated[
        str | None,
        Doc(
            "For the text in the other language: where it is published.",
            form="url",
            label="Address of the Welsh page",
        ),
    ] = None


ResponseEvent = (
    ResponseDutyArose
    | DutyDisapplied
    | DutyConfirmed
    | ExtensionGranted
    | ChiefOfficerCommentsInvited
    | ChiefOfficerCommentsReceived
    | ResponsePublished
    | ResponseLookedFor
    | StatementRevised
    | CopySent
)
