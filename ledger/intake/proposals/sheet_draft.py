"""What the taking in of sheets holds: the decision, the files, and what came of each row."""

import hashlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from ledger.acts.capture import Received, keep_capture
from ledger.acts.decision import Decision, Told
from ledger.errors import AnswerableError, NotAllowed, NotRecorded, Refused, Unfit
from ledger.events import Batch, BodyRegistered, RecommendationRaised, ReportPublished, Source
from ledger.events.streams import key_of, recommendation_stream
from ledger.events.texts import Text
from ledger.intake.pages.values import Unread
from ledger.intake.proposals.page_draft import Intake, Proposal, said
from ledger.intake.proposals.wordings import Openings
from ledger.intake.sheets.cells import Book, Place, Rejected
from ledger.intake.sheets.rows import RecommendationRow, ReportRow, SourceRead
from ledger.states.effect import Known, in_effect, text_lies_at, value_at
from ledger.states.report import Report

MEDIA_TYPES = {
    ".csv": "text/csv",
    ".xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    ".ods": "application/vnd.oasis.opendocument.spreadsheet",
}


@dataclass(frozen=True)
class SheetFile:
    """A spreadsheet as opened, with its bytes and where it was published."""

    book: Book
    raw: bytes
    url: str | None = None


@dataclass(frozen=True, slots=True)
class UnreadCell(Unread):
    """A cell or row that a person has to settle; `line` is the row."""

    sheet: str
    column: str


class TakingRows:
    """The rows of sheets being taken into one decision."""

    def __init__(
        self,
        decision: Decision,
        files: Sequence[SheetFile],
        body: str,
        openings: Openings,
        intake: Intake,
        *,
        kind: Literal["imported", "backfill"],
    ) -> None:
        self.decision = decision
        self.body: BodyRegistered = decision.body(body)
        self.openings = openings
        self.intake = intake
        step = hashlib.sha256()
        for file in files:
            step.update(hashlib.sha256(file.raw).digest())
        self.batch = Batch(f"import-{step.hexdigest()[:16]}", kind)
        self._files = {file.book.file: file for file in files}
        self._captures: dict[str, str] = {}

    def told(self, place: Place, occurred_on: str | None, source: SourceRead | None = None) -> Told:
        """How word of a row's act came: by its file, which is kept, and as the row says."""
        file = self._files[place.file]
        return Told(
            occurred_on=occurred_on,
            source=Source(
                url=(source and source.url) or file.url,
                capture=self._capture(place.file),
                note=said(source.note if source else None, "office"),
            ),
            batch=self.batch,
        )

    def _capture(self, name: str) -> str:
        """The capture of a file from which something is recorded: kept once, when first needed."""
        if name not in self._captures:
            file = self._files[name]
            media_type = MEDIA_TYPES[Path(name).suffix.lower()]
            # Not a public page: a sheet may hold notes and updates that are for the office.
            came = Received(body=file.raw, media_type=media_type, url=file.url, audience="office")
            kept = keep_capture(self.decision, came, Told(batch=self.batch))
            self._captures[name] = kept.stream.removeprefix("capture/")
        return self._captures[name]

    def who(self, place: Place, column: str, name: str) -> str | None:
        """The id of a body that a cell names; None, and the cell rejected, where there is none."""
        found, why = self.known_body(name)
        if found is None:
            self.reject(place, column, name, why)
        return found

    def known_body(self, name: str) -> tuple[str | None, str]:
        """The id of a body by its id, full name, or `force`; or why there is none."""
        said_name = name.casefold()
        if said_name == "force":
            own = self.body.id if self.body.kind == "force" else None
            return self.body.force or own, f"{self.body.id} has no force in the register"
        bodies = self.decision.service.bodies
        if said_name in bodies:
            return said_name, ""
        named = [body.id for body in bodies.values() if body.name.casefold() == said_name]
        if len(named) > 1:
            return None, f"“{name}” is the name of {', '.join(named)}: give the id"
        return (named[0] if named else None), f"“{name}” is not in the register of bodies"

    def same_words(self, one: Known, path: str, text: str) -> bool:
        """Whether an act says a text, now or as first recorded. A removed text may have been it."""
        return any(body is None or _plain(body) == _plain(text) for body in self._bodies(one, path))

    def says(self, one: Known, path: str, text: str) -> bool:
        """Whether an act surely says a text, now or as first recorded."""
        return any(body and _plain(body) == _plain(text) for body in self._bodies(one, path))

    def _bodies(self, one: Known, path: str) -> list[str | None]:
        """What an act says at a path, now and as first recorded; None where it was removed."""
        places = {text_lies_at(one, path), (one.original.position, path)}
        value: Text | None = value_at(one.entry, path)
        if value is not None and value.opening is not None:
            return [value.opening.body]
        found = self.openings([position for position, _ in places])
        return [found[place].body if place in found else None for place in places]

    # What came of a row

    def new(self, place: Place, says: str) -> None:
        """Something that is new to the log; its file is kept, whether it is cited or not."""
        self._capture(place.file)
        self._propose(place, says, new=True)

    def found(self, place: Place, says: str) -> None:
        """Something that is recorded already."""
        self._propose(place, says, new=False)

    def reject(self, place: Place, column: str, value: str, why: str) -> None:
        """Something that is not taken, for a person to settle."""
        self.intake.unread.append(
            UnreadCell(place.file, place.row, value[:200], why, place.sheet, column)
        )

    def rejected(self, rows: Sequence[Rejected]) -> None:
        """What the reading of the sheets rejected."""
        for one in rows:
            self.reject(one.place, one.column, one.value, one.reason)

    def _propose(self, place: Place, says: str, *, new: bool) -> None:
        file = ", ".join(filter(None, (place.file, place.sheet)))
        self.intake.proposals.append(Proposal(file, place.row, says, new=new))


@contextmanager
def at(place: Place) -> Iterator[None]:
    """What a rule refuses in here is refused with the file, sheet and row of it."""
    try:
        yield
    except (Refused, NotAllowed, NotRecorded, Unfit, ValueError) as error:
        rule = error.rule if isinstance(error, Refused) else "row"
        sentence = error.sentence if isinstance(error, AnswerableError) else str(error)
        raise Refused(rule, f"{place}: {sentence}") from error


def _plain(text: str) -> str:
    """A text as compared: white space is no difference."""
    return " ".join(text.split())


def raised(taking: TakingRows, reference: str, key: str, addressee: str) -> bool:
    """Whether a recommendation is recorded, or taken."""
    acts = in_effect(taking.decision.stream(recommendation_stream(reference, key, addressee)))
    return any(isinstance(one.data, RecommendationRaised) for one in acts)


def same_report(found: Report, row: ReportRow, publisher: str) -> bool:
    """Whether a report is a row's, by publisher, title and day, now or as first recorded."""
    first = found.published.original
    assert isinstance(first.data, ReportPublished)
    titles = {found.data.title.casefold(), first.data.title.casefold()}
    days = {found.published_on, first.occurred_on}
    return (
        found.data.publisher == publisher
        and row.title.casefold() in titles
        and (
            row.published_on in days
            or (row.published_on is None and found.reference == row.reference)
        )
    )


def parents_first(rows: Sequence[RecommendationRow]) -> list[RecommendationRow]:
    """Each recommendation after the one that it belongs to, in the order of the sheet otherwise."""
    parents = {(row.report, row.key): key_of(row.parent) for row in rows if row.parent}

    def depth(row: RecommendationRow) -> int:
        above, key = 0, row.key
        while (key := parents.get((row.report, key), "")) and above < len(parents):
            above += 1
        return above

    return sorted(rows, key=depth)
