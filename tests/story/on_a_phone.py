"""The year on pages, in a browser, on a telephone."""

from tests.story.reports import FORCE, MAYOR, PANEL, PCC

HEIGHT = 812
PAGES = {
    "/": "Find your body",
    f"/bodies/{MAYOR}": "Mayor of Westmoor",
    f"/reports?body={MAYOR}": "Body: Mayor of Westmoor",
    f"/changes?since_meeting={PANEL}/2025-09-23&body={MAYOR}": "What changed",
    "/reports/custody": "Custody at night",
    f"/responses/crowds/{PCC}": "7 days late",
    f"/responses/search/{MAYOR}": "Redacted on",
    f"/recommendations/custody/3/{FORCE}": "off track",
    f"/meetings/{PANEL}/2025-03-25": "Disputed by Westmoor Police",
}
"""Addresses, and words that the page at each says."""
IN_SHORT = (
    "2 responses overdue, 3 late",
    "1 response can’t be shown to be in time",
    "14 recommendations past target, nobody says they are done",
    "2 questions without a reply",
    "1 response due within 14 days",
    "What changed since 23 September 2025",
)
"""What the first screen of the body's page says, as of 30 September 2025."""
