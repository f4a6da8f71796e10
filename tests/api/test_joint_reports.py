"""A report of several publishers: whose it is, who closes, which rule applies, how it is shown."""

import re
from datetime import date

import pytest

from api.store import tokens
from ledger.acts.decision import Notice
from ledger.acts.service import grant_scope, open_account
from ledger.events import AccountOpened, ScopeGranted
from ledger.replay.answers import answers
from ledger.replay.log import read
from ledger.replay.world import World
from ledger.states.service import SETUP
from tests.api.town import FORCE, NOTE, PFCC, Caller, Town, problem_of
from tests.projections.comparing import compared
from tests.projections.test_replay_oracle import rows

JOINT = ["hmicfrs", "hmi-prisons"]
HMICFRS = "His Majesty's Inspectorate of Constabulary and Fire & Rescue Services"
PRISONS = "HM Inspectorate of Prisons"
REASON = {"reason": "They have seen it done.", "occurred_on": "2025-07-01"}


def office_of(town: Town, body: str) -> Caller:
    """Somebody who records for a body, by an account of its own."""
    name = f"{body}/editor"
    town.ledger.record(SETUP, open_account, AccountOpened(account=name, body=body), Notice())
    granted = ScopeGranted(account=name, scope="record")
    town.ledger.record(SETUP, grant_scope, granted, Notice())
    with town.ledger.pool.connection() as conn:
        return Caller(town.app.test_client(), tokens.create(conn, name, ("record",), None)[1])


@pytest.fixture
def prisons(new_town):
    """The office of the publisher that does not lead."""
    return new_town.caller("prisons")


@pytest.fixture
def joint(new_town):
    """A report of both, which Cumbria's clerk recorded."""
    return new_town.publish(publishers=JOINT)


def test_the_first_of_the_publishers_leads_and_all_are_told(new_town, joint):
    entry = joint.answer["event"]
    assert joint.reference.startswith("hmicfrs-2025-05-16-")
    assert (entry["data"]["publisher"], entry["data"]["publishers"]) == ("hmicfrs", JOINT)
    assert {one["by"] for one in joint.answer["events"][:2]} == {"hmicfrs"}

    new_town.catch_up()
    found = new_town.anybody.reads(joint.path)
    assert (found["publisher"], found["publisher_name"]) == ("hmicfrs", HMICFRS)
    assert found["publishers"] == [
        {"id": "hmicfrs", "name": HMICFRS},
        {"id": "hmi-prisons", "name": PRISONS},
    ]
    for page in (f"/reports/{joint.reference}", "/reports", joint.response.removeprefix("/api")):
        shown = new_town.anybody.get(page).text
        assert re.search(rf"\bHMICFRS\)? and {PRISONS}", shown), page


def test_a_list_of_reports_is_asked_for_by_any_publisher(new_town, joint):
    alone = new_town.publish()
    new_town.catch_up()

    def listed(publisher, **asked):
        items = new_town.anybody.reads("/api/reports", publisher=publisher, **asked)["items"]
        return {one["report"] for one in items}

    assert listed("hmicfrs") == {joint.reference, alone.reference}
    assert listed("hmi-prisons") == {joint.reference}
    assert listed("hmi-prisons", body=FORCE) == {joint.reference}
    assert listed("hmi-prisons", body="dorset-pcc") == set()
    assert listed("cqc") == set()
    problem_of(new_town.anybody.get("/api/reports", publisher="hmi-prison"), 422, "unfit")
    compared_with = new_town.anybody.reads("/api/lists-compared")["items"]
    assert [one["publisher"] for one in compared_with] == ["hmi-prisons", "hmicfrs"]


def test_a_report_of_one_publisher_is_stored_as_ever(new_town):
    said = new_town.report(publishers=["hmicfrs"])
    del said["publisher"]

    data = new_town.clerk.records("/api/reports", said)["event"]["data"]

    assert data["publisher"] == "hmicfrs"
    assert "publishers" not in data
    assert new_town.publish().answer["event"]["data"].keys() == data.keys()


@pytest.mark.parametrize(
    ("changed", "field", "says"),
    [
        ({"publisher": None}, "publisher", "may not be null"),
        ({"publishers": []}, "publishers", "Length must be between 1 and 50"),
        ({"publishers": ["hmi-prisons", "cqc"]}, "publisher", "The first of the publishers leads"),
        ({"publishers": ["hmicfrs", "NOBODY"]}, "publishers", ""),
    ],
)
def test_publishers_that_do_not_fit_are_refused(town, changed, field, says):
    problem = problem_of(town.clerk.post("/api/reports", town.report(**changed)), 422, "unfit")

    (error,) = problem["errors"]
    assert error["field"].startswith(field), error
    assert says in error["message"]


