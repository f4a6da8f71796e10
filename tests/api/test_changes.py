"""Changes between two moments: each names the entries that made it, or says that time passed."""

from typing import Any

import pytest

from projections.questions import changes
from tests.api.founding import RECORD_KEPT
from tests.api.town import FORCE, NOTE, PAGE, PFCC, problem_of, recommendation, statement

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


def _known(town):
    """Return the position after which everything recorded is a change."""
    town.catch_up()
    return town.position


def test_nothing_changes_where_nothing_is_recorded_and_no_day_passes(town, report):
    since = _known(town)

    found = town.anybody.reads("/api/changes", **{"from": since, "to": since})

    assert found["items"] == []
    assert found["from"]["position"] == found["to"]["position"] == since
    assert found["from"]["effective_on"] == found["to"]["effective_on"] == "2025-11-24"


def test_a_new_report_brings_a_report_a_duty_and_recommendations(town):
    since = _known(town)
    report = town.publish()
    town.catch_up()

    found = _changes(town.anybody, report, since)

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


def test_a_target_that_moved_says_from_when_to_when_and_by_which_entry(town, report):
    target = {"origin": "force", "reason": "More time is needed."}
    path = f"{report.recommendation}/targets"
    town.force.records(path, target | {"on": "2025-12-31", "occurred_on": "2025-11-20"})
    since = _known(town)
    moved = town.force.act(path, target | {"on": "2026-03-31", "occurred_on": "2025-11-23"})
    town.catch_up()

    (found,) = _changes(town.anybody, report, since)["target_moved"]

    assert (found["from"]["on"], found["to"]["on"]) == ("2025-12-31", "2026-03-31")
    assert [one["id"] for one in found["entries"]] == [moved]


def test_a_standing_and_a_claim_that_changed_name_the_entry_and_no_other(town, report):
    since = _known(town)
    update = {"text": "It goes on.", "occurred_on": "2025-11-20"}
    town.force.records(f"{report.recommendation}/updates", update)
    done = town.force.act(
        f"{report.recommendation}/updates",
        update | {"claim": {"as_stated": "GREEN", "means": "complete"}},
    )
    town.catch_up()

    found = _changes(town.anybody, report, since)

    (standing,), (claim,) = found["status_changed"], found["claim_changed"]
    assert (standing["from"], standing["to"]) == (
        {"status": "open"},
        {"status": "claimed_complete"},
    )
    assert [one["id"] for one in standing["entries"]] == [done]
    assert (claim["from"], claim["to"]) == ({"means": None}, {"means": "complete"})


def test_a_refusal_is_told_as_one_with_its_day_and_whose_word_it_is(town, report):
    since = _known(town)
    claim = {"text": "Done.", "claim": {"as_stated": "GREEN", "means": "complete"}}
    town.force.act(f"{report.recommendation}/updates", claim | {"occurred_on": "2025-11-20"})
    refusal = {"reason": "Not seen.", "occurred_on": "2025-11-21", "source": NOTE}
    refused = town.clerk.act(f"{report.recommendation}/refusals", refusal)
    town.catch_up()

    (standing,) = _changes(town.anybody, report, since)["status_changed"]

    assert standing["to"]["status"] == "refused"
    decided = standing["to"]["decided"]
    assert (decided["entry"], decided["by"], decided["on"]) == (refused, "hmicfrs", "2025-11-21")
    assert (decided["provenance"], decided["recorded_by"]) == ("reported", f"{PFCC}/clerk")
    page = town.anybody.get(f"/changes?from={since}&report={report.reference}").text
    assert "is now “closure refused” by HMICFRS on 21 November 2025, as reported by" in page


def test_a_verdict_changes_because_of_an_entry(town, report):
    since = _known(town)
    issued = town.clerk.records(f"{report.response}/statement", statement("2025-07-14"))
    town.catch_up()

    found = _changes(town.anybody, report, since)

    (one,) = found["verdict_changed"]
    assert (one["from"]["verdict"], one["to"]["verdict"]) == ("overdue", "late")
    assert one["to"]["days"] == 4
    assert one["because"] == "entries"
    assert [each["id"] for each in one["entries"]] == [issued["event"]["id"]]
    assert {item["to"]["days"] for item in found["entered_late"]} == {133}


def test_a_verdict_and_a_target_change_because_time_passed(new_town):
    town = new_town
    town.clock.set("2025-05-20")
    report = town.publish(recommendations=[recommendation(target={"on": "2025-07-01"})])
    since = _known(town)
    town.clock.set("2025-07-12")
    other = town.publish()

    found = _changes(town.anybody, report, since)
    town.catch_up()

    assert sorted(found) == ["target_passed", "verdict_changed"]
    (verdict,), (target,) = found["verdict_changed"], found["target_passed"]
    assert (verdict["from"]["verdict"], verdict["to"]["verdict"]) == ("not_due", "overdue")
    assert (verdict["because"], verdict["entries"]) == ("time passed", [])
    assert (target["from"]["standing"], target["to"]["standing"]) == ("ahead", "passed")
    assert (target["because"], target["entries"]) == ("time passed", [])
    assert other.reference


