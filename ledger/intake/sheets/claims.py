"""What an update claims and what it answers, as columns of sheets say it."""

import re

from ledger.intake.sheets.fields import Fields
from ledger.intake.sheets.layout import MEANS
from ledger.intake.sheets.rows import ClaimRead

ANSWERS = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)
"""The id of an entry."""


def claim(fields: Fields) -> ClaimRead | None:
    """The progress that a row claims: as stated and as meant, or not at all."""
    stated, expected = fields.text("claim as stated"), fields.date("expected on")
    if not (fields.holds("claim as stated") or fields.holds("means")):
        if fields.holds("expected on"):
            fields.fault("means", "it is empty, though there is expected on: say what is claimed")
        return None
    as_stated = fields.needed("claim as stated", stated)
    return ClaimRead(as_stated, fields.word("means", MEANS), expected)
