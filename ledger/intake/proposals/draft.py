"""A draft: what files bring, as a decision that a person confirms, and what came of each part."""

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import ClassVar, Literal, TypeVar

from ledger.acts.capture import Received, keep_capture
from ledger.acts.decision import Decision, Notice
from ledger.acts.recommendation import confirmed_days, set_target_date, words_of_target
from ledger.dates import in_words
from ledger.errors import NotAllowed, NotRecorded, Refused, Unfit
from ledger.events import (
    AnyEvent,
    Batch,
    BodyRegistered,
    RecommendationRaised,
    Source,
    TargetDateSet,
    UpdateReceived,
)
from ledger.events.entry import Entry
from ledger.events.recommendation import How, Target
from ledger.events.streams import RecommendationId
from ledger.events.texts import Audience, Opening, Text, say
from ledger.intake.pages.blocks import Block, clean
from ledger.intake.pages.values import Page, Unread
from ledger.intake.proposals.wordings import Openings, difference, wordings
from ledger.intake.sheets.cells import Book, Place, Rejected
from ledger.intake.sheets.layout import ExplanationRow, HistoryRow, SourceRead
from ledger.intake.sheets.open_sheet import MEDIA_TYPES
from ledger.register import bodies_named
from ledger.states.duties import worked_out
from ledger.states.effect import Known, in_effect

_Data = TypeVar("_Data")
HOW: dict[How, str] = {
    "named": "names",
    "general": "covers in general",
    "not_found": "does not name",
}
"""Words for what a response does with a recommendation."""


@dataclass(frozen=True, slots=True)
class Proposal:
    """One thing that a page or a row says, and whether it is new to the log.

    One that `revises` says what was published `was`, and is `now`, where the two differ.
    """

    file: str
    line: int
    says: str
    new: bool
    revises: bool = False
    was: str = ""
    now: str = ""
    confirmed: bool = False
    """Whether it is there since a person confirmed a day that the words of a target give."""


@dataclass(frozen=True, slots=True)
class ToConfirm:
    """A day that stays a proposal until a person confirms it. A page gives it for its response,
    whose day was not known, or the words of a target give it.

    `entry` is what has the day, or would have it, where that is recorded; `words` are as
    published.
    """

    file: str
    line: int
    field: Literal["published_on", "target.on"]
    entry: str | None
    was: str | None
    now: str
    words: str
    says: str


@dataclass(frozen=True, slots=True)
class Confirmed:
    """The proposals that a person confirms, beside the sure contents of files: days that pages
    gave later, and days from the words of targets."""

    days: bool = False
    targets: bool = False


NOTHING = Confirmed()


