"""From a page read to acts decided: what is new is added, what is recorded already is left.

Everything that a page brings is one decision and so one transaction; every entry cites the
capture of its bytes. Nothing is guessed: what cannot be settled is listed with its line.
"""

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from ledger.acts.capture import capture_of, keep_capture
from ledger.acts.recommendation import act
from ledger.acts.report import Raise, publish_report, raise_recommendation
from ledger.acts.response import Covers, Explanation, publish_response, raise_duty
from ledger.decision import Decision, Told
from ledger.effect import in_effect
from ledger.entry import Entry
from ledger.errors import Refused
from ledger.events import (
    AssuranceSought,
    Batch,
    BodyRegistered,
    RecommendationRaised,
    ReportPublished,
    ResponseDutyArose,
    ResponsePublished,
    Source,
)
from ledger.events.recommendation import Partner, Target
from ledger.intake.date_phrases import DatePhrase
from ledger.intake.reading import Page, RecommendationRead, Unread
from ledger.report import report
from ledger.streams import (
    RecommendationId,
    key_of,
    recommendation_stream,
    response_stream,
)
from ledger.texts import Audience, Opening, Text, say

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


class _PageIntake:
    """The taking in of one page in one decision."""

    def __init__(
        self, decision: Decision, file: PageFile, body: str, openings: Openings, intake: Intake
    ) -> None:
        self.decision = decision
        self.file = file
        self.page = file.page
        self.body: BodyRegistered = decision.body(body)
        self.openings = openings
        self.intake = intake
        self.told = Told(batch=Batch(f"import-{_sha256(file.raw)[:16]}", "imported"))

    def take(self) -> None:
        """Add what is new to the decision, the capture of the bytes first."""
        capture = keep_capture(
            self.decision,
            capture_of(self.file.raw, self.file.media_type, self.file.url),
            self.file.raw,
            self.told,
        )
        name = capture.stream.removeprefix("capture/")
        self.told = Told(
            occurred_on=self.page.report.published_on,
            source=Source(url=self.file.url, capture=name),
            batch=self.told.batch,
        )
        before = len(self.decision.entries)
        reference = self._report()
        raised = self._recommendations(reference)
        self._duty(reference)
        self._statement(reference, raised)
        self._assurances(reference, raised)
        self.intake.reports.append(reference)
        self.intake.unread.extend(self.page.unread)
        if len(self.decision.entries) == before:
            self.decision.drop(capture)  # nothing cites it

    def _report(self) -> str:
        read = self.page.report
        if read.publisher is None or read.kind is None:
            missing = "who published the report" if read.publisher is None else "its kind"
            words = read.kind_words.text if read.kind_words else ""
            raise Refused(
                "unread",
                f"{self.page.file}: the page does not say {missing} in words that are known here"
                f"{f' (“{words}”)' if words else ''}: record the report by hand first.",
            )
        if read.published is not None and read.published.on is None:
            raise Refused(
                "unread",
                f"{self.page.file}:{read.published.line}: the day on which the report was "
                f"published, “{read.published.words}”, cannot be read: {read.published.why}",
            )
        day = read.published_on
        line = read.title.line
        says = f"report “{read.title.text}”, published {day or 'on a day not known'}"
        for stream in self.decision.below("report/").values():
            found = report(stream)
            if found is not None and (
                found.data.publisher == read.publisher
                and found.data.title.casefold() == read.title.text.casefold()
                and found.published_on == day
            ):
                self._found(line, says)
                return found.reference
        event = ReportPublished(
            title=read.title.text,
            kind=read.kind,
            publisher=read.publisher,
            cites=_said(read.cites.text if read.cites else None),
            key_findings=_said(read.key_findings.text if read.key_findings else None),
            listed_by="response",
        )
        entry = publish_report(
            self.decision, event, self.told, reference=None, bodies=(), recommendations=()
        )
        self._new(line, says)
        return entry.stream.removeprefix("report/")

    def _recommendations(self, reference: str) -> dict[str, tuple[str, str]]:
        """Raise what is new: (number, addressee) of each by its key on the page."""
        raised = {}
        for read in self.page.recommendations:
            addressees = self._addressees(read)
            if not addressees:
                continue
            number = read.number if key_of(read.number) == read.key else read.key
            raised[read.key] = (number, addressees[0])
            for addressee in addressees:
                self._raise(reference, read, number, addressee)
        return raised

    def _raise(self, reference: str, read: RecommendationRead, number: str, addressee: str) -> None:
        on = read.target.on if isinstance(read.target, DatePhrase) else None
        says = f"recommendation {number} to {addressee}" + (f", by {on}" if on else "")
        stream = recommendation_stream(reference, key_of(number), addressee)
        there = [
            one
            for one in in_effect(self.decision.stream(stream))
            if isinstance(one.data, RecommendationRaised)
        ]
        if there:
            self._found(read.line, says)
            if self._text(there[0].entry, "text") not in (read.text, None):
                self._leave(read.line, read.text, f"{says} is recorded in other words")
            return
        target = None
        if isinstance(read.target, DatePhrase):
            target = Target(on=read.target.on, phrase=_said(read.target.phrase))
        event = RecommendationRaised(
            number=number,
            text=say(read.text),
            kind=read.kind,
            partners=tuple(Partner(name=say(partner)) for partner in read.partners),
            target=target,
            numbered_by=read.numbered_by,
        )
        raise_recommendation(
            self.decision, reference, Raise(event=event, addressees=(addressee,)), self.told
        )
        self._new(read.line, says)

    def _duty(self, reference: str) -> None:
        line = self.page.report.title.line
        acts = in_effect(self.decision.stream(response_stream(reference, self.body.id)))
        if any(isinstance(one.data, ResponseDutyArose) for one in acts):
            self._found(line, f"duty of {self.body.id} to respond")
            return
        entry = raise_duty(self.decision, reference, self.body.id, self.told)
        assert isinstance(entry.data, ResponseDutyArose)
        due = entry.data.due_on or "no due date"
        self._new(line, f"duty of {self.body.id} to respond, due {due}")

    def _statement(self, reference: str, raised: dict[str, tuple[str, str]]) -> None:
        read = self.page.statement
        if not read.text:
            return
        line = read.paragraphs[0].line if read.paragraphs else 1
        day = self.page.response_published_on
        says = f"response of {self.body.id}, published {day or 'on a day not known'}"
        stream = response_stream(reference, self.body.id)
        published = [
            one.entry
            for one in in_effect(self.decision.stream(stream))
            if isinstance(one.data, ResponsePublished)
        ]
        if any(self._text(entry, "text") in (read.text, None) for entry in published):
            self._found(line, says)
            for passage in read.passages:
                if passage.key in raised:
                    self._found(line, f"what it says of recommendation {raised[passage.key][0]}")
            return
        if published:
            self._leave(
                line, read.text, "a response in other words is recorded; nothing was changed"
            )
            return
        explanations = tuple(
            Explanation(
                number=raised[passage.key][0],
                addressee=raised[passage.key][1],
                how=passage.how,
                stance="not_stated",
                text=say(passage.text) if passage.text else None,
            )
            for passage in read.passages
            if passage.key in raised
        )
        told = Told(occurred_on=day, source=self.told.source, batch=self.told.batch)
        publish_response(
            self.decision,
            self.body.id,
            told,
            covers=[Covers(report=reference, explanations=explanations)],
            text=say(read.text),
            url=self.file.url,
        )
        self._new(line, says)
        for one in explanations:
            how = {"named": "names", "general": "covers in general", "not_found": "does not name"}
            self._new(line, f"it {how[one.how]} recommendation {one.number}")

    def _assurances(self, reference: str, raised: dict[str, tuple[str, str]]) -> None:
        for read in self.page.statement.assurances:
            if read.key is None or read.key not in raised:
                self._leave(read.line, read.question, "an assurance about no one recommendation")
                continue
            number, addressee = raised[read.key]
            says = f"assurance sought about recommendation {number}"
            stream = recommendation_stream(reference, key_of(number), addressee)
            asked = [
                self._text(one.entry, "question")
                for one in in_effect(self.decision.stream(stream))
                if isinstance(one.data, AssuranceSought)
            ]
            if read.question in asked:
                self._found(read.line, says)
                continue
            told = Told(
                occurred_on=self.page.response_published_on,
                source=self.told.source,
                batch=self.told.batch,
                by=self.body.id,
            )
            to = RecommendationId(reference, key_of(number), addressee)
            # It stands on a public page, so it is public.
            event = AssuranceSought(of=addressee, question=say(read.question, "public"))
            act(self.decision, to, event, told)
            self._new(read.line, says)

    def _addressees(self, read: RecommendationRead) -> list[str]:
        found = []
        for name in read.addressees:
            if name == "force":
                found.append(self.body.force or self.body.id)
                continue
            known = [
                body.id
                for body in self.decision.service.bodies.values()
                if name.casefold() in (body.id, body.name.casefold())
            ]
            if not known:
                self._leave(read.line, name, "an addressee that is not in the register of bodies")
            elif not self.decision.service.concerns(self.body.id, known[0]):
                self._leave(
                    read.line,
                    read.text,
                    f"recommendation {read.number} is addressed to {known[0]}, for which "
                    f"{self.body.id} does not answer",
                )
            else:
                found.append(known[0])
        return found

    def _text(self, entry: Entry, path: str) -> str | None:
        """The text of an entry, one that is being added or one of the log; None where redacted."""
        value: Text = getattr(entry.data, path)
        if value.opening is not None:
            return value.opening.body
        opening = self.openings([entry.position]).get((entry.position, path))
        return opening.body if opening else None

    def _new(self, line: int, says: str) -> None:
        self.intake.proposals.append(Proposal(self.page.file, line, says, new=True))

    def _found(self, line: int, says: str) -> None:
        self.intake.proposals.append(Proposal(self.page.file, line, says, new=False))

    def _leave(self, line: int, text: str, why: str) -> None:
        self.intake.unread.append(Unread(self.page.file, line, text[:200], why))


def take_pages(
    decision: Decision, files: Sequence[PageFile], body: str, openings: Openings
) -> Intake:
    """Add to a decision what pages of a body bring that is new to the log."""
    intake = Intake()
    for file in files:
        _PageIntake(decision, file, body, openings, intake).take()
    return intake


def _said(text: str | None, audience: Audience = "public") -> Text | None:
    return say(text, audience) if text else None


def _sha256(raw: bytes) -> str:
    return hashlib.sha256(raw).hexdigest()
