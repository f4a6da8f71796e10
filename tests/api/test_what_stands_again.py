"""Entries that stand again, or are made others by a correction, keep the rules of new ones: of a
report's day and name, of what rests on an entry, and of what a release opens."""

import pytest

from tests.api.site import FORCE, NOTE, problem_of, recommendation


@pytest.fixture
def earlier(new_site):
    """A site in which it is summer yet."""
    new_site.clock.set("2025-06-01")
    return new_site


WHY = {"reason": "A slip.", "source": NOTE}
MEETING = "/api/meetings/cumbria-police-fire-and-crime-panel/2025-11-20"


def correct(entry, field, now):
    return f"/api/entries/{entry}/corrections", WHY | {"field": field, "now": now}


def test_a_reports_day_is_not_moved_while_the_report_is_set_aside(earlier):
    site = earlier
    report = site.publish(recommendations=[])
    published = report.entry("report-published")
    moved = site.clerk.act(*correct(published, "published_on", "2025-05-01"))
    site.clock.set("2025-07-11")
    aside = site.clerk.act(f"/api/entries/{published}/retraction", WHY)
    before = site.position

    problem = problem_of(
        site.clerk.post(f"/api/entries/{moved}/retraction", WHY), 409, "refused:set-aside"
    )

    assert aside in problem["detail"]
    assert site.position == before
    site.clerk.act(f"/api/entries/{aside}/retraction", WHY)
    assert "publisher's own word" in problem_of(
        site.clerk.post(f"/api/entries/{moved}/retraction", WHY), 409, "refused:publisher-page"
    )["detail"]  # fmt: skip


def test_no_correction_makes_one_report_of_two(site):
    site.publish(title="Custody Matters", same_as=["https://a.example/x"])
    other = site.publish(title="Custody Matters II", same_as=["https://a.example/y"])
    day = site.publish(title="Custody Matters", published_on="2025-11-01")
    before = site.position

    for entry, field, now in (
        (other, "title", "Custody matters"),
        (other, "same_as.0", "https://a.example/x"),
    ):
        path, said = correct(entry.entry("report-published"), field, now)
        assert (
            "recorded already"
            in problem_of(site.clerk.post(path, said), 409, "refused:report-exists")["detail"]
        )
    path, said = correct(day.entry("report-published"), "published_on", "2025-05-16")
    said["source"] = site.own_page()
    assert (
        "recorded already"
        in problem_of(site.clerk.post(path, said), 409, "refused:report-exists")["detail"]
    )
    assert site.position == before + 1  # the capture


def test_no_duty_is_due_before_its_report(earlier):
    site = earlier
    report = site.publish(bodies=[], published_on="2025-05-01")
    by_hand = {"rule": "manual", "source": NOTE}

    duties = f"/api/responses/{report.reference}/cumbria-fire/duties"
    problem = problem_of(
        site.clerk.post(duties, by_hand | {"due_on": "2025-04-30"}),
        409,
        "refused:due-on",
    )
    site.clerk.records(duties, by_hand | {"due_on": "2025-05-20"})
    site.clock.set("2025-11-24")
    path, said = correct(report.entry("report-published"), "published_on", "2025-05-25")
    said["source"] = site.own_page()
    moved = problem_of(site.hmicfrs.post(path, said), 409, "refused:due-on")

    assert problem["detail"] == (
        "A response would be due on 30 April 2025, before its report was published, on 1 May 2025."
    )
    assert "before its report was published, on 25 May 2025" in moved["detail"]


def test_a_release_opens_what_is_said_now_and_not_what_was_said_before(site):
    report = site.publish(recommendations=[recommendation("02")])
    question = {"of": FORCE, "question": "Ask PC Smithson about it", "occurred_on": "2025-08-01"}
    asked = site.clerk.act(f"{report.recommendation}/assurances", question)
    path, said = correct(asked, "question", "Ask the constable about it")
    corrected = site.clerk.act(path, said)

    problem = problem_of(
        site.clerk.post(f"/api/entries/{asked}/release", {"field": "question"}),
        409,
        "refused:corrected-since",
    )
    site.clerk.act(f"/api/entries/{corrected}/release", {"field": "now"})
    site.catch_up()

    assert corrected in problem["detail"]
    assert "Ask the constable about it" in site.anybody.get(report.recommendation).text
    for path in (report.recommendation, f"{report.recommendation}/history"):
        assert "Smithson" not in site.anybody.get(path).text