def test_a_day_that_an_earlier_entry_named_changes_a_verdict_by_time_alone(new_town):
    """An extension that was known at both moments moves no verdict by itself."""
    town = new_town
    town.clock.set("2025-07-01")
    report = town.publish()
    since = _known(town)
    town.clock.set("2025-07-05")
    town.force.records(
        f"{report.recommendation}/updates", {"text": "On it.", "occurred_on": "2025-07-04"}
    )
    town.catch_up()
    town.clock.set("2025-08-01")

    found = _changes(town.anybody, report, since)

    (verdict,) = found["verdict_changed"]
    assert verdict["because"] == "time passed"
    assert (verdict["from"]["verdict"], verdict["to"]["verdict"]) == ("due", "overdue")


def test_corrections_disputes_retractions_and_redactions_are_shown(town, report):
    path = f"{report.recommendation}/updates"
    update = {"text": {"text": "Ann Other does it.", "audience": "public"}}
    wrong = town.force.act(path, update | {"occurred_on": "2025-11-20"})
    other = town.force.act(path, update | {"occurred_on": "2025-11-21"})
    since = _known(town)
    corrected = town.force.act(
        f"/api/entries/{wrong}/corrections",
        {"field": "occurred_on", "now": "2025-11-19", "reason": "A slip."},
    )
    disputed = town.clerk.act(f"/api/entries/{wrong}/disputes", {"text": "That is not so."})
    retracted = town.force.act(f"/api/entries/{other}/retraction", {"reason": "Sent twice."})
    town.catch_up()

    found = _changes(town.anybody, report, since)

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


def test_an_office_text_stays_with_its_office(town, report):
    since = _known(town)
    update = town.force.act(
        f"{report.recommendation}/updates", {"text": "Secret plan.", "occurred_on": "2025-11-20"}
    )
    town.force.records(
        f"/api/entries/{update}/corrections",
        {"field": "text", "now": "Secret plans.", "reason": "There are two of them."},
    )
    town.catch_up()

    for caller, reads in ((town.anybody, False), (town.force, True)):
        found = caller.get("/api/changes", **{"from": since}, report=report.reference)
        assert ("Secret plans." in found.text) == reads


def test_late_entries_are_shown_and_backfill_is_counted(town, report):
    since = _known(town)
    path = f"{report.recommendation}/updates"
    update = {"text": "It goes on.", "occurred_on": "2025-11-01"}
    late = town.force.act(path, update)
    town.force.records(path, update | {"batch": {"id": "old", "kind": "backfill"}})
    town.catch_up()

    found = town.anybody.reads("/api/changes", **{"from": since}, report=report.reference)
    patient = town.anybody.reads(
        "/api/changes", **{"from": since}, report=report.reference, late_by=30
    )

    (one,) = found["items"]
    assert (one["change"], one["to"]["days"]) == ("entered_late", 23)
    assert [each["id"] for each in one["entries"]] == [late]
    assert found["backfill_left_out"] == 1
    assert patient["items"] == []


def test_an_entry_set_aside_before_the_end_is_gone(town, report):
    since = _known(town)
    raised = town.clerk.records(
        f"{report.path}/recommendations",
        recommendation("07", occurred_on="2025-11-24", source=PAGE),
    )
    town.catch_up()
    mid = town.position
    town.clerk.records(
        f"/api/entries/{raised['event']['id']}/retraction", {"reason": "It is another report's."}
    )
    town.catch_up()

    whole = _changes(town.anybody, report, since)
    half = _changes(town.anybody, report, mid)

    assert list(whole) == ["set_aside"]
    assert sorted(half) == ["removed", "set_aside"]
    assert half["removed"][0]["from"]["status"] == "open"


def test_pages_put_together_are_the_whole_list(town):
    since = _known(town)
    reports = [town.publish() for _ in range(3)]
    for report in reports:
        town.clerk.records(f"{report.response}/statement", statement("2025-07-14"))
    town.catch_up()
    whole = town.anybody.reads("/api/changes", **{"from": since}, limit=500)["items"]

    got = []
    answer = town.anybody.get("/api/changes", **{"from": since}, limit=2)
    while True:
        got += answer.json["items"]
        assert len(answer.json["items"]) <= 2
        if "Link" not in answer.headers:
            break
        answer = town.anybody.get(answer.headers["Link"].split(">")[0][1:])
        assert answer.status_code == 200, answer.text

    assert len(whole) > 12
    assert got == whole


def test_a_body_sees_what_concerns_it(town):
    since = _known(town)
    mine = town.publish()
    other = town.publish(
        by=town.hmicfrs,
        bodies=["dorset-pcc"],
        recommendations=[recommendation(addressees=["dorset-police"])],
    )
    town.catch_up()

    found = town.anybody.reads("/api/changes", **{"from": since}, body=PFCC, limit=500)["items"]

    assert {one["about"]["report"] for one in found} == {mine.reference}
    assert {one["about"].get("addressee") for one in found} == {None, FORCE}
    assert other.reference not in str(found)


