"""A list asked of a body or a report that there is none of says so, and names those near it."""

from typing import Any

import pytest

from tests.api.site import PFCC, Site, problem_of

BODIES = ("reports", "recommendations", "responses", "entries", "compliance", "changes")
REPORTS = ("recommendations", "responses", "entries", "compliance", "changes")


def asked_more(name: str) -> dict[str, Any]:
    return {"from": 1} if name == "changes" else {}


def fault_of(site: Site, path: str, **asked: Any) -> tuple[str, str]:
    """The one fault of a question that is refused: its field, and what is said."""
    (fault,) = problem_of(site.anybody.get(path, **asked), 422, "unfit")["errors"]
    return fault["field"], fault["message"]


def test_a_body_that_is_misspelt_is_refused_with_the_names_near_it(site: Site, report):
    site.catch_up()
    for name in BODIES:
        field, says = fault_of(site, f"/api/{name}", body="cumbria-pcc", **asked_more(name))
        assert field == "body"
        assert says.startswith("“cumbria-pcc” is not in the register of bodies. Near it: ")
        assert PFCC in says


def test_entries_are_asked_for_by_bodies_of_the_register(site: Site):
    field, says = fault_of(site, "/api/entries", by="cumbria-pcc")
    assert field == "by"
    assert PFCC in says


def test_a_report_that_is_misspelt_is_refused_with_the_names_near_it(site: Site, report):
    site.catch_up()
    given = f"{report.reference}x"
    for name in REPORTS:
        field, says = fault_of(site, f"/api/{name}", report=given, **asked_more(name))
        assert field == "report"
        assert says.startswith(f"No report “{given}” is recorded. Near it: ")
        assert report.reference in says


def test_a_type_that_no_event_has_is_refused_with_those_near_it(site: Site):
    for given in ("update-recieved", "UpdateRecieved", "answerable.update-recieved"):
        field, says = fault_of(site, "/api/entries", type=given)
        assert field == "type"
        assert says.startswith(f"No event is of type “{given}”.")
        assert "update-received" in says


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
