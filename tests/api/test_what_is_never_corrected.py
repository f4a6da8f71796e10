"""Corrections that are refused for a value that states.md does not try."""

from tests.api.site import PAGE

PANEL = "cumbria-police-fire-and-crime-panel"


def _refuses(site, by, entry, field, now, kind, says):
    said = {"field": field, "now": now, "reason": "A slip.", "source": PAGE}
    site.refuses(by, f"/api/entries/{entry}/corrections", said, kind, says)


def test_a_paper_keeps_a_whole_day_and_a_capture_that_is_kept(site):
    paper = site.panel.act(
        f"/api/meetings/{PANEL}/2025-10-22/papers",
        {
            "title": "P.",
            "known_at": site.position,
            "effective_on": "2025-10-01",
            "occurred_on": None,
        },
    )

    _refuses(site, site.panel, paper, "effective_on", "2025-10", "effective-on", "is no day")
    _refuses(site, site.panel, paper, "capture", "0190", "unknown-capture", "No capture “0190”")


def test_the_days_of_an_extension_stay_exact_and_in_order(site):
    report = site.publish(bodies=[], kind="other")
    manual = {"rule": "manual", "due_on": "2025-09-30", "source": PAGE}
    site.clerk.records(f"{report.response}/duties", manual)
    days = {"applied_on": "2025-09-01", "granted_on": "2025-09-02", "due_on": "2025-11-01"}
    more = {"granted_by": "The inspectorate", "basis": "Much to do.", "occurred_on": None}
    granted = site.clerk.act(f"{report.response}/extensions", days | more)

    for field, now, says in (
        ("due_on", "2025-12", "is no day: due_on is exact"),
        ("applied_on", "2025-09-03", "granted before it was applied for"),
    ):
        _refuses(site, site.clerk, granted, field, now, "extension", says)
