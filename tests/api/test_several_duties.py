"""A body owes several duties about one report, each by a name: each is judged apart."""

import pytest

from tests.api.founding import RECORD_KEPT
from tests.api.site import FORCE, NOTE, PFCC, explanation, problem_of, statement

FOUNDING = RECORD_KEPT
"""What is silent is overdue."""


PLAN = {"name": "action-plan", "rule": "manual", "due_on": "2025-06-13", "source": NOTE}
"""Within 28 days of a report of 16 May 2025, as a letter asks."""


def both_owed(site):
    """A report of 16 May 2025 to which Cumbria owes a response by 10 July, and an action plan."""
    report = site.publish()
    site.clerk.records(f"{report.response}/duties", PLAN)
    return report


@pytest.fixture
def owed(site):
    return both_owed(site)


def verdicts(site, report, **asked):
    """The verdict on each duty, by its name: as the list has it, and as each has it by itself."""
    site.catch_up()
    items = site.anybody.reads("/api/responses", report=report.reference, **asked)["items"]
    found = {one["name"]: one["verdict"] for one in items}
    for one in items:
        alone = site.anybody.reads(report.response, name=one["name"], **asked)
        assert one == {name: alone[name] for name in one}
        assert [each["name"] for each in alone["duties"]].count(one["name"]) == 1
        working = site.anybody.reads(f"{report.response}/working", name=one["name"], **asked)
        assert (working["name"], working["verdict"]) == (one["name"], one["verdict"])
    return found


def test_each_duty_has_a_day_a_verdict_and_an_address_of_its_own(site, owed):
    assert verdicts(site, owed) == {"response": "overdue", "action-plan": "overdue"}
    assert verdicts(site, owed, effective_on="2025-06-12") == {
        "response": "not_due",
        "action-plan": "due",
    }
    assert verdicts(site, owed, effective_on="2025-06-14") == {
        "response": "not_due",
        "action-plan": "overdue",
    }

    found = site.anybody.reads(owed.response)
    assert (found["name"], found["due_on"]) == ("response", "2025-07-10")
    assert [(one["name"], one["due_on"]) for one in found["duties"]] == [
        ("response", "2025-07-10"),
        ("action-plan", "2025-06-13"),
    ]
    plan = found["duties"][1]
    assert plan["links"]["self"] == f"{owed.response}?name=action-plan"
    found = site.anybody.get(plan["links"]["self"]).json
    assert (found["name"], found["rule"]["id"]) == ("action-plan", "manual")
    assert found["coverage"]["addressed"] == 0
    assert site.anybody.get(plan["links"]["working"]).json["due_on"] == "2025-06-13"
    report = site.anybody.reads(owed.path)
    assert [one["name"] for one in report["responses"]] == ["response", "action-plan"]


def test_a_duty_that_is_not_owed_is_not_found(site, owed):
    answer = site.anybody.get(owed.response, name="apology")
    problem = problem_of(answer, 404, "not-recorded")
    assert f"No duty “apology” of “{PFCC}”" in problem["detail"]
    then = site.position - 1
    answer = site.anybody.get(owed.response, name="action-plan", known_at=then)
    problem_of(answer, 404, "not-known-then")
    assert site.anybody.reads(owed.response, known_at=then)["duties"][0]["name"] == "response"


def test_a_publication_that_names_no_duty_answers_the_response_alone(site, owed):
    event = site.clerk.records(f"{owed.response}/statement", statement("2025-06-10"))["event"]
    assert "duties" not in event["data"]
    assert verdicts(site, owed) == {"response": "in_time", "action-plan": "overdue"}

    plan = statement("2025-06-11", explanations=[], duties=["action-plan"])
    event = site.clerk.records(f"{owed.response}/statement", plan)["event"]
    assert event["data"]["duties"] == ["action-plan"]
    assert verdicts(site, owed) == {"response": "in_time", "action-plan": "in_time"}


def test_one_publication_answers_both_that_it_names(site, owed):
    both = statement("2025-07-10", duties=["response", "action-plan"])
    event = site.clerk.records(f"{owed.response}/statement", both)["event"]

    assert event["data"]["duties"] == ["response", "action-plan"]
    assert verdicts(site, owed) == {"response": "in_time", "action-plan": "late"}
    plan = site.anybody.reads(owed.response, name="action-plan")
    assert (plan["days"], plan["published_on"]) == (27, "2025-07-10")
    assert site.anybody.reads(owed.response)["coverage"]["explained_now"] == 1


