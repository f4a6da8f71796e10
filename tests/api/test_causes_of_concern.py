"""Causes of concern and the recommendations that belong to them, over HTTP."""

from typing import Any

import pytest

from tests.api.site import FORCE, PAGE, Published, Site, explanation, recommendation, statement

WHY = {"reason": "A slip."}
CAUSE = recommendation("1", kind="cause_of_concern")


@pytest.fixture
def family(site: Site) -> Published:
    """A cause of concern with two recommendations, one without any, and an area to improve."""
    return site.publish(
        recommendations=[
            CAUSE,
            recommendation("02", parent="1"),
            recommendation("10", parent="Rec 01"),
            recommendation("3", kind="accelerated_cause_of_concern"),
            recommendation("afi-1", kind="afi"),
        ]
    )


def one_more(number: str, **changed: Any) -> dict[str, Any]:
    """A recommendation raised after its report was recorded."""
    return recommendation(number, occurred_on="2025-05-16", source=PAGE) | changed


def path(report: Published, number: str) -> str:
    return f"/api/recommendations/{report.reference}/{number}/{FORCE}"


def raised(report: Published, number: str) -> str:
    """The entry that raised a recommendation."""
    found: str = next(
        one["id"] for one in report.answer["events"] if one["data"].get("number") == number
    )
    return found


def test_a_cause_of_concern_shows_what_belongs_to_it_and_that_shows_it(site, family):
    cause = site.anybody.reads(path(family, "1"))
    child = site.anybody.reads(path(family, "2"))

    assert [(one["number"], one["kind"], one["status"]) for one in cause["children"]] == [
        ("02", "recommendation", "open"),
        ("10", "recommendation", "open"),
    ]
    assert cause["children"][0]["links"]["self"] == path(family, "2")
    assert (child["parent"], child["links"]["parent"]) == ("1", path(family, "1"))
    assert child["children"] == []
    assert site.anybody.reads(path(family, "10"))["links"]["parent"] == path(family, "1")


def test_children_are_shown_alike_in_lists_in_the_report_and_in_the_response(site, family):
    site.catch_up()
    alone = site.anybody.reads(path(family, "1"))["children"]

    listed = site.anybody.reads("/api/recommendations", report=family.reference)
    for found in (
        listed["items"],
        site.anybody.reads(family.path)["recommendations"],
        site.anybody.reads(family.response)["recommendations"],
    ):
        assert {one["number"]: one["children"] for one in found} == {
            "1": alone,
            "02": [],
            "10": [],
            "3": [],
            "afi-1": [],
        }


def test_children_are_those_known_and_raised_by_then(site):
    report = site.publish(recommendations=[CAUSE])
    before = site.position
    child = one_more("2", parent="1", occurred_on="2025-06-01")
    site.clerk.records(f"{report.path}/recommendations", child)
    site.catch_up()

    def children(**asked):
        one = site.anybody.reads(path(report, "1"), **asked)["children"]
        many = site.anybody.reads("/api/recommendations", report=report.reference, **asked)
        assert many["items"][0]["children"] == one
        return [each["number"] for each in one]

    assert children() == ["2"]
    assert children(known_at=before) == []
    assert children(effective_on="2025-05-31") == []
    assert children(effective_on="2025-06-01") == ["2"]


def test_a_recommendation_belongs_to_a_cause_of_concern_alone(site, family):
    for parent in ("02", "afi-1"):
        site.refuses(
            site.clerk,
            f"{family.path}/recommendations",
            one_more("4", parent=parent),
            "parent",
            f"4 cannot belong to {parent}, which is no cause of concern but of the kind",
        )


def test_nothing_belongs_to_itself_or_to_another_report(site, family):
    site.refuses(
        site.clerk,
        f"{family.path}/recommendations",
        one_more("4", kind="cause_of_concern", parent="04"),
        "parent",
        "4 cannot belong to itself.",
    )
    other = site.publish(recommendations=[])
    site.refuses(
        site.clerk,
        f"{other.path}/recommendations",
        one_more("2", parent="1"),
        "parent",
        "The cause of concern 1, which 2 belongs to, isn't recorded",
    )


