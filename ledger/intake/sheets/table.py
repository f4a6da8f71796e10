"""Reads a backlog of the table layout: its rows, and what they have to do with each other, doubles
and what falls with a bad row.
"""

from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Generic, TypeVar, assert_never, get_args

from ledger.date_phrases import DatePhrase
from ledger.events.report import ReportKind
from ledger.events.response import RESPONSE
from ledger.events.streams import BODY_ID, REFERENCE, key_of
from ledger.intake.sheets.cells import Book, Place, Rejected, Sheet, UnreadableSheet
from ledger.intake.sheets.fields import LEAD, Fields, fits, likeness, plain_name, read_header
from ledger.intake.sheets.layout import HELP, HOWS, KINDS, LAYOUT, PARTS, STANCES, SheetKind
from ledger.intake.sheets.rows import (
    AnyRow,
    AssuranceRow,
    ClosureRow,
    ExplanationRow,
    HistoryRow,
    PastUpdateRow,
    RecommendationRow,
    ReportRow,
    ResponseRow,
    SourceRead,
    Table,
    TargetRead,
)

_Row = TypeVar("_Row", bound=AnyRow, covariant=True)


@dataclass(frozen=True, slots=True)
class _Read(Generic[_Row]):
    """A row as read, and what is wrong with it: with a fault it is not to be taken."""

    row: _Row
    faults: tuple[Rejected, ...]


_Rows = dict[SheetKind, list[_Read[Any]]]
"""The rows of all sheets, as read one by one."""
_REPORT_KINDS: tuple[ReportKind, ...] = get_args(ReportKind)


