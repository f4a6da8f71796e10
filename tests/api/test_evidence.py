"""The evidence that a claim names: what shows it, whose, and its day."""

import pytest

from tests.api.site import FORCE
from tests.api.test_recommendation_page import words

AUDIT = {"what": "An audit of 40 files.", "whose": "Cumbria Constabulary", "on": "2025-08"}
SEEN = {"what": "It sat in on the panel.", "whose": "hmicfrs", "on": "2025-08-20"}
FIRM = {"what": "A survey.", "whose": "Brougham & Co."}
WHY = {"reason": "A slip."}


def update(*evidence, audience: str | None = None, **more):
    said = [
        one | {"what": {"text": one["what"], "audience": audience}} if audience else one
        for one in evidence
    ]
    claim = {"as_stated": "GREEN", "means": "complete", "evidence": said}
    return {"text": "It is done.", "claim": claim, "occurred_on": "2025-09-01"} | more


@pytest.fixture
def updates(report) -> str:
    return f"{report.recommendation}/updates"


def test_a_claim_names_what_shows_it_whose_and_of_which_day(site, report, updates):
    site.force.act(updates, update(AUDIT, SEEN, FIRM))

    found = site.clerk.reads(report.recommendation)["claim"]["evidence"]

    named = ("Cumbria Constabulary", "His Majesty's Inspectorate", "Brougham & Co.")
    for one, said, name in zip(found, (AUDIT, SEEN, FIRM), named, strict=True):
        assert (one["what"], one["on"]) == (said["what"], said.get("on"))
        assert one["whose_name"].startswith(name)
    assert [one["whose"] for one in found] == [FORCE, "hmicfrs", "Brougham & Co."]


def test_a_claim_without_evidence_is_stored_as_before(site, report, updates):
    entry = site.force.act(updates, update())

    data = site.clerk.reads(f"/api/entries/{entry}")["data"]

    assert "evidence" not in data["claim"]
    assert site.clerk.reads(report.recommendation)["claim"]["evidence"] == []


def test_it_is_redacted_like_other_texts(site, report, updates):
    entry = site.clerk.act(updates, update(AUDIT, SEEN, source={"note": "Mail."}))
    asked = {"field": "claim.evidence.1.what", "basis": "personal_data"}
    sought = site.clerk.act(f"/api/entries/{entry}/redaction", asked)
    site.admin.act(f"/api/entries/{sought}/redaction-confirmation", {})

    found = site.clerk.reads(report.recommendation)

    assert [one["what"] for one in found["claim"]["evidence"]] == [AUDIT["what"], None]
    assert found["redacted"]["claim.evidence.1.what"]["basis"] == "personal_data"


def test_its_day_has_come(site, report, updates):
    ahead = AUDIT | {"on": "2031"}
    site.refuses(site.force, updates, update(ahead), "not-in-the-future", "has not come yet")
    entry = site.force.act(updates, update(AUDIT))

    asked = WHY | {"field": "claim.evidence.0.on", "now": "2031"}
    path = f"/api/entries/{entry}/corrections"
    site.refuses(site.force, path, asked, "not-in-the-future", "has not come yet")
    site.force.act(path, asked | {"now": "2025-07-31"})

    (one,) = site.clerk.reads(report.recommendation)["claim"]["evidence"]
    assert one["on"] == "2025-07-31"


def test_the_page_says_that_the_inspectorate_saw_it_and_on_which_day(site, report, updates):
    entry = site.force.act(updates, update(AUDIT, SEEN, audience="public"))
    site.catch_up()

    text = words(site.anybody.get(report.recommendation.removeprefix("/api")))

    assert "Evidence of Cumbria Constabulary, August 2025: “An audit of 40 files.”" in text
    assert "Seen by HMICFRS on 20 August 2025: “It sat in on the panel.”" in text
    assert "Evidence of Cumbria Constabulary, August 2025 An audit of 40 files." in words(
        site.anybody.get(f"/entries/{entry}")
    )