def test_a_cause_of_concern_may_belong_to_another_in_a_chain_without_a_ring(site, family):
    second = one_more("4", kind="accelerated_cause_of_concern", parent="1")
    site.clerk.records(f"{family.path}/recommendations", second)
    site.clerk.records(f"{family.path}/recommendations", one_more("5", parent="4"))

    entry = raised(family, "1")
    site.refuses(
        site.clerk,
        f"/api/entries/{entry}/corrections",
        {"field": "parent", "now": "4"} | WHY,
        "not-correctable",
        "it is a link to another recommendation",
    )


def test_a_cause_of_concern_is_not_retracted_while_others_belong_to_it(site, family):
    cause, children = raised(family, "1"), [raised(family, number) for number in ("02", "10")]
    problem = site.refuses(
        site.clerk, f"/api/entries/{cause}/retraction", WHY, "others-rest-on-it", "retract them"
    )
    assert all(child in problem["detail"] for child in children)

    undone = [site.clerk.act(f"/api/entries/{child}/retraction", WHY) for child in children]
    gone = site.clerk.act(f"/api/entries/{cause}/retraction", WHY)

    site.refuses(
        site.clerk,
        f"/api/entries/{undone[0]}/retraction",
        WHY,
        "parent",
        "The cause of concern 1, which 02 belongs to, isn't recorded",
    )
    site.refuses(
        site.clerk,
        f"{family.path}/recommendations",
        one_more("4", parent="1"),
        "parent",
        "isn't recorded",
    )
    site.clerk.act(f"/api/entries/{gone}/retraction", WHY)
    site.clerk.act(f"/api/entries/{undone[0]}/retraction", WHY)
    assert [one["number"] for one in site.anybody.reads(path(family, "1"))["children"]] == ["02"]


def test_its_kind_stays_while_others_belong_to_it(site, family):
    to_be = {"field": "kind", "now": "recommendation"} | WHY
    cause = f"/api/entries/{raised(family, '1')}/corrections"
    site.refuses(site.clerk, cause, to_be, "others-rest-on-it", "stays a cause of concern while")

    site.clerk.act(cause, {"field": "kind", "now": "accelerated_cause_of_concern"} | WHY)
    site.clerk.act(f"/api/entries/{raised(family, '3')}/corrections", to_be)


def test_a_corrected_kind_is_not_taken_back_while_others_belong_to_it(site):
    report = site.publish(recommendations=[recommendation("1")])
    entry = f"/api/entries/{raised(report, '1')}/corrections"
    slip = site.clerk.act(entry, {"field": "kind", "now": "cause_of_concern"} | WHY)
    site.clerk.records(f"{report.path}/recommendations", one_more("2", parent="1"))

    site.refuses(
        site.clerk,
        f"/api/entries/{slip}/retraction",
        WHY,
        "others-rest-on-it",
        "1 stays a cause of concern while others belong to it",
    )


def test_coverage_counts_recommendations_and_names_causes_beside_them(site, family):
    said = [explanation("2"), explanation("1"), explanation("3", how="general")]
    site.clerk.records(f"{family.response}/statement", statement(explanations=said))

    found = site.anybody.reads(family.response)["coverage"]

    assert (found["addressed"], found["explained_now"], found["general"]) == (2, 1, 0)
    assert found["causes_of_concern"] == {
        "addressed": 2,
        "without_recommendations": 1,
        "explained_now": 1,
    }
    sentences = site.anybody.reads(f"{family.response}/working")["sentences"]
    assert (
        "One cause of concern has no recommendation of its own recorded here: the Act speaks of "
        "recommendations, so it is not counted." in sentences
    )
