"""Somebody looked for a response, and bodies say that they keep their record here."""

import pytest
from selectolax.lexbor import LexborHTMLParser

from projections.read_models import rebuild
from tests.api.signing_in import browser, provided
from tests.api.site import FORCE, PFCC, Site

KEEPING = f"/api/bodies/{PFCC}/keeping"


@pytest.fixture
def site(new_site: Site) -> Site:
    new_site.clock.set("2025-11-24")
    return new_site


def kept(site: Site) -> dict[str, str | None] | None:
    site.catch_up()
    found = site.anybody.reads(f"/api/bodies/{PFCC}")["record_kept_here"]
    return found and {name: found[name] for name in ("from", "until")}


def lookup(day: str, **more: object) -> dict[str, object]:
    return {"looked_on": day, "where": "The page of responses to inspections.", **more}


def test_a_body_says_that_it_keeps_its_record_here(site):
    assert kept(site) is None

    answer = site.clerk.records(KEEPING, {"from": "2025-05-01"})

    assert answer["event"]["data"] == {"body": PFCC, "since": "2025-05-01"}
    assert answer["event"]["provenance"] == "first_hand"
    assert kept(site) == {"from": "2025-05-01", "until": None}


def test_an_end_is_never_before_the_day_on_which_it_is_recorded(site):
    site.clerk.records(KEEPING, {"from": "2025-05-01"})

    refused = site.clerk.post(KEEPING, {"from": "2025-05-01", "until": "2025-11-23"})
    assert refused.status_code == 409
    assert refused.json["type"].endswith("keeping-over")

    site.clerk.records(KEEPING, {"from": "2025-05-01", "until": "2025-11-24"})
    assert kept(site) == {"from": "2025-05-01", "until": "2025-11-24"}


def test_an_end_that_was_taken_back_does_not_come_back_when_it_is_over(site):
    site.clerk.records(KEEPING, {"from": "2025-05-01"})
    end = site.clerk.act(KEEPING, {"from": "2025-05-01", "until": "2025-11-24"})
    retraction = site.clerk.act(f"/api/entries/{end}/retraction", {"reason": "We go on."})
    assert kept(site) == {"from": "2025-05-01", "until": None}
    site.clock.set("2025-11-26")

    refused = site.clerk.post(f"/api/entries/{retraction}/retraction", {"reason": "No."})

    assert refused.json["type"].endswith("keeping-over")


@pytest.mark.parametrize(
    ("said", "rule"),
    [
        ({"from": "2025-05"}, "keeping"),
        ({"from": "2026-01-01", "until": "2025-12-01"}, "keeping"),
        ({"from": "2025-05-01", "by": FORCE}, "whose-act"),
    ],
)
def test_days_are_exact_and_in_order_and_the_word_is_its_own(site, said, rule):
    refused = site.clerk.post(KEEPING, said)

    assert refused.status_code == 409
    assert refused.json["type"].endswith(f":{rule}")


def test_anybody_who_may_record_looks_for_a_response_on_any_day_from_the_reports_on(site):
    published = site.publish()
    path = f"{published.response}/lookups"

    assert site.dorset.records(path, lookup("2025-05-16"))["event"]["by"] == "dorset-pcc"
    assert site.panel.records(path, lookup("2025-11-24", url="https://pfcc.example/"))["event"]
    assert site.caller("reader").post(path, lookup("2025-11-24")).status_code == 403
    early = site.clerk.post(path, lookup("2025-05-15"))
    assert early.json["type"].endswith("not-before-the-report")
    assert site.clerk.post(path, lookup("2025-11-25")).status_code == 409


def test_a_look_up_is_corrected_by_the_name_of_its_day_and_is_disputed_by_the_body_named(site):
    published = site.publish()
    looked = site.panel.act(f"{published.response}/lookups", lookup("2025-09-01"))

    said = {"field": "looked_on", "now": "2025-09-02", "reason": "A slip."}
    site.panel.records(f"/api/entries/{looked}/corrections", said)
    site.clerk.records(f"/api/entries/{looked}/disputes", {"text": "It was on our page then."})

    site.catch_up()
    entry = site.anybody.reads(f"/api/entries/{looked}")
    assert entry["occurred_on"] == "2025-09-01"
    assert entry["type"] == "response-looked-for"


