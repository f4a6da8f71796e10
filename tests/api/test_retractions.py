"""Retractions: what rests on an entry, what is set aside with it, and what stands again."""

import pytest

from tests.api.founding import RECORD_KEPT
from tests.api.town import FORCE, NOTE, explanation, recommendation, statement

FOUNDING = RECORD_KEPT
"""What is silent is overdue."""


WHY = {"reason": "It was entered by mistake."}


def of(entry):
    return f"/api/entries/{entry}/retraction"


def act(town, report, word, day, **body):
    return town.clerk.act(
        f"{report.recommendation}/{word}", {"source": NOTE, "occurred_on": day} | body
    )


def set_aside(town, path):
    items = town.clerk.reads(f"{path}/history")["items"]
    return {one["id"] for one in items if not one["in_effect"]}


def test_a_retracted_act_is_as_if_it_had_not_been_and_stays_in_the_trail(town, report):
    closure = act(town, report, "closures", "2025-08-01", reason="R.")
    before = town.position

    retraction = town.clerk.act(of(closure), WHY)

    assert town.anybody.reads(report.recommendation)["status"] == "open"
    assert town.anybody.reads(report.recommendation, known_at=before)["status"] == "closed"
    shown = town.anybody.reads(f"/api/entries/{closure}")
    assert (shown["in_effect"], shown["set_aside_by"]) == (False, retraction)


def test_a_retracted_retraction_lets_it_stand_again(town, report):
    entry = act(town, report, "closures", "2025-08-01", reason="R.")
    for status in ("open", "closed", "open", "closed"):
        entry = town.clerk.act(of(entry), WHY)
        assert town.anybody.reads(report.recommendation)["status"] == status


def test_a_chain_of_64_retractions_grows_no_longer_and_the_first_entry_can_be_retracted(
    town, report
):
    first = entry = act(town, report, "closures", "2025-08-01", reason="R.")
    for _ in range(64):
        entry = town.clerk.act(of(entry), WHY)

    town.refuses(
        town.clerk,
        of(entry),
        WHY,
        "retracted-too-often",
        "This is the last of 64 retractions, each of the one before it, and no longer chain is "
        f"recorded: retract entry {first} itself.",
    )
    town.clerk.act(of(first), WHY)
    assert town.anybody.reads(report.recommendation)["status"] == "open"


def test_entries_are_set_aside_as_the_history_of_retractions_says(town, report):
    update = act(town, report, "updates", "2025-08-01", text="Half.")
    first = town.clerk.act(of(update), WHY)
    second = town.clerk.act(of(first), WHY)
    assert set_aside(town, report.recommendation) == {first}

    third = town.clerk.act(of(update), WHY)
    assert set_aside(town, report.recommendation) == {first, update}
    town.refuses(town.clerk, of(first), WHY, "set-aside", f"already, by {second}.")
    town.clerk.act(of(third), WHY)
    assert set_aside(town, report.recommendation) == {first, third}


# Entries that rest on it


def test_an_assurance_is_not_retracted_while_an_update_answers_it(town, report):
    asked = act(town, report, "assurances", "2025-08-01", of=FORCE, question="Done?")
    answer = act(town, report, "updates", "2025-08-02", text="Yes.", answers=asked)

    town.refuses(
        town.clerk,
        of(asked),
        WHY,
        "others-rest-on-it",
        f"These entries rest on it, retract them first: {answer}.",
    )
    town.clerk.act(of(answer), WHY)
    town.clerk.act(of(asked), WHY)


def test_an_act_is_not_retracted_while_another_is_allowed_only_after_it(town, report):
    proposal = act(town, report, "closure-proposals", "2025-08-01", reason="R.")
    refusal = act(town, report, "refusals", "2025-08-02", reason="R.")
    closure = act(town, report, "closures", "2025-08-03", reason="R.")
    reopening = act(town, report, "reopenings", "2025-08-04", reason="R.")

    town.refuses(town.clerk, of(proposal), WHY, "others-rest-on-it", f"first: {refusal}.")
    for entry in (closure, reopening, refusal, proposal):
        town.clerk.act(of(entry), WHY)
    assert town.anybody.reads(report.recommendation)["status"] == "open"


