"""What the reading of a response page yields: values, and the line on which each stands.

Every visible word of an accepted page is in exactly one kind of place: a part of the reading
(report, recommendations, statement, chief officer's comments), a label, furniture, or unread.
Lines count from 1, in the file as it came. Nothing here is a fact yet: it is what a page says.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from ledger.date_phrases import DatePhrase, DateProblem
from ledger.errors import AnswerableError
from ledger.events.recommendation import How, Kind
from ledger.events.report import ReportKind


class UnreadablePage(AnswerableError):
    """The page is refused as a whole; nothing was read. The sentence names the file."""


@dataclass(frozen=True, slots=True)
class Words:
    """Words on the page, cleaned: single spaces, one line of text a paragraph, `- ` for bullets."""

    text: str
    line: int


@dataclass(frozen=True, slots=True)
class Label:
    """A label that was understood: the words, and the part that it opens, such as `title`."""

    text: str
    line: int
    means: str


@dataclass(frozen=True, slots=True)
class Furniture:
    """Words that belong to the site and not to the response, and the rule that says so."""

    text: str
    line: int
    rule: str


@dataclass(frozen=True, slots=True)
class Unread:
    """Something on the page that was not understood or not used, for a person to settle.

    `why` is a clause without a full stop, so that words can follow it.
    """

    file: str
    line: int
    text: str
    why: str


Note = Callable[[int, str, str], None]
"""Lists something as unread: line, words, why."""


@dataclass(frozen=True, slots=True)
class DateOnPage:
    """A date beside a label: read (`on`: ISO day or month), or not (`on` None and `why`)."""

    on: str | None
    words: str
    line: int
    why: str | None = None


@dataclass(frozen=True, slots=True)
class ReportRead:
    """The report that the page answers, as the page describes it."""

    title: Words
    published: DateOnPage | None
    """The day that the page gives for the report; a proposal, since migrated pages are wrong."""
    kind: ReportKind | None
    """Of the register's kinds, where `kind_words` is one of the listed phrases, else None."""
    kind_words: Words | None
    publisher: Literal["hmicfrs"] | None
    publisher_words: Words | None
    cites: Words | None
    """The law that the page names, word for word, right or wrong."""
    key_findings: Words | None

    @property
    def published_on(self) -> str | None:
        return self.published.on if self.published else None


@dataclass(frozen=True, slots=True)
class RecommendationRead:
    """One recommendation, cause of concern or area for improvement."""

    number: str
    """As published: `02`, `3A`, `AFI 1`; ours where the page has none: `afi-1`, `item-1`."""
    key: str
    numbered_by: Literal["publisher", "us"]
    kind: Kind
    label: str
    """The words that carried the number, such as `Rec 02:`; empty where there were none."""
    text: str
    target: DatePhrase | DateProblem | None
    addressees: tuple[str, ...]
    """`force` means the responding body's force, `office` the body itself; any other is a name as
    the page gives it, or the name that the page abbreviates."""
    addressee_phrase: str | None
    partners: tuple[str, ...]
    line: int
    parent: str | None = None
    """The number of the cause of concern under whose heading it stands."""


@dataclass(frozen=True, slots=True)
class Passage:
    """What the statement says about one recommendation; never what stance it takes.

    `named`: `text` is the paragraphs that name it, or stand under its name. `general`: the
    paragraphs that speak of all the recommendations. `not_found`: `text` is empty.
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
class StatementRead:
    """The body's statement. `text` is empty where the page has none."""

    text: str
    paragraphs: tuple[Words, ...]
    passages: tuple[Passage, ...]
    """One for each recommendation, in page order."""
    assurances: tuple[AssuranceProposed, ...]
    other: tuple[Words, ...]
    """The paragraphs that are about no one recommendation and not about all of them."""


@dataclass(frozen=True, slots=True)
class Page:
    """A response page, read."""

    file: str
    report: ReportRead
    recommendations: tuple[RecommendationRead, ...]
    statement: StatementRead
    chief_officer_comments: tuple[Words, ...]
    """Paragraphs under a label of the chief officer's or the force's own; not the statement."""
    response_published: DateOnPage | None
    """Only where the page states a date for the response; never the report's or the file's."""
    page_day: DateOnPage | None
    """A date that may be the day of the page, and is listed as unread: never taken by itself."""
    labels: tuple[Label, ...]
    furniture: tuple[Furniture, ...]
    unread: tuple[Unread, ...]

    @property
    def response_published_on(self) -> str | None:
        return self.response_published.on if self.response_published else None