def test_no_target_precedes_its_report_and_the_report_alone_says_what_it_sets(site):
    report = site.publish(recommendations=[recommendation("02", target={"on": "2025-06-30"})])
    targets = f"{report.recommendation}/targets"
    said = {"origin": "report", "reason": "It says so.", "occurred_on": "2025-11-01"}

    early = site.report(recommendations=[recommendation(target={"on": "2020-01-01"})])
    refused = [
        (site.clerk, "/api/reports", early, "not-before-the-report"),
        (site.clerk, targets, said | {"on": "2024-01-01"}, "not-before-the-report"),
        (site.panel, targets, said | {"on": "2025-12-01"}, "source-required"),
    ]
    path, correction = correct(report.entry("recommendation-raised"), "target.on", "2025-05-01")
    refused.append((site.clerk, path, correction, "not-before-the-report"))
    for who, path, body, rule in refused:
        problem_of(who.post(path, body), 409, f"refused:{rule}")
    site.panel.records(targets, said | {"on": "2025-12-01", "source": NOTE})


def test_no_duty_by_hand_takes_the_place_of_one_that_a_rule_sets(site):
    report = site.publish(bodies=[])
    by_hand = {"rule": "manual", "source": NOTE, "due_on": "2025-06-01"}

    for who in (site.clerk, site.hmicfrs):
        problem = problem_of(
            who.post(f"{report.response}/duties", by_hand), 409, "refused:rule-applies"
        )
        assert "pa96-s55" in problem["detail"]
    site.clerk.records(f"{report.response}/duties", {})


def test_a_dispute_stands_in_the_way_of_no_retraction_and_is_in_nobody_elses_name(site):
    report = site.publish()
    raised = report.entry("recommendation-raised")
    disputes = f"/api/entries/{raised}/disputes"

    for by in ("hmicfrs", FORCE, "dorset-pcc"):
        said = {"text": "No.", "by": by, "source": NOTE}
        problem_of(site.panel.post(disputes, said), 409, "refused:whose-act")
    site.force.records(disputes, {"text": "It is not right."})
    site.clerk.records(f"/api/entries/{raised}/retraction", WHY)


def test_a_capture_that_one_may_not_fetch_is_none_to_cite(site):
    answer = site.dorset.upload(b"<p>Theirs</p>", audience="office")
    kept = answer.headers["Location"].rpartition("/")[2]
    said = {"source": {"capture": kept}, "text": "Done.", "occurred_on": "2025-07-01"}

    problem_of(
        site.clerk.post(f"{site.publish().recommendation}/updates", said),
        409,
        "refused:unknown-capture",
    )


def test_no_recommendation_is_superseded_by_one_that_ended(site):
    report = site.publish(recommendations=[recommendation("1"), recommendation("2")])

    def supersede(one, two):
        by = {"report": report.reference, "number": two, "addressee": FORCE}
        path = f"/api/recommendations/{report.reference}/{one}/{FORCE}/supersessions"
        return path, WHY | {"superseded_by": by, "occurred_on": "2025-11-01"}

    site.admin.records(*supersede("1", "2"))
    problem_of(site.admin.post(*supersede("2", "1")), 409, "refused:superseded-by")


def test_a_disapplication_is_not_kept_in_a_drawer_until_the_last_day_is_over(earlier):
    report = earlier.publish(recommendations=[])
    said = {"basis": "recorded_in_error", "decided_by": "Us", "occurred_on": "2025-05-30"}
    lifted = earlier.clerk.act(f"{report.response}/disapplications", said)
    aside = earlier.clerk.act(f"/api/entries/{lifted}/retraction", WHY)
    earlier.clock.set("2025-11-24")

    problem_of(
        earlier.clerk.post(f"/api/entries/{aside}/retraction", WHY),
        409,
        "refused:after-the-last-day",
    )


def test_nothing_is_reviewed_before_it_was_published_or_the_panel_met(site):
    report = site.publish()
    of = {"report": report.reference, "number": "2", "addressee": FORCE}
    said = {"recommendation": of, "outcome": "Noted."}

    for day, rule in (("2025-05-01", "not-before-the-report"), ("2026-05-01", "not-in-the-future")):
        path = f"{MEETING.replace('2025-11-20', day)}/reviews"
        problem_of(
            site.panel.post(path, said | {"occurred_on": "2025-05-01"}), 409, f"refused:{rule}"
        )
