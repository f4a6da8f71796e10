"""Events of the stream `report/{reference}`."""

from dataclasses import dataclass
from typing import Annotated, ClassVar, Literal, get_args

from ledger.events.declare import Doc, Event, Stream
from ledger.events.texts import Audience, Text

ReportKind = Literal[
    "peel",
    "national_thematic",
    "force_inspection",
    "child_protection",
    "pcc_commissioned",
    "joint",
    "joint_targeted_area",
    "revisit_letter",
    "custody",
    "fire_inspection",
    "state_of_policing",
    "super_complaint",
    "commissioner_report",
    "iopc",
    "other",
]
REPORT_KINDS: tuple[str, ...] = get_args(ReportKind)


@dataclass(frozen=True, kw_only=True, slots=True)
class ReportPublished(Event):
    """An inspectorate published a report; its day starts the period for responses."""

    TOPIC: ClassVar[str] = "report-published"
    STREAM: ClassVar[Stream] = "report"
    NOTE: ClassVar[Audience] = "public"

    title: Annotated[str, Doc("The report's title as published. It cannot be redacted.")]
    kind: Annotated[ReportKind, Doc("The kind of inspection.")]
    publisher: Annotated[
        str,
        Doc(
            "The body that published it; where several did, the one that leads.",
            form="body",
            fixed="the publisher is whose report it is",
        ),
    ]
    same_as: Annotated[
        tuple[str, ...],
        Doc("Addresses where it is published, the publisher's own page first.", form="url"),
    ] = ()
    cites: Annotated[
        Text | None, Doc("The provision that the page cites, word for word, right or wrong.")
    ] = None
    key_findings: Annotated[Text | None, Doc("What the report found, as published.")] = None
    listed_by: Annotated[
        Literal["report", "response"],
        Doc("Whose list of recommendations is recorded: the report's own, or a response's."),
    ] = "report"
    publishers: Annotated[
        tuple[str, ...] | None,
        Doc(
            "All who published it, where several did, the one that leads first; else left out.",
            form="body",
            fixed="the publishers are whose report it is",
        ),
    ] = None

    @property
    def published_by(self) -> tuple[str, ...]:
        """All who published it, the one that leads first."""
        return self.publishers or (self.publisher,)


@dataclass(frozen=True, kw_only=True, slots=True)
class ReportRevised(Event):
    """The publisher's page says something else than before. Its own act, not our mistake."""

    TOPIC: ClassVar[str] = "report-revised"
    STREAM: ClassVar[Stream] = "report"
    NOTE: ClassVar[Audience] = "public"

    field: Annotated[str, Doc("Which field of the report, such as `key_findings`.")]
    was: Annotated[str | Text | None, Doc("What the page said before.")] = None
    now: Annotated[str | Text | None, Doc("What it says since.")] = None


@dataclass(frozen=True, kw_only=True, slots=True)
class ReportTakenOver(Event):
    """A publisher's own account took the report over from the account that recorded it."""

    TOPIC: ClassVar[str] = "report-taken-over"
    STREAM: ClassVar[Stream] = "report"
    NOTE: ClassVar[Audience] = "public"
    DATED: ClassVar[bool] = False

    from_account: Annotated[str, Doc("The account that it belonged to.")]


def as_asked(question: str) -> str:
    """Return a question without differences that mean nothing: case and spacing."""
    return " ".join(question.casefold().split())


@dataclass(frozen=True, kw_only=True, slots=True)
class ReportGraded(Event):
    """The inspectorate graded a body in a report: its question and its grade, in its own words. A
    grade is cited, and never averaged or sorted by."""

    TOPIC: ClassVar[str] = "report-graded"
    STREAM: ClassVar[Stream] = "report"
    NOTE: ClassVar[Audience] = "public"

    question: Annotated[str, Doc("What was graded, as published.", form="label")]
    grade: Annotated[str, Doc("The grade, as published. It cannot be redacted.", form="label")]
    body: Annotated[
        str,
        Doc("The body that was graded.", form="body", fixed="it says which body this is about"),
    ]


ReportEvent = ReportPublished | ReportRevised | ReportTakenOver | ReportGraded
