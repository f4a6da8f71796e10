"""A register of 300 recommendations in 30 reports, in columns of its own, and its next quarter."""

import csv
import io
from datetime import date, timedelta

HEADER = (
    "Unique reference", "Inspection", "Date published", "Force", "Type", "Rec no.", "Wording",
    "Deadline", "Theme", "Level", "Current status", "Status changed", "Notes", "Lead officer",
)  # fmt: skip
STATUSES = (
    "Complete", "Being progressed", "Awaiting review", "Reopened", "Superseded",
    "No longer relevant", "",
)  # fmt: skip
THINGS = ("keys", "radios", "records", "cells", "vehicles", "property", "statements", "cameras")
REPORTS, EACH, MORE, CHANGED = 30, 10, 20, 15
_FIRST = date(2018, 3, 1)


def rows(force: str = "Kent Police") -> list[list[str]]:
    """Return the rows of the first export."""
    return [_row(report, n, force) for report in range(REPORTS) for n in range(EACH)]


def next_rows(force: str = "Kent Police") -> list[list[str]]:
    """Return the rows of the next export: statuses of some are others, and two reports are new."""
    found = rows(force)
    status, changed = HEADER.index("Current status"), HEADER.index("Status changed")
    progressing = [row for row in found if row[status] == "Being progressed"]
    for row in progressing[:CHANGED]:
        row[status], row[changed] = "Complete", "30/09/2026"
    return found + [
        _row(report, n, force) for report in range(REPORTS, REPORTS + MORE // EACH)
        for n in range(EACH)
    ]  # fmt: skip


def _row(report: int, n: int, force: str) -> list[str]:
    published = _FIRST + timedelta(days=97 * report)
    number, status = report * EACH + n, STATUSES[(report + n) % len(STATUSES)]
    is_area = n >= 8
    since = published + timedelta(days=60 + n)
    thing = THINGS[(report + n) % len(THINGS)]
    return [
        str(40_000 + number),
        f"Inspection {report + 1}: how the force looks after {THINGS[report % len(THINGS)]}",
        published.strftime("%d/%m/%Y"),
        force,
        "Area for improvement" if is_area else "Recommendation",
        "" if is_area else str(n + 1),
        f"The force should count its {thing} and publish the result of count {number}.",
        "",
        thing.capitalize(),
        "Force" if n % 2 else "National",
        status,
        since.strftime("%d/%m/%Y") if status not in ("", "Being progressed") else "",
        f"Letter {number}" if status == "Complete" else "",
        "Chief Superintendent Doe",
    ]


def csv_of(found: list[list[str]]) -> bytes:
    """Return rows as the bytes of a file, below the header."""
    out = io.StringIO()
    csv.writer(out).writerows([HEADER, *found])
    return out.getvalue().encode()
