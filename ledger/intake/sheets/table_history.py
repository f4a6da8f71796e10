"""Reads what happened to recommendations since: assurances sought, updates, closures."""

from ledger.events.streams import REFERENCE, key_of
from ledger.intake.sheets.claims import claim
from ledger.intake.sheets.fields import Fields
from ledger.intake.sheets.rows import AssuranceRow, ClosureRow, PastUpdateRow, SourceRead


def read_assurance(fields: Fields) -> AssuranceRow:
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
        source=source(fields),
    )


def read_update(fields: Fields) -> PastUpdateRow:
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
        claim=claim(fields),
        answers=fields.text("answers"),
        source=source(fields),
    )


def read_closure(fields: Fields) -> ClosureRow:
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
        source=source(fields),
    )


def reference(fields: Fields, name: str) -> str:
    """The reference of a report, and a fault where it is none."""
    found = fields.needed(name, fields.line(name))
    if found and not REFERENCE.fullmatch(found):
        fields.fault(
            name,
            f"“{found[:90]}” is no reference: use lower-case letters, digits and hyphens, "
            "80 at most",
        )
    return found


def source(fields: Fields) -> SourceRead | None:
    """Where word of a row's act came from, if not from the sheet alone."""
    url, note = fields.url("source url"), fields.text("source note")
    return SourceRead(url, note) if url or note else None


def _which(fields: Fields) -> tuple[str, str, str, str]:
    """(report, number, key, addressee) of the recommendation that a row is about."""
    number = fields.needed("number", fields.number("number"))
    addressee = fields.needed("addressee", fields.line("addressee"))
    return reference(fields, "report"), number, key_of(number) if number else "", addressee
