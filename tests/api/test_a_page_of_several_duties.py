"""A page of a body that owes several duties about the report: a person says which it answers."""

from dataclasses import replace
from pathlib import Path

import pytest

from api.commands import imports
from ledger.errors import AnswerableError
from tests.api.town import NOTE

EXAMPLE = Path(__file__).parents[2] / "examples/kent-pcc-activism-and-impartiality.txt"
PLAN = {"rule": "manual", "due_on": "2025-06-13", "name": "action-plan", "source": NOTE}


@pytest.fixture
def owed(new_town):
    """Return a page, and the response that it answers: with a second duty, and unanswered yet."""
    page = imports.page_file(EXAMPLE, "https://www.kent-pcc.example/response")
    imports.record(new_town.ledger, [page], "kent-pcc")
    new_town.catch_up()
    (found,) = new_town.anybody.reads("/api/responses", body="kent-pcc")["items"]
    new_town.admin.records(f"{found['links']['self']}/duties", PLAN)
    (published,) = [
        one["id"]
        for one in new_town.anybody.reads(f"{found['links']['self']}/history")["items"]
        if one["type"] == "response-published"
    ]
    wrong = {"reason": "It was the plan."}
    new_town.admin.records(f"/api/entries/{published}/retraction", wrong)
    return new_town, page, found["links"]["self"]


def test_it_is_listed_with_the_names_of_the_duties(owed):
    town, page, response = owed
    before = town.position

    proposed = imports.propose(town.ledger, [page], "kent-pcc")

    assert any(
        "say with --duty which this is: response, action-plan" in one.why for one in proposed.unread
    )
    imports.record(town.ledger, [page], "kent-pcc")
    types = [one["type"] for one in town.anybody.reads(f"{response}/history")["items"]]
    assert types.count("response-published") == 1  # the one that was set aside
    assert town.position - before <= 1  # the copy of the page, at most


def test_it_answers_the_duty_that_is_named_and_no_other(owed):
    town, page, response = owed
    named = replace(page, duty="action-plan")

    imports.record(town.ledger, [named], "kent-pcc")

    town.catch_up()
    verdicts = {one["name"]: one["published_on"] for one in _duties(town, response)}
    assert verdicts["response"] is None
    assert town.anybody.reads(response, name="action-plan")["statements"] != []
    assert imports.record(town.ledger, [named], "kent-pcc") == 0


def test_a_duty_that_is_not_owed_is_refused_with_those_that_are(owed):
    town, page, _ = owed
    before = town.position
    with pytest.raises(AnswerableError, match="owes response and action-plan, and no “plan”"):
        imports.record(town.ledger, [replace(page, duty="plan")], "kent-pcc")
    assert town.position == before


def _duties(town, response):
    return town.anybody.reads(response)["duties"]
