"""Changes between two moments: each names the entries that made it, or says that time passed."""

from typing import Any

import pytest

from projections.questions import changes
from tests.api.founding import RECORD_KEPT
from tests.api.site import FORCE, NOTE, PAGE, PFCC, problem_of, recommendation, statement

FOUNDING = RECORD_KEPT
"""What is silent is overdue."""


PANEL = "cumbria-police-fire-and-crime-panel"


def _changes(caller, report, since, **asked):
    """The changes of a report from a moment on, by their word."""
    found = caller.reads("/api/changes", **{"from": since}, report=report.reference, **asked)
    assert found["next"] is None
    by_word: dict[str, list[Any]] = {}
    for item in found["items"]:
        by_word.setdefault(item["change"], []).append(item)
    return by_word


def _known(site):
    """Return the position after which everything recorded is a change."""
    site.catch_up()
    return site.position


def test_nothing_changes_where_nothing_is_recorded_and_no_day_passes(site, report):
    since = _known(site)

    found = site.anybody.reads("/api/changes", **{"from": since, "to": since})

    assert found["items"] == []
    assert found["from"]["position"] == found["to"]["position"] == since
    assert found["from"]["effective_on"] == found["to"]["effective_on"] == "2025-11-24"


def test_a_new_report_brings_a_report_a_duty_and_recommendations(site):
    since = _known(site)
    report = site.publish()
    site.catch_up()

    found = _changes(site.anybody, report, since)

    assert list(found) == ["new"]
    assert [one["about"]["type"] for one in found["new"]] == [
        "report",
        "response",
        "recommendation",
    ]
    owed, raised = found["new"][1:]
    assert owed["to"]["verdict"] == "overdue"
    assert raised["to"]["status"] == "open"
    assert raised["about"]["number"] == "02"
    assert raised["about"]["addressee_name"] == "Cumbria Constabulary"
    assert raised["because"] == "entries"
    assert [one["id"] for one in raised["entries"]] == [report.entry("recommendation-raised")]


def test_a_target_that_moved_says_from_when_to_when_and_by_which_entry(site, report):
    target = {"origin": "force", "reason": "More time is needed."}
    path = f"{report.recommendation}/targets"
    site.force.records(path, target | {"on": "2025-12-31", "occurred_on": "2025-11-20"})
    since = _known(site)
    moved = site.force.act(path, target | {"on": "2026-03-31", "occurred_on": "2025-11-23"})
    site.catch_up()

    (found,) = _changes(site.anybody, report, since)["target_moved"]

    assert (found["from"]["on"], found["to"]["on"]) == ("2025-12-31", "2026-03-31")
    assert [one["id"] for one in found["entries"]] == [moved]


def test_a_standing_and_a_claim_that_changed_name_the_entry_and_no_other(site, report):
    since = _known(site)
    update = {"text": "It goes on.", "occurred_on": "2025-11-20"}
    site.force.records(f"{report.recommendation}/updates", update)
    done = site.force.act(
        f"{report.recommendation}/updates",
        update | {"claim": {"as_stated": "GREEN", "means": "complete"}},
    )
    site.catch_up()

    found = _changes(site.anybody, report, since)

    (standing,), (claim,) = found["status_changed"], found["claim_changed"]
    assert (standing["from"], standing["to"]) == (
        {"status": "open"},
        {"status": "claimed_complete"},
    )
    assert [one["id"] for one in standing["entries"]] == [done]
    assert (claim["from"], claim["to"]) == ({"means": None}, {"means": "complete"})


