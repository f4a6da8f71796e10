"""The same report or statement, entered again, is refused with the address of the first. A report
that was entered twice all the same is set aside in one act."""

import pytest

from tests.api.site import FORCE, PFCC, json_of, recommendation, statement

WHY = {"reason": "Entered twice."}


def of(entry):
    return f"/api/entries/{entry}/retraction"


def test_a_title_in_other_case_or_spaced_otherwise_is_the_same_report(site):
    report = site.publish()
    title = report.answer["event"]["data"]["title"]
    spaced = title.replace(" ", "  ") + " "
    for again in (title.upper(), title.swapcase(), spaced, title.casefold()):
        asked = site.report(title=again)
        problem = site.refuses(site.clerk, "/api/reports", asked, "report-exists", "recorded")

        assert report.path in problem["detail"]
    assert site.anybody.get(report.path).status_code == 200


@pytest.mark.parametrize("day", ["2025-07-01", "2025-07", None])
def test_the_same_statement_on_the_same_day_is_refused_and_names_the_first(site, report, day):
    path = f"{report.response}/statement"
    first = site.clerk.act(path, statement(day, text="We accept it.\n\nAll of it."))

    again = statement(day, text="We accept  it. All of it.", parts=["comments", "reply"])
    problem = site.refuses(
        site.caller("clerk_2"), path, again, "statement-exists", f"/api/entries/{first}"
    )

    assert "2025" in problem["detail"] or day is None
    site.clerk.act(path, statement(day, text="We accept it, most of it."))
    other_day = "2025-07-02" if day else "2025-07-03"
    second = site.clerk.act(path, statement(other_day, text="We accept it. All of it."))
    site.clerk.act(of(second), WHY)
    site.clerk.act(path, statement(other_day, text="We accept it. All of it."))


def test_a_statement_that_covers_one_more_report_says_nothing_again_of_the_first(site):
    one, other = site.publish(), site.publish()
    also = [{"report": other.reference, "explanations": []}]
    site.clerk.act(f"{one.response}/statement", statement(also=also))

    site.refuses(
        site.clerk,
        f"{other.response}/statement",
        statement(),
        "statement-exists",
        "is recorded already",
    )


def test_a_corrected_text_counts_as_what_the_statement_says(site, report):
    path = f"{report.response}/statement"
    first = site.clerk.act(path, statement(text="We except it."))
    correction = {"field": "text", "now": "We accept it.", "reason": "A slip."}
    site.clerk.act(f"/api/entries/{first}/corrections", correction)

    site.refuses(site.clerk, path, statement(text="We accept it."), "statement-exists", first)
    site.clerk.act(path, statement(text="We except it."))


def test_a_report_entered_twice_is_set_aside_with_all_that_was_entered_with_it_in_one_act(site):
    kept = site.publish(recommendations=[recommendation("02"), recommendation("03")])
    twice = site.publish(recommendations=[recommendation("02"), recommendation("03")])

    answer = site.clerk.records(of(twice.entry("report-published")), WHY)

    assert [one["type"] for one in answer["events"]] == ["entry-retracted"] * 3
    assert answer["event"]["data"]["target"] == twice.entry("report-published")
    site.catch_up()
    for path in (twice.path, twice.recommendation, twice.response):
        assert site.anybody.get(path).status_code == 404
        assert site.anybody.get(path, known_at=answer["position"] - 3).status_code == 200
    listed = site.anybody.reads("/api/recommendations", body=FORCE, limit=500)["items"]
    assert {kept.reference, twice.reference} & {one["report"] for one in listed} == {kept.reference}
    owed = site.anybody.reads("/api/responses", body=PFCC, limit=500)["items"]
    assert {kept.reference, twice.reference} & {one["report"] for one in owed} == {kept.reference}


