"""The stranger's truth, and the few readings of it that the stranger's notes leave to us.

We do not touch the stranger's facts. These are all our adjustments:

- The ids of bodies are the register's, matched by the plain name (`BODIES`).

- A word for a force or for the office is matched with the body that it means (`OURS`).

- The key of a cause of concern is the stranger's own. It is matched by kind and text.

- The number `1` is the number as published, whatever its form (`R1`, `Rec 01`, `One`).

- A period and `immediately` have words and no day.

- “By the end of March 2025” is kept by the ledger as the month `2025-03`, which counts as the
truth's 31 March 2025.

- If a page does not give the kind of its report, the importer gives it (`KIND_GIVEN`), as the
command asks.
"""

import json
import re
from pathlib import Path
from typing import Any

from ledger.events.report import ReportKind

HERE = Path(__file__).parent
TRUTH = json.loads((HERE / "truth.json").read_text(encoding="utf-8"))
PAGES: list[dict[str, Any]] = TRUTH["pages"]
SHEETS: list[dict[str, Any]] = TRUTH["sheets"]
BODIES = {"west-yorkshire-pcc": "west-yorkshire-mayor"}
OURS = {
    "chief constables": "force",
    "all chief constables": "force",
    "the force": "force",
    "police forces": "force",
    "south wales police": "force",
    "the mps": "force",
    "the commissioner of police of the metropolis": "force",
    "police and crime commissioners": "office",
    "the mayor's office for policing and crime": "office",
}
KIND_GIVEN: dict[str, ReportKind] = {
    "pages/02.html": "national_thematic",
    "pages/03.html": "force_inspection",
    "pages/06.txt": "national_thematic",
    "pages/07.html": "national_thematic",
    "pages/10.html": "national_thematic",
}
"""By page: the kind that a person gives, where the page does not say it."""


def body_of(page: dict[str, Any]) -> str:
    """Return the id that the register has for the body that a page belongs to."""
    found: str = page.get("body") or page["import_with_body"]
    return BODIES.get(found, found)


def alike(text: str) -> str:
    """Return a text as compared: one space, no marks of bullets, no case, straight quotation
    marks."""
    text = re.sub(r"(?:(?<=\s)|^)[-•] ", "", text).replace("’", "'").replace("‘", "'")
    return " ".join(text.split()).casefold()


def bare(name: str) -> str:
    """Return a name without its article."""
    return alike(name).removeprefix("the ")