@pytest.mark.parametrize(
    ("word", "said"),
    [
        ("disapplications", {"basis": "recorded_in_error", "decided_by": "HMICFRS"}),
        ("comments", {"text": "Ours."}),
        ("invitations", {}),
    ],
)
def test_an_act_is_about_the_response_or_the_duty_that_it_names(site, owed, word, said):
    said |= {"occurred_on": None, "source": NOTE}
    path = f"{owed.response}/{word}"

    plain = site.clerk.records(path, said)["event"]["data"]
    named = site.clerk.records(path, said | {"duty": "action-plan"})["event"]["data"]

    assert "duty" not in plain
    assert named["duty"] == "action-plan"
    site.refuses(
        site.clerk,
        path,
        said | {"duty": "apology"},
        "duty",
        f"“{PFCC}” owes response and action-plan, and no “apology”.",
    )


def test_a_duty_is_disapplied_by_itself(new_site):
    new_site.clock.set("2025-06-02")
    report = new_site.publish()
    new_site.clerk.records(f"{report.response}/duties", PLAN)
    said = {"basis": "recorded_in_error", "decided_by": "HMICFRS", "occurred_on": "2025-06-01"}
    new_site.clerk.records(f"{report.response}/disapplications", said | {"duty": "action-plan"})

    assert verdicts(new_site, report) == {"response": "not_due", "action-plan": "disapplied"}
    again = said | {"duty": "action-plan"}
    path = f"{report.response}/disapplications"
    new_site.refuses(new_site.clerk, path, again, "disapplied-once", "recorded already")
    new_site.clerk.records(path, said)
    assert verdicts(new_site, report)["response"] == "disapplied"


def test_more_time_is_granted_for_one_duty(site, owed):
    more = {
        "applied_on": "2025-06-01",
        "granted_on": "2025-06-02",
        "granted_by": "HMICFRS",
        "due_on": "2025-07-31",
        "basis": "Much to plan.",
        "occurred_on": "2025-06-02",
    }
    path = f"{owed.response}/extensions"
    site.refuses(site.clerk, path, more, "no-extension", "pa96-s55 allows no extension")

    site.clerk.records(path, more | {"duty": "action-plan"})

    site.catch_up()
    items = site.anybody.reads("/api/responses", report=owed.reference)["items"]
    assert {one["name"]: one["due_on"] for one in items} == {
        "action-plan": "2025-07-31",
        "response": "2025-07-10",
    }


def test_a_retraction_about_one_duty_stands_in_no_others_working(site, owed):
    plan = statement("2025-06-10", explanations=[], duties=["action-plan"])
    entry = site.clerk.act(f"{owed.response}/statement", plan)
    site.clerk.records(f"/api/entries/{entry}/retraction", {"reason": "A slip."})

    assert verdicts(site, owed) == {"response": "overdue", "action-plan": "overdue"}
    path = f"{owed.response}/working"
    aside = site.anybody.reads(path, name="action-plan")["set_aside"]
    assert [one["entry"] for one in aside] == [entry]
    assert site.anybody.reads(path)["set_aside"] == []


def test_a_body_may_owe_an_action_plan_alone(site):
    report = site.publish(bodies=[])
    site.clerk.records(f"{report.response}/duties", PLAN)

    found = site.anybody.reads(report.response)
    assert (found["name"], [one["name"] for one in found["duties"]]) == (
        "action-plan",
        ["action-plan"],
    )
    said = site.clerk.records(f"{report.response}/statement", statement("2025-06-10"))
    assert said["event"]["data"]["duties"] == ["action-plan"]
    assert verdicts(site, report) == {"action-plan": "in_time"}


def test_a_duty_beside_the_response_names_its_rule(site, owed):
    path = f"{owed.response}/duties"
    refused = [
        ({"name": "local"}, "no-rule", "name the rule of “local”"),
        ({"name": "local", "rule": "pa96-s55"}, "duty-exists", "one rule makes one duty"),
        ({"name": "local", "rule": "nothing"}, "no-rule", "record it with the rule `manual`"),
        (PLAN, "duty-exists", f"The duty of “{PFCC}” “action-plan” is recorded already."),
        ({}, "duty-exists", f"The duty of “{PFCC}” to respond is recorded already."),
    ]
    for said, kind, says in refused:
        site.refuses(site.clerk, path, said, kind, says)
    answer = site.clerk.post(path, PLAN | {"name": "Action plan"})
    problem = problem_of(answer, 422, "unfit")
    assert problem["errors"][0]["field"] == "name"


