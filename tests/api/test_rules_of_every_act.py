"""Rules that hold for every act: whose it is, where word of it came from, when it happened."""

from typing import Any

import pytest

from tests.api.site import FORCE, NOTE, PFCC, explanation, recommendation, statement

UPDATE = {"text": "Half of the cells are done.", "occurred_on": "2025-09-01"}
ASSURANCE = {"of": FORCE, "question": "Is it done?", "occurred_on": "2025-09-01"}
DATED_ACTS: list[tuple[str, str, dict[str, Any]]] = [
    ("recommendation", "assurances", ASSURANCE),
    ("recommendation", "updates", UPDATE | {"source": NOTE}),
    ("recommendation", "targets", {"on": "2026-04-30", "origin": "internal", "reason": "R."}),
    ("recommendation", "closure-proposals", {"reason": "R."}),
    ("recommendation", "closures", {"reason": "R.", "source": NOTE}),
    ("recommendation", "refusals", {"reason": "R.", "source": NOTE}),
    ("recommendation", "reopenings", {"reason": "R.", "source": NOTE}),
    ("path", "recommendations", recommendation("7", source=NOTE)),
    ("response", "invitations", {"reply_by": "2025-06-10"}),
    ("response", "comments", {"text": "C.", "source": NOTE}),
    ("response", "copies", {"to": "inspectorate"}),
]


@pytest.fixture
def copied(site, report):
    """A report whose response was published, so that copies of it can be sent."""
    site.clerk.records(f"{report.response}/statement", statement())
    return report


def test_an_act_in_the_future_is_refused(site, copied):
    says = "25 November 2025 has not come yet: today is 24 November 2025 in London."
    for on, word, body in DATED_ACTS:
        path, said = f"{getattr(copied, on)}/{word}", body | {"occurred_on": "2025-11-25"}
        site.refuses(site.clerk, path, said, "not-in-the-future", says)


def test_an_act_before_its_report_is_refused(site, copied):
    says = "15 May 2025 is before the report was published, on 16 May 2025."
    for on, word, body in DATED_ACTS:
        path, said = f"{getattr(copied, on)}/{word}", body | {"occurred_on": "2025-05-15"}
        site.refuses(site.clerk, path, said, "not-before-the-report", says)


def test_a_report_in_the_future_is_refused(site):
    for day in ("2025-11-25", "2025-12", "2026"):
        site.refuses(
            site.clerk,
            "/api/reports",
            site.report(published_on=day),
            "not-in-the-future",
            "has not come yet",
        )


def test_a_month_that_has_begun_is_not_in_the_future(site, report):
    for day in ("2025-11-24", "2025-11", "2025", None):
        site.clerk.records(f"{report.recommendation}/assurances", ASSURANCE | {"occurred_on": day})


def test_today_is_the_london_date_by_the_database_clock(new_site):
    new_site.clock.set("2025-06-30T23:30:00+00:00")  # half past midnight on 1 July, BST

    report = new_site.publish()
    new_site.clerk.records(
        f"{report.recommendation}/assurances", ASSURANCE | {"occurred_on": "2025-07-01"}
    )
    new_site.refuses(
        new_site.clerk,
        f"{report.recommendation}/assurances",
        ASSURANCE | {"occurred_on": "2025-07-02"},
        "not-in-the-future",
        "2 July 2025 has not come yet: today is 1 July 2025",
    )


def test_a_month_that_ends_on_or_after_the_reports_day_is_not_before_it(site, report):
    path = f"{report.recommendation}/assurances"

    for day in ("2025-05-16", "2025-05", "2025"):
        site.clerk.records(path, ASSURANCE | {"occurred_on": day})

    site.refuses(
        site.clerk, path, ASSURANCE | {"occurred_on": "2025-04"}, "not-before-the-report", "April"
    )


def test_an_act_about_a_report_of_a_day_not_known_may_be_of_any_day(site):
    report = site.publish(published_on=None)

    site.clerk.records(f"{report.recommendation}/assurances", ASSURANCE | {"occurred_on": "2013"})


def test_the_act_of_another_body_needs_its_source(site, report):
    site.refuses(
        site.clerk,
        f"{report.recommendation}/updates",
        UPDATE,
        "source-required",
        "This is an act of Cumbria Constabulary, and Cumbria Police, Fire and Crime Commissioner "
        "records it: say where word of it came from",
    )
    site.refuses(
        site.clerk, "/api/reports", site.report(source=None), "source-required", "His Majesty"
    )


