"""Somebody looked for a response, and bodies say that they keep their record here."""

import pytest
from selectolax.lexbor import LexborHTMLParser

from projections.read_models import rebuild
from tests.api.signing_in import browser, provided
from tests.api.town import FORCE, PFCC, Town

KEEPING = f"/api/bodies/{PFCC}/keeping"


@pytest.fixture
def town(new_town: Town) -> Town:
    new_town.clock.set("2025-11-24")
    return new_town


def kept(town: Town) -> dict[str, str | None] | None:
    town.catch_up()
    found = town.anybody.reads(f"/api/bodies/{PFCC}")["record_kept_here"]
    return found and {name: found[name] for name in ("from", "until")}


def lookup(day: str, **more: object) -> dict[str, object]:
    return {"looked_on": day, "where": "The page of responses to inspections.", **more}


def test_a_body_says_that_it_keeps_its_record_here(town):
    assert kept(town) is None

    answer = town.clerk.records(KEEPING, {"from": "2025-05-01"})

    assert answer["event"]["data"] == {"body": PFCC, "since": "2025-05-01"}
    assert answer["event"]["provenance"] == "first_hand"
    assert kept(town) == {"from": "2025-05-01", "until": None}


def test_an_end_is_never_before_the_day_on_which_it_is_recorded(town):
    town.clerk.records(KEEPING, {"from": "2025-05-01"})

    refused = town.clerk.post(KEEPING, {"from": "2025-05-01", "until": "2025-11-23"})
    assert refused.status_code == 409
    assert refused.json["type"].endswith("keeping-over")

    town.clerk.records(KEEPING, {"from": "2025-05-01", "until": "2025-11-24"})
    assert kept(town) == {"from": "2025-05-01", "until": "2025-11-24"}


def test_an_end_that_was_taken_back_does_not_come_back_when_it_is_over(town):
    town.clerk.records(KEEPING, {"from": "2025-05-01"})
    end = town.clerk.act(KEEPING, {"from": "2025-05-01", "until": "2025-11-24"})
    retraction = town.clerk.act(f"/api/entries/{end}/retraction", {"reason": "We go on."})
    assert kept(town) == {"from": "2025-05-01", "until": None}
    town.clock.set("2025-11-26")

    refused = town.clerk.post(f"/api/entries/{retraction}/retraction", {"reason": "No."})

    assert refused.json["type"].endswith("keeping-over")


@pytest.mark.parametrize(
    ("said", "rule"),
    [
        ({"from": "2025-05"}, "keeping"),
        ({"from": "2026-01-01", "until": "2025-12-01"}, "keeping"),
        ({"from": "2025-05-01", "by": FORCE}, "whose-act"),
    ],
)
def test_days_are_exact_and_in_order_and_the_word_is_its_own(town, said, rule):
    refused = town.clerk.post(KEEPING, said)

    assert refused.status_code == 409
    assert refused.json["type"].endswith(f":{rule}")


def test_anybody_who_may_record_looks_for_a_response_on_any_day_from_the_reports_on(town):
    published = town.publish()
    path = f"{published.response}/lookups"

    assert town.dorset.records(path, lookup("2025-05-16"))["event"]["by"] == "dorset-pcc"
    assert town.panel.records(path, lookup("2025-11-24", url="https://pfcc.example/"))["event"]
    assert town.caller("reader").post(path, lookup("2025-11-24")).status_code == 403
    early = town.clerk.post(path, lookup("2025-05-15"))
    assert early.json["type"].endswith("not-before-the-report")
    assert town.clerk.post(path, lookup("2025-11-25")).status_code == 409


def test_a_look_up_is_corrected_by_the_name_of_its_day_and_is_disputed_by_the_body_named(town):
    published = town.publish()
    looked = town.panel.act(f"{published.response}/lookups", lookup("2025-09-01"))

    said = {"field": "looked_on", "now": "2025-09-02", "reason": "A slip."}
    town.panel.records(f"/api/entries/{looked}/corrections", said)
    town.clerk.records(f"/api/entries/{looked}/disputes", {"text": "It was on our page then."})

    town.catch_up()
    entry = town.anybody.reads(f"/api/entries/{looked}")
    assert entry["occurred_on"] == "2025-09-01"
    assert entry["type"] == "response-looked-for"


