"""The reading of a backlog: its rows, what links them, doubles, and what falls with a bad row."""

from collections.abc import Hashable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Generic, TypeVar, assert_never

from ledger.events.response import RESPONSE
from ledger.events.streams import key_of
from ledger.intake.sheets.cells import Book, Place, Rejected, Sheet, UnreadableSheet
from ledger.intake.sheets.fields import Fields, fits, likeness, plain_name, read_header
from ledger.intake.sheets.layout import (
    FIELDS,
    HELP,
    LAYOUT,
    ROWS,
    AnyRow,
    AssuranceRow,
    Backlog,
    ClosureRow,
    ExplanationRow,
    LookUpRow,
    PastUpdateRow,
    RecommendationRow,
    ReportRow,
    ResponseRow,
    SheetKind,
)

_Row = TypeVar("_Row", bound=AnyRow, covariant=True)


@dataclass(frozen=True, slots=True)
class _Read(Generic[_Row]):
    """A row as read, and what is wrong with it: with a fault it is not to be taken."""

    row: _Row
    faults: tuple[Rejected, ...]


_Rows = dict[SheetKind, list[_Read[Any]]]
"""The rows of all sheets, as read one by one."""


def read_backlog(books: Sequence[Book]) -> Backlog:
    """Return what one or more files say together. `UnreadableSheet` for a header that is not
    understood.

    Rows may refer to rows of another file of the same call, or to what is recorded already.
    """
    rows: _Rows = {kind: [] for kind in LAYOUT}
    rejected: list[Rejected] = []
    sheets = [sheet for book in books for sheet in book.sheets if sheet.rows]
    for sheet in sheets:
        if plain_name(sheet.name) == HELP:
            continue
        kind = _kind(sheet, alone=len(sheets) == 1)
        if kind is None:
            row = sheet.rows[0]
            names = ", ".join(LAYOUT)
            why = f"no row of this sheet is read: its name is none of {names}"
            rejected.append(Rejected(row.place, "", sheet.name, why))
            continue
        header = read_header(sheet, LAYOUT[kind])
        for row in sheet.rows[1:]:
            fields = Fields(row, header)
            read = _row(kind, fields)
            rows[kind].append(_Read(read, tuple(fields.faults)))
    if not any(rows.values()) and not rejected:
        files = ", ".join(book.file for book in books)
        raise UnreadableSheet(f"{files}: there is no row below a header.")
    return _link(rows, rejected)


def _kind(sheet: Sheet, *, alone: bool) -> SheetKind | None:
    """Return the kind of a sheet, by its name or its header; a file's only sheet may have any
    name."""
    by_name = {plain_name(kind): kind for kind in LAYOUT}.get(plain_name(sheet.name))
    if by_name is not None:
        return by_name
    for kind, columns in LAYOUT.items():
        if fits(sheet, columns):
            return kind
    if sheet.name and not alone:
        return None
    return max(LAYOUT, key=lambda kind: likeness(sheet, LAYOUT[kind]))


def _row(kind: SheetKind, fields: Fields) -> AnyRow:
    """Return a row as its kind declares it, and faults where its fields do not go together."""
    columns = FIELDS[kind].items()
    said: dict[str, Any] = {name: fields.read(first) for name, (first, *_) in columns}
    row = ROWS[kind](place=fields.place, **said)
    match row:
        case RecommendationRow() if row.parent and row.number:
            if key_of(row.parent) == row.key:
                fields.fault("parent", "it is its own number")
        case ResponseRow():
            _response_together(row, fields)
            if row.text is None and not fields.holds("parts"):
                return replace(row, parts=())
        case ExplanationRow():
            if row.stance == "no_action" and not fields.holds("reason"):
                fields.fault("reason", "it is empty, and the stance no_action needs it")
            if row.stance != "no_action" and fields.holds("reason"):
                fields.fault("reason", "only the stance no_action takes a reason")
            if row.how == "not_found" and fields.holds("text"):
                fields.fault("text", "there is a passage, though how says not_found")
        case _:
            pass
    return row


def _response_together(row: ResponseRow, fields: Fields) -> None:
    if row.rule == "manual":
        if not fields.holds("due on"):
            fields.fault("due on", "it is empty, and the rule manual needs it")
        if row.source is None:
            fields.fault("source note", "a due date given by hand needs a source: url or note")
    elif fields.holds("due on"):
        fields.fault("due on", "only the rule manual takes a due date; other rules count it")
    if fields.holds("parts") and not any(map(fields.holds, ("text", "url", "published on"))):
        why = "it is empty, though there are parts: give the response, its address or its day"
        fields.fault("text", why)


@dataclass(slots=True)
class _Sieve:
    """The rejections, and the rows seen, with their places."""

    rejected: list[Rejected]
    seen: dict[Hashable, Place] = field(default_factory=dict)
    bad: dict[str, Place] = field(default_factory=dict)
    """Where the rows of reports that are rejected stand, by their reference."""

    def fall(self, row: AnyRow, why: str, column: str = "", value: str = "") -> None:
        self.rejected.append(Rejected(row.place, column, value, why))

    def good(self, reads: Sequence[_Read[_Row]]) -> list[_Row]:
        """Return the rows that can be taken: without a fault, of a report that is taken, each
        once."""
        return [one.row for one in reads if not one.faults and self.stands(one.row)]

    def stands(self, row: AnyRow) -> bool:
        """Return whether a row is of no report that is rejected, and none like it came before."""
        if not isinstance(row, ReportRow) and row.report in self.bad:
            why = f"its report in {_where(self.bad[row.report], row)} is rejected"
            self.fall(row, why, "report", row.report)
            return False
        what, column, value, *keys = _known_by(row)
        for key in keys:
            if (first := self.seen.get((what, key))) is not None:
                self.fall(row, f"{what} stands in {_where(first, row)} already", column, value)
                return False
        self.seen.update(((what, key), row.place) for key in keys)
        return True


