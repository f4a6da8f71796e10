"""`GET /api/lists-compared`: which list of reports the log was compared with, as known when."""

import pytest

from ledger.events import ListedReport
from ledger.intake.proposals.draft import SheetFile
from ledger.intake.proposals.report_list import take_list
from ledger.intake.sheets.open_sheet import open_sheet
from ledger.states.service import SETUP
from tests.api.founding import FEW_BODIES
from tests.api.site import Published, Site
from tests.api.test_recommendation_page import words

FOUNDING = FEW_BODIES

URL = "https://hmicfrs.example/reports.csv"


def compared(site: Site, *listed: ListedReport) -> int:
    """Compare a list: the position after it."""
    raw = "title,kind\n" + "\n".join(f"{one.title}," for one in listed)
    file = SheetFile(open_sheet(raw.encode(), "list.csv"), raw.encode(), URL)
    site.ledger.decide(SETUP, lambda decision: take_list(decision, listed, file, "hmicfrs"))
    site.catch_up()
    return site.position


def item(site: Site, **asked):
    items = site.anybody.reads("/api/lists-compared", publisher="hmicfrs", **asked)["items"]
    return items[0]["compared"] if items else None


@pytest.fixture
def published(new_site: Site) -> Published:
    report = new_site.publish(title="Custody")
    new_site.catch_up()
    return report


def test_a_publisher_whose_list_was_never_compared_says_so(new_site, published):
    answer = new_site.anybody.reads("/api/lists-compared")

    assert [(one["publisher"], one["compared"]) for one in answer["items"]] == [("hmicfrs", None)]
    assert answer["items"][0]["publisher_name"].startswith("His Majesty")


def test_the_last_comparison_says_which_list_it_was_and_what_is_missing(new_site, published):
    compared(new_site, ListedReport(title="Custody"))
    compared(
        new_site,
        ListedReport(title="Custody", published_on="2025-05-16"),
        ListedReport(title="Forensics", published_on="2025-06-01"),
    )

    found = item(new_site)

    assert (found["count"], found["matched"], found["missing_count"]) == (2, 1, 1)
    assert found["missing"] == [{"title": "Forensics", "published_on": "2025-06-01"}]
    assert found["source"]["url"] == URL
    assert found["source"]["capture"]
    assert found["compared_on"] == "2025-11-24"
    assert new_site.anybody.reads(f"/api/entries/{found['entry']}")["type"] == "list-compared"


def test_a_comparison_was_not_known_before_it_was_made(new_site, published):
    before = new_site.position
    first = compared(new_site, ListedReport(title="Forensics"))
    compared(new_site, ListedReport(title="Custody", published_on="2025-05-16"))

    assert item(new_site, known_at=str(before)) is None
    assert item(new_site, known_at=str(first))["matched"] == 0
    assert item(new_site)["matched"] == 1


def test_a_comparison_stands_from_the_day_on_which_it_was_made(new_site, published):
    compared(new_site, ListedReport(title="Forensics"))

    assert item(new_site, effective_on="2025-11-23") is None
    assert item(new_site, effective_on="2025-11-24") is not None


def test_a_publisher_that_is_not_known_has_no_item(new_site, published):
    answer = new_site.anybody.reads("/api/lists-compared", publisher="camelot")

    assert answer["items"] == []


def test_the_page_of_compliance_says_how_many_of_which_list_are_recorded(new_site, published):
    page = "/compliance"
    never = words(new_site.anybody.get(page))
    assert (
        "Not compared with HMICFRS’s list of reports These reports have not been compared with"
        in never
    )

    new_site.publish(title="Forensics", published_on="2025-06-03")
    days = {"Custody": "2025-05-16", "Forensics": "2025-06-03", "Roads": None, "Vetting": None}
    compared(new_site, *(ListedReport(title=one, published_on=on) for one, on in days.items()))

    now = words(new_site.anybody.get(page))
    assert "Compared on 24 November 2025 with the list of reports kept by His Majesty" in now
    assert "2 of 4 on it are recorded here." in now
    assert f"The list: {URL}" in now
    assert "2 reports on HMICFRS’s list are not recorded here Roads Vetting" in now
    assert "Not compared" not in now
