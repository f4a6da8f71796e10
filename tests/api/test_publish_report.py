"""Publishing a report with all that it brings; what is refused as a duplicate; whose it is."""

import pytest

from api.schemas import acts
from tests.api.founding import COUNTRY
from tests.api.site import FORCE, PAGE, PFCC, problem_of, recommendation

FOUNDING = COUNTRY


FORCES = [FORCE, "dorset-police"]


def test_a_report_is_recorded_with_its_recommendations_and_the_duties_it_brings(site):
    report = site.publish(
        recommendations=[recommendation("02"), recommendation("Rec 4", addressees=FORCES)],
        bodies=[PFCC, "dorset-pcc"],
    )

    assert [(one["type"], one["stream"]) for one in report.answer["events"]] == [
        ("report-published", f"report/{report.reference}"),
        ("recommendation-raised", f"recommendation/{report.reference}/2/{FORCE}"),
        ("recommendation-raised", f"recommendation/{report.reference}/4/{FORCE}"),
        ("recommendation-raised", f"recommendation/{report.reference}/4/dorset-police"),
        ("response-duty-arose", f"response/{report.reference}/{PFCC}"),
        ("response-duty-arose", f"response/{report.reference}/dorset-pcc"),
    ]
    assert report.answer["event"]["by"] == "hmicfrs"
    duty = report.answer["events"][-1]["data"]
    assert duty["rule"] == {"id": "pa96-s55", "version": 3}
    assert duty["due_on"] == "2025-07-10"
    assert duty["counting"] == "16 May 2025 is day 1, 10 July 2025 is day 56."


def test_the_number_is_shown_as_published_and_found_in_either_form(site):
    report = site.publish(recommendations=[recommendation("02")])

    for number in ("02", "2", "Rec 02", "R2", "recommendation 2"):
        one = site.clerk.reads(f"/api/recommendations/{report.reference}/{number}/{FORCE}")
        assert (one["number"], one["key"]) == ("02", "2")


def test_a_reference_given_is_taken_and_never_twice(site):
    report = site.publish(reference="custody-2025")

    assert report.reference == "custody-2025"
    site.refuses(
        site.clerk,
        "/api/reports",
        site.report(reference="custody-2025"),
        "report-exists",
        "A report “custody-2025” is recorded already.",
    )


def test_a_malformed_reference_is_refused(site):
    says = "is no reference: lower-case letters, digits and hyphens, 80 at most."
    for reference in ("Custody", "a/b", "a b", "x" * 81, "é"):
        asked = site.report(reference=reference)
        site.refuses(site.clerk, "/api/reports", asked, "reference", says)


def test_a_corrected_title_or_day_never_changes_the_reference(site, report):
    entry = f"/api/entries/{report.entry('report-published')}/corrections"
    site.clerk.records(entry, {"field": "title", "now": "Another title", "reason": "A slip."})
    site.clerk.records(
        entry,
        {
            "field": "published_on",
            "now": "2025-05-15",
            "reason": "A slip.",
            "source": site.own_page(),
        },
    )

    found = site.clerk.reads(report.path)
    assert (found["report"], found["title"]) == (report.reference, "Another title")
    assert found["published_on"] == "2025-05-15"


def test_the_same_page_is_the_same_report(site):
    page = "https://hmicfrs.example/the-same-page"
    report = site.publish(same_as=["https://hmicfrs.example/one", page])

    site.refuses(
        site.clerk,
        "/api/reports",
        site.report(same_as=[page], published_on="2025-06-01"),
        "report-exists",
        f"The report published at {page} is recorded already, as “{report.reference}”: "
        f"{report.path}.",
    )


def test_the_same_title_and_day_of_one_publisher_is_the_same_report(site):
    report = site.publish()
    title = report.answer["event"]["data"]["title"]

    site.refuses(
        site.clerk,
        "/api/reports",
        site.report(title=title, reference="another-name"),
        "report-exists",
        f"This report is recorded already, as “{report.reference}”: {report.path}.",
    )
    other_day = site.publish(title=title, published_on="2025-05-17")
    other_publisher = site.publish(title=title, publisher="care-inspectorate-wales", bodies=[])
    assert len({report.reference, other_day.reference, other_publisher.reference}) == 3