def _known_by(row: AnyRow) -> tuple[str, str, str, *tuple[Hashable, ...]]:
    """Return what a row is, the column with its value by which it is known, and what no other may
    have."""
    match row:
        case ReportRow():
            return "the same report", "reference", row.reference, row.reference
        case ResponseRow():
            what, parts = "the same part of the same response", "; ".join(row.parts)
            more_of_it = (row.published_on, row.url) if row.another == "yes" else ()
            keys = ((*_of(row), part, *more_of_it) for part in row.parts or ("",))
            return what, "parts", parts, *keys
        case RecommendationRow():
            what = "the same recommendation to the same addressee"
            keys = ((row.report, row.key, one.casefold()) for one in row.addressees)
            return what, "number", row.number, *keys
        case ExplanationRow():
            whose: tuple[Hashable, ...] = _of(row)
            more: tuple[Hashable, ...] = ()
            what = "the same explanation"
        case LookUpRow():
            what, on = "the same look-up", row.looked_on or ""
            return (
                what,
                "looked on",
                on,
                (row.report, row.body.casefold(), row.duty or RESPONSE, on),
            )
        case AssuranceRow():
            what, whose, more = "the same assurance", (row.report,), (row.question, row.occurred_on)
        case PastUpdateRow():
            what, whose, more = "the same update", (row.report,), (row.text, row.occurred_on)
        case ClosureRow():
            what, whose, more = "a closure of the same recommendation", (row.report,), ()
        case _:
            assert_never(row)
    return what, "number", row.number, (*whose, row.key, row.addressee.casefold(), *more)


def _link(rows: _Rows, rejected: list[Rejected]) -> Backlog:
    """Return the table that the rows make. Rows that belong to a rejected report or response are
    rejected with it."""
    sieve = _Sieve(rejected)
    rejected.extend(fault for reads in rows.values() for read in reads for fault in read.faults)
    reports: list[ReportRow] = sieve.good(rows["reports"])
    good = {row.reference for row in reports}
    sieve.bad = {
        read.row.reference: read.row.place
        for read in rows["reports"]
        if read.row.reference not in good
    }
    return Backlog(
        tuple(reports),
        tuple(sieve.good(rows["recommendations"])),
        _responses(rows, sieve),
        tuple(sieve.good(rows["lookups"])),
        tuple(sieve.good([*rows["assurances"], *rows["updates"], *rows["closures"]])),
        tuple(rejected),
        sum(map(len, rows.values())),
    )


def _responses(rows: _Rows, sieve: _Sieve) -> tuple[ResponseRow, ...]:
    """Return each response with its explanations; with one of them rejected, all of it is."""
    read_responses: list[_Read[ResponseRow]] = rows["responses"]
    responses = sieve.good(read_responses)
    holders = {_of(row): row for row in responses if row.is_published and row.has_comments}
    rejected_responses = {
        _of(read.row): read.row.place for read in read_responses if _of(read.row) not in holders
    }
    explained: dict[_Whose, list[ExplanationRow]] = {}
    spoilt: dict[_Whose, Place] = {}
    explanation: _Read[ExplanationRow]
    for explanation in rows["explanations"]:
        part, key = explanation.row, _of(explanation.row)
        if not explanation.faults and key not in holders and part.report not in sieve.bad:
            sieve.fall(part, _no_response(part, rejected_responses.get(key)))
        elif explanation.faults or not sieve.stands(part):
            spoilt.setdefault(key, part.place)
        else:
            explained.setdefault(key, []).append(part)
    for key, place in spoilt.items():
        if key in holders:
            sieve.fall(
                holders[key], f"its explanation in {_where(place, holders[key])} is rejected"
            )
        for part in explained.get(key, []):
            sieve.fall(
                part, f"the explanation in {_where(place, part)}, of the same response, is rejected"
            )
    return tuple(
        replace(row, explanations=tuple(explained.get(_of(row), ())))
        if holders.get(_of(row)) is row
        else row
        for row in responses
        if not (_of(row) in spoilt and holders.get(_of(row)) is row)
    )


_Whose = tuple[str, str, str]
"""The report, the body, and which of its duties."""


def _of(row: ResponseRow | ExplanationRow) -> _Whose:
    return row.report, row.body.casefold(), row.duty or RESPONSE


def _no_response(row: ExplanationRow, rejected: Place | None) -> str:
    if rejected is not None:
        return f"its response in {_where(rejected, row)} is rejected, or has no comments"
    return f"no row of responses has the response of {row.body} to {row.report}"


def _where(place: Place, row: AnyRow) -> str:
    """Return `row 4`, with its file and sheet if they differ from those of `row`."""
    here = (place.file, place.sheet) == (row.place.file, row.place.sheet)
    return f"row {place.row}" if here else str(place)
