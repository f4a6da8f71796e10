"""A response page of an invented office, in any words, and a log to take it into."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path
from typing import Any

from api.commands.imports import page_file, propose, record, summary
from ledger.application import Ledger
from ledger.dates import london_date
from ledger.errors import NotRecorded
from ledger.events.entry import Entry
from ledger.intake.pages.final_page import final_page
from ledger.intake.pages.values import RecordedReport
from ledger.intake.proposals.draft import Confirmed, PageFile
from ledger.intake.proposals.page import suggestions

BODY, FORCE = "kent-pcc", "kent-police"
URL = "https://kent-pcc.example/responses/lost-property"
NUMBERS = ("1", "2", "3", "4")
REPORT = "hmicfrs-2025-03-12-lost-property-in-custody"


def no_report(report: str, body: str) -> RecordedReport:
    """Find none: a draft is read without a log."""
    raise NotRecorded(f"No report “{report}” is recorded.")


@dataclass(frozen=True)
class Edition:
    """One edition of the page."""

    title: str = "Lost property in custody"
    day: str = "12/03/2025"
    cites: str = "Section 55 of the Police Act 1996"
    findings: str = "Property goes missing, and nobody can say where."
    asked: Mapping[str, str] = field(
        default_factory=lambda: {n: f"The force should mend thing {n}." for n in NUMBERS}
    )
    opening: str = "I welcome this report by HMICFRS, and the care that went into it."
    passages: Mapping[str, str] = field(
        default_factory=lambda: {
            n: f"On recommendation {n} I have asked the force what it does." for n in NUMBERS
        }
    )
    comments: str = ""
    published: str = ""

    def text(self) -> str:
        """Return the page as a text file."""
        parts = [
            "HMICFRS responses",
            f"{self.cites} requires a response.",
            f"Inspection title: {self.title}",
            f"Date published: {self.day}",
            "Type of inspection: National thematic",
            *([f"Response published: {self.published}"] if self.published else []),
            "Key findings",
            self.findings,
            "Recommendations",
            *(f"Rec {number}: {text}" for number, text in self.asked.items()),
            "Our response:",
            self.opening,
            *filter(None, self.passages.values()),
        ]
        if self.comments:
            parts += ["Chief constable's comments:", self.comments]
        return "\n\n".join(parts) + "\n"

    def but(self, number: str, passage: str) -> "Edition":
        """Return an edition with another passage about one recommendation, or none if it is
        empty."""
        return replace(self, passages={**self.passages, number: passage})


FIRST = Edition()


class Office:
    """A log, and an office whose page is met again and again."""

    def __init__(self, log: Ledger, folder: Path) -> None:
        self.log = log
        self.folder = folder

    settles = True
    """True if a person settles unsure facts. Otherwise only sure facts are taken."""

    def file(self, edition: Edition) -> Path:
        path = self.folder / "page.txt"
        path.write_text(edition.text(), encoding="utf-8")
        return path

    def final(self, edition: Edition, url: str | None) -> PageFile:
        """Return the page, of which a person left everything as it was suggested."""
        file = page_file(self.file(edition), url)
        if not self.settles:
            return file
        service = self.log.service()
        (found,) = suggestions(file, service.bodies[BODY], service)
        pieces = [replace(piece, assurance=True) for piece in found.pieces]
        return replace(file, final=final_page(found, pieces))

    def proposes(self, edition: Edition, url: str | None = URL) -> dict[str, Any]:
        """Return the answer of an import of the page that records nothing."""
        before = self.position
        answer = summary(propose(self.log, [self.final(edition, url)], BODY), 0)
        assert self.position == before
        return answer

    def takes(
        self,
        edition: Edition,
        url: str | None = URL,
        *,
        days: bool = False,
        targets: bool = False,
    ) -> dict[str, Any]:
        """Import the page: the command's answer."""
        files = [self.final(edition, url)]
        proposed = propose(self.log, files, BODY)
        asked = (days and proposed.days) or (targets and proposed.targets)
        anything = asked or any(one.new for one in proposed.proposals)
        confirmed = Confirmed(days=days, targets=targets)
        return summary(proposed, record(self.log, files, BODY, confirmed) if anything else 0)

    @property
    def position(self) -> int:
        return self.log.head()

    @property
    def today(self) -> date:
        return london_date(self.log.now())

    def entries(self, topic: str) -> list[Any]:
        """Return the entries of a type, captures among them."""
        found = [
            entry
            for prefix in ("report/", "response/", "recommendation/", "capture/")
            for entry in self.log.read_below(prefix)
            if topic == entry.data.TOPIC
        ]
        return sorted(found, key=lambda entry: entry.position)

    def says(self, entry: Entry, path: str) -> str:
        """Return the text of an entry at a path."""
        return self.log.openings([entry.position])[entry.position, path].body