def test_somebody_published_it_once_and_is_in_the_register(town):
    said = town.report()
    del said["publisher"]
    problem = problem_of(town.clerk.post("/api/reports", said), 422, "unfit")
    assert "Say who published it" in problem["detail"]
    twice, nobody = [*JOINT, "hmicfrs"], ["hmicfrs", "hmi-prison"]
    town.refuses(
        town.clerk, "/api/reports", town.report(publishers=twice), "named-twice", "in publishers"
    )
    town.refuses(
        town.clerk,
        "/api/reports",
        town.report(publishers=nobody),
        "unknown-body",
        "hmi-prisons",
    )


@pytest.mark.parametrize("publishers", [["hmi-prisons"], ["cqc", "hmi-prisons"], ["hmicfrs"]])
def test_the_same_title_and_day_of_one_of_the_publishers_is_the_same_report(new_town, publishers):
    first = new_town.publish(title="Police custody", publishers=JOINT)

    again = new_town.report(title="POLICE custody", publisher=publishers[0], publishers=publishers)

    new_town.refuses(
        new_town.clerk,
        "/api/reports",
        again,
        "report-exists",
        f"This report is recorded already, as “{first.reference}”",
    )
    again = new_town.report(title="Police custody", publisher="cqc", publishers=["cqc", "ofsted"])
    again["bodies"] = []
    new_town.clerk.records("/api/reports", again)


def test_any_publisher_closes_reopens_and_withdraws_first_hand(new_town, prisons, joint):
    acts = [
        (prisons, "closures", "hmi-prisons"),
        (new_town.hmicfrs, "reopenings", "hmicfrs"),
        (new_town.hmicfrs, "closure-proposals", "hmicfrs"),
        (prisons, "refusals", "hmi-prisons"),
        (prisons, "withdrawals", "hmi-prisons"),
    ]
    for who, word, by in acts:
        entry = who.records(f"{joint.recommendation}/{word}", REASON)["event"]
        assert (entry["by"], entry["provenance"]) == (by, "first_hand"), word

    found = new_town.anybody.reads(joint.recommendation)
    assert found["status"] == "withdrawn"


def test_what_another_records_of_a_decision_is_the_leading_publishers_unless_it_says_whose(
    new_town, joint
):
    closed = {"source": NOTE} | REASON
    entry = new_town.clerk.records(f"{joint.recommendation}/closures", closed)["event"]
    assert (entry["by"], entry["provenance"]) == ("hmicfrs", "reported")
    entry = new_town.clerk.records(
        f"{joint.recommendation}/reopenings", closed | {"by": "hmi-prisons"}
    )["event"]
    assert (entry["by"], entry["provenance"]) == ("hmi-prisons", "reported")
    assert new_town.anybody.reads(joint.recommendation)["status"] == "reopened"


def test_an_inspectorate_that_did_not_publish_it_decides_nothing(new_town, joint):
    probation = office_of(new_town, "hmi-probation")
    path = f"{joint.recommendation}/closures"
    problem = problem_of(probation.post(path, REASON), 403, "not-allowed")
    assert "hmi-probation/editor cannot record" in problem["detail"]
    new_town.refuses(
        new_town.clerk,
        path,
        REASON | {"by": "hmi-probation", "source": NOTE},
        "who-may-close",
        f"for {HMICFRS} and {PRISONS} that is hmicfrs, hmi-prisons.",
    )


def test_whom_one_publisher_lets_close_may(new_town, joint):
    new_town.admin.records(
        "/api/bodies/changes",
        {"id": "hmi-prisons", "closes_by": [PFCC], "occurred_on": None, "source": NOTE},
    )

    entry = new_town.clerk.records(f"{joint.recommendation}/closures", REASON | {"by": PFCC})

    assert entry["event"]["provenance"] == "first_hand"
    assert new_town.anybody.reads(joint.recommendation)["status"] == "closed"


