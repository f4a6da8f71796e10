"""A report of several publishers: whose it is, who closes, which rule applies, how it is shown."""

import re

import pytest

from tests.api.founding import COUNTRY
from tests.api.site import FORCE, NOTE, PFCC, problem_of

FOUNDING = COUNTRY

JOINT = ["hmicfrs", "hmi-prisons"]
HMICFRS = "His Majesty's Inspectorate of Constabulary and Fire & Rescue Services"
PRISONS = "HM Inspectorate of Prisons"
REASON = {"reason": "They have seen it done.", "occurred_on": "2025-07-01"}


@pytest.fixture
def prisons(site):
    """The office of the publisher that does not lead."""
    return site.caller("prisons")


@pytest.fixture
def joint(site):
    """A report of both, which Cumbria's clerk recorded."""
    return site.publish(publishers=JOINT)


def test_the_first_of_the_publishers_leads_and_all_are_told(site, joint):
    entry = joint.answer["event"]
    assert joint.reference.startswith("hmicfrs-2025-05-16-")
    assert (entry["data"]["publisher"], entry["data"]["publishers"]) == ("hmicfrs", JOINT)
    assert {one["by"] for one in joint.answer["events"][:2]} == {"hmicfrs"}

    site.catch_up()
    found = site.anybody.reads(joint.path)
    assert (found["publisher"], found["publisher_name"]) == ("hmicfrs", HMICFRS)
    assert found["publishers"] == [
        {"id": "hmicfrs", "name": HMICFRS},
        {"id": "hmi-prisons", "name": PRISONS},
    ]
    for page in (f"/reports/{joint.reference}", "/reports", joint.response.removeprefix("/api")):
        shown = site.anybody.get(page).text
        assert re.search(rf"\bHMICFRS\)? and {PRISONS}", shown), page


def test_a_list_of_reports_is_asked_for_by_any_publisher(new_site):
    joint = new_site.publish(publishers=JOINT)
    alone = new_site.publish()
    new_site.catch_up()

    def listed(publisher, **asked):
        items = new_site.anybody.reads("/api/reports", publisher=publisher, **asked)["items"]
        return {one["report"] for one in items}

    assert listed("hmicfrs") == {joint.reference, alone.reference}
    assert listed("hmi-prisons") == {joint.reference}
    assert listed("hmi-prisons", body=FORCE) == {joint.reference}
    assert listed("hmi-prisons", body="dorset-pcc") == set()
    assert listed("cqc") == set()
    problem_of(new_site.anybody.get("/api/reports", publisher="hmi-prison"), 422, "unfit")
    compared_with = new_site.anybody.reads("/api/lists-compared")["items"]
    assert [one["publisher"] for one in compared_with] == ["hmi-prisons", "hmicfrs"]


def test_a_report_of_one_publisher_is_stored_as_ever(site):
    said = site.report(publishers=["hmicfrs"])
    del said["publisher"]

    data = site.clerk.records("/api/reports", said)["event"]["data"]

    assert data["publisher"] == "hmicfrs"
    assert "publishers" not in data
    assert site.publish().answer["event"]["data"].keys() == data.keys()


@pytest.mark.parametrize(
    ("changed", "field", "says"),
    [
        ({"publisher": None}, "publisher", "may not be null"),
        ({"publishers": []}, "publishers", "Length must be between 1 and 50"),
        ({"publishers": ["hmi-prisons", "cqc"]}, "publisher", "The first of the publishers leads"),
        ({"publishers": ["hmicfrs", "NOBODY"]}, "publishers", ""),
    ],
)
def test_publishers_that_do_not_fit_are_refused(site, changed, field, says):
    problem = problem_of(site.clerk.post("/api/reports", site.report(**changed)), 422, "unfit")

    (error,) = problem["errors"]
    assert error["field"].startswith(field), error
    assert says in error["message"]


