"""Sheets by somebody who had not seen the importer: each row is recorded as it is true, or is
listed with its sheet, row and column."""

import json
from typing import Any

import pytest

from api.commands.imports import import_account, propose, read_file, record
from ledger.application import Ledger
from ledger.events import (
    CommissionerStatementIssued,
    RecommendationRaised,
    ReportPublished,
    ResponseDutyArose,
    ResponsePublished,
)
from ledger.events.entry import Entry
from ledger.intake.sheets.fields import plain_name
from tests.told.commands import HERE

SHEETS = HERE / "sheets"
TRUTHS: dict[str, Any] = {
    one["file"]: one for one in json.loads((SHEETS / "truth.json").read_text("utf-8"))["sheets"]
}
Place = tuple[str, str, int]
BY_ITS_DAY: dict[Place, tuple[str, type]] = {
    ("01.xlsx", "responses", 4): ("response/cyber-2019/cumbria-pfcc", ResponsePublished)
}
"""A row that the truth lists. Since 0.2 a response may be recorded by its day alone."""
IN_ANOTHER_COLUMN = {("01.xlsx", "recommendations", 4), ("04.xlsx", "reports", 4)}
"""Rows that are listed by another column than the truth's."""
EXPECTED = (ReportPublished, RecommendationRaised, ResponsePublished, CommissionerStatementIssued)


class Imported:
    """A log after an import, and the cells that were listed."""

    def __init__(self, log: Ledger, files: list[str]) -> None:
        self.log = log
        self.listed: dict[Place, set[str]] = {}
        body = TRUTHS[files[0]]["body"]
        import_account(log, body)
        read = [read_file(SHEETS / name, None) for name in files]
        for cell in propose(log, read, body).rejected:
            file = cell.place.file
            # A .csv has no sheets: the truth names its own by what it holds.
            sheet = cell.place.sheet or TRUTHS[file]["recorded"][0]["sheet"]
            columns = self.listed.setdefault((file, sheet, cell.place.row), set())
            columns.add(plain_name(cell.column))
        record(log, read, body)
        below = ("report/", "recommendation/", "response/")
        entries = [entry for each in below for entry in log.read_below(each)]
        self.acts = {(entry.stream, type(entry.data)): entry for entry in entries}
        self.unexpected = {key for key in self.acts if key[1] in EXPECTED}
        self.force = log.service().bodies[body].force or body

    def act(self, stream: str, kind: type) -> Entry | None:
        """Return an act that is expected."""
        self.unexpected.discard((stream, kind))
        return self.acts.get((stream, kind))

    def who(self, name: str) -> str:
        return self.force if name == "force" else name

    def text(self, entry: Entry, path: str) -> str | None:
        opening = self.log.openings([entry.position]).get((entry.position, path))
        return " ".join(opening.body.split()) if opening and opening.body else None


def faults(found: Imported, row: dict[str, Any]) -> list[str]:
    """Return where the log says something else than a row that is to be recorded."""
    match row["act"]:
        case "report":
            return _report(found, row)
        case "recommendation":
            whom = [found.who(name) for name in row["addressees"]]
            return [fault for one in whom for fault in _recommendation(found, row, one)]
        case "response" | "response owed, none recorded":
            return _response(found, row)
        case "explanation":
            return _explanation(found, row)
        case act:
            raise AssertionError(act)


def _report(found: Imported, row: dict[str, Any]) -> list[str]:
    entry = found.act(f"report/{row['report']}", ReportPublished)
    if entry is None:
        return ["not recorded"]
    assert isinstance(entry.data, ReportPublished)
    duties = [stream.split("/") for stream, kind in found.acts if kind is ResponseDutyArose]
    return _unlike(
        row,
        published_on=entry.occurred_on,
        title=entry.data.title,
        same_as=list(entry.data.same_as),
        bodies=sorted(body for _, report, body in duties if report == row["report"]),
        cites=found.text(entry, "cites"),
        key_findings=found.text(entry, "key_findings"),
    )


def _recommendation(found: Imported, row: dict[str, Any], addressee: str) -> list[str]:
    stream = f"recommendation/{row['report']}/{row['number']}/{addressee}"
    entry = found.act(stream, RecommendationRaised)
    if entry is None:
        return ["not recorded"]
    data = entry.data
    assert isinstance(data, RecommendationRaised)
    bodies = found.log.service().bodies
    return _unlike(
        row,
        kind=data.kind,
        parent=data.parent,
        partners=[
            bodies[one.body].name if one.body else found.text(entry, f"partners.{n}.name")
            for n, one in enumerate(data.partners)
        ],
        target_on=data.target.on if data.target else None,
        target_phrase=found.text(entry, "target.phrase"),
    )


def _response(found: Imported, row: dict[str, Any]) -> list[str]:
    stream = f"response/{row['report']}/{row['body']}"
    duty = found.acts.get((stream, ResponseDutyArose))
    if duty is None:
        return ["no duty is recorded"]
    assert isinstance(duty.data, ResponseDutyArose)
    wrong = _unlike(row, rule=duty.data.rule.id, due_on=duty.data.due_on)
    if row["act"] != "response":
        return wrong  # a response would be unexpected
    entry = found.act(stream, ResponsePublished)
    if entry is None:
        return [*wrong, "not recorded"]
    assert isinstance(entry.data, ResponsePublished)
    parts = list(entry.data.parts)
    return wrong + _unlike(row, published_on=entry.occurred_on, parts=parts)


def _explanation(found: Imported, row: dict[str, Any]) -> list[str]:
    stream = f"recommendation/{row['report']}/{row['number']}/{found.who(row['addressee'])}"
    entry = found.act(stream, CommissionerStatementIssued)
    if entry is None:
        return ["not recorded"]
    assert isinstance(entry.data, CommissionerStatementIssued)
    return _unlike(row, how=entry.data.how, stance=entry.data.stance)


def _unlike(row: dict[str, Any], **recorded: Any) -> list[str]:
    """Return the fields that are recorded otherwise than in the row, empty cells left out."""
    return [f"{name}: {said}" for name, said in recorded.items() if row.get(name, said) != said]


@pytest.mark.parametrize(
    "files",
    [["01.xlsx"], ["02.csv", "05.csv"], ["03.ods"], ["04.xlsx"], ["06.xlsx"]],
    ids=" and ".join,
)
def test_each_row_is_recorded_as_it_is_true_or_listed_with_its_column(begun_database, files):
    found = Imported(begun_database.ledger, files)

    rows = [(file, row) for file in files for row in TRUTHS[file]["recorded"]]
    wrong = {(file, row["sheet"], row["row"]): faults(found, row) for file, row in rows}
    assert {place: why for place, why in wrong.items() if why} == {}
    bad = {
        (file, row["sheet"], row["row"]): {row["column"], *row.get("also_fair", [])}
        for file in files
        for row in TRUTHS[file]["rejected"]
    }
    late = {place for place in bad if place in BY_ITS_DAY and found.act(*BY_ITS_DAY[place])}
    unread = {(file, name, 1) for file in files for name in TRUTHS[file].get("not_read_sheets", [])}
    assert set(found.listed) == (set(bad) - late) | unread
    elsewhere = {
        place
        for place in set(bad) - late
        if None not in bad[place]
        and not found.listed[place] & {plain_name(one) for one in bad[place]}
    }
    assert elsewhere == {place for place in IN_ANOTHER_COLUMN if place[0] in files}
    assert found.unexpected == set()
