"""A log to import sheets into, and a backlog of four sheets for it."""

from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from api.commands.imports import propose, read_file, record, summary
from api.files.sheets import updates_sheet
from api.files.writers import SheetOut
from ledger.acts.decision import Notice
from ledger.application import Ledger
from ledger.errors import AnswerableError
from ledger.events import Source
from ledger.events.streams import RecommendationId
from ledger.events.texts import say
from ledger.intake.proposals.draft import SheetFile
from ledger.intake.sheets.updates import COLUMNS
from ledger.postgres.connections import connect
from ledger.states.service import Account
from projections.questions.exports import OpenRecommendation, open_recommendations
from projections.questions.question import asking
from projections.read_models import projector, schemas
from tests.sheets_out import write_sheets

BODY, FORCE = "cumbria-pfcc", "cumbria-constabulary"
REPORTS = (
    "reference,title,kind,publisher,published on,bodies\n"
    "stores-2024,Lost and found,national thematic,HMICFRS,12 March 2024,cumbria-pfcc\n"
)
RECOMMENDATIONS = (
    "report,number,text,addressees,kind,parent,partners,target\n"
    "stores-2024,03,Tell owners.,force,afi,02,College of Policing,within 28 days\n"
    "stores-2024,02,Label it.,Cumbria Constabulary,cause of concern,,,by 1 October 2024\n"
)
RESPONSES = (
    "report,body,published on,url,text\n"
    "stores-2024,cumbria-pfcc,2024-05-02,https://pfcc.example/1,I welcome it.\n"
)
EXPLANATIONS = (
    "report,body,number,addressee,how,stance,text,reason\n"
    "stores-2024,cumbria-pfcc,2,force,named,taken,I have asked for a count.,\n"
    "stores-2024,cumbria-pfcc,3,force,not found,,,\n"
)
BACKLOG = (REPORTS, RECOMMENDATIONS, RESPONSES, EXPLANATIONS)
TWO = RecommendationId("stores-2024", "2", FORCE)


NOTE = Notice(source=Source(note=say("letter of 3 May", "office")))


class Importer:
    """A log that is set up, and files to import into it."""

    def __init__(self, log: Ledger, url: str, folder: Path) -> None:
        self.log = log
        self.url = url
        self.folder = folder

    @property
    def account(self) -> Account:
        return self.log.account(f"{BODY}/import")

    @property
    def position(self) -> int:
        return self.log.log.max_notification_id() or 0

    def takes(self, *files: str | Path, body: str = BODY) -> dict[str, Any]:
        """Import .csv texts (1.csv, 2.csv, …) or files: the command's answer."""
        paths = []
        for n, file in enumerate(files, start=1):
            path = file if isinstance(file, Path) else self.folder / f"{n}.csv"
            if isinstance(file, str):
                path.write_text(file, encoding="utf-8")
            paths.append(path)
        read = [read_file(path, None) for path in paths]
        proposed = propose(self.log, read, body)
        new = any(proposal.new for proposal in proposed.proposals)
        return summary(proposed, record(self.log, read, body) if new else 0)

    def refuses(self, *files: str) -> str:
        """Import files that are refused, and return the sentence. Nothing is recorded."""
        before = self.position
        with pytest.raises(AnswerableError) as refused:
            self.takes(*files)
        assert self.position == before
        return refused.value.sentence

    def events(self, prefix: str) -> list[Any]:
        return [entry.data for entry in self.log.read_below(prefix)]

    def sheet(self, name: str = "out.xlsx", on: str | None = None) -> Path:
        path = self.folder / name
        path.write_bytes(updates_sheet(self.open(on=on), "xlsx"))
        return path

    def open(
        self, body: str = BODY, known_at: int | None = None, on: str | None = None
    ) -> list[OpenRecommendation]:
        """Return the rows of an updates sheet, with what the body itself may read."""
        with connect(self.url, autocommit=True) as conn:
            schemas.prepare(conn)
        with closing(projector.follower(self.url)) as follower:
            follower.catch_up()
        account = Account(f"{body}/import", body, frozenset({"office"}))
        at = None if known_at is None else str(known_at)
        with asking(self.log, account, at, on) as question:
            return open_recommendations(question, body)

    def filled(
        self,
        *updates: dict[str, str],
        name: str = "back.xlsx",
        on: str | None = None,
    ) -> Path:
        """Write a sheet of how it stands `on` a day, with these updates filled in row by row."""
        sheet = read_file(self.sheet(f"for-{name}", on), None)
        assert isinstance(sheet, SheetFile)
        book = sheet.book
        rows = []
        for row, update in zip(book.sheets[0].rows[1:], updates, strict=True):
            cells = [row.cells.get(n, "") for n in range(len(COLUMNS))]
            for at, column in enumerate(COLUMNS):
                cells[at] = update.get(column.name, cells[at])
            rows.append(tuple(str(cell) for cell in cells))
        path = self.folder / name
        write_sheets([SheetOut("updates", COLUMNS, tuple(rows))], path, "xlsx")
        return path