def test_a_panels_review_of_a_recommendation_concerns_its_body(new_town):
    town = new_town
    report = town.publish()
    since = _known(town)
    of = {"report": report.reference, "number": "02", "addressee": FORCE}
    review = {"recommendation": of, "outcome": "Noted.", "occurred_on": "2025-09-18"}
    town.panel.records(f"/api/meetings/{PANEL}/2025-09-18/reviews", review)
    town.catch_up()

    def late(body):
        found = town.anybody.reads("/api/changes", **{"from": since}, body=body)["items"]
        return [one["entry"]["type"] for one in found if one["change"] == "entered_late"]

    assert late(PFCC) == late(FORCE) == late(PANEL) == ["recommendation-reviewed"]
    assert late("dorset-pcc") == []


def test_a_span_of_too_many_entries_is_refused_for_everybody_and_for_nobody_else(
    new_town, monkeypatch
):
    town = new_town
    since = _known(town)
    report = town.publish()
    town.panel.records(f"/api/meetings/{PANEL}/2025-06-10/held", {})
    town.catch_up()
    monkeypatch.setattr(changes, "MOST_ENTRIES", town.position - since - 1)

    refused = town.anybody.get("/api/changes", **{"from": since})
    page = town.anybody.get("/changes", **{"from": since})

    says = problem_of(refused, 422, "unfit")
    assert "Narrow it: name a body or a report, or give a later from" in says["detail"]
    assert [fault["field"] for fault in says["errors"]] == ["from"]
    assert page.status_code == 422
    assert "Narrow it" in page.text
    allowed = (
        {"from": since, "to": town.position - 1},
        {"from": since, "body": PFCC},
        {"from": since, "report": report.reference},
        {"since_meeting": f"{PANEL}/2025-06-10"},
    )
    for asked in allowed:
        assert "items" in town.anybody.reads("/api/changes", **asked)


def test_changes_since_a_meeting_begin_at_the_end_of_its_day(new_town):
    town = new_town
    town.clock.set("2025-06-10T18:00:00+00:00")
    report = town.publish()
    paper = {
        "title": "Responses",
        "known_at": town.position,
        "effective_on": "2025-06-10",
        "occurred_on": "2025-06-10",
    }
    town.panel.records(f"/api/meetings/{PANEL}/2025-06-10/papers", paper)
    town.clock.set("2025-07-12")
    town.catch_up()

    found = town.anybody.reads("/api/changes", since_meeting=f"{PANEL}/2025-06-10")

    assert found["from"]["known_at"] == "2025-06-10"
    assert found["since_meeting"]["papers"][0]["known_at"] == paper["known_at"]
    (one,) = [each for each in found["items"] if each["about"].get("report") == report.reference]
    assert (one["change"], one["because"]) == ("verdict_changed", "time passed")


def test_a_meeting_of_which_nothing_is_recorded_is_not_found(town):
    answer = town.anybody.get("/api/changes", since_meeting=f"{PANEL}/2020-01-01")

    assert "Nothing is recorded" in problem_of(answer, 404, "not-recorded")["detail"]


@pytest.mark.parametrize(
    ("asked", "says"),
    [
        ({}, "Give either from"),
        ({"from": "1", "since_meeting": "a/2025-01-01"}, "Give either from"),
        ({"since_meeting": "no meeting"}, "is no meeting: give a panel and a day"),
        ({"since_meeting": "a/2025-02-30"}, "is no meeting: give a panel and a day"),
        ({"from": "2025-02-30"}, "neither a position"),
        ({"from": "2025-11-20T10:00Z", "to": "2025-11-20T09:59Z"}, "Give the earlier moment as"),
        ({"from": "2025-11-20", "to": "2017-01-01"}, "Give the earlier moment as from"),
        ({"from": "2025-11-20", "effective_on": "2017-01-01"}, "Give the earlier moment"),
        ({"from": "1", "to": "2", "known_at": "3"}, "give one of them"),
        ({"from": "1", "after": "x~1"}, "is no cursor"),
        ({"from": "1", "after": "report/x"}, "is no cursor"),
    ],
)
def test_a_question_that_cannot_be_asked_is_refused_with_what_to_give(town, asked, says):
    answer = town.anybody.get("/api/changes", **asked)

    assert says in problem_of(answer, 422, "unfit")["detail"]


def test_a_moment_to_come_is_refused(town):
    for asked in ({"from": "2031-01-01"}, {"from": 1, "to": "2031-01-01"}, {"from": 10**9}):
        problem_of(town.anybody.get("/api/changes", **asked), 422, "not-known-yet")


def test_the_page_without_moments_shows_the_last_four_weeks_and_puts_both_in_its_address(town):
    answer = town.anybody.get("/changes", body="cumbria-pfcc")

    assert answer.status_code == 302
    assert answer.headers["Location"] == "/changes?body=cumbria-pfcc&from=2025-10-27"
    assert town.anybody.get(answer.headers["Location"]).status_code == 200