def test_a_refusal_is_told_as_one_with_its_day_and_whose_word_it_is(site, report):
    since = _known(site)
    claim = {"text": "Done.", "claim": {"as_stated": "GREEN", "means": "complete"}}
    site.force.act(f"{report.recommendation}/updates", claim | {"occurred_on": "2025-11-20"})
    refusal = {"reason": "Not seen.", "occurred_on": "2025-11-21", "source": NOTE}
    refused = site.clerk.act(f"{report.recommendation}/refusals", refusal)
    site.catch_up()

    (standing,) = _changes(site.anybody, report, since)["status_changed"]

    assert standing["to"]["status"] == "refused"
    decided = standing["to"]["decided"]
    assert (decided["entry"], decided["by"], decided["on"]) == (refused, "hmicfrs", "2025-11-21")
    assert (decided["provenance"], decided["recorded_by"]) == ("reported", f"{PFCC}/clerk")
    page = site.anybody.get(f"/changes?from={since}&report={report.reference}").text
    assert "Closure refused by HMICFRS on 21 November 2025, as reported by" in page
    first = page.index("Closure refused, or opened again")
    assert first < page.index(f'href="/recommendations/{report.reference}/2/{FORCE}"')
    assert "Next: Cumbria Constabulary sends more evidence." in page


def test_a_verdict_changes_because_of_an_entry(site, report):
    since = _known(site)
    issued = site.clerk.records(f"{report.response}/statement", statement("2025-07-14"))
    site.catch_up()

    found = _changes(site.anybody, report, since)

    (one,) = found["verdict_changed"]
    assert (one["from"]["verdict"], one["to"]["verdict"]) == ("overdue", "late")
    assert one["to"]["days"] == 4
    assert one["because"] == "entries"
    assert [each["id"] for each in one["entries"]] == [issued["event"]["id"]]
    assert {item["to"]["days"] for item in found["entered_late"]} == {133}


def test_a_verdict_and_a_target_change_because_time_passed(new_site):
    site = new_site
    site.clock.set("2025-05-20")
    report = site.publish(recommendations=[recommendation(target={"on": "2025-07-01"})])
    since = _known(site)
    site.clock.set("2025-07-12")
    other = site.publish()

    found = _changes(site.anybody, report, since)
    site.catch_up()

    assert sorted(found) == ["target_passed", "verdict_changed"]
    (verdict,), (target,) = found["verdict_changed"], found["target_passed"]
    assert (verdict["from"]["verdict"], verdict["to"]["verdict"]) == ("not_due", "overdue")
    assert (verdict["because"], verdict["entries"]) == ("time passed", [])
    assert (target["from"]["standing"], target["to"]["standing"]) == ("ahead", "passed")
    assert (target["because"], target["entries"]) == ("time passed", [])
    assert other.reference


def test_a_day_that_an_earlier_entry_named_changes_a_verdict_by_time_alone(new_site):
    """An extension that was known at both moments moves no verdict by itself."""
    site = new_site
    site.clock.set("2025-07-01")
    report = site.publish()
    since = _known(site)
    site.clock.set("2025-07-05")
    site.force.records(
        f"{report.recommendation}/updates", {"text": "On it.", "occurred_on": "2025-07-04"}
    )
    site.catch_up()
    site.clock.set("2025-08-01")

    found = _changes(site.anybody, report, since)

    (verdict,) = found["verdict_changed"]
    assert verdict["because"] == "time passed"
    assert (verdict["from"]["verdict"], verdict["to"]["verdict"]) == ("due", "overdue")


def test_corrections_disputes_retractions_and_redactions_are_shown(site, report):
    path = f"{report.recommendation}/updates"
    update = {"text": {"text": "Ann Other does it.", "audience": "public"}}
    wrong = site.force.act(path, update | {"occurred_on": "2025-11-20"})
    other = site.force.act(path, update | {"occurred_on": "2025-11-21"})
    since = _known(site)
    corrected = site.force.act(
        f"/api/entries/{wrong}/corrections",
        {"field": "occurred_on", "now": "2025-11-19", "reason": "A slip."},
    )
    disputed = site.clerk.act(f"/api/entries/{wrong}/disputes", {"text": "That is not so."})
    retracted = site.force.act(f"/api/entries/{other}/retraction", {"reason": "Sent twice."})
    site.catch_up()

    found = _changes(site.anybody, report, since)

    assert sorted(found) == ["corrected", "disputed", "set_aside"]
    (one,) = found["corrected"]
    assert one["because"] == "entries"
    assert [each["id"] for each in one["entries"]] == [corrected]
    assert (one["entry"]["data"]["was"], one["entry"]["data"]["now"]) == (
        "2025-11-20",
        "2025-11-19",
    )
    assert found["disputed"][0]["entry"]["id"] == disputed
    assert found["disputed"][0]["entry"]["texts"]["text"]["text"] == "That is not so."
    assert found["set_aside"][0]["entry"]["id"] == retracted


