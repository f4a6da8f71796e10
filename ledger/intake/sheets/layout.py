"""The columns of the table layout, for each kind of sheet, in the requests' own words."""

from dataclasses import dataclass
from typing import Literal, get_args

from ledger.events.recommendation import How, Kind, Means, Stance
from ledger.events.report import REPORT_KINDS
from ledger.events.response import Part


@dataclass(frozen=True, slots=True)
class Column:
    """A column: its name in the header, its meaning in a sentence, and the words it may hold.

    `many`: several of the words, parted by `;`. `given`: it comes filled in.
    """

    name: str
    says: str
    needed: bool = False
    words: tuple[str, ...] = ()
    many: bool = False
    given: bool = False
    width: int = 18
    """In characters."""


SheetKind = Literal[
    "reports", "recommendations", "responses", "explanations", "assurances", "updates", "closures"
]
HELP = "help"
"""The sheet that says what the columns mean; it is passed over when a file is read."""
KINDS: tuple[Kind, ...] = get_args(Kind)
HOWS: tuple[How, ...] = get_args(How)
STANCES: tuple[Stance, ...] = get_args(Stance)
PARTS: tuple[Part, ...] = get_args(Part)
MEANS: tuple[Means, ...] = get_args(Means)

_REPORT = Column("report", "The reference of its report.", needed=True)
_NUMBER = "The number as published, such as 02. Format the column as text."
_SOURCE = (
    Column("source url", "Where you have it from, if not from this sheet: an address."),
    Column(
        "source note",
        "Where you have it from, in words: letter of 3 March 2024. Everybody may read it; of an "
        "assurance or an update, the office.",
    ),
)
_WHICH = (
    _REPORT,
    Column("number", "The recommendation's number, such as 02.", needed=True),
    Column("addressee", "To whom it is addressed.", needed=True),
)

LAYOUT: dict[SheetKind, tuple[Column, ...]] = {
    "reports": (
        Column(
            "reference",
            "A name of your choice for the report, used by the other sheets: lower-case letters, "
            "digits and hyphens, 80 at most, such as custody-2024. It never changes.",
            needed=True,
        ),
        Column("title", "The title as published.", needed=True),
        Column("kind", "The kind of inspection.", needed=True, words=REPORT_KINDS),
        Column(
            "publisher",
            "The inspectorate that published it, such as hmicfrs; where several did, each, the "
            "one that leads first; by ;",
            needed=True,
        ),
        Column("published on", "The day it was published; empty if not known."),
        Column("same as", "Addresses where it is published, the publisher's own first; by ;"),
        Column("cites", "The provision that your page cites, word for word, right or wrong."),
        Column("key findings", "What it found, as published."),
        Column(
            "attach",
            "Only where a recorded report looks like it: the reference of that, if it is the same; "
            "new, if they are two.",
        ),
        Column("bodies", "The bodies that owe a response under the rule that applies; by ;"),
        *_SOURCE,
    ),
    "recommendations": (
        _REPORT,
        Column("number", _NUMBER, needed=True),
        Column("text", "The recommendation, word for word.", needed=True),
        Column(
            "addressees",
            "Whom it is addressed to, by ids or names; by ; (force: the force of your body).",
            needed=True,
        ),
        Column("kind", "What the report calls it; empty: recommendation.", words=KINDS),
        Column("parent", "The number of the cause of concern that it belongs to."),
        Column("partners", "Who is to be worked with, and is not addressed; by ;"),
        Column("target", "When the report wants it done: a date, or words: within 28 days."),
        Column("target phrase", "The report's own words for when, to be kept beside the day."),
        *_SOURCE,
    ),
    "responses": (
        _REPORT,
        Column("body", "The body that owes the response.", needed=True),
        Column("duty", "Which of its duties about the report, by name; empty: response."),
        Column("rule", "Empty: the rule that applies. manual: none does; give due on, a source."),
        Column("due on", "Only with the rule manual: the last day of the period."),
        Column("published on", "The day the response was published; empty if not known."),
        Column("url", "Where it is published."),
        Column("parts", "Which parts it has; empty: comments; by ;", words=PARTS, many=True),
        Column("text", "The whole text of the response; empty: owed, and none is recorded."),
        *_SOURCE,
    ),
    "explanations": (
        _REPORT,
        Column("body", "The body whose response it is.", needed=True),
        Column("duty", "Which of its duties that answers, as in responses; empty: response."),
        Column("number", "The recommendation's number, such as 02.", needed=True),
        Column("addressee", "To whom it is addressed.", needed=True),
        Column("how", "Whether a passage names it, covers it in general, or no passage does.",
               needed=True, words=HOWS),
        Column("stance", "What the body has done or proposes; empty: not stated.", words=STANCES),
        Column("text", "The passage."),
        Column("reason", "Why no action is taken or proposed; needed with no_action."),
    ),
    "assurances": (
        *_WHICH,
        Column("of", "Of whom it was sought, by id or name (force: your body's).", needed=True),
        Column("question", "What was asked, for the office and not the public.", needed=True),
        Column("occurred on", "The day it was sought; empty if not known."),
        Column("reply by", "The day by which a reply was asked for."),
        *_SOURCE,
    ),
    "updates": (
        *_WHICH,
        Column("update", "What was done or happened, in words; for the office.", needed=True),
        Column("occurred on", "The day as of which this was so; empty if not known."),
        Column("claim as stated", "How the force rated its progress, in its words: Green."),
        Column("means", "What those words come to.", words=MEANS),
        Column("expected on", "The day by which the force expected to be done."),
        Column("answers", "The question that it answers, word for word as in assurances."),
        *_SOURCE,
    ),
    "closures": (
        *_WHICH,
        Column("occurred on", "The day it was closed; empty if not known."),
        Column("by", "Who closed it; empty: the inspectorate that published the report."),
        Column("reason", "Why it was closed, in words.", needed=True),
        *_SOURCE,
    ),
}  # fmt: skip
