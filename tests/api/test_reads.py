"""Reading: the two dates, what was not known then, lists with their filters, pages and links."""

import pytest

from ledger.events.entry import line
from ledger.register import shipped_rules
from tests.api.founding import RECORD_KEPT
from tests.api.site import (
    FORCE,
    NOTE,
    PAGE,
    PFCC,
    json_of,
    problem_of,
    recommendation,
)

FOUNDING = RECORD_KEPT
"""What is silent is overdue."""


ASSURANCE = {"of": FORCE, "question": "Is it done?", "occurred_on": "2025-09-01"}


# The two dates


@pytest.mark.parametrize("path", ["/api/reports", "/api/recommendations", "/api/responses"])
def test_a_list_says_what_the_read_models_have_reached(site, path):
    site.catch_up()
    reached = site.position
    with site.behind():
        site.publish()

        assert site.anybody.reads(path, limit=1)["as_of"]["position"] == reached
    assert site.anybody.reads(path, limit=1)["as_of"]["position"] == site.position


def test_one_subject_stands_as_far_as_the_read_models_have_come(site):
    report = site.publish()
    before = site.anybody.reads(report.recommendation)
    reached = site.position
    with site.behind():
        site.clerk.act(f"{report.recommendation}/assurances", ASSURANCE)

        after = site.anybody.reads(report.recommendation)

        assert after == before
        assert after["as_of"]["position"] == reached
        beyond = site.anybody.get(report.recommendation, known_at=site.position)
        problem_of(beyond, 503, "not-there-yet")
    assert site.anybody.reads(report.recommendation)["assurances"]["open"] == 1


def test_a_page_says_that_what_was_recorded_is_shown_shortly(site):
    report = site.publish()
    page = report.recommendation.removeprefix("/api")
    with site.behind():
        site.clerk.act(f"{report.recommendation}/assurances", ASSURANCE)

        answer = site.anybody.get(page, min_position=site.position)

    assert answer.status_code == 503
    assert f"Recorded as entry {site.position:,}" in answer.text
    assert "It is shown here shortly. Nothing is to be sent again." in answer.text
    assert site.anybody.get(page, min_position=site.position).status_code == 200


def test_a_day_ends_when_it_ends_in_london(new_site):
    new_site.clock.set("2025-06-30T22:59:00+00:00")
    new_site.publish()
    before = new_site.position
    new_site.clock.set("2025-06-30T23:01:00+00:00")  # one minute past midnight, BST
    new_site.publish()
    new_site.clock.set("2025-07-05")

    as_of = new_site.anybody.reads("/api/bodies", known_at="2025-06-30")["as_of"]
    assert as_of["position"] == before


def test_a_moment_is_settled_once_an_entry_was_recorded_after_it(new_site):
    new_site.clock.set("2025-07-01")
    new_site.publish()
    new_site.clock.set("2025-07-05")
    assert not new_site.anybody.reads("/api/bodies", known_at="2025-07-03")["as_of"]["settled"]

    new_site.publish()

    assert new_site.anybody.reads("/api/bodies", known_at="2025-07-03")["as_of"]["settled"]


def test_an_empty_date_is_not_given(site, report):
    found = site.anybody.reads(report.path, known_at="", effective_on="")

    assert found["as_of"]["known_at"] is None


# Not known then, and not recorded


def subjects(report):
    return [report.path, report.recommendation, report.response, f"{report.response}/working"]


def test_not_known_then_is_told_from_not_recorded(site):
    before = site.position
    report = site.publish()

    for path in subjects(report):
        problem = problem_of(site.anybody.get(path, known_at=before), 404, "not-known-then")
        assert f"was recorded by position {before:,}" in problem["detail"]
        problem_of(site.anybody.get(path, effective_on="2025-05-15"), 404, "not-known-then")
        assert site.anybody.get(path, effective_on="2025-05-16").status_code == 200
    entry = report.entry("report-published")
    answer = site.anybody.get(f"/api/entries/{entry}", known_at=before)
    problem_of(answer, 404, "not-known-then")
    assert site.anybody.get(f"/api/entries/{entry}", effective_on="2000-01-01").status_code == 200


