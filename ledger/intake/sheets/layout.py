"""The layout of a backlog: the rows of each kind, in the fields of the requests. Each field is
declared once, with its column, its meaning and its reading.
"""

from dataclasses import dataclass, fields
from itertools import chain
from typing import Annotated, Any, Literal, get_args, get_type_hints

from ledger.events.recommendation import How, Kind, Means, Stance
from ledger.events.report import REPORT_KINDS, ReportKind
from ledger.events.response import Part
from ledger.events.streams import key_of
from ledger.intake.sheets.cells import Place, Rejected

HELP = "help"
"""The sheet that says what the columns mean; it is passed over when a file is read."""
MEANS: tuple[Means, ...] = get_args(Means)


@dataclass(frozen=True, slots=True)
class Column:
    """A column: its name in the header, its meaning in a sentence, and the words it may hold.

    `how`: the method of `Fields` that reads it. `default`: the word that an empty cell stands for.
    `many`: several of the words, parted by `;`. `given`: it comes filled in. `apart`: it is for
    programs, so it is grey, and does not print.
    """

    name: str
    says: str = ""
    how: str = "line"
    needed: bool = False
    words: tuple[str, ...] = ()
    default: str | None = None
    many: bool = False
    given: bool = False
    apart: bool = False
    width: int = 18
    """In characters."""


@dataclass(frozen=True, slots=True)
class SourceRead:
    """Where word of it came from, as the sheet says."""

    url: str | None
    note: str | None


@dataclass(frozen=True, slots=True)
class TargetRead:
    """When it is to be done: a day, month or year (ISO) where one is stated, and words."""

    on: str | None
    phrase: str | None


@dataclass(frozen=True, slots=True)
class ClaimRead:
    """How the force rates its progress, and what that means."""

    as_stated: str
    means: Means
    expected_on: str | None


# fmt: off
Source = Annotated[SourceRead | None,
    Column("source url", "Where you have it from, if not from this sheet: an address.", "source"),
    Column("source note", "Where you have it from, in words: letter of 3 March 2024. Everybody may "
           "read it; of an assurance or an update, the office.")]
ItsReport = Annotated[str, Column("report", "The reference of its report.", "reference", True)]
Number = Annotated[str,
    Column("number", "The recommendation's number, such as 02.", "number", True)]
Addressee = Annotated[str, Column("addressee", "To whom it is addressed.", needed=True)]
Day = str | None
"""An ISO day, month or year; None where it is not known."""


class Numbered:
    """A row about one recommendation."""

    __slots__ = ()
    number: str

    @property
    def key(self) -> str:
        return key_of(self.number) if self.number else ""


@dataclass(frozen=True, slots=True, kw_only=True)
class OfRecommendation(Numbered):
    """A later act on a recommendation."""

    place: Place
    report: ItsReport
    number: Number
    addressee: Addressee


