"""What the taking in of one page holds: the decision, the page, and what came of it."""

import hashlib
from dataclasses import dataclass, field

from ledger.acts.decision import Decision, Told
from ledger.events import Batch, BodyRegistered
from ledger.events.report import ReportKind
from ledger.events.texts import Audience, Text, say
from ledger.intake.pages.values import Page, Unread
from ledger.intake.proposals.same_text import difference
from ledger.intake.proposals.wordings import Openings, wordings
from ledger.states.effect import Known

Raised = dict[str, list[tuple[str, str]]]
"""(number, addressee) of the recommendations taken in, by their key on the page."""


@dataclass(frozen=True, slots=True)
class Proposal:
    """One thing that a page says, and whether it is new to the log.

    One that `revises` says what was published `was`, and is `now`, where the two differ.
    """

    file: str
    line: int
    says: str
    new: bool
    revises: bool = False
    was: str = ""
    now: str = ""


@dataclass(frozen=True, slots=True)
class DayProposed:
    """A day that a page gives, and that is not known so far: a proposal until a person confirms it.

    `entry` is the publication whose day it would be, `words` are those of the page.
    """

    file: str
    line: int
    entry: str
    was: str | None
    now: str
    words: str


@dataclass
class Intake:
    """What came of pages: the reports they are about, the proposals, what is left unread."""

    reports: list[str] = field(default_factory=list)
    proposals: list[Proposal] = field(default_factory=list)
    days: list[DayProposed] = field(default_factory=list)
    unread: list[Unread] = field(default_factory=list)

    @property
    def revised(self) -> int:
        """How many revisions there are."""
        return sum(proposal.revises for proposal in self.proposals)

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
    """One page being taken into one decision. `days`: whether a person confirms its days."""

    def __init__(
        self,
        decision: Decision,
        file: PageFile,
        body: str,
        openings: Openings,
        intake: Intake,
        *,
        days: bool = False,
    ) -> None:
        self.decision = decision
        self.file = file
        self.page = file.page
        self.body: BodyRegistered = decision.body(body)
        self.openings = openings
        self.intake = intake
        self.days = days
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

    @property
    def told_now(self) -> Told:
        """How word of a change came: seen on the page on the London day of its capture."""
        return Told(
            occurred_on=self.decision.today.isoformat(),
            source=self.told.source,
            batch=self.told.batch,
        )

    def wordings(self, one: Known, path: str) -> list[str | None]:
        """What an act says at a path, as first recorded and as known now: see `wordings`."""
        return wordings(self.openings, one, path)

    def new(self, line: int, says: str) -> None:
        """Something that is new to the log."""
        self.intake.proposals.append(Proposal(self.page.file, line, says, new=True))

    def revised(self, line: int, says: str, was: str, now: str) -> None:
        """Something that the page says otherwise than before."""
        parts = difference(was, now)
        proposal = Proposal(self.page.file, line, says, True, True, *parts)
        self.intake.proposals.append(proposal)

    def found(self, line: int, says: str) -> None:
        """Something that is recorded already."""
        self.intake.proposals.append(Proposal(self.page.file, line, says, new=False))

    def leave(self, line: int, text: str, why: str) -> None:
        """Something that a person has to settle."""
        self.intake.unread.append(Unread(self.page.file, line, text[:200], why))


def said(text: str | None, audience: Audience = "public") -> Text | None:
    """A text to record, where there is one."""
    return say(text, audience) if text else None
