"""The year on pages, in a browser, on a telephone."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Page, sync_playwright

from tests.e2e.test_the_real_page import CHROMIUM
from tests.story.reports import FORCE, MAYOR, PANEL, PCC

HEIGHT = 812
PAGES = {
    "/": "Find your body",
    f"/bodies/{MAYOR}": "Mayor of Westmoor",
    f"/reports?body={MAYOR}": "Reports concerning Mayor of Westmoor",
    f"/changes?since_meeting={PANEL}/2025-09-23&body={MAYOR}": "What changed",
    "/reports/custody": "Custody at night",
    f"/responses/crowds/{PCC}": "7 days late",
    f"/responses/search/{MAYOR}": "Redacted on",
    f"/recommendations/custody/3/{FORCE}": "off track",
    f"/meetings/{PANEL}/2025-03-25": "Disputed by Westmoor Police",
}
"""Addresses, and words that the page at each says."""
IN_SHORT = (
    "2 responses are overdue; 8 were late; 3 are not shown to be in time; 1 is due within 14 days.",
    "18 recommendations passed their target",
    "2 assurances were sought without a reply on record.",
    "What changed since its panel met on 23 September 2025.",
    "30 reports concern it, 30 responses owed, 240 recommendations.",
)
"""What the first screen of the body's page says, as of 30 September 2025."""


@contextmanager
def phone() -> Iterator[Page]:
    """A tab of Chromium, as wide as a telephone."""
    path = next(p for p in ("/usr/bin/chromium", "/usr/bin/chromium-browser") if Path(p).exists())
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=CHROMIUM)
        yield browser.new_page(viewport={"width": 375, "height": HEIGHT})
        browser.close()