def read_table(books: Sequence[Book]) -> Table:
    """What one or more files say together. `UnreadableSheet` for a header that is not understood.

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
            read = _READERS[kind](fields)
            rows[kind].append(_Read(read, tuple(fields.faults)))
    if not any(rows.values()) and not rejected:
        files = ", ".join(book.file for book in books)
        raise UnreadableSheet(f"{files}: there is no row below a header.")
    return _link(rows, rejected)


def _kind(sheet: Sheet, *, alone: bool) -> SheetKind | None:
    """By a sheet's name, or by its header; a file's only sheet is like one of them."""
    by_name = {plain_name(kind): kind for kind in LAYOUT}.get(plain_name(sheet.name))
    if by_name is not None:
        return by_name
    for kind, columns in LAYOUT.items():
        if fits(sheet, columns):
            return kind
    if sheet.name and not alone:
        return None
    return max(LAYOUT, key=lambda kind: likeness(sheet, LAYOUT[kind]))


def _report(fields: Fields) -> ReportRow:
    publishers = fields.listed("publisher")
    if not publishers:
        fields.needed("publisher", None)
        if fields.holds("publisher"):
            fields.fault("publisher", "it names nobody")
    return ReportRow(
        place=fields.place,
        reference=_reference(fields, "reference"),
        title=fields.needed("title", fields.line("title")),
        kind=fields.word("kind", _REPORT_KINDS),
        publishers=publishers,
        published_on=fields.date("published on"),
        same_as=fields.urls("same as"),
        cites=fields.text("cites"),
        key_findings=fields.text("key findings"),
        attach=fields.line("attach"),
        bodies=fields.listed("bodies"),
        source=_source(fields),
    )


def _recommendation(fields: Fields) -> RecommendationRow:
    number = fields.needed("number", fields.number("number"))
    addressees = fields.listed("addressees")
    if not addressees:
        fields.needed("addressees", None)
        if fields.holds("addressees"):
            fields.fault("addressees", "it names nobody")
    parent = fields.number("parent")
    if parent and number and key_of(parent) == key_of(number):
        fields.fault("parent", "it is its own number")
    return RecommendationRow(
        place=fields.place,
        report=_reference(fields, "report"),
        number=number,
        key=key_of(number) if number else "",
        text=fields.needed("text", fields.text("text")),
        addressees=addressees,
        kind=fields.word("kind", KINDS, "recommendation"),
        parent=parent,
        partners=fields.listed("partners"),
        target=_target(fields),
        source=_source(fields),
    )


def _response(fields: Fields) -> ResponseRow:
    rule, due_on = fields.line("rule"), fields.date("due on", exact=True)
    from_where, text = _source(fields), fields.text("text")
    if rule is not None:
        rule = rule.lower()
    if rule == "manual":
        if not fields.holds("due on"):
            fields.fault("due on", "it is empty, and the rule manual needs it")
        if from_where is None:
            fields.fault("source note", "a due date given by hand needs a source: url or note")
    elif fields.holds("due on"):
        fields.fault("due on", "only the rule manual takes a due date; other rules count it")
    if not fields.holds("text"):
        for name in ("published on", "url", "parts"):
            if fields.holds(name):
                fields.fault("text", f"it is empty, though there is {name}: give the response")
                break
    return ResponseRow(
        place=fields.place,
        report=_reference(fields, "report"),
        body=fields.needed("body", fields.line("body")),
        duty=_duty(fields),
        rule=rule,
        due_on=due_on,
        published_on=fields.date("published on"),
        url=fields.url("url"),
        parts=fields.words("parts", PARTS, "comments"),
        text=text,
        source=from_where,
    )


def _explanation(fields: Fields) -> ExplanationRow:
    number = fields.needed("number", fields.number("number"))
    how = fields.word("how", HOWS)
    stance = fields.word("stance", STANCES, "not_stated")
    reason = fields.text("reason")
    if stance == "no_action" and not fields.holds("reason"):
        fields.fault("reason", "it is empty, and the stance no_action needs it")
    if stance != "no_action" and fields.holds("reason"):
        fields.fault("reason", "only the stance no_action takes a reason")
    if how == "not_found" and fields.holds("text"):
        fields.fault("text", "there is a passage, though how says not_found")
    return ExplanationRow(
        place=fields.place,
        report=_reference(fields, "report"),
        body=fields.needed("body", fields.line("body")),
        duty=_duty(fields),
        number=number,
        key=key_of(number) if number else "",
        addressee=fields.needed("addressee", fields.line("addressee")),
        how=how,
        stance=stance,
        text=fields.text("text"),
        reason=reason,
    )


def _duty(fields: Fields) -> str | None:
    """The name of a duty, and a fault where it is none."""
    found = fields.line("duty")
    if found is not None and not BODY_ID.fullmatch(found):
        why = f"“{found[:90]}” is no name of a duty: use lower-case letters, digits and hyphens"
        fields.fault("duty", f"{why}, such as action-plan")
    return found


def _target(fields: Fields) -> TargetRead | None:
    """The day, and the words where they say more than the day."""
    read: DatePhrase | None = fields.date_phrase("target")
    phrase = fields.text("target phrase")
    if read is None:
        return TargetRead(None, phrase) if phrase else None
    if phrase is None and (read.on is None or LEAD.match(read.phrase)):
        phrase = read.phrase
    return TargetRead(read.on, phrase)


def _assurance(fields: Fields) -> AssuranceRow:
    report, number, key, addressee = _which(fields)
    return AssuranceRow(
        place=fields.place,
        report=report,
        number=number,
        key=key,
        addressee=addressee,
        of=fields.needed("of", fields.line("of")),
        question=fields.needed("question", fields.text("question")),
        occurred_on=fields.date("occurred on"),
        reply_by=fields.date("reply by"),
        source=_source(fields),
    )


def _update(fields: Fields) -> PastUpdateRow:
    report, number, key, addressee = _which(fields)
    return PastUpdateRow(
        place=fields.place,
        report=report,
        number=number,
        key=key,
        addressee=addressee,
        text=fields.needed("update", fields.text("update")),
        occurred_on=fields.date("occurred on"),
        claim=fields.claim(),
        answers=fields.text("answers"),
        source=_source(fields),
    )


def _closure(fields: Fields) -> ClosureRow:
    report, number, key, addressee = _which(fields)
    return ClosureRow(
        place=fields.place,
        report=report,
        number=number,
        key=key,
        addressee=addressee,
        occurred_on=fields.date("occurred on"),
        by=fields.line("by"),
        reason=fields.needed("reason", fields.text("reason")),
        source=_source(fields),
    )


def _reference(fields: Fields, name: str) -> str:
    """The reference of a report, and a fault where it is none."""
    found = fields.needed(name, fields.line(name))
    if found and not REFERENCE.fullmatch(found):
        fields.fault(
            name,
            f"“{found[:90]}” is no reference: use lower-case letters, digits and hyphens, "
            "80 at most",
        )
    return found


def _source(fields: Fields) -> SourceRead | None:
    """Where word of a row's act came from, if not from the sheet alone."""
    url, note = fields.url("source url"), fields.text("source note")
    return SourceRead(url, note) if url or note else None


def _which(fields: Fields) -> tuple[str, str, str, str]:
    """(report, number, key, addressee) of the recommendation that a row is about."""
    number = fields.needed("number", fields.number("number"))
    addressee = fields.needed("addressee", fields.line("addressee"))
    return _reference(fields, "report"), number, key_of(number) if number else "", addressee


_READERS: dict[SheetKind, Callable[[Fields], AnyRow]] = {
    "reports": _report,
    "recommendations": _recommendation,
    "responses": _response,
    "explanations": _explanation,
    "assurances": _assurance,
    "updates": _update,
    "closures": _closure,
}


