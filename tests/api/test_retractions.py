"""Retractions: what rests on an entry, what is set aside with it, and what stands again."""

import pytest

from tests.api.founding import RECORD_KEPT
from tests.api.site import FORCE, NOTE, explanation, recommendation, statement

FOUNDING = RECORD_KEPT
"""What is silent is overdue."""


WHY = {"reason": "It was entered by mistake."}


def of(entry):
    return f"/api/entries/{entry}/retraction"


def act(site, report, word, day, **body):
    return site.clerk.act(
        f"{report.recommendation}/{word}", {"source": NOTE, "occurred_on": day} | body
    )


def set_aside(site, path):
    items = site.clerk.reads(f"{path}/history")["items"]
    return {one["id"] for one in items if not one["in_effect"]}


def test_a_retracted_act_is_as_if_it_had_not_been_and_stays_in_the_trail(site, report):
    closure = act(site, report, "closures", "2025-08-01", reason="R.")
    before = site.position

    retraction = site.clerk.act(of(closure), WHY)

    assert site.anybody.reads(report.recommendation)["status"] == "open"
    assert site.anybody.reads(report.recommendation, known_at=before)["status"] == "closed"
    shown = site.anybody.reads(f"/api/entries/{closure}")
    assert (shown["in_effect"], shown["set_aside_by"]) == (False, retraction)


def test_a_chain_of_64_retractions_grows_no_longer_and_the_first_entry_can_be_retracted(
    site, report
):
    first = entry = act(site, report, "closures", "2025-08-01", reason="R.")
    for _ in range(64):
        entry = site.clerk.act(of(entry), WHY)

    site.refuses(
        site.clerk,
        of(entry),
        WHY,
        "retracted-too-often",
        "This is the last of 64 retractions, each of the one before it, and no longer chain is "
        f"recorded: retract entry {first} itself.",
    )
    site.clerk.act(of(first), WHY)
    assert site.anybody.reads(report.recommendation)["status"] == "open"


def test_entries_are_set_aside_as_the_history_of_retractions_says(site, report):
    update = act(site, report, "updates", "2025-08-01", text="Half.")
    first = site.clerk.act(of(update), WHY)
    second = site.clerk.act(of(first), WHY)
    assert set_aside(site, report.recommendation) == {first}

    third = site.clerk.act(of(update), WHY)
    assert set_aside(site, report.recommendation) == {first, update}
    site.refuses(site.clerk, of(first), WHY, "set-aside", f"already, by {second}.")
    site.clerk.act(of(third), WHY)
    assert set_aside(site, report.recommendation) == {first, third}


# Entries that rest on it


def test_an_assurance_is_not_retracted_while_an_update_answers_it(site, report):
    asked = act(site, report, "assurances", "2025-08-01", of=FORCE, question="Done?")
    answer = act(site, report, "updates", "2025-08-02", text="Yes.", answers=asked)

    site.refuses(
        site.clerk,
        of(asked),
        WHY,
        "others-rest-on-it",
        f"These entries rest on it, retract them first: {answer}.",
    )
    site.clerk.act(of(answer), WHY)
    site.clerk.act(of(asked), WHY)


def test_an_act_is_not_retracted_while_another_is_allowed_only_after_it(site, report):
    proposal = act(site, report, "closure-proposals", "2025-08-01", reason="R.")
    refusal = act(site, report, "refusals", "2025-08-02", reason="R.")
    closure = act(site, report, "closures", "2025-08-03", reason="R.")
    reopening = act(site, report, "reopenings", "2025-08-04", reason="R.")

    site.refuses(site.clerk, of(proposal), WHY, "others-rest-on-it", f"first: {refusal}.")
    for entry in (closure, reopening, refusal, proposal):
        site.clerk.act(of(entry), WHY)
    assert site.anybody.reads(report.recommendation)["status"] == "open"


def test_a_recommendation_is_not_retracted_while_acts_on_it_stand(site, report):
    update = act(site, report, "updates", "2025-08-01", text="Half.")
    said = site.clerk.records(f"{report.response}/statement", statement())["events"][1]["id"]
    raised = report.entry("recommendation-raised")

    problem = site.refuses(site.clerk, of(raised), WHY, "others-rest-on-it", "retract them first")
    assert update in problem["detail"]
    assert said in problem["detail"]
    site.clerk.act(of(update), WHY)
    site.clerk.act(of(said), WHY)
    site.clerk.act(of(raised), WHY)
    answer = site.clerk.get(report.recommendation)
    assert answer.json["type"] == "urn:answerable:problem:not-known-then"
    assert site.anybody.reads(report.response)["coverage"]["addressed"] == 0