@dataclass
class Intake:
    """The result of reading files: their reports, the proposals, and the parts left unread."""

    confirmed: Confirmed = NOTHING
    reports: list[str] = field(default_factory=list)
    proposals: list[Proposal] = field(default_factory=list)
    days: list[ToConfirm] = field(default_factory=list)
    targets: list[ToConfirm] = field(default_factory=list)
    unanswered: list[str] = field(default_factory=list)
    """The numbers of recommendations of which a new response says nothing."""
    unread: list[Unread] = field(default_factory=list)
    rejected: list[Rejected] = field(default_factory=list)
    """The cells and rows of sheets that are not taken, for a person to settle."""

    @property
    def revised(self) -> int:
        return sum(proposal.revises for proposal in self.proposals)

    @property
    def already(self) -> int:
        return sum(not proposal.new for proposal in self.proposals)

    def about(self, reference: str) -> None:
        if reference not in self.reports:
            self.reports.append(reference)

    def target(
        self, on: str | None, words: str | None, day: str | None, file: str, line: int, of: str
    ) -> Target | None:
        """Return the target of a new recommendation, with its words. Its day is the stated one, or
        the one that the words give from the day of the report, if a person confirmed it."""
        if on is None and words is None:
            return None
        found = worked_out(words, day) if on is None and words else None
        if found is None or found.on is None:
            return Target(on=on, phrase=said(words))
        assert words is not None
        if not self._given(file, line, of, None, found.on, words, found.why):
            return Target(phrase=said(words))
        return Target(on=found.on, phrase=said(words), worked_out=True)

    def _given(
        self, file: str, line: int, of: str, entry: str | None, on: str, words: str, why: str
    ) -> bool:
        """Propose the day that words give. Return whether such days are confirmed."""
        says = f"a target to confirm: {of}, “{words}”: {in_words(on)}. {why}"
        self.targets.append(ToConfirm(file, line, "target.on", entry, None, on, words, says))
        return self.confirmed.targets

    def confirm_target(
        self,
        decision: Decision,
        to: RecommendationId,
        notice: Callable[[], Notice],
        file: str,
        line: int,
        of: str,
    ) -> bool:
        """Propose the day that the words of a target give, if the target is recorded without a day.

        Return whether the day was confirmed, and is set. `notice` gives how word of it came; a
        sheet's file is kept for it.
        """
        acts = in_effect(decision.stream(to.stream))
        found = decision.report(to.report)
        if confirmed_days(decision, found, to):
            return False
        raised, words, day = words_of_target(decision, found, to)
        stated = raised.target is not None and raised.target.on and not raised.target.worked_out
        if words is None or stated:
            return False
        given = worked_out(words, day)
        if given.on is None:
            return False
        entry = next(one.id for one in acts if isinstance(one.data, RecommendationRaised))
        if not self._given(file, line, of, entry, given.on, words, given.why):
            return False
        event = TargetDateSet(
            on=given.on, origin="report", reason=say(f"“{words}”: {given.why}"), worked_out=True
        )
        set_target_date(decision, to, event, replace(notice(), occurred_on=None))
        return True


@dataclass(frozen=True)
class PageFile:
    """A page, with its bytes and where it was published."""

    name: str
    blocks: Sequence[Block]
    raw: bytes
    media_type: str
    url: str | None = None
    final: Page | None = None
    """As a person settled it by a draft; else what it surely says is taken."""
    duty: str | None = None
    """Which of the body's duties about the report it answers, by name, as the person says."""

    @property
    def batch(self) -> str:
        """The name of the batch of what is recorded from these bytes."""
        return f"import-{hashlib.sha256(self.raw).hexdigest()[:16]}"


@dataclass(frozen=True)
class SheetFile:
    """A spreadsheet as opened, with its bytes and where it was published."""

    book: Book
    raw: bytes
    url: str | None = None


class PageDraft:
    """One page, drafted into a decision."""

    def __init__(
        self,
        decision: Decision,
        file: PageFile,
        page: Page,
        body: str,
        intake: Intake,
    ) -> None:
        self.decision = decision
        self.file = file
        self.page = page
        self.body: BodyRegistered = decision.body(body)
        self.openings: Openings = decision.log.openings
        self.intake = intake
        self.batch = Batch(file.batch, "imported")
        self.capture = keep_capture(
            decision,
            Received(body=file.raw, media_type=file.media_type, url=file.url),
            Notice(batch=self.batch),
        )
        name = self.capture.stream.removeprefix("capture/")
        self.source = Source(url=file.url, capture=name)
        self.reference = ""
        """The report's, once it is found or published."""
        self.raised: dict[str, list[tuple[str, str]]] = {}
        """(number, addressee) of the recommendations drafted, by their key on the page."""

    def notice(self, occurred_on: str | None) -> Notice:
        """Return the provenance of an act: the page, which was captured."""
        return Notice(occurred_on=occurred_on, source=self.source, batch=self.batch)

    @property
    def notice_of_response(self) -> Notice:
        """How word of the response came: its own day, where the page states one."""
        return self.notice(self.page.answered_on)

    @property
    def notice_now(self) -> Notice:
        """How word of a change came: seen on the page on the London day of its capture."""
        return self.notice(self.decision.today.isoformat())

    def name(self, body: str) -> str:
        """Return the name of a body."""
        return self.decision.service.bodies[body].name

    def wordings(self, one: Known, path: str) -> list[str | None]:
        """Return what an act says at a path, as first recorded and as known now: see
        `wordings`."""
        return wordings(self.openings, one, path)

    def new(self, line: int, says: str, *, confirmed: bool = False) -> None:
        one = Proposal(self.page.file, line, says, new=True, confirmed=confirmed)
        self.intake.proposals.append(one)

    def revised(self, line: int, says: str, was: str, now: str) -> None:
        """Note something that the page says otherwise than before."""
        parts = difference(was, now)
        self.intake.proposals.append(Proposal(self.page.file, line, says, True, True, *parts))

    def found(self, line: int, says: str) -> None:
        self.intake.proposals.append(Proposal(self.page.file, line, says, new=False))

    def leave(self, line: int, text: str, why: str) -> None:
        """Note something that a person has to settle."""
        self.intake.unread.append(Unread(self.page.file, line, text[:200], why))