@dataclass(slots=True)
class _Sieve:
    """What is rejected, and which keys were seen where."""

    rejected: list[Rejected]
    seen: dict[Hashable, Place] = field(default_factory=dict)

    bad: dict[str, Place] = field(default_factory=dict)
    """Where the rows of reports that are rejected stand, by their reference."""

    def fall(self, row: AnyRow, why: str, column: str = "", value: str = "") -> None:
        self.rejected.append(Rejected(row.place, column, value, why))

    def twice(self, row: AnyRow, what: str, *keys: Hashable) -> bool:
        """Whether one of the keys came before, which rejects the row. Else they count as seen."""
        for key in keys:
            if (first := self.seen.get((what, key))) is not None:
                self.fall(row, f"{what} stands in {_where(first, row)} already", *_known_by(row))
                return True
        self.seen.update(((what, key), row.place) for key in keys)
        return False

    def falls(self, row: RecommendationRow | ResponseRow | ExplanationRow | HistoryRow) -> bool:
        if row.report in self.bad:
            why = f"its report in {_where(self.bad[row.report], row)} is rejected"
            self.fall(row, why, "report", row.report)
        return row.report in self.bad


def _known_by(row: AnyRow) -> tuple[str, str]:
    """The column, and its value, by which a row is the same as another."""
    if isinstance(row, ReportRow):
        return "reference", row.reference
    if isinstance(row, ResponseRow):
        return "parts", "; ".join(row.parts)
    return "number", row.number


def _link(rows: _Rows, rejected: list[Rejected]) -> Table:
    """The table that the rows make. What belongs to a bad report or response falls with it."""
    sieve = _Sieve(rejected)
    rejected.extend(fault for reads in rows.values() for read in reads for fault in read.faults)
    read_reports: list[_Read[ReportRow]] = rows["reports"]
    reports = [
        read.row
        for read in read_reports
        if not read.faults and not sieve.twice(read.row, "the same report", read.row.reference)
    ]
    good = {row.reference for row in reports}
    sieve.bad = {
        read.row.reference: read.row.place
        for read in read_reports
        if read.row.reference not in good
    }
    recommendations = []
    recommendation: _Read[RecommendationRow]
    for recommendation in rows["recommendations"]:
        row = recommendation.row
        keys = ((row.report, row.key, one.casefold()) for one in row.addressees)
        what = "the same recommendation to the same addressee"
        if recommendation.faults or sieve.falls(row):
            continue
        if not sieve.twice(row, what, *keys):
            recommendations.append(row)
    responses = _responses(rows, sieve)
    history = _history(rows, sieve)
    return Table(
        tuple(reports),
        tuple(recommendations),
        responses,
        history,
        tuple(sieve.rejected),
        sum(map(len, rows.values())),
    )


def _history(rows: _Rows, sieve: _Sieve) -> tuple[HistoryRow, ...]:
    """What happened to recommendations since, each once."""
    history: list[HistoryRow] = []
    reads: list[_Read[HistoryRow]]
    reads = [*rows["assurances"], *rows["updates"], *rows["closures"]]
    for read in reads:
        row = read.row
        if read.faults or sieve.falls(row):
            continue
        match row:
            case AssuranceRow():
                what, more = "the same assurance", (row.question, row.occurred_on)
            case PastUpdateRow():
                what, more = "the same update", (row.text, row.occurred_on)
            case ClosureRow():
                what, more = "a closure of the same recommendation", ("", None)
            case _:
                assert_never(row)
        if not sieve.twice(row, what, (row.report, row.key, row.addressee.casefold(), *more)):
            history.append(row)
    return tuple(history)


def _responses(rows: _Rows, sieve: _Sieve) -> tuple[ResponseRow, ...]:
    """Each response with its explanations; with one of them rejected, all of it is."""
    responses: list[ResponseRow] = []
    read_responses: list[_Read[ResponseRow]] = rows["responses"]
    for response in read_responses:
        row = response.row
        keys = ((*_of(row), part) for part in row.parts)
        if response.faults or sieve.falls(row):
            continue
        if not sieve.twice(row, "the same part of the same response", *keys):
            responses.append(row)
    holders = {_of(row): row for row in responses if row.text and "comments" in row.parts}
    rejected_responses = {
        _of(read.row): read.row.place for read in read_responses if _of(read.row) not in holders
    }
    explained: dict[_Whose, list[ExplanationRow]] = {}
    spoilt: dict[_Whose, Place] = {}
    explanation: _Read[ExplanationRow]
    for explanation in rows["explanations"]:
        part, key = explanation.row, _of(explanation.row)
        if explanation.faults or sieve.falls(part):
            spoilt.setdefault(key, part.place)
        elif key not in holders:
            place = rejected_responses.get(key)
            sieve.fall(part, _no_response(part, place))
        elif sieve.twice(part, "the same explanation", (*key, part.key, part.addressee.casefold())):
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
        return f"its response in {_where(rejected, row)} is rejected, or has no text or comments"
    return f"no row of responses has the response of {row.body} to {row.report}"


def _where(place: Place, row: AnyRow) -> str:
    """`row 4`, with its file and sheet where they are others."""
    here = (place.file, place.sheet) == (row.place.file, row.place.sheet)
    return f"row {place.row}" if here else str(place)