def test_the_office_is_asked_once_whether_it_keeps_its_record_here(site):
    with provided(site):
        clerk = browser(site)
        assert clerk.signs_in("cumbria-pfcc/clerk").status_code == 303
        asks = "keep its record here?"
        page = clerk.get("/record").text
        assert asks in page

        token = LexborHTMLParser(page).css_first("#keeping ~ form input[name=csrf_token]")
        assert token is not None
        assert token.attributes["value"]
        assert clerk.sends("/record/not-now").headers["Location"] == "/record"
        assert asks not in clerk.get("/record").text

        again = browser(site)
        again.signs_in("cumbria-pfcc/clerk-2")
        assert asks in again.get("/record").text
        site.clerk.records(KEEPING, {"from": "2025-05-01"})
        site.catch_up()
        assert asks not in again.get("/record").text
        force = browser(site)
        force.signs_in("cumbria-constabulary/audit")
        assert asks not in force.get("/record").text


def test_the_whole_country_is_entered_once_and_nobody_is_accused(whole_site):
    site = whole_site
    report = site.publish(
        site.hmicfrs, bodies=["all-local-policing-bodies"], recommendations=[]
    ).reference
    site.catch_up()

    def verdicts() -> dict[str, int]:
        site.catch_up()
        found = site.anybody.reads("/api/compliance", report=report)["total"]
        assert found["overdue"]["count"] == found["verdicts"].get("overdue", 0)
        counted: dict[str, int] = found["verdicts"]
        return counted

    assert verdicts() == {"not_looked_for": 43}
    kent, dorset = (f"/api/responses/{report}/{body}" for body in ("kent-pcc", "dorset-pcc"))
    page = site.anybody.get(kent.removeprefix("/api")).text
    assert "No response is recorded here, and nobody has said that they looked for one." in page

    site.clerk.records(f"{kent}/lookups", lookup("2025-09-01"))
    assert verdicts() == {"not_looked_for": 42, "overdue": 1}
    found = site.anybody.reads(kent)
    assert (found["days"], found["at_least"], found["bases"]["published"]) == (53, True, "stated")
    assert "looked for it on 1 September 2025 and did not find it" in found["headline"]

    known = {"published_on": "2025-07-01", "url": "https://dorset.example/1", "explanations": []}
    site.dorset.records(f"{dorset}/statement", known)
    assert verdicts() == {"not_looked_for": 41, "overdue": 1, "in_time": 1}
    listed = site.anybody.reads("/api/responses", report=report, verdict="not_looked_for")
    assert len(listed["items"]) == 41


def test_explanations_are_not_known_until_somebody_looks(site):
    report = site.publish()

    def explained() -> list[int | None]:
        site.catch_up()
        one = site.anybody.reads(report.response)["coverage"]
        total = site.anybody.reads("/api/compliance", report=report.reference)["total"]["coverage"]
        known = [one[name] for name in ("explained_by_due", "explained_now", "not_known")]
        return [*known, total["not_known"], total["by_due"]["addressed"]]

    assert explained() == [None, None, 1, 1, 0]
    site.clerk.records(f"{report.response}/lookups", lookup("2025-09-01"))
    assert explained() == [0, 0, 0, 0, 1]


def test_a_verdict_that_a_retracted_keeping_betters_is_improved_later(site):
    kept_at = site.clerk.act(KEEPING, {"from": "2025-05-01"})
    report = site.publish()
    site.catch_up()
    assert site.anybody.reads(report.response)["verdict"] == "overdue"
    before = site.position

    taken_back = site.clerk.act(f"/api/entries/{kept_at}/retraction", {"reason": "Not yet."})
    site.catch_up()

    found = site.anybody.reads(report.response)
    assert found["verdict"] == "not_looked_for"
    (bettered,) = found["improved_later"]
    assert (bettered["entry"], bettered["from"]["verdict"]) == (taken_back, "overdue")
    asked = {"from": str(before), "to": str(site.position), "report": report.reference}
    (changed,) = site.anybody.reads("/api/changes", **asked)["items"]
    assert changed["change"] == "verdict_changed"
    assert [one["id"] for one in changed["entries"]] == [taken_back]
    assert not any(rebuild.compare(site.url, lambda done, of: None).differences.values())