@dataclass(frozen=True, slots=True, kw_only=True)
class OfDuty:
    """A row about a response that is owed."""

    place: Place
    report: ItsReport
    body: Annotated[str, Column("body", "The body that owes the response.", needed=True)]
    duty: Annotated[str | None, Column("duty",
        "Which of its duties about the report, by name; empty: response.", "duty")] = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportRow:
    """A report. `publishers` (the first leads) and `bodies` are ids or names as written."""

    place: Place
    reference: Annotated[str, Column("reference",
        "A name of your choice for the report, used by the other sheets: lower-case letters, "
        "digits and hyphens, 80 at most, such as custody-2024. It never changes.",
        "reference", True)]
    title: Annotated[str, Column("title", "The title as published.", needed=True)]
    kind: Annotated[ReportKind,
        Column("kind", "The kind of inspection.", "word", True, words=REPORT_KINDS)]
    publishers: Annotated[tuple[str, ...], Column("publisher",
        "The inspectorate that published it, such as hmicfrs; where several did, each, the one "
        "that leads first; parted by ;", "listed", True)]
    published_on: Annotated[Day,
        Column("published on", "The day it was published; empty if not known.", "date")] = None
    same_as: Annotated[tuple[str, ...], Column("same as",
        "Addresses where it is published, the publisher's own first; parted by ;", "urls")] = ()
    cites: Annotated[str | None, Column("cites",
        "The provision that your page cites, word for word, right or wrong.", "text")] = None
    key_findings: Annotated[str | None,
        Column("key findings", "Its key findings, as published.", "text")] = None
    attach: Annotated[str | None, Column("attach",
        "Only where a recorded report looks like it: the reference of that, if it is the same; "
        "new, if they are two.")] = None
    bodies: Annotated[tuple[str, ...], Column("bodies",
        "The bodies that must respond; parted by ; "
        "(empty: those that the rules bind; none: nobody).",
        "listed")] = ()
    taken_off: Annotated[tuple[tuple[str, str], ...], Column("taken off",
        "Bodies that must not, though the rules bind them, each with why; parted by ; "
        "(kent-pcc: its force is not the subject).", "reasoned")] = ()
    source: Source = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RecommendationRow(Numbered):
    """A recommendation. `addressees` are ids or names as written; `force` is the body's force."""

    place: Place
    report: ItsReport
    number: Annotated[str, Column("number",
        "The number as published, such as 02. Format the column as text.", "number", True)]
    text: Annotated[str, Column("text", "The recommendation, word for word.", "text", True)]
    addressees: Annotated[tuple[str, ...], Column("addressees",
        "The bodies addressed, by ids or names; parted by ; (force: the force of your body).",
        "listed", True)]
    kind: Annotated[Kind, Column("kind", "The report's word for it; empty: recommendation.",
        "word", words=get_args(Kind), default="recommendation")]
    parent: Annotated[str | None,
        Column("parent", "The number of the cause of concern that it belongs to.", "number")] = None
    publisher_number: Annotated[str | None, Column("publisher number",
        "Its number in the publisher's own register.", "label")] = None
    theme: Annotated[str | None,
        Column("theme", "The publisher's word for what it is about.", "label")] = None
    level: Annotated[str | None, Column("level", "The publisher's word for its level.", "label")
        ] = None
    partners: Annotated[tuple[str, ...],
        Column("partners", "Bodies to be worked with, and not addressed; parted by ;", "listed")
        ] = ()
    target: Annotated[TargetRead | None,
        Column("target", "When the report wants it done: a date, or words: within 28 days.",
               "target"),
        Column("target phrase", "The report's own words for when, to be kept beside the day.")
        ] = None
    source: Source = None
    numbered_by: Literal["publisher", "us"] = "publisher"


@dataclass(frozen=True, slots=True, kw_only=True)
class ExplanationRow(Numbered):
    """A response's passage about one recommendation. `duty` is the one that the response
    answers."""

    place: Place
    report: ItsReport
    body: Annotated[str, Column("body", "The body whose response it is.", needed=True)]
    duty: Annotated[str | None, Column("duty",
        "Which of its duties that answers, as in responses; empty: response.", "duty")] = None
    number: Number
    addressee: Addressee
    how: Annotated[How, Column("how",
        "A passage names it, or covers it in general, or none does.",
        "word", True, words=get_args(How))]
    stance: Annotated[Stance, Column("stance",
        "The body's action, done or proposed; empty: not stated.",
        "word", words=get_args(Stance), default="not_stated")]
    text: Annotated[str | None, Column("text", "The passage.", "text")]
    reason: Annotated[str | None,
        Column("reason", "Why no action is taken or proposed; needed with no_action.", "text")
        ] = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ResponseRow(OfDuty):
    """A response that is owed and, where there is a day, an address or a text, was published.

    `parts` are empty where they are not known: none are named, and there is no text."""

    rule: Annotated[str | None, Column("rule",
        "Empty: the rule that applies. manual: none does; give due on, a source.")] = None
    due_on: Annotated[str | None,
        Column("due on", "Only with the rule manual: the last day of the period.", "exact_date")
        ] = None
    published_on: Annotated[Day,
        Column("published on", "The day the response was published; empty if not known.", "date")
        ] = None
    url: Annotated[str | None, Column("url", "Where it is published.", "url")] = None
    parts: Annotated[tuple[Part, ...], Column("parts",
        "Which parts it has; empty: comments, or not known where there is no text; parted by ;",
        "several", words=get_args(Part), default="comments", many=True)] = ()
    text: Annotated[str | None, Column("text",
        "The whole text of the response. It may be empty where published on or url is given; with "
        "all three empty, the response is owed and none is recorded.", "text")] = None
    text_cy: Annotated[str | None, Column("welsh text",
        "The same text in Welsh, if it was published in both languages.", "text")] = None
    url_cy: Annotated[str | None,
        Column("welsh url", "Where that is published.", "url")] = None
    another: Annotated[Literal["no", "yes"], Column("another",
        "Only where a response of the body is recorded already: yes, if this is one more.",
        "word", words=("no", "yes"), default="no")] = "no"
    source: Source = None

    @property
    def is_published(self) -> bool:
        """Return whether the row says that a response was published."""
        return any(one is not None for one in (self.text, self.url, self.published_on))

    @property
    def has_comments(self) -> bool:
        """Return whether that publication counts for the body's comments, as it does where its
        parts are not known."""
        return not self.parts or "comments" in self.parts


