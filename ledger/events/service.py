"""Events of the stream `service`: accounts, the register, the rules, the keys that seal the log,
and how complete it is."""

from dataclasses import dataclass
from typing import Annotated, ClassVar, Literal, get_args

from ledger.events.declare import Doc, Event, Stream
from ledger.events.response import Part
from ledger.events.texts import Language, Text

Scope = Literal["record", "office", "subscribe", "admin"]
SCOPES: tuple[str, ...] = get_args(Scope)
BodyKind = Literal[
    "local_policing_body", "force", "panel", "inspectorate", "national_body", "fire_authority"
]
BODY_KINDS: tuple[str, ...] = get_args(BodyKind)


class _OfTheService(Event):
    """An act of whoever runs the service; mostly of no day but that of its entry."""

    __slots__ = ()

    STREAM: ClassVar[Stream] = "service"
    DATED: ClassVar[bool] = False


@dataclass(frozen=True, kw_only=True, slots=True)
class AccountOpened(_OfTheService):
    """A role account was opened, such as `cumbria-pfcc/clerk-2`."""

    TOPIC: ClassVar[str] = "account-opened"

    account: Annotated[str, Doc("The account's name: its body, a slash, its role.")]
    body: Annotated[
        str | None, Doc("The body that it records for; none for the service's own.", form="body")
    ] = None


@dataclass(frozen=True, kw_only=True, slots=True)
class ScopeGranted(_OfTheService):
    """An account was given a scope: what it may do."""

    TOPIC: ClassVar[str] = "scope-granted"

    account: Annotated[str, Doc("The account.")]
    scope: Annotated[
        Scope,
        Doc(
            "`record`: write, and read the office texts of its body; `office`: read those alone, "
            "or, of an account of no body, those of every body; `subscribe`: have entries sent to "
            "it by webhooks; `admin`: all."
        ),
    ]


@dataclass(frozen=True, slots=True)
class HeldForce:
    """A force that a body holds to account, with the days of that as far as they differ from the
    body's own."""

    body: Annotated[str, Doc("The force.", form="body")]
    begins: Annotated[
        str | None,
        Doc("The first day on which the body holds it to account.", form="day", before="from"),
    ] = None
    ends: Annotated[
        str | None,
        Doc("The last day on which the body holds it to account.", form="day", before="until"),
    ] = None


@dataclass(frozen=True, slots=True)
class FormerName:
    """A name that a body had before."""

    name: Annotated[str, Doc("The name as it was written.")]
    ends: Annotated[str, Doc("The last day on which the body had it.", form="day")]


@dataclass(frozen=True, slots=True)
class NamesBeside:
    """The names of a body in other languages than English."""

    cy: Annotated[str, Doc("Its name in Welsh.", label="Name in Welsh")]


@dataclass(frozen=True, kw_only=True, slots=True)
class BodyRegistered(_OfTheService):
    """A public body was entered in the register."""

    TOPIC: ClassVar[str] = "body-registered"

    id: Annotated[str, Doc("Its id: lower-case letters, digits and hyphens, 80 at most.")]
    name: Annotated[str, Doc("Its name as it is written.")]
    kind: Annotated[BodyKind, Doc("What it is.")]
    area: Annotated[str | None, Doc("Its police area.")] = None
    force: Annotated[str | None, Doc("The force that it holds to account.", form="body")] = None
    panel: Annotated[str | None, Doc("The panel that scrutinises it.", form="body")] = None
    closes_by: Annotated[
        tuple[str, ...],
        Doc(
            "Who may confirm the closure of its recommendations: ids of bodies, or kinds.",
            label="Who may confirm closure",
        ),
    ] = ()
    websites: Annotated[
        tuple[str, ...] | None,
        Doc("The hosts of its own websites: a copy of a page there is the body's own word."),
    ] = None
    forces: Annotated[
        tuple[HeldForce, ...] | None,
        Doc("The forces that it holds to account, where these are several or have days."),
    ] = None
    begins: Annotated[
        str | None, Doc("The first day of its term; none: as long as anybody asks.", form="day")
    ] = None
    ends: Annotated[
        str | None,
        Doc(
            "The last day of its term, where it ended or is to end without a successor, or before "
            "one follows.",
            form="day",
        ),
    ] = None
    former_names: Annotated[
        tuple[FormerName, ...] | None, Doc("The names that it had before, the oldest first.")
    ] = None
    citation: Annotated[
        str | None,
        Doc(
            "What says so of its term, names and forces: a provision, a page.",
            label="What says so",
        ),
    ] = None
    read: Annotated[
        bool | None,
        Doc(
            "Whether that was read; `false`: it is believed, and unverified.", label="Was it read?"
        ),
    ] = None
    names: Annotated[
        NamesBeside | None,
        Doc("Its names in other languages than English.", label="Names in other languages"),
    ] = None

    @property
    def holds(self) -> tuple[HeldForce, ...]:
        """The forces that it holds to account, each with the days of that, where they are said."""
        return _held(self.force, self.forces)

    def name_in(self, lang: Language) -> str:
        """Return its name in a language; its own name if the register has none in that one."""
        return self.names.cy if lang == "cy" and self.names else self.name