def test_a_recommendation_is_not_retracted_while_acts_on_it_stand(town, report):
    update = act(town, report, "updates", "2025-08-01", text="Half.")
    said = town.clerk.records(f"{report.response}/statement", statement())["events"][1]["id"]
    raised = report.entry("recommendation-raised")

    problem = town.refuses(town.clerk, of(raised), WHY, "others-rest-on-it", "retract them first")
    assert update in problem["detail"]
    assert said in problem["detail"]
    town.clerk.act(of(update), WHY)
    town.clerk.act(of(said), WHY)
    town.clerk.act(of(raised), WHY)
    answer = town.clerk.get(report.recommendation)
    assert answer.json["type"] == "urn:answerable:problem:not-known-then"
    assert town.anybody.reads(report.response)["coverage"]["addressed"] == 0


# Statements


@pytest.fixture
def several(town):
    """Two reports that one statement covers, three recommendations in all; its entries."""
    one = town.publish(recommendations=[recommendation("2"), recommendation("4")])
    two = town.publish()
    said = statement(
        explanations=[explanation("2"), explanation("4")],
        also=[{"report": two.reference, "explanations": [explanation()]}],
    )
    events = town.clerk.records(f"{one.response}/statement", said)["events"]
    return one, two, [one["id"] for one in events]


@pytest.mark.parametrize("nth", range(5))
def test_a_statement_is_retracted_in_all_of_its_entries(town, several, nth):
    one, two, ids = several

    recorded = town.clerk.records(of(ids[nth]), WHY)

    assert recorded["event"]["data"]["target"] == ids[nth]
    assert {each["data"]["target"] for each in recorded["events"]} == set(ids)
    for report in (one, two):
        assert town.anybody.reads(report.response)["verdict"] == "overdue"
        assert town.anybody.reads(report.recommendation)["statement"] is None


@pytest.mark.parametrize("nth", [0, 1, 4])
def test_a_statement_stands_again_in_all_of_its_entries(town, several, nth):
    one, two, ids = several
    retractions = town.clerk.records(of(ids[0]), WHY)["events"]

    again = town.clerk.records(of(retractions[nth]["id"]), WHY)

    assert len(again["events"]) == len(ids)
    for report in (one, two):
        assert town.anybody.reads(report.response)["verdict"] == "in_time"
        assert town.anybody.reads(report.recommendation)["stance"] == "proposed"
    # and aside once more, by retracting what let it stand again
    town.clerk.records(of(again["events"][nth]["id"]), WHY)
    for report in (one, two):
        assert town.anybody.reads(report.response)["verdict"] == "overdue"


def test_a_statement_does_not_stand_again_before_its_report(town, report):
    correct = f"/api/entries/{report.entry('report-published')}/corrections"
    day = {"field": "published_on", "source": town.own_page()} | WHY
    town.clerk.records(correct, day | {"now": "2025-05-01"})
    entry = town.clerk.act(f"{report.response}/statement", statement("2025-05-10"))
    retraction = town.clerk.act(of(entry), WHY)
    town.clerk.records(correct, day | {"now": "2025-05-16"})

    town.refuses(
        town.clerk,
        of(retraction),
        WHY,
        "not-before-the-report",
        "10 May 2025 is before the report was published, on 16 May 2025.",
    )


# Whose, and when


def test_the_effective_day_never_hides_a_correction_or_a_retraction(town, report):
    entry = act(town, report, "closures", "2025-06-01", reason="R.")
    town.clerk.act(of(entry), WHY)

    assert town.anybody.reads(report.recommendation, effective_on="2025-06-02")["status"] == "open"


def test_a_report_recorded_anew_since_is_not_recorded_twice(town):
    said = town.report(recommendations=[], bodies=[], same_as=["https://a.example/anew"])
    first = town.clerk.act("/api/reports", said)
    retraction = town.clerk.act(of(first), WHY)
    again = town.clerk.records("/api/reports", said)["event"]

    town.refuses(
        town.clerk,
        of(retraction),
        WHY,
        "report-exists",
        f"is recorded already, as “{again['stream'].removeprefix('report/')}”: "
        f"/api/reports/{again['stream'].removeprefix('report/')}.",
    )
    town.clerk.act(of(again["id"]), WHY)
    town.clerk.act(of(retraction), WHY)
    assert town.anybody.reads(f"/api/entries/{first}")["in_effect"]