def test_a_source_that_says_nothing_is_none(site, report):
    path = f"{report.recommendation}/updates"
    says = "say where word of it came from (source: url, capture or note)"
    for source in ({}, {"url": None}, {"note": None, "capture": None}):
        site.refuses(site.clerk, path, UPDATE | {"source": source}, "source-required", says)


def test_an_account_of_no_body_says_whose_act_it_records(site, report):
    path = f"{report.recommendation}/assurances"

    site.refuses(site.admin, path, ASSURANCE, "by", "belongs to no body: say whose act it is (by)")
    site.refuses(
        site.admin, path, ASSURANCE | {"by": PFCC}, "source-required", "an account of no body"
    )
    site.admin.records(path, ASSURANCE | {"by": PFCC, "source": NOTE})


def test_a_body_that_is_not_in_the_register_is_refused(site):
    for body, who in (
        ({"publisher": "camelot"}, "camelot"),
        ({"bodies": ["camelot-pcc"]}, "camelot-pcc"),
        ({"recommendations": [recommendation(addressees=["camelot-police"])]}, "camelot-police"),
    ):
        says = f"“{who}” is not in the"
        site.refuses(site.clerk, "/api/reports", site.report(**body), "unknown-body", says)


def test_an_act_on_what_is_not_recorded_is_refused(site, report):
    """Each act on a recommendation that is not raised is tried by test_states.py."""
    for path, says in (
        (f"/api/recommendations/nothing/02/{FORCE}/assurances", "No report “nothing” is recorded."),
        (f"/api/responses/nothing/{PFCC}/invitations", "No report “nothing” is recorded."),
        (f"/api/recommendations/{report.reference}/02/{PFCC}/assurances", f"to “{PFCC}”"),
        (f"/api/recommendations/{report.reference}/no+number/{FORCE}/assurances", "is no number"),
    ):
        said = {"occurred_on": None} | ({} if path.endswith("invitations") else ASSURANCE)
        site.refuses(site.clerk, path, said, "not-recorded", says, status=404)


def test_a_capture_that_is_cited_is_kept_and_shows_nothing_that_came_after_it(new_site):
    new_site.clock.set("2025-09-01")
    report = new_site.publish()
    capture = new_site.capture()
    new_site.clock.set("2025-10-01")
    path, source = f"{report.recommendation}/updates", {"capture": capture}

    new_site.refuses(
        new_site.clerk,
        path,
        UPDATE | {"source": {"capture": "0190"}},
        "unknown-capture",
        "No capture “0190” is kept.",
    )
    new_site.refuses(
        new_site.clerk,
        path,
        UPDATE | {"source": source, "occurred_on": "2025-09-02"},
        "not-after-the-capture",
        "received on 1 September 2025, so it does not show what happened on 2 September 2025.",
    )
    for day in ("2025-09-01", "2025-09", None):
        new_site.clerk.records(path, UPDATE | {"source": source, "occurred_on": day})


def test_days_not_known_stay_not_known(site):
    report = site.publish(
        published_on=None, recommendations=[recommendation(target={"phrase": "soon"})]
    )
    site.clerk.records(f"{report.response}/statement", statement(None))

    answer = site.clerk.reads(report.response)
    assert (answer["trigger_on"], answer["due_on"], answer["published_on"]) == (None, None, None)
    assert answer["verdict"] == "not_shown"
    one = site.clerk.reads(report.recommendation)
    assert (one["raised_on"], one["target"]["on"]) == (None, None)
    assert one["targets"][0]["phrase"] == "soon"


def test_the_acts_of_one_command_are_recorded_in_one_transaction_or_not_at_all(site, report):
    site.refuses(
        site.clerk,
        f"{report.response}/statement",
        statement(explanations=[explanation("2"), explanation("3")]),
        "not-recorded",
        "No recommendation 3",
        status=404,
    )
    recorded = site.clerk.records(f"{report.response}/statement", statement())

    assert [one["type"] for one in recorded["events"]] == [
        "response-published",
        "commissioner-statement-issued",
    ]
    assert len({one["recorded_at"] for one in recorded["events"]}) == 1
