"""The duty to respond, the statement that meets it, and what goes with them."""

from typing import Any

import pytest

from tests.api.founding import RECORD_KEPT
from tests.api.site import FORCE, NOTE, PFCC, explanation, recommendation, statement

FOUNDING = RECORD_KEPT
"""What is silent is overdue."""


def duties(report, body=PFCC):
    return f"/api/responses/{report.reference}/{body}/duties"


# The duty


@pytest.mark.parametrize(
    ("body", "report_kind"),
    [(FORCE, "peel"), (PFCC, "other"), ("cumbria-fire", "other"), ("hmicfrs", "peel")],
)
def test_a_person_decides_where_no_rule_covers_it(site, body, report_kind):
    report = site.publish(bodies=[], kind=report_kind)

    if body == "cumbria-fire":  # whatever the report: no period
        site.clerk.records(duties(report, body), {})
        found = site.anybody.reads(f"/api/responses/{report.reference}/{body}")
        assert found["rule"]["id"] == "no-statutory-period"
        return
    site.refuses(
        site.clerk,
        duties(report, body),
        {},
        "no-rule",
        f"No rule covers a response of “{body}” to a report of the kind “{report_kind}” that "
        "His Majesty's Inspectorate of Constabulary and Fire & Rescue Services published: where "
        "one is owed, record it with the rule `manual`, its due date and its source.",
    )


def test_a_report_that_names_a_body_without_a_rule_is_refused_whole(site):
    site.refuses(
        site.clerk, "/api/reports", site.report(bodies=[PFCC, FORCE]), "no-rule", f"of “{FORCE}”"
    )


def test_another_rule_than_the_one_that_applies_is_refused(site):
    report = site.publish(bodies=[])

    site.refuses(
        site.clerk,
        duties(report),
        {"rule": "no-statutory-period"},
        "no-rule",
        "Not no-statutory-period but pa96-s55 covers",
    )
    site.refuses(
        site.clerk,
        duties(report),
        {"due_on": "2025-07-10"},
        "due-on",
        "pa96-s55 gives the due date itself; send none.",
    )
    site.clerk.records(duties(report), {"rule": "pa96-s55"})


def test_a_duty_by_hand_needs_its_due_date_and_its_source(site):
    report = site.publish(bodies=[], kind="other")
    path, manual = duties(report), {"rule": "manual"}

    site.refuses(site.clerk, path, manual, "due-on", "A duty by hand needs its due date (due_on).")
    site.refuses(site.clerk, path, manual | {"due_on": "2025-09"}, "due-on", "is known to the day.")
    site.refuses(
        site.clerk,
        path,
        manual | {"due_on": "2025-09-30"},
        "source-required",
        "A duty by hand needs the source that gives its due date.",
    )
    site.refuses(
        site.clerk,
        path,
        manual | {"due_on": "2025-09-30", "source": {}},
        "source-required",
        "A duty by hand needs the source that gives its due date.",
    )
    site.clerk.records(path, manual | {"due_on": "2026-09-30", "source": NOTE})
    found = site.anybody.reads(report.response)
    assert (found["due_on"], found["verdict"], found["days"]) == ("2026-09-30", "not_due", 310)
    assert found["rule"]["id"] == "manual"


# The statement


def test_a_statement_covers_many_recommendations_in_one_transaction(site):
    report = site.publish(recommendations=[recommendation(n) for n in ("02", "04", "08")])

    recorded = site.clerk.records(
        f"{report.response}/statement",
        statement(explanations=[explanation(n) for n in ("2", "Rec 4", "08")]),
    )

    assert recorded["event"]["type"] == "response-published"
    assert [one["type"] for one in recorded["events"][1:]] == ["commissioner-statement-issued"] * 3
    assert len({one["data"]["statement"] for one in recorded["events"]}) == 1
    assert recorded["position"] == site.position
    covered = site.anybody.reads(report.response)["coverage"]
    assert (covered["addressed"], covered["explained_now"]) == (3, 3)


def test_the_parts_of_an_explanation_go_together(site, report):
    refused: list[tuple[dict[str, Any], str, str]] = [
        ({"stance": "no_action"}, "no-action-needs-reason", "needs the reason that the body gives"),
        ({"text": None}, "passage", "give the passage (text), or say `not_found`"),
        ({"how": "general", "text": None}, "passage", "give the passage"),
        ({"how": "not_found"}, "passage", "so no stance is stated"),
        ({"number": "?"}, "number", "is no number of a recommendation"),
        ({"addressee": "dorset-police"}, "addressee", f"“{PFCC}” does not answer for"),
    ]
    for changed, kind, says in refused:
        site.refuses(
            site.clerk,
            f"{report.response}/statement",
            statement(explanations=[explanation(**changed)]),
            kind,
            says,
        )


def test_no_action_with_its_reason_and_nothing_found_are_recorded(site):
    report = site.publish(recommendations=[recommendation("2"), recommendation("4")])
    site.clerk.records(
        f"{report.response}/statement",
        statement(
            explanations=[
                explanation("2", stance="no_action", reason="It is done already."),
                explanation("4", how="not_found", stance="not_stated", text=None),
            ]
        ),
    )

    one = site.anybody.reads(report.recommendation)
    assert one["statements"][0]["reason"] == "It is done already."
    covered = site.anybody.reads(report.response)["coverage"]
    assert (covered["explained_now"], covered["addressed"]) == (1, 2)