def test_an_office_text_stays_with_its_office(site, report):
    since = _known(site)
    update = site.force.act(
        f"{report.recommendation}/updates", {"text": "Secret plan.", "occurred_on": "2025-11-20"}
    )
    site.force.records(
        f"/api/entries/{update}/corrections",
        {"field": "text", "now": "Secret plans.", "reason": "There are two of them."},
    )
    site.catch_up()

    for caller, reads in ((site.anybody, False), (site.force, True)):
        found = caller.get("/api/changes", **{"from": since}, report=report.reference)
        assert ("Secret plans." in found.text) == reads


def test_late_entries_are_shown_and_backfill_is_counted(site, report):
    since = _known(site)
    path = f"{report.recommendation}/updates"
    update = {"text": "It goes on.", "occurred_on": "2025-11-01"}
    late = site.force.act(path, update)
    site.force.records(path, update | {"batch": {"id": "old", "kind": "backfill"}})
    site.catch_up()

    found = site.anybody.reads("/api/changes", **{"from": since}, report=report.reference)
    patient = site.anybody.reads(
        "/api/changes", **{"from": since}, report=report.reference, late_by=30
    )

    (one,) = found["items"]
    assert (one["change"], one["to"]["days"]) == ("entered_late", 23)
    assert [each["id"] for each in one["entries"]] == [late]
    assert found["backfill_left_out"] == 1
    assert patient["items"] == []


def test_an_entry_set_aside_before_the_end_is_gone(site, report):
    since = _known(site)
    raised = site.clerk.records(
        f"{report.path}/recommendations",
        recommendation("07", occurred_on="2025-11-24", source=PAGE),
    )
    site.catch_up()
    mid = site.position
    site.clerk.records(
        f"/api/entries/{raised['event']['id']}/retraction", {"reason": "It is another report's."}
    )
    site.catch_up()

    whole = _changes(site.anybody, report, since)
    half = _changes(site.anybody, report, mid)

    assert list(whole) == ["set_aside"]
    assert sorted(half) == ["removed", "set_aside"]
    assert half["removed"][0]["from"]["status"] == "open"


def test_pages_put_together_are_the_whole_list(site):
    since = _known(site)
    reports = [site.publish() for _ in range(3)]
    for report in reports:
        site.clerk.records(f"{report.response}/statement", statement("2025-07-14"))
    site.catch_up()
    whole = site.anybody.reads("/api/changes", **{"from": since}, limit=500)["items"]

    got = []
    answer = site.anybody.get("/api/changes", **{"from": since}, limit=2)
    while True:
        got += answer.json["items"]
        assert len(answer.json["items"]) <= 2
        if "Link" not in answer.headers:
            break
        answer = site.anybody.get(answer.headers["Link"].split(">")[0][1:])
        assert answer.status_code == 200, answer.text

    assert len(whole) > 12
    assert got == whole


def test_a_body_sees_what_concerns_it(site):
    since = _known(site)
    mine = site.publish()
    other = site.publish(
        by=site.hmicfrs,
        bodies=["dorset-pcc"],
        recommendations=[recommendation(addressees=["dorset-police"])],
    )
    site.catch_up()

    found = site.anybody.reads("/api/changes", **{"from": since}, body=PFCC, limit=500)["items"]

    assert {one["about"]["report"] for one in found} == {mine.reference}
    assert {one["about"].get("addressee") for one in found} == {None, FORCE}
    assert other.reference not in str(found)