def test_an_address_of_nothing_recorded_is_not_found(site, report):
    for path in (
        "/api/reports/nothing",
        f"/api/recommendations/nothing/2/{FORCE}",
        f"/api/recommendations/{report.reference}/9/{FORCE}",
        f"/api/recommendations/{report.reference}/?/{FORCE}",
        f"/api/recommendations/{report.reference}/2/{PFCC}",
        f"/api/recommendations/{report.reference}/9/{FORCE}/history",
        f"/api/responses/nothing/{PFCC}",
        f"/api/responses/{report.reference}/{FORCE}",
        f"/api/responses/{report.reference}/{FORCE}/working",
        f"/api/responses/{report.reference}/{FORCE}/history",
        "/api/entries/nothing",
        "/api/entries/nothing/raw",
        "/api/entries/0190c2a0-0000-7000-8000-000000000000",
    ):
        answer = site.anybody.get(path.replace("?", "%3F"))
        assert answer.status_code == 404, path
        problem_of(answer, 404, "not-recorded")


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        ("PUT", "/api/reports", {"GET", "HEAD", "OPTIONS", "POST"}),
        ("DELETE", "/api/entries", {"GET", "HEAD", "OPTIONS"}),
        ("POST", "/api/entries", {"GET", "HEAD", "OPTIONS"}),
        ("PATCH", "/api/entries/x", {"GET", "HEAD", "OPTIONS"}),
        ("GET", "/api/entries/x/retraction", {"OPTIONS", "POST"}),
    ],
)
def test_nothing_is_updated_or_deleted(site, method, path, allowed):
    answer = site.app.test_client().open(path, method=method)

    problem_of(answer, 405, "method-not-allowed")
    assert set(answer.headers["Allow"].split(", ")) == allowed


@pytest.mark.parametrize(
    "path",
    ["/api/reports/a%00b", "/api/reports?body=%00", "/api/entries?type=%00", "/api/entries/%00",
     "/api/recommendations?q=%00", "/api/recommendations/a/2/b%00", "/api/reports?%00=1"],
)  # fmt: skip
def test_a_name_with_nul_in_it_is_refused_before_it_is_looked_for(site, path):
    problem = problem_of(site.anybody.get(path), 400, "bad-request")

    assert "U+0000" in problem["detail"]


def test_names_of_all_kinds_are_only_not_found(site):
    for name in ("é", "..", "%2e%2e", "a%2Fb", "%F0%9F%91%AE", "'--", "%25", "x" * 3000, "%ff"):
        answer = site.anybody.get(f"/api/reports/{name}")
        assert answer.status_code == 404, name
        assert answer.mimetype == "application/problem+json"


# min_position


def test_min_position_waits_for_the_read_models(new_site):
    with new_site.behind():
        report = new_site.publish()
        before = new_site.anybody.reads("/api/reports")["items"]
        assert before == []

        answer = new_site.anybody.get("/api/reports", min_position=new_site.position)
        problem_of(answer, 503, "not-there-yet")
    found = new_site.anybody.reads("/api/reports", min_position=new_site.position)
    assert [one["report"] for one in found["items"]] == [report.reference]


# Lists


def test_a_list_that_changes_while_it_is_paged_through_loses_nothing(site):
    numbers = ("02", "10", "afi-1")
    report = site.publish(recommendations=[recommendation(number) for number in numbers])
    path = f"/api/recommendations?status=open&report={report.reference}&limit=2"
    first = site.anybody.get(path)
    assert [one["number"] for one in json_of(first)["items"]] == ["02", "10"]
    closed = {"reason": "R.", "occurred_on": "2025-06-01", "source": NOTE}
    site.clerk.records(f"/api/recommendations/{report.reference}/10/{FORCE}/closures", closed)

    following = json_of(site.anybody.get(first.headers["Link"].split(">")[0][1:]))

    assert [one["number"] for one in following["items"]] == ["afi-1"]
    assert following["as_of"]["position"] == json_of(first)["as_of"]["position"]


# The log


def test_the_log_lists_cloudevents_in_its_own_order(site, report):
    found = site.anybody.reads("/api/entries", report=report.reference)["items"]

    assert [one["type"] for one in found] == [
        "answerable.report-published.v1",
        "answerable.recommendation-raised.v1",
        "answerable.response-duty-arose.v1",
    ]
    for one in found:
        entry = site.anybody.reads(f"/api/entries/{one['id']}")
        assert one["specversion"] == "1.0"
        assert one["source"] == "log.example/town"
        assert one["subject"] == entry["stream"]
        assert one["time"] == entry["recorded_at"]
        assert one["sequence"] == f"{entry['position']:016}"
        assert one["data"]["id"] == one["id"]
        for text in one["data"]["texts"].values():
            assert text.keys() == {"sha256", "audience", "lang"}