def test_a_report_that_was_retracted_is_no_duplicate(site):
    report = site.publish(recommendations=[], bodies=[])
    body = site.report(title=report.answer["event"]["data"]["title"])
    entry = report.entry("report-published")
    site.clerk.records(f"/api/entries/{entry}/retraction", {"reason": "Not this one."})

    again = site.clerk.records("/api/reports", body)

    assert again["event"]["stream"] == f"report/{report.reference}-2"


def test_a_body_named_twice_is_refused(site):
    for changed, where in (
        ({"bodies": [PFCC, PFCC]}, "bodies"),
        ({"recommendations": [recommendation(addressees=[FORCE, FORCE])]}, "addressees"),
    ):
        says = f"is named twice in {where}."
        site.refuses(site.clerk, "/api/reports", site.report(**changed), "named-twice", says)


def test_the_same_recommendation_twice_is_refused(site):
    says = "is recorded already; correct it if it is wrong."
    for second in ("02", "2", "Rec 2", "R02"):
        asked = site.report(recommendations=[recommendation("02"), recommendation(second)])
        site.refuses(site.clerk, "/api/reports", asked, "recommendation-exists", says)


def test_a_recommendation_to_nobody_is_refused(site):
    site.refuses(
        site.clerk,
        "/api/reports",
        site.report(recommendations=[recommendation(addressees=[])]),
        "addressee",
        "Recommendation 02 is addressed to nobody.",
    )


def test_a_parent_is_recorded_before_what_belongs_to_it(site):
    child = recommendation("1a", parent="1")
    site.refuses(
        site.clerk,
        "/api/reports",
        site.report(recommendations=[child]),
        "parent",
        "The cause of concern 1, which 1a belongs to, isn't recorded for “cumbria-constabulary”",
    )
    site.refuses(
        site.clerk,
        "/api/reports",
        site.report(recommendations=[recommendation("1a", parent="?")]),
        "parent",
        "is no number",
    )

    report = site.publish(recommendations=[recommendation("1", kind="cause_of_concern"), child])
    one = site.clerk.reads(f"/api/recommendations/{report.reference}/1a/{FORCE}")
    assert one["parent"] == "1"


def test_a_partner_that_the_register_knows_is_held_by_its_id(site):
    partners = ["Dorset Police", "dorset-police", "Friends of the Earth"]
    report = site.publish(recommendations=[recommendation(partners=partners)])

    raised = report.answer["events"][1]
    assert [one.get("body") for one in raised["data"]["partners"]] == [
        "dorset-police",
        "dorset-police",
        None,
    ]
    assert site.anybody.reads(report.recommendation)["partners"] == [
        "Dorset Police",
        "Dorset Police",
        "Friends of the Earth",
    ]


# Owners of reports


@pytest.mark.parametrize("who", ["dorset", "force", "clerk_2"])
def test_others_add_only_what_is_addressed_to_their_own(site, report, who):
    account, own = {
        "dorset": ("dorset-pcc/clerk", "dorset-police"),
        "force": ("cumbria-constabulary/audit", FORCE),
        "clerk_2": ("cumbria-pfcc/clerk-2", FORCE),
    }[who]
    path = f"{report.path}/recommendations"
    more = {"occurred_on": "2025-05-16", "source": PAGE}

    site.refuses(
        site.caller(who),
        path,
        recommendation("03", addressees=[own, "essex-police"]) | more,
        "report-owner",
        f"“{report.reference}” belongs to cumbria-pfcc/clerk; {account} can add only "
        "recommendations addressed to its own body or force, not to “essex-police”.",
    )
    site.caller(who).records(path, recommendation("03", addressees=[own]) | more)


def test_the_location_of_a_recommendation_raised_is_where_it_is_read(site, report):
    answer = site.clerk.post(
        f"{report.path}/recommendations", recommendation("03", occurred_on=None, source=PAGE)
    )

    assert answer.headers["Location"] == f"/api/recommendations/{report.reference}/3/{FORCE}"
    assert site.anybody.reads(answer.headers["Location"])["number"] == "03"