class Opened:
    """The openings of texts, each read once; those of many entries ahead, by one query."""

    def __init__(self, read: Openings) -> None:
        self._read = read
        self._known: dict[int, dict[tuple[int, str], Opening]] = {}

    def ahead(self, positions: Sequence[int]) -> None:
        """Read the texts of entries that will be wanted."""
        if missing := [one for one in positions if one not in self._known]:
            self._known |= {one: {} for one in missing}
            for place, opening in self._read(missing).items():
                self._known[place[0]][place] = opening

    def __call__(self, positions: Sequence[int]) -> dict[tuple[int, str], Opening]:
        self.ahead(positions)
        return {at: one for position in positions for at, one in self._known[position].items()}


class SheetDraft:
    """The rows of sheets, drafted into one decision."""

    LISTS: ClassVar[tuple[type[Exception], ...]] = ()
    """The refusals of a row's act that are listed with their row. Any other refuses all that the
    files bring."""
    KIND: ClassVar[Literal["imported", "backfill"]] = "imported"

    def __init__(
        self, decision: Decision, files: Sequence[SheetFile], body: str | None, intake: Intake
    ) -> None:
        self.decision = decision
        self.body: BodyRegistered | None = decision.body(body) if body else None
        self.openings = Opened(decision.log.openings)
        self.intake = intake
        step = hashlib.sha256()
        for file in files:
            step.update(hashlib.sha256(file.raw).digest())
        self.batch = Batch(f"import-{step.hexdigest()[:16]}", self.KIND)
        self._files = {file.book.file: file for file in files}
        self._captures: dict[str, Entry] = {}

    def drop_files(self) -> None:
        """Keep none of the files, as nothing cites them."""
        for kept in self._captures.values():
            self.decision.drop(kept)

    def notice(
        self,
        place: Place,
        occurred_on: str | None,
        source: SourceRead | None = None,
        of: type[AnyEvent] = UpdateReceived,
    ) -> Notice:
        """Return the provenance of a row's act: its file, which is kept, and the row's own words,
        for the readers of an event `of` that kind."""
        file = self._files[place.file]
        return Notice(
            occurred_on=occurred_on,
            source=Source(
                url=(source and source.url) or file.url,
                capture=self._capture(place.file),
                note=said(source.note if source else None, of.NOTE),
            ),
            batch=self.batch,
        )

    def _capture(self, name: str) -> str:
        """Return the capture of a file from which something is recorded: kept once, when first
        needed."""
        if name not in self._captures:
            file = self._files[name]
            media_type = MEDIA_TYPES[Path(name).suffix.lower()]
            # Not a public page: a sheet may hold notes and updates that are for the office.
            came = Received(body=file.raw, media_type=media_type, url=file.url, audience="office")
            self._captures[name] = keep_capture(self.decision, came, Notice(batch=self.batch))
        return self._captures[name].stream.removeprefix("capture/")

    def who(self, place: Place, column: str, name: str) -> str | None:
        """Return the id of a body that a cell names; Return None and reject the cell if there is
        no such body."""
        found, why = self.known_body(name)
        if found is None:
            self.reject(place, column, name, why)
        return found

    def known_body(self, name: str) -> tuple[str | None, str]:
        """Return the id of a body by its id, full name, or `force`; or why there is none."""
        folded = name.casefold()
        if folded == "force" and self.body is not None:
            own = self.body.id if self.body.kind == "force" else None
            forces = self.decision.service.forces_of(self.body.id)
            if len(forces) > 1:
                return None, f"{self.body.id} has several forces, {', '.join(forces)}: give the id"
            return forces[0] if forces else own, f"{self.body.id} has no force in the register"
        named = bodies_named(name, self.decision.service.bodies)
        if len(named) > 1:
            return None, f"“{name}” is the name of {', '.join(named)}: give the id"
        return (named[0] if named else None), f"“{name}” is not in the register of bodies"

    def recommendation(
        self, row: HistoryRow | ExplanationRow, reference: str
    ) -> RecommendationId | None:
        """Return the recommendation that a row is about, recorded or drafted; None, and it is
        rejected."""
        if (addressee := self.who(row.place, "addressee", row.addressee)) is None:
            return None
        to = RecommendationId(reference, row.key, addressee)
        if acts_of(self.decision, to.stream, RecommendationRaised):
            return to
        why = f"no recommendation {row.number} to {addressee} is recorded or taken"
        self.reject(row.place, "number", row.number, why)
        return None

    def wordings(self, one: Known, path: str) -> list[str | None]:
        """Return what an act says at a path, as first recorded and as known now; None if that was
        removed."""
        return wordings(self.openings, one, path)

    def same_words(self, one: Known, path: str, text: str) -> bool:
        """Return whether an act says a text, now or as first recorded. A removed text may have
        been it."""
        said = self.wordings(one, path)
        return any(body is None or clean(body) == clean(text) for body in said)

    def says(self, one: Known, path: str, text: str) -> bool:
        """Return whether an act surely says a text, now or as first recorded."""
        said = self.wordings(one, path)
        return any(body and clean(body) == clean(text) for body in said)

    # The result of a row

    def new(self, place: Place, says: str) -> None:
        """Note something that is new to the log. Its file is kept, whether it is cited or not."""
        self._capture(place.file)
        self._propose(place, says, new=True)

    def found(self, place: Place, says: str) -> None:
        self._propose(place, says, new=False)

    def _propose(self, place: Place, says: str, *, new: bool) -> None:
        self.intake.proposals.append(Proposal(*self.where(place), says, new=new))

    def where(self, place: Place) -> tuple[str, int]:
        """Return the file, with its sheet, and the row."""
        return ", ".join(filter(None, (place.file, place.sheet))), place.row

    def record(
        self, place: Place, column: str, value: str, says: str, act: Callable[[], object]
    ) -> bool:
        """Do an act of a row, and note it as new. Return whether it was done."""
        if done := self.attempt(place, column, value, act):
            self.new(place, says)
        return done

    def attempt(self, place: Place, column: str, value: str, act: Callable[[], object]) -> bool:
        """Do an act of a row by itself. Return whether it was done: if a rule refuses it, take back
        what it added, and list the row with the refusal, or refuse all that the files bring."""
        before = len(self.decision.entries)
        try:
            act()
        except (Refused, NotAllowed, NotRecorded, Unfit, ValueError) as error:
            if not isinstance(error, self.LISTS):
                rule = error.rule if isinstance(error, Refused) else "row"
                raise Refused(rule, f"{place}: {error}") from error
            for added in reversed(self.decision.entries[before:]):
                self.decision.drop(added)
            self.reject(place, column, value, str(error).rstrip("."))
            return False
        return True

    def reject(self, place: Place, column: str, value: str, why: str) -> None:
        """Note something that is not accepted, for a person to settle."""
        self.intake.rejected.append(Rejected(place, column, value[:200], why))


def acts_of(decision: Decision, stream: str, kind: type[_Data]) -> list[tuple[Known, _Data]]:
    """Return the acts of a kind that are in effect in a stream, each with what it says."""
    acts = in_effect(decision.stream(stream))
    return [(one, one.data) for one in acts if isinstance(one.data, kind)]


def said(text: str | None, audience: Audience = "public") -> Text | None:
    """Return a text to record, or None."""
    return say(text, audience) if text else None