def test_a_recommendation_explained_twice_is_refused(site, report):
    site.refuses(
        site.clerk,
        f"{report.response}/statement",
        statement(explanations=[explanation("2"), explanation("Rec 02")]),
        "named-twice",
        "Recommendation Rec 02 to “cumbria-constabulary” is explained twice.",
    )


def test_a_statement_may_cover_several_reports(site, report):
    other = site.publish()
    also = [{"report": other.reference, "explanations": [explanation()]}]

    recorded = site.clerk.records(f"{report.response}/statement", statement(also=also))

    streams = [one["stream"] for one in recorded["events"]]
    assert streams == [
        f"response/{report.reference}/{PFCC}",
        f"recommendation/{report.reference}/2/{FORCE}",
        f"response/{other.reference}/{PFCC}",
        f"recommendation/{other.reference}/2/{FORCE}",
    ]
    assert len({one["data"]["statement"] for one in recorded["events"]}) == 1
    for one in (report, other):
        assert site.anybody.reads(one.response)["verdict"] == "in_time"
        assert site.anybody.reads(one.recommendation)["stance"] == "proposed"


def test_each_report_that_a_statement_covers_has_its_duty_and_comes_before_it(site, report):
    later = site.publish(published_on="2025-07-11")
    without = site.publish(bodies=[])
    path = f"{report.response}/statement"

    for also, kind, status in (
        (later.reference, "not-before-the-report", 409),
        (without.reference, "not-recorded", 404),
        ("nothing", "not-recorded", 404),
        (report.reference, "named-twice", 409),
    ):
        body = statement(also=[{"report": also, "explanations": []}])
        site.refuses(site.clerk, path, body, kind, "", status=status)


# Copies, invitations, comments


def test_a_copy_is_sent_after_a_publication(site, report):
    path, copy = f"{report.response}/copies", {"to": "inspectorate", "occurred_on": "2025-07-12"}

    site.refuses(
        site.clerk,
        path,
        copy,
        "published-first",
        f"No response of “{PFCC}” to “{report.reference}” is recorded, so no copy of it can be",
    )
    published = site.clerk.act(f"{report.response}/statement", statement())
    site.clerk.records(path, copy)
    site.clerk.records(path, copy | {"to": "secretary_of_state"})

    one = site.clerk.act(f"{report.response}/statement", statement("2025-08-01"))
    site.clerk.records(f"/api/entries/{one}/retraction", {"reason": "A slip."})
    site.refuses(
        site.clerk,
        f"/api/entries/{published}/retraction",
        {"reason": "A slip."},
        "others-rest-on-it",
        "These entries rest on it, retract them first: ",
    )


def test_the_chief_officers_comments_need_no_invitation_and_are_the_forces(site, report):
    path = f"{report.response}/comments"
    site.refuses(
        site.clerk, path, {"text": "We agree.", "occurred_on": None}, "source-required", "Cumbria"
    )

    event = site.clerk.records(
        path, {"text": "We agree.", "occurred_on": "2025-06-01", "source": NOTE}
    )["event"]
    assert (event["by"], event["provenance"]) == (FORCE, "reported")
    assert site.anybody.reads(report.response)["comments_received_not_published"]

    parts = ["comments", "chief_officer_comments"]
    site.clerk.records(f"{report.response}/statement", statement(parts=parts))
    found = site.anybody.reads(report.response)
    assert not found["comments_received_not_published"]
    assert found["parts"] == ["chief_officer_comments", "comments"]


def test_an_invitation_says_by_when_as_far_as_is_known(site, report):
    path = f"{report.response}/invitations"

    for reply_by in ("2026-01-10", "2026-01", None):
        site.clerk.records(path, {"occurred_on": "2025-05-20", "reply_by": reply_by})
    site.refuses(
        site.clerk,
        path,
        {"occurred_on": "2025-05-20", "reply_by": "soon"},
        "unfit",
        "reply_by: “soon” is not a date",
        status=422,
    )


def test_only_what_had_happened_by_the_day_asked_about_is_shown(site, report):
    site.clerk.records(
        f"{report.response}/comments",
        {"text": "We agree.", "occurred_on": "2025-06-15", "source": NOTE},
    )
    site.clerk.records(f"{report.response}/statement", statement("2025-07-10"))

    for day, statements, received in (
        ("2025-06-14", 0, False),
        ("2025-06-15", 0, True),
        ("2025-07-09", 0, True),
        ("2025-07-10", 1, True),
    ):
        found = site.anybody.reads(report.response, effective_on=day)
        assert len(found["statements"]) == statements
        assert len(found["parts"]) == statements
        assert found["comments_received_not_published"] == received


def test_nothing_is_said_to_be_left_out_of_what_may_have_been_published_already(site):
    report = site.publish()
    received = {"text": "We agree.", "occurred_on": "2025-07-01", "source": NOTE}
    site.clerk.records(f"{report.response}/comments", received)
    site.clerk.records(
        f"{report.response}/statement",
        statement("2025-07", parts=["comments", "chief_officer_comments"]),
    )
    site.catch_up()

    left_out = "comments_received_not_published"
    for day, said in (("2025-06-30", False), ("2025-07-20", False), ("2025-11-24", False)):
        assert site.anybody.reads(report.response, effective_on=day)[left_out] is said, day