def test_a_recommendation_that_was_retracted_is_not_raised_again_but_stands_again(site, report):
    entry = report.entry("recommendation-raised")
    retraction = site.clerk.act(f"/api/entries/{entry}/retraction", {"reason": "A slip."})

    site.refuses(
        site.clerk,
        f"{report.path}/recommendations",
        recommendation("02", occurred_on=None, source=PAGE),
        "recommendation-exists",
        f"was retracted, by {retraction}: retract that, and it stands again.",
    )
    site.clerk.records(f"/api/entries/{retraction}/retraction", {"reason": "It was right."})
    assert site.anybody.reads(report.recommendation)["number"] == "02"


# Bodies


def test_a_body_goes_by_any_of_its_names_in_what_is_sent_and_asked(site):
    told = recommendation(addressees=["the Cumbria Constabulary"])
    report = site.publish(publisher="HM Inspectorate of Constabulary", recommendations=[told])

    assert report.answer["event"]["data"]["publisher"] == "hmicfrs"
    asked = {"addressee": "CUMBRIA CONSTABULARY", "publisher": "HMICFRS"}
    (found,) = site.anybody.reads("/api/recommendations", report=report.reference, **asked)["items"]
    assert found["addressee"] == FORCE
    other = site.publish(recommendations=[recommendation(partners=[PFCC])])
    told = {"field": "partners.0.body", "now": "HMICFRS", "reason": "A slip."}
    site.clerk.records(f"/api/entries/{other.entry('recommendation-raised')}/corrections", told)
    (partner,) = site.anybody.reads(other.recommendation)["partners"]
    assert partner.startswith("His Majesty's Inspectorate of Constabulary")


def test_a_name_of_several_bodies_is_refused_with_their_ids(site):
    name = "Essex County Fire and Rescue Service"
    says = f"“{name}” is a name of essex-fire and essex-fire-authority: give the id of the one"

    sent = site.clerk.post("/api/reports", site.report(publisher=name))
    asked = site.anybody.get("/api/reports", body=name)

    for problem in (problem_of(sent, 422, "unfit"), problem_of(asked, 422, "unfit")):
        assert problem["errors"][0]["message"].startswith(says)


def test_an_admin_registers_a_body_whose_force_is_there(site):
    force = {"id": "lyonesse-police", "name": "Lyonesse Police", "kind": "force"}
    body = {"id": "lyonesse-pcc", "name": "Lyonesse", "kind": "local_policing_body"}

    site.refuses(
        site.clerk, "/api/bodies", force, "not-allowed", "lacks the scope “admin”", status=403
    )
    site.refuses(
        site.admin,
        "/api/bodies",
        body | {"force": "atlantis-police"},
        "unknown-body",
        "“atlantis-police” is not in the register",
    )
    site.refuses(
        site.admin, "/api/bodies", body | {"id": PFCC}, "body-exists", f"“{PFCC}” is in the"
    )
    site.admin.records("/api/bodies", force)
    site.admin.records("/api/bodies", body | {"force": "lyonesse-police"})

    ids = [one["id"] for one in site.anybody.reads("/api/bodies")["items"]]
    assert ids[-2:] == ["lyonesse-police", "lyonesse-pcc"]
    report = site.publish(
        bodies=["lyonesse-pcc"], recommendations=[recommendation(addressees=["lyonesse-police"])]
    )
    found = site.anybody.reads(f"/api/responses/{report.reference}/lyonesse-pcc")
    assert found["coverage"]["addressed"] == 1


def test_more_recommendations_than_are_recorded_in_seconds_are_sent_by_themselves(
    site, monkeypatch
):
    assert acts.MOST_RAISED == 4000
    monkeypatch.setattr(acts, "MOST_RAISED", 3)
    listed = [recommendation(str(n), addressees=FORCES) for n in (1, 2)]

    answer = site.clerk.post("/api/reports", site.report(recommendations=listed))

    assert "more than 3" in problem_of(answer, 422, "unfit")["detail"]


def test_a_report_without_bodies_makes_no_duty(site):
    """By API nobody is filled in by the rules, as released: forms, drafts and sheets do that."""
    said = site.report()
    del said["bodies"]

    made = site.clerk.records("/api/reports", said)

    types = {one["type"] for one in made["events"]}
    assert types == {"report-published", "recommendation-raised"}
    reference = made["event"]["stream"].removeprefix("report/")
    assert site.ledger.read_below(f"response/{reference}/") == []
    assert site.anybody.get(f"/api/responses/{reference}/{PFCC}").status_code == 404