def test_it_stands_again_in_one_act_whichever_of_the_retractions_is_retracted(site):
    for nth in range(3):
        report = site.publish(recommendations=[recommendation("02"), recommendation("03")])
        retractions = site.clerk.records(of(report.entry("report-published")), WHY)["events"]

        answer = site.clerk.records(of(retractions[nth]["id"]), {"reason": "It was not twice."})

        assert len(answer["events"]) >= 3
        assert site.anybody.reads(report.recommendation)["status"] == "open"
        assert site.anybody.reads(report.recommendation.replace("/02/", "/03/"))["number"] == "03"
        assert site.anybody.reads(report.response)["due_on"] == "2025-07-10"
        again = site.clerk.records(of(report.entry("report-published")), WHY)
        assert len(again["events"]) == 3


def test_a_recommendation_that_was_set_aside_before_stays_so(site):
    report = site.publish(recommendations=[recommendation("02"), recommendation("03")])
    raised = [one["id"] for one in report.answer["events"] if one["type"].startswith("recomm")]
    site.clerk.act(of(raised[1]), WHY)

    retraction = site.clerk.records(of(report.entry("report-published")), WHY)
    assert len(retraction["events"]) == 2
    site.clerk.act(of(retraction["event"]["id"]), {"reason": "It was not twice."})

    gone = site.anybody.get(report.recommendation.replace("/02/", "/03/"))
    assert json_of(gone)["status"] == 404
    assert site.anybody.reads(report.recommendation)["status"] == "open"


def _resting(site, report):
    """Record acts elsewhere that rest on a report; return each with the caller who takes it
    back."""
    other = site.publish()
    ref = {"report": report.reference, "number": "02", "addressee": FORCE}
    superseded = site.hmicfrs.act(
        f"{other.recommendation}/supersessions",
        {"reason": "Merged.", "occurred_on": "2025-09-01", "superseded_by": ref},
    )
    panel = "cumbria-police-fire-and-crime-panel"
    reviewed = site.panel.act(
        f"/api/meetings/{panel}/2025-09-{10 + len(report.reference) % 9}/reviews",
        {"recommendation": ref, "outcome": "Noted."},
    )
    disapplied = site.clerk.act(
        f"{other.response}/disapplications",
        {
            "basis": "same_findings_as",
            "same_as_report": report.reference,
            "decided_by": "The commissioner",
            "occurred_on": "2025-06-01",
        },
    )
    update = site.force.act(
        f"{report.recommendation}/updates", {"text": "Half.", "occurred_on": "2025-08-01"}
    )
    return {
        superseded: site.hmicfrs,
        reviewed: site.panel,
        disapplied: site.clerk,
        update: site.force,
    }


def test_a_report_on_which_something_rests_is_not_set_aside_and_it_is_named(site):
    report = site.publish()
    retraction = of(report.entry("report-published"))
    for entry, who in _resting(site, report).items():
        site.refuses(site.clerk, retraction, WHY, "others-rest-on-it", entry)
        who.act(of(entry), WHY)

    site.clerk.act(retraction, WHY)


def test_a_recommendation_that_another_raised_since_keeps_its_report(site):
    report = site.publish()
    more = recommendation("07") | {"occurred_on": "2025-05-16", "source": {"note": "A letter."}}
    raised = site.hmicfrs.act(f"{report.path}/recommendations", more)

    site.refuses(site.clerk, of(report.entry("report-published")), WHY, "others-rest-on-it", raised)


@pytest.mark.parametrize("nth", [0, 1])
def test_a_report_that_was_restored_is_not_set_aside_while_something_rests_on_it(site, nth):
    report = site.publish()
    retracted = site.clerk.records(of(report.entry("report-published")), WHY)["events"]
    restored = site.clerk.records(of(retracted[0]["id"]), WHY)["events"]
    more = recommendation("07") | {"occurred_on": "2025-05-16", "source": {"note": "A letter."}}
    raised = site.hmicfrs.act(f"{report.path}/recommendations", more)

    again = of(restored[nth]["id"])
    site.refuses(site.clerk, again, WHY, "others-rest-on-it", f"retract them first: {raised}.")
    site.hmicfrs.act(of(raised), WHY)
    site.clerk.act(again, WHY)
    assert site.clerk.get(report.path).status_code == 404
