"""The round-trip sheet: a row for each open recommendation went out, updates come back."""

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from ledger.events.streams import key_of
from ledger.intake.sheets.cells import Book, Place, Rejected, Sheet, SheetRow, UnreadableSheet
from ledger.intake.sheets.fields import Fields, Header, plain_name, read_header, shown
from ledger.intake.sheets.layout import HELP, MEANS, ClaimRead, Column

_AS_IT_IS = "Leave it as it is."
GIVEN = (
    Column("report", f"The report's reference. {_AS_IT_IS}", needed=True, given=True),
    Column("title", "The report's title. It is not read back.", given=True, width=30),
    Column("number", f"The recommendation's number. {_AS_IT_IS}", needed=True, given=True, width=9),
    Column("addressee", f"To whom it is addressed. {_AS_IT_IS}", needed=True, given=True),
    Column("recommendation", f"Its text. {_AS_IT_IS}", needed=True, given=True, width=60),
    Column("status", "How it stood when this sheet was written. Not read back.", given=True),
    Column("target", "When it is to be done. Not read back.", given=True, width=12),
    Column("last update", "The day of the last update. Not read back.", given=True, width=12),
    Column(
        "open questions",
        "Assurances sought and not answered yet, each after its id. Not read back.",
        given=True,
        width=60,
    ),
    Column(
        "version",
        "How far its record had come. If it has moved on since, the row is refused.",
        needed=True,
        given=True,
        width=9,
    ),
    Column(
        "check",
        f"Shows whether the row is still the one that was written. {_AS_IT_IS}",
        needed=True,
        given=True,
        width=13,
    ),
)
ASKED = (
    Column("update", "The action or event, in words.", needed=True, width=60),
    Column("occurred on", "The day as of which this is so: 16 May 2025. Empty: not known."),
    Column("claim as stated", "How you rate progress, in your words: Green, 80 % done.", width=24),
    Column("means", "The meaning of those words.", words=MEANS),
    Column("expected on", "The day by which you expect to be done."),
    Column(
        "answers",
        "The id of the open question that this update answers; none: leave it empty.",
        width=38,
    ),
)
COLUMNS = (*GIVEN, *ASKED)
NOT_TAKEN = Column(
    "why not taken",
    "Why the row was not recorded. Mend it, and send it again.",
    given=True,
    width=60,
)
"""The column that a sheet has beside the others which comes back for what was not taken."""
_ENTRY = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)
SHEET = "updates"


@dataclass(frozen=True, slots=True)
class UpdateRow:
    """An update, in the fields of the request; `version` is what the force had seen."""

    place: Place
    report: str
    number: str
    key: str
    addressee: str
    version: int
    text: str
    occurred_on: str | None
    claim: ClaimRead | None
    answers: str | None
    """The id of the entry (an assurance sought) that it answers."""


@dataclass(frozen=True, slots=True)
class Updates:
    """The returned sheet: each row is an update, a rejection, or an unfilled row that is
    counted."""

    rows: tuple[UpdateRow, ...]
    unfilled: int
    rejected: tuple[Rejected, ...]
    filled: Mapping[int, Mapping[str, str]] = field(default_factory=dict, compare=False)
    """The cells of each filled row, by row number and column."""


def read_updates_sheet(book: Book) -> Updates:
    """Return the updates of a sheet that came back. `UnreadableSheet` if its header is another."""
    updates: list[UpdateRow] = []
    rejected: list[Rejected] = []
    unfilled = 0
    sheet = _sheet(book, rejected)
    header = read_header(sheet, (*COLUMNS, NOT_TAKEN))
    filled: dict[int, dict[str, str]] = {}
    seen: dict[tuple[str, str, str, str | None], Place] = {}
    for row in sheet.rows[1:]:
        read, faults = _update(row, header)
        rejected.extend(faults)
        if read is not None or faults:
            named = [(header[n], shown(value)) for n, value in row.cells.items() if n in header]
            filled[row.place.row] = dict(named)
        if read is None:
            unfilled += not faults
            continue
        key = (read.report, read.key, read.addressee.casefold(), read.answers)
        if key in seen:
            why = f"row {seen[key].row} is about the same recommendation: send one update"
            why += f" in answer to {read.answers}" if read.answers else ""
            rejected.append(Rejected(row.place, "number", read.number, why))
        else:
            seen[key] = row.place
            updates.append(read)
    return Updates(tuple(updates), unfilled, tuple(rejected), filled)


def _sheet(book: Book, rejected: list[Rejected]) -> Sheet:
    """Return the sheet named `updates`, or the only one that is not `help`."""
    sheets = [each for each in book.sheets if each.rows and plain_name(each.name) != HELP]
    named = [each for each in sheets if plain_name(each.name) == SHEET]
    if not named and len(sheets) != 1:
        raise UnreadableSheet(f"{book.file} has no sheet named “{SHEET}”.")
    chosen = (named or sheets)[0]
    for sheet in sheets:
        if sheet is not chosen:
            why = f"no row of this sheet is read: the updates stand in “{chosen.name}”"
            rejected.append(Rejected(sheet.rows[0].place, "", sheet.name, why))
    return chosen


def _update(row: SheetRow, header: Header) -> tuple[UpdateRow | None, list[Rejected]]:
    fields = Fields(row, header)
    if not any(fields.holds(column.name) for column in ASKED):
        return None, fields.faults
    number = fields.needed("number", fields.number("number"))
    report = fields.needed("report", fields.line("report"))
    addressee = fields.needed("addressee", fields.line("addressee"))
    recommendation = fields.needed("recommendation", fields.text("recommendation"))
    version = _version(fields)
    if not fields.faults and version is not None:
        check = check_of(report, number, addressee, version, recommendation)
        if check != (fields.line("check") or "").lower():
            fields.fault(
                "check",
                "the row is not as it was written: its report, number, addressee, "
                "recommendation or version was changed, or stands in another row",
            )
    read = UpdateRow(
        place=row.place,
        report=report,
        number=number,
        key=key_of(number) if number else "",
        addressee=addressee,
        version=version or 0,
        text=fields.needed("update", fields.text("update")),
        occurred_on=fields.date("occurred on"),
        claim=fields.claim(),
        answers=_answers(fields),
    )
    return (None if fields.faults else read), fields.faults


def _version(fields: Fields) -> int | None:
    text = fields.needed("version", fields.line("version"))
    if text and not (text.isascii() and text.isdecimal() and len(text) < 10):
        fields.fault("version", f"“{text[:20]}” is no version")
        return None
    return int(text) if text else None


def _answers(fields: Fields) -> str | None:
    """Return the id of an entry, also where its question was copied with it."""
    text = fields.line("answers")
    if text is None:
        return None
    if (found := _ENTRY.match(text)) is None:
        fields.fault("answers", f"“{text[:60]}” begins with no id of an open question")
        return None
    return found[0].lower()


def check_of(report: str, number: str, addressee: str, version: int, text: str) -> str:
    """Return what shows that a row is as it was written: ten letters, no digits, since a
    spreadsheet would make a number of some that have digits.

    Neither white space nor the mark of a .csv that is kept as .xlsx makes a difference.
    """
    words = " ".join(text.split()).lstrip("'")
    said = "\n".join((report, key_of(number), addressee.casefold(), str(version), words))
    digest = hashlib.sha256(said.encode("utf-8")).hexdigest()[:10]
    return "".join(chr(ord("a") + int(figure, 16)) for figure in digest)
