"""The round-trip sheet: a row for each open recommendation went out, updates come back."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import chain
from typing import Annotated

from ledger.events.streams import key_of
from ledger.intake.sheets.cells import Book, Place, Rejected, Sheet, SheetRow, UnreadableSheet
from ledger.intake.sheets.fields import Fields, Header, plain_name, read_header, read_row, shown
from ledger.intake.sheets.layout import HELP, MEANS, ClaimRead, Column, Numbered, columns_of

_AS_IT_IS = "Leave it as it is."


# fmt: off
@dataclass(frozen=True, slots=True, kw_only=True)
class UpdateRow(Numbered):
    """An update, in the fields of the request; `version` is what the force had seen. The columns
    behind the first of a field are only shown."""

    place: Place
    report: Annotated[str,
        Column("report", f"The report's reference. {_AS_IT_IS}", needed=True, given=True),
        Column("title", "The report's title. It is not read back.", given=True, width=30)]
    number: Annotated[str, Column("number", f"The recommendation's number. {_AS_IT_IS}", "number",
        needed=True, given=True, width=9)]
    addressee: Annotated[str,
        Column("addressee", f"To whom it is addressed. {_AS_IT_IS}", needed=True, given=True)]
    recommendation: Annotated[str,
        Column("recommendation", f"Its text. {_AS_IT_IS}", "text", needed=True, given=True,
               width=60),
        Column("status", "How it stood when this sheet was written. Not read back.", given=True),
        Column("target", "When it is to be done. Not read back.", given=True, width=12),
        Column("last update", "The day of the last update. Not read back.", given=True, width=12),
        Column("open questions", "Assurances sought and not answered yet, each after its id. "
               "Not read back.", given=True, width=60)]
    version: Annotated[int, Column("version",
        "How far its record had come. If it has moved on since, the row is refused.", "version",
        needed=True, given=True, width=9)]
    check: Annotated[str, Column("check",
        f"Shows whether the row is still the one that was written. {_AS_IT_IS}",
        needed=True, given=True, width=13)]
    text: Annotated[str, Column("update", "The action or event, in words.", "text", needed=True,
        width=60)]
    occurred_on: Annotated[str | None, Column("occurred on",
        "The day as of which this is so: 16 May 2025. Empty: not known.", "date")] = None
    claim: Annotated[ClaimRead | None,
        Column("claim as stated", "How you rate progress, in your words: Green, 80 % done.",
               "claim", width=24),
        Column("means", "The meaning of those words.", words=MEANS),
        Column("expected on", "The day by which you expect to be done.")] = None
    answers: Annotated[str | None, Column("answers",
        "The id of the open question that this update answers; none: leave it empty.", "entry",
        width=38)] = None
# fmt: on


_FIELDS = columns_of(UpdateRow)
COLUMNS = tuple(chain.from_iterable(_FIELDS.values()))
GIVEN = tuple(column for column in COLUMNS if column.given)
ASKED = tuple(column for column in COLUMNS if not column.given)
NOT_TAKEN = Column(
    "why not taken",
    "Why the row was not recorded. Mend it, and send it again.",
    given=True,
    width=60,
)
"""The column that a sheet has beside the others which comes back for what was not taken."""
SHEET = "updates"


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
    for row in header.below:
        read, faults = _update(row, header)
        rejected.extend(faults)
        if read is not None or faults:
            names = header.names
            cells = row.cells.items()
            filled[row.place.row] = {names[n]: shown(cell) for n, cell in cells if n in names}
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
    fields = Fields(row, header.names)
    if not any(fields.holds(column.name) for column in ASKED):
        return None, fields.faults
    read = read_row(UpdateRow, _FIELDS, fields)
    if not fields.faults and read.check.lower() != check_of(
        read.report, read.number, read.addressee, read.version, read.recommendation
    ):
        fields.fault(
            "check",
            "the row is not as it was written: its report, number, addressee, "
            "recommendation or version was changed, or stands in another row",
        )
    return (None if fields.faults else read), fields.faults


def check_of(report: str, number: str, addressee: str, version: int, text: str) -> str:
    """Return what shows that a row is as it was written: ten letters, no digits, since a
    spreadsheet would make a number of some that have digits.

    Neither white space nor the mark of a .csv that is kept as .xlsx makes a difference.
    """
    words = " ".join(text.split()).lstrip("'")
    said = "\n".join((report, key_of(number), addressee.casefold(), str(version), words))
    digest = hashlib.sha256(said.encode("utf-8")).hexdigest()[:10]
    return "".join(chr(ord("a") + int(figure, 16)) for figure in digest)
