"""Reads a backlog of the table layout, sheet by sheet and row by row."""

import re
from collections.abc import Sequence
from typing import assert_never, get_args

from ledger.events.report import ReportKind
from ledger.events.streams import REFERENCE, key_of
from ledger.intake.date_phrases import DatePhrase
from ledger.intake.sheets.cells import Book, Rejected, Row, Sheet, UnreadableSheet
from ledger.intake.sheets.fields import Fields, Header, fits, likeness, plain_name, read_header
from ledger.intake.sheets.layout import HOWS, KINDS, LAYOUT, PARTS, STANCES, SheetKind
from ledger.intake.sheets.rows import (
    AssuranceRow,
    ClosureRow,
    ExplanationRow,
    PastUpdateRow,
    Read,
    RecommendationRow,
    ReportRow,
    ResponseRow,
    SourceRead,
    Table,
    TargetRead,
)
from ledger.intake.sheets.table_links import Rows, link

HELP = "help"
_REPORT_KINDS: tuple[ReportKind, ...] = get_args(ReportKind)
_LEAD = re.compile(r"(?:by|not later than|no later than|on or before)\b", re.IGNORECASE)


def read_table(books: Sequence[Book]) -> Table:
    """What one or more files say together. `UnreadableSheet` for a header that is not understood.

    Rows may refer to rows of another file of the same call, or to what is recorded already.
    """
    rows = Rows()
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
            _take(rows, kind, row, header)
    if not rows.count and not rejected:
        files = ", ".join(book.file for book in books)
        raise UnreadableSheet(f"{files}: there is no row below a header.")
    return link(rows, rejected)


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


def _take(rows: Rows, kind: SheetKind, row: Row, header: Header) -> None:
    fields = Fields(row, header)
    match kind:
        case "reports":
            report = _report(fields)
            rows.reports.append(Read(report, tuple(fields.faults)))
        case "recommendations":
            recommendation = _recommendation(fields)
            rows.recommendations.append(Read(recommendation, tuple(fields.faults)))
        case "responses":
            response = _response(fields)
            rows.responses.append(Read(response, tuple(fields.faults)))
        case "explanations":
            explanation = _explanation(fields)
            rows.explanations.append(Read(explanation, tuple(fields.faults)))
        case "assurances":
            assurance = _assurance(fields)
            rows.assurances.append(Read(assurance, tuple(fields.faults)))
        case "updates":
            update = _update(fields)
            rows.updates.append(Read(update, tuple(fields.faults)))
        case "closures":
            closure = _closure(fields)
            rows.closures.append(Read(closure, tuple(fields.faults)))
        case _:
            assert_never(kind)


def _report(fields: Fields) -> ReportRow:
    return ReportRow(
        place=fields.place,
        reference=_reference(fields, "reference"),
        title=fields.needed("title", fields.line("title")),
        kind=fields.word("kind", _REPORT_KINDS),
        publisher=fields.needed("publisher", fields.line("publisher")),
        published_on=fields.date("published on"),
        same_as=fields.urls("same as"),
        cites=fields.text("cites"),
        key_findings=fields.text("key findings"),
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
        number=number,
        key=key_of(number) if number else "",
        addressee=fields.needed("addressee", fields.line("addressee")),
        how=how,
        stance=stance,
        text=fields.text("text"),
        reason=reason,
    )


def _target(fields: Fields) -> TargetRead | None:
    """The day, and the words where they say more than the day."""
    read: DatePhrase | None = fields.date_phrase("target")
    phrase = fields.text("target phrase")
    if read is None:
        return TargetRead(None, phrase) if phrase else None
    if phrase is None and (read.on is None or _LEAD.match(read.phrase)):
        phrase = read.phrase
    return TargetRead(read.on, phrase)


def _assurance(fields: Fields) -> AssuranceRow:
    """An assurance that was sought; what is wrong with it stands in the fields' faults."""
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
    """An update that came in."""
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
    """That a recommendation was closed."""
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