def _held(force: str | None, forces: tuple[HeldForce, ...] | None) -> tuple[HeldForce, ...]:
    if forces is not None:
        return forces
    return () if force is None else (HeldForce(force),)


Trigger = Literal["published", "made", "sent", "received"]
TRIGGERS: tuple[str, ...] = get_args(Trigger)
SEVERAL_PUBLISHERS = "several_publishers"
"""The name that a rule's `asks_of` gives to a report of several publishers."""
Unit = Literal["day", "working_day", "month"]
UNITS: tuple[str, ...] = get_args(Unit)


@dataclass(frozen=True, slots=True)
class Period:
    """How long a rule gives: so many days, working days or months."""

    count: Annotated[int, Doc("How many, from 1.")]
    unit: Annotated[
        Unit,
        Doc(
            "`day`: calendar days; `working_day`: those that are no Saturday, Sunday or bank "
            "holiday of England and Wales; `month`: calendar months."
        ),
    ] = "day"


@dataclass(frozen=True, kw_only=True, slots=True)
class RuleAdopted(_OfTheService):
    """A rule came into force in this log, whole, so that no answer depends on a file."""

    TOPIC: ClassVar[str] = "rule-adopted"

    id: Annotated[str, Doc("The rule's id.")]
    version: Annotated[int, Doc("Its version, from 1.")]
    title: Annotated[str, Doc("What it is called.")]
    citation: Annotated[str, Doc("The provision that it states.")]
    text: Annotated[str, Doc("What it says, in our words.", label="What it says, in our words")]
    bodies: Annotated[
        tuple[str, ...],
        Doc("The kinds of body that it binds.", label="Kinds of body that it binds (one a line)"),
    ] = ()
    reports: Annotated[
        tuple[str, ...],
        Doc(
            "The kinds of report that it covers.",
            label="Kinds of report that it covers (one a line)",
        ),
    ] = ()
    match: Annotated[
        Literal["both", "either"],
        Doc(
            "Whether both lists must match for it to apply, or one.",
            label="Must both of these match, or one?",
        ),
    ] = "both"
    applies_from: Annotated[
        str | None,
        Doc("Reports published from this day.", label="For reports published from"),
    ] = None
    applies_until: Annotated[
        str | None,
        Doc("Reports published until this day.", label="For reports published until"),
    ] = None
    period_days: Annotated[
        int | None,
        Doc(
            "Days in the period, the day of publication being day 1; none: no period.",
            label="Deadline in days",
        ),
    ] = None
    extension: Annotated[
        bool,
        Doc("Whether an extension can be granted.", label="Can more time be granted?"),
    ] = False
    publishers: Annotated[
        tuple[str, ...] | None,
        Doc(
            "Whose reports: ids of bodies, or kinds. None: inspectorates', where it sets a period, "
            "and anybody's where it sets none.",
            label="Whose reports it covers (one a line)",
        ),
    ] = None
    trigger: Annotated[
        Trigger | None,
        Doc(
            "The day that starts the period: `published` (the report was; the default), or `made`, "
            "`sent`, `received`.",
            label="What starts the deadline",
        ),
    ] = None
    period: Annotated[
        Period | None,
        Doc("The period, where `period_days` does not say it.", label="Deadline in another unit"),
    ] = None
    first_day: Annotated[
        Literal["counted", "not_counted"] | None,
        Doc(
            "Whether the day that starts the period is day 1 (`counted`, the default).",
            label="Is the day that starts it counted?",
        ),
    ] = None
    per_recommendation: Annotated[
        bool | None,
        Doc(
            "Whether each recommendation has to be answered by itself.",
            label="Has each recommendation to be answered by itself?",
        ),
    ] = None
    parts: Annotated[
        tuple[Part, ...] | None,
        Doc(
            "Which parts have to be published in time. None named: the body's comments.",
            label="Parts of the response",
        ),
    ] = None
    reply_to: Annotated[
        str | None,
        Doc(
            "To whom the response goes, in words; none: it is published.",
            label="To whom the response goes",
        ),
    ] = None
    read: Annotated[
        bool | None,
        Doc(
            "Whether the wording was read by which its days are counted.",
            label="Was the wording read?",
        ),
    ] = None
    asks: Annotated[
        str | None,
        Doc(
            "What a person answers before the rule binds a body. Naming the body answers it.",
            label="Question to a person",
        ),
    ] = None
    asks_of: Annotated[
        tuple[str, ...] | None,
        Doc(
            "The reports that it asks the question of: kinds of report, or `several_publishers`. "
            "None: every report.",
            label="Reports about which it asks that (one a line)",
        ),
    ] = None
    sha256: Annotated[
        str,
        Doc(
            "SHA-256 of the canonical JSON of the fields before this one: those up to `extension` "
            "all, null where nothing is said, the others where they say something."
        ),
    ]

    @property
    def gives(self) -> Period | None:
        """The period; None where none is set."""
        return self.period or (Period(self.period_days) if self.period_days else None)

    @property
    def counts_from(self) -> Trigger:
        """Which day starts the period."""
        return self.trigger or "published"

    @property
    def counts_first_day(self) -> bool:
        """Return whether the day itself is day 1."""
        return self.first_day != "not_counted"