def test_a_panels_review_of_a_recommendation_concerns_its_body(site):
    report = site.publish()
    since = _known(site)
    of = {"report": report.reference, "number": "02", "addressee": FORCE}
    review = {"recommendation": of, "outcome": "Noted.", "occurred_on": "2025-09-18"}
    site.panel.records(f"/api/meetings/{PANEL}/2025-09-18/reviews", review)
    site.catch_up()

    def late(body):
        found = site.anybody.reads("/api/changes", **{"from": since}, body=body)["items"]
        return [one["entry"]["type"] for one in found if one["change"] == "entered_late"]

    assert late(PFCC) == late(FORCE) == late(PANEL) == ["recommendation-reviewed"]
    assert late("dorset-pcc") == []


def test_a_span_of_too_many_entries_is_refused_for_everybody_and_for_nobody_else(site, monkeypatch):
    since = _known(site)
    report = site.publish()
    site.panel.records(f"/api/meetings/{PANEL}/2025-06-10/held", {})
    site.catch_up()
    monkeypatch.setattr(changes, "MOST_ENTRIES", site.position - since - 1)

    refused = site.anybody.get("/api/changes", **{"from": since})
    page = site.anybody.get("/changes", **{"from": since})

    says = problem_of(refused, 422, "unfit")
    assert "Narrow it: name a body or a report, or give a later from" in says["detail"]
    assert [fault["field"] for fault in says["errors"]] == ["from"]
    assert page.status_code == 422
    assert "Narrow it" in page.text
    allowed = (
        {"from": since, "to": site.position - 1},
        {"from": since, "body": PFCC},
        {"from": since, "report": report.reference},
        {"since_meeting": f"{PANEL}/2025-06-10"},
    )
    for asked in allowed:
        assert "items" in site.anybody.reads("/api/changes", **asked)


def test_changes_since_a_meeting_begin_at_the_end_of_its_day(new_site):
    site = new_site
    site.clock.set("2025-06-10T18:00:00+00:00")
    report = site.publish()
    paper = {
        "title": "Responses",
        "known_at": site.position,
        "effective_on": "2025-06-10",
        "occurred_on": "2025-06-10",
    }
    site.panel.records(f"/api/meetings/{PANEL}/2025-06-10/papers", paper)
    site.clock.set("2025-07-12")
    site.catch_up()

    found = site.anybody.reads("/api/changes", since_meeting=f"{PANEL}/2025-06-10")

    assert found["from"]["known_at"] == "2025-06-10"
    assert found["since_meeting"]["papers"][0]["known_at"] == paper["known_at"]
    (one,) = [each for each in found["items"] if each["about"].get("report") == report.reference]
    assert (one["change"], one["because"]) == ("verdict_changed", "time passed")


def test_a_meeting_of_which_nothing_is_recorded_is_not_found(site):
    answer = site.anybody.get("/api/changes", since_meeting=f"{PANEL}/2020-01-01")

    assert "Nothing is recorded" in problem_of(answer, 404, "not-recorded")["detail"]


@pytest.mark.parametrize(
    ("asked", "says"),
    [
        ({}, "Give either from"),
        ({"from": "1", "since_meeting": "a/2025-01-01"}, "Give either from"),
        ({"since_meeting": "no meeting"}, "is no meeting: give a panel and a day"),
        ({"since_meeting": "a/2025-02-30"}, "is no meeting: give a panel and a day"),
        ({"from": "2025-02-30"}, "a date we can read"),
        ({"from": "1", "to": "2", "known_at": "3"}, "give one of them"),
        ({"from": "1", "after": "x~1"}, "is no cursor"),
        ({"from": "1", "after": "report/x"}, "is no cursor"),
    ],
)
def test_a_question_that_cannot_be_asked_is_refused_with_what_to_give(site, asked, says):
    answer = site.anybody.get("/api/changes", **asked)

    assert says in problem_of(answer, 422, "unfit")["detail"]


def test_the_page_without_moments_shows_the_last_four_weeks_and_puts_both_in_its_address(site):
    answer = site.anybody.get("/changes", body="cumbria-pfcc")

    assert answer.status_code == 302
    assert answer.headers["Location"] == "/changes?body=cumbria-pfcc&from=2025-10-27"
    assert site.anybody.get(answer.headers["Location"]).status_code == 200
