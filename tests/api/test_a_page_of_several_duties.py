"""A page of a body that owes several duties about the report: a person says which it answers."""

from dataclasses import replace
from pathlib import Path

import pytest

from api.commands import imports
from ledger.errors import AnswerableError
from tests.api.founding import COUNTRY
from tests.api.site import NOTE

FOUNDING = COUNTRY


EXAMPLE = Path(__file__).parents[2] / "examples/kent-pcc-activism-and-impartiality.txt"
PLAN = {"rule": "manual", "due_on": "2025-06-13", "name": "action-plan", "source": NOTE}


@pytest.fixture
def owed(new_site):
    """Return a page, and the response that it answers: with a second duty, and unanswered yet."""
    page = imports.page_file(EXAMPLE, "https://www.kent-pcc.example/response")
    imports.record(new_site.ledger, [page], "kent-pcc")
    new_site.catch_up()
    (found,) = new_site.anybody.reads("/api/responses", body="kent-pcc")["items"]
    new_site.admin.records(f"{found['links']['self']}/duties", PLAN)
    (published,) = [
        one["id"]
        for one in new_site.anybody.reads(f"{found['links']['self']}/history")["items"]
        if one["type"] == "response-published"
    ]
    wrong = {"reason": "It was the plan."}
    new_site.admin.records(f"/api/entries/{published}/retraction", wrong)
    return new_site, page, found["links"]["self"]


def test_it_is_listed_with_the_names_of_the_duties(owed):
    site, page, response = owed
    before = site.position

    proposed = imports.propose(site.ledger, [page], "kent-pcc")

    assert any(
        "say with --duty which this is: response, action-plan" in one.why for one in proposed.unread
    )
    imports.record(site.ledger, [page], "kent-pcc")
    types = [one["type"] for one in site.anybody.reads(f"{response}/history")["items"]]
    assert types.count("response-published") == 1  # the one that was set aside
    assert site.position - before <= 1  # the copy of the page, at most


def test_it_answers_the_duty_that_is_named_and_no_other(owed):
    site, page, response = owed
    named = replace(page, duty="action-plan")

    imports.record(site.ledger, [named], "kent-pcc")

    site.catch_up()
    verdicts = {one["name"]: one["published_on"] for one in _duties(site, response)}
    assert verdicts["response"] is None
    assert site.anybody.reads(response, name="action-plan")["statements"] != []
    assert imports.record(site.ledger, [named], "kent-pcc") == 0


def test_a_duty_that_is_not_owed_is_refused_with_those_that_are(owed):
    site, page, _ = owed
    before = site.position
    with pytest.raises(AnswerableError, match="owes response and action-plan, and no “plan”"):
        imports.record(site.ledger, [replace(page, duty="plan")], "kent-pcc")
    assert site.position == before


def _duties(site, response):
    return site.anybody.reads(response)["duties"]
