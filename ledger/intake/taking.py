"""What the taking in of one page holds: the decision, the page, and what came of it."""

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from ledger.decision import Decision, Told
from ledger.entry import Entry
from ledger.events import Batch, BodyRegistered
from ledger.events.report import ReportKind
from ledger.intake.reading import Page, Unread
from ledger.texts import Audience, Opening, Text, say

Raised = dict[str, list[tuple[str, str]]]
"""(number, addressee) of the recommendations taken in, by their key on the page."""
Openings = Callable[[Sequence[int]], dict[tuple[int, str], Opening]]


@dataclass(frozen=True, slots=True)
class Proposal:
    """One thing that a page says, and whether it is new to the log."""

    file: str
    line: int
    says: str
    new: bool


@dataclass
class Intake:
    """What came of pages: the reports they are about, the proposals, and what is left unread."""

    reports: list[str] = field(default_factory=list)
    proposals: list[Proposal] = field(default_factory=list)
    unread: list[Unread] = field(default_factory=list)

    @property
    def already(self) -> int:
        """How many things were recorded already."""
        return sum(not proposal.new for proposal in self.proposals)


@dataclass(frozen=True)
class PageFile:
    """A page as read, with its bytes and where it was published."""

    page: Page
    raw: bytes
    media_type: str
    url: str | None = None
    kind: ReportKind | None = None
    """The report's kind, given by the person who imports it, where the page does not say it."""


class Taking:
    """One page being taken into one decision."""

    def __init__(
        self, decision: Decision, file: PageFile, body: str, openings: Openings, intake: Intake
    ) -> None:
        self.decision = decision
        self.file = file
        self.page = file.page
        self.body: BodyRegistered = decision.body(body)
        self.openings = openings
        self.intake = intake
        step = hashlib.sha256(file.raw).hexdigest()[:16]
        self.told = Told(batch=Batch(f"import-{step}", "imported"))

    @property
    def told_of_response(self) -> Told:
        """How word of the response came: its own day, where the page states one."""
        return Told(
            occurred_on=self.page.response_published_on,
            by=None,
            source=self.told.source,
            batch=self.told.batch,
        )

    def text(self, entry: Entry, path: str) -> str | None:
        """The text of an entry, one that is being added or one of the log; None where redacted."""
        value: Text = getattr(entry.data, path)
        if value.opening is not None:
            return value.opening.body
        opening = self.openings([entry.position]).get((entry.position, path))
        return opening.body if opening else None

    def new(self, line: int, says: str) -> None:
        """Something that is new to the log."""
        self.intake.proposals.append(Proposal(self.page.file, line, says, new=True))

    def found(self, line: int, says: str) -> None:
        """Something that is recorded already."""
        self.intake.proposals.append(Proposal(self.page.file, line, says, new=False))

    def leave(self, line: int, text: str, why: str) -> None:
        """Something that a person has to settle."""
        self.intake.unread.append(Unread(self.page.file, line, text[:200], why))


def said(text: str | None, audience: Audience = "public") -> Text | None:
    """A text to record, where there is one."""
    return say(text, audience) if text else None
