"""A list asked of a body or a report that there is none of says so, and names those near it."""

from typing import Any

import pytest

from tests.api.site import PFCC, Site, problem_of

BODIES = ("reports", "recommendations", "responses", "entries", "compliance", "changes")
REPORTS = ("recommendations", "responses", "entries", "compliance", "changes")


def asked_more(name: str) -> dict[str, Any]:
    return {"from": 1} if name == "changes" else {}


@pytest.mark.parametrize("name", BODIES)
def test_a_body_that_is_misspelt_is_refused_with_the_names_near_it(site: Site, report, name):
    site.catch_up()
    refused = site.anybody.get(f"/api/{name}", body="cumbria-pcc", **asked_more(name))

    (fault,) = problem_of(refused, 422, "unfit")["errors"]
    assert fault["field"] == "body"
    assert fault["message"].startswith("“cumbria-pcc” is not in the register of bodies. Near it: ")
    assert PFCC in fault["message"]


def test_entries_are_asked_for_by_bodies_of_the_register(site: Site):
    refused = site.anybody.get("/api/entries", by="cumbria-pcc")

    (fault,) = problem_of(refused, 422, "unfit")["errors"]
    assert fault["field"] == "by"
    assert PFCC in fault["message"]


@pytest.mark.parametrize("name", REPORTS)
def test_a_report_that_is_misspelt_is_refused_with_the_names_near_it(site: Site, report, name):
    site.catch_up()
    given = f"{report.reference}x"
    refused = site.anybody.get(f"/api/{name}", report=given, **asked_more(name))

    (fault,) = problem_of(refused, 422, "unfit")["errors"]
    assert fault["field"] == "report"
    assert fault["message"].startswith(f"No report “{given}” is recorded. Near it: ")
    assert report.reference in fault["message"]


@pytest.mark.parametrize(
    "given", ["update-recieved", "UpdateRecieved", "answerable.update-recieved"]
)
def test_a_type_that_no_event_has_is_refused_with_those_near_it(site: Site, given: str):
    refused = site.anybody.get("/api/entries", type=given)

    (fault,) = problem_of(refused, 422, "unfit")["errors"]
    assert fault["field"] == "type"
    assert fault["message"].startswith(f"No event is of type “{given}”.")
    assert "update-received" in fault["message"]


@pytest.mark.parametrize(
    "asked", ["known_at=1&known_at=2", "status=open&status=closed", "status=open&q=a&q=b"]
)
def test_a_parameter_given_twice_is_refused_unless_it_is_the_same(site: Site, asked: str):
    site.catch_up()
    refused = site.app.test_client().get(f"/api/recommendations?{asked}")

    (fault,) = problem_of(refused, 422, "unfit")["errors"]
    assert fault["message"] == f"{fault['field']} is given twice, and not as the same: give one."
    same = site.app.test_client().get("/api/recommendations?status=open&status=open&status=")
    assert same.status_code == 200


def test_two_unknown_names_are_both_refused_without_a_guess(site: Site):
    refused = site.anybody.get("/api/entries", body="xyzzy/" * 40, report="qqqq")

    body, report = problem_of(refused, 422, "unfit")["errors"]
    assert (body["field"], report["field"]) == ("body", "report")
    assert report["message"] == "No report “qqqq” is recorded."
    assert "Near it" not in body["message"]


def test_an_empty_field_of_a_form_says_nothing(site: Site, report):
    """An empty parameter that may be any text is not given; `effective_on`, a day, says that it may
    be empty."""
    site.catch_up()
    paths = site.anybody.reads("/openapi.json")["paths"]
    stricter = {"enum", "pattern", "minLength", "format"}
    asked = 0
    for name in (*BODIES, "meetings"):
        says = paths[f"/api/{name}"]["get"]["parameters"]
        free = {
            one["name"]: ""
            for one in says
            if one["schema"].get("type") == "string"
            and one["name"] != "after"  # the service gave it
            and (one.get("allowEmptyValue") or not one["schema"].keys() & stricter)
        }
        given = asked_more(name)
        plain = site.anybody.reads(f"/api/{name}", **given)
        assert site.anybody.reads(f"/api/{name}", **free | given) == plain, name
        asked += len(free)
    assert asked > 30