def test_the_office_is_asked_once_whether_it_keeps_its_record_here(town):
    with provided(town):
        clerk = browser(town)
        assert clerk.signs_in("cumbria-pfcc/clerk").status_code == 303
        asks = "keep its record here?"
        page = clerk.get("/record").text
        assert asks in page

        token = LexborHTMLParser(page).css_first("#keeping ~ form input[name=csrf_token]")
        assert token is not None
        assert token.attributes["value"]
        assert clerk.sends("/record/not-now").headers["Location"] == "/record"
        assert asks not in clerk.get("/record").text

        again = browser(town)
        again.signs_in("cumbria-pfcc/clerk-2")
        assert asks in again.get("/record").text
        town.clerk.records(KEEPING, {"from": "2025-05-01"})
        town.catch_up()
        assert asks not in again.get("/record").text
        force = browser(town)
        force.signs_in("cumbria-constabulary/audit")
        assert asks not in force.get("/record").text


def test_the_whole_country_is_entered_once_and_nobody_is_accused(town):
    report = town.publish(
        town.hmicfrs, bodies=["all-local-policing-bodies"], recommendations=[]
    ).reference
    town.catch_up()

    def verdicts() -> dict[str, int]:
        town.catch_up()
        found = town.anybody.reads("/api/compliance", report=report)["total"]
        assert found["overdue"]["count"] == found["verdicts"].get("overdue", 0)
        counted: dict[str, int] = found["verdicts"]
        return counted

    assert verdicts() == {"not_looked_for": 43}
    kent, dorset = (f"/api/responses/{report}/{body}" for body in ("kent-pcc", "dorset-pcc"))
    page = town.anybody.get(kent.removeprefix("/api")).text
    assert "No response is recorded here, and nobody has said that they looked for one." in page

    town.clerk.records(f"{kent}/lookups", lookup("2025-09-01"))
    assert verdicts() == {"not_looked_for": 42, "overdue": 1}
    found = town.anybody.reads(kent)
    assert (found["days"], found["at_least"], found["bases"]["published"]) == (53, True, "stated")
    assert "looked for it on 1 September 2025 and did not find it" in found["headline"]

    known = {"published_on": "2025-07-01", "url": "https://dorset.example/1", "explanations": []}
    town.dorset.records(f"{dorset}/statement", known)
    assert verdicts() == {"not_looked_for": 41, "overdue": 1, "in_time": 1}
    listed = town.anybody.reads("/api/responses", report=report, verdict="not_looked_for")
    assert len(listed["items"]) == 41


def test_explanations_are_not_known_until_somebody_looks(town):
    report = town.publish()

    def explained() -> list[int | None]:
        town.catch_up()
        one = town.anybody.reads(report.response)["coverage"]
        total = town.anybody.reads("/api/compliance", report=report.reference)["total"]["coverage"]
        known = [one[name] for name in ("explained_by_due", "explained_now", "not_known")]
        return [*known, total["not_known"], total["by_due"]["addressed"]]

    assert explained() == [None, None, 1, 1, 0]
    town.clerk.records(f"{report.response}/lookups", lookup("2025-09-01"))
    assert explained() == [0, 0, 0, 0, 1]


def test_a_verdict_that_a_retracted_keeping_betters_is_improved_later(town):
    kept_at = town.clerk.act(KEEPING, {"from": "2025-05-01"})
    report = town.publish()
    town.catch_up()
    assert town.anybody.reads(report.response)["verdict"] == "overdue"
    before = town.position

    taken_back = town.clerk.act(f"/api/entries/{kept_at}/retraction", {"reason": "Not yet."})
    town.catch_up()

    found = town.anybody.reads(report.response)
    assert found["verdict"] == "not_looked_for"
    (bettered,) = found["improved_later"]
    assert (bettered["entry"], bettered["from"]["verdict"]) == (taken_back, "overdue")
    asked = {"from": str(before), "to": str(town.position), "report": report.reference}
    (changed,) = town.anybody.reads("/api/changes", **asked)["items"]
    assert changed["change"] == "verdict_changed"
    assert [one["id"] for one in changed["entries"]] == [taken_back]
    assert not any(rebuild.compare(town.url, lambda done, of: None).differences.values())
