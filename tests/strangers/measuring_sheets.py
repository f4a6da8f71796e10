"""Imports sheets into an empty log, and holds what was recorded against the truth, row by row."""

from collections import Counter
from dataclasses import dataclass, field
from typing import Any, Literal

from api.commands.imports import import_account, propose, read_file, record
from ledger.application import Ledger
from ledger.errors import AnswerableError
from ledger.events import (
    CommissionerStatementIssued,
    RecommendationRaised,
    ReportPublished,
    ResponseDutyArose,
    ResponsePublished,
)
from ledger.events.entry import Entry
from ledger.intake.sheets.cells import Rejected
from ledger.intake.sheets.fields import plain_name
from tests.strangers.truth import HERE, alike, body_of

Verdict = Literal["right", "rejected", "elsewhere", "missed", "wrong"]
"""`right`: recorded as it is true; `rejected`: listed with sheet, row and column as it is true;
`elsewhere`: listed with its row, and another column; `missed`: neither; `wrong`: recorded and
not true, or rejected and good."""

OVERRULED = {
    ("sheets/01.xlsx", "responses", 4): ("response/cyber-2019/cumbria-pfcc", ResponsePublished),
}
"""Rows that the truth lists and that a later rule records, each with what it records: since 0.2 a
response may be recorded by its day alone. The truth itself is never edited."""


@dataclass
class MeasuredSheet:
    """The outcome of the rows of one file."""

    file: str
    rows: list[tuple[Verdict, str]] = field(default_factory=list)
    refused: str = ""

    def tally(self) -> Counter[Verdict]:
        return Counter(verdict for verdict, _ in self.rows)


class _Log:
    """The facts of rows that a log holds after the import."""

    def __init__(self, log: Ledger, body: str) -> None:
        self.log = log
        self.body = log.service().bodies[body]
        kinds = (ReportPublished, RecommendationRaised, ResponsePublished)
        read = [e for p in ("report/", "recommendation/", "response/") for e in log.read_below(p)]
        self.acts = {
            (e.stream, type(e.data)): e
            for e in read
            if isinstance(e.data, (*kinds, ResponseDutyArose, CommissionerStatementIssued))
        }
        self.unmatched = {key for key in self.acts if key[1] is not ResponseDutyArose}

    def text(self, entry: Entry, path: str) -> str | None:
        found = self.log.openings([entry.position]).get((entry.position, path))
        return found.body if found else None

    def take(self, stream: str, kind: type) -> Entry | None:
        self.unmatched.discard((stream, kind))
        return self.acts.get((stream, kind))

    def who(self, name: str) -> str:
        return (self.body.force or self.body.id) if name == "force" else name


def measure_sheets(log: Ledger, truths: list[dict[str, Any]]) -> list[MeasuredSheet]:
    """Files that go together, imported as `answerable import --yes` does it."""
    body = body_of(truths[0])
    import_account(log, body)
    measured = [MeasuredSheet(truth["file"]) for truth in truths]
    unread: list[Rejected] = []
    try:
        files = [read_file(HERE / truth["file"], None) for truth in truths]
        intake = propose(log, files, body)
        unread = intake.rejected
        record(log, files, body)
    except AnswerableError as error:
        for one in measured:
            one.refused = error.sentence
    found = _Log(log, body)
    for one, truth in zip(measured, truths, strict=True):
        cells = {
            (_sheet(truth, cell.place.sheet), cell.place.row, plain_name(cell.column))
            for cell in unread
            if cell.place.file == truth["file"].removeprefix("sheets/")
        }
        _recorded(one, found, truth, cells)
        _rejected(one, found, truth, cells)
        if "refused_whole_file" in truth:
            one.rows.append(("rejected" if one.refused else "wrong", "the whole file"))
    for stream, kind in sorted(found.unmatched, key=str):
        measured[-1].rows.append(("wrong", f"{kind.__name__} in {stream} is not in the truth"))
    return measured


def _sheet(truth: dict[str, Any], name: str) -> str:
    """Return the sheet's name; a .csv has none, and the truth names it by what it holds."""
    return name or str((truth["recorded"] or [{"sheet": ""}])[0]["sheet"])


def _recorded(
    measured: MeasuredSheet, found: _Log, truth: dict[str, Any], cells: set[tuple[str, int, str]]
) -> None:
    listed = {(sheet, row) for sheet, row, _ in cells}
    for row in truth["recorded"]:
        place = f"{row['sheet']}, row {row['row']}"
        faults = _faults(found, row)
        if not faults:
            measured.rows.append(("right", place))
        elif (row["sheet"], row["row"]) in listed:
            measured.rows.append(("missed", f"{place}: listed, and good"))
        else:
            measured.rows.append(("wrong", f"{place}: {faults}"))


