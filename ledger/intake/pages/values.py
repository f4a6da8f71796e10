"""The contents of a response page, as suggested part by part and as settled.

Every block of a page that is shown is in one piece of the suggestion, or in several that a person
parted. Lines count from 1, in the file as it came. Nothing here is a fact yet.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, Literal, TypeVar

from ledger.date_phrases import DatePhrase, DateProblem
from ledger.events.recommendation import How, Kind
from ledger.events.report import ReportKind

Part = Literal[
    "report",
    "recommendation",
    "commissioner",
    "chief officer",
    "force",
    "other report",
    "not needed",
    "?",
]
"""What a block is: the report's words, one of its recommendations, somebody's words about them,
what belongs to another report, what nobody needs; `?` is for a person to say."""
SPEAKERS: frozenset[Part] = frozenset({"commissioner", "chief officer", "force"})
"""The parts that are somebody's words."""
ANOTHER = "new"
"""A person's answer for a report that is none of those it looks like."""
Is = Literal["response", "index", "news", "other"]
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Suggested(Generic[T]):
    """A value that the page gives; `sure` if it says it by a label of its own, with one reading."""

    value: T
    line: int = 1
    words: str = ""
    why: str = ""
    """Why it isn't sure; empty: it is."""

    @property
    def sure(self) -> bool:
        return not self.why


@dataclass(frozen=True, slots=True)
class Piece:
    """A block, or a part of one, and what it is suggested to be.

    `of`: the numbers of the recommendations that it is, or is about; `("all",)` for all of them.
    `sure` is about `part`; `of_sure` about `of`.
    """

    block: int
    text: str
    line: int
    part: Part
    of: tuple[str, ...] = ()
    sure: bool = False
    of_sure: bool = False
    bullet: bool = False
    why: str = ""
    assurance: bool = False
    """True if it was chosen that its sentences about assurance are recorded as asking for one."""

    @property
    def is_open(self) -> bool:
        """Return whether a person has to say what it is, or whose words, about what."""
        return self.part == "?" or (self.part in SPEAKERS and not (self.sure and self.of_sure))


@dataclass(frozen=True, slots=True)
class RecommendationRead:
    """One recommendation, cause of concern or area for improvement."""

    number: str
    """As published: `02`, `3A`, `AFI 1`; ours where the page has none: `afi-1`, `item-1`."""
    key: str
    kind: Kind
    text: str
    target: DatePhrase | DateProblem | None
    addressees: tuple[str, ...]
    """`force` means the responding body's force, `office` the body itself; any other is an id of
    the register, or a name as the page gives it."""
    partners: tuple[str, ...]
    line: int
    blocks: tuple[int, ...] = ()
    parent: str | None = None
    """The number of the cause of concern under whose heading it stands."""
    numbered_by: Literal["publisher", "us"] = "publisher"
    sure: bool = True
    why: str = ""


@dataclass(frozen=True, slots=True)
class RecordedReport:
    """A report as the log has it, with all its recommendations, one for each number. A draft that
    begins from a duty asks nothing of them."""

    reference: str
    title: str
    published_on: str | None
    kind: ReportKind
    publishers: tuple[str, ...]
    recommendations: tuple[RecommendationRead, ...]


@dataclass(frozen=True, slots=True)
class Suggestion:
    """One report that a page answers, as suggested: every block of the page, and the facts. If it
    begins from a recorded report, the recommendations are that report's, and only the response's
    day is suggested of the facts."""

    file: str
    kind_of_page: Is
    pieces: tuple[Piece, ...]
    recommendations: tuple[RecommendationRead, ...] = ()
    title: Suggested[str] | None = None
    published_on: Suggested[str] | None = None
    kind: Suggested[ReportKind] | None = None
    publishers: Suggested[tuple[str, ...]] | None = None
    cites: str | None = None
    response_published_on: Suggested[str] | None = None
    recorded: RecordedReport | None = None


@dataclass(frozen=True, slots=True)
class Unread:
    """Something on the page that was not understood or not used, for a person to settle.

    `why` is a clause without a full stop, so that words can follow it.
    """

    file: str
    line: int
    text: str
    why: str


@dataclass(frozen=True, slots=True)
class Words:
    """Words on the page, cleaned: single spaces, one line of text a paragraph, `- ` for bullets."""

    text: str
    line: int


@dataclass(frozen=True, slots=True)
class Passage:
    """The statement's words about one recommendation, without a stance.

    `named`: `text` is the paragraphs about it. `general`: the paragraphs that speak of all the
    recommendations. `not_found`: `text` is empty.
    """

    key: str
    how: How
    text: str
    lines: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class AssuranceProposed:
    """A sentence that seeks an assurance; `key` is None where it stands with no recommendation."""

    key: str | None
    question: str
    line: int


@dataclass(frozen=True, slots=True)
class Respond:
    """The bodies that must respond to a report entered for everybody, as a person settled it."""

    by_rule: bool = True
    """True if the bodies that the rules bind must respond. If false, no duty is recorded."""
    bodies: tuple[str, ...] = ()
    """Bodies of which a rule asks something first, that a person answered with yes."""
    taken_off: tuple[tuple[str, str], ...] = ()
    """Bodies that the rules bind and that are taken off, each with the reason."""


@dataclass(frozen=True, slots=True)
class Page:
    """A response page as settled: by what it surely says, or by a person."""

    file: str
    title: Suggested[str]
    published: Suggested[str] | None
    kind: ReportKind | None
    publishers: tuple[str, ...]
    cites: str | None
    """The law that the page names, word for word, right or wrong."""
    key_findings: Words | None
    recommendations: tuple[RecommendationRead, ...]
    paragraphs: tuple[Words, ...]
    """The body's statement; empty where the page has none."""
    passages: tuple[Passage, ...]
    """One for each recommendation, in page order."""
    assurances: tuple[AssuranceProposed, ...]
    chief_officer_comments: tuple[Words, ...]
    """Paragraphs of the chief officer's own; not the statement."""
    force_updates: tuple[tuple[str, Words], ...]
    """The force's own account of its actions, by the key of the recommendation."""
    answered: Suggested[str] | None
    """The day of the response."""
    unread: tuple[Unread, ...] = ()
    page_day: Suggested[str] | None = None
    """A day that may be the response's: a person confirms it, or it is none."""
    everybody: bool = False
    """True if it is the report itself, entered once for everybody: then there is no response."""
    respond: Respond = Respond()
    attach: str | None = None
    """The report that a person says it is: its reference, or `new`."""
    recorded: RecordedReport | None = None
    """The recorded report from which the draft began: the page says nothing of it."""

    @property
    def published_on(self) -> str | None:
        return self.published.value if self.published else None

    @property
    def answered_on(self) -> str | None:
        return self.answered.value if self.answered else None

    @property
    def text(self) -> str:
        return "\n".join(one.text for one in self.paragraphs)


Resolve = Callable[[str], str | None]
"""The id of the body that a name means, where the register knows one."""