@dataclass(frozen=True, slots=True, kw_only=True)
class LookUpRow(OfDuty):
    """A search for a response that found none."""

    looked_on: Annotated[Day, Column("looked on", "The day on which it was looked for.",
        "date", True)]
    where: Annotated[str, Column("where",
        "Where it was looked for, in words: the office's page of responses.", "text", True)]
    url: Annotated[str | None, Column("url", "The address at which it was looked for.", "url")
        ] = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AssuranceRow(OfRecommendation):
    """An assurance that was sought about a recommendation. `of` is an id or name as written."""

    of: Annotated[str, Column("of",
        "The body that was asked, by id or name (force: your body's).", needed=True)]
    question: Annotated[str, Column("question",
        "The question; for the office and not the public.", "text", True)]
    occurred_on: Annotated[Day,
        Column("occurred on", "The day it was sought; empty if not known.", "date")] = None
    reply_by: Annotated[Day, Column("reply by", "The day by which a reply was asked for.", "date")
        ] = None
    source: Source = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PastUpdateRow(OfRecommendation):
    """An update that came in. `answers` is the question that it answers, or its entry's id."""

    text: Annotated[str,
        Column("update", "The action or event, in words; for the office.", "text", True)]
    occurred_on: Annotated[Day,
        Column("occurred on", "The day as of which this was so; empty if not known.", "date")
        ] = None
    claim: Annotated[ClaimRead | None,
        Column("claim as stated", "How the force rated its progress, in its words: Green.",
               "claim"),
        Column("means", "The meaning of those words.", words=MEANS),
        Column("expected on", "The day by which the force expected to be done.")] = None
    answers: Annotated[str | None,
        Column("answers", "The question that it answers, word for word as in assurances.", "text")
        ] = None
    source: Source = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ClosureRow(OfRecommendation):
    """The closure of a recommendation. `by` None: by the inspectorate that published it."""

    occurred_on: Annotated[Day,
        Column("occurred on", "The day it was closed; empty if not known.", "date")] = None
    by: Annotated[str | None,
        Column("by", "The body that closed it; empty: the inspectorate that published the report.")
        ] = None
    reason: Annotated[str, Column("reason", "Why it was closed, in words.", "text", True)]
    source: Source = None
# fmt: on


HistoryRow = AssuranceRow | PastUpdateRow | ClosureRow
"""Later acts on a recommendation."""
AnyRow = ReportRow | RecommendationRow | ResponseRow | ExplanationRow | LookUpRow | HistoryRow
SheetKind = Literal[
    "reports",
    "recommendations",
    "responses",
    "explanations",
    "lookups",
    "assurances",
    "updates",
    "closures",
]
ROWS: dict[SheetKind, type[Any]] = {
    "reports": ReportRow,
    "recommendations": RecommendationRow,
    "responses": ResponseRow,
    "explanations": ExplanationRow,
    "lookups": LookUpRow,
    "assurances": AssuranceRow,
    "updates": PastUpdateRow,
    "closures": ClosureRow,
}


def columns_of(row: type[Any]) -> dict[str, tuple[Column, ...]]:
    """Return the columns from which each field of a kind of row is read."""
    hints: dict[str, Any] = get_type_hints(row, include_extras=True)
    found = {one.name: getattr(hints[one.name], "__metadata__", ()) for one in fields(row)}
    return {name: columns for name, columns in found.items() if columns}


FIELDS = {kind: columns_of(row) for kind, row in ROWS.items()}
"""The columns from which each field of a row is read, by the kind of sheet."""
LAYOUT = {kind: tuple(chain.from_iterable(read.values())) for kind, read in FIELDS.items()}


@dataclass(frozen=True, slots=True)
class Backlog:
    """The rows of files in the layout of a backlog, by kind. `faulty` ones have their faults among
    `rejected`: what belongs to them is not taken either. `count` is how many rows there are below
    the headers."""

    rows: dict[SheetKind, list[Any]]
    faulty: dict[SheetKind, list[Any]]
    rejected: tuple[Rejected, ...]

    @property
    def count(self) -> int:
        return sum(map(len, (*self.rows.values(), *self.faulty.values())))
