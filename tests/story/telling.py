"""What is told of the year, and what all of its quarters have: meetings, and pages read in."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.story.office import Office
from tests.story.pages import Page
from tests.story.reports import FORCE, PANEL


@dataclass
class Told:
    """What the year leaves to be asked about."""

    office: Office
    folder: Path
    ends: list[int] = field(default_factory=list)
    """The position of the log at the end of each quarter, when the panel's paper was made."""
    notes: dict[str, Any] = field(default_factory=dict)
    """Ids of entries, and answers of commands, by name."""


def meets(
    told: Told, day: str, effective_on: str, reviewed: dict[tuple[str, str], str]
) -> dict[tuple[str, str], str]:
    """The panel meets with a paper made from the log as it stands: the reviews' ids."""
    office, path = told.office, f"meetings/{PANEL}/{day}"
    told.ends.append(office.newest())
    paper = office.act(
        "panel", f"{path}/papers", title="Where recommendations stand",
        known_at=told.ends[-1], effective_on=effective_on, occurred_on=effective_on,
    )  # fmt: skip
    office.says("panel", f"{path}/held")
    return {
        (report, number): office.act(
            "panel", f"{path}/reviews", outcome=outcome, paper=paper, occurred_on=day,
            recommendation={"report": report, "number": number, "addressee": FORCE},
        )
        for (report, number), outcome in reviewed.items()
    }  # fmt: skip


def imports(told: Told, body: str, page: Page) -> dict[str, Any]:
    """The page of a response is read in."""
    path = told.folder / page.file
    path.write_text(page.text(), encoding="utf-8")
    return told.office.run("import", str(path), "--body", body, "--url", page.url, "--yes")
