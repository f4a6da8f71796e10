"""Causes of concern and the recommendations that belong to them, over HTTP."""

from typing import Any

import pytest

from tests.api.town import FORCE, PAGE, Published, Town, explanation, recommendation, statement

WHY = {"reason": "A slip."}
CAUSE = recommendation("1", kind="cause_of_concern")


@pytest.fixture
def family(town: Town) -> Published:
    """A cause of concern with two recommendations, one without any, and an area to improve."""
    return town.publish(
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


def test_a_cause_of_concern_shows_what_belongs_to_it_and_that_shows_it(town, family):
    cause = town.anybody.reads(path(family, "1"))
    child = town.anybody.reads(path(family, "2"))

    assert [(one["number"], one["kind"], one["status"]) for one in cause["children"]] == [
        ("02", "recommendation", "open"),
        ("10", "recommendation", "open"),
    ]
    assert cause["children"][0]["links"]["self"] == path(family, "2")
    assert (child["parent"], child["links"]["parent"]) == ("1", path(family, "1"))
    assert child["children"] == []
    assert town.anybody.reads(path(family, "10"))["links"]["parent"] == path(family, "1")


def test_children_are_shown_alike_in_lists_in_the_report_and_in_the_response(town, family):
    town.catch_up()
    alone = town.anybody.reads(path(family, "1"))["children"]

    listed = town.anybody.reads("/api/recommendations", report=family.reference)
    for found in (
        listed["items"],
        town.anybody.reads(family.path)["recommendations"],
        town.anybody.reads(family.response)["recommendations"],
    ):
        assert {one["number"]: one["children"] for one in found} == {
            "1": alone,
            "02": [],
            "10": [],
            "3": [],
            "afi-1": [],
        }


def test_children_are_those_known_and_raised_by_then(new_town):
    report = new_town.publish(recommendations=[CAUSE])
    before = new_town.position
    child = one_more("2", parent="1", occurred_on="2025-06-01")
    new_town.clerk.records(f"{report.path}/recommendations", child)
    new_town.catch_up()

    def children(**asked):
        one = new_town.anybody.reads(path(report, "1"), **asked)["children"]
        many = new_town.anybody.reads("/api/recommendations", report=report.reference, **asked)
        assert many["items"][0]["children"] == one
        return [each["number"] for each in one]

    assert children() == ["2"]
    assert children(known_at=before) == []
    assert children(effective_on="2025-05-31") == []
    assert children(effective_on="2025-06-01") == ["2"]


def test_a_recommendation_belongs_to_a_cause_of_concern_alone(town, family):
    for parent in ("02", "afi-1"):
        town.refuses(
            town.clerk,
            f"{family.path}/recommendations",
            one_more("4", parent=parent),
            "parent",
            f"4 cannot belong to {parent}, which is no cause of concern but of the kind",
        )


def test_nothing_belongs_to_itself_or_to_another_report(town, family):
    town.refuses(
        town.clerk,
        f"{family.path}/recommendations",
        one_more("4", kind="cause_of_concern", parent="04"),
        "parent",
        "4 cannot belong to itself.",
    )
    other = town.publish(recommendations=[])
    town.refuses(
        town.clerk,
        f"{other.path}/recommendations",
        one_more("2", parent="1"),
        "parent",
        "The cause of concern 1, which 2 belongs to, isn't recorded",
    )


def test_a_cause_of_concern_may_belong_to_another_in_a_chain_without_a_ring(town, family):
    second = one_more("4", kind="accelerated_cause_of_concern", parent="1")
    town.clerk.records(f"{family.path}/recommendations", second)
    town.clerk.records(f"{family.path}/recommendations", one_more("5", parent="4"))

    entry = raised(family, "1")
    town.refuses(
        town.clerk,
        f"/api/entries/{entry}/corrections",
        {"field": "parent", "now": "4"} | WHY,
        "not-correctable",
        "it is a link to another recommendation",
    )


def test_a_cause_of_concern_is_not_retracted_while_others_belong_to_it(town, family):
    cause, children = raised(family, "1"), [raised(family, number) for number in ("02", "10")]
    problem = town.refuses(
        town.clerk, f"/api/entries/{cause}/retraction", WHY, "others-rest-on-it", "retract them"
    )
    assert all(child in problem["detail"] for child in children)

    undone = [town.clerk.act(f"/api/entries/{child}/retraction", WHY) for child in children]
    gone = town.clerk.act(f"/api/entries/{cause}/retraction", WHY)

    town.refuses(
        town.clerk,
        f"/api/entries/{undone[0]}/retraction",
        WHY,
        "parent",
        "The cause of concern 1, which 02 belongs to, isn't recorded",
    )
    town.refuses(
        town.clerk,
        f"{family.path}/recommendations",
        one_more("4", parent="1"),
        "parent",
        "isn't recorded",
    )
    town.clerk.act(f"/api/entries/{gone}/retraction", WHY)
    town.clerk.act(f"/api/entries/{undone[0]}/retraction", WHY)
    assert [one["number"] for one in town.anybody.reads(path(family, "1"))["children"]] == ["02"]


def test_its_kind_stays_while_others_belong_to_it(town, family):
    to_be = {"field": "kind", "now": "recommendation"} | WHY
    cause = f"/api/entries/{raised(family, '1')}/corrections"
    town.refuses(town.clerk, cause, to_be, "others-rest-on-it", "stays a cause of concern while")

    town.clerk.act(cause, {"field": "kind", "now": "accelerated_cause_of_concern"} | WHY)
    town.clerk.act(f"/api/entries/{raised(family, '3')}/corrections", to_be)


def test_a_corrected_kind_is_not_taken_back_while_others_belong_to_it(town):
    report = town.publish(recommendations=[recommendation("1")])
    entry = f"/api/entries/{raised(report, '1')}/corrections"
    slip = town.clerk.act(entry, {"field": "kind", "now": "cause_of_concern"} | WHY)
    town.clerk.records(f"{report.path}/recommendations", one_more("2", parent="1"))

    town.refuses(
        town.clerk,
        f"/api/entries/{slip}/retraction",
        WHY,
        "others-rest-on-it",
        "1 stays a cause of concern while others belong to it",
    )


def test_coverage_counts_recommendations_and_names_causes_beside_them(town, family):
    said = [explanation("2"), explanation("1"), explanation("3", how="general")]
    town.clerk.records(f"{family.response}/statement", statement(explanations=said))

    found = town.anybody.reads(family.response)["coverage"]

    assert (found["addressed"], found["explained_now"], found["general"]) == (2, 1, 0)
    assert found["causes_of_concern"] == {
        "addressed": 2,
        "without_recommendations": 1,
        "explained_now": 1,
    }
    sentences = town.anybody.reads(f"{family.response}/working")["sentences"]
    assert (
        "One cause of concern has no recommendation of its own recorded here: the Act speaks of "
        "recommendations, so it is not counted." in sentences
    )