def _rejected(
    measured: MeasuredSheet, found: _Log, truth: dict[str, Any], cells: set[tuple[str, int, str]]
) -> None:
    for row in truth["rejected"]:
        place = (row["sheet"], row["row"])
        recorded = OVERRULED.get((measured.file, *place))
        if recorded is not None and found.take(*recorded) is not None:
            measured.rows.append(("right", f"{place[0]}, row {place[1]}"))
            continue
        columns = {column for sheet, line, column in cells if (sheet, line) == place}
        fair = {row["column"], *row.get("also_fair", [])}
        name = f"{place[0]}, row {place[1]}: {sorted(columns)} for {row['column']}"
        if not columns:
            measured.rows.append(("missed", name))
        elif row["column"] is None or columns & {plain_name(one) for one in fair if one}:
            measured.rows.append(("rejected", name))
        else:
            measured.rows.append(("elsewhere", name))


def _faults(found: _Log, row: dict[str, Any]) -> list[str]:
    """Where the log says something else than a row that is to be recorded."""
    match row["act"]:
        case "report":
            return _report(found, row)
        case "recommendation":
            return [
                fault
                for name in row["addressees"]
                for fault in _recommendation(found, row, found.who(name))
            ]
        case "response" | "response owed, none recorded":
            return _response(found, row)
        case "explanation":
            stream = f"recommendation/{row['report']}/{row['number']}/{found.who(row['addressee'])}"
            said = found.take(stream, CommissionerStatementIssued)
            if said is None:
                return ["not recorded"]
            assert isinstance(said.data, CommissionerStatementIssued)
            return _unlike(row, how=said.data.how, stance=said.data.stance)
        case act:
            raise AssertionError(act)


def _report(found: _Log, row: dict[str, Any]) -> list[str]:
    entry = found.take(f"report/{row['report']}", ReportPublished)
    if entry is None:
        return ["not recorded"]
    data = entry.data
    assert isinstance(data, ReportPublished)
    owing = {
        stream.split("/")[2]
        for stream, kind in found.acts
        if kind is ResponseDutyArose and stream.split("/")[1] == row["report"]
    }
    faults = _unlike(row, published_on=entry.occurred_on, title=data.title)
    faults += _unlike(row, same_as=list(data.same_as), bodies=sorted(owing))
    for name in ("cites", "key_findings"):
        if name in row and alike(found.text(entry, name) or "") != alike(row[name]):
            faults.append(f"{name}: {found.text(entry, name)}")
    return faults


def _recommendation(found: _Log, row: dict[str, Any], addressee: str) -> list[str]:
    stream = f"recommendation/{row['report']}/{row['number']}/{addressee}"
    entry = found.take(stream, RecommendationRaised)
    if entry is None:
        return ["not recorded"]
    data = entry.data
    assert isinstance(data, RecommendationRaised)
    partners = [
        found.log.service().bodies[one.body].name
        if one.body
        else found.text(entry, f"partners.{n}.name")
        for n, one in enumerate(data.partners)
    ]
    return _unlike(
        row,
        kind=data.kind,
        parent=data.parent,
        partners=partners,
        target_on=data.target.on if data.target else None,
        target_phrase=found.text(entry, "target.phrase"),
    )


def _response(found: _Log, row: dict[str, Any]) -> list[str]:
    stream = f"response/{row['report']}/{row['body']}"
    duty = found.acts.get((stream, ResponseDutyArose))
    published = found.acts.get((stream, ResponsePublished))
    if duty is None:
        return ["no duty is recorded"]
    assert isinstance(duty.data, ResponseDutyArose)
    faults = _unlike(row, rule=duty.data.rule.id, due_on=duty.data.due_on)
    if row["act"] != "response":
        return faults if published is None else [*faults, "a response is recorded"]
    if found.take(stream, ResponsePublished) is None or published is None:
        return ["not recorded"]
    assert isinstance(published.data, ResponsePublished)
    parts = list(published.data.parts)
    return faults + _unlike(row, published_on=published.occurred_on, parts=parts)


def _unlike(row: dict[str, Any], **recorded: Any) -> list[str]:
    """Return the fields that are recorded otherwise than in the row, empty cells left out."""
    return [
        f"{name}: {value}" for name, value in recorded.items() if name in row and row[name] != value
    ]