def test_the_log_as_known_at_a_position_ends_there_and_ignores_the_effective_day(site, report):
    at = report.answer["position"]

    found = site.anybody.reads("/api/entries", known_at=at, after=at - 2, effective_on="2000-01-01")

    assert [one["sequence"] for one in found["items"]] == [f"{at - 1:016}", f"{at:016}"]
    assert found["next"] is None
    assert found["as_of"]["position"] == at


def test_the_raw_entry_is_the_stored_line_byte_for_byte(site, report):
    site.clerk.records(
        f"/api/entries/{report.entry('report-published')}/corrections",
        {"field": "title", "now": "Café “Ω” \u2028 \U0001f46e", "reason": "R."},
    )
    rows = site.rows(
        "SELECT event_id::text, state, position, recorded_at FROM ledger.entries"
        " WHERE position >= %s OR position < 3",
        report.answer["event"]["position"],
    )
    assert len(rows) > 5
    for entry, state, position, recorded_at in rows:
        answer = site.anybody.get(f"/api/entries/{entry}/raw")
        assert answer.data == line(bytes(state), position, recorded_at)
        assert answer.mimetype == "application/json"
        assert answer.json["event"]["id"] == entry
        assert answer.json["position"] == position


def test_the_register_and_the_rules_are_as_known_then(site):
    before = site.position
    site.admin.records("/api/bodies", {"id": "avalon", "name": "Avalon", "kind": "force"})

    def bodies(**asked):
        return [one["id"] for one in site.anybody.reads("/api/bodies", **asked)["items"]]

    assert "avalon" in bodies()
    assert "avalon" not in bodies(known_at=before)
    rules = site.anybody.reads("/api/rules")["items"]
    assert {(one["id"], one["version"]) for one in rules} == {
        (rule.id, rule.version) for rule in shipped_rules()
    }
    assert site.anybody.reads("/api/rules", known_at=1)["items"] == rules  # at once, at first
    assert site.anybody.reads("/api/rules", known_at="2016-12-31")["items"] == []


def test_the_health_of_the_service_is_told(site):
    assert site.anybody.reads("/healthz") == {"status": "ok"}
    found = site.anybody.get("/readyz").json
    assert (found["status"], found["migrations_missing"]) == ("not ready", [])
    assert {"projector-not-led", "sealer-not-led"} <= {one["name"] for one in found["reasons"]}
    follower = found["followers"][0]
    assert (follower["name"], follower["lag"], follower["held_at"]) == ("projector", 0, None)
    with site.behind():
        site.publish(source=PAGE)
        assert site.anybody.get("/readyz").json["followers"][0]["lag"] == 3


def test_a_clock_that_cannot_be_trusted_is_a_503(new_site):
    report = new_site.publish()
    new_site.clock.set("2025-11-24T13:00:00+00:00")
    new_site.clerk.records(f"{report.recommendation}/assurances", ASSURANCE)
    new_site.clock.set("2025-11-24T11:00:00+00:00")  # two hours before the last entry
    before = new_site.position

    answer = new_site.clerk.post(f"{report.recommendation}/assurances", ASSURANCE)

    problem_of(answer, 503, "clock-unsure")
    assert answer.headers["Retry-After"] == "1"
    assert new_site.position == before


@pytest.mark.parametrize("of", ["bodies", "rules"])
def test_the_register_comes_whole_or_in_pages(site, of):
    whole = site.anybody.reads(f"/api/{of}")
    assert whole["next"] is None

    found, page = [], site.anybody.get(f"/api/{of}", limit=len(whole["items"]) // 2)
    found += page.json["items"]
    while page.json["next"] is not None:
        page = site.anybody.get(page.headers["Link"].partition(">")[0].removeprefix("<"))
        found += page.json["items"]
    assert found == whole["items"]

    refused = site.anybody.get(f"/api/{of}", after="no-such")
    (fault,) = problem_of(refused, 422, "unfit")["errors"]
    assert fault["field"] == "after"