@dataclass(frozen=True, kw_only=True, slots=True)
class KeyAdded(_OfTheService):
    """A signing key of the log came into use."""

    TOPIC: ClassVar[str] = "key-added"

    vkey: Annotated[str, Doc("The verifier key, in the form of C2SP signed-note.")]


@dataclass(frozen=True, kw_only=True, slots=True)
class ScopeRevoked(_OfTheService):
    """A scope was taken from an account."""

    TOPIC: ClassVar[str] = "scope-revoked"

    account: Annotated[str, Doc("The account.")]
    scope: Annotated[Scope, Doc("The scope.")]


@dataclass(frozen=True, kw_only=True, slots=True)
class AccountClosed(_OfTheService):
    """A role account was closed: it records and reads nothing more."""

    TOPIC: ClassVar[str] = "account-closed"

    account: Annotated[str, Doc("The account.")]


@dataclass(frozen=True, kw_only=True, slots=True)
class BodyChanged(_OfTheService):
    """What the register says of a body changed: its name, its panel, who closes."""

    TOPIC: ClassVar[str] = "body-changed"
    DATED: ClassVar[bool] = True

    id: Annotated[str, Doc("The body.", form="body", label="Body")]
    name: Annotated[str | None, Doc("Its new name.")] = None
    panel: Annotated[str | None, Doc("The panel that scrutinises it now.", form="body")] = None
    force: Annotated[str | None, Doc("The force that it holds to account now.", form="body")] = None
    closes_by: Annotated[
        tuple[str, ...] | None,
        Doc(
            "Who may confirm the closure of its recommendations now.",
            label="Who may confirm closure",
        ),
    ] = None
    websites: Annotated[tuple[str, ...] | None, Doc("The hosts of its own websites now.")] = None
    forces: Annotated[
        tuple[HeldForce, ...] | None, Doc("The forces that it holds to account now.")
    ] = None
    begins: Annotated[str | None, Doc("The first day of its term.", form="day")] = None
    ends: Annotated[str | None, Doc("The last day of its term.", form="day")] = None
    names: Annotated[
        NamesBeside | None,
        Doc("Its names in other languages than English now.", label="Names in other languages"),
    ] = None

    @property
    def holds(self) -> tuple[HeldForce, ...]:
        """The forces that the change names."""
        return _held(self.force, self.forces)


@dataclass(frozen=True, kw_only=True, slots=True)
class BodySucceeded(_OfTheService):
    """A body ends, and another takes on what it owes: it may lie ahead."""

    TOPIC: ClassVar[str] = "body-succeeded"
    DATED: ClassVar[bool] = True

    id: Annotated[
        str, Doc("The body that ends.", form="body", before="from", label="Body that ends")
    ]
    successor: Annotated[
        str,
        Doc("The body that follows it.", form="body", before="to", label="Body that follows it"),
    ]
    on: Annotated[
        str | None,
        Doc(
            "The first day of the one that follows; it may lie ahead. None: the day on which it "
            "happened.",
            form="day",
        ),
    ] = None