def test_any_publisher_takes_it_over_and_both_change_it_from_then_on(new_town, prisons, joint):
    new_town.refuses(
        new_town.dorset,
        f"{joint.path}/takeover",
        {},
        "takeover",
        "by an account of its publisher, hmicfrs or hmi-prisons, and by no other.",
    )
    entry = prisons.records(f"{joint.path}/takeover", {})["event"]
    assert (entry["by"], entry["data"]["from_account"]) == ("hmi-prisons", "cumbria-pfcc/clerk")
    revised = {"field": "title", "now": "Police custody", "seen_on": "2025-06-01"}
    entry = new_town.hmicfrs.records(f"{joint.path}/revisions", revised)["event"]
    assert (entry["by"], entry["provenance"]) == ("hmicfrs", "first_hand")
    raised = new_town.hmicfrs.records(
        f"{joint.path}/recommendations",
        {"number": "7", "text": "Seven.", "addressees": [FORCE], "occurred_on": "2025-05-16"},
    )["event"]
    assert (raised["by"], raised["provenance"]) == ("hmicfrs", "first_hand")
    prisons.records(
        f"/api/entries/{raised['id']}/corrections",
        {"field": "text", "now": "Seven of them.", "reason": "A slip.", "source": NOTE},
    )
    problem_of(
        new_town.clerk.post(
            f"/api/entries/{joint.entry('report-published')}/corrections",
            {"field": "title", "now": "Cells", "reason": "A slip."},
        ),
        403,
        "not-allowed",
    )


def test_the_page_of_any_publisher_shows_the_day(new_town, prisons):
    sent = new_town.capture(b"<p>Prisons' page</p>", by=prisons)
    report = new_town.publish(publishers=JOINT, source={"capture": sent})
    other = new_town.publish(source={"capture": new_town.capture(b"<p>Its page</p>", by=prisons)})

    assert new_town.anybody.reads(report.response)["bases"]["trigger"] == "publisher"
    assert new_town.anybody.reads(other.response)["bases"]["trigger"] == "stated"
    corrected = {"field": "published_on", "now": "2025-05-15", "reason": "A slip."}
    path = f"/api/entries/{report.entry('report-published')}/corrections"
    new_town.refuses(
        new_town.clerk,
        path,
        corrected | {"source": NOTE},
        "publisher-page",
        f"a website of {HMICFRS} or {PRISONS} in the register",
    )
    new_town.clerk.records(path, corrected | {"source": {"capture": sent}})
    assert new_town.anybody.reads(report.response)["due_on"] == "2025-07-09"


def test_a_rule_applies_if_one_of_the_publishers_is_whose_reports_it_covers(new_town):
    """Police Act 1996, s.55(1): a report of the inspectors stays theirs, whoever joins in it."""
    led_by_another = new_town.publish(publisher="iopc", publishers=["iopc", "hmicfrs"])

    found = new_town.anybody.reads(led_by_another.response)

    assert (found["rule"]["id"], found["due_on"]) == ("pa96-s55", "2025-07-10")
    new_town.refuses(
        new_town.clerk,
        "/api/reports",
        new_town.report(publisher="iopc", publishers=["iopc", "npcc"]),
        "no-rule",
        "that Independent Office for Police Conduct and National Police Chiefs' Council published",
    )


@pytest.mark.parametrize(
    ("publisher", "kind"),
    [
        ("hmi-probation", "national_thematic"),
        ("hmi-probation", "joint"),
        ("ofsted", "child_protection"),
        ("ofsted", "joint"),
        ("estyn", "joint"),
        ("hmcpsi", "national_thematic"),
        ("hmcpsi", "joint"),
        ("hmi-prisons", "custody"),
        ("hmi-prisons", "joint"),
    ],
)
def test_another_inspectorates_report_alone_makes_no_duty(new_town, publisher, kind):
    said = {"publisher": publisher, "kind": kind}
    named = new_town.report(**said, bodies=[PFCC])
    new_town.refuses(new_town.clerk, "/api/reports", named, "no-rule", "No rule covers a response")
    report = new_town.publish(**said, bodies=[])
    new_town.refuses(new_town.clerk, f"{report.response}/duties", {}, "no-rule", "No rule covers")

    assert new_town.anybody.get(report.response).status_code == 404


def test_naming_the_body_answers_what_the_rule_asks(new_town):
    found = new_town.anybody.reads(new_town.publish(publishers=JOINT).response)

    assert (found["rule"]["id"], found["rule"]["version"]) == ("pa96-s55", 3)


def test_replay_says_the_same_of_joint_reports(new_town, prisons, joint):
    new_town.publish()
    sent = new_town.capture(b"<p>Prisons' page</p>", by=prisons)
    new_town.publish(publishers=JOINT, source={"capture": sent})
    prisons.records(f"{joint.recommendation}/closures", REASON)
    new_town.catch_up()

    log, known_at, on = read(rows(new_town)), new_town.position, date(2025, 11, 24)
    mine = answers(World(log, known_at, on))

    names = [one["id"] for one in mine.reports[joint.path]["publishers"]]
    assert names == JOINT
    assert compared(new_town, log, mine, known_at, on) == []