def test_what_was_restored_is_not_retracted_by_its_retraction_while_acts_on_it_stand(site, report):
    restored = site.clerk.act(
        of(site.clerk.act(of(report.entry("recommendation-raised")), WHY)), WHY
    )
    update = act(site, report, "updates", "2025-08-01", text="Half.")

    site.refuses(site.clerk, of(restored), WHY, "others-rest-on-it", f"first: {update}.")
    site.clerk.act(of(update), WHY)
    site.clerk.act(of(restored), WHY)
    assert site.clerk.get(report.recommendation).status_code == 404


# Statements


@pytest.fixture
def several(site):
    """Two reports that one statement covers, three recommendations in all; its entries."""
    one = site.publish(recommendations=[recommendation("2"), recommendation("4")])
    two = site.publish()
    said = statement(
        explanations=[explanation("2"), explanation("4")],
        also=[{"report": two.reference, "explanations": [explanation()]}],
    )
    events = site.clerk.records(f"{one.response}/statement", said)["events"]
    return one, two, [one["id"] for one in events]


@pytest.mark.parametrize("nth", range(5))
def test_a_statement_is_retracted_in_all_of_its_entries(site, several, nth):
    one, two, ids = several

    recorded = site.clerk.records(of(ids[nth]), WHY)

    assert recorded["event"]["data"]["target"] == ids[nth]
    assert {each["data"]["target"] for each in recorded["events"]} == set(ids)
    for report in (one, two):
        assert site.anybody.reads(report.response)["verdict"] == "overdue"
        assert site.anybody.reads(report.recommendation)["statement"] is None


@pytest.mark.parametrize("nth", [0, 1, 4])
def test_a_statement_stands_again_in_all_of_its_entries(site, several, nth):
    one, two, ids = several
    retractions = site.clerk.records(of(ids[0]), WHY)["events"]

    again = site.clerk.records(of(retractions[nth]["id"]), WHY)

    assert len(again["events"]) == len(ids)
    for report in (one, two):
        assert site.anybody.reads(report.response)["verdict"] == "in_time"
        assert site.anybody.reads(report.recommendation)["stance"] == "proposed"
    # and aside once more, by retracting what let it stand again
    site.clerk.records(of(again["events"][nth]["id"]), WHY)
    for report in (one, two):
        assert site.anybody.reads(report.response)["verdict"] == "overdue"


def test_a_statement_does_not_stand_again_before_its_report(site, report):
    correct = f"/api/entries/{report.entry('report-published')}/corrections"
    day = {"field": "published_on", "source": site.own_page()} | WHY
    site.clerk.records(correct, day | {"now": "2025-05-01"})
    entry = site.clerk.act(f"{report.response}/statement", statement("2025-05-10"))
    retraction = site.clerk.act(of(entry), WHY)
    site.clerk.records(correct, day | {"now": "2025-05-16"})

    site.refuses(
        site.clerk,
        of(retraction),
        WHY,
        "not-before-the-report",
        "10 May 2025 is before the report was published, on 16 May 2025.",
    )


# Whose, and when


def test_the_effective_day_never_hides_a_correction_or_a_retraction(site, report):
    entry = act(site, report, "closures", "2025-06-01", reason="R.")
    site.clerk.act(of(entry), WHY)

    assert site.anybody.reads(report.recommendation, effective_on="2025-06-02")["status"] == "open"


def test_a_report_recorded_anew_since_is_not_recorded_twice(site):
    said = site.report(recommendations=[], bodies=[], same_as=["https://a.example/anew"])
    first = site.clerk.act("/api/reports", said)
    retraction = site.clerk.act(of(first), WHY)
    again = site.clerk.records("/api/reports", said)["event"]

    site.refuses(
        site.clerk,
        of(retraction),
        WHY,
        "report-exists",
        f"is recorded already, as “{again['stream'].removeprefix('report/')}”: "
        f"/api/reports/{again['stream'].removeprefix('report/')}.",
    )
    site.clerk.act(of(again["id"]), WHY)
    site.clerk.act(of(retraction), WHY)
    assert site.anybody.reads(f"/api/entries/{first}")["in_effect"]
