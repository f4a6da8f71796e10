"""Today: the inspectorate's own list is compared, and two reports are recorded as they come."""

from tests.story.pages import DRONES, FRAUD, NIGHT, SHOPS
from tests.story.reports import (
    APRIL_TO_JUNE,
    HMICFRS,
    IOPC,
    JANUARY_TO_MARCH,
    JULY_TO_SEPTEMBER,
    MAY_TO_JUNE,
    MAYOR,
    OCTOBER_TO_DECEMBER,
    Report,
    explained,
)
from tests.story.telling import Told

BATCH = {"id": "today", "kind": "entered"}
NOT_HERE = "Horses in the city", "2 July 2025"
NOT_LISTED = "courts"


def after_the_year(told: Told) -> None:
    told.notes["compared"] = _reconciles(told)
    office = told.office
    today = office.get("/api/reports")["as_of"]["effective_on"]
    for name, title in (("boats", "Boats"), ("boats-elsewhere", "Boats elsewhere")):
        report = Report(name, title, "national_thematic", today, owed_by=MAYOR)
        asked = report.asked(office.keeps("editor", report.url))
        office.says("editor", "reports", **asked, batch=BATCH)
    # The response is published here first, so that nobody has to be believed.
    office.responds("mayors_clerk", "boats", today, *explained("1"), batch=BATCH)
    office.says(
        "mayors_clerk",
        f"responses/boats-elsewhere/{MAYOR}/disapplications",
        basis="same_findings_as",
        same_as_report="boats",
        decided_by="HMICFRS, by letter",
        occurred_on=today,
        batch=BATCH,
    )


def _reconciles(told: Told) -> dict[str, object]:
    """Of the 29 reports of HMICFRS, all but one are on its list; one more is that is not here."""
    reports = (
        *OCTOBER_TO_DECEMBER,
        *JANUARY_TO_MARCH,
        *APRIL_TO_JUNE,
        *MAY_TO_JUNE,
        *JULY_TO_SEPTEMBER,
    )
    listed = [
        (one.title, "15 May 2025" if one.name == "homes" else one.published_on)
        for one in reports
        if one.publisher != IOPC and one.name != NOT_LISTED
    ]
    listed += [(page.title, page.published_on) for page in (FRAUD, DRONES, SHOPS, NIGHT)]
    path = told.folder / "hmicfrs.csv"
    lines = [f'"{title}",{day}\n' for title, day in [*listed, NOT_HERE]]
    path.write_text("title,published_on\n" + "".join(lines), encoding="utf-8")
    found: dict[str, object] = told.office.run("reconcile", str(path), "--publisher", HMICFRS)
    return found
