"""Corrections that are refused, of events that `make test` does not try for states.md each time."""

from tests.api.site import FORCE, PAGE, statement

PANEL = "cumbria-police-fire-and-crime-panel"


def _refuses(site, by, entry, field, now, kind, says):
    said = {"field": field, "now": now, "reason": "A slip.", "source": PAGE}
    site.refuses(by, f"/api/entries/{entry}/corrections", said, kind, says)


def _review(site, report, day):
    ref = {"report": report.reference, "number": "2", "addressee": FORCE}
    return site.panel.act(
        f"/api/meetings/{PANEL}/{day}/reviews",
        {"recommendation": ref, "outcome": "Noted.", "occurred_on": day},
    )


def test_a_review_keeps_its_link(site, report):
    review = _review(site, report, "2025-10-20")

    _refuses(
        site, site.panel, review, "recommendation.number", FORCE, "not-correctable", "it is a link"
    )


def test_a_supersession_keeps_its_link(site, report):
    other = site.publish()
    superseded = site.hmicfrs.act(
        f"{report.recommendation}/supersessions",
        {
            "superseded_by": {"report": other.reference, "number": "2", "addressee": FORCE},
            "reason": "The same again.",
            "occurred_on": "2025-09-01",
        },
    )

    field = "superseded_by.report"
    _refuses(site, site.hmicfrs, superseded, field, "nothing", "not-correctable", "it is a link")


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


def test_a_dispute_is_corrected_in_its_text_and_a_release_in_nothing(site, report):
    sought = site.clerk.act(
        f"{report.recommendation}/assurances",
        {"of": FORCE, "question": "Is it done?", "occurred_on": "2025-09-01"},
    )
    disputed = site.clerk.act(f"/api/entries/{sought}/disputes", {"text": "Not so."})
    released = site.clerk.act(f"/api/entries/{sought}/release", {"field": "question"})

    _refuses(site, site.clerk, disputed, "target", released, "not-correctable", "only its text")
    _refuses(site, site.clerk, released, "target", disputed, "not-correctable", "cannot be")
    site.clerk.act(
        f"/api/entries/{disputed}/corrections", {"field": "text", "now": "No.", "reason": "R."}
    )


def test_a_basis_keeps_the_report_that_it_goes_with(site, report):
    disapplied = site.clerk.act(
        f"{report.response}/disapplications",
        {"basis": "not_the_subject", "decided_by": "The commissioner", "occurred_on": None},
    )

    _refuses(
        site, site.clerk, disapplied, "basis", "same_findings_as", "same-as-report", "goes with"
    )
    _refuses(
        site, site.clerk, disapplied, "same_as_report", "x", "not-correctable", "another report"
    )


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


def test_a_revisions_words_are_not_corrected(site, report):
    site.clerk.records(f"{report.response}/statement", statement())
    revised = site.clerk.act(
        f"{report.response}/revisions", {"field": "text", "now": "Other.", "seen_on": "2025-09-01"}
    )

    _refuses(site, site.clerk, revised, "now", "text", "not-correctable", "retract it, and record")