def test_lists_counts_and_changes_have_a_row_for_each_duty(new_site):
    owed = both_owed(new_site)
    before = new_site.position
    new_site.catch_up()
    page = new_site.anybody.reads("/api/responses", report=owed.reference, limit=1)
    assert [one["name"] for one in page["items"]] == ["action-plan"]
    assert page["next"] == f"{owed.reference}/{PFCC}/action-plan"
    page = new_site.anybody.reads(
        "/api/responses", report=owed.reference, limit=1, after=page["next"]
    )
    assert ([one["name"] for one in page["items"]], page["next"]) == (["response"], None)
    total = new_site.anybody.reads("/api/compliance", report=owed.reference)["total"]
    assert (total["responses"], total["verdicts"]) == (2, {"overdue": 2})
    assert total["coverage"]["addressed"] == 1
    pack = new_site.anybody.reads(f"/api/bodies/{PFCC}")
    assert [one["name"] for one in pack["attention"]] == ["action-plan", "response"]

    plan = statement("2025-06-10", explanations=[], duties=["action-plan"])
    new_site.clerk.records(f"{owed.response}/statement", plan)
    new_site.catch_up()
    asked = {"from": str(before), "report": owed.reference}
    changed = new_site.anybody.reads("/api/changes", **asked)["items"]
    moved = [one for one in changed if one["change"] == "verdict_changed"]
    assert [(one["about"]["name"], one["to"]["verdict"]) for one in moved] == [
        ("action-plan", "in_time")
    ]
    assert moved[0]["about"]["links"]["page"].endswith("?name=action-plan")


def test_a_better_verdict_on_one_duty_is_told_of_that_one(site, owed):
    plan = statement("2025-06-10", explanations=[], duties=["action-plan"])
    entry = site.clerk.act(f"{owed.response}/statement", plan)

    site.catch_up()
    items = site.anybody.reads("/api/responses", report=owed.reference)["items"]
    bettered = {one["name"]: [each["entry"] for each in one["improved_later"]] for one in items}
    assert bettered == {"action-plan": [entry], "response": []}


def test_the_pages_show_each_duty_by_its_name(new_site):
    owed = both_owed(new_site)
    new_site.catch_up()
    for path in (f"/reports/{owed.reference}", f"/bodies/{PFCC}"):
        page = new_site.anybody.get(path).text
        assert "Action plan" in page, path
        assert f"/responses/{owed.reference}/{PFCC}?name=action-plan" in page, path
    assert "Action plan of" in new_site.anybody.get("/responses").text
    plan = statement("2025-06-12", explanations=[], duties=["action-plan"])
    new_site.clerk.records(f"{owed.response}/statement", plan)
    new_site.catch_up()
    page = new_site.anybody.get(owed.response.removeprefix("/api")).text
    assert "What Cumbria Police, Fire and Crime Commissioner owes about this report" in page
    assert "?name=action-plan" in page
    assert "tag-overdue" in page
    assert "“Action plan” is due by <strong>13 June 2025</strong>" in page
    assert "It answers “Action plan”." in page
    page = new_site.anybody.get(f"{owed.response.removeprefix('/api')}?name=action-plan").text
    assert "tag-in_time" in page
    assert "<title>Action plan of Cumbria Police, Fire and Crime Commissioner to" in page
    calendar = new_site.anybody.get("/feeds/deadlines.ics", body=PFCC).text
    assert "Action plan due" in calendar.replace("\r\n ", "")


def test_an_entry_of_a_body_with_one_duty_is_stored_as_ever(site):
    report = site.publish()
    said = {"text": "Ours.", "occurred_on": None, "source": NOTE}
    kept = [
        report.answer["events"][-1],
        site.clerk.records(f"{report.response}/comments", said)["event"],
        site.clerk.records(f"{report.response}/statement", statement())["event"],
    ]
    for entry in kept:
        assert not {"name", "duty", "duties"} & entry["data"].keys()
    assert explanation()["addressee"] == FORCE