def test_somebody_published_it_once_and_is_in_the_register(site):
    said = site.report()
    del said["publisher"]
    problem = problem_of(site.clerk.post("/api/reports", said), 422, "unfit")
    assert "Say who published it" in problem["detail"]
    twice, nobody = [*JOINT, "hmicfrs"], ["hmicfrs", "hmi-prison"]
    site.refuses(
        site.clerk, "/api/reports", site.report(publishers=twice), "named-twice", "in publishers"
    )
    site.refuses(
        site.clerk,
        "/api/reports",
        site.report(publishers=nobody),
        "unknown-body",
        "hmi-prisons",
    )


def test_the_same_title_and_day_of_one_of_the_publishers_is_the_same_report(site):
    first = site.publish(title="Police custody", publishers=JOINT)
    says = f"This report is recorded already, as “{first.reference}”"
    for publishers in (["hmi-prisons"], ["cqc", "hmi-prisons"], ["hmicfrs"]):
        again = site.report(title="POLICE custody", publisher=publishers[0], publishers=publishers)
        site.refuses(site.clerk, "/api/reports", again, "report-exists", says)
    again = site.report(title="Police custody", publisher="cqc", publishers=["cqc", "ofsted"])
    site.clerk.records("/api/reports", again | {"bodies": []})


def test_an_inspectorate_that_did_not_publish_it_decides_nothing(site, joint):
    probation = site.account("hmi-probation/editor", "hmi-probation", "record")
    path = f"{joint.recommendation}/closures"
    problem = problem_of(probation.post(path, REASON), 403, "not-allowed")
    assert "hmi-probation/editor cannot record" in problem["detail"]
    site.refuses(
        site.clerk,
        path,
        REASON | {"by": "hmi-probation", "source": NOTE},
        "who-may-close",
        f"for {HMICFRS} and {PRISONS} that is hmicfrs, hmi-prisons.",
    )


def test_a_body_that_one_publisher_lets_close_may_close(site, joint):
    site.admin.records(
        "/api/bodies/changes",
        {"id": "hmi-prisons", "closes_by": [PFCC], "occurred_on": None, "source": NOTE},
    )

    entry = site.clerk.records(f"{joint.recommendation}/closures", REASON | {"by": PFCC})

    assert entry["event"]["provenance"] == "first_hand"
    assert site.anybody.reads(joint.recommendation)["status"] == "closed"


def test_the_page_of_any_publisher_shows_the_day(site, prisons):
    sent = site.capture(b"<p>Prisons' page</p>", by=prisons)
    report = site.publish(publishers=JOINT, source={"capture": sent})
    other = site.publish(source={"capture": site.capture(b"<p>Its page</p>", by=prisons)})

    assert site.anybody.reads(report.response)["bases"]["trigger"] == "publisher"
    assert site.anybody.reads(other.response)["bases"]["trigger"] == "stated"
    corrected = {"field": "published_on", "now": "2025-05-15", "reason": "A slip."}
    path = f"/api/entries/{report.entry('report-published')}/corrections"
    site.refuses(
        site.clerk,
        path,
        corrected | {"source": NOTE},
        "publisher-page",
        f"a website of {HMICFRS} or {PRISONS} in the register",
    )
    site.clerk.records(path, corrected | {"source": {"capture": sent}})
    assert site.anybody.reads(report.response)["due_on"] == "2025-07-09"


def test_a_rule_applies_if_one_of_the_publishers_is_whose_reports_it_covers(site):
    """Police Act 1996, s.55(1): a report of the inspectors stays theirs, whoever joins in it."""
    led_by_another = site.publish(publisher="iopc", publishers=["iopc", "hmicfrs"])

    found = site.anybody.reads(led_by_another.response)

    assert (found["rule"]["id"], found["due_on"]) == ("pa96-s55", "2025-07-10")
    site.refuses(
        site.clerk,
        "/api/reports",
        site.report(publisher="iopc", publishers=["iopc", "npcc"]),
        "no-rule",
        "that Independent Office for Police Conduct and National Police Chiefs' Council published",
    )