@dataclass(frozen=True, kw_only=True, slots=True)
class RecordKeptHere(_OfTheService):
    """A body says that it keeps its record here: its responses to reports published from a day on
    are all recorded here, so that where none is recorded none was published."""

    TOPIC: ClassVar[str] = "record-kept-here"

    body: Annotated[str, Doc("The body that says so of itself.", form="body")]
    since: Annotated[
        str,
        Doc(
            "Its responses to reports published from this day on are all recorded here.",
            form="day",
            before="from",
        ),
    ]
    until: Annotated[
        str | None,
        Doc(
            "The last day on which it keeps its record here, never before the day on which that is "
            "recorded. None: no end is said.",
            form="day",
        ),
    ] = None


@dataclass(frozen=True, slots=True)
class ListedReport:
    """A report as a publisher's list names it."""

    title: Annotated[str, Doc("Its title, as listed.")]
    published_on: Annotated[str | None, Doc("The day, as listed.", form="day")] = None
    url: Annotated[str | None, Doc("Its address, as listed.", form="url")] = None
    kind: Annotated[str | None, Doc("What the list calls it.")] = None


@dataclass(frozen=True, kw_only=True, slots=True)
class ListCompared(_OfTheService):
    """A publisher's list of its reports was compared with the log; the source says which list."""

    TOPIC: ClassVar[str] = "list-compared"

    publisher: Annotated[str, Doc("Whose reports the list has.", form="body")]
    count: Annotated[int, Doc("How many reports it has.")]
    matched: Annotated[int, Doc("How many of them are recorded here, by address or title and day.")]
    unlisted: Annotated[int, Doc("How many reports of the publisher are here and not in the list.")]
    missing: Annotated[
        tuple[ListedReport, ...],
        Doc("Those that are not recorded here: a hundred at most, the list itself has them all."),
    ] = ()


Because = Literal["compromised", "held"]


@dataclass(frozen=True, kw_only=True, slots=True)
class KeyRetired(_OfTheService):
    """A signing key is used no more from a size of the log on. What it signed before stays good."""

    TOPIC: ClassVar[str] = "key-retired"

    vkey: Annotated[str, Doc("The verifier key of the key that is retired.")]
    from_size: Annotated[
        int,
        Doc(
            "The size of the log from which it signs no checkpoint; never one that is without "
            "this entry: then the size after it."
        ),
    ]


@dataclass(frozen=True, kw_only=True, slots=True)
class KeyCompromised(_OfTheService):
    """A signing key was, or may have been, in other hands: what it signs proves nothing."""

    TOPIC: ClassVar[str] = "key-compromised"

    vkey: Annotated[str, Doc("The verifier key of the key that is compromised.")]
    from_size: Annotated[
        int, Doc("Its signatures on checkpoints of this size of the log and more prove nothing.")
    ]
    reason: Annotated[Text, Doc("What is known of how it came about.")]


@dataclass(frozen=True, kw_only=True, slots=True)
class SealingResumed(_OfTheService):
    """Sealing, which had stopped, goes on by a key."""

    TOPIC: ClassVar[str] = "sealing-resumed"

    vkey: Annotated[str, Doc("The verifier key of the key that seals from here on.")]
    at_size: Annotated[
        int,
        Doc("The size of the last checkpoint that still proves: what follows it is sealed anew."),
    ]
    because: Annotated[
        Because,
        Doc("What had stopped it: `compromised`, a key; `held`, the sealer, which found a fault."),
    ]
    reason: Annotated[Text, Doc("What happened, and why sealing can go on.")]


@dataclass(frozen=True, kw_only=True, slots=True)
class ClockWasWrong(_OfTheService):
    """The database's clock was ahead: from a position on, entries say that they were recorded later
    than they were. They count as recorded at the moment of this entry, where their own is later."""

    TOPIC: ClassVar[str] = "clock-was-wrong"

    first_position: Annotated[
        int, Doc("The position of the first entry that was recorded while the clock was wrong.")
    ]


ServiceEvent = (
    AccountOpened
    | ScopeGranted
    | ScopeRevoked
    | AccountClosed
    | KeyAdded
    | KeyRetired
    | KeyCompromised
    | SealingResumed
    | ClockWasWrong
    | BodyRegistered
    | BodyChanged
    | BodySucceeded
    | RecordKeptHere
    | RuleAdopted
    | ListCompared
)
